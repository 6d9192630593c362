package rootdisk

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"

	"wattkiosk/ota/verity"
)

// The kernel's interface of the device mapper (include/uapi/linux/dm-ioctl.h, 4.0.0).
const (
	dmCreate = 0xC138FD03
	dmLoad   = 0xC138FD09
	dmResume = 0xC138FD06 // DM_DEV_SUSPEND without its flag

	dmHeader   = 312
	dmSpec     = 40
	dmReadOnly = 1
	dmName     = "root"
)

// mapper is one call: the header, and a table of one line after it.
func mapper(targets uint32, table []byte) []byte {
	b := make([]byte, dmHeader, dmHeader+len(table))
	le := binary.NativeEndian
	le.PutUint32(b, 4)
	le.PutUint32(b[12:], uint32(dmHeader+len(table)))
	le.PutUint32(b[16:], dmHeader)
	le.PutUint32(b[20:], targets)
	le.PutUint32(b[28:], dmReadOnly)
	copy(b[48:], dmName)
	return append(b, table...)
}

// line is a table's only line.
func line(root verity.Root, numbers string) []byte {
	params := root.Table(numbers)
	b := make([]byte, dmSpec, dmSpec+len(params)+8)
	le := binary.NativeEndian
	le.PutUint64(b[8:], root.Sectors())
	copy(b[24:], "verity")
	b = append(b, params...)
	return append(b, make([]byte, 8-len(params)%8)...)
}

// Map makes the checked device of a root partition, and returns its node.
func (t Tree) Map(root verity.Root, p Partition) (string, error) {
	control, err := os.OpenFile(filepath.Join(t.Dev, "mapper/control"), os.O_RDWR, 0)
	if err != nil {
		return "", fmt.Errorf("cannot check the root: %w", err)
	}
	defer control.Close()
	var dev uint64
	for _, step := range []struct {
		name string
		call uintptr
		b    []byte
	}{{"create", dmCreate, mapper(0, nil)}, {"load", dmLoad, mapper(1, line(root, p.Numbers))}, {"resume", dmResume, mapper(0, nil)}} {
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, control.Fd(), step.call, uintptr(unsafe.Pointer(&step.b[0]))); errno != 0 {
			return "", fmt.Errorf("cannot check the root: device mapper, %s: %w", step.name, errno)
		}
		dev = binary.NativeEndian.Uint64(step.b[40:])
	}
	return fmt.Sprint("dm-", unix.Minor(dev)), nil
}
