package bank

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// Steps of the history of a sale that two people have voided.
const (
	voidOrdered = "void ordered"
	voidDone    = "void done"
	voidNot     = "void not done"
	voidUndone  = "void taken back"
)

// VoidOrder is the sale that a kiosk is to have voided (撤销); without an ID there is none.
type VoidOrder struct {
	ID     string // the plan of the two people
	Serial string
	Sale   string // its row
	Batch  uint32
	Trace  uint32 // of the sale
	Amount money.Amount
	At     int64
	Sent   string // the row of the void that the kiosk sent; empty for not yet
}

// ErrVoid is why a sale is not voided.
var ErrVoid = fmt.Errorf("%w: the kiosk cannot have it voided", ErrGiveBack)

// PlanVoid says which sale would be voided by its kiosk, all of it, and writes nothing.
// ErrVoid says that it is not possible: its batch is closed, it is booked, people settled it
// another way, or the kiosk's records do not say that it stands. books.ErrReversible says that
// its kiosk takes it back itself.
func PlanVoid(ctx context.Context, tx Tx, id string) (RefundPlan, error) {
	v, err := voidable(ctx, tx, id)
	if err != nil {
		return RefundPlan{}, err
	}

	return planOf(v.sale), nil
}

// VoidIn orders a kiosk to have the bank void a sale of its open batch, once under number.
// From then on the sale counts as going back, and a case stands open, until the bank has
// answered, the kiosk has taken the void back, or the batch is settled without one. Whether
// the kiosk can do it without the card is the bank's rule, which the kiosk knows: where it
// cannot it sends nothing, and after the settlement the bank may be asked by people (RefundIn).
func VoidIn(ctx context.Context, tx Tx, id, number string, who books.Orderers, now time.Time) (Exchange, error) {
	v, err := voidable(ctx, tx, id)
	if err != nil {
		return v.sale, err
	}
	x, t := v.sale, v.of
	before := x
	x.State, x.WatchAt = Returning, 0
	if err := vouched(ctx, tx, before, &x, voidOrdered, who.Names(), who.Reason, now); err != nil {
		return x, err
	}
	t.Void = VoidOrder{ID: number, Serial: x.Serial, Sale: x.ID, Batch: x.Batch, Trace: x.Trace, Amount: x.Amount, At: stored.Millis(now)}
	t.UpdatedAt = stored.Millis(now)
	if err := tx.PutTerminal(ctx, t); err != nil {
		return x, fmt.Errorf("cannot store the terminal of kiosk %s: %w", x.Kiosk, err)
	}
	text := fmt.Sprintf("ordered: void %s yuan, terminal %s, batch %06d, trace %06d; order %s", x.Amount, x.Terminal, x.Batch, x.Trace, number)
	c := books.NewCase(x.Kiosk, now, books.ClassRefundAsked, x.ID+"-"+number, x.Serial, x.Amount, text)
	if err := tx.AddCases(ctx, []books.Case{c}); err != nil {
		return x, fmt.Errorf("cannot store cases of %s: %w", x.ID, err)
	}

	return x, nil
}

// standingSale is a sale, and the terminal that has it in its open batch.
type standingSale struct {
	sale Exchange
	of   Terminal
}

// voidable is a sale that its kiosk may be ordered to have voided. From the locks on its row
// and on its cases on nothing is posted or paid out for it.
func voidable(ctx context.Context, tx Tx, id string) (standingSale, error) {
	x, err := approvedSale(ctx, tx, id)
	if err != nil {
		return standingSale{sale: x}, err
	}
	t, err := tx.Terminal(ctx, x.Kiosk)
	v := standingSale{x, t}
	switch {
	case err != nil && !errors.Is(err, stored.ErrNotFound):
		return v, fmt.Errorf("cannot read the terminal of kiosk %s: %w", x.Kiosk, err)
	case t.Terminal != x.Terminal || t.Batch != x.Batch || t.Settled == Approved && t.SettledOf == x.Batch:
		return v, fmt.Errorf("%w: its batch is closed", ErrVoid)
	case t.Void.ID != "":
		return v, fmt.Errorf("%w: it is at another void", ErrVoid)
	}
	if err := posted(ctx, tx, x.Serial); err != nil {
		return v, err
	}
	if err := unsettledByPeople(ctx, tx, x.Serial); err != nil {
		return v, err
	}

	return v, standsAtKiosk(ctx, tx, x)
}

