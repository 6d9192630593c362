package tender

import (
	"encoding/json"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/money"
)

// Place is a place at the kiosk with devices of its own: a Station, or the card desk
// (firmware/metercard). It is not safe for concurrent use, writes nothing, and is given
// the time.
type Place interface {
	// Recover takes up what an earlier run left. kept is what it last put into
	// Decision.Keep; nil for nothing. Nothing is ordered: Turn does what is due.
	Recover(now time.Time, kept []byte, b Books) error

	// Heard takes a report of one of its devices. It fails where no more reports can
	// wait: then only a new process helps, to which the devices say it again.
	Heard(now time.Time, report Report) error
	// Decide is what the oldest waiting report means; false when none waits. sealed
	// says that nothing can be journaled: what would need a record is refused. What
	// cannot be is decided all the same, as the journal is tried again with it.
	Decide(b Books, sealed bool) (Decision, bool)
	// Turn is what time alone asks for, once no report waits; false for nothing.
	Turn(now time.Time, b Books) (Decision, bool)
	// Settle ends the last Decision: durable says whether its events are in the
	// journal. more says that Decide may have another.
	Settle(now time.Time, durable bool) (effects []Effect, more bool)
	// Wake is when Turn must be called even if nothing happens, zero for never. What
	// is due already is tried again after retry.
	Wake(now time.Time, b Books, retry time.Duration) time.Time

	// Waiting is how many reports the journal has not taken.
	Waiting() int
	// Unsettled is what a restart now could lose sight of, in words; empty for nothing.
	Unsettled() string
	// Troubles are the conditions that the place watches, each as it is now.
	Troubles() []Trouble
}

// Station is a Place that takes money in one way.
type Station interface {
	Place

	// Begin takes money for a transaction that was opened just now.
	Begin(now time.Time, t payments.Transaction) []Effect
	// Undo gives back what was taken for t, or keeps it from coming: the table's act
	// "undo-money". It is called again after a restart, and does nothing twice.
	Undo(now time.Time, t payments.Transaction) []Effect
	// Finish asks for the end of taking, for a reason that the journal will say. The
	// end itself is a Decision. Nothing happens while it was asked for already, or
	// nothing is taken.
	Finish(now time.Time, why Reason, b Books) []Effect
	// Finishing reports whether the end of taking was asked for and has not come.
	Finishing() bool
	// Over reports whether taking must end by the station's own account, and why: its
	// device failed, or nothing more can be taken. The kiosk calls Finish.
	Over(b Books) (Reason, bool)

	// Face is what pages show of the station; t is the transaction on the screen, or
	// zero.
	Face(t payments.Transaction) Face
}

// Asker is a place that asks head office.
type Asker interface {
	Place
	// Answered takes the answer to an Ask: a report like any other, which Decide has
	// next. again says that it settled nothing, and the same is to be asked later; an
	// Ask that is asked once is over all the same.
	Answered(now time.Time, a Ask, answer Reply) (again bool)
	// Unanswered says that an Ask that is asked once is over without an answer. That
	// decides nothing about money.
	Unanswered(now time.Time, a Ask)
}

// Reporter is a place that has more to tell technicians than its Troubles.
type Reporter interface {
	Place
	// Report is how the place stands, as a value that marshals to JSON and holds no
	// secret.
	Report() any
}

// Settler is a station that settles with a bank.
type Settler interface {
	Station
	// SettleNow says that head office wants a batch of the bank's terminal settled now. It
	// is done as soon as it can be; where the terminal has another batch open nothing
	// happens.
	SettleNow(now time.Time, terminal string, batch uint32)
}

// VoidOrder is head office's order to void a sale of the open batch, as two people want it.
type VoidOrder struct {
	ID       string // its number there
	Serial   string // of the payment
	Terminal string // the bank's number of it
	Batch    uint32
	Trace    uint32 // of the sale
	Amount   money.Amount
}

// Voider is a station that can void.
type Voider interface {
	Station
	// VoidNow says that head office wants a sale voided. It is done once by its ID, as soon as
	// it can be; where the batch is closed, or the sale is not in it, nothing happens.
	VoidNow(now time.Time, o VoidOrder)
}

// Choice is one account of a card, as the card names it.
type Choice struct {
	Label string // may be empty
	Kind  bankcard.Kind
}

// Chooser is a station whose Face may have Choices.
type Chooser interface {
	Station
	// Choose takes the place in Face.Choices that the customer chose. Where there is no
	// such choice any more nothing happens.
	Choose(now time.Time, i int) []Effect
}

// Books are the transactions as a place may read them: a station those of its tender, the
// card desk those with a meter card.
type Books interface {
	// Paying is the transaction that takes money now; false for none.
	Paying() (payments.Transaction, bool)
	// Last is the last transaction that money was given to; zero for none.
	Last() payments.Transaction
	// Open are those that took money and have not come to their end, oldest first.
	Open() []payments.Transaction
	// Find is a transaction by its serial, from the journal where it is long over;
	// false for one that nobody knows.
	Find(serial string) (payments.Transaction, bool)
}

// Decision is what is to be made durable before anything is ordered. One without
// events and without Keep needs no record.
type Decision struct {
	Txn    payments.Transaction // that the events are of, as the station read it
	Events []payments.Event
	Notes  []Note // for head office and staff, of no transaction's state
	Keep   []byte // the place's own state, stored in the same step; nil: it stays as it is
}

// Note is a record that changes no transaction. Its type is not one of payments.Types.
type Note struct {
	Type string
	Body json.RawMessage
}

// Durable reports whether the decision needs the journal.
func (d Decision) Durable() bool { return len(d.Events) > 0 || len(d.Notes) > 0 || d.Keep != nil }

// Reason is why the taking of money ended, as the journal says it.
type Reason string

// The reasons.
const (
	ByCustomer Reason = "customer"
	ByTimeOut  Reason = "timeout"
	ByLimit    Reason = "limit"
	ByDevice   Reason = "device"
	ByPowerCut Reason = "power-cut"
)

// Report is what a device says: a bill.Event, a card.Event, a pinpad.Event.
type Report any

// Trouble is a condition as the place sees it, by its code in firmware/condition.
type Trouble struct {
	Code   string
	Source string // one of several that may say so
	On     bool
	Detail string // for people
}

// Face is what a page may show of a station. What a tender does not have is zero.
type Face struct {
	Ready   bool           // the customer can act at the device now: its guide light is on
	Busy    bool           // something is on its way that cannot be stopped
	Refused string         // code of why the last try came to nothing; empty for none
	Notes   []money.Amount // that are taken

	Step    string   // how far it is, by the station's own word
	Holds   bool     // something of the customer's is inside that comes out first: no result, no slip before
	Kept    bool     // the machine has kept it: the customer asks the operator for it
	Stays   bool     // the machine cannot keep it: what nobody takes stays where it is
	Digits  int      // that stand in the input of the PIN pad, to be shown as marks
	Choices []Choice // one of which the customer is to choose: see Chooser

	Code  string    // to draw, for the customer's telephone
	Until time.Time // it is good until then
	Scans bool      // a code on the customer's telephone is taken too
}
