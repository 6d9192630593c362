package ledger

import (
	"fmt"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

// How is how the case of what is owed, disputed or in doubt was settled.
type How uint8

// The ways. The zero value is that it was not.
const (
	Open     How = iota
	WentBack     // to the customer, the way it came
	PaidOut      // at the counter
	Kept         // nobody claims it: a surplus
	ByPerson     // who did not say where the money went
)

// Settlement is how a case was settled. Amount is what was paid out, the rest stays as it
// was; the other ways are of all of it.
type Settlement struct {
	How    How
	Amount money.Amount
}

// Note is a note in doubt.
type Note struct {
	Index   int // among the transaction's notes
	Value   money.Amount
	Found   bool // in the cassette after all; otherwise nobody can tell where it is
	Settled Settlement
}

// Facts are what is known of one transaction.
type Facts struct {
	compensation.Facts

	In     Account      // where its money lies: CashInKiosk, BankReceivable or AcquirerReceivable
	Goods  Account      // whom it is owed to once it is booked: PayableMIS or PayableCardSystem
	Held   money.Amount // what came in and is there now, but for notes in doubt
	Unsure money.Amount // what may be there besides: a sale that only the bank can tell of
	Booked money.Amount // what stands in the system that Goods is owed to
	Notes  []Note

	Settled Settlement   // of the payment itself
	Over    money.Amount // given at the counter for a note that was in doubt, and is not any more
}

// tills are where the money of a tender lies.
var tills = map[payments.Tender]Account{
	payments.Cash: CashInKiosk, payments.BankCard: BankReceivable, payments.QR: AcquirerReceivable, payments.NoTender: CashInKiosk,
}

// FactsOf are the facts that a transaction's own legs report. What head office knows
// better, and how cases were settled, is its caller's to set.
func FactsOf(t payments.Transaction) Facts {
	m := t.Money()
	f := Facts{Facts: t.Facts(), In: tills[t.Tender], Goods: PayableMIS, Held: m.Held()}
	if t.Purpose == payments.Purchase {
		f.Goods = PayableCardSystem
	}

	switch {
	case f.In == CashInKiosk:
		f.Held = t.Cash.Total
		for i, n := range t.Cash.Notes {
			if n.State == cash.StateUnresolved || n.State == cash.StateFound {
				f.Notes = append(f.Notes, Note{Index: i, Value: n.Value, Found: n.State == cash.StateFound})
			}
		}
	case f.Money == leg.Unknown:
		f.Unsure = m.Doubt() - f.Held
	}

	switch {
	case t.ByBank && f.Money == leg.Done:
		f.Booked = f.Held
	case f.Post == leg.Done:
		f.Booked = t.Post.Amount
	}

	return f
}

// String says how far the payment is, for people: "owed" and the like, by its cell.
func (f Facts) String() string {
	if s := cell(f.Facts).Status; s != "" {
		return string(s)
	}

	return fmt.Sprintf("money %s, posting %s, card %s", f.Money, f.Post, f.Card)
}
