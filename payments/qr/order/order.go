package order

import (
	"fmt"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
	"wattkiosk/payments/qr"
)

// State is where an order stands; see the table in the package comment.
type State string

// The states. Paid may become refunding; the other three of the last four are ends.
const (
	Placing    State = "placing"
	Collecting State = "collecting"
	Waiting    State = "waiting"
	Closing    State = "closing"
	Ending     State = "ending"
	Refunding  State = "refunding"
	Paid       State = "paid"
	NotPaid    State = "not-paid"
	Refunded   State = "refunded"
	Kept       State = "kept"
)

// Final reports whether nothing is to be done, unless somebody or something asks
// for it.
func (s State) Final() bool {
	return s == Paid || s == NotPaid || s == Refunded || s == Kept
}

// PaidLate is why a payment goes back that came after the kiosk was told otherwise.
const PaidLate = "paid-late"

// Bounds of the machine.
const (
	AskEvery      = 2 * time.Second  // a question while the customer may pay
	Life          = 5 * time.Minute  // longest time in which an order may be paid
	Lease         = 30 * time.Second // a call in flight for longer is taken as lost
	EscalateAfter = time.Hour        // an order open for longer is a matter for a person

	// Horizon is the farthest NextAt that the machine ever sets. An order that waits for
	// longer was written under a wrong clock, and is due.
	Horizon = backoffMax + Lease

	straySettle  = 2 * time.Minute // for an order that was never answered to arrive
	refusalLimit = 3               // refusals of a refund of which the acquirer knows nothing
	backoffFirst = time.Second
	backoffMax   = 5 * time.Minute
)

// Order is one order. It is a value, and kept as JSON.
type Order struct {
	Serial  string       `json:"serial"`
	Kiosk   string       `json:"kiosk"`
	Account string       `json:"account"`
	Amount  money.Amount `json:"amount"`
	Mode    qr.Mode      `json:"mode"`

	State    State     `json:"state"`
	Show     string    `json:"show,omitempty"` // what the screen draws
	Until    time.Time `json:"until"`          // no payment is wanted after that
	Password bool      `json:"password,omitempty"`

	InFlight Effect    `json:"in_flight,omitempty"`
	NextAt   time.Time `json:"next_at,omitzero"` // zero at an end
	Failures int       `json:"failures,omitempty"`
	Doubt    bool      `json:"doubt,omitempty"`    // a refusal is believed after one question
	Refusals int       `json:"refusals,omitempty"` // of the refund, each confirmed by a question
	OpenedAt time.Time `json:"opened_at"`

	Told      bool      `json:"told,omitempty"` // the kiosk has the word that it is not paid
	Back      bool      `json:"back,omitempty"` // not paid: it was, and the acquirer gave it back by itself
	Late      bool      `json:"late,omitempty"` // paid after nobody waited
	Reference string    `json:"reference,omitempty"`
	Payer     string    `json:"payer,omitempty"`  // masked
	PaidAt    time.Time `json:"paid_at,omitzero"` // by the acquirer, or when its word came
	Why       string    `json:"why,omitempty"`    // why it is not paid, or goes back
	Code      string    `json:"code,omitempty"`   // of the acquirer's last word
	Text      string    `json:"text,omitempty"`
}

// New is a fresh order, due at once, that may be paid for life.
func New(o Order, life time.Duration, now time.Time) Order {
	o.State = Placing
	if o.Mode == qr.Scanned {
		o.State = Collecting
	}
	o.Until = now.Add(min(max(life, 0), Life))
	o.NextAt, o.OpenedAt = now, now

	return o
}

// sequenceAt is where a serial's number of the opening record begins, after terminal and
// incarnation.
const sequenceAt = 10

// RefundSerial is the serial of the order's only refund: that of the order with 9 for
// the first digit of its sequence number, which no journal reaches. So it is of no other
// order and of no other kiosk's refund.
func (o Order) RefundSerial() string {
	if len(o.Serial) <= sequenceAt {
		return ""
	}

	return o.Serial[:sequenceAt] + "9" + o.Serial[sequenceAt+1:]
}

