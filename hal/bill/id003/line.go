package id003

import "time"

// idleLine is the value of line.sent when no command is in flight.
const idleLine = 0x00

// longReply is the size in bytes of the longest usual reply.
const longReply = 80

// line is the exchange with the device: one command, one reply.
type line struct {
	dec  Decoder
	sent byte    // command in flight, or idleLine
	out  [3]byte // its payload
	size int     // bytes of out
	echo echo

	deadline time.Time // of the reply
	nextAt   time.Time // of the next command
	polledAt time.Time
	quietAt  time.Time // end of the gap after the last byte either way
	queued   byte      // command to send at nextAt; 0 = STATUS REQUEST
	missed   int       // commands without a reply, in a row
	silent   bool

	frames frames
}

// frames are the commands without data, built once and never written to.
type frames struct {
	ack, status, reset, stack, giveBack, hold, version, currency []byte
}

func (l *line) open() {
	l.nextAt = time.Unix(0, 0) // at once, and not the zero time
	l.frames = frames{
		ack: frameOf(CmdAck), status: frameOf(CmdStatus), reset: frameOf(CmdReset), stack: frameOf(CmdStack),
		giveBack: frameOf(CmdReturn), hold: frameOf(CmdHold), version: frameOf(CmdVersion), currency: frameOf(CmdCurrency),
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

// next plans a command (0 = STATUS REQUEST) for the end of wait.
func (l *line) next(now time.Time, cmd byte, wait time.Duration) {
	l.queued = cmd
	l.nextAt = now.Add(max(wait, gap))
}

// frame is the command in bytes.
func (l *line) frame(cmd byte, data []byte) []byte {
	switch cmd {
	case CmdStatus:
		return l.frames.status
	case CmdReset:
		return l.frames.reset
	case CmdStack:
		return l.frames.stack
	case CmdReturn:
		return l.frames.giveBack
	case CmdHold:
		return l.frames.hold
	case CmdVersion:
		return l.frames.version
	case CmdCurrency:
		return l.frames.currency
	}
	return frameOf(append([]byte{cmd}, data...)...)
}

// send puts a command with up to two bytes of data in flight. What was half
// received before it is forgotten.
func (l *line) send(now time.Time, cmd byte, data []byte, timeout time.Duration) []byte {
	b := l.frame(cmd, data)
	l.dec.Reset()
	l.sent, l.queued = cmd, 0
	l.out[0] = cmd
	l.size = 1 + copy(l.out[1:], data)
	l.echo.seen, l.echo.blank = false, false
	reply := 2 * MinFrame // an echo may come first
	if cmd == CmdVersion || cmd == CmdCurrency {
		reply = longReply
	}
	if cmd == CmdStatus {
		l.polledAt = now
	}
	took := time.Duration(len(b)) * byteTime
	l.deadline = now.Add(took + time.Duration(reply)*byteTime + timeout)
	l.quietAt = now.Add(took)
	return b
}
