package gpiotest

import (
	"errors"
	"testing"

	"wattkiosk/hal/gpio"
)

// Bench is the other side of a Source under test.
type Bench struct {
	Source gpio.Source
	Set    func(name string, active bool) // drives an input
	Level  func(name string) bool         // looks at an output
	Break  func(name string)              // makes an input unreadable
}

// Run is the conformance suite of a Source: every line obeys gpio's contract.
// start makes a fresh bench on which input "door" exists and is inactive.
func Run(t *testing.T, start func(t *testing.T) Bench) {
	door := gpio.Line{Name: "door"}
	lamp := gpio.Line{Name: "lamp", Output: true}

	t.Run("input follows the wire", func(t *testing.T) {
		b := start(t)
		in := open(t, b.Source.Input, door)
		for _, want := range []bool{false, true, true, false, true} {
			b.Set("door", want)
			if got, err := in.Read(); err != nil || got != want {
				t.Errorf("Read() = %v, %v; want %v", got, err, want)
			}
		}
	})
	t.Run("output drives the wire", func(t *testing.T) {
		b := start(t)
		out := open(t, b.Source.Output, lamp)
		if b.Level("lamp") {
			t.Error("output is active after opening")
		}
		for _, want := range []bool{true, true, false, true} {
			if err := out.Set(want); err != nil || b.Level("lamp") != want {
				t.Errorf("Set(%v): %v, level %v", want, err, b.Level("lamp"))
			}
		}
	})
	t.Run("lines know their names", func(t *testing.T) {
		b := start(t)
		if got := open(t, b.Source.Input, door).Name(); got != "door" {
			t.Errorf("input is called %q", got)
		}
		if got := open(t, b.Source.Output, lamp).Name(); got != "lamp" {
			t.Errorf("output is called %q", got)
		}
	})
	t.Run("an unreadable input is active and says which", func(t *testing.T) {
		b := start(t)
		in := open(t, b.Source.Input, door)
		b.Break("door")
		fails(t, in)
	})
	t.Run("a closed source fails", func(t *testing.T) {
		b := start(t)
		in, out := open(t, b.Source.Input, door), open(t, b.Source.Output, lamp)
		if err := b.Source.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		fails(t, in)
		if err := out.Set(true); err == nil {
			t.Error("Set after Close: no error")
		}
	})
	t.Run("a line needs a name", func(t *testing.T) {
		b := start(t)
		if _, err := b.Source.Input(gpio.Line{}); err == nil {
			t.Error("an input without a name was opened")
		}
		if _, err := b.Source.Output(gpio.Line{Output: true}); err == nil {
			t.Error("an output without a name was opened")
		}
	})
}

func open[T any](t *testing.T, f func(gpio.Line) (T, error), l gpio.Line) T {
	t.Helper()
	v, err := f(l)
	if err != nil {
		t.Fatalf("open %s: %v", l.Name, err)
	}
	return v
}

func fails(t *testing.T, in gpio.Input) {
	t.Helper()
	got, err := in.Read()
	var le *gpio.LineError
	if !errors.As(err, &le) || le.Line != in.Name() || le.File == "" {
		t.Errorf("Read: error %v does not name the line and its file", err)
	}
	if !got {
		t.Error("an input that cannot be read counts as inactive")
	}
}
