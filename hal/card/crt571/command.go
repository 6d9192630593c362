package crt571

import (
	"errors"
	"time"

	"wattkiosk/hal/card"
)

// start begins the command under way.
func (d *Driver) start(now time.Time) {
	switch c := d.own.Job.Cmd; c.Op {
	case card.Accept, card.Refuse:
		d.accept = c.Op == card.Accept
		d.pollAt = now
		d.setEntry(now)
	case card.PowerOn:
		d.powerOn(now)
	case card.PowerOff:
		d.powerOff(now)
	case card.Transmit:
		d.startAPDU(now)
	case card.Select:
		d.selectChip(now)
	case card.Read, card.Write, card.Tries, card.Verify:
		d.startMemory(now)
	case card.ReadTracks:
		d.readTracks(now)
	case card.Eject:
		d.move(now, MoveGate)
	case card.Capture:
		d.move(now, MoveBin)
	case card.Reset:
		d.inits = 0
		d.initialise(now, d.simple)
	}
}

// simple ends a command by its answer.
func (d *Driver) simple(_ time.Time, a answer) {
	if err := a.result(); err != nil {
		d.own.Fail(err)
		return
	}
	d.own.Done(nil)
}

// setEntry applies what the owner wants of card entry.
func (d *Driver) setEntry(now time.Time) {
	d.entry(now, func(now time.Time, a answer) {
		if !d.again(now, a, d.setEntry) {
			d.simple(now, a)
		}
	})
}

// again repeats a step that the reader did not begin because it was restarted: the
// status request initialises it. It reports whether it does.
func (d *Driver) again(now time.Time, a answer, step func(now time.Time)) bool {
	if a.err != nil || a.OK || a.Code != CodeNotReset || d.own.Job.Moves >= maxMoves {
		return false
	}
	d.own.Job.Moves++
	d.poll(now, func(now time.Time, look answer) {
		if look.result() != nil {
			d.own.Fail(a.result())
			return
		}
		step(now)
	})
	return true
}

// inside refuses the command unless a card is inside.
func (d *Driver) inside() bool {
	if d.place == PosInside {
		return true
	}
	d.own.Refuse(card.ErrNoCard)
	return false
}

// move moves the card and ends the command.
func (d *Driver) move(now time.Time, how byte) {
	if d.place == PosNone {
		d.own.Refuse(card.ErrNoCard)
		return
	}

	d.unpower()
	d.ask(now, question{text: command(CmdMove, how), within: d.cfg.MoveTimeout, once: true, done: func(now time.Time, a answer) {
		if a.err == nil {
			d.seen(a.Reply)
		}
		switch {
		case a.result() == nil:
			d.own.Done(nil)
		case d.again(now, a, func(now time.Time) { d.move(now, how) }):
		default:
			d.poll(now, func(now time.Time, look answer) { d.moved(now, how, a, look) })
		}
	}})
}

// moved decides how a move ended that was not confirmed: a is its own answer, look
// the status after it.
func (d *Driver) moved(now time.Time, how byte, a, look answer) {
	err := a.result()
	gone := d.place == PosNone
	there := gone || how == MoveGate && d.place == PosGate
	switch {
	case a.err == nil && errors.Is(err, card.ErrPulled) && gone && how == MoveGate:
		d.own.Done(nil) // taken as it came
	case a.err == nil:
		d.own.Refuse(err)
	case look.err != nil: // moved or not: nobody can tell
		d.own.Job.Acted = true
		d.own.Fail(err)
	case there:
		d.own.Done(nil)
	case d.own.Job.Moves < maxMoves:
		d.own.Job.Moves++
		d.move(now, how)
	default:
		d.own.Refuse(err)
	}
}

// atContacts brings the card to the contacts, then goes on.
func (d *Driver) atContacts(now time.Time, then func(now time.Time)) {
	if !d.inside() {
		return
	}
	if d.latched {
		then(now)
		return
	}

	d.ask(now, question{text: command(CmdMove, MoveIC), within: d.cfg.MoveTimeout, done: func(now time.Time, a answer) {
		if a.err == nil {
			d.seen(a.Reply)
		}
		switch err := a.result(); {
		case d.again(now, a, func(now time.Time) { d.atContacts(now, then) }):
		case err != nil:
			d.broken(now, err)
		case d.place != PosInside:
			d.own.Refuse(card.ErrPulled)
		default:
			d.latched = true
			d.tell()
			then(now)
		}
	}})
}

// broken ends a command on the card that failed, after a look at where the card is
// if the reader did not say.
func (d *Driver) broken(now time.Time, err error) {
	if errors.Is(err, card.ErrUnsupported) || errors.Is(err, card.ErrArgument) {
		d.own.Fail(err)
		return
	}
	d.poll(now, func(_ time.Time, look answer) {
		if look.err == nil && look.OK && d.place != PosInside && !errors.Is(err, card.ErrPulled) {
			err = wrap(card.ErrPulled, "%v", err)
		}
		d.own.Fail(err)
	})
}

// powerOff takes the power from whatever card has it.
func (d *Driver) powerOff(now time.Time) {
	text := command(CmdCPU, CPUOff)
	switch {
	case d.chip == card.AT24C:
		text = command(CmdI2C, I2COff)
	case d.chip != 0:
		text = command(CmdSLE, SLEOff)
	case !d.powered:
		d.own.Done(nil)
		return
	}

	d.powered, d.chip, d.verified = false, 0, false
	d.ask(now, question{text: text, within: replyTimeout, done: func(now time.Time, a answer) {
		if a.err == nil {
			d.seen(a.Reply)
		}
		d.simple(now, a)
	}})
}
