package pcsc

import (
	"fmt"
	"time"

	"wattkiosk/hal/card"
)

// Status words that T=0 leaves to the host, and GET RESPONSE.
const (
	swMore      = 0x61 // + bytes that wait
	swLength    = 0x6C // + the right Le
	insResponse = 0xC0
)

// transmit exchanges one APDU with the card; changes says that it can change it.
// then gets the answer: at least two status bytes. A failure ends the command once
// it is known whether the card was pulled: as not done if nothing that changes
// the card can have reached it.
func (d *Driver) transmit(now time.Time, apdu []byte, changes bool, then func(now time.Time, answer []byte)) {
	first := !d.own.Job.Acted
	d.own.Job.Acted = d.own.Job.Acted || changes
	body := transmitBody(d.handle, d.protocol, len(apdu))
	d.send(now, CmdTransmit, body, apdu, d.cfg.TransmitTimeout, func(now time.Time, code Code, reply []byte) {
		answer := reply[TransmitSize:]
		switch {
		case code == Success && len(answer) >= 2:
			then(now, answer)
			return
		case code == Success:
			d.pull.failed = fmt.Errorf("%w: answer of %d bytes", card.ErrDevice, len(answer))
		case code.unsent() && first:
			d.own.Job.Acted = false
			d.pull.failed = code.wrap()
		default:
			d.pull.failed = fmt.Errorf("%w: pcscd: %v", card.ErrDevice, code)
		}
		d.pull.by = now.Add(pulledMax)
		d.poll(now)
	})
}

// startAPDU sends the APDU of the command under way.
func (d *Driver) startAPDU(now time.Time) {
	apdu := []byte(d.own.Job.Cmd.Data)
	if d.protocol == ProtocolT0 {
		apdu = tpdu(apdu)
	}

	d.transmit(now, apdu, true, func(now time.Time, answer []byte) {
		sw1, sw2 := answer[len(answer)-2], answer[len(answer)-1]
		if d.protocol == ProtocolT0 && sw1 == swLength && len(apdu) == 5 {
			again := append([]byte(nil), apdu...)
			again[4] = sw2
			d.transmit(now, again, true, func(now time.Time, answer []byte) { d.follow(now, nil, answer, maxFollowUps) })
			return
		}
		d.follow(now, nil, answer, maxFollowUps)
	})
}

// follow fetches what a T=0 card holds back, and ends the command.
func (d *Driver) follow(now time.Time, have, answer []byte, left int) {
	n := len(answer) - 2
	sw1, sw2 := answer[n], answer[n+1]
	have = append(have, answer[:n]...)
	wrongLe := sw1 == swLength && n == 0 && left < maxFollowUps // in GET RESPONSE
	switch {
	case d.protocol != ProtocolT0 || sw1 != swMore && !wrongLe:
		d.own.Done(append(have, sw1, sw2))
	case left == 0 || len(have) >= MaxResponse-2:
		d.own.Fail(fmt.Errorf("%w: answer does not end", card.ErrDevice))
	default:
		d.transmit(now, []byte{0, insResponse, 0, 0, sw2}, true, func(now time.Time, answer []byte) {
			d.follow(now, have, answer, left-1)
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
