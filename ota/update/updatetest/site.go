package updatetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/ota/manifest"
	"wattkiosk/ota/slot"
	"wattkiosk/ota/update"
)

// Factory is the build that a new site runs, in slot a. Its floor is 5.
const Factory = 7

// Site is a board in a folder.
type Site struct {
	t    testing.TB
	Dir  string
	room map[string]int64
}

// Site makes a board of the fleet, as it leaves the factory.
func (f *Fleet) Site(t testing.TB) *Site {
	t.Helper()
	s := &Site{t: t, Dir: memory(t), room: map[string]int64{
		"boot_a": 1 << 17, "boot_b": 1 << 17, "root_a": RootSize + 1<<20, "root_b": RootSize + 1<<20, "state": 2 << 20,
	}}
	for name, size := range s.room {
		s.put(name, nil)
		if err := os.Truncate(s.path(name), size); err != nil {
			t.Fatal(err)
		}
	}
	s.write("root_a", Image(manifest.Root, Factory))
	s.write("boot_a", Image(manifest.Boot, Factory))
	block, err := slot.State{Good: slot.A, Seq: 1, Floor: 5}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s.write("state", block)
	text, err := f.Root.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	s.put("keys/root.pub", text)
	s.Start(slot.A, slot.Good)
	return s
}

// memory is a folder that is in memory if there is one, where syncing costs nothing.
func memory(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "site")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (s *Site) path(name string) string { return filepath.Join(s.Dir, name) }

func (s *Site) put(name string, data []byte) {
	s.t.Helper()
	err := errors.Join(os.MkdirAll(filepath.Dir(s.path(name)), 0o755), os.WriteFile(s.path(name), data, 0o600))
	if err != nil {
		s.t.Fatal(err)
	}
}

// write changes the beginning of a partition.
func (s *Site) write(name string, data []byte) {
	s.t.Helper()
	f, err := os.OpenFile(s.path(name), os.O_RDWR, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = f.WriteAt(data, 0)
	if err := errors.Join(err, f.Close()); err != nil {
		s.t.Fatal(err)
	}
}

// Spoil changes a byte of a partition.
func (s *Site) Spoil(name string, at int64) {
	s.t.Helper()
	f, err := os.OpenFile(s.path(name), os.O_RDWR, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	b := []byte{0}
	_, err1 := f.ReadAt(b, at)
	b[0] ^= 0xFF
	_, err2 := f.WriteAt(b, at)
	if err := errors.Join(err1, err2, f.Close()); err != nil {
		s.t.Fatal(err)
	}
}

// Start says that a slot runs, as the kernel's command line and the image say it.
func (s *Site) Start(n slot.Name, m slot.Mode) {
	s.t.Helper()
	s.put("cmdline", []byte("root=PARTLABEL=root_"+string(n)+" kiosk.slot="+string(n)+" kiosk.mode="+string(m)))
	build := s.Holds(n)
	text, err := json.Marshal(update.Release{
		Product: "wattkiosk", Board: "qemuarm64", Variant: "slim", Version: fmt.Sprint("v", build), Build: build,
		Data: manifest.Data{ReadsFrom: 1, Reads: 2, Writes: 2},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.put("release.json", text)
}

// Holds is the build that a slot holds whole; 0 if it is none of 1 to 20.
func (s *Site) Holds(n slot.Name) uint64 {
	s.t.Helper()
	root, boot := s.read("root_"+string(n)), s.read("boot_"+string(n))
	for build := uint64(1); build <= 20; build++ {
		if bytes.HasPrefix(boot, Image(manifest.Boot, build)) && bytes.HasPrefix(root, Image(manifest.Root, build)) {
			return build
		}
	}
	return 0
}

func (s *Site) read(name string) []byte {
	s.t.Helper()
	b, err := os.ReadFile(s.path(name))
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// Reboot does what the boot script does, and says what runs then. A slot on trial
// that is not whole does not start.
func (s *Site) Reboot() slot.Running {
	s.t.Helper()
	st := s.State()
	r := slot.Running{Slot: st.Good, Mode: slot.Good}
	if st.Try != "" {
		r.Mode = slot.Fallback
		if st.Left > 0 {
			f, err := os.OpenFile(s.path("state"), os.O_RDWR, 0)
			if err != nil {
				s.t.Fatal(err)
			}
			_, err = slot.Change(f, func(st *slot.State) { st.Left-- })
			if err := errors.Join(err, f.Close()); err != nil {
				s.t.Fatal(err)
			}
			if s.Holds(st.Try) != 0 {
				r = slot.Running{Slot: st.Try, Mode: slot.Trial}
			}
		}
	}
	s.Start(r.Slot, r.Mode)
	return r
}

// Open opens the board.
func (s *Site) Open() *update.Board {
	s.t.Helper()
	b, err := update.Open(update.Places{
		Release: s.path("release.json"), Roots: s.path("keys"), Cmdline: s.path("cmdline"), Partitions: s.Dir, Dir: s.path("ota"),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// State is the boot state.
func (s *Site) State() slot.State {
	s.t.Helper()
	st, _, err := slot.Read(bytes.NewReader(s.read("state")))
	if err != nil {
		s.t.Fatal(err)
	}
	return st
}

// Sum is what partitions hold; all of them if none is named.
func (s *Site) Sum(names ...string) string {
	s.t.Helper()
	if len(names) == 0 {
		names = []string{"boot_a", "boot_b", "root_a", "root_b", "state"}
	}
	h := sha256.New()
	for _, name := range names {
		_, _ = h.Write(s.read(name)) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))
}
