package kiosktest

import (
	"math/rand/v2"
	"time"
)

// Plan says how bad the day is. Rates are per customer unless said otherwise.
type Plan struct {
	Customers int  // in one kiosk-day
	Seasonal  bool // after the day the kiosk stands idle until its records are trimmed

	// Fate is what happens to the disk, once.
	Fate Fate

	// Retention is how long acknowledged records are kept. Zero is that of a real kiosk,
	// in which nothing is trimmed during a day.
	Retention time.Duration

	PowerCut        float64 // power of the whole box, at a device byte or a journal write
	ProcessKill     float64 // only the kiosk program dies; devices keep power
	LineCut         float64 // the line to the broker goes for a while
	OfficeKill      float64 // head office dies and comes back
	MISFault        float64 // one of the MIS faults begins
	DeviceFault     float64 // one of the validator's or printer's faults begins
	NoteFault       float64 // per note: the validator or its line fails while the note moves
	DiskFull        float64 // the journal has no space for a while
	Operator        float64 // a person at head office retries, reverses or refunds
	Restore         float64 // head office is restored from a backup of some customers ago
	Clock           float64 // the kiosk's clock is wrong for a while, known to be or not
	OfficeClock     float64 // head office's clock is wrong for a while
	Codes           bool    // bills are paid by QR code too
	Acquirer        float64 // one of the acquirer's faults begins
	CodeFault       float64 // per payment by code: the acquirer fails while the customer stands in front of it
	Cards           bool    // bills are paid by bank card too
	Bank            float64 // one of the bank's faults begins
	CardFault       float64 // per payment by card: the bank, the devices or the power fail meanwhile
	Public          bool    // the bank books what is paid by card with the MIS itself
	Early           bool    // batches are closed while nobody can tell whether a sale is booked, by a clock that is ahead
	Tight           bool    // head office lets little be paid offline
	Relents         bool    // what the MIS refused it would take some time later; and restored books hear nothing of their kiosk for a while
	CashStops       bool    // head office orders now and then that no notes are taken
	Dates           bool    // the books of the day are reconciled and signed in the morning
	Refunds         float64 // two people ask the bank to give a sale back, or settle one by hand
	Settlements     float64 // per sale that the bank takes: head office orders that the batch is settled soon after
	Power           bool    // power is bought onto meter cards too
	PowerFault      float64 // per purchase: the card-meter system, the reader, the card or the power of the box fail meanwhile
	Collections     bool    // two people collect the cash between customers
	CollectionFault float64 // per step of the two: power, program, disk or validator fail meanwhile
	Forged          float64 // per round of steps for a meter card: a stranger answers in head office's place
	Replays         bool    // the stranger only says again what was heard before
	Buyers          bool    // everybody buys power, of a few households only, which come again and again
	Worn            float64 // per write of a meter card: its memory takes what is written, and keeps nothing
	Stale           float64 // per write of a meter card: it is read back once as it was before
	Copied          bool    // old copies of their cards are what customers put back, mostly
	Disordered      float64 // per write of a meter card: the card-meter system has the purse written first
	NoSale          bool    // no purchase is sold, whatever was said of its card before
	LostSales       int     // so many of the first orders to sell are lost, and the kiosk's line with each
	Hold            float64 // the update agent asks for a hold, and may restart the program
	Cuts            []Cut   // of the power of the box, one after another

	Hurry bool     // customers come soon after one another
	Only  []string // faults of devices and systems that the day is about; of the others those of which it names none

	Loss      float64 // per message
	Duplicate float64 // per message
	Slow      float64 // per message: delayed by up to a minute, so reordered
}

// Cut is the end of the power at a write to the journal: the N-th from the one at which it
// went before, or from the first. Kept says that what was written is there afterwards.
type Cut struct {
	N    int
	Kept bool
}

// Calm has no faults at all.
func Calm(customers int) Plan { return Plan{Customers: customers} }

