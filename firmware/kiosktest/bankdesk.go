package kiosktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/tender/bankcard"
	"wattkiosk/payments"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// bankdesk is who at head office orders settlements, and asks the bank to give sales back, and
// the clerk at the bank who answers them. They have dice of their own. What the bank gave back
// stands in their own book; what people settled by hand is as if the counter had paid it.
type bankdesk struct {
	w       *World
	rng     *rand.Rand
	asked   map[string]bool         // sales of which the bank owes an answer, by ID
	given   map[string]money.Amount // back, by serial
	again   map[string]func()       // the answer to a sale, once more, by serial
	until   time.Time               // the day goes on till then
	earlies int
}

// newBankdesk is nil where no cards are taken, or where restored books would forget what people
// did.
func newBankdesk(w *World) *bankdesk {
	if !w.plan.Cards || w.plan.Restore > 0 {
		return nil
	}

	return &bankdesk{
		w: w, rng: rand.New(rand.NewPCG(w.seed, 0x62616e6b)),
		asked: map[string]bool{}, given: map[string]money.Amount{}, again: map[string]func(){},
	}
}

// hears has them look into the payments some time after a customer came.
func (d *bankdesk) hears() {
	if d == nil || d.w.calm || d.rng.Float64() >= max(d.w.plan.Operator, d.w.plan.Refunds) {
		return
	}
	d.in(time.Minute, time.Hour, d.acts)
}

// early has the batch closed before it is known whether a sale is booked: the MIS calculates,
// and the kiosk's clock is ahead by so much that it waits no longer. Nobody but people can give
// such a sale back.
func (d *bankdesk) early(serial string) {
	w := d.w
	w.logf("the MIS calculates, and a batch is closed early")
	must(w.office.mis.Set(missim.Calculating, true))
	end := w.now.Add(between(d.rng, 40*time.Minute, 70*time.Minute))
	if d.rng.IntN(3) == 0 {
		end = w.now.Add(call.EscalateAfter + 3*time.Hour) // that people have to know of it
	}
	d.until = end.Add(time.Minute)
	days := time.Duration(d.earlies) * day // each date has its batch settled once
	d.earlies++
	w.todo.at(end, func() {
		must(w.office.mis.Set(missim.Calculating, false))
		w.billMore(serial)
	})
	d.in(time.Second, time.Minute, d.settles)
	for _, after := range []time.Duration{3 * time.Minute, 15 * time.Minute, 27 * time.Minute} {
		w.todo.at(w.now.Add(after), func() {
			k := w.kiosk()
			k.setClock(w.now.Truncate(day).Add(days+w.settleAt+bankcard.SettleLatest+time.Minute).Sub(w.now), record.RTC)
			w.todo.at(w.now.Add(5*time.Minute), k.synchronise)
		})
	}
	for range 12 {
		d.w.todo.at(end.Add(between(d.rng, time.Minute, time.Hour)), d.acts)
	}
}

const day = 24 * time.Hour

// busy reports whether the day is not to end yet: the MIS calculates, or the bank owes an answer.
func (d *bankdesk) busy() bool { return d != nil && (d.w.now.Before(d.until) || len(d.asked) > 0) }

// billMore has the MIS bill the account of a payment more: one that takes no part of its arrears
// refuses the payment then. Who bought power has no bill there.
func (w *World) billMore(serial string) {
	recs, err := w.kiosk().memory.Txn(serial)
	w.office.check(err)
	for _, r := range recs {
		if e, err := payments.Decode(r); err == nil {
			if o, is := e.(payments.Opened); is && (o.Purpose == "" || o.Purpose == payments.Bill) {
				must(w.office.mis.SetBills(o.Account, []missim.Bill{{ID: "L" + serial[10:], Month: "202611", Fee: money.Yuan(900)}}))
			}
		}
	}
}

// in does something after a while, if head office is there then.
func (d *bankdesk) in(least, most time.Duration, do func()) {
	d.w.todo.at(d.w.now.Add(between(d.rng, least, most)), func() {
		if d.w.office.up {
			do()
		}
	})
}

