package ccnetsim

import (
	"slices"
	"time"

	"wattkiosk/hal/bill/ccnet"
)

// PowerCut takes the power away at this instant. What is where stays there.
func (d *Device) PowerCut(now time.Time) {
	d.step(now)
	d.enter(off, time.Time{})
	d.enabled, d.escrow, d.security = 0, 0, [3]byte{}
	d.reply, d.reported = nil, 0
	d.dec.Reset()
}

// PowerOn gives it back. The device answers after BootTime.
func (d *Device) PowerOn(now time.Time) {
	d.step(now)
	if d.phase != off {
		return
	}
	d.plant()
	d.enter(booting, now.Add(d.cfg.BootTime))
}

// plant places the note of a power-up fault, unless one is there already.
func (d *Device) plant() {
	kind := d.faults.phantom
	d.faults.phantom = ""
	if kind == "" || d.hasNote || d.inStacker {
		return
	}
	fen := slices.Max(d.cfg.Table[:])
	d.note = note{fen: fen, index: d.indexOf(fen)}
	d.index = byte(d.note.index)
	if kind == PowerUpWithNote {
		d.hasNote = true
		return
	}
	d.cassette = append(d.cassette, fen)
	d.inStacker = true
}

func (d *Device) powerUpCode() byte {
	switch {
	case d.inStacker:
		return ccnet.StPowerUpStacker
	case d.hasNote:
		return ccnet.StPowerUpValidator
	}
	return ccnet.StPowerUp
}
