package kiosktest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
)

// auditRows: head office's row of each payment says what the kiosk's journal says.
func (w *box) auditRows(b *account) error {
	for serial, t := range b.txns {
		d, err := w.office.books.Detail(context.Background(), serial)
		if err != nil {
			return fmt.Errorf("%s at head office: %w", serial, err)
		}
		row, reference := d.Transaction, t.Post.Result.Reference
		if t.ByBank && t.Status() == payments.Posted { // it has no posting
			reference = t.Card.Answer.Reference
		}
		if row.Account != t.Account || row.Status != string(t.Status()) || row.Total != t.Total() || row.Reference != reference ||
			row.ToArrears != t.Post.Result.ToArrears || row.ToAdvance != t.Post.Result.ToAdvance || row.Copies != t.Copies || row.SlipState != t.Slip {
			return fmt.Errorf("%s: the kiosk has %s %s %s %s, head office %+v", serial, t.Account, t.Status(), t.Total(), reference, row)
		}
		if got, want := rowNotes(d.Notes), foldedNotes(t); !slices.Equal(got, want) {
			return fmt.Errorf("%s: the kiosk has notes %v, head office %v", serial, want, got)
		}
	}

	return nil
}

// ordinary are the classes of cases that come without another journal, but for stray
// notes, which may be of any.
var ordinary = []string{books.ClassOwed, books.ClassDisputed, books.ClassNote, books.ClassLate, books.ClassDifference, books.ClassUnreadable}

func rowNotes(notes []books.Note) (out []string) {
	for _, n := range notes {
		out = append(out, fmt.Sprintf("%d %s %s", n.Index, n.Value, n.State))
	}

	return out
}

func foldedNotes(t payments.Transaction) (out []string) {
	for i, n := range t.Cash.Notes {
		out = append(out, fmt.Sprintf("%d %s %s", i, n.Value, n.State))
	}

	return out
}

// standsAgain reports whether a case says that a sale stands whose void was believed.
func standsAgain(c books.Case) bool {
	return c.Class == books.ClassUnbooked && strings.HasPrefix(c.Text, "the void was taken back")
}

