package terminal

import (
	"fmt"
	"slices"

	"wattkiosk/payments/posp"
)

// orderCard begins an operation with a card. The state that it returns is what a
// reversal needs, so it is stored before the frame leaves.
func (w *step) orderCard(e Event) error {
	if b := w.Blocked(); b != NotBlocked && (b != BatchFull || e.Op != posp.Balance) {
		return &BlockedError{b}
	}
	r := posp.Request{Op: e.Op, Batch: w.Batch.Number, Trace: w.nextTrace(), Amount: e.Amount, Account: e.Account, Entry: e.Entry, Fallback: e.Fallback, Original: e.Original}
	if err := r.Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrEvent, err)
	}
	if e.Serial == "" {
		return fmt.Errorf("%w: an order without a serial", ErrEvent)
	}

	w.send(Flight{Request: r, Serial: e.Serial, Masked: e.Masked})
	return nil
}

func (w *step) cardAnswered(f Flight, a posp.Answer) {
	v := posp.Judge(a.Op, a.Code)
	c := f.conclusion().judged(v)
	c.Answer = a
	if v.Outcome == posp.Done && f.Request.Op.MovesMoney() {
		w.Batch.Items = append(slices.Clone(w.Batch.Items), Item{
			Serial: f.Serial, Op: f.Request.Op, Trace: f.Request.Trace, Amount: f.Request.Amount, Entry: f.Request.Entry, Fallback: f.Request.Fallback, Masked: f.Masked,
			Date: a.Date, Reference: a.Reference, AuthCode: a.AuthCode,
		})
		w.dropCertificate(f.Request)
	}
	if v.Reason == posp.Keys {
		w.wantKeys()
	}
	w.conclude(f, c, posp.NoAnswer)
}

// dropCertificate: of a sale that is voided the bank wants no certificate.
func (w *step) dropCertificate(r posp.Request) {
	for i := range w.Batch.Items {
		if r.Op == posp.Void && w.Batch.Items[i].Trace == r.Original.Trace {
			w.Batch.Items[i].Chip = ""
		}
	}
}

func (w *step) cardLost(f Flight, e Event) {
	v := posp.Verdict{Reason: posp.Unclear, Act: posp.Reverse}
	if e.Cause == NotSent {
		v = posp.Verdict{Outcome: posp.NotDone, Reason: posp.Later, Act: posp.TryLater}
	}
	c := f.conclusion().judged(v)
	c.Cause = e.Cause
	why := posp.NoAnswer
	if e.Cause == WrongMAC {
		why = posp.BadMAC
	}
	w.conclude(f, c, why)
}

// conclude ends an order. One whose outcome is not known is reversed where it can be.
func (w *step) conclude(f Flight, c Conclusion, why posp.Why) {
	w.Concluded = c
	w.act(Action{Do: Conclude, Conclusion: c})
	switch {
	case c.Outcome != posp.Unknown:
	case c.Op.Reversible():
		w.Reversal = Reversal{Request: f.Request.Reverse(why), Serial: f.Serial, Due: w.now}
	case c.Op == posp.Refund:
		w.trouble(Trouble{What: RefundNotKnown, Code: c.Answer.Code, Cause: c.Cause, Failures: 1, Batch: c.Batch})
	}
}

func (f Flight) conclusion() Conclusion {
	return Conclusion{Serial: f.Serial, Op: f.Request.Op, Trace: f.Request.Trace, Batch: f.Request.Batch}
}

// judged is c with a verdict.
func (c Conclusion) judged(v posp.Verdict) Conclusion {
	c.Outcome = v.Outcome
	c.Reason = v.Reason
	c.Act = v.Act
	c.Capture = v.Capture
	return c
}

// evidence deals with an answer to something that is not under way. It never credits:
// it is told, and kept where a reversal is pending.
func (w *step) evidence(a posp.Answer) {
	v := posp.Judge(a.Op, a.Code)
	c := Conclusion{Op: a.Op, Trace: a.Trace, Batch: a.Batch, Answer: a}.judged(v)
	c.Act = posp.Nothing
	r := w.Reversal
	switch {
	case !a.Op.MovesMoney() || a.Op == posp.Reversal || v.Outcome != posp.Done:
		return // moved nothing, or says no more than is known
	case !r.none() && r.Request.Original.Op == a.Op && r.Request.Trace == a.Trace:
		w.Reversal.Approved = true
		c.Serial = r.Serial
	case w.Concluded.Op == a.Op && w.Concluded.Trace == a.Trace:
		if w.Concluded.Outcome == posp.Done {
			return // the same answer again
		}
		c.Serial = w.Concluded.Serial
		c.Contradicts = w.Concluded.Outcome == posp.NotDone || w.Reversed.Trace != a.Trace || w.Reversed.Reason == posp.NoOriginal
	default:
		if slices.ContainsFunc(w.Batch.Items, func(i Item) bool { return i.Op == a.Op && i.Trace == a.Trace }) {
			return
		}
		c.Contradicts = true
	}
	w.act(Action{Do: TellEvidence, Conclusion: c})
}
