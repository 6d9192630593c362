package pcsc

import (
	"fmt"
	"time"

	"wattkiosk/hal/card"
)

// start begins the command under way.
func (d *Driver) start(now time.Time) {
	c := d.own.Job.Cmd
	switch c.Op {
	case card.Accept, card.Refuse: // a contact reader has no gate
		d.own.Done(nil)
	case card.PowerOn:
		d.powerOn(now)
	case card.PowerOff:
		d.powerOff(now)
	case card.Eject:
		if !d.present() {
			d.own.Refuse(card.ErrNoCard)
			return
		}
		d.powerOff(now)
	case card.Reset:
		d.powerOff(now)
	case card.Transmit:
		if d.hasPower(0) {
			d.startAPDU(now)
		}
	case card.Select, card.Read, card.Write, card.Tries, card.Verify:
		if d.cfg.PseudoAPDU != ACR {
			d.own.Refuse(fmt.Errorf("%w: memory cards", card.ErrUnsupported))
			return
		}
		d.startMemory(now)
	default:
		d.own.Refuse(fmt.Errorf("%w: %v", card.ErrUnsupported, c.Op))
	}
}

// hasPower refuses the command unless a card of the kind (0 = processor) is
// powered.
func (d *Driver) hasPower(chip card.Chip) bool {
	switch {
	case !d.found:
		d.own.Refuse(fmt.Errorf("%w: no reader", card.ErrDevice))
	case !d.present():
		d.own.Refuse(card.ErrNoCard)
	case !d.powered || d.chip != chip:
		d.own.Refuse(card.ErrNotPowered)
	default:
		return true
	}
	return false
}

// powerOn connects to the card, or resets it if it is ours already.
func (d *Driver) powerOn(now time.Time) {
	d.chip = 0
	d.connected(now, func(now time.Time) {
		if len(d.reader.ATR) == 0 {
			d.own.Refuse(card.ErrMute)
			return
		}
		d.own.Done(append([]byte(nil), d.reader.ATR...))
	})
}

// connected resets the card and goes on with its power on and its ATR read.
func (d *Driver) connected(now time.Time, then func(now time.Time)) {
	switch {
	case !d.found:
		d.own.Refuse(fmt.Errorf("%w: no reader", card.ErrDevice))
	case !d.present():
		d.own.Refuse(card.ErrNoCard)
	case d.powered:
		d.reconnect(now, ResetCard, then)
	default:
		d.connect(now, then)
	}
}

func (d *Driver) share() uint32 {
	if d.cfg.Shared {
		return ShareShared
	}
	return ShareExclusive
}

func (d *Driver) connect(now time.Time, then func(now time.Time)) {
	fresh := d.fresh
	body := connectBody(d.context, d.reader.Name, d.share())
	d.send(now, CmdConnect, body, nil, connectTimeout, func(now time.Time, code Code, reply []byte) {
		if code != Success {
			d.own.Refuse(code.wrap())
			return
		}
		d.handle, d.powered, d.fresh = order.Uint32(reply[140:]), true, false
		d.protocol = order.Uint32(reply[144:])
		d.lock(now, now.Add(connectTimeout), func(now time.Time) {
			if !fresh {
				d.reconnect(now, UnpowerCard, then)
				return
			}
			d.look(now, d.ifPowered(then))
		})
	})
}

// ifPowered goes on unless the look found the card gone.
func (d *Driver) ifPowered(then func(now time.Time)) func(now time.Time) {
	return func(now time.Time) {
		if !d.powered {
			d.own.Refuse(card.ErrPulled)
			return
		}
		then(now)
	}
}

// reconnect resets the card: how says warm (ResetCard) or cold (UnpowerCard).
func (d *Driver) reconnect(now time.Time, how uint32, then func(now time.Time)) {
	body := words(d.handle, d.share(), ProtocolT0|ProtocolT1, how, 0, 0)
	d.send(now, CmdReconnect, body, nil, connectTimeout, func(now time.Time, code Code, reply []byte) {
		if code != Success {
			d.forget()
			d.own.Refuse(code.wrap())
			return
		}
		d.protocol = order.Uint32(reply[16:])
		d.look(now, d.ifPowered(then))
	})
}

// lock keeps other programs from the card while it is shared. It asks again while
// somebody else holds it.
func (d *Driver) lock(now, until time.Time, then func(now time.Time)) {
	if !d.cfg.Shared {
		then(now)
		return
	}

	d.send(now, CmdBegin, words(d.handle, 0), nil, requestTimeout, func(now time.Time, code Code, _ []byte) {
		switch {
		case code == SharingViolation && now.Before(until):
			d.lock(now, until, then) // pcscd has waited 100 ms
		case code != Success:
			d.forget()
			d.own.Refuse(code.wrap())
		default:
			then(now)
		}
	})
}

// powerOff takes the power and ends the command as done: a card that is not ours
// is not powered by us.
func (d *Driver) powerOff(now time.Time) {
	if !d.powered {
		d.own.Done(nil)
		return
	}

	h := d.handle
	d.powered, d.chip = false, 0
	d.send(now, CmdDisconnect, words(h, UnpowerCard, 0), nil, connectTimeout, func(now time.Time, code Code, _ []byte) {
		if code != Success && code != CardRemoved && code != NoSmartcard {
			d.own.Refuse(code.wrap())
			return
		}
		d.fresh = code == Success
		d.look(now, func(time.Time) { d.own.Done(nil) })
	})
}
