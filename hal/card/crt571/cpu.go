package crt571

import (
	"time"

	"wattkiosk/hal/card"
)

// powerOn brings the card to the contacts and resets it: cold, or warm if it has
// power.
func (d *Driver) powerOn(now time.Time) {
	d.atContacts(now, func(now time.Time) {
		text := command(CmdCPU, CPUCold, VccISO)
		if d.powered {
			text = command(CmdCPU, CPUWarm)
		}
		d.resetCard(now, text)
	})
}

// resetCard resets the processor card. Answer: protocol, ATR.
func (d *Driver) resetCard(now time.Time, text []byte) {
	d.powered, d.chip, d.verified = false, 0, false
	d.ask(now, question{text: text, within: d.cfg.CardTimeout, done: func(now time.Time, a answer) {
		if a.err == nil {
			d.seen(a.Reply)
		}
		if err := a.result(); err != nil {
			d.broken(now, err)
			return
		}
		t1, atr, ok := ParseATR(a.Data)
		switch {
		case d.place != PosInside:
			d.own.Refuse(card.ErrPulled)
		case !ok:
			d.own.Refuse(wrap(card.ErrMute, "no ATR"))
		default:
			d.powered, d.t1 = true, t1
			d.own.Done(atr)
		}
	}})
}

// ParseATR reads the data of the answer to a cold or warm reset: the protocol (30 =
// T=0, 31 = T=1), then the ATR, which begins with 3B or 3F. An answer that begins
// with the ATR counts as T=0.
func ParseATR(data []byte) (t1 bool, atr []byte, ok bool) {
	if len(data) > 0 && (data[0] == TypeT0 || data[0] == TypeT1) {
		t1, data = data[0] == TypeT1, data[1:]
	}
	if len(data) < 2 || len(data) > 33 || data[0] != 0x3B && data[0] != 0x3F {
		return false, nil, false
	}
	return t1, data, true
}

// Status words that T=0 leaves to the host, and GET RESPONSE.
const (
	swMore      = 0x61 // + bytes that wait
	swLe        = 0x6C // + the right Le
	insResponse = 0xC0
	maxResponse = 256
)

// startAPDU sends the APDU of the command under way.
func (d *Driver) startAPDU(now time.Time) {
	if !d.inside() {
		return
	}
	if !d.powered {
		d.own.Refuse(card.ErrNotPowered)
		return
	}

	apdu := []byte(d.own.Job.Cmd.Data)
	if !d.t1 {
		apdu = tpdu(apdu)
	}

	d.transmit(now, apdu, func(now time.Time, r []byte) {
		if n := len(r); !d.t1 && n == 2 && r[0] == swLe && len(apdu) == 5 {
			again := append([]byte(nil), apdu...)
			again[4] = r[1]
			d.transmit(now, again, func(now time.Time, r []byte) { d.follow(now, nil, r, maxFollowUps) })
			return
		}
		d.follow(now, nil, r, maxFollowUps)
	})
}

// transmit exchanges one APDU.
func (d *Driver) transmit(now time.Time, apdu []byte, then func(now time.Time, r []byte)) {
	how := byte(CPUT0)
	if d.t1 {
		how = CPUT1
	}
	d.exchange(now, command(CmdCPU, how, apdu...), true, func(now time.Time, data []byte) {
		if len(data) < 2 || len(data) > maxResponse+2 {
			d.own.Fail(wrap(card.ErrDevice, "response of %d bytes", len(data)))
			return
		}
		then(now, data)
	})
}

// exchange is a question that reaches the card; changes says that it may change
// it. What the card has not seen leaves the command as far as it was.
func (d *Driver) exchange(now time.Time, text []byte, changes bool, then func(now time.Time, data []byte)) {
	before := d.own.Job.Acted
	d.own.Job.Acted = before || changes
	d.ask(now, question{text: text, within: d.cfg.CardTimeout, once: changes, done: func(now time.Time, a answer) {
		if a.err == nil {
			d.seen(a.Reply)
		}
		err := a.result()
		if a.err != nil && !a.taken || a.err == nil && !a.OK && a.Code.unseen() {
			d.own.Job.Acted = before
		}
		switch {
		case a.err == nil && !a.OK && a.Code.is() == card.ErrNotPowered:
			d.powered, d.chip, d.verified = false, 0, false
			d.applied = d.applied && a.Code != CodeNotReset
			d.known = d.known && a.Code != CodeNotReset
			d.own.Fail(err)
		case err != nil:
			d.broken(now, err)
		default:
			then(now, a.Data)
		}
	}})
}

// follow fetches what a T=0 card holds back, and ends the command.
func (d *Driver) follow(now time.Time, have, r []byte, left int) {
	n := len(r) - 2
	sw1, sw2 := r[n], r[n+1]
	have = append(have, r[:n]...)
	wrongLe := sw1 == swLe && n == 0 && left < maxFollowUps // in GET RESPONSE
	switch {
	case d.t1 || sw1 != swMore && !wrongLe:
		d.own.Done(append(have, sw1, sw2))
	case left == 0 || len(have) >= maxResponse:
		d.own.Fail(wrap(card.ErrDevice, "response does not end"))
	default:
		d.transmit(now, []byte{0, insResponse, 0, 0, sw2}, func(now time.Time, r []byte) {
			d.follow(now, have, r, left-1)
		})
	}
}

// tpdu is the APDU in the form T=0 carries it: always a fifth byte, and no Le
// after data.
func tpdu(apdu []byte) []byte {
	switch {
	case len(apdu) == 4:
		return append(append([]byte(nil), apdu...), 0)
	case len(apdu) > 5 && len(apdu) == 6+int(apdu[4]):
		return apdu[:len(apdu)-1]
	}
	return apdu
}
