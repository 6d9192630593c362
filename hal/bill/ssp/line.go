package ssp

import "time"

// idleLine is the value of line.sent when no command is in flight.
const idleLine = 0x00

// line is the exchange with the device: one command, one reply, and the sequence
// bit that lets the device tell a repeated command from a new one.
type line struct {
	dec  Decoder
	sent byte   // command in flight, or idleLine
	mask uint16 // of a SET CHANNEL INHIBITS in flight
	out  []byte // the frame last sent
	last byte   // its command
	bit  byte   // its sequence bit
	seq  byte   // sequence bit of the next new command

	tries    int       // times the frame in flight was sent
	deadline time.Time // of its reply
	nextAt   time.Time // of the next command
	polledAt time.Time
	quietAt  time.Time // end of the gap after the last byte either way

	frames [CmdEventAck + 1][2][]byte // commands without data, by sequence bit; never written to
}

func (l *line) open(addr byte) {
	l.dec.Address = addr
	l.nextAt = time.Unix(0, 0) // at once, and not the zero time
	for _, cmd := range []byte{
		CmdReset, CmdSetup, CmdPoll, CmdReject, CmdDisable, CmdEnable, CmdSerial, CmdSync, CmdReason, CmdHold,
		CmdPollWithAck, CmdEventAck,
	} {
		l.frames[cmd] = [2][]byte{frameOf(addr, cmd), frameOf(addr|SeqBit, cmd)}
	}
}

// frameOf frames a command of a few bytes.
func frameOf(addr byte, data ...byte) []byte {
	b, err := AppendFrame(nil, addr, data)
	if err != nil {
		return nil // not reachable: the package frames 1 to 3 bytes for a checked address
	}
	return b[:len(b):len(b)]
}

// hurry brings the next command forward to the end of the gap.
func (l *line) hurry(now time.Time) {
	at := now
	if at.Before(l.quietAt) {
		at = l.quietAt
	}
	if l.sent == idleLine && at.Before(l.nextAt) {
		l.nextAt = at
	}
}

func isPoll(cmd byte) bool { return cmd == CmdPoll || cmd == CmdPollWithAck }

// tellsData says that the reply to cmd carries bytes that are no events.
func tellsData(cmd byte) bool { return cmd == CmdSetup || cmd == CmdSerial || cmd == CmdReason }

// send puts a new command in flight.
func (l *line) send(now time.Time, cmd byte, timeout time.Duration, data ...byte) []byte {
	l.bit = l.seq
	l.seq ^= SeqBit
	if len(data) == 0 {
		l.out = l.frames[cmd][l.bit/SeqBit]
	} else {
		l.out = frameOf(l.dec.Address|l.bit, append([]byte{cmd}, data...)...)
	}
	l.last = cmd
	return l.again(now, timeout)
}

// again puts the last command in flight once more, with its sequence bit: a device
// that has carried it out only repeats its reply.
func (l *line) again(now time.Time, timeout time.Duration) []byte {
	l.sent, l.tries = l.last, 0
	if isPoll(l.last) {
		l.polledAt = now
	}
	return l.resend(now, timeout)
}

// resend sends the frame in flight again. What was half received is forgotten.
func (l *line) resend(now time.Time, timeout time.Duration) []byte {
	const short, long = 24, maxBody
	reply := short
	if l.sent == CmdSetup {
		reply = long
	}
	l.dec.Reset()
	l.tries++
	took := time.Duration(len(l.out)) * byteTime
	l.deadline = now.Add(took + time.Duration(reply)*byteTime + timeout)
	l.quietAt = now.Add(took)
	return l.out
}
