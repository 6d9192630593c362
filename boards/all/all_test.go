package all_test

import (
	"fmt"
	"strings"
	"testing"

	"wattkiosk/boards"
	"wattkiosk/boards/all"
	"wattkiosk/hal/gpio"
	"wattkiosk/hal/port"
)

func TestEveryBoardIsSound(t *testing.T) {
	tests := []struct{ name, arch, validator, printer string }{
		{"imx6", "arm", "/dev/ttymxc1", "/dev/ttymxc2"},
		{"qemuarm", "arm", "/dev/ttyS0", "/dev/ttyS1"},
		{"rk3568", "arm64", "/dev/ttyS3", "/dev/ttyS4"},
		{"qemuarm64", "arm64", "/dev/ttyS0", "/dev/ttyS1"},
		{"rpicm4", "arm64", "/dev/ttyAMA2", "/dev/ttyAMA3"},
		{"sim", "any", "/tmp/lab/dev/validator", "/tmp/lab/dev/printer"},
	}
	if got, want := strings.Join(all.Names(), " "), "imx6 qemuarm qemuarm64 rk3568 rpicm4 sim"; got != want {
		t.Errorf("Names() = %s, want %s", got, want)
	}
	for _, tt := range tests {
		b, err := all.ByName(tt.name, "/tmp/lab")
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		v, _ := b.Port(boards.Validator)
		p, _ := b.Port(boards.Printer)
		if b.Name != tt.name || b.Arch != tt.arch || v.Path != tt.validator || p.Path != tt.printer {
			t.Errorf("%s: got %s %s %s %s", tt.name, b.Name, b.Arch, v.Path, p.Path)
		}
	}
}

func TestSimLines(t *testing.T) {
	b, err := all.ByName("sim", "/tmp/lab")
	if err != nil {
		t.Fatal(err)
	}
	if b.GPIO.Driver != "file" || b.GPIO.Dir != "/tmp/lab/dev/gpio" {
		t.Errorf("lines are %q in %q", b.GPIO.Driver, b.GPIO.Dir)
	}
	if l, ok := b.Line(boards.Door); !ok || l.Output {
		t.Errorf("door: %+v, %v", l, ok)
	}
	if _, ok := b.Line("nothing"); ok {
		t.Error("a line that is not there was found")
	}
	if _, ok := b.Port("nothing"); ok {
		t.Error("a port that is not there was found")
	}
}

// TestRockchipPinNames: GPIO4_C2 is line 18 of bank 4, GPIO0_D4 line 28 of bank 0.
func TestRockchipPinNames(t *testing.T) {
	b, err := all.ByName("rk3568", "")
	if err != nil {
		t.Fatal(err)
	}
	light, _ := b.Line(boards.CashLight)
	relay, _ := b.Relay(boards.Validator)
	if light.Chip != "gpio4" || light.Number != 18 || relay.Chip != "gpio0" || relay.Number != 28 {
		t.Errorf("cash light %+v, validator relay %+v", light, relay)
	}
	if r, ok := b.Relay(boards.Printer); !ok || r.Name != "peripherals" {
		t.Errorf("a device without a relay of its own: %+v, %v", r, ok)
	}
}

// TestGuideLights: every board in a cabinet has them, but for the one that has no line left.
func TestGuideLights(t *testing.T) {
	for name, want := range map[string]string{
		"sim":    "cash-light 3, card-light 4, slip-light 5, meter-light 10",
		"rpicm4": "cash-light pinctrl-bcm2711 24, card-light pinctrl-bcm2711 25, slip-light pinctrl-bcm2711 26, meter-light pinctrl-bcm2711 20",
		"rk3568": "cash-light gpio4 18, card-light gpio4 19, slip-light gpio4 21, meter-light gpio0 30",
		"imx6":   "cash-light 209c000.gpio 2, card-light 209c000.gpio 3, slip-light 209c000.gpio 4",
	} {
		b, err := all.ByName(name, "/tmp/lab")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, role := range []string{boards.CashLight, boards.CardLight, boards.SlipLight, boards.MeterLight} {
			l, ok := b.Line(role)
			if ok {
				got = append(got, strings.Join(strings.Fields(fmt.Sprintf("%s %s %d", role, l.Chip, l.Number)), " "))
			}
			if ok && !l.Output {
				t.Errorf("%s: %s is an input", name, role)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s has %s, want %s", name, strings.Join(got, ", "), want)
		}
		if err := b.Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestUnknownBoard(t *testing.T) {
	if _, err := all.ByName("toaster", ""); err == nil || err.Error() != `board "toaster" is none of imx6, qemuarm, qemuarm64, rk3568, rpicm4, sim` {
		t.Errorf("error %v", err)
	}
	if _, err := all.ByName("sim", ""); err == nil {
		t.Error("sim without a folder: no error")
	}
}

func TestCheckNamesBoardLineAndFile(t *testing.T) {
	b := boards.Board{
		Name: "bad", Arch: "mips", DataDir: "data",
		Ports: []boards.SerialPort{
			{Role: "validator", Path: "/dev/ttyS0"},
			{Role: "printer", Path: "/dev/ttyS0", Mode: port.Mode{Baud: 7}},
			{Role: "printer", Path: "ttyS1"},
		},
		GPIO: boards.Lines{Driver: boards.ChipLines, Lines: []gpio.Line{
			{Name: "door", Chip: "gpiochip0", Number: 17},
			{Name: "tamper", Chip: "gpiochip0", Number: 17},
			{Name: "door", Number: 4},
			{Name: "lamp", Chip: "gpiochip0", Number: 5, Output: true, Pull: gpio.PullUp},
		}},
	}
	const want = `board bad: arch "mips" is none of arm, arm64, any
board bad: data folder "data" is not an absolute path
board bad: serial port printer (/dev/ttyS0): is also the port of validator
board bad: serial port printer (/dev/ttyS0): baud: 7 is not within 300 to 921600
board bad: serial port printer (ttyS1): role is used twice
board bad: serial port printer (ttyS1): is not an absolute path
board bad: line tamper (gpiochip0 line 17): is also the line of door
board bad: line door ( line 4): name is used twice
board bad: line door ( line 4): has no chip
board bad: line lamp (gpiochip0 line 5): an output has no pull`
	if err := b.Check(); err == nil || err.Error() != want {
		t.Errorf("Check():\n%v\nwant\n%s", err, want)
	}
}
