// Package qemuarm64 is QEMU's virt machine for arm64: the board on which images
// are booted in tests. Its second and third serial ports carry the simulated
// validator and printer of the host; it has one GPIO chip (PL061), which QEMU
// uses for the power key, and so no lines of ours.
package qemuarm64

import (
	"wattkiosk/boards"
	"wattkiosk/hal/port"
)

// Name is the board's name.
const Name = "qemuarm64"

// Board is the board.
func Board() boards.Board {
	return boards.Board{
		Name: Name,
		Arch: "arm64",
		Ports: []boards.SerialPort{
			{Role: boards.Validator, Path: "/dev/ttyS0", Mode: port.Mode{Baud: 9600}, Driver: "ccnet"},
			{Role: boards.Printer, Path: "/dev/ttyS1", Mode: port.Mode{Baud: 38400}, Driver: "escpos"},
		},
		DataDir:  "/var/lib/wattkiosk",
		Watchdog: "/dev/watchdog0",
		RTC:      "/sys/class/rtc/rtc0",
		TPM:      "/dev/tpmrm0",
	}
}
