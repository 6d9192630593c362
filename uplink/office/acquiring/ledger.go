package acquiring

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// Ledger keeps the orders. It is safe for concurrent use if its backend is.
type Ledger struct{ b stored.Backend[Tx] }

// New is a Ledger of the orders in b.
func New(b stored.Backend[Tx]) *Ledger { return &Ledger{b} }

// Place makes sure that there is one order under the serial, which may be paid for life,
// and returns it with the call to make, if that is its first. The owner makes it at
// once: nobody else has the customer's code, which is at hand where code says so. Another
// order under the serial is books.ErrConflict, with a case; one that cannot be meant is
// books.ErrOrder. Where no acquirer takes the code it ends at once.
func (l *Ledger) Place(ctx context.Context, w Want, life time.Duration, code bool, owner string, now time.Time) (o Order, effect order.Effect, err error) {
	if err := w.check(); err != nil {
		return Order{}, "", err
	}

	var verdict error
	err = l.b.Update(ctx, func(tx Tx) error {
		effect, verdict = "", nil
		o, err = tx.QROrder(ctx, w.Serial)
		if err == nil {
			verdict, err = conflict(ctx, tx, o, w, now)

			return err
		}
		if !errors.Is(err, stored.ErrNotFound) {
			return fmt.Errorf("cannot read order %s: %w", w.Serial, err)
		}

		o = w.named()
		o.Untried = ""
		o.Order = order.New(o.Order, life, now.UTC())
		if o.Acquirer == "" {
			o.State, o.Why = order.NotPaid, "bad-code"
			o.NextAt = time.Time{}
		} else if o.Order, effect, err = order.Step(o.Order, order.Event{Kind: order.Due, Now: now.UTC(), Code: code}); err != nil {
			return err
		}
		if o.InFlight != "" {
			o.Owner = owner
		}

		return add(ctx, tx, &o, w.Kiosk, now)
	})

	return o, effect, errors.Join(err, verdict)
}

// add stores a new row.
func add(ctx context.Context, tx Tx, o *Order, by string, now time.Time) error {
	o.Version, o.UpdatedAt = 1, stored.Millis(now)
	if o.Open() {
		o.WatchAt = stored.Millis(o.OpenedAt.Add(order.EscalateAfter))
	}
	if err := tx.AddQROrder(ctx, *o); err != nil {
		return fmt.Errorf("cannot store order %s: %w", o.Serial, err)
	}

	return tx.AddQRHistory(ctx, []books.History{line(*o, "ordered", by, now)})
}

func line(o Order, event, by string, now time.Time) books.History {
	return books.History{
		Serial: o.Serial, Version: o.Version, At: stored.Millis(now), Event: event, State: string(o.State), Code: stored.Text(o.Code), Text: stored.Text(o.Text), By: by,
	}
}

// conflict is the verdict on a row that was found, with a case if it is another order.
func conflict(ctx context.Context, tx Tx, o Order, w Want, now time.Time) (verdict, err error) {
	if o.stands(w) {
		return nil, nil
	}
	text := fmt.Sprintf("held: %s yuan to %s by qr; now ordered: %s yuan to %s", o.Amount, o.Account, w.Amount, w.Account)
	c := books.NewCase(w.Kiosk, now, books.ClassConflict, w.Serial+"-qr", w.Serial, w.Amount, text)

	return fmt.Errorf("%w: %s", books.ErrConflict, w.Serial), books.AddConflicts(ctx, tx, c)
}

// Asking is what a kiosk asks about an order.
type Asking int

// The questions.
const (
	Wait   Asking = iota + 1 // what has become of it
	Close                    // nobody waits for it any more
	Refund                   // what was paid for will not be had
	Adopt                    // a posting is ordered for it: only make sure that it is known
)

