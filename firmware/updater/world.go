package updater

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"wattkiosk/hal/clock"
)

// World is the Clock of a running board.
type World struct {
	source clock.Source
	begun  time.Time
}

var _ Clock = (*World)(nil)

// NewWorld starts counting.
func NewWorld(s clock.Source) *World { return &World{source: s, begun: time.Now()} }

// Now implements Clock.
func (w *World) Now() time.Time { return w.source.Clock.Now() }

// Trusted implements Clock. A kernel that does not tell is not trusted.
func (w *World) Trusted() bool {
	t, err := w.source.Trust()
	return err == nil && t != clock.Untrusted
}

// Elapsed implements Clock, by the monotonic clock.
func (w *World) Elapsed() time.Duration { return time.Since(w.begun) }

// After implements Clock.
func (w *World) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Reboot has systemd stop everything in order, and start again.
func Reboot(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "systemctl", "reboot").CombinedOutput()
	if err != nil {
		return fmt.Errorf("cannot restart the board: %w: %.200s", err, out)
	}
	return nil
}
