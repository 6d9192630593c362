// Package rk3568 is a kiosk board around the Rockchip RK3568, as several makers
// sell it for self-service terminals: six RS-232 ports on the SoC's UARTs, an
// opto-isolated input header, relay outputs, a PCF8563 battery clock.
//
// The assignment of UARTs and pins follows the SoC's data sheet and one common
// layout; makers differ. It has not been run on a real board: check the wiring
// list of the board at hand, and override a port in kiosk.toml.
package rk3568

import (
	"wattkiosk/boards"
	"wattkiosk/hal/gpio"
	"wattkiosk/hal/port"
)

// Name is the board's name.
const Name = "rk3568"

// pin is the line of Rockchip's pin name GPIO<bank>_<group><n>: each bank is a
// chip of 32 lines with the label gpio<bank>, each group (A to D) eight lines.
func pin(bank int, group rune, n int) (chip string, number int) {
	return []string{"gpio0", "gpio1", "gpio2", "gpio3", "gpio4"}[bank], int(group-'A')*8 + n
}

// Board is the board.
func Board() boards.Board {
	in := func(name string, bank int, group rune, n int) gpio.Line {
		chip, number := pin(bank, group, n)
		return gpio.Line{Name: name, Chip: chip, Number: number, Pull: gpio.PullUp}
	}
	out := func(name string, bank int, group rune, n int) gpio.Line {
		chip, number := pin(bank, group, n)
		return gpio.Line{Name: name, Chip: chip, Number: number, Output: true}
	}
	return boards.Board{
		Name: Name,
		Arch: "arm64",
		Ports: []boards.SerialPort{
			{Role: boards.Validator, Path: "/dev/ttyS3", Mode: port.Mode{Baud: 9600}, Driver: "ccnet"},
			{Role: boards.Printer, Path: "/dev/ttyS4", Mode: port.Mode{Baud: 38400}, Driver: "escpos"},
			{Role: boards.Card, Path: "/dev/ttyS5", Mode: port.Mode{Baud: 9600}, Driver: "crt571"},
			{Role: boards.Pinpad, Path: "/dev/ttyS7", Mode: port.Mode{Baud: 9600}},
			{Role: boards.Invoice, Path: "/dev/ttyS8", Mode: port.Mode{Baud: 9600}},
			{Role: boards.Scanner, Path: "/dev/ttyS9", Mode: port.Mode{Baud: 9600}},
		},
		GPIO: boards.Lines{
			Driver: boards.ChipLines,
			Lines: []gpio.Line{
				in(boards.Door, 3, 'A', 1), in(boards.SafeDoor, 3, 'A', 2), in(boards.Tamper, 3, 'A', 3),
				in(boards.StaffButton, 3, 'A', 4), in(boards.Mains, 3, 'A', 5), in(boards.Vibration, 3, 'A', 6),
				out(boards.CashLight, 4, 'C', 2), out(boards.CardLight, 4, 'C', 3), out(boards.SlipLight, 4, 'C', 5),
				out(boards.MeterLight, 0, 'D', 6), // C4, between the other lights, can be the hot plug of a display
				out(boards.Buzzer, 4, 'C', 6), out(boards.Peripherals, 0, 'D', 3),
				out(boards.PowerLine(boards.Validator), 0, 'D', 4), out(boards.PowerLine(boards.Card), 0, 'D', 5),
			},
		},
		DataDir:  "/var/lib/wattkiosk",
		Watchdog: "/dev/watchdog0",
		RTC:      "/sys/class/rtc/rtc0",
		I2C:      "/dev/i2c-5",
		Camera:   "/dev/video0",
		Sound:    "default",
		TPM:      "/dev/tpmrm0",
		IDs:      []boards.ID{{Name: "cpu", Path: "/proc/device-tree/serial-number"}},
	}
}
