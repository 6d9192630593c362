package terminal

import (
	"encoding/base64"
	"fmt"
	"slices"

	"wattkiosk/payments/posp"
)

// certified keeps the certificate of an approved sale for the closing of its batch.
func (w *step) certified(e Event) error {
	at := slices.IndexFunc(w.Batch.Items, func(i Item) bool { return i.Trace == e.Trace && i.Op == posp.Sale })
	if at < 0 || len(e.Chip) == 0 || len(e.Chip) > posp.MaxChip {
		return fmt.Errorf("%w: no certificate for a sale with trace %d", ErrEvent, e.Trace)
	}

	w.Batch.Items = slices.Clone(w.Batch.Items)
	w.Batch.Items[at].Sequence = e.Sequence
	w.Batch.Items[at].Chip = base64.StdEncoding.EncodeToString(e.Chip)

	return nil
}

// scripted has the POSP told of scripts. It is about the last sale, approved or not.
func (w *step) scripted(e Event) error {
	c := w.Concluded
	r := posp.Request{
		Op: posp.Scripts, Batch: c.Batch, Trace: w.nextTrace(), Amount: e.Amount, Entry: e.Entry, Sequence: e.Sequence, Chip: e.Chip,
		Original: posp.Original{Op: posp.Sale, Batch: c.Batch, Trace: c.Trace, Date: c.Answer.Date},
	}
	if err := r.Check(); err != nil || c.Op != posp.Sale || c.Trace != e.Trace {
		return fmt.Errorf("%w: scripts of a sale with trace %d", ErrEvent, e.Trace)
	}

	w.Notices = append(slices.Clone(w.Notices), Notice{Request: r, Due: w.now})
	if len(w.Notices) > MaxNotices {
		w.dropNotice(w.Notices[0].Request, Trouble{})
	}

	return nil
}

func (w *step) noticeDue() bool {
	n := w.notice()

	return n >= 0 && w.due(w.Notices[n].Due)
}

func (w *step) sendNotice() { w.send(Flight{Request: w.Notices[w.notice()].Request}) }

func (w *step) noticeAnswered(r posp.Request, a posp.Answer) {
	v := posp.Judge(a.Op, a.Code)
	switch {
	case v.Outcome == posp.Done:
		w.forgetNotice(r)
	case v.Reason == posp.Keys || v.Reason == posp.Later:
		if v.Reason == posp.Keys {
			w.wantKeys()
		}
		w.retryNotice(r, Trouble{Code: a.Code})
	default: // the same again would be refused again
		w.dropNotice(r, Trouble{Code: a.Code})
	}
}

// retryNotice has a notice sent again after a pause, under the same trace, until it was
// sent NoticeTries times.
func (w *step) retryNotice(r posp.Request, t Trouble) {
	at := slices.IndexFunc(w.Notices, func(n Notice) bool { return n.Request.Trace == r.Trace })
	if at < 0 {
		return // a newer one has pushed it out
	}
	n := w.Notices[at]
	n.Due = w.now.Add(wait(n.Attempts))
	n.Attempts++
	if n.Attempts >= NoticeTries {
		w.dropNotice(r, t)

		return
	}
	w.Notices = slices.Clone(w.Notices)
	w.Notices[at] = n
}

// dropNotice gives a notice up, and says so.
func (w *step) dropNotice(r posp.Request, t Trouble) {
	w.forgetNotice(r)
	t.What, t.Failures = NoticeFails, 1
	t.Batch = r.Batch
	w.trouble(t)
}

func (w *step) forgetNotice(r posp.Request) {
	w.Notices = slices.DeleteFunc(slices.Clone(w.Notices), func(n Notice) bool { return n.Request.Trace == r.Trace })
	if len(w.Notices) == 0 {
		w.Notices = nil
	}
}

// certify uploads the certificates that are left, and goes on where there is none.
func (w *step) certify() {
	for w.Close.Looked < len(w.Batch.Items) && w.Batch.Items[w.Close.Looked].Chip == "" {
		w.Close.Looked++
	}
	w.Close.Due, w.Close.Failures = w.now, 0
	switch {
	case w.Close.Looked < len(w.Batch.Items):
		w.Close.Phase = Certifying
	case w.Close.Equal: // the bank has closed it
		w.closed()
	default:
		w.Close.Phase = Ending
	}
}

// certificate is the message of the next certificate.
func (w *step) certificate(r posp.Request) posp.Request {
	i := w.Batch.Items[w.Close.Looked]
	chip, err := base64.StdEncoding.DecodeString(i.Chip)
	if err != nil {
		chip = []byte(i.Chip) // the POSP says what it thinks of that
	}
	r.Op, r.Balanced = posp.Certificate, w.Close.Equal
	r.Amount, r.Entry = i.Amount, i.Entry
	r.Sequence, r.Chip = i.Sequence, chip
	r.Original = posp.Original{Op: posp.Sale, Batch: w.Batch.Number, Trace: i.Trace, Date: i.Date}

	return r
}

// certificateAnswered goes on with the next one. One that the POSP does not take holds
// nothing up: no money hangs on it.
func (w *step) certificateAnswered(a posp.Answer) {
	v := posp.Judge(a.Op, a.Code)
	switch {
	case v.Outcome == posp.Done:
		w.Close.Certified++
		w.Close.Looked++
		w.certify()
	case v.Reason == posp.Keys || v.Reason == posp.Later:
		if v.Reason == posp.Keys {
			w.wantKeys()
		}
		w.retryCertificate(Trouble{Code: a.Code})
	default:
		w.Close.Uncertified++
		w.Close.Looked++
		w.uncertified(Trouble{Code: a.Code, Failures: w.Close.Uncertified})
	}
}

// retryCertificate sends the same one again after a pause. After the last try all that are
// left are given up: who does not answer one answers none.
func (w *step) retryCertificate(t Trouble) {
	w.Close.Due = w.now.Add(wait(w.Close.Failures))
	w.Close.Failures++
	if w.Close.Failures < CertificateTries {
		return
	}
	for _, i := range w.Batch.Items[w.Close.Looked:] {
		if i.Chip != "" {
			w.Close.Uncertified++
		}
	}
	w.Close.Looked = len(w.Batch.Items)
	t.Failures = w.Close.Uncertified
	w.uncertified(t)
}

// uncertified reports what the POSP did not take, and goes on.
func (w *step) uncertified(t Trouble) {
	t.What, t.Batch = CertificateBad, w.Batch.Number
	w.trouble(t)
	w.certify()
}