// Storm draws a plan from a seed: some days are quiet, some are awful.
func Storm(rng *rand.Rand, customers int) Plan {
	rate := func(most float64) float64 {
		if rng.Float64() < 0.3 {
			return 0
		}
		return rng.Float64() * most
	}
	p := Plan{
		Customers: customers,
		PowerCut:  rate(0.5), ProcessKill: rate(0.3), LineCut: rate(0.4), OfficeKill: rate(0.3),
		MISFault: rate(0.5), DeviceFault: rate(0.3), DiskFull: rate(0.1), NoteFault: rate(0.25),
		Hold: rate(1), Operator: rate(0.3), Restore: rate(0.1), Seasonal: rng.IntN(8) == 0,
		Loss: rate(0.1), Duplicate: rate(0.2), Slow: rate(0.1), Clock: rate(0.15), OfficeClock: rate(0.2),
	}
	if rng.IntN(5) == 0 { // then nothing of head office's may be lost for longer
		p.Restore, p.Retention = 0, between(rng, 10*time.Minute, 2*time.Hour)
	}

	if rng.IntN(8) == 0 {
		p = p.With(fateOf(rng))
	}
	if rng.IntN(4) == 0 { // a validator that is worn out
		p.NoteFault = 0.3 + 0.5*rng.Float64()
	}
	if rng.IntN(2) == 0 { // last, so that days with notes only stay as they were
		p = p.WithCodes(rate(0.4), rate(0.6))
	}
	if rng.IntN(2) == 0 {
		p = p.WithCards(rate(0.3), rate(0.6))
	}
	if rng.IntN(2) == 0 {
		p = p.WithPower(rate(0.8))
	}
	p.Public = p.Cards && rng.IntN(4) == 0

	return p
}

// WithCodes is the plan of a day on which bills are paid by QR code too.
func (p Plan) WithCodes(acquirer, atCode float64) Plan {
	p.Codes, p.Acquirer, p.CodeFault = true, acquirer, atCode

	return p
}

// With is the plan of a day with a fate. Head office knows then what it knows: it is not
// restored, nobody acts there, and no record is let go; and bills are paid with notes, unless
// WithCards or WithCodes says more.
func (p Plan) With(f Fate) Plan {
	p.Fate, p.Seasonal = f, false
	p.Restore, p.Operator, p.Retention = 0, 0, 0
	p.Codes, p.Cards, p.Power, p.Collections = false, false, false, false
	p.Public = false

	return p
}

// WithPower is the plan of a day on which power is bought onto meter cards too. A day with
// a fate stays as it is.
func (p Plan) WithPower(atSlot float64) Plan {
	if p.Fate != NoFate {
		return p
	}
	p.Power, p.PowerFault = true, atSlot

	return p
}

// WithCollections is the plan of a day on which two people collect the cash. They have dice
// of their own. A day with a fate stays as it is: what the two carried away is held against
// one journal only.
func (p Plan) WithCollections(atStep float64) Plan {
	if p.Fate != NoFate {
		return p
	}
	p.Collections, p.CollectionFault = true, atStep

	return p
}

// WithCards is the plan of a day on which bills are paid by bank card too. One with a copied
// disk stays as it is: the keys in a PIN pad are not copied with it.
func (p Plan) WithCards(bank, atCard float64) Plan {
	if p.Fate == Copied {
		return p
	}
	p.Cards, p.Bank, p.CardFault = true, bank, atCard

	return p
}

// Bug is a planted mistake at one boundary of the system.
type Bug string

// The bugs that can be planted. Audit must find each of them.
const (
	NoBug            Bug = ""
	LyingJournal     Bug = "lying-journal"       // acknowledged records are lost at a power cut (SyncWrites off)
	ConfirmEarly     Bug = "confirm-early"       // the device is told to forget a note before its credit is durable
	DoubleStacked    Bug = "double-stacked"      // a repeated stacked report counts as a second note
	ForgetInStacker  Bug = "forget-in-stacker"   // "in the stacker" after a power cut is taken for "no note"
	CreditOnEscrow   Bug = "credit-on-escrow"    // a note counts when it is read, not when it is stacked
	NewSerialOnRetry Bug = "new-serial-on-retry" // a posting is retried under a new serial
	AckBeforeCommit  Bug = "ack-before-commit"   // head office acknowledges what it then loses
	UnknownIsNotDone Bug = "unknown-is-not-done" // a lost MIS reply is taken as a refusal
	UnknownIsDone    Bug = "unknown-is-done"     // a lost MIS reply is taken as success
	SkipRecord       Bug = "skip-record"         // the outbox leaves a record out
	LoseOrder        Bug = "lose-order"          // head office forgets an order to post at a restart
	StackUnjournaled Bug = "stack-unjournaled"   // STACK goes out before the decision is durable
	SameIncarnation  Bug = "same-incarnation"    // a new journal begins under the incarnation of the old one
)

// Bugs lists all of them.
var Bugs = []Bug{
	LyingJournal, ConfirmEarly, DoubleStacked, ForgetInStacker, CreditOnEscrow, NewSerialOnRetry,
	AckBeforeCommit, UnknownIsNotDone, UnknownIsDone, SkipRecord, LoseOrder, StackUnjournaled,
	SameIncarnation,
}

func between(rng *rand.Rand, a, b time.Duration) time.Duration {
	return a + time.Duration(rng.Int64N(int64(b-a)+1))
}
