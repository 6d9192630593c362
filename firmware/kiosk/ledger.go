package kiosk

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/tender"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// ledger is the books, and the journal that they follow from. It reads the journal;
// only the core writes to it.
type ledger struct {
	books
	jrn Journal
}

// loaded is what load finds beside the books.
type loaded struct {
	taking payments.Transaction // that still took money; zero for none
	lost   []string             // serials of open ones that nothing is left of
	policy wire.Policy
	stop   wire.CashStop
}

// load reads the states, and the records behind the pointers.
func (l *ledger) load() (loaded, error) {
	var found loaded
	var serials []string
	var kept folded
	for key, into := range map[string]any{
		stateOpen: &serials, StateCash: &l.cash, stateFolded: &kept, stateUnsettled: &l.unsettled, stateSlips: &l.slips, statePolicy: &found.policy, stateCashStop: &found.stop,
	} {
		if err := l.state(key, into); err != nil {
			return found, err
		}
	}

	l.open = map[string]payments.Transaction{}
	for _, s := range serials {
		if err := l.loadOpen(s, kept, &found); err != nil {
			return found, err
		}
	}

	if err := l.loadLast(kept); err != nil {
		return found, err
	}

	return found, l.loadNoted()
}

// state reads one named state; one that was never set leaves its value as it is.
func (l *ledger) state(key string, into any) error {
	b, err := l.bytes(key)
	if b == nil || err != nil {
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("state %s: %w", key, err)
	}

	return nil
}

// bytes are one named state as it is; nil for one that was never set.
func (l *ledger) bytes(key string) ([]byte, error) {
	b, err := l.jrn.State(key)
	if errors.Is(err, journal.ErrNoState) {
		return nil, nil
	}

	return b, err
}

// loadOpen takes up one transaction that had not reached its end. Its records are
// pinned; where they are gone all the same, and no folded one is kept, head office
// has them, and somebody must look.
func (l *ledger) loadOpen(serial string, kept folded, found *loaded) error {
	t, err := l.fold(serial)
	if errors.Is(err, errTrimmed) {
		i := slices.IndexFunc(kept.Open, func(k payments.Transaction) bool { return k.Serial == serial })
		if i < 0 {
			found.lost = append(found.lost, serial)
			return nil
		}
		t, err = kept.Open[i], nil
	}
	if err != nil {
		return err
	}

	switch {
	case t.Taking():
		if found.taking.Serial != "" {
			return fmt.Errorf("two transactions take money: %s and %s", found.taking.Serial, serial)
		}
		found.taking = t
	case goesOn(t):
		l.open[serial] = t
	}

	return nil
}

// loadLast takes up the last transaction. One that is gone is no last one.
func (l *ledger) loadLast(kept folded) error {
	b, err := l.bytes(stateLast)
	if b == nil || err != nil {
		return err
	}

	t, err := l.fold(string(b))
	if errors.Is(err, errTrimmed) {
		t, err = payments.Transaction{}, nil
		if kept.Last.Serial == string(b) {
			t = kept.Last
		}
	}
	l.last = t

	return err
}

// loadNoted takes up the last transaction with a note in it. A journal of before
// this state was kept has it only if it is the last one.
func (l *ledger) loadNoted() error {
	if err := l.state(stateNoted, &l.noted); err != nil {
		return err
	}
	if t := l.last; len(t.Cash.Notes) > 0 {
		l.noted = t
	}

	return nil
}

// lookUp is a transaction by its serial, read back from the journal where it is long
// over; false for one that nobody knows.
func (l *ledger) lookUp(serial string) (payments.Transaction, bool) {
	if t, ok := l.find(serial); ok {
		return t, true
	}
	t, err := l.fold(serial)

	return t, err == nil
}

