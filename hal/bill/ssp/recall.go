package ssp

import (
	"bytes"
	"time"
)

// recalled handles the reply to the HOLD of a start or after a silence: that of
// the last POLL, if it has events. Otherwise it says nothing that the HOLD after
// SYNC does not say better.
func (d *Driver) recalled(now time.Time, data []byte) {
	d.recall, d.attempts = false, 0
	if data[0] != ReplyOK || !d.isOwed(data[1:]) {
		d.owed = false
		if data[0] == ReplyOK && len(data) > 1 {
			d.polled(now, data[1:])
		}
	}
	if d.owed { // SYNC would lose it
		d.synced, d.probed = true, true
		d.last = d.pollCommand()
		d.out = d.frames[d.last][1]
	}
}

// isOwed says that a reply repeats the one whose report waits for Confirm.
func (d *Driver) isOwed(data []byte) bool {
	return d.owed && bytes.Equal(data, d.owing[:d.owingSize])
}

// recalling says that the HOLD in flight is to fetch the last reply.
func (d *Driver) recalling() bool { return d.sent == CmdHold && !d.synced }

// repeats is how often the command in flight is repeated.
func (d *Driver) repeats() int {
	if d.recalling() {
		return recallRepeats
	}
	return d.cfg.Retries
}

// keeps says that the device must keep its last reply, whose report is not durable
// yet.
func (d *Driver) keeps() bool { return d.owed && !d.owner.Confirmed() }

// inTurn gives way to another command where the sequence bit is not that of cmd:
// a POLL has 1, and a command whose reply carries data has 0, so that a later start
// can recall the reply to a POLL and mistakes no other for it.
func (d *Driver) inTurn(cmd byte) byte {
	inEscrow := d.note.phase == escrowed
	switch {
	case isPoll(cmd) && d.seq == 0 && !inEscrow:
		return CmdSerial
	case tellsData(cmd) && d.seq != 0 && !inEscrow:
		return d.pollCommand()
	case isPoll(cmd) && d.seq == 0, tellsData(cmd) && d.seq != 0:
		return CmdHold
	}
	return cmd
}