// Due reports whether there is something to do at now.
func (o Order) Due(now time.Time) bool {
	return !o.State.Final() && (!o.NextAt.After(now) || o.NextAt.After(now.Add(Horizon)))
}

// Open reports whether the acquirer may still be owed a call.
func (o Order) Open() bool { return !o.State.Final() }

// Overdue reports whether a person should know that the order is still open.
func (o Order) Overdue(now time.Time) bool {
	age := now.Sub(o.OpenedAt)

	return o.Open() && (age > EscalateAfter || age < -EscalateAfter)
}

// Effect is a call to make once the new state is durable; empty for none.
type Effect string

// The effects. Raise asks the owner to open a case.
const (
	Place     Effect = "place"
	Collect   Effect = "collect"
	Ask       Effect = "ask"
	Close     Effect = "close"
	Refund    Effect = "refund"
	AskRefund Effect = "ask-refund"
	Raise     Effect = "raise"
)

// Kind is what happened.
type Kind int

// The events.
const (
	Due      Kind = iota + 1 // NextAt has come
	Answered                 // a call was answered; silence included
	Noticed                  // the acquirer says by itself that the order is paid
	Abandon                  // nobody waits any more
	GiveBack                 // what was paid for will not be had
	Tell                     // the kiosk is being told that nothing was paid for it, if that is so
)

// Event is one thing that happened to an order.
type Event struct {
	Kind   Kind
	Now    time.Time
	To     Effect      // Answered: the call that was answered
	Answer call.Answer // Answered
	Word   Word        // Answered and Noticed: what came with it
	Code   bool        // Due: the customer's code is at hand
	Why    string      // Abandon, GiveBack
}

// Word is what an acquirer says beside the outcome.
type Word struct {
	Show      string
	Reference string
	Payer     string // masked
	PaidAt    time.Time
	Reason    string // of a refusal, in our words
	Gone      bool   // closing gave the money back by itself
}

// Step applies one event. On an error the order is returned unchanged.
func Step(o Order, e Event) (Order, Effect, error) {
	before := o
	if latest := e.Now.Add(Life); o.Open() && o.Until.After(latest) { // a clock that was ahead set it
		o.Until = latest
	}

	next, effect, err := step(o, e)
	if err != nil {
		return before, "", err
	}

	return next, effect, nil
}

func step(o Order, e Event) (Order, Effect, error) {
	switch {
	case e.Kind == Due && o.Due(e.Now):
		next, effect := due(o, e)

		return next, effect, nil
	case e.Kind == Answered && o.InFlight == e.To && e.To != "":
		next, effect := answered(o, e)

		return next, effect, nil
	case e.Kind == Answered || e.Kind == Noticed: // late, or by itself
		next, effect := noticed(o, e)

		return next, effect, nil
	case e.Kind == Abandon:
		return abandon(o, e), "", nil
	case e.Kind == GiveBack && o.State == Paid:
		o.Why = e.Why

		return to(o, Refunding, e.Now), "", nil
	case e.Kind == GiveBack && (o.State == Refunding || o.State == Refunded || o.State == Kept):
		return o, "", nil
	case e.Kind == Tell:
		o.Told = o.Told || o.State == NotPaid || o.State == Refunding || o.State == Refunded || o.State == Kept

		return o, "", nil
	}

	return o, "", fmt.Errorf("%w: event %d (%s) in state %s", call.ErrIllegal, e.Kind, e.To, o.State)
}

func due(o Order, e Event) (Order, Effect) {
	if o.InFlight != "" { // the lease ran out: whoever called is gone
		return lost(o, e.Now), ""
	}

	switch o.State {
	case Collecting:
		if !e.Code { // it never left: one question is enough
			o = to(o, Waiting, e.Now)
			o.Doubt, o.Why = true, "code-lost"

			return o, ""
		}

		return fly(o, Collect, e.Now), Collect
	case Placing:
		if !e.Now.Before(o.Until) {
			return to(o, Waiting, e.Now), ""
		}

		return fly(o, Place, e.Now), Place
	case Closing:
		if !o.Doubt {
			return fly(o, Close, e.Now), Close
		}
	case Refunding:
		if !o.Doubt {
			return fly(o, Refund, e.Now), Refund
		}

		return fly(o, AskRefund, e.Now), AskRefund
	}

	return fly(o, Ask, e.Now), Ask
}

