package bank

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// Register keeps the operations and terminals. It is safe for concurrent use if its
// backend is.
type Register struct{ b stored.Backend[Tx] }

// New is a Register of the rows in b.
func New(b stored.Backend[Tx]) *Register { return &Register{b} }

// Asked is a frame that a kiosk wants carried, and what it says of it.
type Asked struct {
	Kiosk, Serial, Terminal string
	Heading                 Heading
}

// Carry is a frame that may leave now.
type Carry struct {
	Asked
	Op    posp.Op
	ID    string // of its row; empty if it has none
	Send  int64  // which sending of it this is
	Bound bool   // its terminal is the kiosk's from now on
}

// Result is what became of a frame that left, or could not. Answer is the heading of
// what the bank answered, if it did.
type Result struct {
	End    End
	Answer Heading
}

// Take makes sure that a frame may leave, and that the books have it. Its errors:
//
//	ErrFrame           no operation of a terminal's, or without what it must have
//	ErrTerminal        another terminal than this kiosk's, with a case
//	ErrTwice           a sale that was sent before
//	ErrUndone          a sale that comes after its reversal
//	ErrStands          a second sale of a payment that may be paid already, with a case
//	ErrNobody          a refund, or a void that no two people ordered
//	books.ErrConflict  another operation under the same numbers, with a case
//	books.ErrUnknown   the kiosk is not enrolled
//
// After any error nothing may leave.
func (l *Register) Take(ctx context.Context, a Asked, owner string, now time.Time) (c Carry, err error) {
	c = Carry{Asked: a, Op: a.Heading.Op()}
	if err := c.check(); err != nil {
		return c, err
	}

	var verdict error
	err = l.b.Update(ctx, func(tx Tx) error {
		verdict = nil
		t, found, err := bind(ctx, tx, a, now)
		if err != nil {
			return err
		}
		if found != nil {
			verdict = found

			return nil
		}
		c.Bound = t.BoundAt == stored.Millis(now) && t.BoundBy == ""
		if !kept(c.Op) {
			return nil
		}
		verdict, err = c.enter(ctx, tx, owner, now)

		return err
	})

	return c, errors.Join(err, verdict)
}

// check says whether the frame can be meant.
func (c Carry) check() error {
	h := c.Heading
	switch {
	case c.Op == "":
		return fmt.Errorf("%w: message type %s", ErrFrame, h.Type)
	case c.Op == posp.Refund:
		return ErrNobody
	case h.Terminal != c.Terminal:
		return fmt.Errorf("%w: field 41 is not the terminal that the request names", ErrFrame)
	case hasSerial(c.Op) != (c.Serial != ""):
		return fmt.Errorf("%w: %s with the serial %.32q", ErrFrame, c.Op, c.Serial)
	case hasSerial(c.Op) && !books.OwnSerial(c.Kiosk, c.Serial):
		return fmt.Errorf("%w: serial %.32q is not of kiosk %s", ErrFrame, c.Serial, c.Kiosk)
	case hasSerial(c.Op) && (h.Amount <= 0 || h.Amount > money.Max):
		return fmt.Errorf("%w: amount %s", ErrFrame, h.Amount)
	case kept(c.Op) && (h.Batch == 0 || h.Trace == 0):
		return fmt.Errorf("%w: no batch or trace", ErrFrame)
	}

	return nil
}

// enter writes the operation down before its frame leaves.
func (c *Carry) enter(ctx context.Context, tx Tx, owner string, now time.Time) (verdict, err error) {
	c.ID = idOf(c.Op, c.Heading, c.Serial, now)
	x, err := tx.Exchange(ctx, c.ID)
	fresh := errors.Is(err, stored.ErrNotFound)
	switch {
	case err != nil && !fresh:
		return nil, fmt.Errorf("cannot read operation %s: %w", c.ID, err)
	case !fresh && !x.stands(c.Asked):
		return books.ErrConflict, books.CountCase(ctx, tx, c.conflict(x, now))
	case !fresh && (c.Op == posp.Sale || c.Op == posp.Void):
		return ErrTwice, nil
	}
	for _, may := range c.conditions() {
		if verdict, err := may(ctx, tx, now); verdict != nil || err != nil {
			return verdict, err
		}
	}

	before := x
	if fresh {
		x = c.row(now)
	}
	if x.State != Approved {
		x.State = Sent
	}
	x.End, x.Owner = "", owner
	x.ResentAt = stored.Millis(now)
	x.Sends++
	c.Send = x.Sends
	if err := save(ctx, tx, before, x, "sent", c.Kiosk, now); err != nil {
		return nil, err
	}
	if c.Op == posp.Reversal {
		return nil, c.takeBack(ctx, tx, now)
	}

	return nil, nil
}

