package crt310sim

import (
	"fmt"
	"math/rand/v2"

	"wattkiosk/hal/card/crt310"
)

// Fault kinds.
const (
	Silent    = "silent"     // receives, and answers nothing
	Jam       = "jam"        // no card moves; cleared by somebody who pushes it in again
	Noise     = "noise"      // flips bits, both ways
	Mute      = "mute"       // the contacts touch nothing
	Long      = "long"       // a card that comes in counts as too long
	LostAck   = "lost-ack"   // the next ACK is lost
	LostReply = "lost-reply" // the answer to the next command to the chip is lost
	LateReply = "late-reply" // the reader is busy with it for Config.LateTime
)

// faults is what is wrong with the device.
type faults struct {
	silent, jam, mute, long, lostAck, lostReply, lateReply bool

	noise    *rand.Rand // nil = none
	perMille int
}

// Faults are all kinds.
func Faults() []string {
	return []string{Silent, Jam, Noise, Mute, Long, LostAck, LostReply, LateReply}
}

// Fault sets or clears a fault. LostAck, LostReply and LateReply clear themselves.
func (d *Device) Fault(kind string, clear bool) error {
	set := !clear
	switch kind {
	case Silent:
		d.faults.silent = set
	case Jam:
		d.faults.jam = set
		if clear && d.pos == crt310.PosShort {
			d.pos = crt310.PosInside
		}
	case Mute:
		d.faults.mute = set
	case LostAck:
		d.faults.lostAck = set
	case LostReply:
		d.faults.lostReply = set
	case LateReply:
		d.faults.lateReply = set
	case Long:
		d.faults.long = set
	case Noise:
		if set && d.cfg.Rand == nil {
			return fmt.Errorf("cannot set fault %q: no randomness given", kind)
		}
		d.faults.noise, d.faults.perMille = nil, d.cfg.NoisePerMille
		if set {
			d.faults.noise = d.cfg.Rand
		}
	default:
		return fmt.Errorf("cannot set fault: unknown kind %q", kind)
	}

	return nil
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
