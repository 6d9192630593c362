package kiosktest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// operator is a person at head office who retries, reverses and closes cases, with
// more zeal than sense. What they hand out in cash is their own book.
type operator struct {
	refunded map[string]money.Amount // by serial
	touched  map[string]bool         // serials that a person acted on
	paid     map[string]money.Amount // at the counter, by case
	ways     map[string]bool         // serials of which somebody said that they are settled another way
	acts     int
	rng      *rand.Rand // of what comes upon what they do
}

// acts lets the operator do one thing to one payment.
func (w *World) operatorActs() {
	if !w.office.up || w.calm {
		return
	}
	switch {
	case w.office.codes != nil && w.operator.rng.IntN(3) == 0:
		w.operatorsAtCode()
		return
	case w.office.vending != nil && w.operator.rng.IntN(3) == 0:
		w.operatorsAskWay()
		return
	}
	rows, err := w.office.books.Postings(context.Background(), books.Filter{})
	w.office.check(err)
	if len(rows) == 0 {
		return
	}
	if w.rng.IntN(3) == 0 {
		w.clerkPays()
		return
	}

	p := rows[w.rng.IntN(len(rows))]
	if p.Tender == books.TenderBankCard {
		w.operatorVoids(p)
		return
	}
	if p.Tender == books.TenderQR && w.rng.IntN(3) == 0 {
		w.operatorsGiveBack(p.Serial)
		return
	}
	switch w.rng.IntN(3) {
	case 0:
		w.operatorOrders(p, posting.Retry)
	case 1:
		w.operatorOrders(p, posting.Reverse)
	default:
		w.operatorRefunds(p.Serial)
	}
}

func (w *World) operatorOrders(p books.Posting, a posting.Action) {
	if w.stats.Restores > 0 && w.operator.refunded[p.Serial] > 0 {
		return // who remembers it does not have it posted, whatever restored books say
	}
	err := books.ErrTwoPeople
	if a == posting.Retry {
		_, err = w.office.books.Hasten(context.Background(), p.Serial, "zhang", "the customer waits", w.office.time())
	}
	if errors.Is(err, books.ErrTwoPeople) {
		err = w.twoPeople(approval.Kind(a), p.Serial, "the customer asks for it", "zhang", "li")
	}
	if errors.Is(err, posting.ErrAction) || errors.Is(err, stored.ErrStale) {
		return
	}
	w.office.check(err)
	w.logf("the operator orders %s of %s", a, p.Serial)
	if a == posting.Reverse {
		w.kiosk().mayGoBack(p)
	}
	if a == posting.Reverse && !w.calm && w.operator.rng.IntN(2) == 0 {
		w.logf("the MIS denies it")
		must(w.office.mis.Set(missim.DenyReversal, true))
		w.todo.at(w.now.Add(10*time.Minute), func() { must(w.office.mis.Set(missim.DenyReversal, false)) })
	}
	w.operator.touched[p.Serial] = true
	w.operator.acts++
	delete(w.office.ended, p.Serial)
	w.office.checkAt = w.now
}

// operatorVoids has a payment by card reversed in the MIS, and some time later its sale voided
// by the kiosk.
func (w *World) operatorVoids(p books.Posting) {
	w.operatorOrders(p, posting.Reverse)
	w.todo.at(w.now.Add(between(w.rng, time.Minute, 10*time.Minute)), func() {
		if !w.office.up || w.calm {
			return
		}
		rows, err := w.office.books.Bank.Exchanges(context.Background(), bank.Filter{Serial: p.Serial})
		w.office.check(err)
		for _, x := range rows {
			if x.Op != posp.Sale || x.State != bank.Approved {
				continue
			}
			err := w.twoPeople(approval.VoidCard, x.ID, "the customer asks for it", "zhang", "li")
			if errors.Is(err, approval.ErrNotPossible) {
				return
			}
			w.office.check(err)
			w.logf("two people have %s voided", p.Serial)
			w.operator.touched[p.Serial] = true
			w.operator.acts++
			w.office.relay.checkAt = w.now
		}
	})
}

// twoPeople has one person propose something and another one approve it.
func (w *World) twoPeople(k approval.Kind, object, reason, first, second string) error {
	return w.twoDo(k, approval.Ask{Object: object, Reason: reason, By: first}, second)
}

// twoDo is twoPeople with all that can be asked.
func (w *World) twoDo(k approval.Kind, ask approval.Ask, second string) error {
	return w.twoAs(people.RoleOperator, k, ask, second)
}

