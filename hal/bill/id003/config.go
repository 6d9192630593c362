package id003

import (
	"cmp"
	"time"
)

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
	gap         = 20 * time.Millisecond   // between a reply and the next command
	byteTime    = 1150 * time.Microsecond // one byte at 9600 8E1, rounded up
	pollSilent  = time.Second             // between commands while the device does not answer
	holdEvery   = 6 * time.Second         // the device keeps a note for 10 s
	initMax     = 40 * time.Second        // longest initialisation
	stackMax    = 30 * time.Second        // longest stacking
	cheatReset  = 90 * time.Second        // first RESET after an attempt to cheat that stands
	maxOrders   = 5                       // STACK or RETURN commands for one note
	maxAsks     = 5                       // refusals of the currency data before notes count as unknown
	maxUnheard  = 10                      // the same, where the device does not even refuse
	maxBlind    = 3                       // replies that may be echoes before one is believed
	sureIdles   = 3                       // reports of idling that are believed on an echoing line with a note about
	bareAnswers = 3                       // answers without an echo before the line counts as without
)

func (c Config) withDefaults() Config {
	if len(c.Countries) == 0 {
		c.Countries = []byte{CountryChina}
	}
	c.PollActive = cmp.Or(c.PollActive, 200*time.Millisecond)
	c.PollIdle = cmp.Or(c.PollIdle, 400*time.Millisecond)
	c.ReplyTimeout = cmp.Or(c.ReplyTimeout, 200*time.Millisecond)
	c.Retries = cmp.Or(c.Retries, 3)
	c.MaxHold = cmp.Or(c.MaxHold, time.Minute)
	return c
}