// approves hears that the bank took a sale. again is its answer, as another head office takes it
// in that had the frame under way too. Now and then they order that the batch is settled while
// nobody knows yet whether the sale is booked.
func (d *bankdesk) approves(serial string, again func()) {
	if d == nil {
		return
	}
	d.again[serial] = again
	if !d.w.calm && d.w.plan.Early && !d.w.now.Before(d.until) {
		d.early(serial)
	}
	if !d.w.calm && d.rng.Float64() < d.w.plan.Settlements {
		d.in(time.Second, 3*time.Minute, d.settles)
	}
}

// settles orders the settlement, and says so to the kiosk until it is done.
func (d *bankdesk) settles() {
	t, err := d.w.office.books.Bank.OrderSettlement(context.Background(), Terminal, "zhang", "the day is over", d.w.office.time())
	if errors.Is(err, bank.ErrNoBatch) || errors.Is(err, stored.ErrNotFound) {
		return
	}
	d.w.office.check(err)
	if !t.Ordered() {
		return
	}
	d.w.logf("head office orders that batch %06d is settled", t.SettleBatch)
	for _, after := range []time.Duration{0, time.Minute, 10 * time.Minute} {
		d.w.todo.at(d.w.now.Add(after), func() {
			d.w.down(func(b *box) { b.handle(kiosk.Settle{Terminal: t.Terminal, Batch: t.SettleBatch}) })
		})
	}
}

// acts has two people do one thing to one sale.
func (d *bankdesk) acts() {
	if !d.w.office.up {
		return
	}
	all, err := d.w.office.books.Bank.Exchanges(context.Background(), bank.Filter{Kiosk: Terminal})
	d.w.office.check(err)
	all = slices.DeleteFunc(all, func(x bank.Exchange) bool {
		return x.Op != posp.Sale || x.State != bank.Approved && x.State != bank.Returning && x.State != bank.Returned
	})
	if len(all) == 0 {
		return
	}
	if owed := slices.DeleteFunc(slices.Clone(all), d.booked); len(owed) > 0 && d.rng.IntN(4) > 0 {
		all = owed // whom people come for
	}
	x := all[d.rng.IntN(len(all))]
	if d.rng.IntN(3) == 0 {
		d.closes(x.Serial)
	}
	if d.w.plan.Public && d.rng.IntN(2) == 0 && d.voids(x) {
		return
	}
	d.asks(x)
}

// voids has two people order that the kiosk has the bank void a sale; false where it cannot.
func (d *bankdesk) voids(x bank.Exchange) bool {
	if err := d.w.twoPeople(approval.VoidCard, x.ID, "the customer asks for it", "zhang", "li"); err != nil {
		d.refused(err)
		return false
	}
	d.w.logf("two people have %s voided", x.Serial)
	d.w.operator.acts++
	d.w.office.relay.checkAt = d.w.now

	return true
}

// booked reports whether the payment of a sale is booked, or may be.
func (d *bankdesk) booked(x bank.Exchange) bool {
	rows, err := d.w.office.books.PostingsOf(context.Background(), []string{x.Serial})
	d.w.office.check(err)
	p, is := rows[x.Serial]

	return is && p.State != posting.Owed
}

// asks has the bank asked to give a sale back.
func (d *bankdesk) asks(x bank.Exchange) {
	err := d.w.twoPeople(approval.RefundCard, x.ID, "the customer asks for it", "zhang", "li")
	if err != nil {
		d.refused(err)
		return
	}
	d.w.logf("two people ask the bank to give %s back", x.Serial)
	switch {
	case d.w.operator.refunded[x.Serial] > 0:
		d.w.office.fail("the bank is asked to give %s back, which people have settled", x.Serial)
	case d.given[x.Serial] > 0:
		d.w.office.fail("the bank is asked to give %s back, which it has", x.Serial)
	case d.asked[x.ID]:
		d.w.office.fail("the bank is asked to give %s back, and has not answered yet to that", x.Serial)
	}
	d.asked[x.ID] = true
	d.w.operator.touched[x.Serial] = true
	d.w.operator.acts++
	d.w.stats.ByCard.Refunds++
	for range 2 {
		d.in(time.Second, 20*time.Minute, func() { d.closes(x.Serial) })
	}
	d.in(time.Second, 20*time.Minute, func() {
		if again := d.again[x.Serial]; again != nil && d.rng.IntN(2) == 0 {
			again()
			d.asks(x)
		}
	})
	d.answersIn(x)
}

