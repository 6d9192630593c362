package ccnet

import (
	"cmp"
	"time"
)

// Config sets up a Driver. Zero fields take the defaults named below.
type Config struct {
	Address   byte     // bus address; AddressValidator
	Countries []string // country codes of our currency; CHN, CNY and 156

	PollActive   time.Duration // poll interval while enabled or with a note in the path; 100 ms
	PollIdle     time.Duration // poll interval while disabled; 200 ms
	ReplyTimeout time.Duration // from the last byte sent to the whole reply, line time excluded; 100 ms
	Retries      int           // unanswered commands in a row before Silent, less one; 3
	MaxHold      time.Duration // a note is returned when its owner has not decided by then; 60 s
}

// Bounds and intervals that no installation needs to change.
const (
	gap        = 20 * time.Millisecond   // between a reply and the next command
	byteTime   = 1100 * time.Microsecond // one byte at 9600 8N1, rounded up
	pollSilent = time.Second             // poll interval while the device does not answer
	holdEvery  = 6 * time.Second         // HOLD extends the escrow by 10 s
	initMax    = 40 * time.Second        // longest initialisation
	stackMax   = 30 * time.Second        // longest stacking
	maxOrders  = 5                       // STACK or RETURN commands for one note
	maxAsks    = 5                       // bill table refusals before notes count as unknown
	maxUnheard = 10                      // the same, where the device does not even refuse
)

func (c Config) withDefaults() Config {
	c.Address = cmp.Or(c.Address, AddressValidator)
	if len(c.Countries) == 0 {
		c.Countries = []string{"CHN", "CNY", "156"}
	}
	c.PollActive = cmp.Or(c.PollActive, 100*time.Millisecond)
	c.PollIdle = cmp.Or(c.PollIdle, 200*time.Millisecond)
	c.ReplyTimeout = cmp.Or(c.ReplyTimeout, 100*time.Millisecond)
	c.Retries = cmp.Or(c.Retries, 3)
	c.MaxHold = cmp.Or(c.MaxHold, time.Minute)
	return c
}
