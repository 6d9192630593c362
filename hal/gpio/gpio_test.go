package gpio_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/hal/gpio"
	"wattkiosk/hal/gpio/gpiotest"
)

func TestDebouncer(t *testing.T) {
	// One letter a millisecond: the level; upper case where a change is reported
	// with a hold of 3 ms.
	tests := []string{
		"lllL",
		"lhlhhhHh",
		"lllLhhlhhhHlllLl",
		"lllLhlhlhlhl",
	}
	for _, tt := range tests {
		d := gpio.Debouncer{Hold: 3 * time.Millisecond}
		now := time.UnixMilli(0)
		got := ""
		for _, c := range tt {
			high := c == 'h' || c == 'H'
			letter := map[bool]string{false: "l", true: "h"}[high]
			if d.Sample(now, high) {
				letter = map[bool]string{false: "L", true: "H"}[high]
			}
			got += letter
			now = now.Add(time.Millisecond)
		}
		if got != tt {
			t.Errorf("got %s, want %s", got, tt)
		}
	}
}

// plain hides the edges of an input, so that it is polled.
type plain struct{ gpio.Input }

func TestWatch(t *testing.T) {
	for _, edges := range []bool{false, true} {
		t.Run(fmt.Sprintf("edges=%v", edges), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { watch(t, edges) })
		})
	}
}

func watch(t *testing.T, edges bool) {
	chip := &gpiotest.Chip{Board: "fake"}
	in, err := chip.Input(gpio.Line{Name: "door"})
	if err != nil {
		t.Fatal(err)
	}
	if !edges {
		in = plain{in}
	}
	begin := time.Now()
	var got []string
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		gpio.Watch(ctx, []gpio.Input{in}, 30*time.Millisecond, func(name string, open bool) {
			got = append(got, fmt.Sprintf("%s %v %v", name, open, time.Since(begin)))
		})
	}()
	at := func(ms int, active bool) {
		time.Sleep(time.Until(begin.Add(time.Duration(ms) * time.Millisecond)))
		synctest.Wait()
		chip.Set("door", active)
	}
	at(501, true) // a bounce of 10 ms is nothing
	at(511, false)
	at(701, true)
	at(1200, true)
	cancel()
	<-done
	want := []string{"door false 30ms", "door true 731ms"}
	if !edges { // seen at the next poll: 50 ms after the last at 680 ms
		want[1] = "door true 760ms"
	}
	if !slices.Equal(got, want) {
		t.Errorf("reports %q, want %q", got, want)
	}
}

func TestUnreadableInputIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chip := &gpiotest.Chip{Board: "fake"}
		in, err := chip.Input(gpio.Line{Name: "tamper"})
		if err != nil {
			t.Fatal(err)
		}
		chip.Fault("tamper", true)
		var got []string
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		gpio.Watcher{
			Inputs: []gpio.Input{in}, Debounce: 10 * time.Millisecond,
			Report:  func(name string, active bool) { got = append(got, fmt.Sprint(name, " ", active)) },
			OnError: func(err error) { got = append(got, err.Error()) },
		}.Run(ctx)
		want := []string{"board fake: line tamper (fake): injected fault", "tamper true"}
		if !slices.Equal(got, want) {
			t.Errorf("reports %q, want %q", got, want)
		}
	})
}

func TestChipsWithoutTheChip(t *testing.T) {
	c, err := gpio.OpenChips("rpicm4")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	l := gpio.Line{Name: "door", Chip: "no-such-chip", Number: 17}
	const want = "board rpicm4: line door (no-such-chip line 17): no such GPIO chip"
	if _, err := c.Input(l); !errors.Is(err, gpio.ErrNoChip) || err.Error() != want {
		t.Errorf("Input: %v, want %s", err, want)
	}
	if _, err := c.Output(l); !errors.Is(err, gpio.ErrNoChip) {
		t.Errorf("Output: %v", err)
	}
}
