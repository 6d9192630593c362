package bank

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// OpenAfter is how long an approved sale may stand without a posting, and a sale,
// reversal or settlement without an answer. It is the farthest WatchAt that is ever set:
// an operation that is watched from later on was watched by a wrong clock.
const OpenAfter = 10 * time.Minute

// Watched reports whether a person may have to know of the operation now.
func (x Exchange) Watched(now time.Time) bool {
	return x.WatchAt != 0 && (x.WatchAt <= stored.Millis(now) || x.WatchAt > stored.Millis(now.Add(OpenAfter)))
}

// What the books say of a case that they closed themselves.
const (
	TakenBack = "taken back by the bank"
	Settled   = "the batch was settled"
	BankTold  = "the bank was told"
)

// watch is when a person may have to know of an operation that ended.
func (x Exchange) watch(before Exchange, now time.Time) int64 {
	switch {
	case x.Op == posp.Sale && x.State == Approved && before.State != Approved:
		return stored.Millis(now.Add(OpenAfter))
	case x.Op == posp.Sale && x.State == Approved, x.State.Open():
		return x.WatchAt
	}

	return 0
}

func (x Exchange) matter(class, ref, text string, now time.Time) books.Case {
	return books.NewCase(x.Kiosk, now, class, ref, x.Serial, x.Amount, text)
}

func (c Carry) conflict(x Exchange, now time.Time) books.Case {
	text := fmt.Sprintf("held: sale of %s yuan, trace %06d, %s; now asked: %s of %s yuan, trace %06d", x.Amount, x.Trace, x.State, c.Op, c.Heading.Amount, c.Heading.Trace)

	return books.NewCase(c.Kiosk, now, books.ClassConflict, "bank", c.Serial, c.Heading.Amount, text)
}

// booked makes a case of a reversal of what is posted, or may be, of what a person has
// settled, or of what the bank was asked to give back: the customer has that back twice. The kiosk will not stop before the bank has
// answered, so it is carried all the same.
func booked(ctx context.Context, tx Tx, c Carry, now time.Time) error {
	ps, err := tx.Postings(ctx, []string{c.Serial})
	if err != nil {
		return fmt.Errorf("cannot read posting %s: %w", c.Serial, err)
	}
	asked, err := goingBack(ctx, tx, c.Serial)
	switch {
	case err != nil:
		return err
	case asked:
		return c.twice(ctx, tx, "the kiosk takes the sale back, and the bank was asked to give it back", now)
	}
	for _, p := range ps {
		if p.State != posting.Owed {
			return c.twice(ctx, tx, "the kiosk takes the sale back, and its posting is "+posting.Word(p.State), now)
		}
	}
	settled, err := settledByPerson(ctx, tx, c.Serial)
	if err == nil && settled {
		err = c.twice(ctx, tx, "the kiosk takes the sale back, and a person has settled what was owed", now)
	}

	return err
}

// twice makes a case of money that the customer has twice.
func (c Carry) twice(ctx context.Context, tx Tx, text string, now time.Time) error {
	m := books.NewCase(c.Kiosk, now, books.ClassTakenBack, c.ID, c.Serial, c.Heading.Amount, text)
	if err := tx.AddCases(ctx, []books.Case{m}); err != nil {
		return fmt.Errorf("cannot store cases of %s: %w", c.Serial, err)
	}

	return nil
}

// settledByPerson reports whether a person has closed a case that says what became of the
// payment. Each is locked before it is believed.
func settledByPerson(ctx context.Context, tx Tx, serial string) (bool, error) {
	cases, err := tx.CasesOf(ctx, serial)
	if err != nil {
		return false, fmt.Errorf("cannot read cases of %s: %w", serial, err)
	}
	for _, c := range cases {
		if !c.OfPayment() {
			continue
		}
		if c, err = tx.Case(ctx, c.ID); err != nil {
			return false, fmt.Errorf("cannot read case %s: %w", c.ID, err)
		}
		if !c.Open && c.ClosedBy != books.ClosedByOffice {
			return true, nil
		}
	}

	return false, nil
}

