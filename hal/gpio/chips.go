package gpio

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/driver/driverreg"
	periph "periph.io/x/conn/v3/gpio"
	"periph.io/x/host/v3/gpioioctl"
)

// ErrNoChip says that the board has no GPIO chip of that name.
var ErrNoChip = errors.New("no such GPIO chip")

// Chips is the Source of real lines: Linux GPIO character devices through
// periph's ioctl driver (no sysfs).
type Chips struct {
	board string

	mu     sync.Mutex
	closed bool
	open   []func() error
	taken  map[string]string // the line's place: the name it is open under
}

var _ Source = (*Chips)(nil)

// OpenChips finds the chips of this machine. board names it in errors.
func OpenChips(board string) (*Chips, error) {
	if _, err := driverreg.Init(); err != nil {
		return nil, fmt.Errorf("board %s: cannot find GPIO chips: %w", board, err)
	}
	return &Chips{board: board, taken: map[string]string{}}, nil
}

func (c *Chips) fail(l Line, file string, err error) error {
	return &LineError{Board: c.board, Line: l.Name, File: file, Err: err}
}

// find returns the chip's line and the name of its device file.
func (c *Chips) find(l Line) (*gpioioctl.GPIOChip, *gpioioctl.GPIOLine, string, error) {
	where := fmt.Sprintf("%s line %d", l.Chip, l.Number)
	for _, chip := range gpioioctl.Chips {
		if chip.Name() != l.Chip && chip.Label() != l.Chip && chip.Path() != l.Chip {
			continue
		}
		where = fmt.Sprintf("%s line %d", chip.Path(), l.Number)
		if l.Number < 0 || l.Number >= chip.LineCount() {
			return nil, nil, where, fmt.Errorf("chip has %d lines", chip.LineCount())
		}
		if err := c.take(where, l.Name); err != nil {
			return nil, nil, where, err
		}
		return chip, chip.ByNumber(l.Number), where, nil
	}

	return nil, nil, where, ErrNoChip
}

// ErrTaken says that the line is open already: two roles are wired to one line.
var ErrTaken = errors.New("line is open already")

// take notes that a line is open. The kernel would refuse another program; periph
// lets the same one turn an output into an input.
func (c *Chips) take(where, name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if other, ok := c.taken[where]; ok {
		return fmt.Errorf("%w, as %s", ErrTaken, other)
	}
	c.taken[where] = name
	return nil
}

// dropFailed lets go of a line that could not be opened after all.
func (c *Chips) dropFailed(l Line, err error) {
	if err == nil || errors.Is(err, ErrTaken) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for where, name := range c.taken {
		if name == l.Name {
			delete(c.taken, where)
		}
	}
}

// keep remembers how to release a line; it fails once the source is closed.
func (c *Chips) keep(release func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return errors.Join(errors.New("chips are closed"), release())
	}
	c.open = append(c.open, release)
	return nil
}

// Input opens l with edge detection. A line whose name in the device tree is
// unique on its chip is read with errors reported; of an unnamed line periph
// reports a failed read as low, so wire such a line active low.
func (c *Chips) Input(l Line) (Input, error) {
	in, err := c.input(l)
	c.dropFailed(l, err)
	return in, err
}

func (c *Chips) input(l Line) (Input, error) {
	chip, line, file, err := c.find(l)
	if err != nil {
		return nil, c.fail(l, file, err)
	}

	pull := map[Pull]periph.Pull{PullUp: periph.PullUp, PullDown: periph.PullDown, PullNone: periph.PullNoChange}[l.Pull]
	if !unique(chip, line.Name()) {
		return c.unnamed(l, line, file, pull)
	}

	set, err := chip.LineSet(gpioioctl.LineInput, periph.BothEdges, pull, line.Name())
	if err != nil {
		return nil, c.fail(l, file, err)
	}
	if err := c.keep(set.Close); err != nil {
		return nil, c.fail(l, file, err)
	}
	return &setInput{line: l, board: c.board, file: file, set: set}, nil
}

func (c *Chips) unnamed(l Line, line *gpioioctl.GPIOLine, file string, pull periph.Pull) (Input, error) {
	if err := line.In(pull, periph.NoEdge); err != nil {
		return nil, c.fail(l, file, err)
	}
	if err := c.keep(func() error { line.Close(); return nil }); err != nil {
		return nil, c.fail(l, file, err)
	}
	return &lineInput{line: l, pin: line}, nil
}

// Output opens l and makes it inactive.
func (c *Chips) Output(l Line) (Output, error) {
	out, err := c.output(l)
	c.dropFailed(l, err)
	return out, err
}

func (c *Chips) output(l Line) (Output, error) {
	_, line, file, err := c.find(l)
	if err != nil {
		return nil, c.fail(l, file, err)
	}
	out := &lineOutput{line: l, board: c.board, file: file, pin: line}
	if err := out.Set(false); err != nil {
		return nil, err
	}
	if err := c.keep(func() error { line.Close(); return nil }); err != nil {
		return nil, c.fail(l, file, err)
	}
	return out, nil
}

// Close releases the lines; the kernel decides what an output does then.
func (c *Chips) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, release := range c.open {
		errs = append(errs, release())
	}
	c.closed, c.open = true, nil
	return errors.Join(errs...)
}

func unique(chip *gpioioctl.GPIOChip, name string) bool {
	n := 0
	for _, l := range chip.Lines() {
		if l.Name() == name {
			n++
		}
	}
	return name != "" && n == 1
}

// setInput is a named line: a set of one, because only a set reports errors.
type setInput struct {
	line  Line
	board string
	file  string
	set   *gpioioctl.LineSet
}

func (i *setInput) Name() string { return i.line.Name }

func (i *setInput) Read() (bool, error) {
	v, err := i.set.Read(1)
	if err != nil {
		return true, &LineError{Board: i.board, Line: i.line.Name, File: i.file, Err: err}
	}
	return (v&1 == 1) != i.line.ActiveLow, nil
}

// WaitEdge implements Edger.
func (i *setInput) WaitEdge(limit time.Duration) bool {
	_, edge, err := i.set.WaitForEdge(limit)
	return err == nil && edge != periph.NoEdge
}

// lineInput is an unnamed line.
type lineInput struct {
	line Line
	pin  *gpioioctl.GPIOLine
}

func (i *lineInput) Name() string { return i.line.Name }

func (i *lineInput) Read() (bool, error) { return bool(i.pin.Read()) != i.line.ActiveLow, nil }

type lineOutput struct {
	line  Line
	board string
	file  string
	pin   *gpioioctl.GPIOLine
}

func (o *lineOutput) Name() string { return o.line.Name }

func (o *lineOutput) Set(active bool) error {
	if err := o.pin.Out(periph.Level(active != o.line.ActiveLow)); err != nil {
		return &LineError{Board: o.board, Line: o.line.Name, File: o.file, Err: err}
	}
	return nil
}
