package kiosktest

import (
	"context"
	"errors"
	"fmt"

	"wattkiosk/payments"
	"wattkiosk/payments/ledger"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
)

// identity is a number that may stand in no book.
const identity = "110101199003071234"

// clerkPays is somebody at the counter who wants the money of a case: two people pay it out.
// Now and then the same customer comes a second time, or the clerk writes down too much of
// who took the money.
func (w *World) clerkPays() {
	cases, err := w.office.books.Cases(context.Background(), books.Filter{})
	w.office.check(err)
	for i := range cases {
		c := cases[(i+int(w.rng.Uint32()>>1))%len(cases)]
		if c.Amount <= 0 || c.Serial == "" || w.operator.refunded[c.Serial] > 0 && w.stats.Restores > 0 {
			continue // who remembers it does not pay twice, whatever restored books say
		}
		if e, booked := w.office.entry(c.Serial); c.Class == books.ClassDisputed && booked && !e.Reversed {
			continue // they ask the MIS first what became of what nobody here can tell
		}
		w.payOut(c)

		return
	}
}

func (w *World) payOut(c books.Case) {
	if w.rng.IntN(3) == 0 {
		if err := w.twoPayOut(c, "王小明 "+identity); !errors.Is(err, books.ErrTaker) {
			w.office.fail("an identity document is taken into the books of %s: %v", c.ID, err)
		}
	}
	err := w.twoPayOut(c, "王小明 证件尾号1234")
	had, again := w.operator.paid[c.ID]
	switch {
	case err != nil:
		var told books.PaidOutError
		if again && w.stats.Restores == 0 && (!errors.As(err, &told) || told.Amount != had) {
			w.office.fail("who had %s for %s comes again, and is told %v", had, c.ID, err)
		}

		return
	case again || w.operator.refunded[c.Serial] > 0 && c.Class != books.ClassNote:
		w.office.fail("%s is paid out a second time", c.ID)
	}
	if w.bankdesk.waits(c.Serial) {
		w.office.fail("%s is paid out, and the bank is asked to give it back", c.ID)
	}
	if k := w.kiosk(); k.core != nil {
		for _, t := range k.core.Status().Open {
			if t.Serial == c.Serial && t.Tender == payments.Cash && !t.Cash.Closed {
				w.office.fail("%s is paid out, and its kiosk still takes notes for it", c.ID)
			}
		}
	}
	w.logf("the counter pays %s out for %s", c.Amount, c.ID)
	w.operator.paid[c.ID] = c.Amount
	w.operator.touched[c.Serial] = true
	w.operator.acts++
	if c.Class != books.ClassNote {
		w.operator.refunded[c.Serial] += c.Amount
	}
}

func (w *World) twoPayOut(c books.Case, to string) error {
	return w.twoDo(approval.PayOut, approval.Ask{Object: c.ID, Args: to, Reason: "the customer came", By: "zhang"}, "li")
}

// auditCounter: the books hold what the counter gave.
func (w *box) auditCounter(*account) error {
	if w.stats.Restores > 0 {
		return nil // restored books forget what a person did
	}
	var gave money.Amount
	for _, a := range w.operator.paid {
		gave += a
	}
	has, err := w.onAccount(ledger.Counter)
	if err == nil && -has < gave {
		err = fmt.Errorf("the counter gave %s, the books have %s", gave, -has)
	}

	return err
}
