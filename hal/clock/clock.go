package clock

import (
	"fmt"
	"time"
)

// Clock tells the time.
type Clock interface {
	Now() time.Time
}

// System is the board's clock, with a monotonic reading.
type System struct{}

var _ Clock = System{}

// Now is the present instant.
func (System) Now() time.Time { return time.Now() }

// Trust says how far a clock can be believed. Order and values are those of the
// trust in a journal record.
type Trust uint8

// The degrees of trust.
const (
	Untrusted    Trust = iota // the clock was lost
	RTC                       // kept by a battery clock
	Synchronised              // set by time synchronisation since boot
)

var trustNames = [...]string{"untrusted", "rtc", "synchronised"}

// String names the degree.
func (t Trust) String() string {
	if int(t) >= len(trustNames) {
		return fmt.Sprintf("Trust(%d)", int(t))
	}
	return trustNames[t]
}

// MarshalText lets a degree stand in JSON by name.
func (t Trust) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