// recent reports whether a payment ended so shortly before now, by a clock trusted as
// said, that its customer may still be there. Between two clocks, or by one that was lost,
// nobody can tell: then it did if that was in the run before this one.
func (l *ledger) recent(t payments.Transaction, now time.Time, trust record.Trust) bool {
	recs, err := l.jrn.Txn(t.Serial)
	young := now.Sub(lastThere(t, recs)) < slipYoung
	if err != nil || len(recs) == 0 {
		return young
	}

	was := recs[0].Trust
	for _, r := range recs {
		was = min(was, r.Trust)
	}
	lastRun := recs[len(recs)-1].Boot+1 >= l.jrn.Boot()
	switch {
	case was == record.Untrusted:
		return lastRun
	case was != trust:
		return young || lastRun
	}
	return young
}

// lastThere is when the customer of a transaction is last known to have been there: when
// they had paid, or when their meter card was last worked, perhaps some starts later.
func lastThere(t payments.Transaction, recs []record.Record) time.Time {
	at := t.PaidAt()
	for _, r := range recs {
		switch r.Type {
		case metercard.WriteBegun{}.EventType(), metercard.WriteEnded{}.EventType():
			if worked := r.Time; worked.After(at) {
				at = worked
			}
		}
	}

	return at
}

// errTrimmed means that the journal no longer has the beginning of a transaction.
var errTrimmed = errors.New("its records were trimmed")

// fold reads one transaction back from its records.
func (l *ledger) fold(serial string) (payments.Transaction, error) {
	var t payments.Transaction
	recs, err := l.jrn.Txn(serial)
	if err != nil {
		return t, fmt.Errorf("transaction %s: %w", serial, err)
	}

	for _, r := range recs {
		if t.Serial == "" && payments.IsEvent(r.Type) && r.Type != (payments.Opened{}).EventType() && r.Type != (cash.StrayNote{}).EventType() {
			return t, fmt.Errorf("transaction %s: %w", serial, errTrimmed)
		}
		if t, _, err = payments.Fold(t, r); err != nil {
			return t, fmt.Errorf("record %d: %w", r.Seq, err)
		}
	}
	if t.Serial == "" {
		return t, fmt.Errorf("transaction %s: %w", serial, errTrimmed)
	}

	return t, nil
}

// read is the books as the station of a tender may read them, or without one the card
// desk; live is the payment in front of the customer.
func (l *ledger) read(of payments.Tender, live *live) tender.Books {
	if of == "" {
		return deskReading{reading{l, live, of}}
	}

	return reading{l, live, of}
}

// deskReading is the books as the card desk may read them: what has a meter card, whatever
// paid for it.
type deskReading struct{ reading }

// Open implements tender.Books.
func (r deskReading) Open() []payments.Transaction {
	return slices.DeleteFunc(r.ledger.unfinished(), func(t payments.Transaction) bool { return t.Status() != payments.Writing })
}

// Find implements tender.Books.
func (r deskReading) Find(serial string) (payments.Transaction, bool) {
	t, ok := r.ledger.lookUp(serial)

	return t, ok && t.MeterCard.Serial != ""
}

// reading is the books as one station may read them.
type reading struct {
	ledger *ledger
	live   *live
	of     payments.Tender
}

var _ tender.Books = reading{}

// Paying implements tender.Books.
func (r reading) Paying() (payments.Transaction, bool) {
	if r.live == nil || r.live.txn.Tender != r.of || !r.live.txn.Taking() {
		return payments.Transaction{}, false
	}

	return r.live.txn, true
}

// Last implements tender.Books.
func (r reading) Last() payments.Transaction {
	if r.ledger.noted.Tender != r.of {
		return payments.Transaction{}
	}

	return r.ledger.noted
}

// Open implements tender.Books.
func (r reading) Open() []payments.Transaction {
	return slices.DeleteFunc(r.ledger.unfinished(), func(t payments.Transaction) bool { return t.Tender != r.of })
}

// Find implements tender.Books.
func (r reading) Find(serial string) (payments.Transaction, bool) {
	t, ok := r.ledger.lookUp(serial)

	return t, ok && t.Tender == r.of
}
