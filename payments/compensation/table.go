package compensation

import (
	"fmt"

	"wattkiosk/payments/leg"
)

// Status is how far a transaction is. It is derived from the legs, never stored.
type Status string

// The statuses. Posted, Unwritten, Owed, Disputed, Cancelled and Undone are ends.
const (
	NotOpened Status = ""
	Tendering Status = "tendering" // money may come in
	Posting   Status = "posting"   // the total is fixed and ordered; the result is not known yet
	Undoing   Status = "undoing"   // the money is on its way back, or is being kept from coming
	Writing   Status = "writing"   // sold; it is being written onto the meter card
	Posted    Status = "posted"    // booked in the MIS; of a purchase: sold, and on the card
	Unwritten Status = "unwritten" // sold, and not on the card, or perhaps not: a later visit writes it, a case is open
	Owed      Status = "owed"      // definitely not booked: the money is owed to the customer, a case is open
	Disputed  Status = "disputed"  // nobody knows yet: a case is open
	Cancelled Status = "cancelled" // no money stayed here
	Undone    Status = "undone"    // money was taken, or may have been, and went back
)

// Ended reports whether the transaction has reached its end.
func (s Status) Ended() bool {
	return s == Posted || s == Unwritten || s == Owed || s == Disputed || s == Cancelled || s == Undone
}

// The acts, as effects of payments.Step. An act is due when a transaction comes
// into a cell that has it from one that has not.
const (
	TakeMoney leg.Effect = "take-money" // let the tender's station take money
	OrderPost leg.Effect = "order-post" // tell head office to post the total
	UndoMoney leg.Effect = "undo-money" // let the tender's station give the money back
	WriteCard leg.Effect = "write-card" // write what was sold onto the meter card
	PrintSlip leg.Effect = "print-slip" // print the slip of the present state
)

// Actor is who acts next.
type Actor string

// The actors.
const (
	Nobody     Actor = "nobody"
	Customer   Actor = "customer"
	Machine    Actor = "machine"
	HeadOffice Actor = "head-office" // a person there, through the case
)

// Slip is a kind of slip; payments/receipt lays them out.
type Slip string

// The slips of the cells.
const (
	SlipNone      Slip = ""
	SlipPaid      Slip = "paid"
	SlipPending   Slip = "pending"   // posting follows
	SlipUnwritten Slip = "unwritten" // sold; any terminal writes it onto the card
	SlipRewritten Slip = "rewritten" // what was sold before is on the card now
	SlipOwed      Slip = "owed"      // take this slip to the counter
	SlipDisputed  Slip = "disputed"  // being looked into
	SlipUndoing   Slip = "undoing"   // what was taken goes back
	SlipUndone    Slip = "undone"    // what was taken went back
)

// Route is which table a transaction goes by.
type Route uint8

// The routes. The zero value is OfBill.
const (
	OfBill     Route = iota // money → post
	OfPublic                // money; the bank itself posts (公共支付), and no leg of ours
	OfPurchase              // money → post, which is the sale → card
	OfRewrite               // card: what was sold before
)

var routeNames = [...]string{"bill", "public", "purchase", "rewrite"}

// String returns bill, public, purchase or rewrite.
func (r Route) String() string { return routeNames[r] }

// Facts are what the legs of a transaction report.
type Facts struct {
	Route Route
	Money leg.Fact
	Doubt bool // notes are cases of their own
	Back  bool // the money is done, and can go back by a call
	Post  leg.Fact
	Card  leg.Fact
}

// Action is one cell.
type Action struct {
	Status Status
	Acts   []leg.Effect
	Case   bool // at least one case must be open, or have been closed by a person
	Who    Actor
	Slip   Slip
	Never  string // why the cell cannot be; all else is empty then
}

// row is one line of a table: by the fact of the post leg, or of the card leg.
type row struct {
	none, moving, done, notDone, unknown Action
}

func never(why string) Action { return Action{Never: why} }

// without is a row of which only the first cell can be.
func without(first Action, why string) row {
	return row{none: first, moving: never(why), done: never(why), notDone: never(why), unknown: never(why)}
}

