package content

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// disk is the folder of packs. Names are relative to it, and none leads out of it.
type disk interface {
	mkdir(name string) error // with its parents
	create(name string) (file, error)
	rename(from, to string) error
	symlink(to, name string) error
	remove(name string) error // with what is in it
	syncDir(name string) error
	read(name string) ([]byte, error)
	readlink(name string) (string, error)
	list(name string) ([]string, error)
	free() (int64, error) // bytes
}

// file is a file that is being written.
type file interface {
	io.Writer
	Sync() error
	Close() error
}

// rootDir is a real folder. The kernel keeps every name inside it.
type rootDir struct{ root *os.Root }

var _ disk = rootDir{}

func openDir(dir string) (rootDir, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return rootDir{}, fmt.Errorf("cannot open the folder of packs: %w", err)
	}
	return rootDir{root}, nil
}

func (d rootDir) close() error                         { return d.root.Close() }
func (d rootDir) mkdir(name string) error              { return d.root.MkdirAll(name, 0o755) }
func (d rootDir) rename(from, to string) error         { return d.root.Rename(from, to) }
func (d rootDir) symlink(to, name string) error        { return d.root.Symlink(to, name) }
func (d rootDir) remove(name string) error             { return d.root.RemoveAll(name) }
func (d rootDir) read(name string) ([]byte, error)     { return d.root.ReadFile(name) }
func (d rootDir) readlink(name string) (string, error) { return d.root.Readlink(name) }

func (d rootDir) create(name string) (file, error) {
	return d.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
}

func (d rootDir) syncDir(name string) error {
	f, err := d.root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

func (d rootDir) list(name string) ([]string, error) {
	f, err := d.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

func (d rootDir) free() (int64, error) {
	f, err := d.root.Open(".")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