// Look is what a kiosk is answered about an order. If there is none it is made anew and
// asked about. An order that is not paid is marked as told. A refund of what is booked,
// or may be, is ErrBooked; another order under the serial is books.ErrConflict, one that
// cannot be meant books.ErrOrder, and one that no acquirer can be asked about ErrNowhere.
func (l *Ledger) Look(ctx context.Context, w Want, a Asking, why string, now time.Time) (o Order, err error) {
	if err := w.check(); err != nil {
		return Order{}, err
	}

	var verdict error
	err = l.b.Update(ctx, func(tx Tx) error {
		verdict = nil
		o, err = tx.QROrder(ctx, w.Serial)
		switch {
		case errors.Is(err, stored.ErrNotFound):
			if len(w.Acquirers) == 0 {
				verdict = ErrNowhere

				return nil
			}
			o, err = anew(ctx, tx, w, a, now)

			return err
		case err != nil:
			return fmt.Errorf("cannot read order %s: %w", w.Serial, err)
		}
		if verdict, err = conflict(ctx, tx, o, w, now); verdict != nil || err != nil {
			return err
		}

		o, verdict, err = look(ctx, tx, o, a, why, now)

		return err
	})

	return o, errors.Join(err, verdict)
}

// answerTime is how long an order that nobody waits for may be asked about before it is
// closed: a collection gives back what it closes.
const answerTime = 2 * order.AskEvery

// anew makes an order of which only the kiosk knows: its request was lost on the way, or
// these books are out of a backup. It may have been paid, so it is asked about and never
// placed. What the acquirer does not know is not paid, unless a code was shown that
// nobody may have scanned yet.
func anew(ctx context.Context, tx Tx, w Want, a Asking, now time.Time) (Order, error) {
	life := order.Life
	if a == Close {
		life = answerTime
	}
	o := w.named()
	o.Order = order.New(o.Order, life, now.UTC())
	o.State, o.Doubt = order.Waiting, w.Unshown || w.Mode == qr.Scanned
	if o.Doubt {
		o.Why = "not-ordered"
	}

	return o, add(ctx, tx, &o, w.Kiosk, now)
}

func look(ctx context.Context, tx Tx, o Order, a Asking, why string, now time.Time) (Order, error, error) {
	e, what := order.Event{Now: now.UTC(), Why: stored.Text(why)}, ""
	switch {
	case (a == Refund || a == Adopt) && o.contradicted(now):
		o, err := askAgain(ctx, tx, o, now)

		return o, nil, err
	case a == Close:
		e.Kind, what = order.Abandon, "abandoned"
	case a == Refund && o.State == order.Paid:
		if verdict, err := mayReturn(ctx, tx, o.Serial); verdict != nil || err != nil {
			return o, verdict, err
		}
		e.Kind, what = order.GiveBack, "refund ordered"
	}

	if e.Kind != 0 {
		next, err := step(ctx, tx, o, e, what, o.Kiosk, now)
		if err != nil {
			return o, nil, err
		}
		o = next.Order
	}
	switch a {
	case Refund:
		return o, nil, contradiction(ctx, tx, o, now)
	case Adopt:
		return o, nil, nil
	}
	told, err := step(ctx, tx, o, order.Event{Kind: order.Tell, Now: now.UTC()}, "told", o.Kiosk, now)

	return told.Order, nil, err
}

// contradicted reports whether a kiosk that has a payment should have the acquirer asked
// about it again: these books may be out of a backup.
func (o Order) contradicted(now time.Time) bool {
	return o.State == order.NotPaid && !o.Back && now.Sub(time.UnixMilli(o.UpdatedAt)).Abs() > order.Lease
}

// askAgain asks once more about an order that is not paid.
func askAgain(ctx context.Context, tx Tx, o Order, now time.Time) (Order, error) {
	o.State, o.Doubt = order.Waiting, true
	o.NextAt, o.Until = now.UTC(), now.UTC().Add(order.Life)
	o.Version++
	o.UpdatedAt = stored.Millis(now)
	o.WatchAt = stored.Millis(now.Add(order.EscalateAfter))
	if err := tx.UpdateQROrder(ctx, o); err != nil {
		return o, fmt.Errorf("cannot store order %s: %w", o.Serial, err)
	}

	return o, tx.AddQRHistory(ctx, []books.History{line(o, "the kiosk has it paid", o.Kiosk, now)})
}

