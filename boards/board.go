package boards

import (
	"wattkiosk/hal/gpio"
	"wattkiosk/hal/port"
)

// Roles of serial ports: what hangs on the port.
const (
	Validator = "validator"
	Printer   = "printer"
	Card      = "card"
	MeterCard = "meter-card" // the reader that takes meter cards
	Pinpad    = "pinpad"
	Scanner   = "scanner"
	Meter     = "meter"
	Invoice   = "invoice" // the second printer: invoices on the 76 mm roll
	UPS       = "ups"
)

// Roles of lines.
const (
	Door        = "door"         // input: cabinet door open
	SafeDoor    = "safe-door"    // input: cash box door open
	Tamper      = "tamper"       // input: cabinet moved or forced
	CashLight   = "cash-light"   // output: guide light at the note slot
	CardLight   = "card-light"   // output: guide light at the card slot
	SlipLight   = "slip-light"   // output: guide light at the slip mouth
	MeterLight  = "meter-light"  // output: guide light at the slot of meter cards
	Peripherals = "peripherals"  // output: active takes the power of all peripherals
	StaffButton = "staff-button" // input: service key switch
	Mains       = "mains"        // input: the power supply has mains
	Vibration   = "vibration"    // input: somebody works on the cabinet
	Buzzer      = "buzzer"       // output
)

// powerPrefix begins the name of the line that feeds one device.
const powerPrefix = "power-"

// PowerLine is the name of the power relay of the device of a role. Such a line, as
// Peripherals, drives a normally closed contact: active takes the power, and a
// board that is off, starting or dead leaves the devices theirs.
func PowerLine(role string) string { return powerPrefix + role }

// SerialPort is one serial port.
type SerialPort struct {
	Role   string
	Path   string // device file
	Mode   port.Mode
	Driver string // default driver of what hangs on it: "ccnet", "escpos"
}

// LineDriver says what a board's lines are.
type LineDriver string

// The line drivers.
const (
	NoLines   LineDriver = ""
	ChipLines LineDriver = "gpiochip" // hal/gpio
	FileLines LineDriver = "file"     // hal/gpio/filegpio
)

// Lines are a board's one-bit lines.
type Lines struct {
	Driver LineDriver
	Dir    string // FileLines only: the folder
	Lines  []gpio.Line
}

// ID is a number of the board itself, which a copy of its disk does not have.
type ID struct {
	Name string // "cpu", "emmc"; kept with what is bound to it
	Path string // file that holds it
}

// Board is one board.
type Board struct {
	Name     string
	Arch     string // GOARCH: "arm64", "arm", or "any" for the simulated board
	Ports    []SerialPort
	GPIO     Lines
	DataDir  string // mount point of the data partition
	Watchdog string // watchdog device file, or empty
	RTC      string // folder of the battery clock under /sys/class/rtc, or empty
	I2C      string // bus of the temperature sensor as periph names it ("/dev/i2c-1"), or empty
	Camera   string // V4L2 device file of the camera, or empty
	Sound    string // ALSA device of the loudspeaker ("default", "hw:0"), or empty
	TPM      string // device file of a TPM 2.0 where one may be fitted, or empty
	IDs      []ID   // what secrets are bound to where no TPM is
}

// Relay finds the line whose release takes the power of the device of a role: its
// own relay where the board has one, else that of all peripherals.
func (b Board) Relay(role string) (gpio.Line, bool) {
	if l, ok := b.Line(PowerLine(role)); ok {
		return l, true
	}
	return b.Line(Peripherals)
}

// Port finds the serial port of a role.
func (b Board) Port(role string) (SerialPort, bool) {
	for _, p := range b.Ports {
		if p.Role == role {
			return p, true
		}
	}
	return SerialPort{}, false
}

// Line finds the line of a role.
func (b Board) Line(role string) (gpio.Line, bool) {
	for _, l := range b.GPIO.Lines {
		if l.Name == role {
			return l, true
		}
	}
	return gpio.Line{}, false
}
