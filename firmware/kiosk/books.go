package kiosk

import (
	"maps"
	"slices"

	"wattkiosk/firmware/service/paybill"
	"wattkiosk/payments"
	"wattkiosk/payments/cassette"
	"wattkiosk/payments/record"
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
	stateSlips     = "recent-slips"           // serials
	statePolicy    = "policy"
	stateCashStop  = "cash-stop"
)

// StateCash is the key of the kiosk's account of the cassette, for whoever checks it
// against the records.
const StateCash = "cassette"

// maxUnsettled bounds the payments about which head office is asked again; the
// oldest go first. Head office has a case for each.
const maxUnsettled = 64

// maxSlips bounds the slips that are listed to be printed again; older ones are found by
// their number as long as the journal has their records.
const maxSlips = 40

// books is what the kiosk holds about money in memory. It follows from the journal.
type books struct {
	last      payments.Transaction            // the last that was opened
	noted     payments.Transaction            // the last with a note in it, for late reports
	open      map[string]payments.Transaction // that go on without their customer
	unsettled []payments.Transaction          // ended without being posted, oldest first
	slips     []string                        // serials of those that came to have one, oldest first
	cash      cassette.Account
}

// goesOn reports whether a transaction has no end yet, and takes no money for it: it is
// being posted, its money is on its way back, or its meter card is being written.
func goesOn(t payments.Transaction) bool {
	switch t.Status() {
	case payments.Posting, payments.Undoing, payments.Writing:
		return true
	}

	return false
}

// openSerials are the serials of the open payments, sorted.
func (b books) openSerials() []string { return slices.Sorted(maps.Keys(b.open)) }

// unfinished are the open payments, by their serials.
func (b books) unfinished() []payments.Transaction {
	var all []payments.Transaction
	for _, s := range b.openSerials() {
		all = append(all, b.open[s])
	}

	return all
}

// unprinted is a payment whose total was fixed and whose customer has no slip yet:
// the power came back, perhaps so did they. Of several it is the latest: its customer
// is the one who may still stand there.
func (b books) unprinted() (payments.Transaction, bool) {
	for _, t := range slices.Backward(b.unfinished()) {
		if t.Copies == 0 {
			return t, true
		}
	}

	return payments.Transaction{}, false
}

// find is a payment by its serial, of those in memory.
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
	if goesOn(next) {
		b.open[next.Serial] = next
	}

	if hasSlip(next) && !slices.Contains(b.slips, next.Serial) {
		b.slips = append(slices.Clone(b.slips), next.Serial)
		b.slips = b.slips[max(0, len(b.slips)-maxSlips):]
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

// entry is what events of one transaction come to, not written yet.
type entry struct {
	drafts []record.Draft
	state  map[string][]byte // named states that change with them
	next   payments.Transaction
	due    []payments.Effect
	after  books
}

// enter reckons events of one transaction; t is the transaction before them, serial
// its number.
func (b books) enter(t payments.Transaction, serial string, events []payments.Event) (entry, error) {
	e := entry{next: t}
	inside := b.cash
	for _, ev := range events {
		d, err := payments.Draft(serial, ev)
		if err != nil {
			return entry{}, err
		}
		e.drafts = append(e.drafts, d)

		var due []payments.Effect
		if e.next, due, err = payments.Step(e.next, serial, ev); err != nil {
			return entry{}, err
		}
		if inside, err = inside.Take(serial, ev); err != nil {
			return entry{}, err
		}
		e.due = append(e.due, due...)
	}

	e.after = b.with(t, e.next)
	e.after.cash = inside
	e.state = e.after.states(b)

	return e, nil
}

// folded is the state of that name: transactions as values.
type folded struct {
	Last payments.Transaction   `json:"last"`
	Open []payments.Transaction `json:"open,omitempty"`
}

func (b books) folded() folded {
	return folded{Last: b.last, Open: b.unfinished()}
}

// states are the named states that differ between two books.
func (b books) states(before books) map[string][]byte {
	state := map[string][]byte{}
	if !b.cash.Equal(before.cash) {
		state[StateCash] = mustJSON(b.cash)
	}
	if b.last.Serial != before.last.Serial || b.last.Status() != before.last.Status() || !slices.Equal(b.openSerials(), before.openSerials()) {
		state[stateOpen] = mustJSON(b.pointers())
		state[stateLast] = []byte(b.last.Serial)
	}
	if !b.last.Taking() { // while it takes notes its records are pinned
		if now := mustJSON(b.folded()); string(now) != string(mustJSON(before.folded())) {
			state[stateFolded] = now
		}
	}
	if !b.noted.Cash.Taking() {
		if now := mustJSON(b.noted); string(now) != string(mustJSON(before.noted)) {
			state[stateNoted] = now
		}
	}
	if !slices.Equal(b.slips, before.slips) {
		state[stateSlips] = mustJSON(b.slips)
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
	if b.last.Taking() {
		serials = append(serials, b.last.Serial)
	}
	slices.Sort(serials)

	return slices.Compact(serials)
}
