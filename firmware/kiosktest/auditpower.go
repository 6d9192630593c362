package kiosktest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
)

// auditPower: what the card-meter system sold is in a meter once, or on a card once, or is
// an open case; no meter has a yuan that was not sold; and no step for a card is kept.
func (w *box) auditPower(b *account) error {
	if w.office.vending == nil {
		return nil
	}
	cases, err := w.office.books.Cases(context.Background(), books.Filter{})
	if err != nil {
		return err
	}
	for _, h := range w.homes {
		if err := w.auditHousehold(b, h, cases); err != nil {
			return fmt.Errorf("%s, account %s: %w", h.card.ID, h.account, err)
		}
	}
	if err := w.leftAtGate(); err != nil {
		return err
	}
	for serial, t := range b.txns {
		if err := w.auditPurchase(b, t, cases); err != nil {
			return fmt.Errorf("%s is %s, card leg %s: %w; cases: %s", serial, t.Status(), t.Write.State, err, caseList(cases))
		}
	}

	return nil
}

// auditHousehold adds one household up: sold = loaded + on the card + not on the card.
func (w *box) auditHousehold(b *account, h *household, cases []books.Case) error {
	entries, sold := w.office.vending.sold(h.account)
	var loaded, waits, missing money.Amount
	for i, l := range h.meter.Loads {
		loaded += l.Amount
		if want := h.began + uint32(i) + 1; l.Count != want {
			return fmt.Errorf("load %d of the meter is purchase %d, want %d", i+1, l.Count, want)
		}
	}
	w.stats.ByPower.Loads += len(h.meter.Loads)
	purse, count := onCard(h.card)
	if count == h.meter.Count+1 {
		waits = purse
	} else if count != h.meter.Count {
		return fmt.Errorf("the card is at purchase %d, the meter at %d", count, h.meter.Count)
	}
	for _, e := range entries {
		if e.Written != "" && e.Written != metercard.Unsure && (e.Written == metercard.Written) != (e.Count <= count) {
			return fmt.Errorf("the card-meter system was told that purchase %d of %s is %s, the card is at %d", e.Count, e.Amount, e.Written, count)
		}
		status := b.txns[e.Serial].Status()
		worked := status == payments.Posted || status == payments.Unwritten
		if e.Written == "" && worked && w.stats.Restores == 0 { // restored books may not know of it
			return fmt.Errorf("the card-meter system was never told how the writing of purchase %d of %s ended", e.Count, e.Amount)
		}
		asked := slices.ContainsFunc(cases, func(c books.Case) bool { return c.Open && c.Serial == e.Serial && c.Amount == e.Amount })
		if e.Count == h.blocked && e.Count > h.meter.Count && (e.Written == metercard.Written || !asked) {
			return fmt.Errorf("the meter does not take purchase %d of %s, and the card-meter system was told that it is %q: %s", e.Count, e.Amount, e.Written, caseList(cases))
		}
		if e.Count <= count {
			continue
		}
		missing += e.Amount
		if !asked {
			return fmt.Errorf("%s of %s is sold and not on the card, and no open case says so: %s", e.Serial, e.Amount, caseList(cases))
		}
	}

	given := w.givenBoth(b, h, cases)
	if loaded+waits+missing != sold+given {
		return fmt.Errorf("sold %s; in the meter %s, on the card %s, not on it %s, taken back although written %s", sold, loaded, waits, missing, given)
	}

	return nil
}

// givenBoth is what was taken back by people and is on the card all the same: a case each.
func (w *box) givenBoth(b *account, h *household, cases []books.Case) money.Amount {
	var all money.Amount
	for _, t := range b.txns {
		if t.Account != h.account || t.Purpose != payments.Purchase || t.Write.Fact() != leg.Done || t.Post.Fact() != leg.NotDone {
			continue
		}
		if slices.ContainsFunc(cases, func(c books.Case) bool { return c.Open && c.Serial == t.Serial }) {
			all += t.Total()
		}
	}

	return all
}

