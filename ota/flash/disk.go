package flash

import (
	"errors"
	"fmt"
	"io"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"wattkiosk/ota/bundle"
)

// Disk is a target: a disk of the machine, or a file.
type Disk struct {
	f      *os.File
	direct *os.File // for reading past the machine's memory; nil for a file
	buf    []byte   // of a place in memory that direct reads go to
}

var _ Target = (*Disk)(nil)

// Open takes what Find or File found, for nobody else: the kernel refuses a disk while
// a file system of it is in use, and mounts none of it until Close. A new file is made.
func Open(d Device) (*Disk, error) {
	t, err := open(d)
	if err == nil {
		err = t.sized(d)
	}
	if err != nil && t != nil {
		err = errors.Join(err, t.Close())
	}
	if _, refused := errors.AsType[*bundle.Error](err); err != nil && !refused {
		err = fmt.Errorf("cannot open the target: %w", err)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

func open(d Device) (*Disk, error) {
	flags := os.O_RDWR | unix.O_EXCL
	if d.File {
		flags = os.O_RDWR
	}
	if d.New {
		flags |= os.O_CREATE
	}
	f, err := os.OpenFile(d.Path, flags, 0o600)
	if errors.Is(err, unix.EBUSY) {
		return nil, refuse(InUse, "%s is in use", d.Path)
	}
	if err != nil {
		return nil, err
	}
	t := &Disk{f: f}
	if d.File {
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
			return t, refuse(InUse, "%s is in use", d.Path)
		}
		return t, nil
	}
	// The same open device, even if another has taken its name.
	if t.direct, err = os.OpenFile(fmt.Sprint("/proc/self/fd/", f.Fd()), os.O_RDONLY|unix.O_DIRECT, 0); err != nil {
		t.direct = nil
		return t, err
	}
	t.buf, err = unix.Mmap(-1, 0, checkSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	return t, err
}

// sized makes sure that the disk is the one that was looked at, and gives a new file
// its size.
func (t *Disk) sized(d Device) error {
	n, err := t.f.Seek(0, io.SeekEnd)
	if err == nil && d.New && n == 0 {
		n, err = d.Size, t.f.Truncate(d.Size)
	}
	if err == nil && n != d.Size {
		err = fmt.Errorf("%s has %d bytes, not %d", d.Path, n, d.Size)
	}
	return err
}

// ReadAt reads a disk past what the machine remembers of it.
func (t *Disk) ReadAt(p []byte, at int64) (int, error) {
	if t.direct == nil {
		return t.f.ReadAt(p, at)
	}
	if at%sector != 0 || len(p)%sector != 0 {
		return 0, fmt.Errorf("%d bytes at %d are no whole sectors", len(p), at)
	}
	done := 0
	for done < len(p) {
		n, err := t.direct.ReadAt(t.buf[:min(len(t.buf), len(p)-done)], at+int64(done))
		done += copy(p[done:], t.buf[:n])
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// WriteAt implements Target.
func (t *Disk) WriteAt(p []byte, at int64) (int, error) { return t.f.WriteAt(p, at) }

// Zero leaves a hole in a file; a disk is told to have zeros there, and the kernel
// writes them where the disk cannot promise.
func (t *Disk) Zero(at, n int64) error {
	if t.direct == nil {
		err := unix.Fallocate(int(t.f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, at, n)
		if errors.Is(err, unix.EOPNOTSUPP) { // a file system without holes
			return t.fill(at, n)
		}
		return err
	}
	span := [2]uint64{uint64(at), uint64(n)}
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, t.f.Fd(), unix.BLKZEROOUT, uintptr(unsafe.Pointer(&span))); e != 0 {
		return fmt.Errorf("cannot write zeros: %w", e)
	}
	return nil
}

// fill writes zeros.
func (t *Disk) fill(at, n int64) error {
	for end := at + n; at < end; {
		done, err := t.f.WriteAt(zeros[:min(int64(len(zeros)), end-at)], at)
		if err != nil {
			return err
		}
		at += int64(done)
	}
	return nil
}

// Sync implements Target.
func (t *Disk) Sync() error { return t.f.Sync() }

// Forget drops what the machine remembers of a file; a disk is read past it anyway.
func (t *Disk) Forget() error {
	if t.direct == nil {
		return unix.Fadvise(int(t.f.Fd()), 0, 0, unix.FADV_DONTNEED)
	}
	return nil
}

// Close lets the target go; the kernel then looks for its partitions.
func (t *Disk) Close() error {
	var err error
	if t.direct != nil {
		_, _ = unix.IoctlRetInt(int(t.f.Fd()), unix.BLKRRPART) // a disk without partitions refuses
		err = t.direct.Close()
	}
	if t.buf != nil {
		err = errors.Join(err, unix.Munmap(t.buf))
	}
	return errors.Join(err, t.f.Close())
}
