package kiosktest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"wattkiosk/hal/card/cardsim"

	"wattkiosk/payments"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/wire"
)

// stepsWatch is what went over the line about steps for meter cards, and what a stranger on
// the line made of it.
type stepsWatch struct {
	asked  map[string]wire.CardStepsBody // requests by their number; each may be answered twice
	handed map[string]bool               // sales for which steps, or an order to a library, were handed out
	kept   map[string]wire.CardSteps     // answers by transaction and round, of an earlier session
	of     map[string]string             // the session of each
	rng    *rand.Rand                    // of cards that are worn out
	watch  cardWatch
}

func newStepsWatch(w *World) *stepsWatch {
	return &stepsWatch{rng: rand.New(rand.NewPCG(w.seed, 0x776f726e)), asked: map[string]wire.CardStepsBody{}, handed: map[string]bool{}, kept: map[string]wire.CardSteps{}, of: map[string]string{}}
}

// needsSteps looks at a question about steps: the journal knows of the write, the card is
// the one that it was sold onto and one purchase before it, and the sale is named by its own
// serial.
func (w *box) needsSteps(r wire.Request) {
	var b wire.CardStepsBody
	must(json.Unmarshal(r.Body, &b))
	w.office.steps.asked[r.ID] = b
	w.office.steps.watch.asks(b.Session)
	recs, err := w.memory.Txn(b.Txn)
	w.office.check(err)
	var t payments.Transaction
	for _, rec := range recs {
		t, _, err = payments.Fold(t, rec)
		w.office.check(err)
	}
	sale := t.Serial
	if t.Original != "" {
		sale = t.Original
	}
	sold := t.Write.Sold
	switch {
	case t.Write.State != metercard.Writing:
		w.office.fail("steps are asked for %s, of which the journal says %s", b.Txn, t.Write.State)
	case b.Sale != sale:
		w.office.fail("steps are asked for %s as the sale %s, it is %s", b.Txn, b.Sale, sale)
	case b.Card.Serial != sold.Card || b.Card.Count+1 != sold.Count:
		w.office.fail("steps are asked for %s, sold as purchase %d onto %s; the card in the reader is %s at %d", b.Txn, sold.Count, sold.Card, b.Card.Serial, b.Card.Count)
	}
	if b.Round == 0 && w.office.steps.rng.Float64() < w.plan.Worn {
		w.wearsOut(b.Card.Serial)
	}
}

// wearsOut has the memory of a card keep nothing for a while, though it takes what is written:
// only who reads it back knows.
func (w *box) wearsOut(serial string) {
	i := slices.IndexFunc(w.homes, func(h *household) bool { return h.meter.Card == serial })
	if i < 0 || w.calm {
		return
	}
	w.logf("the memory of %s is worn out", w.homes[i].card.ID)
	w.homes[i].worn(true)
	w.homes[i].wore = true
	w.todo.at(w.now.Add(5*time.Minute), func() { w.homes[i].worn(false) })
}

func (h *household) worn(is bool) {
	if m, processor := h.card.Processor.(*cardsim.MeterCard); processor {
		m.Worn = is
	} else {
		h.card.Memory.(*cardsim.SLE4442).Worn = is
	}
}

// answersSteps looks at what head office answers: it hands nothing out for what it is taking
// back, or has taken back. Then a stranger may put something else in its place.
func (o *office) answersSteps(r wire.Reply) wire.Reply {
	b, asked := o.steps.asked[r.ID]
	if !asked || r.Error != nil {
		return r
	}
	var s wire.CardSteps
	must(json.Unmarshal(r.Body, &s))
	if s.Script.V == 0 && s.Order.V == 0 {
		return r
	}
	o.steps.handed[b.Sale] = true
	rows, err := o.books.PostingsOf(context.Background(), []string{b.Sale})
	o.check(err)
	if p := rows[b.Sale]; p.State == posting.Reversing || p.State == posting.Owed {
		o.fail("head office hands out steps for %s, which is %s", b.Sale, posting.Word(p.State))
	}

	theirs, forges := o.strangers(b, s)
	if !forges {
		o.steps.watch.handed(b.Session, b.Round, s)

		return r
	}
	r.Body, err = json.Marshal(theirs)
	must(err)

	return r
}

