package ssp

import "time"

// Config sets up a Driver. Zero fields take the defaults named below.
type Config struct {
	Address   byte     // slave address, 0 to 7Dh; 0 for a note validator
	Countries []string // country codes of our currency; CHN and CNY
	Plain     bool     // use POLL even where the device knows POLL WITH ACK

	PollActive   time.Duration // poll interval while enabled or with a note in the path; 200 ms
	PollIdle     time.Duration // poll interval while disabled; 400 ms
	ReplyTimeout time.Duration // from the last byte sent to the whole reply, line time excluded; 1 s
	Retries      int           // repeats of an unanswered command before Silent; 3
	MaxHold      time.Duration // a note is returned when its owner has not decided by then; 60 s
}

// Bounds and intervals that no installation needs to change.
const (
	gap           = 20 * time.Millisecond   // between a reply and the next command
	byteTime      = 1150 * time.Microsecond // one byte at 9600 8N2, rounded up
	pollSilent    = time.Second             // between SYNC commands while the device does not answer
	holdEvery     = 3 * time.Second         // the device gives the note back after 10 s (5 s says one public driver) without a command
	restGrace     = 3 * time.Second         // rest before a note without an end is settled
	resetGrace    = 5 * time.Second         // the same, behind a restart of the device
	bootMax       = 20 * time.Second        // RESET to the first reply, before Silent
	initMax       = time.Minute             // longest initialisation
	stackMax      = 30 * time.Second        // longest stacking
	faultReset    = 10 * time.Second        // first RESET of a device that stays jammed
	faultMax      = 5 * time.Minute         // longest wait between such RESETs
	retryBase     = time.Second             // first back-off of a refused command
	retryMax      = time.Minute             // longest back-off of a refused command
	quickRetries  = 3                       // attempts before the back-off begins
	maxOrders     = 5                       // POLL or REJECT commands for one note
	maxHolds      = 2                       // refusals of HOLD before a note counts as gone from escrow
	maxAsks       = 5                       // refusals of SETUP REQUEST before channels count as unknown
	maxPolls      = 2                       // refusals of POLL WITH ACK before POLL is used
	maxBusy       = 10                      // the same, where the device only says that it cannot now
	recallRepeats = 1                       // repeats of an unanswered recall
	recallTurns   = 5                       // of so many attempts behind a silence, one is SYNC and the others recall
)

func (c Config) withDefaults() Config {
	if len(c.Countries) == 0 {
		c.Countries = []string{"CHN", "CNY"}
	}
	for _, f := range []struct {
		v *time.Duration
		d time.Duration
	}{
		{&c.PollActive, 200 * time.Millisecond},
		{&c.PollIdle, 400 * time.Millisecond},
		{&c.ReplyTimeout, time.Second},
		{&c.MaxHold, time.Minute},
	} {
		if *f.v <= 0 {
			*f.v = f.d
		}
	}
	if c.Retries <= 0 {
		c.Retries = 3
	}
	return c
}

// backoff spaces the repeats of one command: the first quickRetries go out as
// they are due, then the wait doubles from base to limit.
type backoff struct {
	tries int
	next  time.Time
}

func (b *backoff) due(now time.Time) bool { return !now.Before(b.next) }

func (b *backoff) used(now time.Time, quick int, base, limit time.Duration) {
	b.tries++
	wait := time.Duration(0)
	if over := b.tries - quick; over >= 0 {
		wait = limit
		if over < 10 {
			wait = min(base<<over, limit)
		}
	}
	b.next = now.Add(wait)
}
