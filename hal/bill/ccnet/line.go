package ccnet

import "time"

// idleLine is the value of line.sent when no command is in flight.
const idleLine = 0x00

// line is the exchange with the device: one command, one reply.
type line struct {
	dec  Decoder
	sent byte // command in flight, or idleLine
	mask uint32

	deadline time.Time // of the reply
	nextAt   time.Time // of the next command
	polledAt time.Time
	quietAt  time.Time // end of the gap after the last byte either way
	queued   byte      // command to send at nextAt; 0 = POLL
	missed   int       // commands without a reply, in a row
	silent   bool

	frames frames
}

// frames are the commands without data, built once and never written to.
type frames struct {
	ack, poll, reset, ident, hold, stack, giveBack, table []byte
}

func (l *line) open(addr byte) {
	l.dec.Address = addr
	l.nextAt = time.Unix(0, 0) // at once, and not the zero time
	l.frames = frames{
		ack: frameOf(addr, CmdAck), poll: frameOf(addr, CmdPoll), reset: frameOf(addr, CmdReset),
		ident: frameOf(addr, CmdIdent), hold: frameOf(addr, CmdHold), stack: frameOf(addr, CmdStack),
		giveBack: frameOf(addr, CmdReturn), table: frameOf(addr, CmdTable),
	}
}

// hurry brings the next poll forward to the end of the gap.
func (l *line) hurry(now time.Time) {
	at := now
	if at.Before(l.quietAt) {
		at = l.quietAt
	}
	if l.sent == idleLine && at.Before(l.nextAt) {
		l.nextAt = at
	}
}

// next plans a command (0 = POLL) for the end of wait.
func (l *line) next(now time.Time, cmd byte, wait time.Duration) {
	l.queued = cmd
	l.nextAt = now.Add(max(wait, gap))
}

// frame is the command in bytes, and the size in bytes of its longest usual reply.
func (l *line) frame(cmd byte, mask uint32) (b []byte, reply int) {
	const short = 8
	switch cmd {
	case CmdReset:
		return l.frames.reset, short
	case CmdIdent:
		return l.frames.ident, IdentSize + 5
	case CmdTable:
		return l.frames.table, TableSize + 5
	case CmdHold:
		return l.frames.hold, short
	case CmdStack:
		return l.frames.stack, short
	case CmdReturn:
		return l.frames.giveBack, short
	case CmdEnable:
		h, m, o := byte(mask>>16), byte(mask>>8), byte(mask)
		return frameOf(l.dec.Address, CmdEnable, h, m, o, h, m, o), short
	}
	return l.frames.poll, short
}

// send puts a command in flight. What was half received before it is forgotten.
func (l *line) send(now time.Time, cmd byte, mask uint32, timeout time.Duration) []byte {
	b, reply := l.frame(cmd, mask)
	l.dec.Reset()
	l.sent, l.mask, l.queued = cmd, mask, 0
	if cmd == CmdPoll {
		l.polledAt = now
	}
	took := time.Duration(len(b)) * byteTime
	l.deadline = now.Add(took + time.Duration(reply)*byteTime + timeout)
	l.quietAt = now.Add(took)
	return b
}
