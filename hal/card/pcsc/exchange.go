package pcsc

import (
	"strings"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
)

// hear takes in the records that have arrived.
func (d *Driver) hear(now time.Time) {
	for {
		kind, data, ok, err := d.rec.Next()
		switch {
		case err != nil:
			d.hangUp(now, card.ErrLine)
			return
		case !ok:
			return
		case kind == Opened:
			d.lost(now, card.ErrSilent)
			d.open = true
		case kind == Closed:
			d.lost(now, card.ErrSilent)
		case d.ask == nil: // nobody asked: late bytes of a connection that was hung up
		default:
			d.got = append(d.got, data...)
			d.reply(now)
		}
	}
}

// reply handles the reply under way if it is whole. More than a reply is not
// possible: pcscd speaks when asked.
func (d *Driver) reply(now time.Time) {
	n, enough, err := replySize(d.ask.cmd, d.got)
	switch {
	case err != nil || enough && len(d.got) > n:
		d.hangUp(now, card.ErrLine)
		return
	case !enough || len(d.got) < n:
		return
	}
	ask, got := d.ask, d.got
	d.ask, d.got = nil, nil
	ask.done(now, replyCode(ask.cmd, got), got)
}

// send asks pcscd. extra follows the body.
func (d *Driver) send(
	now time.Time, cmd uint32, body, extra []byte, within time.Duration,
	done func(now time.Time, code Code, reply []byte),
) {
	d.tx = AppendRecord(d.tx, Data, append(AppendRequest(nil, cmd, body), extra...))
	d.ask = &request{cmd: cmd, deadline: now.Add(within), done: done}
	d.got = nil
}

// hangUp gives a connection up that is out of step or does not answer.
func (d *Driver) hangUp(now time.Time, err error) {
	d.tx = AppendRecord(nil, Closed, nil)
	d.lost(now, err)
}

// lost forgets the connection: what was under way on it has no answer.
func (d *Driver) lost(now time.Time, err error) {
	if d.open && d.heard { // a connection that reported nothing does not count
		d.silent = now.Add(d.cfg.Silence)
	}
	d.open, d.ask, d.got = false, nil, nil
	d.session = session{}
	d.own.Fail(err)
}

// establish makes a context.
func (d *Driver) establish(now time.Time) {
	d.send(now, CmdEstablish, words(ScopeSystem, 0, 0), nil, requestTimeout, func(now time.Time, code Code, reply []byte) {
		if code != Success {
			d.hangUp(now, code.wrap())
			return
		}
		d.context, d.agreed = order.Uint32(reply[4:]), true
		d.poll(now)
	})
}

// poll asks for the readers' states.
func (d *Driver) poll(now time.Time) {
	d.look(now, func(time.Time) {})
}

// look polls, and then goes on.
func (d *Driver) look(now time.Time, then func(now time.Time)) {
	d.send(now, CmdReaders, nil, nil, requestTimeout, func(now time.Time, _ Code, reply []byte) {
		rs, err := ParseReaders(reply)
		if err != nil {
			d.hangUp(now, card.ErrLine)
			return
		}
		d.pollAt = now.Add(d.cfg.Poll)
		d.seen(rs)
		d.settle(now)
		then(now)
	})
}

// seen takes the readers' states.
func (d *Driver) seen(rs []Reader) {
	was, wasFound := d.reader, d.found
	d.reader, d.found = Reader{}, false
	for _, r := range rs {
		if strings.HasPrefix(r.Name, d.cfg.Reader) {
			d.reader, d.found = r, true
			break
		}
	}

	same := wasFound && d.found && was.Name == d.reader.Name && was.Events == d.reader.Events
	switch {
	case !d.heard, same && d.reader.State&StatePowered == 0:
		d.fresh = d.reader.State&StatePowered == 0
	case !same:
		d.fresh = true // it came in under our eyes
	}

	if !d.powered && d.reader.Sharing != 0 {
		d.fresh = false // another program is at it
	}
	if !same || !d.present() {
		d.forget()
	}

	d.heard = true
	d.own.Report(d.judge())
}

// forget drops the handle of a card that is gone.
func (d *Driver) forget() {
	if d.powered {
		d.orphan, d.orphans = d.handle, true
	}
	d.powered, d.chip = false, 0
}

// present reports whether a card is in the reader.
func (d *Driver) present() bool { return d.found && d.reader.State&StatePresent != 0 }

// judge is the status that follows from the reader's state.
func (d *Driver) judge() card.Status {
	switch {
	case !d.found:
		return card.Status{State: hal.DeviceOffline, Detail: "no reader"}
	case d.present():
		return card.Status{State: hal.DeviceOnline, Media: card.Latched}
	case d.reader.State&StateAbsent != 0:
		return card.Status{State: hal.DeviceOnline, Media: card.NotPresent}
	}
	return card.Status{State: hal.DeviceFault, Detail: "reader state is unknown"}
}

// release gives an orphan back. That it fails changes nothing.
func (d *Driver) release(now time.Time) {
	h := d.orphan
	d.orphan, d.orphans = 0, false
	d.send(now, CmdDisconnect, words(h, LeaveCard, 0), nil, requestTimeout, func(time.Time, Code, []byte) {})
}

// settle decides on a TRANSMIT that failed: was the card pulled out?
func (d *Driver) settle(now time.Time) {
	if d.own.Job == nil || d.pull.failed == nil {
		return
	}
	switch {
	case !d.powered:
		d.own.Fail(card.ErrPulled)
	case !now.Before(d.pull.by):
		d.own.Fail(d.pull.failed)
	default:
		d.pollAt = now.Add(pollFast)
	}
}
