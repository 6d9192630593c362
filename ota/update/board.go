package update

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"aead.dev/minisign"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/boards/ground/durable"
	"wattkiosk/ota/fleetkey"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/slot"
)

// Release is what an image says of itself, in release.json.
type Release struct {
	Product string        `json:"product"`
	Board   string        `json:"board"`
	Variant string        `json:"variant"`
	Version string        `json:"version"`
	Build   uint64        `json:"build"`
	Data    manifest.Data `json:"data"`
}

// Board is the board that is updated.
type Board struct {
	Release Release
	Running slot.Running
	Disks   Disks  // the partitions
	Store   Store  // on the data partition: history, and what is written and pending
	Dir     string // of the lock
	Roots   []minisign.PublicKey
	Fleet   []fleetkey.Secret // for encrypted bundles; may be none
	Floor   Floor             // beside the boot state's; nil = none
	Now     func() time.Time
	lock    *os.File
}

// Places are where a board has what Open reads.
type Places struct {
	Release    string // release.json
	Roots      string // folder of root*.pub
	Fleet      string // folder of fleet*.key; "" = none
	Cmdline    string
	Partitions string
	Dir        string
}

// Standard are the places of an image.
func Standard() Places {
	return Places{
		Release: "/etc/wattkiosk/release.json", Roots: "/etc/wattkiosk/ota", Fleet: "/data/config", Cmdline: "/proc/cmdline", Partitions: slot.Links,
		Dir: "/data/ota",
	}
}

// Open finds out what runs. Whoever changes something calls Lock first.
func Open(p Places) (*Board, error) {
	b := &Board{Disks: labels{slot.Partitions{Dir: p.Partitions}}, Store: Folder(p.Dir), Dir: p.Dir, Now: time.Now}
	data, err := os.ReadFile(p.Release)
	if err == nil {
		err = json.Unmarshal(data, &b.Release)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot tell what is installed: %w", err)
	}
	cmdline, err := os.ReadFile(p.Cmdline)
	if err != nil {
		return nil, fmt.Errorf("cannot tell what is running: %w", err)
	}
	if b.Running, err = slot.Started(string(cmdline)); err != nil {
		return nil, err
	}
	if err := b.readKeys(p); err != nil {
		return nil, err
	}
	if err := durable.MakeFolder(b.Dir); err != nil {
		return nil, fmt.Errorf("cannot make the updates' folder: %w", err)
	}
	return b, nil
}

func (b *Board) readKeys(p Places) error {
	roots, err := filepath.Glob(filepath.Join(p.Roots, "root*.pub"))
	if err != nil {
		return err
	}
	for _, path := range roots {
		key, err := minisign.PublicKeyFromFile(path)
		if err != nil {
			return fmt.Errorf("cannot read root key %s: %w", path, err)
		}
		b.Roots = append(b.Roots, key)
	}
	if p.Fleet == "" {
		return nil
	}
	fleet, err := filepath.Glob(filepath.Join(p.Fleet, "fleet*.key"))
	if err != nil {
		return err
	}
	for _, path := range fleet {
		key, err := fleetkey.ReadSecret(path)
		if err != nil {
			return err
		}
		b.Fleet = append(b.Fleet, key)
	}
	return nil
}

// ErrLocked tells that another process is at work on the board.
var ErrLocked = errors.New("another update is at work")

// Lock keeps everybody else out until Unlock, or until the process ends. If
// somebody is at work it returns ErrLocked.
func (b *Board) Lock() error {
	f, err := os.OpenFile(filepath.Join(b.Dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("cannot lock the updates' folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("%w: %w", ErrLocked, err), f.Close())
	}
	b.lock = f
	return nil
}

// lockRetry is how often a lock is tried that somebody has.
const lockRetry = 100 * time.Millisecond

// LockWithin is Lock for whoever must not go without: it waits until ctx ends.
func (b *Board) LockWithin(ctx context.Context) error {
	for {
		err := b.Lock()
		if !errors.Is(err, ErrLocked) {
			return err
		}
		if backoff.Pause(ctx, lockRetry) != nil {
			return err
		}
	}
}

// Unlock gives the lock back.
func (b *Board) Unlock() error { return b.lock.Close() }

// State is the boot state.
func (b *Board) State() (slot.State, error) {
	f, err := b.Disks.Open("state")
	if err != nil {
		return slot.State{}, err
	}
	defer f.Close()
	s, _, err := slot.Read(f)
	return s, err
}

func (b *Board) changeState(change func(slot.Disk) (slot.State, error)) error {
	f, err := b.Disks.Open("state")
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = change(f)
	return err
}

// OnTrial reports whether the running slot must still prove itself.
func (b *Board) OnTrial(s slot.State) bool {
	return b.Running.Mode == slot.Trial && s.Good != b.Running.Slot
}
