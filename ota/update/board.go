package update

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"aead.dev/minisign"

	"wattkiosk/ota/bundle"
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
	Release    Release
	Running    slot.Running
	Partitions slot.Partitions
	Dir        string // on the data partition: history and what is pending
	Roots      []minisign.PublicKey
	Now        func() time.Time
	lock       *os.File
}

// Places are where a board has what Open reads.
type Places struct {
	Release    string // release.json
	Roots      string // folder of root*.pub
	Cmdline    string
	Partitions string
	Dir        string
}

// Standard are the places of an image.
func Standard() Places {
	return Places{
		Release: "/etc/wattkiosk/release.json", Roots: "/etc/wattkiosk/ota", Cmdline: "/proc/cmdline", Partitions: slot.ByLabel, Dir: "/data/ota",
	}
}

// Open finds out what runs. Whoever changes something calls Lock first.
func Open(p Places) (*Board, error) {
	b := &Board{Partitions: slot.Partitions{Dir: p.Partitions}, Dir: p.Dir, Now: time.Now}
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
	roots, err := filepath.Glob(filepath.Join(p.Roots, "root*.pub"))
	if err != nil {
		return nil, err
	}
	for _, path := range roots {
		key, err := minisign.PublicKeyFromFile(path)
		if err != nil {
			return nil, fmt.Errorf("cannot read root key %s: %w", path, err)
		}
		b.Roots = append(b.Roots, key)
	}
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the updates' folder: %w", err)
	}
	return b, nil
}

// Lock keeps a second agent out until Unlock, or until the process ends.
func (b *Board) Lock() error {
	f, err := os.OpenFile(filepath.Join(b.Dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("cannot lock the updates' folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("another update is at work: %w", err), f.Close())
	}
	b.lock = f
	return nil
}

// Unlock gives the lock back.
func (b *Board) Unlock() error { return b.lock.Close() }

// State is the boot state.
func (b *Board) State() (slot.State, error) {
	f, err := b.Partitions.State()
	if err != nil {
		return slot.State{}, err
	}
	defer f.Close()
	s, _, err := slot.Read(f)
	return s, err
}

func (b *Board) changeState(change func(slot.Disk) (slot.State, error)) error {
	f, err := b.Partitions.State()
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = change(f)
	return err
}

// Refusal is why a bundle does not fit this board.
type Refusal struct {
	Code   string // stable: wrong-board, wrong-variant, not-newer, floor, data-format, failed-before, too-large, on-trial
	Detail string
}

// Error is a sentence for people.
func (r *Refusal) Error() string { return r.Detail }

func refuse(code, format string, args ...any) error {
	return &Refusal{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Code is the stable code of a refusal, or "" for another error.
func Code(err error) string {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Code
	}
	if e, ok := errors.AsType[*bundle.Error](err); ok {
		return string(e.Code)
	}
	return ""
}

// Check opens a bundle and checks that it may be installed here. A person may ask
// again for a build that has failed before.
func (b *Board) Check(r io.ReaderAt, size int64, asked bool) (*bundle.Bundle, error) {
	var seen keyringSeen
	if err := b.load("keyring.json", &seen); err != nil {
		return nil, err
	}
	bd, err := bundle.Open(r, size, bundle.Trust{Roots: b.Roots, KeyringVersion: seen.Version, Now: b.Now()})
	if err != nil {
		return nil, err
	}
	return bd, b.fits(bd.Manifest(), asked)
}

func (b *Board) fits(m manifest.Manifest, asked bool) error {
	s, err := b.State()
	if err != nil {
		return err
	}
	var failed []uint64
	if err := b.load("failed.json", &failed); err != nil {
		return err
	}
	now := b.Release
	switch {
	case m.Board != now.Board && m.Board != "*":
		return refuse("wrong-board", "the bundle is for board %s; this is %s", m.Board, now.Board)
	case m.Variant != "" && m.Variant != now.Variant:
		return refuse("wrong-variant", "the bundle is for the %s image; this is the %s one", m.Variant, now.Variant)
	case m.Build < s.Floor:
		return refuse("floor", "build %d is older than %d, the oldest that this board accepts", m.Build, s.Floor)
	case m.Build <= now.Build:
		return refuse("not-newer", "build %d is not newer than build %d, which runs", m.Build, now.Build)
	case now.Data.Writes < m.Data.ReadsFrom || now.Data.Writes > m.Data.Reads:
		return refuse("data-format", "build %d cannot read this board's journal (format %d)", m.Build, now.Data.Writes)
	case m.Data.Writes > now.Data.Reads:
		return refuse("data-format", "build %d writes a journal (format %d) that build %d could not read if it fell back", m.Build, m.Data.Writes, now.Build)
	case slices.Contains(failed, m.Build) && !asked:
		return refuse("failed-before", "build %d has failed on this board before", m.Build)
	case b.Running.Mode == slot.Trial:
		return refuse("on-trial", "build %d is on trial; wait until it is settled", now.Build)
	}
	return nil
}

// keyringSeen is the newest keyring that was ever accepted.
type keyringSeen struct{ Version uint64 }

// load reads a file of the folder; one that is absent leaves v as it is.
func (b *Board) load(name string, v any) error {
	data, err := os.ReadFile(filepath.Join(b.Dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", name, err)
	}
	return nil
}

// save replaces a file of the folder, durably.
func (b *Board) save(name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	path := filepath.Join(b.Dir, name)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return b.syncDir()
}

func (b *Board) syncDir() error {
	d, err := os.Open(b.Dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Entry is one line of the history.
type Entry struct {
	At     time.Time `json:"at"`
	What   string    `json:"what"` // installed, good, fell-back, refused
	By     string    `json:"by,omitempty"`
	From   string    `json:"from"`
	To     string    `json:"to"`
	Build  uint64    `json:"build"`
	Code   string    `json:"code,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

// maxHistory bounds the history, in entries.
const maxHistory = 100

// History is the newest entries, oldest first.
func (b *Board) History() ([]Entry, error) {
	var list []Entry
	return list, b.load("history.json", &list)
}

// Record adds to the history.
func (b *Board) Record(e Entry) error {
	list, err := b.History()
	if err != nil {
		list = nil // an unreadable history must not stop updates
	}
	e.At = b.Now().UTC().Truncate(time.Second)
	e.Detail = strings.ToValidUTF8(e.Detail[:min(len(e.Detail), 500)], "")
	list = append(list, e)
	return b.save("history.json", list[max(0, len(list)-maxHistory):])
}