// auditCases: one case for each thing that a person must look at, with its amount, and
// none that is open for what is settled.
func (w *box) auditCases(b *account) error {
	cases, err := w.office.books.Cases(context.Background(), books.Filter{})
	if err != nil {
		return err
	}

	want := map[string]int{}
	for serial, t := range b.txns {
		status := t.Status()
		if w.operator.touched[serial] && status != payments.Undone { // what went back by itself is nobody's matter
			if status, err = w.touchedStatus(serial); err != nil {
				return err
			}
			if status == payments.Posted && t.Status() == payments.Unwritten { // the card is another matter
				status = payments.Unwritten
			}
		}
		switch status {
		case payments.Unwritten:
			if t.Purpose == payments.Purchase && !w.reached(serial, t.Account) {
				want[caseKey(books.ClassNotWritten, serial, t.Sold().Amount)]++
			}
		case payments.Owed:
			class := books.ClassOwed
			if slices.ContainsFunc(cases, func(c books.Case) bool { return c.Serial == serial && c.Open && standsAgain(c) }) {
				class = books.ClassUnbooked // the void that ended what was owed does not stand
			}
			want[caseKey(class, serial, t.Total())]++
		case payments.Disputed:
			if t.Total() > 0 {
				want[caseKey(books.ClassDisputed, serial, t.Total())]++
			}
		}
		if t.Card.State == bankcard.Kept && w.back(serial) == 0 { // a clock that was hours ahead closed its batch, for one
			want[caseKey(books.ClassUnbooked, serial, t.Card.Amount)]++
		}
		for _, n := range t.Cash.Notes {
			if n.State == cash.StateUnresolved || n.State == cash.StateFound {
				want[caseKey(books.ClassNote, serial, n.Value)]++
			}
		}
	}
	if w.plan.Fate != NoFate {
		b.strays, b.captured = nil, nil // not all are of this journal: see auditLives
	}
	for _, serial := range b.captured {
		want[caseKey(books.ClassCaptured, serial, 0)]++
	}
	for _, s := range b.strays {
		want[caseKey(books.ClassStrayNote, "", s.Value)]++
	}
	for _, r := range b.records { // people compare with the bank, and nobody's money hangs on it
		var batch bankcard.Batch
		if r.Type == bankcard.BatchSettled && w.plan.Fate == NoFate && json.Unmarshal(r.Payload, &batch) == nil && batch.Uncertified > 0 {
			want[caseKey(books.ClassBatch, "", 0)]++
		}
	}

	got := map[string]int{}
	for _, c := range cases {
		if _, paid := w.operator.paid[c.ID]; paid && c.Class == books.ClassNote {
			want[caseKey(books.ClassNote, c.Serial, c.Amount)]--
		}
		if w.stats.Restores > 0 && w.operator.touched[c.Serial] && c.Class != books.ClassStrayNote {
			continue // restored books forget what a person did; a stray note is nobody's payment
		}
		if w.plan.Fate != NoFate && (b.txns[c.Serial].Serial == "" || b.twice[c.Serial] || !slices.Contains(ordinary, c.Class)) {
			continue // of another journal: see auditLives
		}
		unseen := c.Class == books.ClassReversalOpen || c.Class == books.ClassUnbooked
		if unseen && w.stats.Restores > 0 && b.txns[c.Serial].Card.State == bankcard.Reversed {
			continue // sale or reversal was answered after the backup, and a kiosk does not ask again: a person closes it
		}
		if c.Class == books.ClassUnbooked && w.stats.Restores > 0 && w.office.codes.has(c.Serial) > 0 {
			continue // restored books do not know that its kiosk was told that it is not paid: a person gives it back
		}
		if c.Overheard() && w.stats.Restores > 0 {
			continue // restored books forget whom they handed a sale to: a person closes it
		}
		if c.Class == books.ClassNotWritten && w.reached(c.Serial, b.txns[c.Serial].Account) {
			continue // it came onto the card after all: whoever sees the card next closes it
		}
		if slices.Contains(cashCases, c.Class) {
			continue // see auditCollectionCases
		}
		if c.Class == books.ClassBreak || c.Class == books.ClassUnsigned || c.Class == books.ClassCounterfeit {
			continue // see accountants, and forgeries
		}
		if c.Class == books.ClassBookingBack {
			continue // see auditBookingsBack
		}
		if c.Class == books.ClassAway || c.Class == books.ClassMISAway || c.Class == books.ClassCardsAway {
			continue // the next answer of who is away closes it, and nobody may call again
		}
		if !c.Open || c.Class == books.ClassNote && cameBack(b, c) || c.Class == books.ClassEvidence && w.contradicted(c.Serial) {
			continue
		}
		serial := c.Serial
		if c.Class == books.ClassStrayNote {
			serial = ""
		}
		got[caseKey(c.Class, serial, c.Amount)]++
	}
	for k, n := range want {
		if serial := strings.Fields(k)[1]; b.twice[serial] || w.stats.Restores > 0 && w.operator.touched[serial] {
			continue
		}
		if got[k] != n {
			return fmt.Errorf("head office has %d open cases %q, want %d; all: %s", got[k], k, n, caseList(cases))
		}
	}
	for k, n := range got {
		if want[k] != n {
			return fmt.Errorf("head office has %d open cases %q for what is settled; all: %s", n, k, caseList(cases))
		}
	}

	return nil
}

// cameBack reports whether a case is about a note that the device gave back after all:
// a person sees that in it, and closes it.
func cameBack(b *account, c books.Case) bool {
	return slices.ContainsFunc(b.txns[c.Serial].Cash.Notes, func(n cash.Note) bool {
		return n.Value == c.Amount && n.State == cash.StateReturned && n.Evidence == "returned-late"
	})
}

// contradicted reports whether the MIS can have said two things about a payment: a
// person acted on it, or the MIS was at fault.
func (w *box) contradicted(serial string) bool {
	return w.operator.touched[serial] || w.stats.MISFaults > 0
}

// touchedStatus is what head office has a case for after a person acted: nothing once
// it is posted or refunded, or the acquirer gave it back.
func (w *box) touchedStatus(serial string) (payments.Status, error) {
	rows, err := w.office.books.PostingsOf(context.Background(), []string{serial})
	if err != nil || w.back(serial) > 0 {
		return "", err
	}
	if o, err := w.office.books.QR.Order(context.Background(), serial); err == nil && o.State == order.Refunded {
		return "", nil
	}

	sales, err := w.office.books.Bank.Exchanges(context.Background(), bank.Filter{Serial: serial})
	if err != nil || slices.ContainsFunc(sales, func(x bank.Exchange) bool { return x.Op == posp.Sale && x.State == bank.Returned }) {
		return "", err // the bank voided it
	}

	return payments.Status(posting.Word(rows[serial].State)), nil
}

func caseKey(class, serial string, amount money.Amount) string {
	return class + " " + serial + " " + amount.String()
}

func caseList(cases []books.Case) string {
	var all []string
	for _, c := range cases {
		all = append(all, fmt.Sprintf("%s %s %s open %v (%s)", c.Class, c.Serial, c.Amount, c.Open, c.Text))
	}

	return strings.Join(all, "; ")
}