// fly marks a call as under way.
func fly(o Order, effect Effect, now time.Time) Order {
	o.InFlight, o.NextAt = effect, now.Add(Lease)

	return o
}

// lost forgets a call that may have left.
func lost(o Order, now time.Time) Order {
	if o.State == Collecting {
		return to(o, Waiting, now)
	}

	return again(o, now)
}

func answered(o Order, e Event) (Order, Effect) {
	o.Code, o.Text = e.Answer.Code, e.Answer.Text
	switch o.State {
	case Placing:
		return placed(o, e), ""
	case Collecting:
		return collected(o, e), ""
	case Waiting:
		return asked(o, e), ""
	case Closing:
		return closed(o, e), ""
	case Ending:
		return ended(o, e), ""
	case Refunding:
		return refunded(o, e)
	}
	o.InFlight = ""

	return o, ""
}

// placed: a refusal may be about an order that stands, and is paid, which this one
// forgot. One question decides.
func placed(o Order, e Event) Order {
	a := e.Answer
	switch {
	case a.Outcome == call.Done:
		o.Show = e.Word.Show

		return to(o, Waiting, e.Now.Add(AskEvery))
	case a.Outcome == call.NotDone && !a.Retry:
		o = to(o, Waiting, e.Now)
		o.Doubt, o.Why = true, e.Word.Reason

		return o
	}

	return again(o, e.Now)
}

// collected: a refusal speaks of this call only, and a question decides.
func collected(o Order, e Event) Order {
	if e.Answer.Outcome == call.Done {
		return paid(o, e)
	}
	o.Password = e.Answer.Wait
	o.Doubt = e.Answer.Outcome == call.NotDone
	if o.Doubt {
		o.Why = e.Word.Reason
	}

	return to(o, Waiting, e.Now.Add(AskEvery))
}

// asked: an order whose time is over is closed only once the acquirer has said that it is
// not paid yet, since closing may give back what was paid: books out of a backup have it
// open, and it was posted since.
func asked(o Order, e Event) Order {
	a := e.Answer
	switch {
	case a.Outcome == call.Done:
		return paid(o, e)
	case a.Outcome == call.NotDone && a.Undone:
		return gone(o)
	case a.Outcome == call.NotDone && (!a.Retry || o.Doubt):
		return notPaid(o, or(o.Why, e.Word.Reason))
	}
	switch over := !e.Now.Before(o.Until); {
	case over && (a.Wait || a.Outcome == call.NotDone):
		o.Why = or(o.Why, "expired")

		return to(o, Closing, e.Now)
	case over:
		return again(o, e.Now)
	}
	o.Password = a.Wait && o.Mode == qr.Scanned
	o.InFlight, o.NextAt = "", e.Now.Add(AskEvery)

	return o
}

// closed: after a closing, and after one that was refused, one question tells whether
// it was paid in that moment.
func closed(o Order, e Event) Order {
	a := e.Answer
	if o.Doubt { // the question after a refusal
		o.Doubt = false
		switch {
		case a.Outcome == call.Done:
			return paid(o, e)
		case a.Outcome == call.NotDone && a.Undone:
			return gone(o)
		case a.Outcome == call.NotDone && (!a.Retry || !e.Now.Before(o.Until.Add(straySettle))):
			return notPaid(o, or(o.Why, e.Word.Reason))
		}

		return again(o, e.Now)
	}

	switch {
	case a.Outcome == call.Done && e.Word.Gone:
		return gone(o)
	case a.Outcome == call.Done:
		return to(o, Ending, e.Now)
	case a.Outcome == call.NotDone:
		o = again(o, e.Now)
		o.Doubt, o.NextAt = true, e.Now

		return o
	}

	return again(o, e.Now)
}

