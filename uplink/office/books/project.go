package books

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/stored"
)

// typeAlarm is the one record type that is projected and is no payment event.
const typeAlarm = "alarm"

// alarmPayload is what an alarm record says.
type alarmPayload struct {
	Code   string `json:"code"`
	On     bool   `json:"on"`
	Detail string `json:"detail"`
}

// projection is the rows that one batch of one journal touches. What an event does
// to a transaction is payments.Fold's to say; here it becomes rows and cases.
type projection struct {
	kiosk       string
	incarnation uint8
	now         int64
	txns        map[string]*Transaction
	order       []string // serials, as first met
	orders      []Order
	cases       []Case
	news        []caseNews
	alarms      map[string]Alarm
	beside      map[string]bool // serials that another side of a fork has: see elsewhere
	forkOf      uint8           // the journal that forked …
	forkAt      uint64          // … and the first record that is written twice
	left        string          // the side of a fork that two people left; empty while it is open
}

// caseNews is later evidence about the matter of a case that was opened before.
type caseNews struct {
	id, text string
	found    bool // the note is in the cassette
}

func newProjection(j Journal, now int64) *projection {
	return &projection{kiosk: j.Kiosk, incarnation: j.Incarnation, now: now, txns: map[string]*Transaction{}, alarms: map[string]Alarm{}}
}

// load reads the transactions that the records name, before these are stored.
func (p *projection) load(ctx context.Context, tx Tx, j Journal, recs []Sealed) error {
	var serials []string
	for _, r := range recs {
		if payments.IsEvent(r.Type) && ownSerial(p.kiosk, r.Txn) && (len(serials) == 0 || serials[len(serials)-1] != r.Txn) {
			serials = append(serials, r.Txn)
		}
	}
	slices.Sort(serials)
	serials = slices.Compact(serials)
	if len(serials) == 0 {
		return nil
	}
	if err := p.elsewhere(ctx, tx, j, serials); err != nil {
		return err
	}

	rows, err := tx.Transactions(ctx, serials)
	if err != nil {
		return fmt.Errorf("cannot read transactions: %w", err)
	}
	for _, t := range rows {
		if p.beside[t.Serial] {
			continue
		}
		if t.Folded == nil {
			if err := refold(ctx, tx, &t); err != nil {
				return err
			}
		}
		p.txns[t.Serial] = &t
		p.order = append(p.order, t.Serial)
	}
	return nil
}

// apply projects one record. Types that are not known are only stored, unless they
// name a transaction.
func (p *projection) apply(r record.Record) {
	switch {
	case r.Type == typeAlarm:
		p.alarmed(r)
		return
	case r.Type == bankcard.BatchSettled || r.Type == bankcard.BatchDiffers || r.Type == bankcard.BatchLeft:
		p.batch(r)
		return
	case !payments.IsEvent(r.Type) && r.Txn == "":
		return
	}

	var before payments.Transaction
	known := p.txns[r.Txn]
	if known != nil && known.Folded != nil {
		before = *known.Folded
	}
	own := ownSerial(p.kiosk, r.Txn)
	after, e, err := before, payments.Event(nil), error(nil)
	if own || r.Txn == "" {
		after, e, err = payments.Fold(before, r)
	} else {
		e, err = payments.Decode(r)
	}

	kept, isKept := e.(bankcard.Captured)
	switch stray, isStray := e.(cash.StrayNote); {
	case err == nil && isKept && (own || r.Txn == ""):
		p.captured(r, kept)
	case err != nil:
		p.refused(r, before, err)
	case isStray:
		p.stray(r, stray)
	case collection.Is(e) && (own || r.Txn == ""): // of no transaction; payments/cassette folds it
	case !own:
		p.open(ClassForeign, p.ref(r), r.Txn, amountOf(e), fmt.Sprintf("record %d, %s, names a serial that is not this kiosk's", r.Seq, r.Type))
	default:
		p.took(r, before, after, e)
	}
}

