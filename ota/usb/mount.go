package usb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ErrFileSystem tells that a part holds no file system that is taken.
var ErrFileSystem = errors.New("no file system that a kiosk reads (FAT, exFAT)")

// Mounter makes a part of a disk a folder. Unmount must be called; it syncs.
type Mounter interface {
	Mount(part string, write bool) (dir string, unmount func() error, err error)
}

// Mounts is the Mounter of a running Linux.
type Mounts struct {
	Dev   string // where block devices are
	Place string // folder that is mounted on; made if absent
}

var _ Mounter = Mounts{}

// fileSystem is a type that is taken, and how.
type fileSystem struct {
	name  string
	magic []byte
	at    int64
	read  string // options while nothing is written
	write string
}

// fileSystems are told apart by what the kernel itself goes by. ext4 is none of them: its
// journal and its many structures are a lot of kernel to hand a stranger's stick to.
var fileSystems = []fileSystem{
	{name: "exfat", magic: []byte("EXFAT   "), at: 3, read: "iocharset=utf8,umask=0077", write: "iocharset=utf8,umask=0077"},
	{name: "vfat", magic: []byte("FAT32   "), at: 82, read: "utf8,umask=0077", write: "utf8,umask=0077"},
	{name: "vfat", magic: []byte("FAT16   "), at: 54, read: "utf8,umask=0077", write: "utf8,umask=0077"},
	{name: "vfat", magic: []byte("FAT12   "), at: 54, read: "utf8,umask=0077", write: "utf8,umask=0077"},
}

// sniff tells the file system of a part by its first bytes.
func sniff(r io.ReaderAt) (fileSystem, error) {
	head := make([]byte, 512)
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return fileSystem{}, fmt.Errorf("cannot read the stick: %w", err)
	}
	for _, fs := range fileSystems {
		if bytes.Equal(head[fs.at:fs.at+int64(len(fs.magic))], fs.magic) {
			return fs, nil
		}
	}
	return fileSystem{}, ErrFileSystem
}

// Mount implements Mounter.
func (m Mounts) Mount(part string, write bool) (string, func() error, error) {
	dev := filepath.Join(m.Dev, filepath.Base(part))
	f, err := os.Open(dev)
	if err != nil {
		return "", nil, fmt.Errorf("cannot read the stick: %w", err)
	}
	fs, err := sniff(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return "", nil, err
	}
	if err := os.MkdirAll(m.Place, 0o700); err != nil {
		return "", nil, fmt.Errorf("cannot mount the stick: %w", err)
	}
	flags, options := uintptr(unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC|unix.MS_NOATIME), fs.write
	if !write {
		flags, options = flags|unix.MS_RDONLY, fs.read
	}
	if err := unix.Mount(dev, m.Place, fs.name, flags, options); err != nil {
		return "", nil, fmt.Errorf("cannot mount the stick (%s): %w", fs.name, err)
	}
	return m.Place, func() error { return unmount(m.Place) }, nil
}

// unmount lets a stick go, even one that was pulled.
func unmount(place string) error {
	err := unix.Unmount(place, unix.UMOUNT_NOFOLLOW)
	if err == nil {
		return nil
	}
	if err := unix.Unmount(place, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil {
		return fmt.Errorf("cannot let the stick go: %w", err)
	}
	return fmt.Errorf("the stick was let go in use: %w", err)
}
