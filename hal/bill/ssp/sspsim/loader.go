package sspsim

import (
	"encoding/binary"
	"time"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ssp"
)

// stage is how far programming is.
type stage int

const (
	noUpload  stage = iota
	announced       // PROGRAM was taken: the next command is the header
	loading         // raw bytes of the RAM block
	starting        // the RAM block is not ready to hear yet
	greeting        // one byte: the code
	repeating       // the header once more
	writing         // blocks of data, each with its check
)

// ack is the RAM block's assent.
const ack = 0x32

// upload is a firmware on its way. A power cut takes it.
type upload struct {
	stage  stage
	header []byte
	got    []byte // of this stage
	data   []byte // written
	due    time.Time
}

// raw reports whether bytes are no frames.
func (u *upload) raw() bool { return u.stage >= loading }

func (u *upload) ram() int  { return int(binary.BigEndian.Uint32(u.header[7:])) }
func (u *upload) size() int { return int(binary.BigEndian.Uint32(u.header[17:])) }

// Name is what firmware the device has; empty while it is in its loader.
func (d *Device) Name() string { return d.firmware }

// Written are the data that were last flashed whole.
func (d *Device) Written() []byte { return d.written }

// program answers PROGRAM: not with a note anywhere, or a claim that was not heard.
func (d *Device) program(p []byte) []byte {
	idle := d.Phase() == billsim.Rest && d.frozen == nil && d.frontOut == 0
	switch {
	case p[1] != 0x03:
		return []byte{ssp.ReplyRange}
	case d.firmware != "" && !idle:
		return []byte{ssp.ReplyCannot}
	}
	d.up = upload{stage: announced}
	return []byte{ssp.ReplyOK, byte(d.cfg.Block), byte(d.cfg.Block >> 8)}
}

// headed answers the header. One that it takes erases what it has.
func (d *Device) headed(now time.Time, p []byte) []byte {
	d.up = upload{}
	if string(p[:3]) != "ITL" || p[5] != d.cfg.Kind {
		return []byte{ssp.ReplyHeader}
	}
	d.firmware, d.enabled = "", false
	d.up = upload{stage: loading, header: append([]byte(nil), p...), due: now.Add(d.cfg.UploadPatience)}
	return []byte{ssp.ReplyOK}
}

// inLoader handles commands while the device has no firmware.
func (d *Device) inLoader(p []byte) []byte {
	if p[0] == ssp.CmdProgram && len(p) == 2 {
		return d.program(p)
	}
	return []byte{ssp.ReplySoftware}
}

// rawBytes takes bytes of an upload. A check that is wrong is answered with what it
// should be, and the loader begins again; any other wrong byte is not answered.
func (d *Device) rawBytes(now time.Time, rx []byte) {
	u := &d.up
	if u.stage == starting {
		return
	}
	u.due = now.Add(d.cfg.UploadPatience)
	for _, c := range rx {
		if !u.raw() || u.stage == starting {
			return
		}
		d.rawByte(now, append(u.got, c))
	}
}

func (d *Device) rawByte(now time.Time, got []byte) {
	u := &d.up
	u.got = got
	switch {
	case u.stage == loading && len(got) == u.ram():
		d.say(now, sum(got))
		if u.got = nil; sum(got) != u.header[16] {
			d.up = upload{}
			return
		}
		u.stage, u.due = starting, now.Add(d.cfg.RAMStart)
	case u.stage == greeting:
		d.agree(now, got[0] == u.header[6], repeating)
	case u.stage == repeating && len(got) == len(u.header):
		d.agree(now, string(got) == string(u.header), writing)
	case u.stage == writing && len(got) == d.part()+1:
		d.block(now, got[:len(got)-1], got[len(got)-1])
	}
}

// agree goes on to the next stage, or gives the upload up without a word.
func (d *Device) agree(now time.Time, ok bool, next stage) {
	if !ok {
		d.up = upload{}
		return
	}
	d.up.stage, d.up.got = next, nil
	d.say(now, ack)
}

// part is the length of the block that comes next.
func (d *Device) part() int {
	if d.cfg.Padded {
		return d.cfg.Block
	}
	return min(d.cfg.Block, d.up.size()-len(d.up.data))
}

// block takes a block of data, and restarts after the last.
func (d *Device) block(now time.Time, part []byte, check byte) {
	u := &d.up
	d.say(now, sum(part))
	if sum(part) != check {
		d.up = upload{}
		return
	}
	u.data, u.got = append(u.data, part...), nil
	if len(u.data) < u.size() {
		return
	}
	d.written = u.data[:u.size()]
	if len(d.written) >= nameSize {
		d.firmware = string(d.written[:nameSize])
	}
	d.Mechanics.PowerCut(now)
	reply, at := d.reply, d.replyAt
	d.powerUp()
	d.reply, d.replyAt = reply, at
	d.Mechanics.PowerOn(now)
}

func (d *Device) say(now time.Time, c byte) { d.reply, d.replyAt = []byte{c}, now.Add(d.ReplyDelay) }

// uploadStep lets the time of an upload pass.
func (d *Device) uploadStep(now time.Time) {
	u := &d.up
	switch {
	case !u.raw() || now.Before(u.due):
	case u.stage == starting:
		u.stage, u.due = greeting, u.due.Add(d.cfg.UploadPatience)
		d.uploadStep(now)
	default:
		d.up = upload{}
		d.dec.Reset()
	}
}
