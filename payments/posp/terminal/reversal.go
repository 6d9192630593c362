package terminal

import (
	"fmt"
	"slices"

	"wattkiosk/payments/posp"
)

// incomplete orders the reversal of an item that the POSP approved.
func (w *step) incomplete(trace uint32) error {
	at := slices.IndexFunc(w.Batch.Items, func(i Item) bool { return i.Trace == trace })
	switch {
	case at < 0 || !w.Batch.Items[at].Op.Reversible():
		return fmt.Errorf("%w: nothing with trace %d can be reversed", ErrEvent, trace)
	case !w.Reversal.none():
		return &BlockedError{Reversing}
	case w.Close.Phase != Open:
		return &BlockedError{Settling}
	case w.Flight.Request.Op.MovesMoney():
		return &BlockedError{Busy}
	}

	i := w.Batch.Items[at]
	original := posp.Request{Op: i.Op, Batch: w.Batch.Number, Trace: i.Trace, Amount: i.Amount, Entry: i.Entry, Fallback: i.Fallback}
	w.Reversal = Reversal{Request: original.Reverse(posp.NotCompleted), Serial: i.Serial, Due: w.now, Approved: true}
	w.Reversal.Request.Original.Date = i.Date
	if !w.Keys.Ready {
		w.wantKeys()
	}
	return nil
}

func (w *step) reversalAnswered(a posp.Answer) {
	v := posp.Judge(posp.Reversal, a.Code)
	if v.Outcome != posp.Done {
		if v.Reason == posp.Keys {
			w.wantKeys()
		}
		w.retryReversal(Trouble{Code: a.Code})
		return
	}

	r := w.Reversal
	w.Reversal = Reversal{}
	w.Batch.Items = slices.DeleteFunc(slices.Clone(w.Batch.Items), func(i Item) bool { return i.Trace == r.Request.Trace })
	w.Reversed = Conclusion{
		Serial: r.Serial, Op: r.Request.Original.Op, Trace: r.Request.Trace, Batch: r.Request.Batch,
		Outcome: posp.Done, Reason: v.Reason, Act: posp.Nothing, Answer: a,
		// What was approved is there. An earlier attempt may have undone it, if it left and
		// was not refused; nobody here knows, and to believe so costs the customer's money.
		Contradicts: v.Reason == posp.NoOriginal && r.Approved,
	}
	w.act(Action{Do: TellReversed, Conclusion: w.Reversed})
}

// retryReversal has the pending reversal sent again after a pause. There is no last
// time.
func (w *step) retryReversal(t Trouble) {
	w.Reversal.Due = w.now.Add(wait(w.Reversal.Attempts))
	w.Reversal.Attempts++
	t.What = ReversalFails
	t.Failures = w.Reversal.Attempts
	t.Batch = w.Reversal.Request.Batch
	w.trouble(t)
}
