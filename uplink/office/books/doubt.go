package books

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/stored"
)

// Doubt is why an order is not believed. The kiosk is told.
type Doubt string

// The doubts.
const (
	NoDoubt          Doubt = ""
	DoubtJournal     Doubt = "journal"     // the kiosk's journal does not follow
	DoubtFork        Doubt = "fork"        // it is written twice, and no record orders it yet
	DoubtLimit       Doubt = "limit"       // more than one payment can be
	DoubtDay         Doubt = "day"         // more than the cassette holds
	DoubtIncarnation Doubt = "incarnation" // the serial is of another journal than the kiosk's
	DoubtAhead       Doubt = "ahead"       // the serial is far after the journal's end
	DoubtTime        Doubt = "time"        // no clock says that
	DoubtTender      Doubt = "tender"      // there is no such tender
	DoubtNotes       Doubt = "notes"       // the notes in the records are another sum
	DoubtUnknown     Doubt = "unpaid"      // nobody has its money, as far as is known
	DoubtSettled     Doubt = "settled"     // people said already what became of its money
)

// The years between which a clock may be, however wrong it is.
var (
	earliest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// PlausibleTime reports whether a clock can have said this, in Unix milliseconds, right or
// wrong. One that was lost may say 1970, one that is wrong 2039.
func PlausibleTime(at int64) bool { return at >= earliest.UnixMilli() && at < latest.UnixMilli() }

// checker is what orders of one kiosk are held against in one database transaction.
type checker struct {
	bounds  Bounds
	journal Journal // whose serials the orders must have
	taken   map[string]money.Amount
}

// newChecker reads what orders of the kiosk of a journal are held against.
func newChecker(ctx context.Context, tx Tx, j Journal) (*checker, error) {
	b, err := BoundsIn(ctx, tx, j.Kiosk)
	if err != nil {
		return nil, err
	}

	return &checker{bounds: b, journal: j, taken: map[string]money.Amount{}}, nil
}

// doubt says why an order is not believed, in words; NoDoubt if it is. date is its business
// date. An order that is believed counts among those of its date.
func (c *checker) doubt(ctx context.Context, tx Tx, o Order, date string) (Doubt, string, error) {
	if d, why := c.beyond(o); d != NoDoubt || payments.Tender(o.Tender) != payments.Cash {
		return d, why, nil
	}
	sum, known := c.taken[date]
	if !known {
		var err error
		if sum, err = tx.CashTaken(ctx, o.Kiosk, date); err != nil {
			return NoDoubt, "", fmt.Errorf("cannot add up the cash of kiosk %s: %w", o.Kiosk, err)
		}
	}
	if sum+o.Amount > c.bounds.DayCash {
		return DoubtDay, fmt.Sprintf("with it %s yuan in notes would be posted for the day, the cassette holds %s", sum+o.Amount, c.bounds.DayCash), nil
	}
	c.taken[date] = sum + o.Amount

	return NoDoubt, "", nil
}

// beyond is doubt by the order alone.
func (c *checker) beyond(o Order) (Doubt, string) {
	most, known := c.bounds.most(o.Tender)
	incarnation, seq := serialOf(o.Serial)
	own := c.journal.Incarnation
	if c.journal.Branch() {
		own = c.journal.Of
	}
	last := c.journal.Head.Seq
	switch {
	case !known:
		return DoubtTender, fmt.Sprintf("there is no tender %.20q", o.Tender)
	case o.Amount > most:
		return DoubtLimit, fmt.Sprintf("more than %s yuan, the most of one payment", most)
	case incarnation != own:
		return DoubtIncarnation, fmt.Sprintf("its serial is of incarnation %d, the kiosk's journal is of %d", incarnation, own)
	case seq > last+uint64(c.bounds.Ahead):
		return DoubtAhead, fmt.Sprintf("its serial is of record %d, the kiosk's journal is here up to %d", seq, last)
	case !PlausibleTime(o.PaidAt):
		return DoubtTime, fmt.Sprintf("paid at %d ms, which no clock says", o.PaidAt)
	case o.Odd != "":
		return DoubtNotes, o.Odd
	}

	return NoDoubt, ""
}

// Where the incarnation is in a serial; the number of a record comes after it.
const (
	serialKiosk       = 8
	serialIncarnation = 10
)

// serialOf takes a serial of Order.Check apart.
func serialOf(serial string) (incarnation uint8, seq uint64) {
	n, _ := strconv.ParseUint(serial[serialKiosk:serialIncarnation], 10, 8) // digits: see ownSerial
	seq, _ = strconv.ParseUint(serial[serialIncarnation:], 10, 64)

	return uint8(n), seq
}

// HeldState is what became of an order that was held.
type HeldState string

// The states.
const (
	Held     HeldState = "held"
	Released HeldState = "released" // two people had it posted
	Refused  HeldState = "refused"  // two people had it not posted: it is owed
	Passed   HeldState = "passed"   // it was believed after all
)

// HeldOrder is an order that is not believed. ID is that of its case.
type HeldOrder struct {
	ID        string
	Order     Order
	Why       Doubt
	Text      string
	State     HeldState
	At        int64
	Version   int64
	UpdatedAt int64
}

// heldID is the case of an order; one that is ordered again has the same.
func heldID(o Order) string { return caseID(ClassHeld, o.Kiosk, heldRef(o)) }

func heldOrder(o Order, d Doubt, why string, now time.Time) HeldOrder {
	at := stored.Millis(now)
	o.Account, o.Tender = stored.Text(o.Account), stored.Text(o.Tender)

	return HeldOrder{ID: heldID(o), Order: o, Why: d, Text: why, State: Held, At: at, Version: 1, UpdatedAt: at}
}

// MaxHeld is how many orders of a kiosk are held at a time. What comes beyond is counted in
// one case more, and held too: the kiosk asks for it again, and its records have it.
const MaxHeld = 200

// orderedAfterAll is what the books say of the case of an order that is believed after all.
const orderedAfterAll = "ordered after all"

// AlarmHeld is on while an order of a kiosk is held that it cannot have meant.
const AlarmHeld = "order-held"

// hold keeps orders that are not believed, each with a case. One that is held already stays
// as it is; a person's refusal of it too.
func hold(ctx context.Context, tx Tx, held []HeldOrder, now time.Time) error {
	for _, h := range held {
		if _, err := tx.HeldOrder(ctx, h.ID); err == nil {
			continue
		} else if !errors.Is(err, stored.ErrNotFound) {
			return fmt.Errorf("cannot read held order %s: %w", h.ID, err)
		}
		n, err := tx.CountCases(ctx, Filter{Kiosk: h.Order.Kiosk, Class: ClassHeld, Open: true})
		if err != nil {
			return fmt.Errorf("cannot count held orders: %w", err)
		}
		o := h.Order
		c := newCase(o.Kiosk, h.At, ClassHeld, heldRef(o), o.Serial, o.Amount, fmt.Sprintf("%s yuan to %s by %s: %s", o.Amount, o.Account, o.Tender, h.Text))
		if n.Cases >= MaxHeld {
			c.ID = caseID(ClassHeld, o.Kiosk, "more")
			c.Amount = 0
			if err := CountCase(ctx, tx, c); err != nil {
				return err
			}
			continue
		}
		if err := tx.PutHeld(ctx, h); err != nil {
			return fmt.Errorf("cannot hold an order: %w", err)
		}
		if err := tx.AddCases(ctx, []Case{c}); err != nil {
			return fmt.Errorf("cannot store the case of a held order: %w", err)
		}
		if h.Why == DoubtJournal || h.Why == DoubtFork { // these have an alarm of their own
			continue
		}
		a := Alarm{Kiosk: o.Kiosk, Code: AlarmHeld, On: true, Detail: stored.Text(string(h.Why) + ": " + h.Text), At: h.At, UpdatedAt: h.At}
		if err := tx.PutAlarms(ctx, []Alarm{a}); err != nil {
			return fmt.Errorf("cannot store an alarm: %w", err)
		}
	}

	return nil
}

// passed ends what is held of orders that are postings now: they are believed after all.
// Most orders were never held, which one look tells.
func passed(ctx context.Context, tx Tx, fresh []Posting, now time.Time) error {
	if len(fresh) == 0 {
		return nil
	}
	serials := make([]string, len(fresh))
	for i, p := range fresh {
		serials[i] = p.Serial
	}
	rows, err := tx.HeldOf(ctx, serials)
	if err != nil {
		return fmt.Errorf("cannot read held orders: %w", err)
	}
	for _, h := range rows {
		i := indexOf(fresh, h.Order.Serial)
		if h.State != Held || i < 0 || !fresh[i].stands(h.Order) {
			continue
		}
		if err := endHeld(ctx, tx, h, Passed, ClosedByOffice, orderedAfterAll, now); err != nil {
			return err
		}
	}

	return nil
}

func indexOf(rows []Posting, serial string) int {
	for i, p := range rows {
		if p.Serial == serial {
			return i
		}
	}

	return -1
}

// endHeld ends one, with its case, and the alarm if no other is held.
func endHeld(ctx context.Context, tx Tx, h HeldOrder, state HeldState, by, how string, now time.Time) error {
	h.State, h.UpdatedAt = state, stored.Millis(now)
	h.Version++
	if err := tx.PutHeld(ctx, h); err != nil {
		return fmt.Errorf("cannot store held order %s: %w", h.ID, err)
	}
	if err := EndCase(ctx, tx, h.ID, by, how, now); err != nil && !errors.Is(err, stored.ErrNotFound) {
		return err
	}
	n, err := tx.CountCases(ctx, Filter{Kiosk: h.Order.Kiosk, Class: ClassHeld, Open: true})
	if err != nil || n.Cases > 0 {
		return err
	}

	return tx.PutAlarms(ctx, []Alarm{{Kiosk: h.Order.Kiosk, Code: AlarmHeld, At: h.UpdatedAt, UpdatedAt: h.UpdatedAt}})
}

// HeldPlan is what releasing or refusing an order that is held starts from.
type HeldPlan struct {
	Case    string       `json:"case"`
	Serial  string       `json:"serial"`
	Kiosk   string       `json:"kiosk"`
	Account string       `json:"account"`
	Tender  string       `json:"tender"`
	Amount  money.Amount `json:"amount"`
	PaidAt  int64        `json:"paid_at"`
	Doubt   Doubt        `json:"doubt"`
	Text    string       `json:"text"`
	Records money.Amount `json:"records"` // what the kiosk's records say was taken, as far as they are here
}

// PlanHeld says what deciding about an order that is held starts from, and writes nothing.
// posting.ErrAction says that it is not held any more.
func PlanHeld(ctx context.Context, tx Tx, id string) (HeldPlan, error) {
	h, err := heldNow(ctx, tx, id)
	if err != nil {
		return HeldPlan{}, err
	}

	return planOf(ctx, tx, h)
}

// planOf is what deciding about a held order starts from.
func planOf(ctx context.Context, tx Tx, h HeldOrder) (HeldPlan, error) {
	o := h.Order
	p := HeldPlan{Case: h.ID, Serial: o.Serial, Kiosk: o.Kiosk, Account: o.Account, Tender: o.Tender, Amount: o.Amount, PaidAt: o.PaidAt, Doubt: h.Why, Text: h.Text}
	rows, err := tx.Transactions(ctx, []string{o.Serial})
	if err != nil {
		return p, fmt.Errorf("cannot read transaction %s: %w", o.Serial, err)
	}
	for _, t := range rows {
		p.Records = t.Total
	}

	return p, nil
}

// PlanRelease is PlanHeld for posting the order after all. PaidOutError says that a counter
// gave its money to the customer.
func PlanRelease(ctx context.Context, tx Tx, id string) (HeldPlan, error) {
	h, err := heldNow(ctx, tx, id)
	if err == nil {
		err = notGiven(ctx, tx, h)
	}
	if err != nil {
		return HeldPlan{}, err
	}

	return planOf(ctx, tx, h)
}

// notGiven refuses to post what a counter gave to the customer.
func notGiven(ctx context.Context, tx Tx, h HeldOrder) error {
	before, is, err := decided(ctx, tx, h.Order.Serial)
	if err != nil || !is {
		return err
	}

	return notPaidOut(ctx, tx, before)
}

// heldNow is an order that is held still, and has no posting.
func heldNow(ctx context.Context, tx Tx, id string) (HeldOrder, error) {
	h, err := tx.HeldOrder(ctx, id)
	if err != nil {
		return h, fmt.Errorf("held order %.80q: %w", id, err)
	}
	rows, err := tx.Postings(ctx, []string{h.Order.Serial})
	switch {
	case err != nil:
		return h, fmt.Errorf("cannot read posting %s: %w", h.Order.Serial, err)
	case h.State != Held:
		return h, fmt.Errorf("%w: the order is not held any more", posting.ErrAction)
	case len(rows) > 0:
		return h, fmt.Errorf("%w: there is a posting under its serial", posting.ErrAction)
	}

	return h, nil
}

// ReleaseIn has an order that is held posted, as two people want it. PaidOutError says that a
// counter gave its money to the customer.
func ReleaseIn(ctx context.Context, tx Tx, s *Keeper, id string, who Orderers, now time.Time) error {
	h, err := heldNow(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := notGiven(ctx, tx, h); err != nil {
		return err
	}
	if err := endHeld(ctx, tx, h, Released, who.Names(), "released: "+who.Reason, now); err != nil {
		return err
	}
	_, verdicts, err := s.ensureAll(ctx, tx, nil, []Order{h.Order}, 0, now)
	if err == nil && verdicts[0] != nil {
		err = fmt.Errorf("%w: %w", posting.ErrAction, verdicts[0])
	}

	return err
}

// RefuseIn has an order that is held never posted, as two people want it: its posting is
// owed from the beginning, with one case, and its kiosk learns of it. What people had settled
// before has no case more: its own is told of the refusal.
func RefuseIn(ctx context.Context, tx Tx, s *Keeper, id string, who Orderers, now time.Time) error {
	h, err := heldNow(ctx, tx, id)
	if err != nil {
		return err
	}
	o := h.Order
	p := Posting{Posting: posting.New(s.payment(o, now), now), PaidAt: o.PaidAt, Route: s.rules.route(o), Version: 1, UpdatedAt: stored.Millis(now)}
	p.Call = p.Recall(call.NotDone, now)
	p.Reason = stored.Text(fmt.Sprintf("not posted, as %s ordered: %s", who.Names(), who.Reason))
	if err := tx.AddPostings(ctx, []Posting{p}); err != nil {
		return fmt.Errorf("cannot store posting %s: %w", o.Serial, err)
	}
	step := line(p, "refused", who.Names(), now)
	step.Text = stored.Text(who.Reason)
	if err := tx.PutHistory(ctx, []History{step}); err != nil {
		return fmt.Errorf("cannot store history of %s: %w", o.Serial, err)
	}
	if err := endHeld(ctx, tx, h, Refused, who.Names(), "refused: "+who.Reason, now); err != nil {
		return err
	}
	if err := noMoreUnbooked(ctx, tx, o, now); err != nil {
		return err
	}

	return s.ended(ctx, tx, p, now)
}
