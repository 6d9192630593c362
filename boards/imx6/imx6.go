// Package imx6 is a kiosk board around the NXP i.MX6 (Cortex-A9, armv7), the older
// boards of installed terminals: five UARTs, lines on the SoC's GPIO banks, a
// DS1307-compatible battery clock.
//
// The SoC labels its banks by their address (209c000.gpio is GPIO1). The pin
// assignment follows one common layout and has not been run on a real board.
//
// There is no guide light at the slot of meter cards: all five outputs of that layout are
// taken, GPIO1 7 and 8 can be the pads of the second UART, and 9 resets the board from its
// watchdog. The screen alone says where the card goes.
package imx6

import (
	"wattkiosk/boards"
	"wattkiosk/hal/gpio"
	"wattkiosk/hal/port"
)

// Name is the board's name.
const Name = "imx6"

// Labels of the banks.
const (
	gpio1 = "209c000.gpio"
	gpio4 = "20a8000.gpio"
)

// Board is the board.
func Board() boards.Board {
	in := func(name string, number int) gpio.Line {
		return gpio.Line{Name: name, Chip: gpio4, Number: number, Pull: gpio.PullUp}
	}
	out := func(name string, number int) gpio.Line {
		return gpio.Line{Name: name, Chip: gpio1, Number: number, Output: true}
	}
	return boards.Board{
		Name: Name,
		Arch: "arm",
		Ports: []boards.SerialPort{
			{Role: boards.Validator, Path: "/dev/ttymxc1", Mode: port.Mode{Baud: 9600}, Driver: "ccnet"},
			{Role: boards.Printer, Path: "/dev/ttymxc2", Mode: port.Mode{Baud: 38400}, Driver: "escpos"},
			{Role: boards.Card, Path: "/dev/ttymxc3", Mode: port.Mode{Baud: 9600}, Driver: "crt310"},
			{Role: boards.Pinpad, Path: "/dev/ttymxc4", Mode: port.Mode{Baud: 9600}},
		},
		GPIO: boards.Lines{
			Driver: boards.ChipLines,
			Lines: []gpio.Line{
				in(boards.Door, 5), in(boards.SafeDoor, 6), in(boards.Tamper, 7), in(boards.StaffButton, 8), in(boards.Mains, 9),
				out(boards.CashLight, 2), out(boards.CardLight, 3), out(boards.SlipLight, 4), out(boards.Buzzer, 5),
				out(boards.Peripherals, 6),
			},
		},
		DataDir:  "/var/lib/wattkiosk",
		Watchdog: "/dev/watchdog0",
		RTC:      "/sys/class/rtc/rtc0",
		I2C:      "/dev/i2c-1",
		TPM:      "/dev/tpmrm0",
		IDs:      []boards.ID{{Name: "cpu", Path: "/sys/devices/soc0/serial_number"}},
	}
}