// matters is what follows from the end of an operation.
func matters(ctx context.Context, tx Tx, x Exchange, now time.Time) error {
	switch {
	case x.Op == posp.Reversal && x.State == Approved && x.Processing == ofVoid:
		return x.voidTakenBack(ctx, tx, now)
	case x.Op == posp.Reversal && x.State == Approved:
		return x.takenBack(ctx, tx, now)
	case x.Op == posp.Void && (x.State == Approved || x.State == Declined):
		return endVoid(ctx, tx, x.Kiosk, x.Serial, x.State == Approved, x.Owner, now)
	case x.Op == posp.Scripts && x.State == Declined:
		return tx.AddCases(ctx, []books.Case{x.untold(now)})
	case x.Op == posp.Scripts && x.State == Approved:
		return books.CloseIfOpen(ctx, tx, x.untold(now).ID, BankTold, now)
	case x.Op == posp.UploadEnd && x.State == Approved:
		return closeVoid(ctx, tx, x, now)
	case x.Op == posp.Settle && (x.State == Unequal || x.State == Declined):
		return x.refusedBatch(ctx, tx, now)
	case x.Op == posp.Settle && x.State == Approved:
		return settled(ctx, tx, x, now)
	case x.Op == posp.Sale && !x.State.Open() && x.State != Approved:
		return books.CloseCasesOf(ctx, tx, x.Serial, "the bank says that it is "+string(x.State), now, books.ClassUnbooked)
	}

	return nil
}

// refusedBatch makes a case of a batch that the bank does not settle, unless another try settled
// it: one that was late on its way is refused then.
func (x Exchange) refusedBatch(ctx context.Context, tx Tx, now time.Time) error {
	if x.State == Declined {
		if later, err := settledLater(ctx, tx, x); err != nil || later {
			return err
		}
	}

	return tx.AddCases(ctx, []books.Case{x.unsettled(now)})
}

// unsettled is the matter of a batch. Totals that differ are one of their own: the
// uploads that follow do not make them equal.
func (x Exchange) unsettled(now time.Time) books.Case {
	ref, text := fmt.Sprintf("%s-%06d", x.Terminal, x.Batch), fmt.Sprintf("batch %06d of terminal %s was not settled: %s", x.Batch, x.Terminal, x.how())
	if x.State == Unequal {
		ref, text = ref+books.UnequalTotals, fmt.Sprintf("batch %06d of terminal %s: the bank has other totals than the kiosk", x.Batch, x.Terminal)
	}

	return x.matter(books.ClassBatch, ref, text, now)
}

// untold is the matter of a notice (951) that the bank has not taken: its issuer does not know
// whether the card is blocked, as it wanted.
func (x Exchange) untold(now time.Time) books.Case {
	ref := fmt.Sprintf("%s-%06d-%06d-scripts", x.Terminal, x.Batch, x.Trace)
	text := fmt.Sprintf("batch %06d of terminal %s, trace %06d: the bank was not told what a chip did with scripts: %s", x.Batch, x.Terminal, x.Trace, x.how())

	return books.NewCase(x.Kiosk, now, books.ClassBatch, ref, "", 0, text)
}

// how is how the operation stands, with the bank's code if it gave one.
func (x Exchange) how() string {
	if x.Code == "" {
		return string(x.State)
	}

	return fmt.Sprintf("%s (%s)", x.State, x.Code)
}

