package owner

import (
	"time"

	"wattkiosk/boards/ground/backoff"
)

// Spacing of repeats. FaultReset is when a device that stays in a fault gets its first
// RESET.
const (
	Quick      = 3 // attempts before the wait begins
	FaultReset = 10 * time.Second
	retryBase  = time.Second     // first wait after a refused command
	retryMax   = time.Minute     // longest
	faultMax   = 5 * time.Minute // longest wait between RESETs of a device in a fault
	resetTime  = 3 * time.Second // what a device needs for a RESET
)

// Backoff spaces the repeats of one command. The zero value is due at once.
type Backoff struct {
	Tries int
	Next  time.Time
}

// Due says whether the command may go out.
func (b *Backoff) Due(now time.Time) bool { return !now.Before(b.Next) }

// Used notes an attempt: the first Quick go out as they come, then the wait doubles
// from a second to a minute.
func (b *Backoff) Used(now time.Time) { b.Space(now, Quick, retryBase, retryMax) }

// UsedReset notes a RESET of a device in a fault: the wait doubles from FaultReset to
// five minutes.
func (b *Backoff) UsedReset(now time.Time) { b.Space(now, 0, FaultReset, faultMax) }

// UsedRestart notes a RESET that the owner or a power-up asked for. The device needs
// some seconds for it, so the wait doubles from three seconds to a minute.
func (b *Backoff) UsedRestart(now time.Time) { b.Space(now, 1, resetTime, retryMax) }

// Space notes an attempt: after the first quick ones the wait doubles from base to
// limit.
func (b *Backoff) Space(now time.Time, quick int, base, limit time.Duration) {
	b.Tries++
	wait := time.Duration(0)
	if over := b.Tries - quick; over >= 0 {
		wait = backoff.Wait(over, base, limit)
	}
	b.Next = now.Add(wait)
}

// Wait puts the first attempt off, if there was none yet.
func (b *Backoff) Wait(now time.Time, d time.Duration) {
	if b.Tries == 0 {
		b.Next = now.Add(d)
	}
}
