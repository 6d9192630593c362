package cctalksim

import (
	"time"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/cctalk"
)

// byteGap is how long a frame may pause before its beginning is forgotten.
const byteGap = 50 * time.Millisecond

// Receive takes what the host sent.
func (d *Device) Receive(now time.Time, rx []byte) {
	d.step(now)
	if d.cfg.Echo && len(rx) > 0 {
		d.echo = append(d.echo, rx...)
		d.echoAt = now
	}
	if !d.Hears() {
		if d.Phase() > billsim.Booting {
			d.heardAt = now // it hears, and says nothing
		}
		return
	}
	if now.Sub(d.heardAt) > byteGap {
		d.dec.Reset()
	}
	d.heardAt = now
	rx = d.Disturb(rx)
	for {
		rest, f, ok := d.dec.Next(rx)
		rx = rest
		if !ok {
			return
		}
		d.frame(now, f)
	}
}

// Core commands that say what the device is, and their replies. The driver asks for none
// of them; other hosts do.
var identities = map[byte]string{
	246: "WKS",          // manufacturer
	244: "BV",           // product
	192: "WKS-1.0",      // build
	242: "\x15\xCD\x5B", // serial number 6016277, low byte first
	241: "V1.00",        // software revision
	4:   "\x01\x04\x07", // release 1, ccTalk 4.7
}

// frame takes a command. One with too few or too many bytes is NAKed, as is one that
// is unknown.
func (d *Device) frame(now time.Time, f cctalk.Frame) {
	n, known := size(f.Header)
	switch {
	case !known || len(f.Data) != n || d.cfg.Bare && bare(f.Header):
		d.answer(now, cctalk.ReplyNAK, nil)
	case f.Header == cctalk.CmdInhibits && d.marks(f.Data) && d.LoseAck(): // as if it had not been heard
	default:
		d.command(now, f.Header, f.Data)
	}
}

// size is the length of a command's data.
func size(cmd byte) (n int, known bool) {
	switch cmd {
	case cctalk.CmdReset, cctalk.CmdEvents, cctalk.CmdReadMaster, cctalk.CmdReadInhibits, cctalk.CmdSelfCheck, cctalk.CmdCategory:
		return 0, true
	case 246, 244, 192, 242, 241, 4:
		return 0, true
	case cctalk.CmdRoute, cctalk.CmdMode, cctalk.CmdBillID, cctalk.CmdMaster:
		return 1, true
	case cctalk.CmdScaling, cctalk.CmdInhibits:
		return 2, true
	}
	return 0, false
}

// bare says that a device without frills does not know a command.
func bare(cmd byte) bool {
	return cmd == cctalk.CmdSelfCheck || cmd == cctalk.CmdReadMaster || cmd == cctalk.CmdReadInhibits
}

// marks says that a mask accepts a type that the device does not use.
func (d *Device) marks(data []byte) bool {
	m := uint16(data[0]) | uint16(data[1])<<8
	for i, v := range d.cfg.Table {
		if v == 0 && m>>i&1 == 1 && d.mask>>i&1 == 0 {
			return true
		}
	}
	return false
}

func (d *Device) answer(now time.Time, header byte, data []byte) {
	b, err := cctalk.AppendFrame(nil, cctalk.Frame{To: cctalk.HostAddress, From: d.cfg.Address, Header: header, Data: data}, d.cfg.CRC)
	if err != nil {
		return // not reachable: replies have 0 to 32 bytes
	}
	d.reply, d.replyAt = b, now.Add(d.ReplyDelay)
}

// command carries out a command and answers it.
func (d *Device) command(now time.Time, cmd byte, p []byte) {
	var data []byte
	switch cmd {
	case cctalk.CmdEvents:
		data = d.events.Append(nil)
	case cctalk.CmdCategory:
		data = []byte(d.cfg.Category)
	case 246, 244, 192, 242, 241, 4:
		data = []byte(identities[cmd])
	case cctalk.CmdBillID:
		data = d.identity(p[0])
	case cctalk.CmdScaling:
		data = []byte{0, 0, 0}
		if string(p) == d.cfg.Country {
			data = []byte{100, 0, 2}
		}
	case cctalk.CmdReadInhibits:
		data = []byte{byte(d.mask), byte(d.mask >> 8)}
	case cctalk.CmdReadMaster:
		data = []byte{0}
		if d.master && !d.StaysShut() {
			data[0] = 1
		}
	case cctalk.CmdSelfCheck:
		if d.Phase() == billsim.Initialising {
			d.answer(now, cctalk.ReplyBusy, nil)
			return
		}
		data = []byte{faultCodes[d.Blocking()]}
	case cctalk.CmdRoute:
		data = d.route(now, p[0])
	default:
		d.set(now, cmd, p)
	}
	d.answer(now, cctalk.ReplyOK, data)
}

// set takes the commands that change a setting.
func (d *Device) set(now time.Time, cmd byte, p []byte) {
	switch cmd {
	case cctalk.CmdInhibits:
		d.mask = uint16(p[0]) | uint16(p[1])<<8
	case cctalk.CmdMaster:
		d.master = p[0]&1 == 1
	case cctalk.CmdMode:
		d.mode = p[0]
	case cctalk.CmdReset:
		d.restart(now)
	}
}

func (d *Device) identity(typ byte) []byte {
	id := cctalk.Identity{}
	if v := d.cfg.Table.Value(typ); v > 0 {
		id = cctalk.Identity{Country: d.cfg.Country, Value: v / 100, Issue: 'A'}
	}
	return id.Append(nil)
}

// route answers with one byte if the note is not there.
func (d *Device) route(now time.Time, where byte) []byte {
	before, done := d.Phase(), false
	switch where {
	case cctalk.RouteReturn:
		done = d.Return(now)
	case cctalk.RouteStack:
		done = d.Stack(now)
	case cctalk.RouteHold:
		done = d.Hold(now)
	default:
		return []byte{cctalk.NotRouted}
	}
	if !done {
		return []byte{cctalk.NotInEscrow}
	}
	d.moved(before)
	return nil
}
