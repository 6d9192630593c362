package kiosktest

import (
	"fmt"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
)

// auditCassetteAccount: the kiosk's own account of the cassette is that of its
// journal: credited, found and stray notes, but none that nobody can place.
func (w *box) auditCassetteAccount(b *account) error {
	want, notes := b.credited+b.found+b.stray, b.strayInside
	for _, t := range b.txns {
		for _, n := range t.Cash.Notes {
			if n.State == cash.StateStacked || n.State == cash.StateFound {
				notes++
			}
		}
	}
	want, notes = want-b.cash.Collected.Total, notes-int(b.cash.Collected.Notes)
	if got := w.core.Status().Cash; got.Total != want || got.Notes != notes {
		return fmt.Errorf("the kiosk counts %d notes of %s in the cassette, its journal %d of %s (%s found later)", got.Notes, got.Total, notes, want, b.found)
	}

	return nil
}

// auditPeople: for each account that people typed, the notes of these people that are
// in the cassette are credited to that account, or in doubt.
func (w *box) auditPeople(b *account) error {
	credited, doubt := map[string]money.Amount{}, map[string]money.Amount{}
	for _, t := range b.txns {
		credited[t.Account] += t.Cash.Total
		doubt[t.Account] += t.Cash.Doubt()
	}

	for typed, inside := range w.eyes.stacked {
		if inside < credited[typed] || inside > credited[typed]+doubt[typed]+b.stray+b.nowhere()-b.unresolved+w.eyes.unknown() {
			return fmt.Errorf("people who typed %s put %s into the cassette; credited to it %s, in doubt %s, stray %s", typed, inside, credited[typed], doubt[typed], b.stray+b.lost)
		}
		delete(credited, typed)
	}
	for account, sum := range credited {
		if sum > 0 {
			return fmt.Errorf("%s was credited to %s, which nobody typed who put notes in", sum, account)
		}
	}

	return nil
}

// auditBookings: the kiosk and the MIS tell the same split, reference, account, kiosk and
// tender.
func (w *box) auditBookings(b *account) error {
	for _, e := range w.office.booked() {
		t := b.txns[e.Serial]
		r := t.Post.Result
		if t.Post.State == post.Posted && !b.twice[e.Serial] && !w.operator.touched[e.Serial] && (r.ToArrears != e.ToArrears || r.ToAdvance != e.ToAdvance || r.Reference != e.Reference) {
			return fmt.Errorf("%s: the kiosk has %s to arrears, %s to advance, reference %s; the MIS %s, %s, %s", e.Serial, r.ToArrears, r.ToAdvance, r.Reference, e.ToArrears, e.ToAdvance, e.Reference)
		}
		if t.Serial == "" || b.twice[e.Serial] {
			continue // of another journal: see auditLives
		}
		if e.Account != t.Account || e.Kiosk != Terminal || e.Tender != string(t.Tender) {
			return fmt.Errorf("%s: the MIS has account %s, kiosk %s, tender %s; the order was for %s", e.Serial, e.Account, e.Kiosk, e.Tender, t.Account)
		}
	}

	return nil
}

// dateOf is a date in China, as the books have it.
func dateOf(t time.Time) string { return t.In(china).Format("20060102") }

var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// auditLimits: what was sold without asking head office stays within the policy.
func (w *box) auditLimits(b *account) error {
	for serial, t := range b.txns {
		if !t.Online && t.Total() > offlineMost {
			return fmt.Errorf("%s took %s offline, the policy allows %s", serial, t.Total(), offlineMost)
		}
	}

	return nil
}