// takenBack is what follows from the bank's word that a sale does not stand. It settles
// nothing while another sale of the payment does. What is owed stays owed where the bank
// had approved this one, and has never heard of it now: that an earlier reversal undid it
// is nowhere written down.
func (x Exchange) takenBack(ctx context.Context, tx Tx, now time.Time) error {
	h := Heading{Terminal: x.Terminal, Batch: x.Batch, Trace: x.Trace}
	sale, err := tx.Exchange(ctx, idOf(posp.Sale, h, x.Serial, now))
	if err != nil && !errors.Is(err, stored.ErrNotFound) {
		return fmt.Errorf("cannot read the sale of %s: %w", x.ID, err)
	}
	if err == nil && sale.State != Reversed && sale.State != Returned {
		before := sale
		sale.State, sale.WatchAt = Reversed, 0
		if err := save(ctx, tx, before, sale, "reversed", x.Owner, now); err != nil {
			return err
		}
		if sale.undone(x) {
			if err := sale.bookingBack(ctx, tx, wasReversed, now); err != nil {
				return err
			}
		}
	}

	if err := reversal(ctx, tx, x.Kiosk, x.ID, "", now); err != nil {
		return err
	}
	if others, err := tx.ExchangesOf(ctx, x.Serial); err != nil || slices.ContainsFunc(others, Exchange.held) {
		return err
	}

	classes := []string{books.ClassUnbooked, books.ClassUnpaid, books.ClassReversalOpen}
	forgotten := posp.Judge(posp.Sale, sale.Code).Outcome == posp.Done && x.Code != posp.OK
	if !forgotten {
		classes = append(classes, books.ClassOwed)
	}

	return books.CloseCasesOf(ctx, tx, x.Serial, TakenBack, now, classes...)
}

// held reports whether the bank has the money of a sale, or may have it.
func (x Exchange) held() bool { return x.Op == posp.Sale && (x.State == Approved || x.State.Open()) }

// contradicted makes a case of a sale, or a void, that the bank approves after it has said that
// there is none to take back. Where it took one back, the approval was only late; where people
// said before where the money went, it is evidence.
func (x Exchange) contradicted(ctx context.Context, tx Tx, now time.Time) error {
	if x.Op == posp.Void {
		return tx.AddCases(ctx, []books.Case{x.matter(books.ClassTakenBack, x.ID, "voided by the bank after its void was taken back", now)})
	}
	h := Heading{Terminal: x.Terminal, Batch: x.Batch, Trace: x.Trace}
	r, err := tx.Exchange(ctx, idOf(posp.Reversal, h, x.Serial, now))
	if errors.Is(err, stored.ErrNotFound) || err == nil && r.Code == posp.OK {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read the reversal of %s: %w", x.ID, err)
	}
	text := fmt.Sprintf("approved by the bank after it had nothing to take back (%s)", r.Code)

	return books.OpenUnbooked(ctx, tx, x.matter(books.ClassUnbooked, x.ID, text, now), now)
}

// settled closes what stood open of a batch.
func settled(ctx context.Context, tx Tx, x Exchange, now time.Time) error {
	if err := closeVoid(ctx, tx, x, now); err != nil {
		return err
	}
	for _, state := range []State{Declined, Unequal} {
		x.State = state
		if err := books.CloseIfOpen(ctx, tx, x.unsettled(now).ID, Settled, now); err != nil {
			return err
		}
	}

	return nil
}

// settledLater reports whether another try settled the batch of a settlement that nobody
// answered. The terminal knows of its last batch alone, and may have closed others since.
func settledLater(ctx context.Context, tx Tx, x Exchange) (bool, error) {
	t, err := tx.Terminal(ctx, x.Kiosk)
	if err != nil && !errors.Is(err, stored.ErrNotFound) {
		return false, fmt.Errorf("cannot read the terminal of %s: %w", x.Kiosk, err)
	}
	if t.Settled == Approved && t.SettledOf == x.Batch {
		return true, nil
	}
	rows, err := tx.ListExchanges(ctx, Filter{Terminal: x.Terminal, Limit: stored.MaxList})
	if err != nil {
		return false, fmt.Errorf("cannot list the operations of terminal %s: %w", x.Terminal, err)
	}

	return slices.ContainsFunc(rows, func(o Exchange) bool { return o.Op == posp.Settle && o.Batch == x.Batch && o.State == Approved }), nil
}

