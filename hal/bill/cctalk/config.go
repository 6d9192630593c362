package cctalk

import "time"

// Checksum is how frames are checked.
type Checksum int

// Checksums. With Either the driver tries both until the device answers.
const (
	Either Checksum = iota
	Sum             // 8 bits, additive
	CRC16           // 16 bits
)

// Config sets up a Driver. Zero fields take the defaults named below.
type Config struct {
	Address   byte     // of the validator; 40
	Checksum  Checksum // Either
	Countries []string // of our currency, as bill identities name them; CN

	PollActive   time.Duration // between polls while enabled; 200 ms
	PollIdle     time.Duration // between polls while disabled; 400 ms
	ReplyTimeout time.Duration // from the last byte sent to the whole reply, line time excluded; 300 ms
	Retries      int           // repeats of an unanswered command before Silent; 3
	MaxHold      time.Duration // a note is returned when its owner has not decided by then; 60 s
}

// Bounds and intervals that no installation needs to change.
const (
	gap          = 10 * time.Millisecond   // between a reply and the next command
	byteTime     = 1050 * time.Microsecond // one byte at 9600 8N1, rounded up
	pollNote     = 100 * time.Millisecond  // between polls with a note in the path
	pollSilent   = time.Second             // between polls while the device does not answer
	switchEvery  = 3                       // so many attempts with one checksum, then the other
	holdEvery    = 3 * time.Second         // a public driver extends the escrow each 4 s
	routeAgain   = 500 * time.Millisecond  // behind a route that was not taken
	probeEvery   = 5 * time.Second         // of a note on its way to the cassette: is it still in escrow?
	stackMax     = 30 * time.Second        // longest way into the cassette
	returnMax    = 10 * time.Second        // longest way out
	restGrace    = 5 * time.Second         // behind a fault or a restart, before a note without an end is settled
	bootGrace    = 2 * time.Second         // behind a restart and the self-check, before nothing was in the path
	bootBlind    = 10 * time.Second        // the same, where no self-check says that it has initialised
	creditGrace  = time.Second             // behind a credit, for the stacker to come to rest
	rejectGrace  = time.Second             // behind a refused note, for it to be out
	quietClose   = 3 * time.Second         // slot to escrow: a note taken just before the slot was closed shows by then
	verifyEvery  = 30 * time.Second        // between looks at the settings
	checkEvery   = time.Second             // between self-checks of a device that is not ready
	initMax      = time.Minute             // longest initialisation
	faultReset   = 10 * time.Second        // first RESET of a device that stays jammed
	faultMax     = 5 * time.Minute         // longest wait between such RESETs
	retryBase    = time.Second             // first back-off of a refused command
	retryMax     = time.Minute             // longest back-off of a refused command
	quickRetries = 3                       // attempts before the back-off begins
	maxOrders    = 6                       // commands for one note
	maxUnkept    = 2                       // readings without the mark before it counts as not kept
)

func (c Config) withDefaults() Config {
	if c.Address == 0 || c.Address == HostAddress {
		c.Address = BillAddress
	}
	if len(c.Countries) == 0 {
		c.Countries = []string{"CN"}
	}
	for _, f := range []struct {
		v *time.Duration
		d time.Duration
	}{
		{&c.PollActive, 200 * time.Millisecond},
		{&c.PollIdle, 400 * time.Millisecond},
		{&c.ReplyTimeout, 300 * time.Millisecond},
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
