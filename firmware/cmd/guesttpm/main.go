// Command guesttpm gives a board in QEMU a TPM that lies outside: in the guest it makes a TPM
// of the kernel's (tpm_vtpm_proxy), and carries its commands over the virtio port named tpm to
// the swtpm that kioskguest has started. QEMU's own TPM of these machines has no driver in
// Debian's kernel. It is laid into images for tests alone.
//
// It says on its standard error why it ends; without its port it ends at once, with nothing
// changed.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

func main() {
	fmt.Fprintln(os.Stderr, "guesttpm:", run())
	os.Exit(1)
}

// newDevice is struct vtpm_proxy_new_dev of linux/vtpm_proxy.h.
type newDevice struct {
	flags, number, fd, major, minor uint32
}

const (
	makeDevice  = 0xc014a100 // VTPM_PROXY_IOC_NEW_DEV
	isTPM2      = 1
	headerSize  = 10
	largest     = 4096
	setLocality = 0x20001000 // a command of the driver's own, which no TPM knows
)

// run carries commands until that cannot go on, and says why.
func run() error {
	outside, err := openPort("tpm")
	if err != nil {
		return err
	}
	control, err := os.OpenFile("/dev/vtpmx", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	device := newDevice{flags: isTPM2}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, control.Fd(), makeDevice, uintptr(unsafe.Pointer(&device))); errno != 0 {
		return fmt.Errorf("cannot make a TPM: %w", errno)
	}

	return carry(os.NewFile(uintptr(device.fd), "tpm"), outside)
}

// openPort opens the virtio port of a name.
func openPort(name string) (*os.File, error) {
	files, err := filepath.Glob("/sys/class/virtio-ports/*/name")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil && strings.TrimSpace(string(text)) == name {
			return os.OpenFile(filepath.Join("/dev", filepath.Base(filepath.Dir(file))), os.O_RDWR, 0)
		}
	}

	return nil, errors.New("the machine has no port named " + name)
}

// carry has each command answered outside.
func carry(tpm, outside io.ReadWriter) error {
	buffer := make([]byte, largest)
	for {
		n, err := tpm.Read(buffer)
		if err != nil {
			return err
		}
		if n < headerSize {
			return fmt.Errorf("a command of %d bytes", n)
		}
		answer := []byte{0x80, 0x01, 0, 0, 0, headerSize, 0, 0, 0, 0}
		if binary.BigEndian.Uint32(buffer[6:]) != setLocality {
			if answer, err = exchange(outside, buffer[:n]); err != nil {
				return err
			}
		}
		if _, err := tpm.Write(answer); err != nil {
			return err
		}
	}
}

func exchange(outside io.ReadWriter, command []byte) ([]byte, error) {
	if _, err := outside.Write(command); err != nil {
		return nil, err
	}
	answer := make([]byte, largest)
	if _, err := io.ReadFull(outside, answer[:headerSize]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(answer[2:])
	if size < headerSize || size > largest {
		return nil, fmt.Errorf("an answer of %d bytes", size)
	}
	_, err := io.ReadFull(outside, answer[headerSize:size])

	return answer[:size], err
}
