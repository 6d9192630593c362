package sspsim

import (
	"errors"
	"time"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ssp"
)

// byteGap is how long a frame may pause before its beginning is forgotten.
const byteGap = 50 * time.Millisecond

// Last reject codes.
const (
	reasonNone      = 0x00
	reasonUnknown   = 0x02
	reasonSuspect   = 0x04
	reasonByHost    = 0x08
	reasonInhibited = 0x0C
	reasonTimeout   = 0x13
	reasonUnable    = 0x1D
)

var rejectReasons = map[billsim.Reject]byte{
	billsim.NotRejected:  reasonNone,
	billsim.Unrecognised: reasonUnknown,
	billsim.Unverified:   reasonSuspect,
	billsim.Inhibited:    reasonInhibited,
}

var errFault = errors.New("the protocol has no word for this fault")

// Receive takes what the host sent.
func (d *Device) Receive(now time.Time, rx []byte) {
	d.step(now)
	if !d.Hears() {
		return
	}
	if now.Sub(d.heardAt) > byteGap {
		d.dec.Reset()
	}
	d.heardAt = now
	rx = d.Disturb(rx)
	d.uploadStep(now)
	if d.up.raw() {
		d.rawBytes(now, rx)
		return
	}
	for len(rx) > 0 {
		rest, seq, data, ok := d.dec.Next(rx)
		rx = rest
		if ok {
			d.frame(now, seq, data)
		}
	}
}

// frame takes a command. One with the sequence bit of the last is not carried out:
// the last reply goes out again, whatever the command is.
func (d *Device) frame(now time.Time, seq byte, data []byte) {
	switch {
	case data[0] == ssp.CmdSync:
		d.answer(now, seq, []byte{ssp.ReplyOK})
		d.seq = ssp.SeqBit
	case seq == d.seq:
		d.reply, d.replyAt = d.last, now.Add(d.ReplyDelay)
	case data[0] == ssp.CmdEventAck && d.LoseAck(): // as if it had not been heard
	default:
		d.seq = seq
		d.answer(now, seq, d.command(now, data))
	}
}

func (d *Device) answer(now time.Time, seq byte, data []byte) {
	b, err := ssp.AppendFrame(nil, d.cfg.Address|seq, data)
	if err != nil {
		return // not reachable: replies have 1 to 130 bytes
	}
	d.last, d.reply, d.replyAt = b, b, now.Add(d.ReplyDelay)
}

// command carries out a command and returns the reply. Any but a poll keeps a note
// in escrow longer.
func (d *Device) command(now time.Time, p []byte) []byte {
	if d.up.stage == announced && len(p) == ssp.HeaderSize {
		return d.headed(now, p)
	}
	d.up = upload{}
	if d.firmware == "" {
		return d.inLoader(p)
	}
	poll := p[0] == ssp.CmdPoll || p[0] == ssp.CmdPollWithAck
	held := !poll && d.Hold(now)
	if n, known := d.size(p[0]); !known {
		return []byte{ssp.ReplyUnknown}
	} else if len(p) != n {
		return []byte{ssp.ReplyParameters}
	}
	if poll && d.cfg.Refuses != 0 {
		return []byte{d.cfg.Refuses}
	}
	switch p[0] {
	case ssp.CmdPoll:
		return d.poll(now)
	case ssp.CmdPollWithAck:
		return d.pollWithAck(now)
	case ssp.CmdHold:
		return generic(held)
	case ssp.CmdReject:
		return generic(d.giveBack(now))
	case ssp.CmdEventAck:
		return generic(d.eventAck())
	case ssp.CmdSetup:
		return d.setup()
	case ssp.CmdSerial:
		s := d.cfg.Serial
		return []byte{ssp.ReplyOK, byte(s >> 24), byte(s >> 16), byte(s >> 8), byte(s)}
	case ssp.CmdReason:
		return []byte{ssp.ReplyOK, d.reason}
	case ssp.CmdFirmware:
		return append([]byte{ssp.ReplyOK}, d.firmware...)
	case ssp.CmdProgram:
		return d.program(p)
	case cmdUnit, ssp.CmdValues, cmdSecurity, cmdDataset, cmdCounters:
		return d.identity(p[0])
	}
	return d.set(now, p)
}

// size is the length of a command with its parameters.
func (d *Device) size(cmd byte) (n int, known bool) {
	switch cmd {
	case ssp.CmdPollWithAck, ssp.CmdEventAck, cmdCounters:
		return 1, !d.cfg.Plain
	case ssp.CmdReset, ssp.CmdSetup, ssp.CmdPoll, ssp.CmdReject, ssp.CmdDisable, ssp.CmdEnable, ssp.CmdSerial,
		ssp.CmdReason, ssp.CmdHold, ssp.CmdFirmware, cmdUnit, ssp.CmdValues, cmdSecurity, cmdDataset:
		return 1, true
	case ssp.CmdVersion, ssp.CmdProgram:
		return 2, true
	case ssp.CmdInhibits:
		return 3, true
	}
	return 0, false
}

// set takes the commands that change a setting.
func (d *Device) set(now time.Time, p []byte) []byte {
	switch p[0] {
	case ssp.CmdVersion:
		if p[1] < 4 || p[1] > d.maxVersion() {
			return []byte{ssp.ReplyFail}
		}
		d.version = p[1]
	case ssp.CmdInhibits:
		d.mask = uint16(p[1]) | uint16(p[2])<<8
	case ssp.CmdEnable:
		d.enabled, d.disabled = true, false
	case ssp.CmdDisable:
		d.enabled, d.disabled = false, false
	case ssp.CmdReset:
		d.restart(now)
	}
	return generic(true)
}

func generic(ok bool) []byte {
	if ok {
		return []byte{ssp.ReplyOK}
	}
	return []byte{ssp.ReplyCannot}
}

// restart is RESET. A claim that a power-up found stays.
func (d *Device) restart(now time.Time) {
	paid, frozen := d.credited, d.frozen
	seq := d.seq
	d.powerUp()
	d.seq, d.credited = seq, paid
	if d.InStacker() {
		d.frozen = frozen
	}
	if d.Phase() != billsim.PowerUp {
		_, d.front = d.InPath()
		d.told = len(d.Returned())
		d.Reset(now)
	}
}

func (d *Device) giveBack(now time.Time) bool {
	if !d.Return(now) {
		return false
	}
	d.reason, d.shown = reasonByHost, false
	return true
}

// eventAck ends the credit, or the claim of a power-up, that the last reply to POLL
// WITH ACK told.
func (d *Device) eventAck() bool {
	if d.frozen == nil {
		return false
	}
	d.frozen, d.frontOut = nil, 0
	if d.InStacker() {
		d.credited = true
		d.Forget()
	}
	if d.Phase() == billsim.Returned {
		d.Acknowledge()
	}
	return true
}

func (d *Device) setup() []byte {
	s := ssp.Setup{Firmware: "0" + d.firmware[6:9], Country: d.cfg.Country, Version: d.version, Table: d.cfg.Table}
	return s.Append([]byte{ssp.ReplyOK})
}