const (
	notOpened = "a transaction that was never opened has no posting"
	notClosed = "the posting is ordered by the closing of the money"
	noMoney   = "nothing is posted where no money stayed"
	notBack   = "money goes back before its posting was ordered, or after it was refused"
	onlyNotes = "only notes are in doubt, and they do not go back by a call"
	noTender  = "no money without a transaction"
	byBank    = "the bank posts, and no leg of ours"
	isPlaced  = "where a note is may be unknown, not whether notes were taken"

	noWriting  = "nothing is written that was not sold"
	isWritten  = "what is on a card, or may be, is not given back"
	noPlainPay = "a payment of a bill writes no card"
	noneTaken  = "a re-write takes no money"
	begun      = "the writing is begun by its opening"
)

// The cells that several lines have.
var (
	nothing  = Action{Who: Nobody}
	taking   = Action{Status: Tendering, Acts: []leg.Effect{TakeMoney}, Who: Customer}
	takingOn = Action{Status: Tendering, Acts: []leg.Effect{TakeMoney}, Case: true, Who: Customer} // a note is a case already

	posting   = Action{Status: Posting, Acts: []leg.Effect{OrderPost}, Who: Machine, Slip: SlipPending}
	postingOn = Action{Status: Posting, Acts: []leg.Effect{OrderPost}, Case: true, Who: Machine, Slip: SlipPending}
	posted    = Action{Status: Posted, Acts: []leg.Effect{PrintSlip}, Who: Nobody, Slip: SlipPaid}
	postedOn  = Action{Status: Posted, Acts: []leg.Effect{PrintSlip}, Case: true, Who: HeadOffice, Slip: SlipPaid}

	cancelled = Action{Status: Cancelled, Who: Nobody}
	owed      = Action{Status: Owed, Acts: []leg.Effect{PrintSlip}, Case: true, Who: HeadOffice, Slip: SlipOwed}
	disputed  = Action{Status: Disputed, Acts: []leg.Effect{PrintSlip}, Case: true, Who: HeadOffice, Slip: SlipDisputed}

	undoing = Action{Status: Undoing, Acts: []leg.Effect{UndoMoney}, Who: Machine, Slip: SlipUndoing}
	undone  = Action{Status: Undone, Acts: []leg.Effect{PrintSlip}, Who: Nobody, Slip: SlipUndone}
)

// line is what is known of the money.
type line struct {
	money leg.Fact
	doubt bool
	back  bool
}

// own is the table where head office posts.
var own = map[line]row{
	{leg.None, false, false}: without(nothing, notOpened),
	{leg.None, true, false}:  without(never(noTender), notOpened),

	{leg.Moving, false, false}: without(taking, notClosed),
	{leg.Moving, true, false}:  without(takingOn, notClosed),

	{leg.NotDone, false, false}: without(cancelled, noMoney),
	{leg.NotDone, true, false}:  without(disputed, noMoney),

	{leg.Done, false, false}: {none: posting, moving: posting, done: posted, notDone: owed, unknown: disputed},
	{leg.Done, true, false}:  {none: postingOn, moving: postingOn, done: postedOn, notDone: owed, unknown: disputed},
	{leg.Done, false, true}:  {none: posting, moving: posting, done: posted, notDone: undoing, unknown: disputed},

	{leg.Undoing, false, false}: {none: undoing, moving: never(notBack), done: never(notBack), notDone: undoing, unknown: never(notBack)},
	{leg.Undoing, true, false}:  without(never(onlyNotes), onlyNotes),
	{leg.Undone, false, false}:  {none: undone, moving: never(notBack), done: never(notBack), notDone: undone, unknown: never(notBack)},
	{leg.Undone, true, false}:   without(never(onlyNotes), onlyNotes),

	{leg.Unknown, false, false}: without(disputed, notClosed),
	{leg.Unknown, true, false}:  without(never(isPlaced), notClosed),
}

// public is the table where the bank posts (公共支付). It has no notes.
var public = map[line]row{
	{leg.None, false, false}:    without(nothing, byBank),
	{leg.Moving, false, false}:  without(taking, byBank),
	{leg.NotDone, false, false}: without(cancelled, byBank),
	{leg.Done, false, false}:    without(posted, byBank),
	{leg.Done, false, true}:     without(posted, byBank),
	{leg.Undoing, false, false}: without(undoing, byBank),
	{leg.Undone, false, false}:  without(undone, byBank),
	{leg.Unknown, false, false}: without(disputed, byBank),
}

