package id003

import "time"

// Config sets up a Driver. Zero fields take the defaults named below.
type Config struct {
	Countries []byte // country codes of our currency; CountryChina

	PollActive   time.Duration // poll interval while enabled or with a note in the path; 200 ms
	PollIdle     time.Duration // poll interval while disabled; 400 ms
	ReplyTimeout time.Duration // from the last byte sent to the whole reply, line time excluded; 200 ms
	Retries      int           // unanswered commands in a row before Silent, less one; 3
	MaxHold      time.Duration // a note is returned when its owner has not decided by then; 60 s
}

// Bounds and intervals that no installation needs to change.
const (
	gap          = 20 * time.Millisecond   // between a reply and the next command
	byteTime     = 1150 * time.Microsecond // one byte at 9600 8E1, rounded up
	pollSilent   = time.Second             // between commands while the device does not answer
	holdEvery    = 6 * time.Second         // the device keeps a note for 10 s
	initMax      = 40 * time.Second        // longest initialisation
	stackMax     = 30 * time.Second        // longest stacking
	faultReset   = 10 * time.Second        // first RESET of a device that stays jammed or in failure
	cheatReset   = 90 * time.Second        // the same, behind an attempt to cheat
	hungReset    = 10 * time.Second        // the same, of one that fell silent over a credit it was to be told of
	faultMax     = 5 * time.Minute         // longest wait between such RESETs
	retryBase    = time.Second             // first back-off of a refused command
	retryMax     = time.Minute             // longest back-off of a refused command
	quickRetries = 3                       // attempts before the back-off begins
	maxOrders    = 5                       // STACK or RETURN commands for one note
	maxAsks      = 5                       // refusals of the currency data before notes count as unknown
	maxUnheard   = 10                      // the same, where the device does not even refuse
	maxBlind     = 3                       // replies that may be echoes before one is believed
	sureIdles    = 3                       // reports of idling that are believed on an echoing line with a note about
	bareAnswers  = 3                       // answers without an echo before the line counts as without
)

func (c Config) withDefaults() Config {
	if len(c.Countries) == 0 {
		c.Countries = []byte{CountryChina}
	}
	for _, f := range []struct {
		v *time.Duration
		d time.Duration
	}{
		{&c.PollActive, 200 * time.Millisecond},
		{&c.PollIdle, 400 * time.Millisecond},
		{&c.ReplyTimeout, 200 * time.Millisecond},
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

// backoff spaces the repeats of one command: the first quickRetries go out at
// poll rate, then the wait doubles from base to limit.
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
