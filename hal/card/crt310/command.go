package crt310

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"wattkiosk/hal/card"
)

// start begins the command under way.
func (d *Driver) start(now time.Time) {
	switch c := d.own.Job.Cmd; c.Op {
	case card.Accept, card.Refuse:
		d.accept = c.Op == card.Accept
		d.entry(now, d.simple)
	case card.PowerOn:
		d.powerOn(now)
	case card.PowerOff:
		if !d.powered {
			d.own.Done(nil)
			return
		}
		d.powered = false
		d.ask(now, question{content: []byte{CmdPower, PowerDown}, within: d.cfg.CardTimeout, done: d.simple})
	case card.Transmit:
		d.startAPDU(now)
	case card.ReadTracks:
		d.readTracks(now)
	case card.Eject:
		d.move(now, MoveEject, PosFront)
	case card.Capture:
		d.move(now, MoveCapture, PosNone)
	case card.Reset:
		d.reset(now)
	default:
		d.own.Refuse(fmt.Errorf("%w: %v", card.ErrUnsupported, c.Op))
	}
}

// simple ends a command by the result byte of its answer.
func (d *Driver) simple(_ time.Time, a answer) {
	d.doubt(a)
	if err := a.result(); err != nil {
		d.own.Fail(err)
		return
	}
	d.own.Done(nil)
}

// doubt makes the status the next question if an answer is missing.
func (d *Driver) doubt(a answer) {
	if a.err != nil {
		d.known = false
	}
}

// reset initialises the reader; its settings are applied again.
func (d *Driver) reset(now time.Time) {
	d.powered = false
	d.ask(now, question{content: []byte{CmdReset, ResetStay}, within: d.cfg.MoveTimeout, done: func(_ time.Time, a answer) {
		d.known, d.applied = false, false // where is the card now?
		switch {
		case a.err != nil:
			d.own.Fail(a.err)
		case a.neg:
			d.own.Fail(codeErr(a.code))
		default:
			d.own.Done(nil)
		}
	}})
}

// move moves the card and looks where it is; end is where it should be then.
func (d *Driver) move(now time.Time, how, end byte) {
	if d.place == PosNone {
		d.own.Refuse(card.ErrNoCard)
		return
	}
	d.powered = false
	d.ask(now, question{content: []byte{CmdMove, how}, within: d.cfg.MoveTimeout, once: true, done: func(now time.Time, a answer) {
		d.doubt(a)
		err := a.result()
		d.poll(now, func(now time.Time, look answer) { d.moved(now, how, end, err, a, look) })
	}})
}

// moved decides how a move ended: err and a are its own answer, look the status
// after it.
func (d *Driver) moved(now time.Time, how, end byte, err error, a, look answer) {
	there := look.err == nil && (d.place == end || how == MoveEject && d.place == PosNone) // taken at once
	switch {
	case err == nil || a.err != nil && there:
		d.own.Done(nil)
	case a.err != nil && look.err != nil: // moved or not: nobody can tell
		d.own.Job.Acted = true
		d.own.Fail(err)
	case a.err != nil && d.own.Job.Moves < maxMoves:
		d.own.Job.Moves++
		d.move(now, how, end)
	case d.own.Status().Media == card.Jammed && !errors.Is(err, card.ErrJam):
		d.own.Refuse(fmt.Errorf("%w: %w", card.ErrJam, err))
	default:
		d.own.Refuse(err)
	}
}

// readTracks reads all three tracks as the reader stored them when the card came
// in.
func (d *Driver) readTracks(now time.Time) {
	if d.place == PosNone {
		d.own.Refuse(card.ErrNoCard)
		return
	}

	d.ask(now, question{content: []byte{CmdTracks, TracksRead, 0x30, 0x37}, within: replyTimeout, done: func(_ time.Time, a answer) {
		d.doubt(a)
		switch {
		case a.err != nil:
			d.own.Fail(a.err)
		case a.neg:
			d.own.Fail(codeErr(a.code))
		case len(a.data) == 1:
			d.own.Fail(resultErr(a.data[0]))
		default:
			d.own.Finish(card.Done, card.Event{Tracks: ParseTracks(a.data)})
		}
	}})
}

// separator stands before each track in the answer to CmdTracks.
const separator = 0x1F

// ParseTracks reads what follows CMD and PARAM in the answer to CmdTracks: mode,
// track, then for each track 1F, a result and, if the result is Y, the characters
// (else an error code). Sentinels are taken off. A track that is missing or could
// not be read stays empty. (From one public driver; check on a device.)
func ParseTracks(data []byte) (tracks [3]card.Secret) {
	for i, part := range bytes.Split(data, []byte{separator}) {
		if i == 0 || i > len(tracks) || len(part) < 2 || part[0] != ResultOK {
			continue
		}
		text := part[1:]
		text = bytes.TrimLeft(text, "%;")
		if at := bytes.IndexByte(text, '?'); at >= 0 {
			text = text[:at]
		}
		tracks[i-1] = append(card.Secret(nil), text...)
	}
	return tracks
}
