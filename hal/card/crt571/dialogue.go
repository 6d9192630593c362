package crt571

import (
	"fmt"
	"time"

	"wattkiosk/hal/card"
)

// step is where the dialogue is.
type step int

const (
	quiet   step = iota // nothing is under way
	pausing             // a frame waits for the end of the pause
	wantAck             // a frame went out
	wantReply
)

// dialogue is one question under way.
type dialogue struct {
	step    step
	until   time.Time // the answer, or the ACK, must be here
	stallAt time.Time // a frame has begun and does not go on, or a NAK stands; zero = no
	dec     Decoder
	q       question
	dirty   bool // bytes that nobody expects came before ACK
	tries   int  // times the frame went out
	naks    int
	quietAt time.Time // end of the pause after the last answer
	tx      []byte
}

// question is a command and what to do with the answer.
type question struct {
	text   []byte // C CM PM data
	within time.Duration
	once   bool // never send it again without a NAK
	done   func(now time.Time, a answer)
}

// answer is how a question ended.
type answer struct {
	err   error // it was not answered: card.ErrSilent or card.ErrLine
	taken bool  // err: the reader may have acted on it
	Reply
}

// result is the answer as an error: nil if the reader says yes.
func (a answer) result() error {
	switch {
	case a.err != nil:
		return a.err
	case !a.OK:
		return a.Code.Err()
	}
	return nil
}

// command is the text of a command.
func command(cm, pm byte, data ...byte) []byte {
	return append([]byte{HeadCommand, cm, pm}, data...)
}

// ask begins a question.
func (d *Driver) ask(now time.Time, q question) {
	d.q, d.tries, d.naks = q, 0, 0
	if now.Before(d.quietAt) {
		d.step, d.until = pausing, d.quietAt
		return
	}
	d.sendFrame(now)
}

func (d *Driver) sendFrame(now time.Time) {
	frame, err := AppendFrame(d.tx, d.cfg.Address, d.q.text)
	if err != nil { // not reachable: an APDU of MaxAPDU bytes fits
		d.end(now, answer{err: card.ErrArgument})
		return
	}
	sent := len(frame) - len(d.tx)
	d.tx = frame
	d.tries++
	d.dec.Reset()
	d.step, d.stallAt, d.dirty = wantAck, time.Time{}, false
	d.until = now.Add(d.cfg.lineTime(sent+1) + d.cfg.AckTimeout)
}

// end ends the question.
func (d *Driver) end(now time.Time, a answer) {
	done := d.q.done
	d.q, d.step, d.stallAt = question{}, quiet, time.Time{}
	if pause := now.Add(gap); pause.After(d.quietAt) {
		d.quietAt = pause
	}
	if a.err != nil {
		d.known = false
	}
	done(now, a)
}

// giveUp ends a question that got no answer.
func (d *Driver) giveUp(now time.Time, taken bool) {
	err := card.ErrSilent
	if d.naks > 0 || d.dec.Bad > 0 {
		err = card.ErrLine
	}
	d.tx = append(d.tx, EOT)
	d.quietAt = now.Add(settle)
	d.end(now, answer{err: err, taken: taken})
}

// hear takes received bytes.
func (d *Driver) hear(now time.Time, rx []byte) {
	for _, b := range rx {
		switch d.step {
		case quiet, pausing: // nobody asked: noise, or an answer given up
		case wantAck:
			d.hearAck(now, b)
		case wantReply:
			d.hearReply(now, b)
		}
	}

	if d.step == wantReply && len(rx) > 0 {
		d.stallAt = time.Time{}
		if d.dec.Pending() || d.dec.Bad > 0 {
			d.stallAt = now.Add(damagedWait)
		}
	}
}

// hearAck waits for ACK. A whole frame before it is no answer that can be trusted.
// A NAK is believed if it stands alone: nothing else was heard since the frame went
// out, and no ACK follows. It could else be a byte of a damaged answer, and the
// frame go out twice.
func (d *Driver) hearAck(now time.Time, b byte) {
	if !d.dec.Pending() {
		switch b {
		case ACK:
			d.dec.Reset()
			d.step, d.stallAt = wantReply, time.Time{}
			d.until = now.Add(d.cfg.lineTime(longestReply) + d.q.within)
			return
		case NAK:
			if !d.dirty {
				d.stallAt = now.Add(nakWait)
			}
			return
		}
	}

	d.dirty, d.stallAt = true, time.Time{}
	if _, ok := d.dec.Feed(b); ok && d.q.once {
		d.giveUp(now, true)
	}
}

func (d *Driver) hearReply(now time.Time, b byte) {
	text, ok := d.dec.Feed(b)
	if !ok {
		return
	}
	r, err := ParseReply(text)
	if err != nil || !d.matches(r) {
		return
	}
	r.Data = append([]byte(nil), r.Data...)
	d.tx = append(d.tx, ACK)
	d.end(now, answer{Reply: r})
}

// matches reports whether a reply is to the question under way. The manual shows
// negative replies to the group 53 with CM 54.
func (d *Driver) matches(r Reply) bool {
	cm, pm := d.q.text[1], d.q.text[2]
	return r.Param == pm && (r.Cmd == cm || !r.OK && cm == CmdSLE && r.Cmd == CmdI2C)
}

// due runs the dialogue's timers.
func (d *Driver) due(now time.Time) {
	stalled := !d.stallAt.IsZero() && !now.Before(d.stallAt)
	switch {
	case d.step == wantReply && stalled:
		d.stalled(now)
	case d.step == wantAck && stalled && d.tries > d.cfg.Retries:
		d.end(now, answer{err: card.ErrLine}) // it was not taken
	case d.step == wantAck && stalled:
		d.sendFrame(now)
	case now.Before(d.until):
	case d.step == pausing:
		d.sendFrame(now)
	case d.step == wantAck && !d.q.once && d.tries <= d.cfg.Retries,
		d.step == wantReply && !d.q.once && d.tries <= d.cfg.Retries:
		d.tx = append(d.tx, EOT)
		d.sendFrame(now)
	default:
		d.giveUp(now, true)
	}
}

// stalled asks for a damaged answer again.
func (d *Driver) stalled(now time.Time) {
	d.stallAt = time.Time{}
	if d.naks >= maxNaks {
		d.giveUp(now, true)
		return
	}
	d.naks++
	d.dec.Reset()
	d.tx = append(d.tx, NAK)
	if again := now.Add(d.cfg.lineTime(longestReply) + damagedWait); again.After(d.until) {
		d.until = again
	}
}

// dialogueWake is the next timer.
func (d *Driver) dialogueWake() time.Time {
	if !d.stallAt.IsZero() && d.stallAt.Before(d.until) {
		return d.stallAt
	}
	return d.until
}

// wrap adds words to one of the kind's errors.
func wrap(err error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", err, fmt.Sprintf(format, args...))
}
