package cctalk

import (
	"time"

	"wattkiosk/hal/bill/owner"
)

// settings is what the host has set. Inhibits and master inhibit are read back
// after each change.
type settings struct {
	modeSet  bool
	noEscrow bool // the mode with an escrow was refused

	mask      uint16 // types that are taken, and the mark
	maskKnown bool
	written   uint16 // the mask last written
	kept      bool   // a mask other than zero was read since the device restarted
	zeroes    int    // readings of zero in a row since then
	missed    int    // readings in a row without the mark that was written
	unkept    bool   // the device does not keep the mark
	blindMask bool   // inhibits cannot be read back

	opened      bool // notes are taken
	openedKnown bool
	blindOpen   bool // the master inhibit cannot be read back
	closedAt    time.Time
	shut        bool // the driver closed it since the start

	verifiedAt time.Time
}

// forgetSettings forgets what a restarted device has forgotten. What it is unable to
// keep or to tell stays known.
func (d *Driver) forgetSettings() {
	d.settings = settings{unkept: d.unkept, blindMask: d.blindMask, blindOpen: d.blindOpen}
	d.owner.Setting = owner.Backoff{}
}

// doubtSettings: they are to be read, or written again, before they are believed.
func (d *Driver) doubtSettings() { d.maskKnown, d.openedKnown, d.modeSet = false, false, false }

// verify looks at the settings again from time to time, between notes.
func (d *Driver) verify(now time.Time) {
	switch {
	case d.verifiedAt.IsZero():
		d.verifiedAt = now
	case now.Sub(d.verifiedAt) >= verifyEvery && d.atRest():
		d.verifiedAt = now
		d.doubtSettings()
	}
}

// wantOpen says whether the slot is to take notes.
func (d *Driver) wantOpen() bool { return d.wantMask() != 0 && !d.noEscrow }

// targetMask is what the inhibits are to be. While a note is in escrow only the mark
// may change.
func (d *Driver) targetMask() uint16 {
	m := d.wantMask()
	if d.note.phase == escrowed {
		m = d.mask
	}
	if !d.keeps() {
		return m
	}
	return d.withMark(m, positionMark(d.safe))
}

// settingsKnown says that what the device has of them was read, or written.
func (d *Driver) settingsKnown() bool {
	if d.mask != d.targetMask() || d.blindOpen && d.opened != d.wantOpen() {
		return false
	}
	return (d.modeSet || d.noEscrow || !d.owner.Enabled) && d.maskKnown && d.openedKnown
}

// inForce says that the device has what is wanted.
func (d *Driver) inForce() bool {
	return (d.modeSet || !d.owner.Enabled) && d.maskKnown && d.mask == d.targetMask() && d.openedKnown && d.opened == d.wantOpen()
}

// configured notes that a setting was accepted, or read.
func (d *Driver) configured(now time.Time, cmd byte, data []byte) {
	switch cmd {
	case CmdMode:
		d.modeSet = true
	case CmdInhibits:
		d.maskKnown = d.blindMask
		d.mask = d.written
	case CmdReadInhibits:
		d.maskRead(now, uint16(data[0])|uint16(data[1])<<8)
	case CmdMaster:
		d.setOpen(now, d.param != 0)
		d.shut, d.note.shut = true, d.param == 0
		d.openedKnown = d.blindOpen
	case CmdReadMaster:
		d.setOpen(now, data[0]&1 != 0)
		d.openedKnown = true
	}
}

// maskRead takes a reading of the inhibits. A device that has forgotten them has
// restarted, even if its counter does not show it; a single zero may be a spoilt one.
func (d *Driver) maskRead(now time.Time, mask uint16) {
	if mask != 0 || !d.kept || d.written == 0 {
		d.mask, d.maskKnown, d.zeroes = mask, true, 0
		d.kept = mask != 0
		d.markRead(mask)
		return
	}
	if d.zeroes++; d.zeroes < maxUnkept {
		return
	}
	d.restarted(now)
}

// markRead finds out whether the device gives the mark back that was written.
func (d *Driver) markRead(mask uint16) {
	mark := d.markMask()
	if d.written&mark == 0 || mask == d.written || (mask^d.written)&^mark != 0 {
		d.missed = 0
		return
	}
	d.missed++
	d.unkept = d.unkept || d.missed >= maxUnkept
}

func (d *Driver) setOpen(now time.Time, open bool) {
	if !open && (d.opened || !d.shut) {
		d.closedAt = now
	}
	d.opened = open
}

// notConfigured handles a refusal. What cannot be read back is written again whenever
// it is in doubt, and then believed.
func (d *Driver) notConfigured(now time.Time, cmd, header byte) {
	if cmd == CmdEvents {
		d.deaf, d.owner.Announced = true, 0
	}
	if header == ReplyBusy {
		d.nextAt = now.Add(checkEvery)
		return
	}
	switch cmd {
	case CmdEvents:
		d.unknown("the device keeps no events of bills")
	case CmdMaster:
		d.shut = true // it has none
	case CmdReadInhibits:
		d.blindMask, d.unkept, d.maskKnown = true, true, true
		d.mask = ^d.targetMask() // to be written again
	case CmdReadMaster:
		d.blindOpen, d.openedKnown = true, true
		d.opened = !d.wantOpen()
	case CmdMode:
		if d.owner.Setting.Tries >= owner.Quick && !d.noEscrow {
			d.noEscrow = true
			d.owner.EmitUnusable("the device refuses to hold notes in escrow")
		}
	}
}

// wantedSetting brings the device to what is wanted: it is closed first, and opened
// last.
func (d *Driver) wantedSetting(now time.Time) byte {
	switch {
	case !d.openedKnown:
		return CmdReadMaster
	case !d.owner.Setting.Due(now):
	case d.opened && !d.wantOpen():
		return CmdMaster
	case !d.modeSet && d.owner.Enabled && !d.noEscrow:
		return CmdMode
	case d.mask != d.targetMask():
		return CmdInhibits
	case d.opened != d.wantOpen():
		return CmdMaster
	}
	return 0
}