// Watch makes cases of at most limit operations that a person has to know of.
func (l *Register) Watch(ctx context.Context, limit int, now time.Time) error {
	return l.b.Update(ctx, func(tx Tx) error {
		rows, err := tx.WatchedExchanges(ctx, now, limit)
		if err != nil {
			return fmt.Errorf("cannot list operations: %w", err)
		}
		for _, x := range rows {
			// From the lock on its row on no posting is made of it.
			locked, err := tx.Exchange(ctx, x.ID)
			if err != nil {
				return fmt.Errorf("operation %s: %w", x.ID, err)
			}
			if locked.Version != x.Version {
				continue
			}
			if err := watched(ctx, tx, locked, now); err != nil {
				return err
			}
		}

		return nil
	})
}

// told is what a kiosk's journal says of a payment, as far as it is here.
type told struct {
	byBank   bool   // the bank itself books it (公共支付): the approval has booked it, and no posting follows
	account  string // that it is for
	reversed bool   // the bank has said that the sale is taken back
	void     string // how far a void of it is, in bankcard's words; empty for none
}

func toldOf(ctx context.Context, tx Tx, serial string) (told, error) {
	rows, err := tx.Transactions(ctx, []string{serial})
	if err != nil {
		return told{}, fmt.Errorf("cannot read transaction %s: %w", serial, err)
	}
	if len(rows) == 0 || rows[0].Folded == nil {
		return told{}, nil
	}
	t := rows[0].Folded

	return told{t.ByBank, rows[0].Account, t.Card.State == bankcard.Reversed, t.Card.Void()}, nil
}

// unseen is what a case says of a sale without an answer here that the kiosk has as taken
// back: the books are out of a backup, or the kiosk is not to be believed.
const unseen = "by the kiosk's records the bank took it back, which these books have not seen"

func watched(ctx context.Context, tx Tx, x Exchange, now time.Time) error {
	before := x
	if x.WatchAt > stored.Millis(now) { // a wrong clock wrote it
		x.WatchAt = stored.Millis(now.Add(OpenAfter))

		return save(ctx, tx, before, x, "watched", x.Owner, now)
	}

	var cases []books.Case
	switch {
	case x.Op == posp.Sale:
		ps, err := tx.Postings(ctx, []string{x.Serial})
		if err != nil {
			return fmt.Errorf("cannot read posting %s: %w", x.Serial, err)
		}
		t, err := toldOf(ctx, tx, x.Serial)
		if err != nil {
			return err
		}
		text := "approved by the bank, and the kiosk ordered no posting"
		switch {
		case x.State == Approved:
		case t.reversed:
			text = "the bank did not answer; " + unseen
		default:
			text = "the bank did not answer, and the kiosk did not take it back"
		}
		if len(ps) == 0 && !(t.byBank && x.State == Approved) {
			if err := books.OpenUnbooked(ctx, tx, x.matter(books.ClassUnbooked, x.Serial, text, now), now); err != nil {
				return err
			}
		}
	case x.Op == posp.Reversal:
		t, err := toldOf(ctx, tx, x.Serial)
		if err != nil {
			return err
		}
		text := fmt.Sprintf("reversal open, sent %d times, %s", x.Sends, x.how())
		if t.reversed {
			text = fmt.Sprintf("reversal without an answer, sent %d times; %s", x.Sends, unseen)
		}
		cases = append(cases, x.matter(books.ClassReversalOpen, x.ID, text, now))
	case x.Op == posp.Scripts:
		cases = append(cases, x.untold(now))
	case x.Op == posp.Settle:
		later, err := settledLater(ctx, tx, x)
		if err != nil {
			return err
		}
		if !later {
			cases = append(cases, x.unsettled(now))
		}
	}

	x.WatchAt = 0
	if err := save(ctx, tx, before, x, "watched", x.Owner, now); err != nil {
		return err
	}

	return tx.AddCases(ctx, cases)
}
