package update

import (
	"io"

	"golang.org/x/sys/unix"

	"wattkiosk/ota/slot"
)

// Disk is one partition. What is written is durable after Sync.
type Disk interface {
	io.ReaderAt
	io.WriterAt
	io.Seeker
	io.Closer
	Sync() error
}

// Disks opens partitions by their name: state, boot_a, root_a, boot_b, root_b.
type Disks interface {
	Open(name string) (Disk, error)
}

// labels are the partitions of a real disk.
type labels struct{ slot.Partitions }

// Open implements Disks.
func (l labels) Open(name string) (Disk, error) {
	f, err := l.Partitions.Open(name)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// forget drops what the kernel remembers of a disk, so that what is read next comes
// from it. It is a hint that other files may ignore.
func forget(d Disk) {
	if f, ok := d.(interface{ Fd() uintptr }); ok {
		_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
	}
}