// mayReturn is ErrBooked for a payment that is posted, or of which nobody knows it, and
// ErrBooking while its posting is open.
func mayReturn(ctx context.Context, tx Tx, serial string) (verdict, err error) {
	rows, err := tx.Postings(ctx, []string{serial})
	if err != nil {
		return nil, fmt.Errorf("cannot read posting %s: %w", serial, err)
	}
	for _, p := range rows {
		switch {
		case p.State == posting.Owed:
		case p.State.Final():
			return fmt.Errorf("%w: its posting is %s", ErrBooked, posting.Word(p.State)), nil
		default:
			return ErrBooking, nil
		}
	}

	return settledByPerson(ctx, tx, serial)
}

// settledByPerson is ErrBooked for a payment whose case a person has closed: the customer
// has the money back by another way, or has it booked by hand. Each case is locked before
// it is believed, so that nobody closes it meanwhile.
func settledByPerson(ctx context.Context, tx Tx, serial string) (verdict, err error) {
	cases, err := tx.CasesOf(ctx, serial)
	if err != nil {
		return nil, fmt.Errorf("cannot read cases of %s: %w", serial, err)
	}
	for _, c := range cases {
		if !c.OfPayment() {
			continue
		}
		if c, err = tx.Case(ctx, c.ID); err != nil {
			return nil, fmt.Errorf("cannot read case %s: %w", c.ID, err)
		}
		if !c.Open && c.ClosedBy != books.ClosedByOffice {
			return fmt.Errorf("%w: a person has settled it", ErrBooked), nil
		}
	}

	return nil, nil
}

// contradiction makes a case of a refund of what the acquirer says was never paid.
func contradiction(ctx context.Context, tx Tx, o Order, now time.Time) error {
	if o.State != order.NotPaid || o.Back {
		return nil
	}
	c := books.NewCase(o.Kiosk, now, books.ClassEvidence, o.Serial+"-qr", o.Serial, o.Amount, "the kiosk has it paid, the acquirer says it is not: "+o.Why)

	return tx.AddCases(ctx, []books.Case{c})
}

// Due claims at most limit due orders for owner, all in one database transaction, and
// returns the calls to make.
func (l *Ledger) Due(ctx context.Context, owner string, limit int, now time.Time) ([]Claim, error) {
	var claims []Claim
	err := l.b.Update(ctx, func(tx Tx) error {
		claims = nil
		rows, err := tx.DueQROrders(ctx, now, limit)
		if err != nil {
			return fmt.Errorf("cannot list due orders: %w", err)
		}
		for _, o := range rows {
			o.Owner = owner
			c, err := step(ctx, tx, o, order.Event{Kind: order.Due, Now: now.UTC()}, "due", owner, now)
			switch {
			case errors.Is(err, stored.ErrStale) || errors.Is(err, call.ErrIllegal): // another was faster
				continue
			case err != nil:
				return err
			case c.Effect != "":
				claims = append(claims, c)
			}
		}

		return nil
	})

	return claims, err
}

// Hear takes what became of a call, or a notice, and returns the order as it then is.
// by is this head office, or the acquirer that sent the notice: what was paid there is
// refunded there.
func (l *Ledger) Hear(ctx context.Context, serial string, e order.Event, by string, now time.Time) (Order, error) {
	var o Order
	err := l.b.Update(ctx, func(tx Tx) (err error) {
		if o, err = tx.QROrder(ctx, serial); err != nil {
			return fmt.Errorf("order %.32q: %w", serial, err)
		}
		what := "notice"
		if e.Kind == order.Answered {
			what = string(e.To) + " answered"
		} else if e.Answer.Outcome == call.Done && (o.Open() || o.State == order.NotPaid) {
			o.Acquirer, o.Untried = by, ""
		}
		e.Now = now.UTC()
		next, err := step(ctx, tx, o, e, what, by, now)
		o = next.Order

		return err
	})

	return o, err
}