// onCard is the purse of a card, read from its own memory and not by our code.
func onCard(c *cardsim.Card) (money.Amount, uint32) {
	if m, is := c.Processor.(*cardsim.MeterCard); is {
		fen, count := m.Purse()

		return money.Amount(fen), count
	}
	saved := map[string]script.Bytes{}
	main := c.Memory.(*cardsim.SLE4442).Main
	for _, s := range userfile.Plan(metercard.SLE4442) {
		saved[s.Save] = script.Bytes(main[s.Address : s.Address+s.Length])
	}
	f, err := userfile.Facts(metercard.SLE4442, saved)
	must(err)

	return f.Purse, f.Count
}

// auditPurchase holds one purchase, or re-write, against the card-meter system's ledger,
// the card and the meter.
func (w *box) auditPurchase(b *account, t payments.Transaction, cases []books.Case) error {
	if t.Purpose != payments.Purchase && t.Purpose != payments.Rewrite || w.operator.touched[t.Serial] || w.operator.touched[t.Original] {
		return nil // what a person did its kiosk may not know yet: see auditHousehold
	}
	serial := t.Serial
	if t.Purpose == payments.Rewrite {
		serial = t.Original
	}
	e, sold := w.office.vending.sim.Entry(serial)
	stands := sold && !e.Reversed
	reached := w.reached(serial, t.Account)
	named := slices.ContainsFunc(cases, func(c books.Case) bool { return c.Open && c.Serial == serial })

	switch t.Status() {
	case payments.Posted:
		if !stands || !reached || e.Amount != t.Sold().Amount || e.Count != t.Sold().Count {
			return fmt.Errorf("the card-meter system has %s as purchase %d (stands: %v), and it is on the card: %v", e.Amount, e.Count, stands, reached)
		}
	case payments.Unwritten:
		if !stands {
			return fmt.Errorf("the card-meter system has not sold it")
		}
		if !reached && !named {
			return fmt.Errorf("it is not on the card, and no case is open")
		}
		if t.Write.Fact() == leg.NotDone && reached && w.writtenBy(b, serial) == "" {
			return fmt.Errorf("purchase %d is on the card, and no write of the journal put it there", e.Count)
		}
	case payments.Owed, payments.Undone, payments.Cancelled:
		if stands && t.Purpose == payments.Purchase && !w.operator.touched[serial] {
			return fmt.Errorf("the card-meter system has sold it")
		}
	}

	return nil
}

// reached reports whether what was sold as a serial is, or was, on the card of an account.
func (w *box) reached(serial, account string) bool {
	if w.office.vending == nil {
		return false
	}
	e, sold := w.office.vending.sim.Entry(serial)
	i := slices.IndexFunc(w.homes, func(h *household) bool { return h.account == account })
	if !sold || e.Reversed || i < 0 {
		return false
	}
	_, count := onCard(w.homes[i].card)

	return count >= e.Count
}

// writtenBy is the transaction whose write put a sale onto its card, or may have; empty for
// none.
func (w *box) writtenBy(b *account, sale string) string {
	for serial, t := range b.txns {
		mine := serial == sale || t.Original == sale
		if mine && (t.Write.State == metercard.On || t.Write.Fact() == leg.Unknown) {
			return serial
		}
	}

	return ""
}

func (w *box) countPower(t payments.Transaction) {
	p := &w.stats.ByPower
	switch t.Purpose {
	case payments.Purchase:
		p.Purchases++
		countEnd(t, &p.Posted, &p.Owed, &p.Disputed, &p.Cancelled, &p.Undone)
		if t.Status() == payments.Unwritten {
			p.Unwritten++
		}
	case payments.Rewrite:
		p.Rewrites++
		if t.Status() == payments.Posted {
			p.Rewritten++
		}
	}
}

