package terminal

import "wattkiosk/payments/posp"

// closing is the next message of the settlement.
func (w *step) closing() posp.Request {
	r := posp.Request{Op: posp.Settle, Batch: w.Batch.Number, Trace: w.nextTrace()}
	switch w.Close.Phase {
	case Uploading:
		r.Op = posp.Upload
		rest := w.Batch.Items[w.Close.Sent:]
		for _, i := range rest[:min(len(rest), posp.MaxDetails)] {
			r.Details = append(r.Details, posp.Detail{Op: i.Op, Trace: i.Trace, Masked: i.Masked, Amount: i.Amount})
		}
	case Certifying:
		r = w.certificate(r)
	case Ending:
		r.Op = posp.UploadEnd
		r.Count = len(w.Batch.Items)
	default:
		r.Totals = w.Batch.Totals()
	}
	return r
}

func (w *step) settleAnswered(a posp.Answer) {
	v := posp.Judge(a.Op, a.Code)
	switch {
	case v.Outcome != posp.Done && (v.Reason == posp.Keys || v.Reason == posp.Later):
		if v.Reason == posp.Keys {
			w.wantKeys()
		}
		w.retryClose(Trouble{Code: a.Code})
	case v.Outcome == posp.Done && a.Comparison == posp.Equal:
		w.Close = Close{Equal: true, Bank: a.Totals}
		w.certify()
	case v.Outcome == posp.Done && a.Comparison == posp.NotEqual:
		w.Close = Close{Phase: Uploading, Bank: a.Totals, Due: w.now}
		if len(w.Batch.Items) == 0 {
			w.certify()
		}
	default: // the POSP did not close it
		w.Close = Close{}
		w.trouble(Trouble{What: SettleFails, Code: a.Code, Failures: 1, Batch: w.Batch.Number})
	}
}

func (w *step) uploadAnswered(r posp.Request, a posp.Answer) {
	switch {
	case a.Code != posp.OK:
		if posp.Judge(a.Op, a.Code).Reason == posp.Keys {
			w.wantKeys()
		}
		w.retryClose(Trouble{Code: a.Code})
	case r.Op == posp.UploadEnd:
		w.closed()
	default:
		w.Close.Sent += len(r.Details)
		w.Close.Failures = 0
		w.Close.Due = w.now
		if w.Close.Sent >= len(w.Batch.Items) {
			w.certify()
		}
	}
}

// retryClose sends the same step of the settlement again after a pause.
func (w *step) retryClose(t Trouble) {
	w.Close.Due = w.now.Add(wait(w.Close.Failures))
	w.Close.Failures++
	t.What = UploadFails
	t.Failures = w.Close.Failures
	t.Batch = w.Batch.Number
	if w.Close.Phase == Comparing {
		t.What = SettleFails
	}
	w.trouble(t)
}

// closed ends the batch. The next one begins with a sign-in, which says its number.
func (w *step) closed() {
	c := w.Close
	s := Settlement{
		Batch: w.Batch.Number, Ours: w.Batch.Totals(), Bank: c.Bank, Equal: c.Equal, Certified: c.Certified, Uncertified: c.Uncertified,
	}
	w.Settled = s
	w.Close = Close{}
	w.Batch = Batch{Number: w.Batch.Number%posp.MaxTrace + 1}
	w.wantKeys()
	w.act(Action{Do: TellSettled, Settlement: s})
}
