package crt571

import (
	"fmt"
	"math/bits"
	"time"

	"wattkiosk/hal/card"
)

// pscOf is the size of the chip's code in bytes, and the bits of a fresh counter.
func (d *Driver) pscOf() (size int, fresh byte) {
	if d.chip == card.SLE4442 {
		return 3, 0x07
	}
	return 2, 0xFF
}

// countTries reads how many presentations of the code are left: the bits of the
// error counter.
func (d *Driver) countTries(now time.Time, then func(now time.Time, left byte)) {
	text, n := command(CmdSLE, SLE4442, 0, insRead, areaSecurity, 0, 4), 4
	if d.chip == card.SLE4428 {
		text, n = d.memoryText(insRead, card.Main, counter4428, 1), 1
	}

	d.exchange(now, text, false, func(now time.Time, answer []byte) {
		data, sw := status(answer)
		switch {
		case sw != SWOK:
			d.own.Fail(swErr(sw))
		case len(data) != n:
			d.own.Fail(wrap(card.ErrDevice, "%d bytes of %d", len(data), n))
		default:
			_, fresh := d.pscOf()
			then(now, byte(bits.OnesCount8(data[0]&fresh)))
		}
	})
}

// startVerify reads the counter, and presents the code if a try is left to risk.
func (d *Driver) startVerify(now time.Time) {
	c := d.own.Job.Cmd
	if size, _ := d.pscOf(); len(c.Data) != size {
		d.own.Refuse(wrap(card.ErrArgument, "code of %d bytes", len(c.Data)))
		return
	}

	d.countTries(now, func(now time.Time, left byte) {
		switch {
		case left == 0:
			d.own.Refuse(card.ErrLocked)
		case left == 1 && !c.LastTry:
			d.own.Refuse(card.ErrLastTry)
		default:
			d.presentPSC(now, c.Data)
		}
	})
}

// presentPSC presents the code, once.
func (d *Driver) presentPSC(now time.Time, psc []byte) {
	text := command(CmdSLE, SLE4442, 0, insVerify, 0x03, 0x01, byte(len(psc)))
	if d.chip == card.SLE4428 {
		text = command(CmdSLE, SLE4428, 0, insVerify, 0x00, 0x00, byte(len(psc)))
	}

	d.verified = false
	d.exchange(now, append(text, psc...), true, func(now time.Time, answer []byte) {
		switch _, sw := status(answer); sw {
		case SWOK:
			d.verified = true
			d.own.Done(nil)
		case SWWrongPSC, SWLocked:
			d.countTries(now, d.wrongPSC)
		default:
			d.own.Fail(swErr(sw))
		}
	})
}

// wrongPSC ends a verification that the card refused.
func (d *Driver) wrongPSC(_ time.Time, left byte) {
	err := card.ErrWrongPSC
	if left == 0 {
		err = fmt.Errorf("%w: %w", card.ErrWrongPSC, card.ErrLocked)
	}
	d.own.Finish(card.NotDone, card.Event{Data: []byte{left}, Err: err})
}
