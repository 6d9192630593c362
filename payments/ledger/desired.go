package ledger

import (
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

// owners are whose the money is that is there and not booked, by the status of the cell.
// What no status names is in suspense.
var owners = map[compensation.Status]Account{
	compensation.Tendering: Customers,
	compensation.Posting:   Customers,
	compensation.Writing:   Customers,
	compensation.Undoing:   RefundsDue,
	compensation.Owed:      RefundsDue,
}

// Desired is what the books should hold for one transaction: one line an account, in the
// order of the chart, balanced; none where nothing stayed. money.ErrRange says that the
// amounts can not be meant.
func Desired(f Facts) ([]Line, error) {
	held := f.Held
	if f.Settled.How == WentBack {
		held, f.Unsure = 0, 0
	}
	rest, err := held.Sub(f.Booked)
	if err != nil {
		return nil, err
	}

	d := draft{{f.In, held}, {f.Goods, -f.Booked}}
	if rest < 0 {
		d.add(Suspense, -rest)
	} else {
		d.owe(f.owner(), rest, f.Settled)
	}
	d.add(Suspense, f.Unsure)
	d.owe(RefundsDue, f.Unsure, f.Settled)
	d.overpaid(f.Settled, f.Over)
	for _, n := range f.Notes {
		d.note(n)
	}

	return Sum(d)
}

// owner is whose the money is that is there and not booked.
func (f Facts) owner() Account {
	if f.Money == leg.Unknown { // a sale that the bank refused to take back
		return RefundsDue
	}
	if to, ok := owners[cell(f.Facts).Status]; ok {
		return to
	}

	return Suspense
}

// cell is the cell of the compensation table; one that can not be where there is no line
// for the money, as head office may know more of a posting than the journal does.
func cell(f compensation.Facts) compensation.Action {
	noNotes := f.Route == compensation.OfPublic || f.Route == compensation.OfRewrite
	if f.Back && (f.Money != leg.Done || f.Doubt) || f.Doubt && noNotes {
		return compensation.Action{Never: "notes do not go back by a call, and are not everywhere"}
	}

	return compensation.For(f)
}

// draft is lines on their way.
type draft []Line

func (d *draft) add(a Account, amount money.Amount) { *d = append(*d, Line{a, amount}) }

// note is a note in doubt: it may be owed to the customer wherever it is.
func (d *draft) note(n Note) {
	if n.Settled.How == WentBack {
		return
	}
	at := Suspense
	if n.Found {
		at = CashInKiosk
	}
	d.add(at, n.Value)
	d.owe(RefundsDue, n.Value, n.Settled)
}

// overpaid is what the counter gave the customer beyond what was owed, as where the payment
// came to be booked after all: it has left the counter, and nobody can tell yet who bears it.
func (d *draft) overpaid(s Settlement, over money.Amount) {
	if s.How == PaidOut {
		over += s.Amount
	}
	for _, l := range *d {
		if l.Account == Counter {
			over += l.Amount
		}
	}
	if over > 0 {
		d.add(Counter, -over)
		d.add(Suspense, over)
	}
}

// owe credits an amount to whom it is owed. What people settle is what they have a case
// of: money that is on its way is nobody's case.
func (d *draft) owe(to Account, amount money.Amount, s Settlement) {
	if to != RefundsDue && to != Suspense {
		d.add(to, -amount)
		return
	}

	switch s.How {
	case PaidOut:
		out := max(0, min(s.Amount, amount))
		d.add(Counter, -out)
		d.add(to, out-amount)
	case Kept:
		d.add(Surplus, -amount)
	case ByPerson:
		d.add(Suspense, -amount)
	default:
		d.add(to, -amount)
	}
}
