package clock

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// FirstYear is the first year that a clock which was not lost can show.
const FirstYear = 2025

// timeError is TIME_ERROR of adjtimex(2): the clock is not synchronised.
const timeError = 5

// Kernel asks whether the kernel's clock was set by time synchronisation since
// boot.
type Kernel func() (synchronised bool, err error)

// Adjtimex is the Kernel of a running Linux (adjtimex(2), STA_UNSYNC). It needs
// no privilege.
func Adjtimex() (bool, error) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return false, fmt.Errorf("cannot ask kernel for clock state: %w", err)
	}
	return state != timeError && t.Status&unix.STA_UNSYNC == 0, nil
}

// Source says how far a clock can be trusted. It is safe for concurrent use.
type Source struct {
	Clock  Clock
	Kernel Kernel
	// RTC is the folder of the battery clock (/sys/class/rtc/rtc0). With it, a
	// clock that is not synchronised is trusted as RTC only if the kernel set
	// the time from that clock at boot. Empty means that it is taken to have:
	// then a board without a battery clock whose time was carried over from the
	// last shutdown looks the same as one with it.
	RTC string
}

// Trust is the degree at this instant. An error of the kernel means "not
// synchronised" and is returned beside the degree that follows from it.
func (s Source) Trust() (Trust, error) {
	ok, err := s.Kernel()
	return Judge(s.Clock.Now(), ok && err == nil, s.kept()), err
}

func (s Source) kept() bool {
	if s.RTC == "" {
		return true
	}
	b, err := os.ReadFile(filepath.Join(s.RTC, "hctosys"))
	return err == nil && strings.TrimSpace(string(b)) == "1"
}

// Judge is the rule:
//
//	year before FirstYear           Untrusted
//	synchronised since boot         Synchronised
//	kept by a battery clock         RTC
//	neither                         Untrusted
func Judge(now time.Time, synchronised, kept bool) Trust {
	switch {
	case now.UTC().Year() < FirstYear:
		return Untrusted
	case synchronised:
		return Synchronised
	case kept:
		return RTC
	}
	return Untrusted
}