// row is the operation before anything is known of it.
func (c Carry) row(now time.Time) Exchange {
	h := c.Heading

	return Exchange{
		ID: c.ID, Kiosk: c.Kiosk, Serial: c.Serial, Terminal: h.Terminal, Merchant: h.Merchant, Op: c.Op, Type: h.Type.String(), Processing: h.Processing,
		Batch: h.Batch, Trace: h.Trace, Amount: h.Amount, Masked: h.Masked, SentAt: stored.Millis(now), WatchAt: stored.Millis(now.Add(OpenAfter)),
		Totals: h.Totals, BookedTo: h.BookedTo,
	}
}

// stands reports whether the row is the operation that is asked for.
func (x Exchange) stands(a Asked) bool {
	return x.Kiosk == a.Kiosk && x.Serial == a.Serial && x.Merchant == a.Heading.Merchant && x.Amount == a.Heading.Amount
}

// conditions are what must hold before an operation of a payment may leave.
func (c Carry) conditions() []func(ctx context.Context, tx Tx, now time.Time) (verdict, err error) {
	switch c.Op {
	case posp.Sale:
		return []func(context.Context, Tx, time.Time) (error, error){c.numbered, c.alone}
	case posp.Void:
		return []func(context.Context, Tx, time.Time) (error, error){c.asOrdered}
	case posp.Reversal:
		if c.Heading.Processing == ofVoid {
			return []func(context.Context, Tx, time.Time) (error, error){c.ofVoid}
		}

		return []func(context.Context, Tx, time.Time) (error, error){c.numbered}
	}

	return nil
}

// numbersFor is how long batch and trace of a sale stand for it alone.
const numbersFor = 7 * 24 * time.Hour

// numbered refuses batch and trace that stand for the sale of another payment: the bank
// would take that one back. A kiosk that has lost its count may come to use them.
func (c Carry) numbered(ctx context.Context, tx Tx, now time.Time) (verdict, err error) {
	others, err := tx.ExchangesLike(ctx, c.Terminal, c.Heading.Trace, now.Add(-numbersFor))
	if err != nil {
		return nil, fmt.Errorf("cannot find operations like %s: %w", c.ID, err)
	}
	for _, x := range others {
		if x.Op == posp.Sale && x.Batch == c.Heading.Batch && x.Serial != c.Serial && (x.State.Open() || x.State == Approved) {
			return books.ErrConflict, books.CountCase(ctx, tx, c.conflict(x, now))
		}
	}

	return nil, nil
}

// alone refuses a sale while another one of the payment stands, or may, and one whose
// reversal was faster: a bank that has answered that would take the money for nobody.
func (c Carry) alone(ctx context.Context, tx Tx, now time.Time) (verdict, err error) {
	others, err := tx.ExchangesOf(ctx, c.Serial)
	if err != nil {
		return nil, fmt.Errorf("cannot read the operations of %s: %w", c.Serial, err)
	}
	for _, x := range others {
		if x.Op == posp.Reversal && x.Batch == c.Heading.Batch && x.Trace == c.Heading.Trace {
			return ErrUndone, nil
		}
		if x.Op == posp.Sale && (x.State.Open() || x.State == Approved) {
			return ErrStands, books.CountCase(ctx, tx, c.conflict(x, now))
		}
	}

	return nil, nil
}

// takeBack marks the sale that a reversal is about to take back. From the lock on its row
// on no posting is made of it.
func (c Carry) takeBack(ctx context.Context, tx Tx, now time.Time) error {
	if c.Heading.Processing == ofVoid {
		return c.takeVoidBack(ctx, tx, now)
	}
	x, err := tx.Exchange(ctx, idOf(posp.Sale, c.Heading, c.Serial, now))
	lost := errors.Is(err, stored.ErrNotFound) // its request was, on the way; or these books are out of a backup
	if err != nil && !lost {
		return fmt.Errorf("cannot read the sale of %s: %w", c.ID, err)
	}
	if err := errors.Join(booked(ctx, tx, c, now), reversal(ctx, tx, c.Kiosk, "", c.ID, now)); err != nil {
		return err
	}
	if lost || x.State == Reversing || x.State == Reversed || x.State == Returned {
		return nil
	}
	before := x
	x.State, x.WatchAt = Reversing, 0

	return save(ctx, tx, before, x, "reversal sent", c.Kiosk, now)
}

