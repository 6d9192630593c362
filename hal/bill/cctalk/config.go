package cctalk

import (
	"cmp"
	"time"
)

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
	gap         = 10 * time.Millisecond   // between a reply and the next command
	byteTime    = 1050 * time.Microsecond // one byte at 9600 8N1, rounded up
	pollNote    = 100 * time.Millisecond  // between polls with a note in the path
	pollSilent  = time.Second             // between polls while the device does not answer
	switchEvery = 3                       // so many attempts with one checksum, then the other
	holdEvery   = 3 * time.Second         // a public driver extends the escrow each 4 s
	routeAgain  = 500 * time.Millisecond  // after a route that was not taken
	probeEvery  = 5 * time.Second         // of a note on its way to the cassette: is it still in escrow?
	stackMax    = 30 * time.Second        // longest way into the cassette
	returnMax   = 10 * time.Second        // longest way out
	restGrace   = 5 * time.Second         // how long after a fault or restart an unfinished note is settled
	bootGrace   = 2 * time.Second         // after a restart and the self-check, before nothing was in the path
	bootBlind   = 10 * time.Second        // the same, where no self-check says that it has initialised
	creditGrace = time.Second             // after a credit, for the stacker to come to rest
	rejectGrace = time.Second             // after a refused note, for it to be out
	quietClose  = 3 * time.Second         // slot to escrow: a note taken just before the slot was closed shows by then
	verifyEvery = 30 * time.Second        // between looks at the settings
	checkEvery  = time.Second             // between self-checks of a device that is not ready
	initMax     = time.Minute             // longest initialisation
	maxOrders   = 6                       // commands for one note
	maxUnkept   = 2                       // readings without the mark before it counts as not kept
)

func (c Config) withDefaults() Config {
	if c.Address == 0 || c.Address == HostAddress {
		c.Address = BillAddress
	}
	if len(c.Countries) == 0 {
		c.Countries = []string{"CN"}
	}
	c.PollActive = cmp.Or(c.PollActive, 200*time.Millisecond)
	c.PollIdle = cmp.Or(c.PollIdle, 400*time.Millisecond)
	c.ReplyTimeout = cmp.Or(c.ReplyTimeout, 300*time.Millisecond)
	c.Retries = cmp.Or(c.Retries, 3)
	c.MaxHold = cmp.Or(c.MaxHold, time.Minute)
	return c
}
