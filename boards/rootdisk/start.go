package rootdisk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"wattkiosk/ota/slot"
	"wattkiosk/ota/verity"
)

// Links is the folder of /dev in which the partitions of the board's disk lie by name.
const Links = "wattkiosk"

// Opened is what a start goes on with.
type Opened struct{ Root, Data string } // nodes of /dev

// ErrOther tells that the root of this slot was changed, and that the next start takes
// the other one.
var ErrOther = errors.New("the next start takes the other slot")

// Finder looks for the disk until it is there.
type Finder struct {
	Tree
	Tries int
	Pause time.Duration
}

// Wait is Find for a disk that may come late. Two disks are not waited for.
func (f Finder) Wait(a Asked) (found map[string]Partition, err error) {
	for range f.Tries {
		if found, err = f.Find(a); !errors.Is(err, ErrNotYet) {
			return found, err
		}
		time.Sleep(f.Pause)
	}
	return nil, err
}

// Link makes the links of a disk's partitions.
func (t Tree) Link(found map[string]Partition) error {
	dir := filepath.Join(t.Dev, Links)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, p := range found {
		if name != filepath.Base(name) {
			return fmt.Errorf("%s is called %q: this disk was not made for a board", p.Node, name)
		}
		if err := os.Symlink("../"+p.Node, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// Judge decides, by the mark of the start before, whether a root has to be read whole
// before it is started, does so, and leaves the mark of this start. If the root was
// changed, the good slot becomes the other one, except on trial, which the boot script
// counts; the error is ErrOther or verity.ErrChanged then.
func Judge(a Asked, root verity.Root, state slot.Disk, disk io.ReaderAt) error {
	before, err := slot.ReadStart(state)
	if err != nil {
		return err
	}
	if before.Begun == "" {
		return slot.WriteStart(state, slot.Start{Begun: a.Slot, Changed: before.Changed})
	}
	bad := root.Check(disk)
	if bad == nil {
		return slot.WriteStart(state, slot.Start{Begun: a.Slot, Changed: before.Changed})
	}
	if a.Mode == slot.Trial {
		return errors.Join(bad, slot.WriteStart(state, slot.Start{Begun: a.Slot, Changed: a.Slot}))
	}
	if err := slot.WriteStart(state, slot.Start{Begun: a.Slot, Changed: a.Slot}); err != nil {
		return errors.Join(bad, err)
	}
	if _, err := slot.MarkGood(state, a.Slot.Other(), 0); err != nil { // the floor stays: it only rises
		return errors.Join(bad, err)
	}
	return errors.Join(bad, ErrOther)
}
