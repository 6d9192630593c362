package ccnetsim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"wattkiosk/hal/bill/ccnet"
)

// Fault kinds.
const (
	Jam                = "jam"           // 43; a note in the path is stuck
	JamCassette        = "jam-cassette"  // 44; shows at rest, or when a note is stacked
	CassetteOut        = "cassette-out"  // 42; a note before the lever comes back
	CassetteFull       = "cassette-full" // 41; the same
	Cheat              = "cheat"         // 45; a note before the lever is pulled out
	Failure            = "failure"       // 47 50, stacker motor; a note in the path is stuck
	Silent             = "silent"        // hears and says nothing; the mechanics go on
	LostAck            = "lost-ack"      // drops the next Config.LostAcks host ACKs
	Noise              = "noise"         // flips bits, both ways
	PowerUpWithNote    = "power-up-with-note"
	PowerUpWithStacked = "power-up-with-note:stacker"
)

// faults is what is wrong with the device.
type faults struct {
	jam, jamCassette, out, full, cheat, silent bool

	failure  byte // code of 47; 0 = none
	lostAcks int
	phantom  string // PowerUpWith…, for the next power-up

	noise    *rand.Rand // nil = none
	perMille int
}

// Fault sets or clears a fault. It acts at the instant the device last heard of.
// PowerUpWithNote makes the next power-up find a note of the highest value in the
// path, PowerUpWithStacked one in the cassette.
func (d *Device) Fault(kind string, clear bool) error {
	f := &d.faults
	set := !clear
	switch kind {
	case Jam:
		f.jam = set
	case JamCassette:
		f.jamCassette = set
	case CassetteOut:
		f.out = set
	case CassetteFull:
		f.full = set
	case Cheat:
		f.cheat = set
	case Silent:
		f.silent = set
	case Failure:
		f.failure = 0
		if set {
			f.failure = 0x50
		}
	case LostAck:
		f.lostAcks = 0
		if set {
			f.lostAcks = d.cfg.LostAcks
		}
	case Noise:
		if set && d.cfg.Rand == nil {
			return fmt.Errorf("cannot set fault %q: no randomness given", kind)
		}
		f.noise, f.perMille = nil, d.cfg.NoisePerMille
		if set {
			f.noise = d.cfg.Rand
		}
	case PowerUpWithNote, PowerUpWithStacked:
		f.phantom = ""
		if set {
			f.phantom = kind
		}
	default:
		return fmt.Errorf("cannot set fault: unknown kind %q", kind)
	}
	if set {
		d.strike(kind)
		return nil
	}
	d.unblock(d.now)
	return nil
}

// strike lets a new fault act on the note in the path. A note past the lever, and
// one that is out, is reported first.
func (d *Device) strike(kind string) {
	if d.phase == rest {
		d.settle()
		return
	}
	if !d.hasNote || d.phase == off || d.phase == booting || d.phase == powerUp || d.phase == initialize {
		return
	}
	switch kind {
	case Jam, Failure:
		d.enter(blocked, time.Time{})
	case JamCassette:
		if d.phase == lifting {
			d.enter(blocked, time.Time{})
		}
	case Cheat:
		d.out()
		d.enter(blocked, time.Time{})
	case CassetteOut, CassetteFull:
		if d.phase == accepting || d.phase == inEscrow || d.phase == lifting {
			d.giveBack(d.now)
		}
	}
}

// unblock restarts a blocked device once nothing keeps it from work.
func (d *Device) unblock(now time.Time) {
	if d.phase == blocked && d.blocking() == 0 {
		d.enter(initialize, now.Add(d.cfg.InitTime))
	}
}

func (d *Device) full() bool { return d.faults.full || len(d.cassette) >= d.cfg.Capacity }

// blocking is the state that a fault keeps the device in; 0 for none.
func (d *Device) blocking() byte {
	f := &d.faults
	switch {
	case f.failure != 0:
		return ccnet.StFailure
	case f.jam:
		return ccnet.StJamValidator
	case f.jamCassette:
		return ccnet.StJamCassette
	case f.cheat:
		return ccnet.StCheated
	case f.out:
		return ccnet.StCassetteOut
	case d.full():
		return ccnet.StCassetteFull
	}
	return 0
}

// disturb flips bits under the noise fault, in a copy.
func (f *faults) disturb(b []byte) []byte {
	if f.noise == nil {
		return b
	}
	c := append([]byte(nil), b...)
	for i := range c {
		if f.noise.IntN(1000) < f.perMille {
			c[i] ^= 1 << f.noise.IntN(8)
		}
	}
	return c
}