// took writes down what an event made of its transaction.
func (p *projection) took(r record.Record, before, after payments.Transaction, e payments.Event) {
	t := p.txns[r.Txn]
	if t == nil {
		t = &Transaction{Serial: r.Txn, Kiosk: p.kiosk}
		p.txns[r.Txn] = t
		p.order = append(p.order, r.Txn)
	}
	t.fill(after)
	t.UpdatedAt = p.now
	if _, opened := e.(payments.Opened); opened {
		t.OpenedAt = believed(after.OpenedAt.UnixMilli(), r.Trust == record.Untrusted, p.now)
	}

	switch e := e.(type) {
	case cash.NoteUnresolved:
		p.open(ClassNote, noteRef(r.Txn, e.Note), r.Txn, e.Value, "nobody can tell where the note is: "+e.Evidence)
	case cash.NoteStacked:
		if after.Cash.Notes[e.Note].State == cash.StateFound {
			p.learned(r.Txn, e.Note, true, "the note is in the cassette after all: "+e.Evidence)
		}
	case cash.NoteReturned:
		if before.Cash.Notes[e.Note].State == cash.StateUnresolved {
			p.learned(r.Txn, e.Note, false, "the note was given back after all: "+e.Evidence)
		}
	case cash.Closed:
		p.ordered(r, e, boughtFor(after))
	case bankcard.Closed:
		p.paidByCard(r, e, after)
	case bankcard.ReversalAnswered:
		p.keptByBank(r, after.Card, e)
	case bankcard.Evidence:
		p.contradicted(r, after.Card, e)
	case qr.Paid:
		p.orders = append(p.orders, Order{
			Serial: r.Txn, Account: t.Account, Kiosk: p.kiosk, Tender: TenderQR, Amount: e.Amount, PaidAt: e.PaidAt,
			Card: boughtFor(after), ClockLost: r.Trust == record.Untrusted,
		})
	}
}

func noteRef(serial string, note int) string { return fmt.Sprintf("%s-%d", serial, note) }

// learned is later evidence about a note that is a case.
func (p *projection) learned(serial string, note int, found bool, text string) {
	p.news = append(p.news, caseNews{caseID(ClassNote, p.kiosk, noteRef(serial, note)), stored.Text(text), found})
}

// boughtFor is the meter card that a transaction buys for, zero where it pays a bill.
func boughtFor(t payments.Transaction) metercard.Facts {
	if t.Purpose != payments.Purchase {
		return metercard.Facts{}
	}

	return t.MeterCard
}

// ordered takes the closing of the cash as the order that it is, for a meter card or none.
func (p *projection) ordered(r record.Record, e cash.Closed, card metercard.Facts) {
	if e.Total > 0 {
		p.orders = append(p.orders, Order{
			Serial: r.Txn, Account: stored.Text(e.Account), Kiosk: p.kiosk, Tender: stored.Text(e.Tender), Amount: e.Total,
			PaidAt: e.ClosedAt, Card: card, ClockLost: r.Trust == record.Untrusted,
		})
	}
}

// refused makes a case of a record that cannot be read, or that its transaction does
// not allow. A closing that does not fit its notes is an order all the same: the
// kiosk took the money.
func (p *projection) refused(r record.Record, before payments.Transaction, why error) {
	e, err := payments.Decode(r)
	closed, isClosed := e.(cash.Closed)
	if err != nil || !isClosed || !sane(closed.Total) || before.Cash.Closed {
		p.open(ClassUnreadable, p.ref(r), r.Txn, 0, fmt.Sprintf("record %d, %s, cannot be read: %v", r.Seq, r.Type, why))
		return
	}

	odd := fmt.Sprintf("closed with %s, the notes make %s", closed.Total, before.Total())
	p.open(ClassDifference, r.Txn, r.Txn, closed.Total-before.Total(), odd)
	had := len(p.orders)
	p.ordered(r, closed, boughtFor(before))
	for i := range p.orders[had:] {
		p.orders[had+i].Odd = odd // held, until two people have counted
	}
}

