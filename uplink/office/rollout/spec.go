package rollout

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"wattkiosk/uplink/wire"
)

// Bounds of a Spec.
const (
	MaxTitle    = 80 // characters
	MaxGroups   = 32
	MaxWaves    = 16
	MaxListed   = 1000 // kiosks named in one wave
	MaxTargets  = 20_000
	MaxSoak     = 30 * 24 * 60 // minutes
	MaxSilent   = 7 * 24 * 60  // minutes
	MaxJobHours = 30 * 24
)

// ErrSpec says that a rollout cannot be meant.
var ErrSpec = errors.New("rollout not valid")

// Spec is what a person wants; it does not change once the rollout exists.
type Spec struct {
	Title  string   `json:"title"`
	Bundle string   `json:"bundle"` // SHA-256 of the file, 64 digits
	Groups []string `json:"groups"` // of kiosks; none is every kiosk that is enrolled
	Waves  []Wave   `json:"waves"`
	Gate   Gate     `json:"gate"`

	Window         wire.Window `json:"window"`           // when a kiosk may restart
	JitterSeconds  int         `json:"jitter_seconds"`   // kiosks of a wave spread their downloads over this
	BytesPerSecond int64       `json:"bytes_per_second"` // of one kiosk; 0 is no limit
	JobHours       int         `json:"job_hours"`        // from sending to the deadline
	MaxInFlight    int         `json:"max_in_flight"`    // kiosks at the same time; 0 is the whole wave
	AutoRollback   bool        `json:"auto_rollback"`    // a broken gate also sends back who has the new build
}

// Wave is the next part of the targets: those named, or so many that Percent of
// all targets are in this wave or one before it.
type Wave struct {
	Percent     int      `json:"percent,omitempty"` // 1 to 100
	Kiosks      []string `json:"kiosks,omitempty"`
	SoakMinutes int      `json:"soak_minutes"` // between the end of this wave and the next
}

// Soak is how long the wave is watched after its end.
func (w Wave) Soak() time.Duration { return time.Duration(w.SoakMinutes) * time.Minute }

// Gate is the health that a rollout needs to go on.
type Gate struct {
	MinSuccess    int `json:"min_success"`    // percent
	MaxFailures   int `json:"max_failures"`   // kiosks
	MaxSilent     int `json:"max_silent"`     // kiosks
	SilentMinutes int `json:"silent_minutes"` // after which a kiosk counts as silent
}

// Silence is SilentMinutes in milliseconds.
func (g Gate) Silence() int64 { return int64(g.SilentMinutes) * minute }

// Defaults is a Spec in which only title, bundle and groups are missing: one kiosk
// in twenty, then one in four, then all; at night; one failure in the first waves
// does not pass.
func Defaults() Spec {
	return Spec{
		Groups: []string{},
		Waves:  []Wave{{Percent: 5, SoakMinutes: 24 * 60}, {Percent: 25, SoakMinutes: 24 * 60}, {Percent: 100, SoakMinutes: 60}},
		Gate:   Gate{MinSuccess: 95, MaxFailures: 2, MaxSilent: 2, SilentMinutes: 30},
		Window: wire.Window{From: 60, To: 5 * 60}, JitterSeconds: 30 * 60, JobHours: 72, AutoRollback: true,
	}
}

// Check says whether a spec can be meant.
func (s Spec) Check() error {
	n := utf8.RuneCountInString(s.Title)
	switch {
	case n == 0 || n > MaxTitle || strings.TrimSpace(s.Title) != s.Title || !plainText(s.Title):
		return fmt.Errorf("%w: title: want 1 to %d characters", ErrSpec, MaxTitle)
	case !isDigest(s.Bundle):
		return fmt.Errorf("%w: bundle: want a SHA-256 of 64 digits", ErrSpec)
	case s.JitterSeconds < 0 || s.JitterSeconds > wire.MaxJobJitter:
		return fmt.Errorf("%w: jitter_seconds: want 0 to %d", ErrSpec, wire.MaxJobJitter)
	case s.BytesPerSecond != 0 && s.BytesPerSecond < wire.MinJobRate:
		return fmt.Errorf("%w: bytes_per_second: want 0 or at least %d", ErrSpec, wire.MinJobRate)
	case s.JobHours < 1 || s.JobHours > MaxJobHours:
		return fmt.Errorf("%w: job_hours: want 1 to %d", ErrSpec, MaxJobHours)
	case s.MaxInFlight < 0 || s.MaxInFlight > MaxTargets:
		return fmt.Errorf("%w: max_in_flight: want 0 to %d", ErrSpec, MaxTargets)
	}
	if err := s.Window.Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrSpec, err)
	}
	if err := s.checkGroups(); err != nil {
		return err
	}
	if err := s.Gate.check(); err != nil {
		return err
	}
	return s.checkWaves()
}

func (s Spec) checkGroups() error {
	if len(s.Groups) > MaxGroups {
		return fmt.Errorf("%w: groups: more than %d", ErrSpec, MaxGroups)
	}
	for _, g := range s.Groups {
		if !wire.PlainName(g) {
			return fmt.Errorf("%w: groups: %.80q", ErrSpec, g)
		}
	}
	return nil
}

func (s Spec) checkWaves() error {
	if len(s.Waves) == 0 || len(s.Waves) > MaxWaves {
		return fmt.Errorf("%w: waves: want 1 to %d", ErrSpec, MaxWaves)
	}
	reached := 0
	named := map[string]bool{}
	for i, w := range s.Waves {
		switch {
		case (w.Percent == 0) == (len(w.Kiosks) == 0):
			return fmt.Errorf("%w: wave %d: want a percentage or kiosks", ErrSpec, i+1)
		case w.Percent < 0 || w.Percent > 100 || w.Percent != 0 && w.Percent <= reached:
			return fmt.Errorf("%w: wave %d: percentages must rise up to 100", ErrSpec, i+1)
		case w.SoakMinutes < 0 || w.SoakMinutes > MaxSoak:
			return fmt.Errorf("%w: wave %d: soak_minutes: want 0 to %d", ErrSpec, i+1, MaxSoak)
		case len(w.Kiosks) > MaxListed:
			return fmt.Errorf("%w: wave %d: more than %d kiosks", ErrSpec, i+1, MaxListed)
		}
		for _, k := range w.Kiosks {
			if !wire.PlainName(k) || named[k] {
				return fmt.Errorf("%w: wave %d: kiosk %.80q is no name, or named twice", ErrSpec, i+1, k)
			}
			named[k] = true
		}
		reached = max(reached, w.Percent)
	}
	return nil
}

func (g Gate) check() error {
	switch {
	case g.MinSuccess < 0 || g.MinSuccess > 100:
		return fmt.Errorf("%w: gate: min_success: want 0 to 100", ErrSpec)
	case g.MaxFailures < 0 || g.MaxSilent < 0:
		return fmt.Errorf("%w: gate: max_failures and max_silent: want at least 0", ErrSpec)
	case g.SilentMinutes < 1 || g.SilentMinutes > MaxSilent:
		return fmt.Errorf("%w: gate: silent_minutes: want 1 to %d", ErrSpec, MaxSilent)
	}
	return nil
}

func isDigest(s string) bool {
	if len(s) != 64 {
		return false
	}
	return strings.Trim(s, "0123456789abcdef") == ""
}

func plainText(s string) bool {
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return false
		}
	}
	return true
}
