package cardtest

import (
	"errors"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
)

func fakeDone(data []byte) card.Event { return card.Event{Kind: card.Done, Data: data} }

func fakeRefused(err error) card.Event { return card.Event{Kind: card.NotDone, Err: err} }

// apply lets a command have its effect, and says how it ended.
func (f *Fake) apply(c card.Command) card.Event {
	d := f.dev
	if f.cards != d.cards {
		f.drop()
		f.cards = d.cards
	}

	switch c.Op {
	case card.Accept, card.Refuse:
		f.accept = c.Op == card.Accept
		d.open = f.accept
		return fakeDone(nil)
	case card.Reset:
		f.drop()
		if d.card != nil {
			d.card.PowerOff()
		}
		return fakeDone(nil)
	case card.Eject, card.Capture:
		return f.move(c.Op)
	}

	if d.card == nil || d.place != card.Present {
		return fakeRefused(card.ErrNoCard)
	}

	switch c.Op {
	case card.PowerOn, card.PowerOff, card.Transmit:
		return f.processor(c)
	case card.ReadTracks:
		ev := fakeDone(nil)
		for i, t := range d.card.Tracks {
			ev.Tracks[i] = card.Secret(t)
		}
		return ev
	}

	return f.memory(c)
}

func (f *Fake) move(op card.Op) card.Event {
	d := f.dev
	switch {
	case d.card == nil:
		return fakeRefused(card.ErrNoCard)
	case d.jam:
		f.stuck = true
		return fakeRefused(card.ErrJam)
	case op == card.Capture && d.binFull:
		return fakeRefused(card.ErrBinFull)
	}

	f.drop()
	d.card.PowerOff()
	if op == card.Eject {
		d.place, d.offered = card.Entering, true
		return fakeDone(nil)
	}

	d.bin = append(d.bin, d.card)
	d.card, d.place, d.offered = nil, card.NotPresent, false
	d.cards++
	return fakeDone(nil)
}

func (f *Fake) processor(c card.Command) card.Event {
	p := f.dev.card.Processor
	switch {
	case c.Op == card.PowerOff:
		f.drop()
		f.dev.card.PowerOff()
		return fakeDone(nil)
	case c.Op == card.PowerOn && p == nil:
		return fakeRefused(card.ErrMute)
	case c.Op == card.PowerOn:
		atr := p.Reset(f.powered)
		f.powered = len(atr) > 0
		if !f.powered {
			return fakeRefused(card.ErrMute)
		}
		return fakeDone(atr)
	case !f.powered:
		return fakeRefused(card.ErrNotPowered)
	}

	return f.exchange(p, c.Data)
}

// exchange follows 61xx and 6Cxx up, as on T=0.
func (f *Fake) exchange(p cardsim.Processor, apdu []byte) card.Event {
	var have []byte
	for range 8 {
		r := p.Transmit(apdu)
		if len(r) < 2 {
			f.powered = false
			return card.Event{Kind: card.Unknown, Err: card.ErrPulled}
		}
		n := len(r) - 2
		have = append(have, r[:n]...)
		switch {
		case r[n] == 0x6C && n == 0 && len(apdu) == 5:
			apdu = []byte{apdu[0], apdu[1], apdu[2], apdu[3], r[n+1]}
		case r[n] == 0x61:
			apdu = []byte{0, 0xC0, 0, 0, r[n+1]}
		default:
			return fakeDone(append(have, r[n:]...))
		}
	}

	return card.Event{Kind: card.Unknown, Err: card.ErrDevice}
}

func (f *Fake) memory(c card.Command) card.Event {
	m := f.dev.card.Memory
	switch {
	case c.Op == card.Select && (m == nil || m.Chip() != c.Chip):
		return fakeRefused(card.ErrMute)
	case c.Op == card.Select:
		f.drop()
		atr := m.PowerOn()
		f.chip = c.Chip
		return fakeDone(atr)
	case f.chip == 0:
		return fakeRefused(card.ErrNotPowered)
	case c.Op == card.Read:
		b, err := m.Read(c.Area, c.Address, c.Length)
		if err != nil {
			return fakeRefused(fakeErr(err))
		}
		return fakeDone(b)
	case c.Op == card.Write && !f.verified && f.chip != card.AT24C && c.Address+len(c.Data) <= m.Size():
		return fakeRefused(card.ErrProtected)
	case c.Op == card.Write:
		return fakeWrite(m, c)
	case c.Op == card.Tries:
		left, err := m.Tries()
		if err != nil {
			return fakeRefused(fakeErr(err))
		}
		return fakeDone([]byte{byte(left)})
	}

	return f.verify(m, c)
}

func fakeErr(err error) error {
	switch {
	case errors.Is(err, cardsim.ErrPower):
		return card.ErrPulled
	case errors.Is(err, cardsim.ErrRange):
		return card.ErrArgument
	case errors.Is(err, cardsim.ErrNoCode):
		return card.ErrUnsupported
	}
	return card.ErrProtected
}

func fakeWrite(m cardsim.Memory, c card.Command) card.Event {
	steps := m.Steps()
	err := m.Write(c.Area, c.Address, c.Data)
	switch {
	case err == nil:
		return fakeDone(nil)
	case errors.Is(err, cardsim.ErrPower), m.Steps()-steps > 2 && len(c.Data) > 1:
		return card.Event{Kind: card.Unknown, Err: fakeErr(err)}
	}
	return fakeRefused(fakeErr(err))
}

func (f *Fake) verify(m cardsim.Memory, c card.Command) card.Event {
	left, err := m.Tries()
	switch {
	case err != nil:
		return fakeRefused(fakeErr(err))
	case left == 0:
		return fakeRefused(card.ErrLocked)
	case left == 1 && !c.LastTry:
		return fakeRefused(card.ErrLastTry)
	}

	ok, err := m.Verify(c.Data)
	switch {
	case errors.Is(err, cardsim.ErrRange):
		return fakeRefused(card.ErrArgument)
	case err != nil:
		return card.Event{Kind: card.Unknown, Err: fakeErr(err)}
	case ok:
		f.verified = true
		return fakeDone(nil)
	}

	f.verified = false
	left, err = m.Tries()
	if err != nil {
		return card.Event{Kind: card.Unknown, Err: fakeErr(err)}
	}
	return card.Event{Kind: card.NotDone, Data: []byte{byte(left)}, Err: card.ErrWrongPSC}
}