// strayInside begins the text of the case of a stray note that is in the cassette.
const strayInside = "stacked without an order"

func (p *projection) stray(r record.Record, e cash.StrayNote) {
	if !sane(e.Value) {
		p.open(ClassUnreadable, p.ref(r), r.Txn, 0, fmt.Sprintf("record %d, %s, cannot be read", r.Seq, r.Type))
		return
	}
	text := strayInside
	if !e.InCassette() {
		text = "a note of no payment, and nobody can tell where it is"
	}
	if e.Value == 0 {
		text += ", value unknown"
	}
	text += ": " + e.Evidence
	p.open(ClassStrayNote, p.ref(r), r.Txn, e.Value, text)
}

// ref names a record within its kiosk: sequence numbers begin again with each
// incarnation.
func (p *projection) ref(r record.Record) string { return fmt.Sprintf("%d-%d", p.incarnation, r.Seq) }

// amountOf is the money that an event speaks of.
func amountOf(e payments.Event) money.Amount {
	var a money.Amount
	switch e := e.(type) {
	case cash.NoteAccepted:
		a = e.Value
	case cash.NoteStacked:
		a = e.Value
	case cash.NoteReturned:
		a = e.Value
	case cash.NoteUnresolved:
		a = e.Value
	case cash.Closed:
		a = e.Total
	case bankcard.Closed:
		a = e.Total
	case qr.Ordered:
		a = e.Amount
	case qr.Paid:
		a = e.Amount
	}
	if !sane(a) {
		return 0
	}
	return a
}

// branched makes a case of money on a branch of the journal: of a closing, of a note
// that nobody can place, of one that came without an order.
func (p *projection) branched(r record.Record) {
	e, err := payments.Decode(r)
	if err != nil || r.Txn != "" && !ownSerial(p.kiosk, r.Txn) {
		return
	}

	where := fmt.Sprintf("on a branch of the journal, record %d", r.Seq)
	if p.left != "" {
		where = fmt.Sprintf("on the side %s of the journal, which two people left, record %d", p.left, r.Seq)
	}
	switch e := e.(type) {
	case cash.Closed:
		if e.Total > 0 && sane(e.Total) {
			p.open(ClassBranch, fmt.Sprintf("%s-%d", r.Txn, e.ClosedAt), r.Txn, e.Total,
				fmt.Sprintf("closed %s: %s yuan to %s by %s", where, e.Total, e.Account, e.Tender))
		}
	case bankcard.Closed:
		if e.Total > 0 && sane(e.Total) {
			p.open(ClassBranch, p.branchRef(r), r.Txn, e.Total, fmt.Sprintf("closed %s: %s yuan by bank card", where, e.Total))
		}
	case qr.Paid:
		if e.Amount > 0 && sane(e.Amount) {
			p.open(ClassBranch, p.branchRef(r), r.Txn, e.Amount, fmt.Sprintf("paid %s: %s yuan by QR code", where, e.Amount))
		}
	case cash.NoteUnresolved:
		if sane(e.Value) {
			p.open(ClassBranch, p.branchRef(r), r.Txn, e.Value,
				where+": nobody can tell where the note is: "+e.Evidence)
		}
	case cash.StrayNote:
		if sane(e.Value) {
			p.open(ClassBranch, p.branchRef(r), r.Txn, e.Value,
				where+": stacked without an order: "+e.Evidence)
		}
	}
}

// branchRef names a record on a branch: its number alone may be that of others.
func (p *projection) branchRef(r record.Record) string {
	return fmt.Sprintf("%s-%d", p.ref(r), r.Time.UnixMilli())
}

func sane(a money.Amount) bool { return a >= 0 && a <= money.Max }

