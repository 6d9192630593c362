// Command gpioguest is the init process of a QEMU guest in which hal/gpio drives
// and senses real lines of a GPIO chip (the PL061 of -M virt) through the kernel's
// character device. It says what it sees on the console, line by line, and powers
// the guest off. Its test is the host.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"wattkiosk/hal/gpio"
)

// The lines of the guest. Line 3 is wired to the machine's power button.
const (
	board     = "qemuarm64"
	chip      = "9030000.pl061"
	lampLine  = 5
	lowLine   = 6
	powerLine = 3
)

// patience bounds the wait for the host to press the button.
const patience = 60 * time.Second

func main() {
	mount()
	if err := run(); err != nil {
		say("FAIL " + strings.ReplaceAll(err.Error(), "\n", "; "))
	} else {
		say("PASS")
	}
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF) // nobody is left to hear of an error
	select {}
}

func say(text string) { fmt.Println("gpioguest: " + text) }

func mount() {
	for _, m := range [][3]string{{"devtmpfs", "/dev", "devtmpfs"}, {"proc", "/proc", "proc"}, {"sysfs", "/sys", "sysfs"}, {"debugfs", "/sys/kernel/debug", "debugfs"}} {
		_ = os.MkdirAll(m[1], 0o755)
		if err := unix.Mount(m[0], m[1], m[2], 0, ""); err != nil && !errors.Is(err, unix.EBUSY) {
			say("cannot mount " + m[1] + ": " + err.Error())
		}
	}
}

func run() error {
	chips, err := gpio.OpenChips(board)
	if err != nil {
		return err
	}
	defer chips.Close()
	if err := drive(chips); err != nil {
		return err
	}
	if err := mistakes(chips); err != nil {
		return err
	}
	return sense(chips)
}

// drive switches outputs, and looks at the kernel's own account of the chip.
func drive(chips *gpio.Chips) error {
	lamp, err := chips.Output(gpio.Line{Name: "cash-light", Chip: chip, Number: lampLine, Output: true})
	if err != nil {
		return err
	}

	relay, err := chips.Output(gpio.Line{Name: "peripherals", Chip: chip, Number: lowLine, Output: true, ActiveLow: true})
	if err != nil {
		return err
	}

	for _, active := range []bool{false, true, false, true} {
		if err := errors.Join(lamp.Set(active), relay.Set(active)); err != nil {
			return err
		}
		for line, want := range map[int]bool{lampLine: active, lowLine: !active} {
			got, err := kernelLevel(line)
			if err != nil {
				return err
			}
			if got != want {
				return fmt.Errorf("line %d is %v, want %v", line, got, want)
			}
		}
	}

	say("DRIVEN")
	return nil
}

// kernelLevel reads the level of a line of the chip from debugfs.
func kernelLevel(line int) (bool, error) {
	b, err := os.ReadFile("/sys/kernel/debug/gpio")
	if err != nil {
		return false, err
	}

	base := -1
	for _, l := range strings.Split(string(b), "\n") {
		var last int
		if i := strings.Index(l, "GPIOs "); i >= 0 && strings.Contains(l, chip) {
			if _, err := fmt.Sscanf(l[i:], "GPIOs %d-%d", &base, &last); err != nil {
				return false, fmt.Errorf("cannot read %q: %w", l, err)
			}
		}
		if base >= 0 && strings.Contains(l, fmt.Sprintf("gpio-%d ", base+line)) {
			return strings.Contains(l, "out hi"), nil
		}
	}

	return false, fmt.Errorf("line %d is not in the kernel's account:\n%s", line, b)
}

// mistakes are wrong wirings: each error must name board, line and file.
func mistakes(chips *gpio.Chips) error {
	for _, l := range []gpio.Line{
		{Name: "door", Chip: chip, Number: 99},
		{Name: "door", Chip: "pinctrl-nothing", Number: 1},
		{Name: "lamp", Chip: chip, Number: lampLine, Output: true}, // in use
	} {
		_, err := chips.Input(l)
		if err == nil {
			return fmt.Errorf("line %+v was opened", l)
		}
		if text := err.Error(); !strings.Contains(text, "board qemuarm64: line "+l.Name) || !strings.Contains(text, fmt.Sprintf("line %d", l.Number)) {
			return fmt.Errorf("the error does not say where: %w", err)
		}
		say("REFUSED " + err.Error())
	}

	return nil
}

// sense waits for the power button, by edges.
func sense(chips *gpio.Chips) error {
	button, err := chips.Input(gpio.Line{Name: "staff-button", Chip: chip, Number: powerLine})
	if err != nil {
		return err
	}

	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	pressed, released, first := false, false, true
	gpio.Watch(ctx, []gpio.Input{button}, 5*time.Millisecond, func(name string, active bool) {
		switch {
		case first:
			first = false
			say(fmt.Sprintf("READY %s %v", name, active))
		case active:
			pressed = true
			say("PRESSED " + name)
		case pressed:
			released = true
			say("RELEASED " + name)
			stop()
		}
	})
	if !released {
		return errors.New("the button was not sensed")
	}
	return nil
}
