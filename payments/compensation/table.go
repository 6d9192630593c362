package compensation

import (
	"fmt"

	"wattkiosk/payments/leg"
)

// Status is how far a transaction is. It is derived from the legs, never stored.
type Status string

// The statuses. Posted, Owed, Disputed and Cancelled are ends.
const (
	NotOpened Status = ""
	Tendering Status = "tendering" // money may come in
	Posting   Status = "posting"   // the total is fixed and ordered; the result is not known yet
	Posted    Status = "posted"    // booked in the MIS
	Owed      Status = "owed"      // definitely not booked: the money is owed to the customer, a case is open
	Disputed  Status = "disputed"  // nobody knows yet: a case is open
	Cancelled Status = "cancelled" // no money stayed here
)

// Ended reports whether the transaction has reached its end.
func (s Status) Ended() bool {
	return s == Posted || s == Owed || s == Disputed || s == Cancelled
}

// The acts, as effects of payments.Step. An act is due when a transaction comes
// into a cell that has it from one that has not.
const (
	TakeMoney leg.Effect = "take-money" // let the tender's station take money
	OrderPost leg.Effect = "order-post" // tell head office to post the total
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
	SlipNone     Slip = ""
	SlipPaid     Slip = "paid"
	SlipPending  Slip = "pending"  // posting follows
	SlipOwed     Slip = "owed"     // take this slip to the counter
	SlipDisputed Slip = "disputed" // being looked into
)

// Facts are what the legs of a transaction report.
type Facts struct {
	Money leg.Fact
	Doubt bool // notes are cases of their own
	Post  leg.Fact
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

// row is one line of the table: by the fact of the post leg.
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
)

// bill is the table of a bill's payment. The second index is Doubt.
var bill = map[leg.Fact]map[bool]row{
	leg.None: {
		false: without(Action{Who: Nobody}, notOpened),
		true:  without(never("no note without a transaction"), notOpened),
	},
	leg.Moving: {
		false: without(Action{Status: Tendering, Acts: []leg.Effect{TakeMoney}, Who: Customer}, notClosed),
		true:  without(Action{Status: Tendering, Acts: []leg.Effect{TakeMoney}, Case: true, Who: Customer}, notClosed),
	},
	leg.NotDone: {
		false: without(Action{Status: Cancelled, Who: Nobody}, noMoney),
		true:  without(Action{Status: Disputed, Acts: []leg.Effect{PrintSlip}, Case: true, Who: HeadOffice, Slip: SlipDisputed}, noMoney),
	},
	leg.Done: {
		false: {
			none:    Action{Status: Posting, Acts: []leg.Effect{OrderPost}, Who: Machine, Slip: SlipPending},
			moving:  Action{Status: Posting, Acts: []leg.Effect{OrderPost}, Who: Machine, Slip: SlipPending},
			done:    Action{Status: Posted, Acts: []leg.Effect{PrintSlip}, Who: Nobody, Slip: SlipPaid},
			notDone: Action{Status: Owed, Acts: []leg.Effect{PrintSlip}, Case: true, Who: HeadOffice, Slip: SlipOwed},
			unknown: Action{Status: Disputed, Acts: []leg.Effect{PrintSlip}, Case: true, Who: HeadOffice, Slip: SlipDisputed},
		},
		true: {
			none:    Action{Status: Posting, Acts: []leg.Effect{OrderPost}, Case: true, Who: Machine, Slip: SlipPending},
			moving:  Action{Status: Posting, Acts: []leg.Effect{OrderPost}, Case: true, Who: Machine, Slip: SlipPending},
			done:    Action{Status: Posted, Acts: []leg.Effect{PrintSlip}, Case: true, Who: HeadOffice, Slip: SlipPaid},
			notDone: Action{Status: Owed, Acts: []leg.Effect{PrintSlip}, Case: true, Who: HeadOffice, Slip: SlipOwed},
			unknown: Action{Status: Disputed, Acts: []leg.Effect{PrintSlip}, Case: true, Who: HeadOffice, Slip: SlipDisputed},
		},
	},
	leg.Unknown: {
		false: without(never("where a note is may be unknown, not whether notes were taken"), notClosed),
		true:  without(never("where a note is may be unknown, not whether notes were taken"), notClosed),
	},
}

// For looks a cell up. It panics outside the table: the caller's state is broken.
func For(f Facts) Action {
	r, ok := bill[f.Money][f.Doubt]
	if !ok {
		panic(fmt.Sprintf("compensation: no row for %+v", f))
	}

	switch f.Post {
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

	panic(fmt.Sprintf("compensation: no cell for %+v", f))
}
