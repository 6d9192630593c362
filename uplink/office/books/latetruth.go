package books

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/uplink/office/stored"
)

// What becomes known late of money that people have decided about is evidence: it is kept
// with the case in which they did, and asks nobody a second time. Where it says otherwise
// than they did it is a matter of its own, of class evidence, one for each doubt.

// decided is the case in which people said what became of the money of a payment, which
// holds until two people release an order of it after all.
func decided(ctx context.Context, tx Tx, serial string) (c Case, is bool, err error) {
	cases, err := tx.CasesOf(ctx, serial)
	if err != nil {
		return c, false, fmt.Errorf("cannot read cases of %s: %w", serial, err)
	}
	cases = slices.DeleteFunc(cases, func(c Case) bool { return !c.OfPayment() || !c.closedByPeople() })
	if len(cases) == 0 {
		return c, false, nil
	}
	held, err := tx.HeldOf(ctx, []string{serial})
	if err != nil {
		return c, false, fmt.Errorf("cannot read held orders of %s: %w", serial, err)
	}
	if slices.ContainsFunc(held, func(h HeldOrder) bool { return h.State == Released }) {
		return c, false, nil
	}
	c = slices.MaxFunc(cases, func(a, b Case) int { return int(a.ClosedAt - b.ClosedAt) })

	return c, true, nil
}

// closedByPeople reports whether people closed the case, and not the books themselves.
func (c Case) closedByPeople() bool { return !c.Open && c.ClosedBy != ClosedByOffice }

// KeepEvidence adds what became known late to the history of a case, once.
func KeepEvidence(ctx context.Context, tx CaseTx, c Case, text string, now time.Time) error {
	had, err := tx.CaseEvents(ctx, c.ID)
	if err != nil {
		return fmt.Errorf("cannot read history of case %s: %w", c.ID, err)
	}
	text = stored.Text(text)
	if slices.ContainsFunc(had, func(e CaseEvent) bool { return e.What == CaseEvidence && e.Text == text }) {
		return nil
	}
	before := c
	c.UpdatedAt = stored.Millis(now)
	if err := tx.PutCase(ctx, c); err != nil {
		return fmt.Errorf("cannot store case %s: %w", c.ID, err)
	}

	return TellCase(ctx, tx, before, CaseEvent{At: c.UpdatedAt, By: ClosedByOffice, What: CaseEvidence, Text: text})
}

// witnessed keeps an answer that contradicts the end of a posting: a case of its own, unless
// there is one that asks the same. A person who closed that knows of an answer that came
// late; that the system does something again, as people had it, is another matter.
func witnessed(ctx context.Context, tx Tx, p Posting, now time.Time) error {
	text := p.Testimony()
	c := newCase(p.Kiosk, stored.Millis(now), ClassEvidence, fmt.Sprintf("%s-%d", p.Serial, p.Version), p.Serial, p.Amount, text)
	cases, err := tx.CasesOf(ctx, p.Serial)
	if err != nil {
		return fmt.Errorf("cannot read cases of %s: %w", p.Serial, err)
	}
	says, _, _ := strings.Cut(c.Text, " (")
	kind, _ := p.Call.Testimony()
	late := kind == call.LateDone || kind == call.LateMisfit || kind == call.LateUndone
	for _, had := range cases {
		said, _, _ := strings.Cut(had.Text, " (")
		if had.Class == ClassEvidence && said == says && (had.Open || late) {
			return KeepEvidence(ctx, tx, had, text, now)
		}
	}

	return tx.AddCases(ctx, []Case{c})
}

// OpenUnbooked opens the case of money that an acquirer or a bank has, and nobody posts. Where
// one of that money is open already, people said where it went, or the bank gave it back since
// they asked, c is evidence there: of one sum there is one question.
func OpenUnbooked(ctx context.Context, tx CaseTx, c Case, now time.Time) error {
	cases, err := tx.CasesOf(ctx, c.Serial)
	if err != nil {
		return fmt.Errorf("cannot read cases of %s: %w", c.Serial, err)
	}
	for _, had := range cases {
		asked := had.Open && had.Class == ClassUnbooked
		answered := !had.Open && had.OfPayment() && (had.Went != "" || had.Resolution == ReturnedByBank)
		if had.ID != c.ID && (asked || answered) {
			return KeepEvidence(ctx, tx, had, c.Text, now)
		}
	}

	return tx.AddCases(ctx, []Case{c})
}

// refusedUnbooked is what the books say of the case of a payment that nobody had ordered to be
// posted, whose order was refused: it is owed.
const refusedUnbooked = "its order was refused"

// noMoreUnbooked closes the cases of a payment that was not ordered, or of which nobody knew
// who has its money, once its order was refused: what is owed is one case.
func noMoreUnbooked(ctx context.Context, tx Tx, o Order, now time.Time) error {
	for _, class := range []string{ClassUnpaid, ClassUnbooked} {
		if err := CloseIfOpen(ctx, tx, caseID(class, o.Kiosk, o.Serial), refusedUnbooked, now); err != nil {
			return err
		}
	}

	return nil
}
