package crt571sim

import (
	"fmt"
	"math/rand/v2"
)

// Fault kinds.
const (
	Silent    = "silent"     // receives, and answers nothing
	Jam       = "jam"        // no card moves
	BinFull   = "bin-full"   // whatever is in the bin
	Shutter   = "shutter"    // does not open: no card in or out at the gate (51)
	Mute      = "mute"       // the contacts touch nothing
	Noise     = "noise"      // flips bits, both ways
	LostAck   = "lost-ack"   // does not send its next ACK
	LostReply = "lost-reply" // does the next command that reaches the card, and does not answer it
	LateReply = "late-reply" // answers the next such command after Config.LateTime
)

// faults is what is wrong with the device.
type faults struct {
	silent, jam, binFull, shutter, mute bool
	lostAck, lostReply, lateReply       bool

	noise    *rand.Rand // nil = none
	perMille int
}

// Faults are all kinds.
func Faults() []string {
	return []string{Silent, Jam, BinFull, Shutter, Mute, Noise, LostAck, LostReply, LateReply}
}

// Fault sets or clears a fault. LostAck, LostReply and LateReply clear
// themselves.
func (d *Device) Fault(kind string, clear bool) error {
	f := &d.faults
	set := !clear
	switch kind {
	case Silent:
		f.silent = set
	case Jam:
		f.jam = set
	case BinFull:
		f.binFull = set
	case Shutter:
		f.shutter = set
	case Mute:
		f.mute = set
	case LostAck:
		f.lostAck = set
	case LostReply:
		f.lostReply = set
	case LateReply:
		f.lateReply = set
	case Noise:
		if set && d.cfg.Rand == nil {
			return fmt.Errorf("cannot set fault %q: no randomness given", kind)
		}
		f.noise, f.perMille = nil, d.cfg.NoisePerMille
		if set {
			f.noise = d.cfg.Rand
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