func ended(o Order, e Event) Order {
	switch a := e.Answer; {
	case a.Outcome == call.Done:
		return paid(o, e)
	case a.Outcome == call.NotDone && a.Undone:
		return gone(o)
	case a.Outcome == call.NotDone:
		return notPaid(o, o.Why)
	}

	return again(o, e.Now)
}

// refunded: a refund that is refused, or of which nobody can tell, is asked about before
// it is ordered again. One that was refused, and of which the acquirer knows nothing, was
// not carried out.
func refunded(o Order, e Event) (Order, Effect) {
	a, asked := e.Answer, e.To == AskRefund
	refused := a.Outcome == call.NotDone && !a.Retry
	switch {
	case a.Outcome == call.Done:
		return end(o, Refunded), ""
	case asked && (refused || a.Outcome == call.NotDone && o.Refusals >= refusalLimit):
		o.Why = or(e.Word.Reason, o.Why)

		return end(o, Kept), Raise
	case asked:
		o.Doubt = a.Outcome != call.NotDone

		return again(o, e.Now), ""
	case refused:
		o.Refusals++
		o.Doubt, o.InFlight = true, ""
		o.NextAt = e.Now.Add(AskEvery)

		return o, ""
	}
	o.Doubt = a.Outcome == call.Unknown

	return again(o, e.Now), ""
}

// noticed takes the word that an order is paid which nobody asked for, or no longer.
// Anything less is a hint: a question follows. While an order is being closed that word
// is a hint too: the acquirer may give back what it closes.
func noticed(o Order, e Event) (Order, Effect) {
	returning := o.State == Ending || o.State == Closing && (o.InFlight == Close || o.Failures > 0)
	if e.Answer.Outcome != call.Done || returning || e.To == Place || e.To == Close || e.To == Refund || e.To == AskRefund {
		if !o.State.Final() && o.InFlight == "" {
			o.NextAt = e.Now
		}

		return o, ""
	}

	switch o.State {
	case Paid, Refunding, Refunded, Kept:
		return o, ""
	case NotPaid:
		if o.Back { // a word from before it was given back
			return o, ""
		}
		told := o.Told
		o = paid(o, e)
		o.Late = true
		if !told {
			return o, ""
		}
		o.Why, o.Told = PaidLate, true

		return to(o, Refunding, e.Now), ""
	}

	return paid(o, e), ""
}

func abandon(o Order, e Event) Order {
	switch o.State {
	case Placing, Collecting, Waiting:
		o.Why = or(o.Why, e.Why)
		o.Until = e.Now
		if o.InFlight != "" { // it is closed once the call has ended
			return o
		}

		return to(o, Closing, e.Now)
	}

	return o
}

func paid(o Order, e Event) Order {
	o.Late = o.State == Closing || o.State == Ending
	o.Reference = e.Word.Reference
	o.Payer, o.PaidAt = e.Word.Payer, e.Word.PaidAt
	if o.PaidAt.IsZero() {
		o.PaidAt = e.Now
	}
	o.Why, o.Told = "", false
	o.Refusals = 0

	return end(o, Paid)
}

func notPaid(o Order, why string) Order {
	o.Why = why

	return end(o, NotPaid)
}

// gone: it was paid, and the acquirer gave it back by itself.
func gone(o Order) Order {
	o.Back = true

	return notPaid(o, or(o.Why, "given-back"))
}

func to(o Order, s State, at time.Time) Order {
	o.State, o.NextAt = s, at
	o.InFlight, o.Failures = "", 0
	if s != Waiting {
		o.Doubt, o.Password = false, false
	}

	return o
}

func end(o Order, s State) Order { return to(o, s, time.Time{}) }

// again plans the same call once more.
func again(o Order, now time.Time) Order {
	o.InFlight = ""
	o.NextAt = now.Add(backoff.Wait(o.Failures, backoffFirst, backoffMax))
	o.Failures++

	return o
}

func or(s, other string) string {
	if s == "" {
		return other
	}

	return s
}