// standsAtKiosk refuses what a kiosk's records do not say to stand, at its end, and not voided:
// the kiosk takes it back itself, or knows nothing of it.
func standsAtKiosk(ctx context.Context, tx Tx, x Exchange) error {
	rows, err := tx.Transactions(ctx, []string{x.Serial})
	if err != nil {
		return fmt.Errorf("cannot read transaction %s: %w", x.Serial, err)
	}
	if len(rows) == 0 || rows[0].Folded == nil {
		return fmt.Errorf("%w: its kiosk's records are not here", ErrVoid)
	}
	t := rows[0].Folded
	switch void := t.Card.Void(); {
	case t.Card.State != bankcard.Approved || !t.Status().Ended():
		return books.ErrReversible
	case t.Status() != payments.Posted && t.Purpose == payments.Purchase:
		return fmt.Errorf("%w: the meter card has to be seen first", ErrVoid)
	case void != "" && void != bankcard.VoidRefused && void != bankcard.VoidUndone:
		return fmt.Errorf("%w: by the kiosk's records it is %s", ErrVoid, void)
	}

	return nil
}

// MayVoid reports whether people may order a sale to be voided as it stands.
func (l *Register) MayVoid(ctx context.Context, id string) (bool, error) {
	return stored.View(ctx, l.b, func(tx Tx) (bool, error) {
		_, err := PlanVoid(ctx, tx, id)
		if errors.Is(err, ErrGiveBack) || errors.Is(err, books.ErrReversible) {
			return false, nil
		}

		return err == nil, err
	})
}

// Voiding are the terminals that are to have a sale voided, by kiosk.
func (l *Register) Voiding(ctx context.Context) ([]Terminal, error) {
	return stored.View(ctx, l.b, func(tx Tx) ([]Terminal, error) { return tx.VoidingTerminals(ctx) })
}

// asOrdered refuses a void that no two people ordered, or that was sent before. One that they
// did is the kiosk's only one of this order.
func (c Carry) asOrdered(ctx context.Context, tx Tx, now time.Time) (verdict, err error) {
	t, err := tx.Terminal(ctx, c.Kiosk)
	if err != nil {
		return nil, fmt.Errorf("cannot read the terminal of kiosk %s: %w", c.Kiosk, err)
	}
	o, h := t.Void, c.Heading
	if o.ID == "" || o.Sent != "" || o.Serial != c.Serial || o.Batch != h.OfBatch || o.Trace != h.OfTrace || o.Amount != h.Amount {
		return ErrNobody, nil
	}
	t.Void.Sent, t.UpdatedAt = c.ID, stored.Millis(now)

	return nil, tx.PutTerminal(ctx, t)
}

// ofVoid refuses the reversal of a void of which neither these books nor the kiosk's records
// know, which books out of a backup may have forgotten.
func (c Carry) ofVoid(ctx context.Context, tx Tx, now time.Time) (verdict, err error) {
	_, err = tx.Exchange(ctx, idOf(posp.Void, c.Heading, c.Serial, now))
	if err == nil || !errors.Is(err, stored.ErrNotFound) {
		return nil, err
	}
	told, err := toldOf(ctx, tx, c.Serial)
	if err == nil && told.void == "" {
		verdict = ErrNobody
	}

	return verdict, err
}

// takeVoidBack marks the void that a reversal is about to take back.
func (c Carry) takeVoidBack(ctx context.Context, tx Tx, now time.Time) error {
	if err := reversal(ctx, tx, c.Kiosk, "", c.ID, now); err != nil {
		return err
	}
	x, err := tx.Exchange(ctx, idOf(posp.Void, c.Heading, c.Serial, now))
	if errors.Is(err, stored.ErrNotFound) || err == nil && (x.State == Reversing || x.State == Reversed) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read the void of %s: %w", c.ID, err)
	}
	before := x
	x.State, x.WatchAt = Reversing, 0

	return save(ctx, tx, before, x, "reversal sent", c.Kiosk, now)
}

// voidTakenBack is what follows from the bank's word that a void does not stand: the sale does.
func (x Exchange) voidTakenBack(ctx context.Context, tx Tx, now time.Time) error {
	h := Heading{Terminal: x.Terminal, Batch: x.Batch, Trace: x.Trace}
	void, err := tx.Exchange(ctx, idOf(posp.Void, h, x.Serial, now))
	if err != nil && !errors.Is(err, stored.ErrNotFound) {
		return fmt.Errorf("cannot read the void of %s: %w", x.ID, err)
	}
	if err == nil && void.State != Reversed {
		before := void
		void.State, void.WatchAt = Reversed, 0
		if err := save(ctx, tx, before, void, "reversed", x.Owner, now); err != nil {
			return err
		}
	}
	if err := reversal(ctx, tx, x.Kiosk, x.ID, "", now); err != nil {
		return err
	}
	if err := endVoid(ctx, tx, x.Kiosk, x.Serial, false, x.Owner, now); err != nil {
		return err
	}

	return x.standsAgain(ctx, tx, now)
}