// Ended takes what became of a frame that Take let go. It is to be called before the
// kiosk is answered: where it fails the kiosk must not have the answer.
func (l *Register) Ended(ctx context.Context, c Carry, r Result, by string, now time.Time) error {
	return l.b.Update(ctx, func(tx Tx) error {
		if err := note(ctx, tx, c, r, now); err != nil || c.ID == "" {
			return err
		}
		x, err := tx.Exchange(ctx, c.ID)
		if err != nil {
			return fmt.Errorf("operation %s: %w", c.ID, err)
		}
		if r.End != Answered && (x.Sends != c.Send || x.State != Sent && x.State != Reversing || x.AnsweredAt != 0 && x.Op == posp.Sale) {
			return nil // something newer is known
		}

		return x.ended(ctx, tx, r, by, now)
	})
}

// ended writes down what became of an operation, and what follows.
func (x Exchange) ended(ctx context.Context, tx Tx, r Result, by string, now time.Time) error {
	if x.State == Approved && x.Op != posp.Sale {
		return nil // it was carried out: what a repeat is answered, with keys of before, changes nothing
	}
	before := x
	x.End = r.End
	next := Unknown
	switch {
	case r.End == NotSent && x.Op == posp.Sale:
		next = Unsent
	case r.End == Answered || r.End == Late:
		x.AnsweredAt, x.Code = stored.Millis(now), r.Answer.Code
		x.Reference, x.AuthCode = r.Answer.Reference, r.Answer.AuthCode
		x.Settles, x.BankTotals = r.Answer.Settles, r.Answer.Totals
		next = x.judge(r.Answer)
	}
	if !x.decided() {
		x.State = next
	}
	x.WatchAt = x.watch(before, now)

	if err := save(ctx, tx, before, x, string(x.Op)+" "+string(r.End), by, now); err != nil {
		return err
	}

	if err := matters(ctx, tx, x, now); err != nil || x.Op != posp.Sale && x.Op != posp.Void || x.State != Reversed || next != Approved {
		return err
	}

	return x.contradicted(ctx, tx, now)
}

// decided reports whether the answer to a sale does not say any more how it stands: that of
// its reversal does, or people who asked the bank.
func (x Exchange) decided() bool {
	return x.State == Reversing || x.State == Reversed || x.State == Returning || x.State == Returned
}

// judge is what an answer says of the operation.
func (x Exchange) judge(a Heading) State {
	v := posp.Judge(x.Op, a.Code)
	switch {
	case (x.Op == posp.Sale || x.Op == posp.Void) && a.Amount != x.Amount && (a.Amount != 0 || v.Outcome == posp.Done):
		return Unknown // the kiosk does not believe it, and takes the sale back
	case v.Outcome == posp.Done && x.Op == posp.Settle && a.Compared != posp.Equal:
		return Unequal
	case v.Outcome == posp.Done:
		return Approved
	case v.Outcome == posp.NotDone:
		return Declined
	}

	return Unknown
}

// lateFor is how old an operation may be that an answer is still taken for.
const lateFor = 24 * time.Hour

// Stray takes an answer that nobody waits for. It settles an operation that has no
// answer yet, and is written down where it contradicts one. An answer to nothing that is
// known is stored.ErrNotFound.
func (l *Register) Stray(ctx context.Context, a Heading, by string, now time.Time) (x Exchange, err error) {
	err = l.b.Update(ctx, func(tx Tx) error {
		found, err := tx.ExchangesLike(ctx, a.Terminal, a.Trace, now.Add(-lateFor))
		if err != nil {
			return fmt.Errorf("cannot find an operation: %w", err)
		}
		for _, x = range found {
			if x.Type != (a.Type-0x10).String() || a.Batch != 0 && a.Batch != x.Batch {
				continue
			}
			if x, err = tx.Exchange(ctx, x.ID); err != nil {
				return fmt.Errorf("operation %s: %w", x.ID, err)
			}

			return x.stray(ctx, tx, a, by, now)
		}

		return stored.ErrNotFound
	})

	return x, err
}