// twoAs is twoDo by people of a role.
func (w *World) twoAs(role string, k approval.Kind, ask approval.Ask, second string) error {
	ctx, now := context.Background(), w.office.time()
	for _, name := range []string{ask.By, second} { // restored books may not know them
		w.office.check(w.office.books.PutUser(ctx, people.User{Name: name, Role: role}, "setup", now))
	}
	p, err := w.office.books.Plans.Propose(ctx, k, ask, now)
	if err == nil {
		_, err = w.office.books.Plans.Approve(ctx, p.ID, p.Hash, second, "agreed", now)
	}

	return err
}

// operatorsGiveBack has two people order that the acquirer gives a payment back.
func (w *World) operatorsGiveBack(serial string) {
	err := w.twoPeople(approval.RefundQR, serial, "the customer asks for it", "zhang", "li")
	if errors.Is(err, approval.ErrNotPossible) || errors.Is(err, stored.ErrNotFound) {
		return
	}
	w.office.check(err)
	w.logf("two people give %s back", serial)
	rows, err := w.office.books.PostingsOf(context.Background(), []string{serial})
	w.office.check(err)
	if p, is := rows[serial]; is && p.State != posting.Owed {
		w.office.fail("two people have the acquirer give %s back, and its posting is %s", serial, posting.Word(p.State))
	}
	w.operator.touched[serial] = true
	w.operator.acts++
	w.office.codes.checkAt = w.now
}

// operatorsAtCode has two people give a payment by code back, posting or none; and then they
// settle by hand what is open of it, while the acquirer gives it back.
func (w *World) operatorsAtCode() {
	orders, err := w.office.books.QR.Orders(context.Background(), books.Filter{})
	w.office.check(err)
	orders = slices.DeleteFunc(orders, func(o acquiring.Order) bool { return o.State != order.Paid && o.State != order.Refunding })
	if len(orders) == 0 {
		return
	}
	o := orders[w.operator.rng.IntN(len(orders))]
	if w.operator.rng.IntN(3) > 0 {
		w.operatorsGiveBack(o.Serial)
	}
	for range 3 {
		w.todo.at(w.now.Add(between(w.operator.rng, time.Second, 10*time.Minute)), func() {
			if w.office.up && !w.calm {
				w.operatorRefunds(o.Serial)
			}
		})
	}
}

// operatorsAskWay has somebody say that a customer has another way what is not on their card,
// and leave; whoever says the same afterwards is the first of two again.
func (w *World) operatorsAskWay() {
	ctx, now := context.Background(), w.office.time()
	cases, err := w.office.books.Cases(ctx, books.Filter{Open: true, Class: books.ClassNotWritten})
	w.office.check(err)
	for _, c := range cases {
		if w.operator.ways[c.Serial] {
			continue
		}
		w.operator.ways[c.Serial] = true
		for _, name := range []string{"zhang", "li"} {
			w.office.check(w.office.books.PutUser(ctx, people.User{Name: name, Role: people.RoleOperator}, "setup", now))
		}
		if _, err := w.office.books.SettleWay(ctx, c.Serial, metercard.ByHand, "zhang", "they have it", now); err != nil {
			continue // its card is written, or the sale goes back
		}
		w.office.check(w.office.books.PutUser(ctx, people.User{Name: "zhang", Role: people.RoleOperator, Disabled: true}, "setup", now))
		d, err := w.office.books.SettleWay(ctx, c.Serial, metercard.ByHand, "li", "they have it", now)
		w.office.check(err)
		w.logf("one of two who said that %s is settled by hand has left", c.Serial)
		if d.Stage.Ended() {
			w.office.fail("%s is settled by hand on the word of one person and of one who left", c.Serial)
		}
	}
}

// operatorRefunds closes the open case of a payment that is owed, or that nobody ordered to post,
// and hands the money out at the counter.
func (w *World) operatorRefunds(serial string) {
	cases, err := w.office.books.Cases(context.Background(), books.Filter{Open: true})
	w.office.check(err)
	for _, c := range cases {
		if c.Serial != serial || c.Class != books.ClassOwed && (c.Class != books.ClassUnbooked || w.office.codes == nil) || w.operator.refunded[c.Serial] > 0 {
			continue // who remembers it does not pay twice, whatever restored books say
		}
		if err := w.twoDo(approval.CloseCase, approval.Ask{Object: c.ID, Args: "elsewhere", Reason: "refunded", By: "li"}, "zhang"); err == nil {
			w.office.fail("the books of %s say that its money went elsewhere", c.ID)
		}
		err := w.twoPeople(approval.CloseCase, c.ID, "refunded "+c.Amount.String(), "li", "zhang")
		if errors.Is(err, posting.ErrAction) || errors.Is(err, books.ErrConflict) {
			return
		}
		w.office.check(err)
		w.logf("the operator refunds %s of %s", c.Amount, c.Serial)
		w.operator.refunded[c.Serial] += c.Amount
		w.operator.touched[c.Serial] = true
		w.operator.acts++

		return
	}
}

