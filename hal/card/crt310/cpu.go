package crt310

import (
	"fmt"
	"time"

	"wattkiosk/hal/card"
)

// powerOn brings the card to the contacts and resets it: cold, or warm if it has
// power.
func (d *Driver) powerOn(now time.Time) {
	switch {
	case d.place == PosNone || d.place == PosFront:
		d.own.Refuse(card.ErrNoCard)
	case d.powered:
		d.resetCard(now, CPUWarm)
	case d.place == PosContacts:
		d.resetCard(now, CPUCold)
	default:
		d.ask(now, question{content: []byte{CmdMove, MoveContacts}, within: d.cfg.MoveTimeout, done: func(now time.Time, a answer) {
			d.doubt(a)
			if err := a.result(); err != nil {
				d.own.Fail(err)
				return
			}
			d.resetCard(now, CPUCold)
		}})
	}
}

// resetCard resets the processor card. Answer: result, card type, length, ATR.
func (d *Driver) resetCard(now time.Time, how byte) {
	d.powered = false
	d.ask(now, question{content: []byte{CmdCPU, how}, within: d.cfg.CardTimeout, done: func(now time.Time, a answer) {
		d.doubt(a)
		err := a.result()
		atr, ok := atrOf(a.data)
		switch {
		case a.err != nil || a.neg:
			d.own.Fail(err)
		case err != nil && a.data[0] == ResultEmpty:
			d.own.Fail(fmt.Errorf("%w: result E", card.ErrNoCard))
		case err != nil || !ok:
			d.own.Fail(card.ErrMute)
		default:
			d.powered, d.place, d.t1 = true, PosContacts, onlyT1(atr)
			d.poll(now, func(time.Time, answer) { d.own.Done(atr) })
		}
	}})
}

// atrOf cuts the ATR out of the data of the answer.
func atrOf(data []byte) ([]byte, bool) {
	if len(data) < 3 || int(data[2]) > len(data)-3 || data[2] < 2 {
		return nil, false
	}
	return data[3 : 3+int(data[2])], true
}

// onlyT1 reports whether the first protocol that the ATR offers is T=1 (ISO 7816-3:
// TD1, after as many interface bytes as the high bits of T0 announce).
func onlyT1(atr []byte) bool {
	const hasTD = 0x80
	if len(atr) < 2 || atr[1]&hasTD == 0 {
		return false
	}
	at := 2
	for bit := byte(0x10); bit < hasTD; bit <<= 1 {
		if atr[1]&bit != 0 {
			at++
		}
	}
	return at < len(atr) && atr[at]&0x0F == 1
}

// Status words that T=0 leaves to the host, and GET RESPONSE.
const (
	swMore      = 0x61 // + bytes that wait
	swLength    = 0x6C // + the right Le
	insResponse = 0xC0
	maxResponse = 256 + 2
)

// startAPDU sends the APDU of the command under way.
func (d *Driver) startAPDU(now time.Time) {
	switch {
	case d.place == PosNone || d.place == PosFront:
		d.own.Refuse(card.ErrNoCard)
		return
	case !d.powered:
		d.own.Refuse(card.ErrNotPowered)
		return
	}

	apdu := []byte(d.own.Job.Cmd.Data)
	if !d.t1 {
		apdu = tpdu(apdu)
	}

	d.transmit(now, apdu, func(now time.Time, r []byte) {
		sw1, sw2 := r[len(r)-2], r[len(r)-1]
		if !d.t1 && sw1 == swLength && len(apdu) == 5 {
			again := append([]byte(nil), apdu...)
			again[4] = sw2
			d.transmit(now, again, func(now time.Time, r []byte) { d.follow(now, nil, r, maxFollowUps) })
			return
		}
		d.follow(now, nil, r, maxFollowUps)
	})
}

// transmit exchanges one APDU. Answer: result, length (2), response.
func (d *Driver) transmit(now time.Time, apdu []byte, then func(now time.Time, r []byte)) {
	how := byte(CPUT0)
	if d.t1 {
		how = CPUT1
	}

	first := !d.own.Job.Acted
	d.own.Job.Acted = true
	content := append([]byte{CmdCPU, how, byte(len(apdu) >> 8), byte(len(apdu))}, apdu...)
	d.ask(now, question{content: content, within: d.cfg.CardTimeout, once: true, done: func(now time.Time, a answer) {
		d.doubt(a)
		err := a.result()
		switch {
		case a.neg && first && refusedUnseen(a.code), err != nil && a.err == nil && !a.neg && first && a.data[0] == ResultPlace:
			d.own.Job.Acted = false
			d.powered = false
			d.own.Fail(err)
		case err != nil:
			d.poll(now, func(_ time.Time, look answer) { d.broken(err, look) })
		default:
			r, ok := responseOf(a.data)
			if !ok {
				d.own.Fail(fmt.Errorf("%w: length of the response", card.ErrLine))
				return
			}
			then(now, r)
		}
	}})
}

// refusedUnseen reports whether a negative reply says that the command was not
// begun: it is not known, or its parameter is not.
func refusedUnseen(code byte) bool { return code == 0x00 || code == 0x01 || code == 0x03 }

// broken ends an exchange that failed, after a look at where the card is.
func (d *Driver) broken(err error, look answer) {
	if look.err == nil && (d.place == PosNone || d.place == PosFront) {
		err = card.ErrPulled
	}
	d.own.Fail(err)
}

// responseOf cuts the response out of the data of the answer.
func responseOf(data []byte) ([]byte, bool) {
	if len(data) < 5 {
		return nil, false
	}
	n := int(data[1])<<8 | int(data[2])
	if n < 2 || n > maxResponse || n > len(data)-3 {
		return nil, false
	}
	return data[3 : 3+n], true
}

// follow fetches what a T=0 card holds back, and ends the command.
func (d *Driver) follow(now time.Time, have, r []byte, left int) {
	n := len(r) - 2
	sw1, sw2 := r[n], r[n+1]
	have = append(have, r[:n]...)
	wrongLe := sw1 == swLength && n == 0 && left < maxFollowUps // in GET RESPONSE
	switch {
	case d.t1 || sw1 != swMore && !wrongLe:
		d.own.Done(append(have, sw1, sw2))
	case left == 0 || len(have) >= maxResponse-2:
		d.own.Fail(fmt.Errorf("%w: answer does not end", card.ErrDevice))
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
	case len(apdu) > 5 && len(apdu) == 5+int(apdu[4])+1:
		return apdu[:len(apdu)-1]
	}
	return apdu
}
