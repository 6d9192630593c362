package ledger

import (
	"fmt"

	"wattkiosk/payments/money"
)

// Move is a movement that is of no single payment, by its name.
type Move string

// The movements.
const (
	Collect         Move = "collect"          // notes leave the kiosk (清机)
	Remit           Move = "remit"            // counted notes are handed over (解款)
	Deposit         Move = "deposit"          // the bank has what was handed over
	BankPays        Move = "bank-pays"        // what was taken by bank card is on our account
	AcquirerPays    Move = "acquirer-pays"    // what was taken by QR code is on our account
	PayMIS          Move = "pay-mis"          // the utility has what its MIS booked
	PayCardSystem   Move = "pay-card-system"  // the utility has what the card-meter system sold
	Refund          Move = "refund"           // what is owed is paid out at the counter
	RepayCounter    Move = "repay-counter"    // the counter has back what it paid out
	Stray           Move = "stray"            // a note in the cassette that is of no payment
	Claim           Move = "claim"            // what was in suspense is a customer's
	ClaimSurplus    Move = "claim-surplus"    // what was a surplus is a customer's
	KeepSuspense    Move = "keep-suspense"    // what was in suspense is nobody's: a surplus
	CoverShortage   Move = "cover-shortage"   // a surplus found later makes a shortage good
	DropSuspense    Move = "drop-suspense"    // what was looked for does not come
	DropShortage    Move = "drop-shortage"    // a shortage is written off
	SetAside        Move = "set-aside"        // notes in the vault that were counted as genuine are counterfeit
	BankFinds       Move = "bank-finds"       // notes that were handed over as genuine are counterfeit, as the bank says
	DropCounterfeit Move = "drop-counterfeit" // counterfeit notes are written off
	MakerPays       Move = "maker-pays"       // what a maker bears is on our account
	DropClaim       Move = "drop-claim"       // what a maker will not pay is written off
	MakerPaysLate   Move = "maker-pays-late"  // what was written off so is on our account after all
)

// sides of a movement.
type sides struct{ debit, credit Account }

var moves = map[Move]sides{
	Collect:         {CashInTransit, CashInKiosk},
	Remit:           {CashRemitted, CashCounted},
	Deposit:         {CashAtBank, CashRemitted},
	BankPays:        {CashAtBank, BankReceivable},
	AcquirerPays:    {CashAtBank, AcquirerReceivable},
	PayMIS:          {PayableMIS, CashAtBank},
	PayCardSystem:   {PayableCardSystem, CashAtBank},
	Refund:          {RefundsDue, Counter},
	RepayCounter:    {Counter, CashAtBank},
	Stray:           {CashInKiosk, Suspense},
	Claim:           {Suspense, RefundsDue},
	ClaimSurplus:    {Surplus, RefundsDue},
	KeepSuspense:    {Suspense, Surplus},
	CoverShortage:   {Surplus, Shortage},
	DropSuspense:    {WriteOff, Suspense},
	DropShortage:    {WriteOff, Shortage},
	SetAside:        {Counterfeit, CashCounted},
	BankFinds:       {Counterfeit, CashAtBank},
	DropCounterfeit: {WriteOff, Counterfeit},
	MakerPays:       {CashAtBank, DueFromMaker},
	DropClaim:       {WriteOff, DueFromMaker},
	MakerPaysLate:   {CashAtBank, WriteOff},
}

// Moved is the entry of a movement of amount. An amount of 0 or less, and a movement that
// there is not, are an error.
func Moved(m Move, amount money.Amount) ([]Line, error) {
	s, ok := moves[m]
	if !ok {
		return nil, fmt.Errorf("no movement %.32q", string(m))
	}
	if amount <= 0 || amount > money.Max {
		return nil, fmt.Errorf("%s of %s", m, amount)
	}

	return ordered([]Line{{s.debit, amount}, {s.credit, -amount}}), nil
}

// Count is what was found when the notes of a collection were counted.
type Count struct {
	Expected    money.Amount // what was collected, by the books
	Counted     money.Amount // genuine notes
	Counterfeit money.Amount // by what is printed on them
}

// Lines is the entry of a count: what was in transit is counted, counterfeit, short, or
// more than there should be. A count of nothing that should be nothing is no entry.
func (c Count) Lines() ([]Line, error) {
	for _, a := range []money.Amount{c.Expected, c.Counted, c.Counterfeit} {
		if a < 0 || a > money.Max {
			return nil, fmt.Errorf("count of %s, %s and %s", c.Expected, c.Counted, c.Counterfeit)
		}
	}

	off := Line{Surplus, c.Expected - c.Counted - c.Counterfeit}
	if off.Amount > 0 {
		off.Account = Shortage
	}

	return Sum([]Line{{CashCounted, c.Counted}, {Counterfeit, c.Counterfeit}, {CashInTransit, -c.Expected}, off})
}

// Loss is counterfeit notes, by what is printed on them, and who bears them.
type Loss struct {
	From  Account      // where they stand: Counterfeit, or where they were taken as genuine
	Maker money.Amount // of the validator
	Owner money.Amount // of the fleet
}

// Lines is the entry of a loss. A loss of nothing, and one from where no notes lie, are an
// error.
func (l Loss) Lines() ([]Line, error) {
	lies := l.From == Counterfeit || l.From == CashCounted || l.From == CashAtBank
	whole, err := l.Maker.Add(l.Owner)
	if err != nil || !lies || l.Maker < 0 || l.Owner < 0 || whole <= 0 {
		return nil, fmt.Errorf("loss of %s and %s from %.32q", l.Maker, l.Owner, string(l.From))
	}

	return Sum([]Line{{DueFromMaker, l.Maker}, {WriteOff, l.Owner}, {l.From, -whole}})
}