// standsAgain is for a void that these books had as done: its answer came here, and its kiosk
// did not believe it.
func (x Exchange) standsAgain(ctx context.Context, tx Tx, now time.Time) error {
	others, err := tx.ExchangesOf(ctx, x.Serial)
	if err != nil {
		return fmt.Errorf("cannot read the operations of %s: %w", x.Serial, err)
	}
	i := slices.IndexFunc(others, func(o Exchange) bool { return o.Op == posp.Sale && o.Terminal == x.Terminal && o.State == Returned })
	if i < 0 {
		return nil
	}
	sale := others[i]
	before := sale
	sale.State, sale.WatchAt = Approved, 0
	if err := save(ctx, tx, before, sale, voidUndone, x.Owner, now); err != nil {
		return err
	}
	if err := books.UndoBookingBack(ctx, tx, sale.question("", wasVoided), now); err != nil {
		return err
	}

	return books.OpenUnbooked(ctx, tx, sale.matter(books.ClassUnbooked, x.ID, "the void was taken back: the bank has the sale", now), now)
}

// endVoid ends the order that a kiosk has for a payment: given is whether the bank voided the
// sale, whose money is with the customer then. Else it stands as before, and is owed as before.
func endVoid(ctx context.Context, tx Tx, kiosk, serial string, given bool, by string, now time.Time) error {
	t, err := tx.Terminal(ctx, kiosk)
	if errors.Is(err, stored.ErrNotFound) || err == nil && (t.Void.ID == "" || t.Void.Serial != serial) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read the terminal of kiosk %s: %w", kiosk, err)
	}
	o := t.Void
	t.Void, t.UpdatedAt = VoidOrder{}, stored.Millis(now)
	if err := tx.PutTerminal(ctx, t); err != nil {
		return fmt.Errorf("cannot store the terminal of kiosk %s: %w", kiosk, err)
	}

	x, err := tx.Exchange(ctx, o.Sale)
	if err != nil {
		return fmt.Errorf("operation %s: %w", o.Sale, err)
	}
	before := x
	event, text := voidNot, books.NotVoided
	next, classes := Approved, []string{books.ClassRefundAsked}
	if given {
		event, text = voidDone, books.VoidedByBank
		next, classes = Returned, append(classes, books.ClassOwed, books.ClassUnbooked)
	}
	if x.State == Returning { // else its kiosk takes it back meanwhile, which is a case
		x.State = next
	}
	if err := save(ctx, tx, before, x, event, by, now); err != nil {
		return err
	}
	if given {
		if err := x.bookingBack(ctx, tx, wasVoided, now); err != nil {
			return err
		}
	}

	return books.CloseCasesOf(ctx, tx, serial, text, now, classes...)
}

// closeVoid ends the order of a batch that is settled: what its kiosk sent was answered, or
// taken back, before that; what it did not send it never will. Books out of a backup may have
// missed the answer, which the kiosk's records have. Batches count up: the order of one before
// is over too.
func closeVoid(ctx context.Context, tx Tx, x Exchange, now time.Time) error {
	t, err := tx.Terminal(ctx, x.Kiosk)
	if err != nil {
		return fmt.Errorf("cannot read the terminal of kiosk %s: %w", x.Kiosk, err)
	}
	if t.Void.ID == "" || t.Void.Batch > x.Batch {
		return nil
	}
	told, err := toldOf(ctx, tx, t.Void.Serial)
	if err != nil {
		return err
	}

	return endVoid(ctx, tx, x.Kiosk, t.Void.Serial, told.void == bankcard.Voided, x.Owner, now)
}

// leaveVoid is for a terminal that goes to another kiosk. An order that was not sent never
// will be; of one that was, people say what the bank answered (AnswerIn).
func leaveVoid(ctx context.Context, tx Tx, t Terminal, by string, now time.Time) error {
	if t.Void.ID == "" || t.Void.Sent != "" {
		return nil
	}

	return endVoid(ctx, tx, t.Kiosk, t.Void.Serial, false, by, now)
}