// answersIn has the bank answer some time later, and two people write it down.
func (d *bankdesk) answersIn(x bank.Exchange) {
	d.w.todo.at(d.w.now.Add(between(d.rng, 25*time.Minute, 100*time.Minute)), func() {
		if !d.w.office.up {
			d.answersIn(x)
			return
		}
		if !d.asked[x.ID] {
			return
		}
		answer := bank.AnswerRefused
		if d.rng.IntN(2) == 0 {
			answer = fmt.Sprintf("%s %014d", bank.AnswerGiven, d.w.steps)
			d.given[x.Serial] += x.Amount
			if mis := d.w.office.relay.mis; mis != nil {
				_ = mis.Reverse(fmt.Sprintf("%s-%06d-%06d", x.Terminal, x.Batch, x.Trace)) // of what was never booked there is nothing
			}
		}
		ask := approval.Ask{Object: x.ID, Args: answer, Reason: "their letter", By: "li"}
		if err := d.w.twoDo(approval.BankAnswer, ask, "zhang"); err != nil {
			d.w.office.fail("what the bank answered of %s cannot be written down: %v", x.Serial, err)
		}
		d.w.logf("the bank answers of %s: %s", x.Serial, answer)
		delete(d.asked, x.ID)
	})
}

// closes has two people say of what is open of a payment that it is settled, and hand the money
// out: a customer who has waited long enough.
func (d *bankdesk) closes(serial string) {
	cases, err := d.w.office.books.Cases(context.Background(), books.Filter{Open: true})
	d.w.office.check(err)
	for _, c := range cases {
		if c.Serial != serial || c.Class != books.ClassOwed && c.Class != books.ClassUnbooked && c.Class != books.ClassRefundAsked {
			continue
		}
		if err := d.w.twoPeople(approval.CloseCase, c.ID, "settled by hand", "li", "zhang"); err != nil {
			d.refused(err)
			continue
		}
		d.w.logf("two people settle %s of %s by hand", c.Class, serial)
		if d.waits(serial) || d.given[serial] > 0 {
			d.w.office.fail("%s of %s is settled by hand, and the bank was asked to give it back", c.Class, serial)
		}
		d.w.operator.touched[serial] = true
		d.w.operator.refunded[serial] = max(d.w.operator.refunded[serial], c.Amount) // two cases may be of the same money
		d.w.operator.acts++
	}
}

// waits reports whether the bank owes an answer of a payment.
func (d *bankdesk) waits(serial string) bool {
	if d == nil {
		return false
	}
	all, err := d.w.office.books.Bank.Exchanges(context.Background(), bank.Filter{Serial: serial})
	d.w.office.check(err)

	return slices.ContainsFunc(all, func(x bank.Exchange) bool { return d.asked[x.ID] })
}

// givenBack is what the bank gave back of a payment because people asked.
func (d *bankdesk) givenBack(serial string) money.Amount {
	if d == nil {
		return 0
	}

	return d.given[serial]
}

// refused is what people may be told.
func (d *bankdesk) refused(err error) {
	for _, fine := range []error{posting.ErrAction, books.ErrConflict, books.ErrAsked, approval.ErrNotPossible, stored.ErrStale, stored.ErrNotFound, books.ErrOwnReversal} {
		if errors.Is(err, fine) {
			return
		}
	}
	d.w.office.check(err)
}

// back is what the customer of a payment has of it beside what the bank's ledger says.
func (w *World) back(serial string) money.Amount {
	back := w.operator.refunded[serial]
	if w.bankdesk != nil {
		back += w.bankdesk.given[serial]
	}

	return back
}

// answeredAgain is the answer to a carried sale as another head office takes it in.
func (r *relay) answeredAgain(f *flight, frame []byte) func() {
	frame = bytes.Clone(frame)
	return func() {
		r.o.w.logf("another head office takes in what the bank said of %s", f.call.Serial)
		_, _ = r.desk.Ended(context.Background(), f.call, bank.Answered, frame)
	}
}
