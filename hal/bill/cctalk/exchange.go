package cctalk

import (
	"time"

	"wattkiosk/hal/bill"
)

// receive takes bytes, and the reply to the command in flight if it is complete.
// Bytes that no command asked for are dropped.
func (d *Driver) receive(now time.Time, rx []byte) {
	if d.sent != idleLine {
		rx = d.skipEcho(rx)
	}
	for len(rx) > 0 && d.sent != idleLine {
		rest, f, ok := d.dec.Next(rx)
		rx = rest
		if ok && (d.dec.CRC || f.From == d.address) {
			d.answered(now, f)
		}
	}
}

// answered ends the exchange.
func (d *Driver) answered(now time.Time, f Frame) {
	cmd, again := d.sent, d.tries > 1
	if f.Header != ReplyOK && f.Header != ReplyNAK && f.Header != ReplyBusy {
		return
	}
	if !d.understood(cmd, f) {
		return // waits for a better one, or for the deadline
	}
	if d.silent && d.noCheck && d.fault != 0 { // nothing else ends the silence
		d.owner.Emit(d.fault, 0, "")
	}
	d.sent, d.heard, d.silent, d.attempts = idleLine, true, false, 0
	d.quietAt = now.Add(gap)
	if !d.synced || again { // it may have restarted meanwhile
		d.synced = true
		d.doubtSettings()
	}
	d.nextAt = time.Time{}
	switch {
	case f.Header == ReplyOK:
		d.accepted(now, cmd, f.Data)
	default:
		d.refused(now, cmd, f.Header)
	}
	d.deal(now)
	if d.nextAt.IsZero() {
		d.plan(now)
	}
}

// understood says that a reply has the form that belongs to the command.
func (d *Driver) understood(cmd byte, f Frame) bool {
	n := len(f.Data)
	if f.Header != ReplyOK {
		return n == 0
	}
	switch cmd {
	case CmdRoute:
		return n == 0 || n == 1 && (f.Data[0] == NotInEscrow || f.Data[0] == NotRouted)
	case CmdSelfCheck:
		return n == 1 || n == 2
	case CmdBillID, CmdScaling, CmdCategory:
		return true // read twice, and judged by what reads them
	}
	return n == replySize(cmd)
}

// accepted handles the reply of a command that the device took.
func (d *Driver) accepted(now time.Time, cmd byte, data []byte) {
	switch cmd {
	case CmdEvents:
		d.deaf = false
		if b, err := ParseBuffer(data); err == nil {
			d.read(now, b)
		}
	case CmdCategory, CmdBillID, CmdScaling:
		d.learn(now, ReplyOK, data)
	case CmdRoute:
		result := byte(routed)
		if len(data) > 0 {
			result = data[0]
		}
		d.onRoute(now, result)
	case CmdSelfCheck:
		d.onCheck(now, data[0])
	case CmdReset:
		d.rebooting(now)
	default:
		d.configured(now, cmd, data)
	}
}

// refused handles NAK and BUSY. Whether a command must be repeated, the next plan
// says.
func (d *Driver) refused(now time.Time, cmd, header byte) {
	switch cmd {
	case CmdCategory, CmdBillID, CmdScaling:
		d.learn(now, header, nil)
	case CmdSelfCheck:
		d.notChecked(now, header)
	case CmdRoute:
		d.onRoute(now, NotRouted)
	default:
		d.notConfigured(now, cmd, header)
	}
}

// due sends the command that is due, or the one in flight again.
func (d *Driver) due(now time.Time) (tx []byte) {
	if d.sent != idleLine {
		if d.tries <= d.repeats() {
			return d.resend(now, d.cfg.ReplyTimeout)
		}
		d.lost(now)
		return nil
	}
	d.deal(now)
	d.settleLate(now)
	d.decideLate(now)
	d.announceRest(now)
	d.verify(now)
	cmd := d.wanted(now)
	if cmd == 0 {
		d.plan(now)
		return nil
	}
	return d.launch(now, cmd)
}

// lost gives up on a reply. The device may have carried the command out or not, and
// an order given before is void. What happened meanwhile its events tell. It may be
// another device after this, so what its types are worth is read again.
func (d *Driver) lost(now time.Time) {
	d.sent, d.synced, d.again = idleLine, false, false
	d.setup = setup{}
	d.note.parted = true
	d.doubtSettings()
	d.checked, d.owner.Announced = false, 0
	if !d.noCheck { // the self-check tells again
		d.fault = 0
	}
	if n := &d.note; n.phase == escrowed {
		n.void = true
		n.order.Void()
	}
	d.attempts++
	first := d.searching() && d.attempts == 1
	if d.searching() || d.cfg.Checksum == Either && d.attempts%switchEvery == 0 {
		d.dec.CRC = !d.dec.CRC
	}
	if d.nextAt = now.Add(pollSilent); first {
		d.nextAt = now.Add(gap) // the other checksum may be the one
		return
	}
	if !d.silent {
		d.silent = true
		d.owner.Emit(bill.Silent, 0, "")
	}
}

// searching says that the device's checksum is not known yet.
func (d *Driver) searching() bool { return d.cfg.Checksum == Either && !d.heard }

// repeats is how often the command in flight is repeated.
func (d *Driver) repeats() int {
	if d.searching() {
		return 1
	}
	return d.cfg.Retries
}

// rebooting: the device took RESET. Its counter begins again.
func (d *Driver) rebooting(now time.Time) {
	d.owner.ResetWanted = false
	d.last, d.behind, d.again = Buffer{}, 0, false
	d.onReset(now)
	d.nextAt = now.Add(pollSilent)
}
