package pospsim

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Reply is one thing that goes back on a connection.
type Reply struct {
	Frame []byte        // may be cut off, or no frame at all
	After time.Duration // the reply before it, or the request
	Close bool          // the connection ends after it
}

// late is a request on its way.
type late struct {
	at    time.Time
	frame []byte
}

// maxLate bounds what is on its way; what comes beyond it is lost.
const maxLate = 1024

// Handle processes one frame. Down is not looked at: see On.
func (b *Bank) Handle(frame []byte) []Reply {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arrive()
	if b.heard != nil {
		b.heard(bytes.Clone(frame))
	}
	switch {
	case b.take(LoseRequest):
		return nil
	case b.take(LateRequest):
		if len(b.late) < maxLate {
			b.late = append(b.late, late{b.now().Add(b.slow), bytes.Clone(frame)})
		}
		return nil
	}

	m, err := parse(frame)
	if err != nil {
		return []Reply{{Close: true}}
	}
	switch {
	case b.take(Error):
		return b.fail(m, frame)
	case b.take(OtherTrace):
		a := m.answer("00")
		a.fields[11] = fmt.Sprintf("%06d", a.digits(11, 0, 6)%999999+1)
		return []Reply{{Frame: b.sealed(m, a)}}
	}
	if _, ok := m.fields[64]; ok && b.take(WrongMAC) {
		return b.forge(m, frame)
	}
	return b.spoil(m, b.process(m, frame))
}

// fail is a fault of the bank's system: bytes that are no frame, or 96, of which nobody
// knows whether the request was carried out.
func (b *Bank) fail(m message, frame []byte) []Reply {
	how := b.rand.IntN(3)
	if how == 0 {
		return []Reply{{Frame: []byte("\x00\x10Service down"), Close: true}}
	}
	if how == 1 {
		b.process(m, frame)
	}
	return []Reply{{Frame: b.sealed(m, m.answer("96"))}}
}

// forge is an answer whose MAC is wrong: the true one, or an approval of what was not
// processed, which has all that a true one has but the MAC.
func (b *Bank) forge(m message, frame []byte) []Reply {
	a := m.answer("00")
	if b.rand.IntN(2) == 0 {
		a = b.process(m, frame)
	} else {
		b.stamp(a)
		a.fields[38] = "000000"
	}
	a.fields[64] = "00000000"
	reply := b.sealed(m, a)
	reply[len(reply)-1] ^= 1
	return []Reply{{Frame: reply}}
}

// spoil is what the faults make of an answer.
func (b *Bank) spoil(m, a message) []Reply {
	var r Reply
	if b.take(UnknownCode) {
		a.fields[39] = "Z9"
	}
	if m.mti == "0200" && a.fields[4] != "" && b.take(OtherAmount) {
		b.misstate(a)
	}
	r.Frame = b.sealed(m, a)
	if b.take(Garbage) {
		r.Frame[lengthLen+headLen+b.rand.IntN(4)] ^= 0xF0
	}
	if b.take(Slow) {
		r.After = b.slow
	}

	switch {
	case b.take(NoReply):
		return nil
	case b.take(Cut):
		r.Frame, r.Close = r.Frame[:len(r.Frame)/2], true
	case b.take(Duplicate):
		return []Reply{r, r}
	}
	return []Reply{r}
}

// misstate has the answer say nothing of the amount, or another one.
func (b *Bank) misstate(a message) {
	if b.rand.IntN(2) == 0 {
		delete(a.fields, 4)
		return
	}
	a.fields[4] = fmt.Sprintf("%012d", a.digits(4, 0, 12)+1)
}

// sealed is the frame of an answer, with a MAC where the terminal has keys and the
// request was of the kind that has one.
func (b *Bank) sealed(m, a message) []byte {
	t := b.terminals[m.fields[41]]
	if _, ok := m.fields[64]; !ok || t == nil || t.mac == nil {
		return a.frame()
	}
	a.fields[64] = strings.Repeat("\x00", 8)
	frame := a.frame()
	code, err := t.mac.MAC(frame[mtiAt : len(frame)-8])
	if err != nil {
		panic(fmt.Sprintf("pospsim: %v", err))
	}
	copy(frame[len(frame)-8:], code[:])
	return frame
}

// arrive processes what was late and has arrived by now.
func (b *Bank) arrive() {
	now := b.now()
	b.late = slices.DeleteFunc(b.late, func(l late) bool {
		if l.at.After(now) {
			return false
		}
		if m, err := parse(l.frame); err == nil {
			b.process(m, l.frame)
		}
		return true
	})
}

// process carries out a request and returns the answer, without a MAC.
func (b *Bank) process(m message, frame []byte) message {
	t := b.terminals[m.fields[41]]
	if t == nil || t.Merchant != m.fields[42] {
		return m.answer("97")
	}
	if m.mti == "0800" {
		return b.signIn(t, m)
	}
	if b.take(KeyChange) {
		b.newKeys(t, doubleLength)
	}
	if m.mti == "0820" {
		if m.digits(60, 8, 11) == 2 {
			t.pin, t.mac = nil, nil
		}
		return m.answer("00")
	}
	if !b.genuine(t, m, frame) {
		return m.answer("A0")
	}

	a := b.carryOut(t, m)
	b.save()
	return a
}

// genuine checks the MAC. Only what closes a batch may come without one.
func (b *Bank) genuine(t *terminal, m message, frame []byte) bool {
	if _, ok := m.fields[64]; !ok {
		return m.mti == "0500" || m.mti == "0320"
	}
	if t.mac == nil {
		return false
	}
	code, err := t.mac.MAC(frame[mtiAt : len(frame)-8])
	return err == nil && string(code[:]) == m.fields[64]
}

func (b *Bank) carryOut(t *terminal, m message) message {
	switch m.mti + m.fields[3] {
	case "0200000000":
		return b.sale(t, m)
	case "0200310000":
		return b.enquiry(m)
	case "0200200000", "0220200000":
		return b.giveBack(t, m)
	case "0400000000", "0400200000":
		return b.reverse(t, m)
	case "0500":
		return b.settle(t, m)
	case "0320":
		if n := m.digits(60, 8, 11); n == 203 || n == 205 {
			return b.certificate(t, m)
		}
		return b.upload(t, m)
	case "0620000000":
		return b.scripts(t, m)
	}
	return m.answer("12")
}
