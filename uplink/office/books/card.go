package books

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/stored"
)

// TenderBankCard is the tender of payments by bank card, as orders name it.
const TenderBankCard = string(payments.BankCard)

// Classes of cases about bank cards. A payment that the bank has and nobody ordered a
// posting for, or the other way round, has the class that it has at an acquirer.
const (
	ClassReversalOpen = "reversal-open" // the bank has not answered a reversal for long
	ClassTakenBack    = "taken-back"    // a sale is taken back that is posted, or may be
	ClassBatch        = "batch"         // a batch at the bank is not settled, or its totals differ
	ClassTerminal     = "terminal"      // a kiosk uses a terminal of the bank's that is not its own
	ClassCaptured     = "captured"      // the reader keeps a card
	ClassBankAway     = "bank-away"     // a head office cannot reach the bank
	ClassRefundAsked  = "refund-asked"  // two people asked the bank to give a sale back
	ClassBookingBack  = "booking-back"  // the bank gave back what it had booked itself (公共支付): is its booking gone?
)

// BookedByBank is what the books say of a case that they closed because the bank, which has
// the payment, books it by itself.
const BookedByBank = "paid, and booked by the bank"

// ErrReversible is the refusal to settle by hand what the kiosk still takes back.
var ErrReversible = fmt.Errorf("%w: the kiosk is to take the sale back at the bank, which closes the case; if that kiosk is gone for good, give its terminal to another one first", posting.ErrAction)

// reverses refuses to settle a payment by bank card by hand while its kiosk can still
// take the sale back: the customer would have the money twice. A kiosk can as long as its
// journal does not say how that ended, its batch is open, and it, or the board in its place,
// has the terminal and the journal of the sale. It does so where the payment is owed, where
// nobody ordered to post what the bank has, and where it was owed once or the kiosk says that
// it is under way, whatever became of the posting since.
func reverses(ctx context.Context, tx Tx, c Case, p Posting) error {
	txns, err := tx.Transactions(ctx, []string{c.Serial})
	if err != nil {
		return fmt.Errorf("cannot read transaction %s: %w", c.Serial, err)
	}
	under, voiding := false, false
	if len(txns) > 0 && txns[0].Folded != nil {
		s := txns[0].Folded.Card.State
		if s == bankcard.Reversed || s == bankcard.Kept {
			return nil
		}
		void := txns[0].Folded.Card.Void()
		voiding = void == bankcard.VoidOrdered || void == bankcard.VoidUnknown
		under = s == bankcard.Reversing || voiding
	}
	if p.State == posting.Disputed && !under {
		owed, err := wasOwed(ctx, tx, p.Serial)
		if err != nil || !owed {
			return err
		}
	}

	lost, err := LostJournal(ctx, tx, c.Kiosk, c.Serial)
	if err != nil || lost {
		return err
	}
	can, err := tx.Reversible(ctx, c.Serial)
	if err == nil && (can || voiding) {
		err = ErrReversible
	}

	return err
}

// voids reports whether the bank gave the sale of a payment back by a void, or may, as its
// kiosk's records say: books out of a backup may not know that people ordered one.
func (t Transaction) voids() bool {
	if t.Folded == nil {
		return false
	}
	void := t.Folded.Card.Void()

	return void == bankcard.VoidOrdered || void == bankcard.VoidUnknown || void == bankcard.Voided
}

// voidsOf are the serials of the payments by bank card among rows that are so.
func voidsOf(ctx context.Context, tx Tx, rows []Receipt) (map[string]bool, error) {
	var serials []string
	for _, r := range rows {
		if r.Tender == TenderBankCard {
			serials = append(serials, r.Serial)
		}
	}
	if len(serials) == 0 {
		return nil, nil
	}
	txns, err := tx.Transactions(ctx, serials)
	if err != nil {
		return nil, fmt.Errorf("cannot read transactions: %w", err)
	}
	out := map[string]bool{}
	for _, t := range txns {
		out[t.Serial] = t.voids()
	}

	return out, nil
}

