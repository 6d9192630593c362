// Package qemuarm is QEMU's virt machine for 32-bit arm (Cortex-A15): the board on
// which armv7 images are booted in tests. Its extra serial ports carry the
// simulated validator and printer of the host, as those of qemuarm64 do.
package qemuarm

import (
	"wattkiosk/boards"
	"wattkiosk/hal/port"
)

// Name is the board's name.
const Name = "qemuarm"

// Board is the board.
func Board() boards.Board {
	return boards.Board{
		Name: Name,
		Arch: "arm",
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
