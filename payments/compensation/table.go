package compensation

import "fmt"

// Money says what happened to the customer's cash.
type Money int

// Posting says what is known of the booking.
type Posting int

// The rows and columns of the table.
const (
	NoMoney    Money = iota // nothing stayed in the machine
	Stacked                 // all accepted notes are credited
	Unresolved              // at least one note could be in the cassette or not

	NotOrdered Posting = iota - 3
	Pending            // ordered, no final answer yet
	Booked             // posted in the MIS
	Refused            // definitely not booked
	Unknown            // neither confirmed nor reversed
)

// Actor is who acts next.
type Actor string

// The actors.
const (
	Nobody     Actor = "nobody"
	Machine    Actor = "machine"
	HeadOffice Actor = "head-office" // a person there, through the case
)

// Action is one cell.
type Action struct {
	Post bool  // order the posting
	Ask  bool  // keep asking for the outcome
	Owe  bool  // the customer's money is owed back or to be booked by hand
	Case bool  // a case must be open
	Who  Actor // acts next
	Slip string
}

// The slips of the cells; payments/receipt lays them out.
const (
	SlipNone     = ""
	SlipPaid     = "paid"
	SlipPending  = "pending"  // posting follows
	SlipOwed     = "owed"     // take this slip to the counter
	SlipDisputed = "disputed" // being looked into
)

var table = [3][5]Action{
	NoMoney: {
		NotOrdered: {Who: Nobody},
		Pending:    {Who: Nobody},
		Booked:     {Case: true, Who: HeadOffice, Slip: SlipDisputed},
		Refused:    {Who: Nobody},
		Unknown:    {Case: true, Who: HeadOffice, Slip: SlipDisputed},
	},
	Stacked: {
		NotOrdered: {Post: true, Who: Machine, Slip: SlipPending},
		Pending:    {Ask: true, Who: Machine, Slip: SlipPending},
		Booked:     {Who: Nobody, Slip: SlipPaid},
		Refused:    {Owe: true, Case: true, Who: HeadOffice, Slip: SlipOwed},
		Unknown:    {Case: true, Who: HeadOffice, Slip: SlipDisputed},
	},
	Unresolved: {
		NotOrdered: {Case: true, Who: HeadOffice, Slip: SlipDisputed},
		Pending:    {Ask: true, Case: true, Who: Machine, Slip: SlipPending},
		Booked:     {Case: true, Who: HeadOffice, Slip: SlipPaid},
		Refused:    {Owe: true, Case: true, Who: HeadOffice, Slip: SlipOwed},
		Unknown:    {Case: true, Who: HeadOffice, Slip: SlipDisputed},
	},
}

// For looks a cell up. It panics outside the table: the caller's state is broken.
func For(m Money, p Posting) Action {
	if m < NoMoney || m > Unresolved || p < NotOrdered || p > Unknown {
		panic(fmt.Sprintf("compensation: no cell for money %d, posting %d", m, p))
	}
	return table[m][p]
}