// wasOwed reports whether a posting was owed before it came to what it is: its kiosk may
// have been told so, and then takes the sale back.
func wasOwed(ctx context.Context, tx Tx, serial string) (bool, error) {
	steps, err := tx.History(ctx, serial)
	if err != nil {
		return false, fmt.Errorf("cannot read history of %s: %w", serial, err)
	}

	return slices.ContainsFunc(steps, func(h History) bool { return h.State == posting.Word(posting.Owed) }), nil
}

// ErrAsked is the refusal to settle by hand what the bank is asked to give back.
var ErrAsked = fmt.Errorf("%w: the bank is asked to give it back; write down what it answers first", posting.ErrAction)

// RefundAsked is the open case of a sale of a payment that the bank is asked to give back;
// false for none.
func RefundAsked(ctx context.Context, tx CaseTx, serial string) (Case, bool, error) {
	if serial == "" {
		return Case{}, false, nil
	}
	cases, err := tx.CasesOf(ctx, serial)
	if err != nil {
		return Case{}, false, fmt.Errorf("cannot read cases of %s: %w", serial, err)
	}
	i := slices.IndexFunc(cases, func(c Case) bool { return c.Class == ClassRefundAsked && c.Open })
	if i < 0 {
		return Case{}, false, nil
	}

	return cases[i], true, nil
}

// LostJournal reports whether the journal of a payment is lost, and with it what its kiosk
// would need to go on with it.
func LostJournal(ctx context.Context, tx interface {
	Journal(ctx context.Context, kiosk string) (Journal, error)
}, kiosk, serial string,
) (bool, error) {
	j, err := tx.Journal(ctx, kiosk)
	if errors.Is(err, stored.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("cannot read the journal of kiosk %s: %w", kiosk, err)
	}

	return ownSerial(kiosk, serial) && serial[len(kiosk):len(kiosk)+2] != fmt.Sprintf("%02d", j.Incarnation%100), nil
}

// OwnSerial reports whether serial is 20 digits that begin with the kiosk's number.
func OwnSerial(kiosk, serial string) bool { return ownSerial(kiosk, serial) }

// byOthers reports whether the money of a tender is with an acquirer or a bank, so that
// a posting needs its receipt.
func byOthers(tender string) bool { return tender == TenderQR || tender == TenderBankCard }

// paidByCard takes the end of a payment by bank card as the order that it is.
func (p *projection) paidByCard(r record.Record, e bankcard.Closed, t payments.Transaction) {
	if e.Total > 0 {
		p.orders = append(p.orders, Order{
			Serial: r.Txn, Account: stored.Text(e.Account), Kiosk: p.kiosk, Tender: TenderBankCard, Amount: e.Total,
			PaidAt: e.ClosedAt, Card: boughtFor(t), ClockLost: r.Trust == record.Untrusted, ByBank: t.ByBank,
		})
	}
}

// cardOrder is the order of a payment by bank card, as its kiosk knows it; without an
// amount where there is none. One that was taken back needs none: its case is closed.
func cardOrder(ctx context.Context, tx Tx, t Transaction, now time.Time) (Order, error) {
	switch {
	case t.Folded == nil || t.Folded.Card.Total == 0:
		return Order{}, nil
	case t.Folded.Card.State == bankcard.Reversed, t.Folded.Card.Void() == bankcard.Voided:
		return Order{}, CloseIfOpen(ctx, tx, caseID(ClassUnpaid, t.Kiosk, t.Serial), "given back, as its kiosk was told", now)
	case t.Folded.Card.State != bankcard.Approved && t.Folded.Card.State != bankcard.Kept:
		return Order{}, nil // it is being taken back
	}
	c := t.Folded.Card

	return Order{
		Serial: t.Serial, Account: t.Account, Kiosk: t.Kiosk, Tender: TenderBankCard, Amount: c.Total, PaidAt: c.ClosedAt.UnixMilli(),
		Card: boughtFor(*t.Folded), ByBank: t.Folded.ByBank,
	}, nil
}

