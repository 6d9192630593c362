package cctalk

import "time"

// idleLine is the value of line.sent when no command is in flight.
const idleLine = 0

// line is the exchange with the device: one command, one reply. On a single wire
// with a plain adapter the host hears its own command first; since that begins with
// another byte than a reply, it is told apart without a setting.
type line struct {
	dec     Decoder
	address byte
	sent    byte   // command in flight, or idleLine
	recent  byte   // command sent last
	param   uint16 // what it carries: a route, a mask, on or off
	out     []byte // the frame last sent
	echo    []byte // what is left of it to be heard again

	tries    int       // times the frame in flight was sent
	deadline time.Time // of its reply
	nextAt   time.Time // of the next command
	polledAt time.Time
	quietAt  time.Time // end of the gap after the last byte either way

	polls [2][]byte // CmdEvents with either checksum; never written to
}

func (l *line) open(address byte, crc bool) {
	l.address = address
	l.dec.Address = HostAddress
	l.nextAt = time.Unix(0, 0) // at once, and not the zero time
	l.polls = [2][]byte{l.frame(CmdEvents, nil, false), l.frame(CmdEvents, nil, true)}
	l.dec.CRC = crc
}

// frame frames a command of a few bytes.
func (l *line) frame(cmd byte, data []byte, crc bool) []byte {
	b, err := AppendFrame(nil, Frame{To: l.address, From: HostAddress, Header: cmd, Data: data}, crc)
	if err != nil {
		return nil // not reachable: the package frames 0 to 2 bytes
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

// replySize is the longest data of a reply to cmd.
func replySize(cmd byte) int {
	switch cmd {
	case CmdEvents:
		return bufferSize
	case CmdBillID:
		return 7
	case CmdScaling:
		return 3
	case CmdCategory:
		return maxCategory
	case CmdReadInhibits:
		return 2
	case CmdSelfCheck:
		return 2
	case CmdRoute, CmdReadMaster:
		return 1
	}
	return 0
}

// send puts a new command in flight.
func (l *line) send(now time.Time, cmd byte, timeout time.Duration, data ...byte) []byte {
	l.sent, l.recent, l.tries = cmd, cmd, 0
	switch {
	case cmd == CmdEvents && l.dec.CRC:
		l.out = l.polls[1]
	case cmd == CmdEvents:
		l.out = l.polls[0]
	default:
		l.out = l.frame(cmd, data, l.dec.CRC)
	}
	return l.resend(now, timeout)
}

// resend sends the frame in flight again. What was half received is forgotten.
func (l *line) resend(now time.Time, timeout time.Duration) []byte {
	if l.sent == CmdEvents {
		l.polledAt = now
	}
	l.dec.Reset()
	l.dec.Max = max(replySize(l.sent), 1)
	l.echo = l.out
	l.tries++
	took := time.Duration(len(l.out)) * byteTime
	l.deadline = now.Add(took + time.Duration(overhead+l.dec.Max)*byteTime + timeout)
	l.quietAt = now.Add(took)
	return l.out
}

// skipEcho drops the host's own bytes from what was received.
func (l *line) skipEcho(rx []byte) []byte {
	for len(rx) > 0 && len(l.echo) > 0 {
		if rx[0] != l.echo[0] {
			l.echo = nil
			return rx
		}
		rx, l.echo = rx[1:], l.echo[1:]
	}
	return rx
}