// The cells of purchases.
var (
	writing     = Action{Status: Writing, Acts: []leg.Effect{WriteCard}, Who: Customer, Slip: SlipPending}
	writingOn   = Action{Status: Writing, Acts: []leg.Effect{WriteCard}, Case: true, Who: Customer, Slip: SlipPending}
	takenBack   = Action{Status: Writing, Who: Customer, Slip: SlipPending} // the sale is gone; the card says what it holds
	unwritten   = Action{Status: Unwritten, Acts: []leg.Effect{PrintSlip}, Case: true, Who: HeadOffice, Slip: SlipUnwritten}
	givenBoth   = Action{Status: Disputed, Acts: []leg.Effect{PrintSlip}, Case: true, Who: HeadOffice, Slip: SlipPaid} // taken back, and on the card
	rewriting   = Action{Status: Writing, Acts: []leg.Effect{WriteCard}, Who: Customer}
	rewritten   = Action{Status: Posted, Acts: []leg.Effect{PrintSlip}, Who: Nobody, Slip: SlipRewritten}
	rewriteLost = Action{Status: Unwritten, Acts: []leg.Effect{PrintSlip}, Who: HeadOffice, Slip: SlipUnwritten} // by the case of the sale
)

// unsold is a line of a purchase that is not sold: no card was touched.
func unsold(a Action) row { return without(a, noWriting) }

// sold are the lines of a purchase that is sold, by notes in doubt.
var sold = map[bool]row{
	false: {none: writing, moving: writing, done: posted, notDone: unwritten, unknown: unwritten},
	true:  {none: writingOn, moving: writingOn, done: postedOn, notDone: unwritten, unknown: unwritten},
}

// soldNot are the lines of a purchase whose sale was refused, or taken back later: by
// whether the money can go back by a call.
var soldNot = map[bool]row{
	false: {none: owed, moving: takenBack, done: givenBoth, notDone: owed, unknown: disputed},
	true:  {none: undoing, moving: takenBack, done: givenBoth, notDone: undoing, unknown: disputed},
}

// wentBack are the lines of a purchase whose money goes, or went, back.
var wentBack = map[leg.Fact]row{
	leg.Undoing: {none: undoing, moving: never(isWritten), done: never(isWritten), notDone: undoing, unknown: never(isWritten)},
	leg.Undone:  {none: undone, moving: never(isWritten), done: never(isWritten), notDone: undone, unknown: never(isWritten)},
}

// again is the table of re-writes.
var again = row{none: rewriting, moving: rewriting, done: rewritten, notDone: cancelled, unknown: rewriteLost}

// For looks a cell up. It panics outside the table: the caller's state is broken.
func For(f Facts) Action {
	switch f.Route {
	case OfPurchase:
		return forPurchase(f)
	case OfRewrite:
		if f.Money != leg.None || f.Post != leg.None {
			return never(noneTaken)
		}

		return again.at(f.Card)
	}
	if f.Card != leg.None {
		return never(noPlainPay)
	}

	table := own
	if f.Route == OfPublic {
		table = public
	}

	return rowOf(table, f).at(f.Post)
}

// forPurchase goes by the table of bills until the sale is known, and then by the card.
func forPurchase(f Facts) Action {
	base := rowOf(own, f)
	switch {
	case f.Money == leg.Done && f.Post == leg.Done:
		return sold[f.Doubt].at(f.Card)
	case f.Money == leg.Done && f.Post == leg.NotDone:
		return soldNot[f.Back].at(f.Card)
	case f.Post == leg.NotDone && base.notDone.Never == "":
		return wentBack[f.Money].at(f.Card)
	}

	return unsold(base.at(f.Post)).at(f.Card)
}

func rowOf(table map[line]row, f Facts) row {
	r, ok := table[line{f.Money, f.Doubt, f.Back}]
	if !ok {
		panic(fmt.Sprintf("compensation: no row for %+v", f))
	}

	return r
}

// at is the cell by the fact of the leg that the row is by.
func (r row) at(f leg.Fact) Action {
	switch f {
	case leg.None:
		return r.none
	case leg.Moving:
		return r.moving
	case leg.Done:
		return r.done
	case leg.NotDone:
		return r.notDone
	case leg.Unknown:
		return r.unknown
	}

	panic(fmt.Sprintf("compensation: no cell for %s", f))
}
