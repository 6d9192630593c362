package crt310

import (
	"time"

	"wattkiosk/hal/card"
)

// step is where the dialogue is.
type step int

const (
	quiet   step = iota // nothing is under way
	wantAck             // a frame went out
	wantReply
)

// dialogue is one question under way.
type dialogue struct {
	step     step
	deadline time.Time
	dec      Decoder
	q        question
	tries    int // times the frame went out
	naks     int
	quietAt  time.Time // end of the gap after the last answer
	nakAt    time.Time // a NAK is believed then, if no ACK follows it; zero = none
	dirty    bool      // something else than ACK or NAK was heard since the frame went out
	held     byte      // CMD of the answer that the reader may give to an ENQ it did not expect
	tx       []byte
}

// question is a frame and what to do with the answer.
type question struct {
	content []byte
	within  time.Duration
	once    bool // never send it again without a NAK
	done    func(now time.Time, a answer)
}

// answer is how a question ended.
type answer struct {
	err  error  // it was not answered: card.ErrSilent or card.ErrLine
	neg  bool   // the reader refused
	code byte   // neg: why
	data []byte // what follows CMD and PARAM
}

// result is the answer as an error: nil if the first data byte says yes.
func (a answer) result() error {
	switch {
	case a.err != nil:
		return a.err
	case a.neg:
		return codeErr(a.code)
	case len(a.data) == 0:
		return card.ErrLine
	case a.data[0] != ResultOK:
		return resultErr(a.data[0])
	}
	return nil
}

// ask begins a question. ENQ fetches the reader's last answer, and answers carry no
// number: if the frame was not taken and noise made an ACK, that is the answer to
// the question before. So a question that is asked once, and follows one of its own
// command, is parted from it by a look at the status.
func (d *Driver) ask(now time.Time, q question) {
	if q.once && d.held == q.content[0] {
		d.begin(now, question{content: []byte{CmdStatus, StatusReader}, within: replyTimeout, done: func(now time.Time, a answer) {
			if a.err != nil {
				q.done(now, a)
				return
			}
			d.begin(now, q)
		}})
		return
	}
	d.begin(now, q)
}

func (d *Driver) begin(now time.Time, q question) {
	d.q, d.tries, d.naks = q, 0, 0
	d.held = q.content[0]
	d.sendFrame(now)
}

// sendFrame sends the frame of the question, after clearing the line if it is a
// repeat.
func (d *Driver) sendFrame(now time.Time) {
	if d.tries > 0 {
		d.tx = append(d.tx, EOT)
	}

	frame, err := AppendFrame(d.tx, d.q.content)
	if err != nil { // not reachable: an APDU of MaxAPDU bytes fits
		d.end(now, answer{err: card.ErrLine})
		return
	}

	d.tx = frame
	d.tries++
	d.dec.Reset()
	d.step, d.nakAt, d.dirty = wantAck, time.Time{}, false
	d.deadline = now.Add(d.cfg.lineTime(len(frame)+1) + d.cfg.AckTimeout)
}

// enquire asks for the answer.
func (d *Driver) enquire(now time.Time) {
	d.tx = append(d.tx, ENQ)
	d.dec.Reset()
	d.step, d.nakAt = wantReply, time.Time{}
	d.deadline = now.Add(d.cfg.lineTime(1+longestReply) + d.q.within)
}

// end ends the question.
func (d *Driver) end(now time.Time, a answer) {
	done := d.q.done
	d.q, d.step = question{}, quiet
	d.quietAt = now.Add(gap)
	done(now, a)
}

// hear takes received bytes.
func (d *Driver) hear(now time.Time, rx []byte) {
	for i := 0; i < len(rx); i++ {
		switch d.step {
		case quiet: // nobody asked: noise, or an answer given up
			return
		case wantAck:
			d.hearAck(now, rx[i])
		case wantReply:
			d.hearReply(now, rx[i:])
			return
		}
	}
}

// hearAck waits for ACK. A NAK is believed if it stands alone: nothing else was
// heard since the frame went out, and no ACK follows. It could else be a byte of a
// damaged answer, and the frame go out twice.
func (d *Driver) hearAck(now time.Time, b byte) {
	switch {
	case b == ACK:
		d.enquire(now)
	case b == NAK && !d.dirty:
		d.nakAt = now.Add(nakWait)
	default:
		d.dirty, d.nakAt = true, time.Time{}
	}
}

// refused acts on a NAK that stood alone: the frame was not taken.
func (d *Driver) refused(now time.Time) {
	if d.tries > d.cfg.Retries {
		d.end(now, answer{err: card.ErrLine})
		return
	}
	d.sendFrame(now)
}

func (d *Driver) hearReply(now time.Time, rx []byte) {
	bad := d.dec.Bad
	for len(rx) > 0 {
		rx = d.dec.Feed(rx)
		for {
			content, ok := d.dec.Next()
			if !ok {
				break
			}
			if a, ours := d.match(content); ours {
				d.tx = append(d.tx, ACK)
				d.end(now, a)
				return
			}
		}
	}

	if d.dec.Bad > bad && d.deadline.After(now.Add(damagedWait)) {
		d.deadline = now.Add(damagedWait)
	}
}

// match reads a frame as the answer to the question under way.
func (d *Driver) match(content []byte) (a answer, ours bool) {
	q := d.q.content
	switch {
	case content[0] == q[0] && content[1] == q[1]:
		return answer{data: content[2:]}, true
	case content[0] == Negative && content[1] == q[0] && len(content) >= 3:
		return answer{neg: true, code: content[2]}, true
	}
	return answer{}, false
}

// overdue handles an ACK or an answer that did not come. A question that is asked
// once ends: neither ENQ nor NAK is sent again, since both might bring the answer
// to the question before it, which looks the same.
func (d *Driver) overdue(now time.Time) {
	if d.step == wantAck && !d.nakAt.IsZero() {
		d.refused(now)
		return
	}

	damaged := d.dec.Bad > 0
	switch {
	case d.q.once:
	case d.step == wantReply && damaged && d.naks < maxNaks:
		d.naks++
		d.tx = append(d.tx, NAK)
		d.dec.Reset()
		d.dec.Bad = 1 // the next silence is damage still
		d.deadline = now.Add(d.cfg.lineTime(1+longestReply) + damagedWait)
		return
	case d.tries <= d.cfg.Retries:
		d.sendFrame(now)
		return
	}

	err := card.ErrSilent
	if damaged {
		err = card.ErrLine
	}

	d.tx = append(d.tx, EOT)
	d.end(now, answer{err: err})
}

// due is when the question under way needs attention.
func (d *Driver) due() time.Time {
	if !d.nakAt.IsZero() && d.nakAt.Before(d.deadline) {
		return d.nakAt
	}
	return d.deadline
}