// strangers is what a stranger answers in head office's place, if one does now.
func (o *office) strangers(b wire.CardStepsBody, s wire.CardSteps) (wire.CardSteps, bool) {
	key, before := fmt.Sprint(b.Txn, " ", b.Round), fmt.Sprint(b.Txn, " ", b.Round-1)
	old, session := o.steps.kept[key], o.steps.of[key]
	o.steps.kept[key], o.steps.of[key] = s, b.Session
	rate := o.w.plan.Forged
	if o.w.calm || rate == 0 || o.w.rng.Float64() >= rate {
		return s, false
	}
	switch {
	case session != "" && session != b.Session:
		o.w.logf("a stranger answers with what was handed out in an earlier session")
		s = old
	case b.Round > 1 && o.steps.of[before] == b.Session: // the first only reads
		o.w.logf("a stranger answers with the steps of the round before")
		s = o.steps.kept[before]
	case o.w.plan.Replays && s.Order.V == 0:
		return s, false // they know no more than what they heard
	case s.Order.V != 0:
		o.w.logf("a stranger signs an order to write the card")
		s.Order.Sig[3] ^= 4
	default:
		o.w.logf("a stranger signs steps for the card")
		s.Script.Sig[3] ^= 4
	}

	return s, true
}

// takesBack looks at the reversal of a sale: its card may not hold it. What a person orders,
// and what restored books forgot, is theirs.
func (o *office) takesBack(c gateway.Call) {
	if c.Request.Op != mis.OpReverse || c.Request.System != mis.CardSystem || o.w.operator.touched[c.Serial] || o.w.stats.Restores > 0 {
		return
	}
	k := o.w.kiosk()
	recs, err := k.memory.Txn(c.Serial)
	o.check(err)
	var t payments.Transaction
	for _, rec := range recs {
		t, _, err = payments.Fold(t, rec)
		o.check(err)
	}
	if f := t.Write.Fact(); o.steps.handed[c.Serial] && (f == leg.Unknown || t.Write.State == metercard.Writing) || k.reached(c.Serial, t.Account) {
		o.fail("head office takes %s back, and its card may hold it: %s", c.Serial, t.Write.State)
	}
}

// comeBack has everybody come once more whose card lacks what was sold. All is well by then,
// so they have it afterwards: see auditCameBack.
func (w *World) comeBack() bool {
	if w.office.vending == nil {
		return false
	}
	for _, h := range w.homes {
		if h.lacks(w.office.vending) {
			w.returning = append(w.returning, h)
		}
	}
	if len(w.returning) == 0 {
		return false
	}
	w.logf("%d customers come back for what is not on their cards", len(w.returning))
	w.serveMore(len(w.returning))

	return true
}

// lacks reports whether something that was sold to the household is not on its card.
func (h *household) lacks(v *vending) bool {
	_, count := onCard(h.card)
	entries, _ := v.sold(h.account)
	for _, e := range entries {
		if e.Count > count {
			return true
		}
	}

	return false
}

// auditCameBack: who came back for what was sold has it, unless a person had a hand in it, or
// nobody can tell whether it was sold.
func (w *box) auditCameBack(b *account) error {
	if w.office.vending == nil || w.stats.Restores > 0 {
		return nil
	}
	for _, h := range w.cameBack {
		entries, _ := w.office.vending.sold(h.account)
		_, count := onCard(h.card)
		for _, e := range entries {
			if e.Count > count && !w.operator.touched[e.Serial] && b.txns[e.Serial].Status() == payments.Unwritten {
				return fmt.Errorf("account %s came back for %s of %s, sold as purchase %d, and the card is still at %d", h.account, e.Amount, e.Serial, e.Count, count)
			}
		}
	}

	return nil
}
