package crt571

import (
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
)

// poll asks for the status; then goes on with it, if it came.
func (d *Driver) poll(now time.Time, then func(now time.Time, a answer)) {
	d.ask(now, question{text: command(CmdStatus, StatusReader), within: replyTimeout, done: func(now time.Time, a answer) {
		d.pollAt = now.Add(d.cfg.PollIdle)
		switch {
		case a.err != nil:
			d.missing(now)
		case a.OK:
			d.known, d.silent, d.inits = true, false, 0
			d.seen(a.Reply)
			if d.accept || d.place != PosNone {
				d.pollAt = now.Add(d.cfg.PollActive)
			}
		case a.Code == CodeNotReset && d.inits < maxInits:
			d.restarted()
			d.initialise(now, func(now time.Time, a answer) { d.afterInit(now, a, then) })
			return
		default:
			d.known, d.silent = true, false
			if a.Code == CodeNotReset {
				d.fault = a.Code
			}
			d.seen(a.Reply)
		}
		if then != nil {
			then(now, a)
		}
	}})
}

// afterInit looks again after an initialisation that the reader asked for.
func (d *Driver) afterInit(now time.Time, a answer, then func(now time.Time, a answer)) {
	if a.err == nil {
		d.poll(now, then)
		return
	}
	d.missing(now)
	if then != nil {
		then(now, a)
	}
}

// initialise initialises the reader without moving the card. Entry is forbidden
// then, and applied again.
func (d *Driver) initialise(now time.Time, then func(now time.Time, a answer)) {
	d.inits++
	d.ask(now, question{text: command(CmdInit, InitNoMove), within: d.cfg.MoveTimeout, done: func(now time.Time, a answer) {
		d.restarted()
		if a.err == nil {
			d.seen(a.Reply)
		}
		then(now, a)
	}})
}

// restarted: what the reader held for us is gone.
func (d *Driver) restarted() {
	d.applied = false
	d.unpower()
}

// unpower: the contacts are no longer ours.
func (d *Driver) unpower() {
	d.powered, d.chip, d.verified, d.latched = false, 0, false, false
}

// missing: the reader did not answer, Retries times over.
func (d *Driver) missing(now time.Time) {
	d.pollAt = now.Add(pollSilent)
	d.known, d.silent = false, true
	d.restarted()
	d.own.Report(card.Status{State: hal.DeviceOffline, Detail: "reader does not answer"})
}

// seen takes what a reply says about the reader.
func (d *Driver) seen(r Reply) {
	if r.OK {
		if r.Position != PosInside {
			d.unpower()
		}
		d.place, d.bin = r.Position, r.Bin
	}

	switch {
	case r.OK && r.Cmd != CmdStatus && r.Cmd != CmdEntry && d.fault != "":
		d.fault, d.jams, d.jamAt = "", 0, time.Time{} // it moves again
	case !r.OK && lasting(r.Code):
		d.fault = r.Code
	}
	d.tell()
}

// lasting reports whether a code is a fault that somebody must see to.
func lasting(c Code) bool {
	switch c {
	case CodeJam, "05", "11", "12", "13", "14", "41", "42", "43", "51":
		return true
	}
	return false
}

// tell reports the condition of the reader.
func (d *Driver) tell() {
	s := card.Status{State: hal.DeviceOnline, Media: d.media(), BinFull: d.bin == BinFull}
	if d.fault != "" {
		s.State, s.Detail = hal.DeviceFault, d.fault.Text()
		if d.fault.is() == card.ErrJam {
			s.Media = card.Jammed
		}
	}
	d.own.Report(s)
}

func (d *Driver) media() card.Media {
	switch {
	case d.place == PosNone:
		return card.NotPresent
	case d.place == PosGate:
		return card.Entering
	case d.place == PosInside && d.latched:
		return card.Latched
	case d.place == PosInside:
		return card.Present
	}
	return card.MediaUnknown
}

// entry sets whether a card may come in.
func (d *Driver) entry(now time.Time, done func(now time.Time, a answer)) {
	pm := byte(EntryDisable)
	if d.accept {
		pm = EntryEnable
	}

	d.ask(now, question{text: command(CmdEntry, pm), within: replyTimeout, done: func(now time.Time, a answer) {
		switch {
		case a.err != nil:
		case a.Code == CodeNotReset:
			d.known = false // the next status initialises it
		default:
			d.applied = true
			d.seen(a.Reply)
		}
		done(now, a)
	}})
}