// step applies one event and stores what follows, if anything does.
func step(ctx context.Context, tx Tx, o Order, e order.Event, what, by string, now time.Time) (Claim, error) {
	e.Answer.Code, e.Answer.Text = stored.Text(e.Answer.Code), stored.Text(e.Answer.Text)
	e.Word.Reference, e.Word.Payer = stored.Text(e.Word.Reference), stored.Text(e.Word.Payer)
	next, effect, err := order.Step(o.Order, e)
	if err != nil {
		return Claim{Order: o}, err
	}
	if next == o.Order {
		return Claim{o, effect}, nil
	}
	if next.State != o.State && e.Answer.Code != "" { // what a notice says is the last word too
		next.Code, next.Text = e.Answer.Code, e.Answer.Text
	}

	before := o.Order
	o.Order = next
	o = o.elsewhere(now)
	if o.InFlight == "" {
		o.Owner = ""
	}
	o.Version++
	o.UpdatedAt = stored.Millis(now)
	o.WatchAt = watch(before, o, now)
	if err := tx.UpdateQROrder(ctx, o); err != nil {
		return Claim{Order: o}, fmt.Errorf("cannot store order %s: %w", o.Serial, err)
	}
	if before.State != o.State || before.Told != o.Told || before.Code != o.Code {
		if err := tx.AddQRHistory(ctx, []books.History{line(o, what, by, now)}); err != nil {
			return Claim{Order: o}, fmt.Errorf("cannot store history of %s: %w", o.Serial, err)
		}
	}

	return Claim{o, effect}, matters(ctx, tx, before, o, now)
}

// elsewhere asks the next acquirer about an order that was made anew, where this one
// says that it is not paid.
func (o Order) elsewhere(now time.Time) Order {
	if o.State != order.NotPaid || o.Untried == "" || o.Back {
		return o
	}
	o.Acquirer, o.Untried, _ = strings.Cut(o.Untried, ",")
	o.State, o.Doubt = order.Waiting, o.Mode == qr.Scanned
	o.NextAt, o.Until = now.UTC(), now.UTC().Add(answerTime)

	return o
}

// Restarted makes the calls that this owner had in flight when it ended due again, as
// lost ones.
func (l *Ledger) Restarted(ctx context.Context, owner string, now time.Time) error {
	return l.b.Update(ctx, func(tx Tx) error {
		rows, err := tx.QROrdersInFlight(ctx, owner)
		if err != nil {
			return fmt.Errorf("cannot list orders in flight: %w", err)
		}
		for _, o := range rows {
			o.NextAt = now.UTC()
			o.Version++
			o.UpdatedAt = stored.Millis(now)
			if err := tx.UpdateQROrder(ctx, o); err != nil && !errors.Is(err, stored.ErrStale) {
				return fmt.Errorf("cannot store order %s: %w", o.Serial, err)
			}
		}

		return nil
	})
}

// Next is when Due or Watch has something to do, zero for never.
func (l *Ledger) Next(ctx context.Context) (time.Time, error) {
	return stored.View(ctx, l.b, func(tx Tx) (time.Time, error) { return tx.NextQROrder(ctx) })
}

// Order is one order, or stored.ErrNotFound.
func (l *Ledger) Order(ctx context.Context, serial string) (Order, error) {
	return stored.View(ctx, l.b, func(tx Tx) (Order, error) { return tx.QROrder(ctx, serial) })
}

// Orders are the newest that f lets through.
func (l *Ledger) Orders(ctx context.Context, f books.Filter) ([]Order, error) {
	f.Limit = stored.Limit(f.Limit)

	return stored.View(ctx, l.b, func(tx Tx) ([]Order, error) { return tx.ListQROrders(ctx, f) })
}

// Detail is all that is held of one order, or stored.ErrNotFound.
func (l *Ledger) Detail(ctx context.Context, serial string) (Detail, error) {
	return stored.View(ctx, l.b, func(tx Tx) (d Detail, err error) {
		if d.Order, err = tx.QROrder(ctx, serial); err != nil {
			return d, fmt.Errorf("order %.32q: %w", serial, err)
		}
		if d.History, err = tx.QRHistory(ctx, serial); err != nil {
			return d, err
		}
		if d.Cases, err = tx.CasesOf(ctx, serial); err != nil {
			return d, err
		}
		ps, err := tx.Postings(ctx, []string{serial})
		if len(ps) > 0 {
			d.Posting = &ps[0]
		}

		return d, err
	})
}