// planOperator lets the operator act some time after this customer.
func (w *World) planOperator() {
	w.todo.at(w.now.Add(between(w.rng, time.Minute, 40*time.Minute)), w.operatorActs)
}

// auditTouched: what head office believes of a payment that a person acted on is what
// the MIS has. The kiosk may not know it yet.
func (w *box) auditTouched(serial string, in money.Amount, is bool) error {
	rows, err := w.office.books.PostingsOf(context.Background(), []string{serial})
	if err != nil {
		return err
	}

	if w.stats.Restores > 0 {
		return nil // what a person ordered after the backup is in no book: the day's reconciliation finds it
	}
	switch p := rows[serial]; {
	case p.State == posting.Posted && (!is || in != p.Amount):
		return fmt.Errorf("%s: head office says posted %s, the MIS has %s (%v)", serial, p.Amount, in, is)
	case p.State == posting.Owed && is:
		return fmt.Errorf("%s: head office says owed %s, the MIS has booked %s", serial, p.Amount, in)
	}

	return nil
}

// contradictions leaves to a person what restored books say to be otherwise than its
// customer was told, before they knew of that: there is a case.
func (w *box) contradictions() error {
	if w.stats.Restores == 0 {
		return nil
	}

	cases, err := w.office.books.Cases(context.Background(), books.Filter{Open: true})
	for _, c := range cases {
		if c.Class == books.ClassEvidence && strings.HasSuffix(c.ID, "-told") {
			w.operator.touched[c.Serial] = true
		}
	}
	return err
}

// auditRefunds: no payment is refunded twice, and none is refunded and booked.
func (w *box) auditRefunds(b *account) error {
	for serial, sum := range w.operator.refunded {
		total := b.txns[serial].Total()
		if sum > total {
			return fmt.Errorf("%s: %s were taken and %s refunded", serial, total, sum)
		}
		if e, ok := w.office.entry(serial); ok && !e.Reversed {
			return fmt.Errorf("%s: %s were refunded at the counter, and the MIS has booked %s", serial, sum, e.Amount)
		}
	}

	return nil
}

// operatorsRefuse has two people say of what a kiosk orders posted after they had settled it by
// hand that it is not posted: till then it is held. No case says of it that it is owed, but in
// restored books that forgot how it was settled.
func (w *World) operatorsRefuse() {
	cases, err := w.office.books.Cases(context.Background(), books.Filter{Open: true, Class: books.ClassHeld})
	w.office.check(err)
	for _, c := range cases {
		if w.operator.refunded[c.Serial] == 0 {
			continue
		}
		err := w.twoPeople(approval.RefuseOrder, c.ID, "they have their money", "zhang", "li")
		w.office.check(err)
		w.logf("two people have %s not posted", c.Serial)
		all, err := w.office.books.Cases(context.Background(), books.Filter{Open: true, Class: books.ClassOwed})
		w.office.check(err)
		for _, owed := range all {
			if owed.Serial == c.Serial {
				if w.stats.Restores == 0 {
					w.office.fail("%s is settled, and %s says that it is owed", c.Serial, owed.ID)
				}
				w.office.check(w.twoPeople(approval.CloseCase, owed.ID, "they have their money", "li", "zhang"))
			}
		}
	}
}

// operatorsVouch has two people ask the bank about the sales that restored books do not
// know, and vouch for those that stand.
func (w *World) operatorsVouch() {
	if w.office.relay == nil || w.stats.Restores == 0 {
		return
	}
	cases, err := w.office.books.Cases(context.Background(), books.Filter{Open: true})
	w.office.check(err)
	for _, c := range cases {
		if c.Class != books.ClassUnpaid || !w.stands(c.Serial) {
			continue
		}
		if err := w.twoPeople(approval.Vouch, c.Serial, "the bank says that it stands", "zhang", "li"); err != nil {
			w.logf("two people cannot vouch for %s: %v", c.Serial, err)
			continue
		}
		w.logf("two people vouch for %s", c.Serial)
	}
}

// stands reports whether the bank has a sale of a payment, as the journal names it.
func (w *World) stands(serial string) bool {
	recs, err := w.kiosk().memory.Txn(serial)
	w.office.check(err)
	sales, err := salesOf(recs)
	w.office.check(err)
	for _, e := range w.office.relay.bank.Ledger().Entries {
		s, is := sales[fmt.Sprintf("%06d-%06d", e.Batch, e.Trace)]
		if is && s.serial == serial && e.Standing() > 0 {
			return true
		}
	}

	return false
}
