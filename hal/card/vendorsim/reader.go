package vendorsim

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/card/vendor"
)

// FaultCrashWriting is the one that only a Reader has, until it is cleared: the library
// crashes each time that it has changed the card.
const FaultCrashWriting = "crash-writing"

// ReaderFaults are the kinds that a Reader's Fault takes.
func ReaderFaults() []string { return append(Faults(), FaultCrashWriting) }

// Words by which a real library is told to misbehave.
const (
	sayCrash = "crash"
	sayHang  = "hang"
)

// maxLine bounds a call of the real library.
const maxLine = 16 << 10

// goneLine is what the socket adds when the real library's process has gone.
const goneLine = "\ngone\n"

// slotFunctions are the functions that are no works, by what a description calls them.
var slotFunctions = map[string]string{
	"EP_Status": vendor.OpStatus, "EP_Accept": "accept", "EP_Refuse": "refuse", "EP_Eject": "eject", "EP_Capture": "capture",
}

// Reader is the reader of a library that is real: one that a real vendorhost loads and that
// asks over a line of text, as the one in C does ([Source]). It is a hal.Peer. A line is a
// function and its arguments with tabs between them; the answer is its code and what it
// tells, or how it is to misbehave. What the library would do is done here, order by order,
// and ends where its process does. It is not safe for concurrent use.
type Reader struct {
	*cardtest.FakeReader
	Library Library

	engine card.Engine
	status card.Status
	id     uint32

	crash, hang, crashWriting bool

	rx, tx []byte
	call   *call
}

// call is a function under way.
type call struct {
	piece  bool // it is part of a piece of work
	answer string
	next   func() (card.Command, bool)
	stop   func()
	order  card.Command // under way, where its id is not 0
	came   card.Event
}

var _ cardtest.Device = (*Reader)(nil)

// NewReader is a reader without a card.
func NewReader() *Reader {
	r := &Reader{FakeReader: cardtest.NewFakeReader()}
	r.engine = cardtest.NewFake(r.FakeReader)

	return r
}

// Fault sets or clears a fault.
func (r *Reader) Fault(kind string, clear bool) error {
	switch kind {
	case FaultCrash:
		r.crash = !clear
	case FaultHang:
		r.hang = !clear
	case FaultCrashWriting:
		r.crashWriting = !clear
	default:
		return r.FakeReader.Fault(kind, clear)
	}

	return nil
}

// PowerCut takes the power of the machine, with that of the library's process.
func (r *Reader) PowerCut(now time.Time) {
	r.FakeReader.PowerCut(now)
	r.gone()
}

// gone ends what is under way: nobody waits for it, and nothing more is ordered.
func (r *Reader) gone() {
	if r.call != nil {
		r.call.stop()
	}
	r.call, r.rx, r.tx = nil, nil, nil
	r.Library.stay = nil
	r.engine, r.status = cardtest.NewFake(r.FakeReader), card.Status{}
}

// Receive takes bytes of the library.
func (r *Reader) Receive(_ time.Time, b []byte) {
	r.rx = append(r.rx, b...)
	if len(r.rx) > maxLine {
		r.rx = nil // nothing that it could say
	}
}

// Wake is when the reader goes on.
func (r *Reader) Wake() time.Time {
	if r.call == nil && len(r.rx) > 0 {
		return time.Unix(0, 1)
	}

	return r.engine.Wake()
}

// Advance goes on with what is under way.
func (r *Reader) Advance(now time.Time) []byte {
	r.FakeReader.Advance(now)
	_, heard := r.engine.Advance(now, nil)
	for _, e := range heard {
		if e.Kind == card.StatusChanged {
			r.status = e.Status
		} else if r.call != nil && e.ID == r.call.order.ID && e.ID != 0 {
			r.heard(e)
		}
	}
	for r.take() && r.goOn(now) {
	}

	tx := r.tx
	r.tx = nil

	return tx
}

// heard takes the outcome of an order.
func (r *Reader) heard(e card.Event) {
	c := r.call
	if r.crashWriting && c.piece && changes(c.order) {
		r.end(sayCrash)

		return
	}
	c.order.ID, c.came = 0, e
}

// changes reports whether an order changes what is on a card.
func changes(c card.Command) bool {
	const insUpdate = 0xD6

	return c.Op == card.Write || c.Op == card.Transmit && len(c.Data) > 1 && c.Data[1] == insUpdate
}

// end answers the function under way. A library that does not come back from it has done
// nothing more.
func (r *Reader) end(answer string) {
	r.call.stop()
	r.call = nil
	r.tx = append(append(r.tx, answer...), '\n')
}

// take reports whether a function is under way, and begins the next one where none is.
func (r *Reader) take() bool {
	if at := bytes.LastIndex(r.rx, []byte(goneLine)); at >= 0 {
		rest := slices.Clone(r.rx[at+len(goneLine):])
		r.gone()
		r.rx = rest
	}
	if r.call != nil {
		return true
	}

	line, rest, whole := bytes.Cut(r.rx, []byte("\n"))
	if whole {
		r.rx = slices.Clone(rest)
		r.begin(strings.Split(string(line), "\t"))
	}
	return whole
}

func (r *Reader) begin(parts []string) {
	c := &call{}
	r.call = c
	function, args := parts[0], append(slices.Clone(parts[1:]), make([]string, outs[parts[0]])...)
	op, slot := slotFunctions[function]
	c.piece = !slot
	c.next, c.stop = orders(func(do Do) {
		if !slot {
			code, tells := r.Library.Call(do, function, args)
			c.answer = strings.Join(append([]string{number(int64(code))}, tells...), "\t")

			return
		}
		code, value := operate(op, r.status, do)
		c.answer = number(int64(code))
		if op == vendor.OpStatus {
			c.answer += "\t" + number(int64(value))
		}
	}, func() card.Event { return c.came })
}

// goOn carries the function under way on; false while it waits.
func (r *Reader) goOn(now time.Time) bool {
	c := r.call
	if c.order.ID != 0 {
		return false
	}
	order, more := c.next()
	switch {
	case !more:
		r.end(c.answer)

		return true
	case c.piece && r.crash:
		r.crash = false
		r.end(sayCrash)

		return true
	case c.piece && r.hang:
		r.hang = false
		r.end(sayHang)

		return true
	}

	r.id++
	order.ID = r.id
	c.order = order
	if err := r.engine.Do(now, order); err != nil {
		c.order.ID, c.came = 0, card.Event{Kind: card.NotDone, Err: err}

		return true
	}

	return false
}
