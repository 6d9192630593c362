package content

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var errPower = errors.New("no power")

// frail is a disk that loses its power after some steps. What was not synced by then
// is lost if lossy is set: the bytes of a file, and changes of a folder's names.
type frail struct {
	rootDir
	dir   string
	left  int // steps that still work
	lossy bool
	undo  []change        // changes of names, oldest first
	dirty map[string]bool // files that are not synced
}

type change struct {
	dir  string
	back func() error
}

func (f *frail) step() error {
	if f.left == 0 {
		return errPower
	}
	f.left--
	return nil
}

func (f *frail) changed(name string, back func() error) {
	f.undo = append(f.undo, change{path.Dir(name), back})
}

func (f *frail) mkdir(name string) error {
	if _, err := f.root.Stat(name); err == nil {
		return nil
	}
	if up := path.Dir(name); up != "." {
		if err := f.mkdir(up); err != nil {
			return err
		}
	}
	if err := f.step(); err != nil {
		return err
	}
	f.changed(name, func() error { return f.root.RemoveAll(name) })
	return f.rootDir.mkdir(name)
}

func (f *frail) create(name string) (file, error) {
	if err := f.step(); err != nil {
		return nil, err
	}
	f.changed(name, func() error { return f.root.RemoveAll(name) })
	f.dirty[name] = true
	w, err := f.rootDir.create(name)
	return frailFile{w, f, name}, err
}

type frailFile struct {
	file
	disk *frail
	name string
}

func (w frailFile) Write(p []byte) (int, error) {
	if err := w.disk.step(); err != nil {
		return 0, err
	}
	return w.file.Write(p)
}

func (w frailFile) Sync() error {
	if err := w.disk.step(); err != nil {
		return err
	}
	delete(w.disk.dirty, w.name)
	return w.file.Sync()
}

func (f *frail) rename(from, to string) error {
	if err := f.step(); err != nil {
		return err
	}
	old, err := f.readlink(to)
	if err := f.rootDir.rename(from, to); err != nil {
		return err
	}
	f.changed(to, func() error {
		if berr := f.rootDir.rename(to, from); berr != nil || err != nil {
			return berr
		}
		return f.rootDir.symlink(old, to)
	})
	return nil
}

func (f *frail) symlink(to, name string) error {
	if err := f.step(); err != nil {
		return err
	}
	f.changed(name, func() error { return f.root.RemoveAll(name) })
	return f.rootDir.symlink(to, name)
}

func (f *frail) remove(name string) error {
	if err := f.step(); err != nil {
		return err
	}
	return f.rootDir.remove(name)
}

func (f *frail) syncDir(name string) error {
	if err := f.step(); err != nil {
		return err
	}
	f.undo = slices.DeleteFunc(f.undo, func(c change) bool { return c.dir == path.Clean(name) })
	return nil
}

// cut is the power cut.
func (f *frail) cut(t *testing.T) {
	t.Helper()
	if !f.lossy {
		return
	}
	for name := range f.dirty {
		if err := os.Truncate(filepath.Join(f.dir, name), 0); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	for _, c := range slices.Backward(f.undo) {
		if err := c.back(); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
}

// TestPowerCut stops the second and the third installation at every step, with and
// without the loss of what was not synced. The current pack is the old or the new
// one, whole, and the next try ends well and leaves nothing about.
func TestPowerCut(t *testing.T) {
	mk := newMaker(t)
	packs := [][]byte{
		files(t, "clips/a.webm", "one", "list", "1"), files(t, "clips/b.webm", "two", "list", "2"), files(t, "clips/c.webm", "three", "list", "3"),
	}
	want := [][]string{{"clips/a.webm=one", "list=1"}, {"clips/b.webm=two", "list=2"}, {"clips/c.webm=three", "list=3"}}
	cuts := 0
	for n := 1; n < 3; n++ {
		before := mk.bundle(uint64(n), map[string][]byte{"media": packs[n-1]})
		bd := mk.bundle(uint64(n+1), map[string][]byte{"media": packs[n]})
		for _, lossy := range []bool{false, true} {
			for steps := 0; ; steps++ {
				dir := t.TempDir()
				if n == 2 {
					if err := Install(t.Context(), mk.bundle(1, map[string][]byte{"media": packs[0]}), dir); err != nil {
						t.Fatal(err)
					}
				}
				if err := Install(t.Context(), before, dir); err != nil {
					t.Fatal(err)
				}
				real, err := openDir(dir)
				if err != nil {
					t.Fatal(err)
				}
				d := &frail{rootDir: real, dir: dir, left: steps, lossy: lossy, dirty: map[string]bool{}}
				done := install(t.Context(), bd, d)
				d.cut(t)
				got := tree(t, filepath.Join(dir, "media/current"))
				if !slices.Equal(got, want[n]) && (done == nil || !slices.Equal(got, want[n-1])) {
					t.Fatalf("cut after %d steps, lossy %v: %q", steps, lossy, got)
				}
				if err := Install(t.Context(), bd, dir); err != nil {
					t.Fatalf("again after a cut at %d: %v", steps, err)
				}
				if got := tree(t, filepath.Join(dir, "media/current")); !slices.Equal(got, want[n]) {
					t.Fatalf("again after a cut at %d: %q", steps, got)
				}
				tidy(t, filepath.Join(dir, "media"), steps)
				if err := real.close(); err != nil {
					t.Fatal(err)
				}
				if done == nil {
					break
				}
				if !errors.Is(done, errPower) {
					t.Fatal(done)
				}
				cuts++
			}
		}
	}
	t.Logf("%d power cuts", cuts)
	if cuts < 60 {
		t.Error("that is fewer than an installation has steps")
	}
}

// tidy checks that only the link, the current pack and the one before are there.
func tidy(t *testing.T, dir string, steps int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Fatalf("after a cut at %d: %v %v", steps, entries, err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), unfinished) {
			t.Errorf("after a cut at %d: %s lies about", steps, e.Name())
		}
	}
}

// fullDisk has less room than must stay.
type fullDisk struct{ rootDir }

func (fullDisk) free() (int64, error) { return Reserve + 100, nil }

func TestNoRoom(t *testing.T) {
	dir := t.TempDir()
	real, err := openDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer real.close()
	bd := newMaker(t).bundle(1, map[string][]byte{"media": files(t, "a", "b")})
	if err := install(t.Context(), bd, fullDisk{real}); code(err) != NoRoom {
		t.Errorf("%v", err)
	}
}
