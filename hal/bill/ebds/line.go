package ebds

import "time"

// message is what the driver sends.
type message int

const (
	nothing  message = iota
	filler           // an auxiliary query, toggle 0: acknowledges, and tells nothing of notes
	omnibus          // toggle 1, as all that follow: the reply tells the state
	query            // one entry of the note table
	inhibits         // which entries are accepted
	timeout          // until a note leaves escrow by itself
)

// raw is a reply as it came, without its toggle. The zero raw is none.
type raw struct {
	b [toldSize + 1]byte
	n int
}

func rawOf(ctl byte, data []byte) (r raw) {
	r.b[0] = ctl &^ toggleBit
	r.n = 1 + copy(r.b[1:], data)
	return r
}

// line is the exchange with the device: one message, one reply, and the toggle that
// lets the device tell a repeated message from a new one.
type line struct {
	dec  Decoder
	sent message // in flight
	last message // last sent
	out  []byte  // its frame
	bit  byte    // its toggle
	next byte    // toggle of the next new message

	tries    int       // times the frame in flight was sent
	deadline time.Time // of its reply
	nextAt   time.Time // of the next message
	polledAt time.Time
	quietAt  time.Time // end of the gap after the last byte either way
	deafTill time.Time // what comes before is ignored

	taken  raw  // the reply last acted on
	doubt  raw  // a reply that differs from it, and was heard once
	doubts int  // replies to the message in flight that were not acted on
	asking bool // the last message is to be sent again, for a reply in doubt
	naks   int  // replies with the other toggle, in a row

	fill []byte // the filler's frame
	poll []byte // the last omnibus frame
	said [3]byte
}

func (l *line) open() {
	l.next = toggleBit
	l.nextAt = time.Unix(0, 0) // at once, and not the zero time
	l.fill = frameOf(TypeAux, 0, 0, AuxSoftware)
}

// frameOf frames a message of the driver.
func frameOf(ctl byte, data ...byte) []byte {
	b, err := AppendFrame(nil, ctl, data)
	if err != nil {
		return nil // not reachable: the package frames up to 23 bytes of 7 bits
	}
	return b[:len(b):len(b)]
}

// pollFrame is the omnibus message with the three data bytes.
func (l *line) pollFrame(data [3]byte) []byte {
	if l.poll == nil || l.said != data {
		l.poll, l.said = frameOf(TypeOmnibus|toggleBit, data[:]...), data
	}
	return l.poll
}

// hurry brings the next message forward to the end of the gap.
func (l *line) hurry(now time.Time) {
	at := now
	for _, t := range []time.Time{l.quietAt, l.deafTill} {
		if at.Before(t) {
			at = t
		}
	}
	if l.sent == nothing && at.Before(l.nextAt) {
		l.nextAt = at
	}
}

// send puts a new message in flight. Its toggle must be that of the frame.
func (l *line) send(now time.Time, m message, frame []byte, timeout time.Duration) []byte {
	if m != l.last {
		l.doubt = raw{}
	}
	l.last, l.out, l.bit = m, frame, frame[2]&toggleBit
	l.next, l.doubts = l.bit^toggleBit, 0
	return l.again(now, timeout)
}

// again puts the last message in flight once more, with its toggle: a device that
// has carried it out only repeats its reply.
func (l *line) again(now time.Time, timeout time.Duration) []byte {
	l.sent, l.tries, l.asking = l.last, 0, false
	if l.last != filler {
		l.polledAt = now
	}
	return l.resend(now, timeout)
}

// resend sends the frame in flight again. What was half received is forgotten.
func (l *line) resend(now time.Time, timeout time.Duration) []byte {
	const reply = toldSize + overhead
	l.dec.Reset()
	l.tries++
	took := time.Duration(len(l.out)) * byteTime
	l.deadline = now.Add(took + reply*byteTime + timeout)
	l.quietAt = now.Add(took)
	return l.out
}
