package ebds

import (
	"cmp"
	"time"
)

// Config sets up a Driver. Zero fields take the defaults named below.
type Config struct {
	Currencies []string // of ours, ISO 4217; CNY

	// Plain drives a device without extended notes. Values are then what its
	// denominations 1 to 7 are worth in fen, as its variant has them; there is no
	// default, and a denomination without a value is not accepted.
	Plain  bool
	Values [7]int64

	PollActive   time.Duration // poll interval while enabled or with a note in the path; 200 ms
	PollIdle     time.Duration // poll interval while disabled; 400 ms
	ReplyTimeout time.Duration // from the last byte sent to the whole reply, line time excluded; 200 ms
	Retries      int           // repeats of an unanswered message before Silent; 5
	MaxHold      time.Duration // a note is returned when its owner has not decided by then; 60 s
}

// Bounds and intervals that no installation needs to change.
const (
	gap          = 20 * time.Millisecond   // between a reply and the next message
	byteTime     = 1050 * time.Microsecond // one byte at 9600 7E1, rounded up
	pollSilent   = time.Second             // between messages while the device does not answer
	resetQuiet   = time.Second             // what a device sends after RESET is ignored so long
	bootMax      = 20 * time.Second        // RESET to the first reply, before Silent
	restGrace    = 3 * time.Second         // rest before a note without an end is settled
	resetGrace   = 5 * time.Second         // the same, after a restart of the device
	initMax      = time.Minute             // longest initialisation
	stackMax     = 30 * time.Second        // longest stacking
	pauseMax     = 30 * time.Second        // longest pause that is not reported
	maxOrders    = 5                       // STACK or RETURN for one note
	maxDoubts    = 8                       // replies to one message without two alike in a row
	maxNaks      = 3                       // refusals of a toggle before the other is tried
	otherTurn    = 20                      // of so many attempts that meet no byte, one has the other toggle
	orderedTurns = 4                       // of these turns pass before a RESET where a note was ordered: nobody waits for its end any more
	escrowTime   = 127                     // seconds after which the device gives a note back by itself
)

func (c Config) withDefaults() Config {
	if len(c.Currencies) == 0 {
		c.Currencies = []string{"CNY"}
	}
	c.PollActive = cmp.Or(c.PollActive, 200*time.Millisecond)
	c.PollIdle = cmp.Or(c.PollIdle, 400*time.Millisecond)
	c.ReplyTimeout = cmp.Or(c.ReplyTimeout, 200*time.Millisecond)
	c.Retries = cmp.Or(c.Retries, 5)
	c.MaxHold = cmp.Or(c.MaxHold, time.Minute)
	return c
}
