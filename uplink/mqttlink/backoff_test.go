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
		if got := backoff(c.attempt, time.Second, time.Minute, c.rng); got != c.want {
			t.Errorf("attempt %d, rng %v: got %s, want %s", c.attempt, c.rng, got, c.want)
		}
	}
}

func TestBackoffBeginsAnew(t *testing.T) {
	dial := func(e syscall.Errno) error {
		return fmt.Errorf("cannot connect: %w", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", e)})
	}
	for _, c := range []struct {
		name  string
		upFor time.Duration
		err   error
		want  bool
	}{
		{"steady", SteadyAfter, nil, true},
		{"short", SteadyAfter - 1, nil, false},
		{"no network", 0, dial(syscall.ENETUNREACH), true},
		{"nobody listens", 0, dial(syscall.ECONNREFUSED), false},
		{"host is away", 0, dial(syscall.EHOSTUNREACH), false},
		{"refused", 0, errors.New("not authorised"), false},
	} {
		if got := fresh(c.upFor, c.err); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