// auditResults: what a screen told the customer last is what became of the payment,
// and nobody whose money stayed inside went without a word: a screen or a slip.
func (w *box) auditResults(b *account) error {
	fits := map[string][]payments.Status{
		"paid":      {payments.Posted},
		"owed":      {payments.Owed, payments.Posted},
		"disputed":  {payments.Disputed, payments.Cancelled, payments.Owed, payments.Posted},
		"cancelled": {payments.Cancelled},
		"pending":   {payments.Posted, payments.Unwritten, payments.Owed, payments.Disputed, payments.Undone},
		"undoing":   {payments.Undone, payments.Cancelled, payments.Posted, payments.Unwritten, payments.Owed, payments.Disputed},
		"undone":    {payments.Undone},
		"unwritten": {payments.Unwritten, payments.Posted},
		"rewritten": {payments.Posted},
	}
	printed := w.printed()
	for _, serial := range w.eyes.takes {
		if !w.cameOut(serial) {
			return fmt.Errorf("the screen said that the slip of %s is printed, and none came out", serial)
		}
	}

	for serial, t := range b.txns {
		told, was := w.eyes.told[serial]
		if was && !w.operator.touched[serial] && !contains(fits[told], t.Status()) {
			return fmt.Errorf("%s: the screen said %q, it is %s", serial, told, t.Status())
		}
		if !was && len(printed[serial]) == 0 && t.Total()+t.InDoubt() > 0 && t.Copies == 0 && !w.goneFirst(b, serial) {
			return fmt.Errorf("%s took %s and neither a screen nor a slip said what became of it", serial, t.Total())
		}
	}

	return nil
}

// comesBack is how long after a customer was last there a start still tells them.
const comesBack = 15 * time.Minute

// goneFirst reports whether the customer of a transaction had gone when the program could
// tell them: it stopped with the end of it, or before, and began much later; or nobody can
// know how much, for its clock was wrong.
func (w *box) goneFirst(b *account, serial string) bool {
	var there, ended time.Time
	for _, r := range b.records {
		if r.Txn != serial {
			continue
		}
		ended = w.written[r.Seq]
		switch r.Type {
		case post.OutcomeLearned{}.EventType(), post.Resolved{}.EventType(), metercard.GaveUp{}.EventType(), metercard.Settled{}.EventType():
		default:
			there = ended
		}
	}
	for _, start := range w.starts {
		if start.After(ended) {
			return start.Sub(there) >= comesBack || w.clock.wrongBetween(there, start)
		}
	}

	return false
}

// cameOut reports whether a slip of a payment came out of the printer, torn or whole.
func (w *box) cameOut(serial string) bool {
	for _, s := range w.printer.Slips() {
		if strings.Contains(strings.ReplaceAll(s.Text(), " ", ""), serial) {
			return true
		}
	}

	return false
}

// patienceOfNotes is the least time for which a note that was accepted is waited for.
const patienceOfNotes = time.Minute

// auditDoubt: a note is given up only after a while, and is in doubt only where its
// validator or the line to it was at fault while it moved, or no program was there when it
// came out.
func (w *box) auditDoubt(b *account) error {
	accepted := map[string]time.Time{}
	for _, r := range b.records {
		e, err := payments.Decode(r)
		if err != nil {
			return err
		}
		at := w.written[r.Seq]
		switch e := e.(type) {
		case cash.NoteAccepted:
			accepted[fmt.Sprint(r.Txn, e.Note)] = at
		case cash.NoteUnresolved:
			since := accepted[fmt.Sprint(r.Txn, e.Note)]
			if e.Evidence == "no-report-in-time" && at.Sub(since) < patienceOfNotes {
				return fmt.Errorf("%s: a note of %s was given up %s after it was accepted", r.Txn, e.Value, at.Sub(since))
			}
			unseen := w.eyes.papers.cameOutUnseen(r.Txn, e.Note)
			if !w.kind.forgets && !w.kind.once && !w.troubled(since, at) && !unseen {
				return fmt.Errorf("%s: a note of %s is in doubt (%s), and no device was at fault from %s to %s", r.Txn, e.Value, e.Evidence, since, at)
			}
		}
	}

	return nil
}

// trouble is a time in which the validator or its line was at fault.
type trouble struct{ from, to time.Time }

// troubled reports whether there was trouble between a little before from, and to.
func (w *box) troubled(from, to time.Time) bool {
	for _, t := range w.troubles {
		if t.from.Before(to) && t.to.Add(time.Minute).After(from) {
			return true
		}
	}

	return false
}

func contains[T comparable](list []T, x T) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}

	return false
}
