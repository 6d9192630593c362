package ssp

import (
	"cmp"
	"time"
)

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
	resetGrace    = 5 * time.Second         // the same, after a restart of the device
	bootMax       = 20 * time.Second        // RESET to the first reply, before Silent
	initMax       = time.Minute             // longest initialisation
	stackMax      = 30 * time.Second        // longest stacking
	maxOrders     = 5                       // POLL or REJECT commands for one note
	maxHolds      = 2                       // refusals of HOLD before a note counts as gone from escrow
	maxAsks       = 5                       // refusals of SETUP REQUEST before channels count as unknown
	maxPolls      = 2                       // refusals of POLL WITH ACK before POLL is used
	maxBusy       = 10                      // the same, where the device only says that it cannot now
	recallRepeats = 1                       // repeats of an unanswered recall
	recallTurns   = 5                       // of so many attempts after a silence, one is SYNC and the others recall
)

func (c Config) withDefaults() Config {
	if len(c.Countries) == 0 {
		c.Countries = []string{"CHN", "CNY"}
	}
	c.PollActive = cmp.Or(c.PollActive, 200*time.Millisecond)
	c.PollIdle = cmp.Or(c.PollIdle, 400*time.Millisecond)
	c.ReplyTimeout = cmp.Or(c.ReplyTimeout, time.Second)
	c.Retries = cmp.Or(c.Retries, 3)
	c.MaxHold = cmp.Or(c.MaxHold, time.Minute)
	return c
}
