package mqttlink

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

func TestBackoffIsFullJitter(t *testing.T) {
	for _, c := range []struct {
		attempt int
		rng     float64
		want    time.Duration
	}{
		{0, 0, 0},
		{0, 0.5, 500 * time.Millisecond},
		{1, 1, 2 * time.Second},
		{5, 1, 32 * time.Second},
		{6, 1, time.Minute},
		{6, 0.25, 15 * time.Second},
		{1 << 30, 1, time.Minute},
	} {
		if got := jitter(c.attempt, time.Second, time.Minute, c.rng); got != c.want {
			t.Errorf("attempt %d, rng %v: got %s, want %s", c.attempt, c.rng, got, c.want)
		}
	}
}

func TestPause(t *testing.T) {
	dial := func(e syscall.Errno) error {
		return fmt.Errorf("cannot connect: %w", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", e)})
	}
	cfg := Config{MinBackoff: time.Second, MaxBackoff: time.Minute, Rand: func() float64 { return 0.5 }}
	for _, c := range []struct {
		name    string
		attempt int
		upFor   time.Duration
		err     error
		next    int
		wait    time.Duration
	}{
		{"steady", 3, SteadyAfter, nil, 1, 500 * time.Millisecond},
		{"short", 3, SteadyAfter - 1, nil, 4, 4 * time.Second},
		{"no network", 3, 0, dial(syscall.ENETUNREACH), 0, 250 * time.Millisecond},
		{"nobody listens", 0, 0, dial(syscall.ECONNREFUSED), 1, 500 * time.Millisecond},
		{"host is away", 2, 0, dial(syscall.EHOSTUNREACH), 3, 2 * time.Second},
		{"refused", 20, 0, errors.New("not authorised"), 21, 30 * time.Second},
	} {
		if next, wait := cfg.pause(c.attempt, c.upFor, c.err); next != c.next || wait != c.wait {
			t.Errorf("%s: attempt %d in %s, want %d in %s", c.name, next, wait, c.next, c.wait)
		}
	}
}
