package kiosk

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
)

// Keys of the journal's named states. The pointers (serials) are what every version
// of the software reads; the folded transactions beside them outlive the records,
// which are trimmed. Where both are there, the records are believed.
const (
	stateOpen      = "open-transactions"      // serials
	stateLast      = "last-transaction"       // a serial
	stateFolded    = "transactions"           // folded: the last one, and the open ones
	stateNoted     = "last-notes"             // the last transaction with a note in it, folded
	stateUnsettled = "unsettled-transactions" // folded: ended without being posted
	statePolicy    = "policy"
)

// StateCash is the key of the kiosk's account of the cassette, for whoever checks it
// against the records.
const StateCash = "cassette"

// maxUnsettled bounds the payments about which head office is asked again; the
// oldest go first. Head office has a case for each.
const maxUnsettled = 64

// Cassette is the cash inside by the journal's account.
type Cassette struct {
	Notes int          `json:"notes"`
	Total money.Amount `json:"total"`
}

// Take counts the notes that an event puts into the cassette. A note that nobody
// can place is not counted: whoever opens the cassette finds it, or does not.
func (k *Cassette) Take(e payments.Event) {
	switch e := e.(type) {
	case cash.NoteStacked:
		k.add(e.Value)
	case cash.StrayNote:
		if InCassette(e) {
			k.add(e.Value)
		}
	}
}

func (k *Cassette) add(v money.Amount) { k.Notes, k.Total = k.Notes+1, k.Total+v }

// InCassette reports whether a stray note is one that the device said to be in the
// cassette.
func InCassette(e cash.StrayNote) bool {
	return strings.HasPrefix(e.Evidence, "stacked") || strings.HasPrefix(e.Evidence, "value-differs")
}

// books is what the kiosk holds about money in memory. It follows from the journal.
type books struct {
	last      payments.Transaction            // the last that was opened
	noted     payments.Transaction            // the last with a note in it, for late reports
	open      map[string]payments.Transaction // ordered, and not answered for good
	unsettled []payments.Transaction          // ended without being posted, oldest first
	cash      Cassette
}

// openSerials are the serials of the open payments, sorted.
func (b books) openSerials() []string { return slices.Sorted(maps.Keys(b.open)) }

// find is a payment by its serial.
func (b books) find(serial string) (payments.Transaction, bool) {
	if t, ok := b.open[serial]; ok {
		return t, true
	}
	if b.last.Serial == serial {
		return b.last, true
	}
	for _, t := range b.unsettled {
		if t.Serial == serial {
			return t, true
		}
	}

	return payments.Transaction{}, false
}

// with is the books after t has become next. It shares nothing that changes.
func (b books) with(t, next payments.Transaction) books {
	if next.Serial == "" {
		return b
	}
	if t.Serial == "" || next.Serial == b.last.Serial {
		b.last = next
	}
	if len(next.Cash.Notes) > 0 && (next.Serial == b.last.Serial || next.Serial == b.noted.Serial) {
		b.noted = next
	}

	b.open = maps.Clone(b.open)
	if b.open == nil {
		b.open = map[string]payments.Transaction{}
	}
	delete(b.open, next.Serial)
	if next.Status() == payments.Posting {
		b.open[next.Serial] = next
	}

	at := slices.IndexFunc(b.unsettled, func(u payments.Transaction) bool { return u.Serial == next.Serial })
	b.unsettled = slices.Clone(b.unsettled)
	switch {
	case !paybill.Unsettled(next):
		b.unsettled = slices.DeleteFunc(b.unsettled, func(u payments.Transaction) bool { return u.Serial == next.Serial })
	case at >= 0:
		b.unsettled[at] = next
	default:
		b.unsettled = append(b.unsettled, next)
		b.unsettled = b.unsettled[max(0, len(b.unsettled)-maxUnsettled):]
	}

	return b
}

// folded is the state of that name: transactions as values.
type folded struct {
	Last payments.Transaction   `json:"last"`
	Open []payments.Transaction `json:"open,omitempty"`
}

func (b books) folded() folded {
	f := folded{Last: b.last}
	for _, s := range b.openSerials() {
		f.Open = append(f.Open, b.open[s])
	}

	return f
}