func (x Exchange) stray(ctx context.Context, tx Tx, a Heading, by string, now time.Time) error {
	switch {
	case x.AnsweredAt == 0 || x.Op != posp.Sale && x.State.Open():
		return x.ended(ctx, tx, Result{Late, a}, by, now)
	case x.Code == a.Code:
		return nil
	}
	x.Version++
	x.UpdatedAt = stored.Millis(now)
	if err := tx.UpdateExchange(ctx, x); err != nil {
		return fmt.Errorf("cannot store operation %s: %w", x.ID, err)
	}
	h := x.line(string(x.Op)+" answered twice", by, now)
	h.Code = string(a.Code)

	return tx.AddBankHistory(ctx, []books.History{h})
}

// save stores a row, and a line of its history where something has changed that people
// follow.
func save(ctx context.Context, tx Tx, before, x Exchange, event, by string, now time.Time) error {
	x.Version = before.Version + 1
	x.UpdatedAt = stored.Millis(now)
	store := tx.UpdateExchange
	if before.Version == 0 {
		store = tx.AddExchange
	}
	if err := store(ctx, x); err != nil {
		return fmt.Errorf("cannot store operation %s: %w", x.ID, err)
	}
	if x.Sends > 1 && event == "sent" || before.State == x.State && before.Code == x.Code && before.AnsweredAt == x.AnsweredAt {
		return nil
	}
	if err := tx.AddBankHistory(ctx, []books.History{x.line(event, by, now)}); err != nil {
		return fmt.Errorf("cannot store history of %s: %w", x.ID, err)
	}

	return nil
}

func (x Exchange) line(event, by string, now time.Time) books.History {
	return books.History{
		Serial: x.ID, Version: x.Version, At: stored.Millis(now), Event: event, State: string(x.State), Code: stored.Text(string(x.Code)), By: by,
	}
}

// Restarted makes the outcome of what this owner had under way when it ended unknown.
func (l *Register) Restarted(ctx context.Context, owner string, now time.Time) error {
	return l.b.Update(ctx, func(tx Tx) error {
		rows, err := tx.ExchangesInFlight(ctx, owner)
		if err != nil {
			return fmt.Errorf("cannot list operations under way: %w", err)
		}
		for _, x := range rows {
			before := x
			x.State, x.End = Unknown, NoAnswer
			if err := save(ctx, tx, before, x, "restarted", owner, now); err != nil && !errors.Is(err, stored.ErrStale) {
				return err
			}
		}

		return nil
	})
}

// Next is when Watch has something to do, zero for never.
func (l *Register) Next(ctx context.Context) (time.Time, error) {
	return stored.View(ctx, l.b, func(tx Tx) (time.Time, error) { return tx.NextExchange(ctx) })
}

// Exchanges are the newest that f lets through.
func (l *Register) Exchanges(ctx context.Context, f Filter) ([]Exchange, error) {
	f.Limit = stored.Limit(f.Limit)

	return stored.View(ctx, l.b, func(tx Tx) ([]Exchange, error) { return tx.ListExchanges(ctx, f) })
}

// Detail is all that is held of one operation, or stored.ErrNotFound.
func (l *Register) Detail(ctx context.Context, id string) (Detail, error) {
	return stored.View(ctx, l.b, func(tx Tx) (d Detail, err error) {
		if d.Exchange, err = tx.Exchange(ctx, id); err != nil {
			return d, fmt.Errorf("operation %.64q: %w", id, err)
		}
		if d.History, err = tx.BankHistory(ctx, id); err != nil || d.Exchange.Serial == "" {
			return d, err
		}
		if d.Others, err = tx.ExchangesOf(ctx, d.Exchange.Serial); err != nil {
			return d, err
		}
		if d.Cases, err = tx.CasesOf(ctx, d.Exchange.Serial); err != nil {
			return d, err
		}
		ps, err := tx.Postings(ctx, []string{d.Exchange.Serial})
		if len(ps) > 0 {
			d.Posting = &ps[0]
		}

		return d, err
	})
}