func (p *projection) alarmed(r record.Record) {
	var v alarmPayload
	if err := json.Unmarshal(r.Payload, &v); err != nil {
		p.open(ClassUnreadable, p.ref(r), "", 0, fmt.Sprintf("record %d, %s, cannot be read", r.Seq, r.Type))
		return
	}
	p.alarm(Alarm{Code: stored.Text(v.Code), On: v.On, Detail: stored.Text(v.Detail)})
}

func (p *projection) alarm(a Alarm) {
	if a.Code == "" {
		return
	}
	a.Kiosk, a.At, a.UpdatedAt = p.kiosk, p.now, p.now
	p.alarms[a.Code] = a
}

func (p *projection) open(class, ref, serial string, amount money.Amount, text string) {
	p.cases = append(p.cases, newCase(p.kiosk, p.now, class, ref, serial, amount, text))
}

func caseID(class, kiosk, ref string) string { return class + "-" + kiosk + "-" + ref }

// NewCase is an open case. ref names the matter among those of its class and kiosk.
func NewCase(kiosk string, now time.Time, class, ref, serial string, amount money.Amount, text string) Case {
	return newCase(kiosk, stored.Millis(now), class, ref, serial, amount, text)
}

func newCase(kiosk string, now int64, class, ref, serial string, amount money.Amount, text string) Case {
	return Case{
		ID: caseID(class, kiosk, ref), Class: class, Kiosk: kiosk, Serial: serial, Amount: amount, Text: stored.Text(text),
		Open: true, OpenedAt: now, UpdatedAt: now,
	}
}

// touched are the transactions of the records, in their order.
func (p *projection) touched() []*Transaction {
	all := make([]*Transaction, len(p.order))
	for i, serial := range p.order {
		all[i] = p.txns[serial]
	}

	return all
}

func (p *projection) save(ctx context.Context, tx Tx) error {
	txns := make([]Transaction, 0, len(p.order))
	for _, s := range p.order {
		txns = append(txns, *p.txns[s])
	}
	alarms := make([]Alarm, 0, len(p.alarms))
	for _, a := range p.alarms {
		alarms = append(alarms, a)
	}
	slices.SortFunc(alarms, func(a, b Alarm) int { return strings.Compare(a.Code, b.Code) })

	for _, step := range []func() error{
		func() error { return tx.PutTransactions(ctx, txns) },
		func() error { return p.addCases(ctx, tx) },
		func() error { return p.tellCases(ctx, tx) },
		func() error { return tx.PutAlarms(ctx, alarms) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("cannot store projections: %w", err)
		}
	}
	return nil
}

func (p *projection) addCases(ctx context.Context, tx Tx) error {
	for _, c := range p.cases {
		if c.Class != ClassUnbooked {
			continue
		}
		if err := OpenUnbooked(ctx, tx, c, time.UnixMilli(p.now)); err != nil {
			return err
		}
	}

	return tx.AddCases(ctx, slices.DeleteFunc(slices.Clone(p.cases), func(c Case) bool { return c.Class == ClassUnbooked }))
}

// tellCases adds later evidence to the cases that it is about. Where people closed one before
// it became known, and said where the money went, a note that is found in the cassette says
// no other; else it is a matter of its own.
func (p *projection) tellCases(ctx context.Context, tx Tx) error {
	for _, n := range p.news {
		c, err := tx.Case(ctx, n.id)
		switch {
		case errors.Is(err, stored.ErrNotFound):
			continue
		case err != nil:
			return err
		case c.Open:
			c.Text, c.UpdatedAt = n.text, p.now
			err = tx.PutCase(ctx, c)
		case n.found && c.Went != "":
			err = KeepEvidence(ctx, tx, c, n.text, time.UnixMilli(p.now))
		default:
			ref := strings.TrimPrefix(c.ID, caseID(c.Class, c.Kiosk, ""))
			err = tx.AddCases(ctx, []Case{newCase(c.Kiosk, p.now, ClassEvidence, ref, c.Serial, c.Amount, n.text)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
