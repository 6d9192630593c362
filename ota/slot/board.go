package slot

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Mode is how the running slot was started.
type Mode string

// Modes.
const (
	Good     Mode = "good"
	Trial    Mode = "trial"    // a new slot, which must prove itself
	Fallback Mode = "fallback" // the good slot, because a trial failed
)

// Running is what the boot script says on the kernel's command line.
type Running struct {
	Slot Name
	Mode Mode
}

// Started reads a kernel command line.
func Started(cmdline string) (Running, error) {
	var r Running
	for word := range strings.FieldsSeq(cmdline) {
		switch name, value, _ := strings.Cut(word, "="); name {
		case "kiosk.slot":
			r.Slot = Name(value)
		case "kiosk.mode":
			r.Mode = Mode(value)
		}
	}
	if !r.Slot.valid() || r.Mode != Good && r.Mode != Trial && r.Mode != Fallback {
		return Running{}, fmt.Errorf("this system was not started by the boot script (kiosk.slot=%q kiosk.mode=%q)", r.Slot, r.Mode)
	}
	return r, nil
}

// Partitions opens a board's partitions by name. Dir is where they are found.
type Partitions struct{ Dir string }

// Links is where the initrd links the partitions of the board's own disk, by their GPT
// name. udev's links are of any disk that has such a name.
const Links = "/dev/wattkiosk"

// Open opens a partition for reading and writing.
func (p Partitions) Open(name string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(p.Dir, name), os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot open partition %s: %w", name, err)
	}
	return f, nil
}

// State opens the state partition.
func (p Partitions) State() (*os.File, error) { return p.Open("state") }