// beginsToWrite: no write begins onto a card that lacks an earlier purchase than the one that is
// written.
func (w *box) beginsToWrite(txn string, e metercard.WriteBegun) {
	inside := w.meters.slot.Inside()
	if inside == nil {
		return // it was pulled at this moment
	}
	if _, count := onCard(inside); count+1 < e.Count {
		w.office.fail("%s: purchase %d is written onto %s, which is at %d", txn, e.Count, inside.ID, count)
	}
}

// mayGoBack: no sale goes back at people's word while its card holds it. Restored books, and a
// card that tells what was on it before, may have head office believe otherwise.
func (w *box) mayGoBack(p books.Posting) {
	if w.office.vending == nil || w.plan.Stale > 0 || w.stats.Restores > 0 {
		return
	}
	if w.reached(p.Serial, p.Account) {
		w.office.fail("people take %s back, and it is on the card", p.Serial)
	}
}

// leftAtGate: once the faults are over no card lies at the gate for anybody to take. The library
// of a maker does not say whether there is room for it again.
func (w *box) leftAtGate() error {
	if w.meters.maker != nil {
		return nil
	}
	if c := w.meters.slot.Offered(); c != nil {
		return fmt.Errorf("%s lies at the gate, for anybody to take", c.ID)
	}

	return nil
}

// isTold: who had their card written just before a power cut, and has no slip, is told how it
// ended once the kiosk is there again.
func (w *box) isTold() {
	if w.office.vending == nil || w.plan.Clock > 0 || w.full {
		return
	}
	last, err := w.memory.State("last-transaction")
	if err != nil {
		return // there is none
	}
	recs, err := w.memory.Txn(string(last))
	w.office.check(err)
	t := w.folded(string(last))
	if t.Purpose != payments.Rewrite || t.Status() != payments.Posted || t.Slip == "printed" || t.Slip == "retracted" || len(recs) == 0 {
		return
	}
	i := slices.IndexFunc(recs, func(r record.Record) bool { return r.Type == (metercard.WriteEnded{}).EventType() })
	if i < 0 {
		return
	}
	at := w.core.View().Screen
	if since := w.now.Sub(w.written[recs[i].Seq]); since < 10*time.Minute && (at == page.Idle || at == page.OutOfService) {
		w.office.fail("the card of %s was written %s ago, and its customer is shown %s", t.Serial, since, at)
	}
}

// folded is a transaction as its records say.
func (w *box) folded(serial string) payments.Transaction {
	recs, err := w.memory.Txn(serial)
	w.office.check(err)
	var t payments.Transaction
	for _, one := range recs {
		t, _, err = payments.Fold(t, one)
		w.office.check(err)
	}

	return t
}

// readsBack holds what the kiosk writes down about a card against the card itself, at that
// moment: what was read back of it, and that nobody saw it without what was sold.
func (w *box) readsBack(r record.Record) {
	if w.office.vending == nil {
		return
	}
	e, err := payments.Decode(r)
	if err != nil || e == nil {
		return
	}
	says := false // that the card holds it
	switch e := e.(type) {
	case metercard.WriteBegun:
		w.beginsToWrite(r.Txn, e)

		return
	case metercard.WriteEnded:
		if e.Outcome == metercard.Unsure {
			return
		}
		says = e.Outcome == metercard.Written
	case metercard.GaveUp:
	default:
		return
	}

	t := w.folded(r.Txn)
	if _, gaveUp := e.(metercard.GaveUp); gaveUp && (t.Write.Fact() != leg.NotDone || t.Write.Writes == 0) {
		return // nobody says that the card was seen: another visit may have written it
	}
	i := slices.IndexFunc(w.homes, func(h *household) bool { return h.meter.Card == t.Write.Sold.Card })
	if i < 0 {
		return
	}
	if _, count := onCard(w.homes[i].card); (count >= t.Write.Sold.Count) != says {
		w.office.fail("%s: %s says that purchase %d is on the card: %v; the card is at %d", r.Txn, r.Type, t.Write.Sold.Count, says, count)
	}
}
