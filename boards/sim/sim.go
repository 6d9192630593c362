// Package sim is the simulated board: a folder on any machine, whose serial
// ports are pseudo terminals and whose lines are small files. The lab bench is
// on the other side of both.
package sim

import (
	"path/filepath"

	"wattkiosk/boards"
	"wattkiosk/hal/gpio"
	"wattkiosk/hal/port"
)

// Name is the board's name.
const Name = "sim"

// Board is the board in the folder dir (an absolute path): serial ports
// dir/dev/<role>, lines dir/dev/gpio/<role>, data dir/data.
func Board(dir string) boards.Board {
	serial := func(role, driver string, baud int) boards.SerialPort {
		return boards.SerialPort{Role: role, Path: filepath.Join(dir, "dev", role), Mode: port.Mode{Baud: baud}, Driver: driver}
	}
	return boards.Board{
		Name: Name,
		Arch: "any",
		Ports: []boards.SerialPort{
			serial(boards.Validator, "ccnet", 9600),
			serial(boards.Printer, "escpos", 38400),
			serial(boards.Card, "crt571", 9600),
			serial(boards.Pinpad, "zt588", 9600),
			serial(boards.Scanner, "wedge", 9600),
			serial(boards.Invoice, "escpos", 9600),
			serial(boards.Meter, "dlt645", 2400),
		},
		GPIO: boards.Lines{
			Driver: boards.FileLines,
			Dir:    filepath.Join(dir, "dev", "gpio"),
			Lines: []gpio.Line{
				{Name: boards.Door, Number: 0},
				{Name: boards.SafeDoor, Number: 1},
				{Name: boards.Tamper, Number: 2},
				{Name: boards.CashLight, Number: 3, Output: true},
				{Name: boards.CardLight, Number: 4, Output: true},
				{Name: boards.SlipLight, Number: 5, Output: true},
				{Name: boards.Peripherals, Number: 6, Output: true},
				{Name: boards.Mains, Number: 7},
				{Name: boards.Vibration, Number: 8},
				{Name: boards.Buzzer, Number: 9, Output: true},
				{Name: boards.MeterLight, Number: 10, Output: true},
			},
		},
		DataDir: filepath.Join(dir, "data"),
	}
}
