package vendorsim

import (
	"iter"
	"strings"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/vendor"
)

// orders runs what has orders to a reader carried out as a coroutine: next is the order that
// is due, whose outcome came returns once next is called again. After the last it reports
// false, and what was run has returned. Stop ends it before that.
func orders(run func(Do), came func() card.Event) (next func() (card.Command, bool), stop func()) {
	return iter.Pull(iter.Seq[card.Command](func(yield func(card.Command) bool) {
		defer func() {
			if e := recover(); e != nil && e != errGone {
				panic(e)
			}
		}()
		run(func(c card.Command) card.Event {
			if !yield(c) {
				panic(errGone)
			}

			return came()
		})
	}))
}

// gone ends a coroutine whose child has gone.
type gone struct{}

var errGone = gone{}

// places are what EP_Status says.
var places = map[card.Media]int32{card.NotPresent: 0, card.Entering: 1, card.Present: 2, card.Latched: 2, card.Jammed: 3}

// operations are those that are not works, by their names in a description.
var operations = map[string]card.Op{"accept": card.Accept, "refuse": card.Refuse, "eject": card.Eject, "capture": card.Capture}

// operate is an operation that is no piece of work: what it returns, and the value of a
// status.
func operate(op string, s card.Status, do Do) (code, value int32) {
	if op == vendor.OpStatus {
		value, known := places[s.Media]
		switch {
		case s.Media == card.Jammed:
			return codeDone, value
		case !known || s.State != hal.DeviceOnline:
			return codeReader, value
		}

		return codeDone, value
	}

	e := do(card.Command{Op: operations[op]})
	switch {
	case e.Kind == card.Done || e.Err == nil:
	case strings.Contains(e.Err.Error(), card.ErrJam.Error()):
		return 1003, 0
	case strings.Contains(e.Err.Error(), card.ErrBinFull.Error()):
		return 1004, 0
	}

	return codeOf(e, codeReader), 0
}
