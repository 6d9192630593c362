package boards

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"wattkiosk/hal/gpio"
)

// Check reports every mistake in a board at once. Each error names the board,
// the port or line, and the device file.
func (b Board) Check() error {
	var errs []error
	if b.Name == "" {
		errs = append(errs, errors.New("board has no name"))
	}
	if !slices.Contains([]string{"arm", "arm64", "any"}, b.Arch) {
		errs = append(errs, fmt.Errorf("board %s: arch %q is none of arm, arm64, any", b.Name, b.Arch))
	}
	if !filepath.IsAbs(b.DataDir) {
		errs = append(errs, fmt.Errorf("board %s: data folder %q is not an absolute path", b.Name, b.DataDir))
	}
	errs = append(errs, b.checkPorts()...)
	errs = append(errs, b.checkLines()...)
	return errors.Join(errs...)
}

func (b Board) checkPorts() (errs []error) {
	roles, paths := map[string]bool{}, map[string]string{}
	for _, p := range b.Ports {
		bad := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("board %s: serial port %s (%s): %w", b.Name, p.Role, p.Path, fmt.Errorf(format, args...)))
		}
		switch {
		case p.Role == "":
			bad("has no role")
		case roles[p.Role]:
			bad("role is used twice")
		}
		if !filepath.IsAbs(p.Path) {
			bad("is not an absolute path")
		} else if other, ok := paths[p.Path]; ok {
			bad("is also the port of %s", other)
		}
		if err := p.Mode.Check(); err != nil {
			bad("%w", err)
		}
		roles[p.Role], paths[p.Path] = true, p.Role
	}
	return errs
}

func (b Board) checkLines() (errs []error) {
	names, wires := map[string]bool{}, map[string]string{}
	switch b.GPIO.Driver {
	case NoLines, ChipLines, FileLines:
	default:
		errs = append(errs, fmt.Errorf("board %s: line driver %q is none of gpiochip, file", b.Name, string(b.GPIO.Driver)))
	}
	for _, l := range b.GPIO.Lines {
		file := b.lineFile(l)
		bad := func(cause string) {
			errs = append(errs, &gpio.LineError{Board: b.Name, Line: l.Name, File: file, Err: errors.New(cause)})
		}
		switch {
		case l.Name == "":
			bad("has no name")
		case names[l.Name]:
			bad("name is used twice")
		}
		switch {
		case b.GPIO.Driver == NoLines:
			bad("board has no line driver")
		case b.GPIO.Driver == FileLines && !filepath.IsAbs(b.GPIO.Dir):
			bad("folder of the lines is not an absolute path")
		case b.GPIO.Driver == ChipLines && l.Chip == "":
			bad("has no chip")
		case l.Number < 0:
			bad("number is negative")
		case l.Output && l.Pull != gpio.PullNone:
			bad("an output has no pull")
		case wires[file] != "" && wires[file] != l.Name:
			bad("is also the line of " + wires[file])
		}
		names[l.Name], wires[file] = true, l.Name
	}
	return errs
}

// lineFile is where a line lives, in words.
func (b Board) lineFile(l gpio.Line) string {
	if b.GPIO.Driver == FileLines {
		return filepath.Join(b.GPIO.Dir, l.Name)
	}
	return fmt.Sprintf("%s line %d", l.Chip, l.Number)
}