// states are the named states that differ between two books.
func (b books) states(before books) map[string][]byte {
	state := map[string][]byte{}
	if b.cash != before.cash {
		state[StateCash] = mustJSON(b.cash)
	}
	if b.last.Serial != before.last.Serial || b.last.Status() != before.last.Status() || !slices.Equal(b.openSerials(), before.openSerials()) {
		state[stateOpen] = mustJSON(b.pointers())
		state[stateLast] = []byte(b.last.Serial)
	}
	if !b.last.Cash.Taking() { // while it takes notes its records are pinned
		if now := mustJSON(b.folded()); string(now) != string(mustJSON(before.folded())) {
			state[stateFolded] = now
		}
	}
	if !b.noted.Cash.Taking() {
		if now := mustJSON(b.noted); string(now) != string(mustJSON(before.noted)) {
			state[stateNoted] = now
		}
	}
	if len(b.unsettled) > 0 || len(before.unsettled) > 0 {
		if now, was := mustJSON(b.unsettled), mustJSON(before.unsettled); string(now) != string(was) {
			state[stateUnsettled] = now
		}
	}

	return state
}

// pointers are the serials that must not be trimmed.
func (b books) pointers() []string {
	serials := b.openSerials()
	if b.last.Cash.Taking() {
		serials = append(serials, b.last.Serial)
	}
	slices.Sort(serials)

	return slices.Compact(serials)
}

// load reads the states, and the records behind the pointers.
func (c *Core) load() error {
	var serials []string
	var kept folded
	for key, into := range map[string]any{
		stateOpen: &serials, StateCash: &c.money.cash, statePolicy: &c.policy, stateFolded: &kept, stateUnsettled: &c.money.unsettled,
	} {
		if err := c.state(key, into); err != nil {
			return err
		}
	}

	c.money.open = map[string]payments.Transaction{}
	for _, s := range serials {
		if err := c.loadOpen(s, kept); err != nil {
			return err
		}
	}

	if err := c.loadLast(kept); err != nil {
		return err
	}

	return c.loadNoted()
}

// state reads one named state; one that was never set leaves its value as it is.
func (c *Core) state(key string, into any) error {
	b, err := c.jrn.State(key)
	switch {
	case errors.Is(err, journal.ErrNoState):
		return nil
	case err != nil:
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("state %s: %w", key, err)
	}

	return nil
}

// loadOpen takes up one transaction that had not reached its end. Its records are
// pinned; where they are gone all the same, and no folded one is kept, head office
// has them, and somebody must look.
func (c *Core) loadOpen(serial string, kept folded) error {
	t, err := c.fold(serial)
	if errors.Is(err, errTrimmed) {
		i := slices.IndexFunc(kept.Open, func(k payments.Transaction) bool { return k.Serial == serial })
		if i < 0 {
			c.board.Set(condition.Journal, "lost "+serial, true, "no records of the open transaction "+serial)
			return nil
		}
		t, err = kept.Open[i], nil
	}
	if err != nil {
		return err
	}

	switch t.Status() {
	case payments.Tendering:
		if c.live != nil {
			return fmt.Errorf("two transactions take notes: %s and %s", c.live.txn.Serial, serial)
		}
		c.live = &live{txn: t, recovered: true}
	case payments.Posting:
		c.money.open[serial] = t
	}

	return nil
}

// loadLast takes up the last transaction. One that is gone is no last one.
func (c *Core) loadLast(kept folded) error {
	b, err := c.jrn.State(stateLast)
	if errors.Is(err, journal.ErrNoState) {
		return nil
	}
	if err != nil {
		return err
	}

	t, err := c.fold(string(b))
	if errors.Is(err, errTrimmed) {
		t, err = payments.Transaction{}, nil
		if kept.Last.Serial == string(b) {
			t = kept.Last
		}
	}
	c.money.last = t

	return err
}

// loadNoted takes up the last transaction with a note in it. A journal of before
// this state was kept has it only if it is the last one.
func (c *Core) loadNoted() error {
	if err := c.state(stateNoted, &c.money.noted); err != nil {
		return err
	}
	if t := c.money.last; len(t.Cash.Notes) > 0 {
		c.money.noted = t
	}

	return nil
}

// errTrimmed means that the journal no longer has the beginning of a transaction.
var errTrimmed = errors.New("its records were trimmed")

// fold reads one transaction back from its records.
func (c *Core) fold(serial string) (payments.Transaction, error) {
	var t payments.Transaction
	recs, err := c.jrn.Txn(serial)
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
