package terminal

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/posp"
)

// BlockedError is what an order is refused with that cannot be taken now.
type BlockedError struct{ Block Block }

// Error names the block.
func (e *BlockedError) Error() string { return "the terminal takes no order: " + string(e.Block) }

// ErrEvent is what an event is refused with that means nothing.
var ErrEvent = errors.New("not an event of a terminal")

// step is one Step being made.
type step struct {
	State
	now     time.Time
	actions []Action
}

// Step applies an event. On an error the state is as it was and there is no action.
func Step(s State, e Event) (State, []Action, error) {
	w := step{State: s, now: e.Now}
	if err := w.apply(e); err != nil {
		return s, nil, err
	}
	w.pump()
	return w.State, w.actions, nil
}

func (w *step) apply(e Event) error {
	switch e.Kind {
	case Started:
		w.start()
	case Ordered:
		return w.order(e)
	case Answered:
		w.answered(e.Answer)
	case Lost:
		w.lost(e)
	case Loaded:
		w.loaded()
	case NotLoaded:
		w.notLoaded()
	case KeysGone:
		w.wantKeys()
		w.Keys.Ready = false
	case Incomplete:
		return w.incomplete(e.Trace)
	case Certified:
		return w.certified(e)
	case Scripted:
		return w.scripted(e)
	case Due:
	default:
		return fmt.Errorf("%w: %.20q", ErrEvent, string(e.Kind))
	}
	return nil
}

// start takes what was under way for lost, and says the last ends again.
func (w *step) start() {
	if w.Keys.Loading {
		w.Keys.Loading = false
		w.wantKeys()
	}
	if w.Concluded.Op != "" {
		w.act(Action{Do: Conclude, Conclusion: w.Concluded})
	}
	if w.Reversed.Op != "" {
		w.act(Action{Do: TellReversed, Conclusion: w.Reversed})
	}
	if w.Settled.Batch != 0 {
		w.act(Action{Do: TellSettled, Settlement: w.Settled})
	}
	if f := w.Flight; !f.none() {
		w.lost(Event{Op: f.Request.Op, Trace: f.Request.Trace, Cause: TimedOut})
	}
}

func (w *step) order(e Event) error {
	switch e.Op {
	case posp.SignIn:
		w.wantKeys()
		return nil
	case posp.Sale, posp.Balance, posp.Void, posp.Refund:
		return w.orderCard(e)
	case posp.Settle, posp.SignOut, posp.Echo:
		if b := w.Blocked(); b != NotBlocked && b != BatchFull {
			return &BlockedError{b}
		}
		if e.Op == posp.Settle {
			w.Close = Close{Phase: Comparing, Due: w.now}
			return nil
		}
		w.send(Flight{Request: posp.Request{Op: e.Op, Batch: w.Batch.Number, Trace: w.nextTrace()}})
		return nil
	}
	return fmt.Errorf("%w: order of %.20q", ErrEvent, string(e.Op))
}

// answered hands an answer to what it is about.
func (w *step) answered(a posp.Answer) {
	f := w.Flight
	if f.Request.Op != a.Op || f.Request.Trace != a.Trace || f.none() {
		w.evidence(a)
		return
	}

	w.Flight = Flight{}
	switch a.Op {
	case posp.Sale, posp.Balance, posp.Void, posp.Refund:
		w.cardAnswered(f, a)
	case posp.Reversal:
		w.reversalAnswered(a)
	case posp.SignIn:
		w.signInAnswered(a)
	case posp.SignOut:
		w.Keys.Ready = false
	case posp.Settle:
		w.settleAnswered(a)
	case posp.Upload, posp.UploadEnd:
		w.uploadAnswered(f.Request, a)
	case posp.Certificate:
		w.certificateAnswered(a)
	case posp.Scripts:
		w.noticeAnswered(f.Request, a)
	}
}

// lost deals with a message that has no answer.
func (w *step) lost(e Event) {
	f := w.Flight
	if f.Request.Op != e.Op || f.Request.Trace != e.Trace || f.none() {
		return
	}

	w.Flight = Flight{}
	if e.Cause == WrongMAC {
		w.wantKeys()
	}
	switch e.Op {
	case posp.Sale, posp.Balance, posp.Void, posp.Refund:
		w.cardLost(f, e)
	case posp.Reversal:
		w.retryReversal(Trouble{Cause: e.Cause, Code: e.Hint})
	case posp.SignIn:
		w.retrySignIn(Trouble{Cause: e.Cause})
	case posp.SignOut:
		w.Keys.Ready = false // the POSP may have dropped them
	case posp.Settle, posp.Upload, posp.UploadEnd:
		w.retryClose(Trouble{Cause: e.Cause, Code: e.Hint})
	case posp.Certificate:
		w.retryCertificate(Trouble{Cause: e.Cause, Code: e.Hint})
	case posp.Scripts:
		w.retryNotice(f.Request, Trouble{Cause: e.Cause, Code: e.Hint})
	}
}

// pump sends the first thing that waits and is due.
func (w *step) pump() {
	if !w.Flight.none() || w.Keys.Loading {
		return
	}
	switch {
	case w.Keys.Wanted:
		if w.due(w.Keys.Due) {
			w.send(Flight{Request: posp.Request{Op: posp.SignIn, Batch: w.Batch.Number, Trace: w.nextTrace()}})
		}
	case !w.Keys.Ready:
	case !w.Reversal.none():
		if w.due(w.Reversal.Due) {
			w.send(Flight{Request: w.Reversal.Request, Serial: w.Reversal.Serial})
		}
	case w.noticeDue():
		w.sendNotice()
	case w.Close.Phase != Open:
		if w.due(w.Close.Due) {
			w.send(Flight{Request: w.closing()})
		}
	}
}

func (w *step) due(t time.Time) bool { return Reached(t, w.now) }

// Reached reports whether something that is due at t is due now. A pause longer than any
// was begun under a clock that has been put back since, and is over.
func Reached(t, now time.Time) bool { return !now.Before(t) || t.Sub(now) > LongestPause }

func (w *step) send(f Flight) {
	w.Flight = f
	w.act(Action{Do: Send, Request: f.Request})
}

func (w *step) act(a Action) { w.actions = append(w.actions, a) }

// trouble reports the first failure, and then each time their number has doubled.
func (w *step) trouble(t Trouble) {
	if t.Failures&(t.Failures-1) == 0 {
		w.act(Action{Do: Report, Trouble: t})
	}
}

// nextTrace takes a trace number that no item of the batch, no pending reversal and no
// notice has: after 999999 they begin again at 1.
func (w *step) nextTrace() uint32 {
	for {
		n := w.Trace
		w.Trace = n%posp.MaxTrace + 1
		taken := slices.ContainsFunc(w.Batch.Items, func(i Item) bool { return i.Trace == n }) ||
			slices.ContainsFunc(w.Notices, func(x Notice) bool { return x.Request.Trace == n })
		if !taken && (w.Reversal.none() || w.Reversal.Request.Trace != n) {
			return n
		}
	}
}
