package labclock_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"wattkiosk/boards/ground/labclock"
)

func TestShift(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clock")
	if c := labclock.Open(file); c != nil || c.Shift() != 0 {
		t.Error("a clock without a file")
	}
	if c := labclock.Open(""); c != nil {
		t.Error("a clock without a name")
	}
	if err := labclock.Set(file, 0); err != nil {
		t.Fatal(err)
	}
	c := labclock.Open(file)
	for _, shift := range []time.Duration{26 * time.Hour, -time.Minute, 0} {
		if err := labclock.Set(file, shift); err != nil {
			t.Fatal(err)
		}
		if got := c.Shift(); got != shift {
			t.Errorf("shifted by %v, want %v", got, shift)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := make(chan struct{})
	go c.Watch(ctx, func() { close(seen) })
	for again := true; again; { // until it has looked at the file once at least
		if err := labclock.Set(file, c.Shift()+time.Hour); err != nil {
			t.Fatal(err)
		}
		select {
		case <-seen:
			again = false
		case <-t.Context().Done():
			t.Fatal("nobody saw it")
		default:
		}
	}
}