// keptByBank makes a case of a sale that the bank was to take back, and has not.
func (p *projection) keptByBank(r record.Record, l bankcard.Leg, e bankcard.ReversalAnswered) {
	if !e.Done {
		text := fmt.Sprintf("sale of %s yuan, trace %s of batch %s: the bank does not take it back (%s)", l.Amount, l.Sale.Trace, l.Sale.Batch, e.Response)
		p.open(ClassUnbooked, r.Txn+"-kept", r.Txn, l.Amount, text)
	}
}

// contradicted makes a case of a word of the bank's against its earlier one.
func (p *projection) contradicted(r record.Record, l bankcard.Leg, e bankcard.Evidence) {
	if e.What == bankcard.Contradicts {
		text := fmt.Sprintf("sale of %s yuan, trace %s of batch %s: the bank says now that it approved it (%s)", l.Amount, l.Sale.Trace, l.Sale.Batch, e.Response)
		p.open(ClassUnbooked, r.Txn+"-contradicts", r.Txn, l.Amount, text)
	}
}

// bookedByBank are the serials of those payments by bank card, among the orders, that the
// bank itself books (公共支付), as their kiosks' records say.
func bookedByBank(ctx context.Context, tx Tx, orders []Order) (map[string]bool, error) {
	var serials []string
	for _, o := range orders {
		if o.Tender == TenderBankCard {
			serials = append(serials, o.Serial)
		}
	}
	if len(serials) == 0 {
		return nil, nil
	}

	txns, err := tx.Transactions(ctx, serials)
	if err != nil {
		return nil, fmt.Errorf("cannot read transactions: %w", err)
	}
	byBank := map[string]bool{}
	for _, t := range txns {
		byBank[t.Serial] = t.Folded != nil && t.Folded.ByBank
	}

	return byBank, nil
}

// publicCase is of an order to post what the bank has booked by itself, or books.
func publicCase(o Order, now time.Time) Case {
	text := fmt.Sprintf("ordered: %s yuan to %s; the bank books this payment itself", o.Amount, o.Account)

	return newCase(o.Kiosk, stored.Millis(now), ClassConflict, fmt.Sprintf("%s-%d", o.Serial, o.PaidAt), o.Serial, o.Amount, text)
}

// batch makes a case of a batch that people have to compare with the bank's. What the relay
// saw of the totals is the same matter, under the same name.
func (p *projection) batch(r record.Record) {
	var b bankcard.Batch
	if err := json.Unmarshal(r.Payload, &b); err != nil || b.Terminal == "" || !sane(b.Total) && b.Total != 0 {
		p.open(ClassUnreadable, p.ref(r), r.Txn, 0, fmt.Sprintf("record %d, %s, cannot be read", r.Seq, r.Type))
		return
	}

	ref := fmt.Sprintf("%.16s-%06d", b.Terminal, b.Batch)
	of := fmt.Sprintf("batch %06d of terminal %.16s", b.Batch, b.Terminal)
	switch {
	case r.Type == bankcard.BatchDiffers:
		p.open(ClassBatch, ref+"-differs", "", b.Total, fmt.Sprintf("%s, %d sales of %s yuan: the bank has batch %06d open", of, b.Sales, b.Total, b.Other))
	case r.Type == bankcard.BatchLeft:
		p.open(ClassBatch, ref+"-left", "", b.Total, fmt.Sprintf("%s, %d sales of %s yuan, was left open: the kiosk is terminal %.16s now", of, b.Sales, b.Total, b.Now))
	case !b.Equal:
		p.open(ClassBatch, ref+UnequalTotals, "", 0, of+": the bank has other totals than the kiosk")
	}
	if r.Type == bankcard.BatchSettled && b.Uncertified > 0 {
		p.open(ClassBatch, ref+"-certificates", "", 0, fmt.Sprintf("%s: the bank did not take the certificates of %d sales by chip", of, b.Uncertified))
	}
}

// UnequalTotals ends the reference of the case of a batch whose totals differ.
const UnequalTotals = "-totals"

// captured makes a case of a card that the reader keeps, whosever transaction it is.
func (p *projection) captured(r record.Record, e bankcard.Captured) {
	p.open(ClassCaptured, p.ref(r), r.Txn, 0, fmt.Sprintf("card %s is kept in the reader: %s", e.Card, e.Why))
}
