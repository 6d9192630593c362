package gpiotest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"wattkiosk/hal/gpio"
)

// ErrFault is what a line fails with after Fault.
var ErrFault = errors.New("injected fault")

// Chip is a fake Source. The zero value is ready; it is safe for concurrent use.
// Levels are logical, by line name. An input that was never set is inactive.
type Chip struct {
	Board string

	mu     sync.Mutex
	closed bool
	levels map[string]bool
	faults map[string]bool
	edges  map[string]chan struct{}
}

var _ gpio.Source = (*Chip)(nil)

// Set drives an input from outside.
func (c *Chip) Set(name string, active bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.levels == nil {
		c.levels = map[string]bool{}
	}
	c.levels[name] = active
	select {
	case c.edge(name) <- struct{}{}:
	default:
	}
}

// Level is the level of a line, as set from either side.
func (c *Chip) Level(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.levels[name]
}

// Fault makes a line fail, or work again.
func (c *Chip) Fault(name string, on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.faults == nil {
		c.faults = map[string]bool{}
	}
	c.faults[name] = on
}

// edge needs c.mu.
func (c *Chip) edge(name string) chan struct{} {
	if c.edges == nil {
		c.edges = map[string]chan struct{}{}
	}
	if c.edges[name] == nil {
		c.edges[name] = make(chan struct{}, 1)
	}
	return c.edges[name]
}

// check needs c.mu.
func (c *Chip) check(name string) error {
	var err error
	switch {
	case name == "":
		err = errors.New("line has no name")
	case c.closed:
		err = errors.New("chip is closed")
	case c.faults[name]:
		err = ErrFault
	default:
		return nil
	}
	return &gpio.LineError{Board: c.Board, Line: name, File: "fake", Err: err}
}

// Input opens an input.
func (c *Chip) Input(l gpio.Line) (gpio.Input, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fake{c, l.Name}, c.check(l.Name)
}

// Output opens an output and makes it inactive.
func (c *Chip) Output(l gpio.Line) (gpio.Output, error) {
	f := fake{c, l.Name}
	if err := f.Set(false); err != nil {
		return nil, fmt.Errorf("cannot open output: %w", err)
	}
	return f, nil
}

// Close makes every line fail.
func (c *Chip) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return nil
}

type fake struct {
	chip *Chip
	name string
}

var _ gpio.Edger = fake{}

func (f fake) Name() string { return f.name }

func (f fake) Read() (bool, error) {
	f.chip.mu.Lock()
	defer f.chip.mu.Unlock()
	if err := f.chip.check(f.name); err != nil {
		return true, err
	}
	return f.chip.levels[f.name], nil
}

func (f fake) Set(active bool) error {
	f.chip.mu.Lock()
	err := f.chip.check(f.name)
	f.chip.mu.Unlock()
	if err == nil {
		f.chip.Set(f.name, active)
	}
	return err
}

// WaitEdge implements gpio.Edger.
func (f fake) WaitEdge(limit time.Duration) bool {
	f.chip.mu.Lock()
	edge := f.chip.edge(f.name)
	f.chip.mu.Unlock()
	select {
	case <-edge:
		return true
	case <-time.After(limit):
		return false
	}
}
