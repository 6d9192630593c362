// Package rpicm4 is a Raspberry Pi Compute Module 4 on a carrier with four of
// the SoC's UARTs brought out, a PCF85063 battery clock, and opto-coupled door
// switches that pull their line low while the door is shut (so a cut wire reads
// as open).
package rpicm4

import (
	"wattkiosk/boards"
	"wattkiosk/hal/gpio"
	"wattkiosk/hal/port"
)

// Name is the board's name.
const Name = "rpicm4"

// chip is the label of the SoC's pin controller; chip numbers change between
// kernels, the label does not.
const chip = "pinctrl-bcm2711"

// Board is the board.
func Board() boards.Board {
	in := func(name string, number int) gpio.Line {
		return gpio.Line{Name: name, Chip: chip, Number: number, Pull: gpio.PullUp}
	}
	out := func(name string, number int) gpio.Line {
		return gpio.Line{Name: name, Chip: chip, Number: number, Output: true}
	}
	return boards.Board{
		Name: Name,
		Arch: "arm64",
		Ports: []boards.SerialPort{
			{Role: boards.Validator, Path: "/dev/ttyAMA2", Mode: port.Mode{Baud: 9600}, Driver: "ccnet"},
			{Role: boards.Printer, Path: "/dev/ttyAMA3", Mode: port.Mode{Baud: 38400}, Driver: "escpos"},
			{Role: boards.Card, Path: "/dev/ttyAMA4", Mode: port.Mode{Baud: 9600}, Driver: "crt571"},
			{Role: boards.Pinpad, Path: "/dev/ttyAMA5", Mode: port.Mode{Baud: 9600}},
		},
		GPIO: boards.Lines{
			Driver: boards.ChipLines,
			Lines: []gpio.Line{
				in(boards.Door, 17), in(boards.SafeDoor, 27), in(boards.Tamper, 22), in(boards.StaffButton, 23),
				out(boards.CashLight, 24), out(boards.CardLight, 25), out(boards.SlipLight, 26), out(boards.Peripherals, 16),
				out(boards.MeterLight, 20), // no UART's, and pulled down until the kiosk runs
			},
		},
		DataDir:  "/var/lib/wattkiosk",
		Watchdog: "/dev/watchdog0",
		RTC:      "/sys/class/rtc/rtc0",
		TPM:      "/dev/tpmrm0",
		IDs:      []boards.ID{{Name: "cpu", Path: "/proc/device-tree/serial-number"}, {Name: "emmc", Path: "/sys/class/block/mmcblk0/device/cid"}},
	}
}
