package peripherals

import (
	"context"
	"fmt"
	"time"

	"wattkiosk/boards"
	"wattkiosk/boards/ground/backoff"
	"wattkiosk/hal"
)

// Hard resets.
const (
	// resetAfter is how long a device must be offline before it loses its power.
	resetAfter = 3 * time.Minute
	// powerOffFor is how long it is without.
	powerOffFor = 5 * time.Second
	// resetsAnHour bounds them for one device: what it does not mend needs a person.
	resetsAnHour = 3
	superviseGap = 10 * time.Second
)

// relays lets go of the power of devices.
type relays struct {
	lines *lineSet
	board boards.Board
}

// cycle takes the power of the device of a role for a moment. It fails where the
// board has no relay for it.
func (r relays) cycle(ctx context.Context, role string) error {
	line, ok := r.board.Relay(role)
	if !ok {
		return fmt.Errorf("board %s: device %s: no power relay", r.board.Name, role)
	}
	if err := r.lines.set(line.Name, true); err != nil {
		return err
	}
	_ = backoff.Pause(ctx, powerOffFor)
	return r.lines.set(line.Name, false) // also when the program ends: a device must not stay dark
}

// supervise gives a device that stays offline a hard reset while nobody is served.
func (s *Set) supervise(ctx context.Context, quiet func(context.Context) bool) {
	policy := resetPolicy{}
	ticker := time.NewTicker(superviseGap)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for _, h := range s.Health() {
			if _, ok := s.board.Relay(h.Role); !ok || !policy.due(h, time.Now()) {
				continue
			}
			if quiet == nil || !quiet(ctx) {
				continue
			}
			s.log.Warn("device stays offline: taking its power for a moment", "device", h.Role)
			policy.done(h.Role, time.Now())
			s.health.reset(h.Role)
			if err := s.power.cycle(ctx, h.Role); err != nil {
				s.log.Error("cannot reset device", "device", h.Role, "err", err)
			}
		}
	}
}

// resetPolicy remembers when each device was reset.
type resetPolicy map[string][]time.Time

// due reports whether a device has been offline for long enough, since it went
// offline and since its last reset, and has a reset left in this hour.
func (p resetPolicy) due(h Health, now time.Time) bool {
	if h.State != hal.DeviceOffline || now.Sub(h.Since) < resetAfter {
		return false
	}

	recent := 0
	for _, t := range p[h.Role] {
		if now.Sub(t) < resetAfter {
			return false
		}
		if now.Sub(t) < time.Hour {
			recent++
		}
	}
	return recent < resetsAnHour
}

func (p resetPolicy) done(role string, now time.Time) {
	kept := append(p[role], now)
	if len(kept) > resetsAnHour {
		kept = kept[len(kept)-resetsAnHour:]
	}
	p[role] = kept
}
