package memstore

import (
	"context"
	"maps"
	"slices"
	"sync"

	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/proof"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/sparekeys"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

type journalKey struct {
	kiosk       string
	incarnation uint8
}

type recKey struct {
	kiosk       string
	incarnation uint8
	seq         uint64
}

type branchKey struct {
	recKey
	hash record.Hash
}

type handoutKey struct{ sale, kiosk string }

type alarmKey struct{ kiosk, code string }

type targetKey struct{ rollout, kiosk string }

// rows are the rows. Functions in undo restore what an update changed.
type rows struct {
	kiosks   map[string]fleet.Kiosk
	journals map[journalKey]books.Journal
	present  map[string]uint8 // highest incarnation, by kiosk
	counters map[string]uint64
	tokens   map[string]fleet.Token
	records  map[recKey]books.Sealed
	events   map[string][]books.Event // by serial
	txns     map[string]books.Transaction
	branches map[branchKey]books.Sealed
	postings map[string]books.Posting
	open     map[string]bool // serials of postings that are not final
	history  map[string][]books.History
	cases    map[string]books.Case
	told     map[string][]books.CaseEvent // of cases
	alarms   map[alarmKey]books.Alarm
	users    map[string]people.User
	sessions map[string]people.Session
	factors  map[string]people.Factor
	audit    []people.Audit
	techs    map[string]people.Technician
	bundles  map[string]rollout.StoredBundle
	groups   map[string][]string
	rollouts map[string]rollout.Rollout
	targets  map[targetKey]rollout.TargetRow
	qrs      map[string]acquiring.Order
	qrWatch  map[string]bool // serials of orders that are open or watched
	qrSteps  map[string][]books.History

	exchanges   map[string]bank.Exchange
	bankSerials map[string][]string // IDs of operations, by serial
	bankWatch   map[string]bool     // IDs of operations that are under way or watched
	bankSteps   map[string][]books.History
	terminals   map[string]bank.Terminal

	sales    map[string]books.Delivery
	handouts map[handoutKey]books.HandedOut
	plans    map[string]approval.Plan
	payouts  map[string]books.Payout

	forgeries map[string]counterfeit.Case
	exhibits  map[string]counterfeit.Exhibit
	claimed   map[claimedKey]counterfeit.ClaimedNote

	days      map[string]settle.Date
	breaks    map[string]settle.Break
	dues      map[dueKey]settle.DueRow
	bookFiles map[string]settle.File
	bookLines map[string][]settle.Line // by file, in the order of serial and number
	lineFiles map[string][]string      // files that have a serial

	entries   []accounts.Entry
	entriesOf map[string][]int // places in entries, by key
	balances  map[string]accounts.Balance
	head      accounts.Head
	marks     map[string]int64
	marked    int64 // the last token

	cashReads   map[journalKey]uint64
	positions   map[string]cash.Position
	cashDays    map[cashDayKey]cash.Day
	collections map[string]cash.Collection
	remittances map[string]cash.Remittance
	cashRules   map[string]settle.CashRule
	escalations map[int64]settle.Escalation

	statements     map[string]cash.Statement
	statementLines map[string]cash.StatementLine

	bounds   map[string]books.BoundsRow
	held     map[string]books.HeldOrder
	unproven map[string]proof.Unproven
	heldOf   map[string][]string     // ids, by serial
	taken    map[string]money.Amount // of postings in cash, by kiosk and date

	identities   map[string]identity.Identity
	certificates map[string]identity.Certificate // by serial number

	spareKeys map[spareKey]sparekeys.Spare

	changes uint64
	undo    []func()
}

// Backend is rows in memory. It may be used by any number of goroutines.
type Backend struct {
	mu sync.Mutex
	b  rows
}

var _ store.Backend = (*Backend)(nil)

// New is a Store over empty memory.
func New(r books.Rules) *store.Store { return store.New(NewBackend(), r) }

// NewBackend is empty.
func NewBackend() *Backend {
	return &Backend{b: rows{
		kiosks: map[string]fleet.Kiosk{}, journals: map[journalKey]books.Journal{}, present: map[string]uint8{}, counters: map[string]uint64{}, tokens: map[string]fleet.Token{}, records: map[recKey]books.Sealed{},
		events: map[string][]books.Event{}, txns: map[string]books.Transaction{}, branches: map[branchKey]books.Sealed{},
		postings: map[string]books.Posting{}, open: map[string]bool{},
		history: map[string][]books.History{}, cases: map[string]books.Case{}, told: map[string][]books.CaseEvent{}, alarms: map[alarmKey]books.Alarm{},
		users: map[string]people.User{}, sessions: map[string]people.Session{}, factors: map[string]people.Factor{}, bundles: map[string]rollout.StoredBundle{},
		techs:  map[string]people.Technician{},
		groups: map[string][]string{}, rollouts: map[string]rollout.Rollout{}, targets: map[targetKey]rollout.TargetRow{},
		qrs: map[string]acquiring.Order{}, qrWatch: map[string]bool{}, qrSteps: map[string][]books.History{},
		exchanges: map[string]bank.Exchange{}, bankSerials: map[string][]string{}, bankWatch: map[string]bool{}, bankSteps: map[string][]books.History{},
		terminals: map[string]bank.Terminal{}, sales: map[string]books.Delivery{}, handouts: map[handoutKey]books.HandedOut{}, plans: map[string]approval.Plan{},
		payouts: map[string]books.Payout{}, forgeries: map[string]counterfeit.Case{}, exhibits: map[string]counterfeit.Exhibit{}, claimed: map[claimedKey]counterfeit.ClaimedNote{},
		days: map[string]settle.Date{}, breaks: map[string]settle.Break{}, dues: map[dueKey]settle.DueRow{},
		bookFiles: map[string]settle.File{}, bookLines: map[string][]settle.Line{}, lineFiles: map[string][]string{},
		entriesOf: map[string][]int{}, balances: map[string]accounts.Balance{}, marks: map[string]int64{},
		cashReads: map[journalKey]uint64{}, positions: map[string]cash.Position{}, cashDays: map[cashDayKey]cash.Day{},
		collections: map[string]cash.Collection{}, remittances: map[string]cash.Remittance{}, cashRules: map[string]settle.CashRule{}, escalations: map[int64]settle.Escalation{},
		statements: map[string]cash.Statement{}, statementLines: map[string]cash.StatementLine{},
		bounds: map[string]books.BoundsRow{}, held: map[string]books.HeldOrder{}, heldOf: map[string][]string{}, unproven: map[string]proof.Unproven{}, taken: map[string]money.Amount{},
		identities: map[string]identity.Identity{}, certificates: map[string]identity.Certificate{}, spareKeys: map[spareKey]sparekeys.Spare{},
	}}
}

// Update runs fn, and undoes what it wrote if it fails.
func (m *Backend) Update(ctx context.Context, fn func(store.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	err := fn(m.rows())
	if err != nil {
		for _, f := range slices.Backward(m.b.undo) {
			f()
		}
	} else if len(m.b.undo) > 0 {
		m.b.changes++
	}
	m.b.undo = m.b.undo[:0]
	return err
}

// View runs fn.
func (m *Backend) View(ctx context.Context, fn func(store.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return fn(m.rows())
}

// tx is all rows.
type tx struct {
	*rows
	*orders
	*cards
	*deliveries
	*matters
	*plans
	*settled
	*ledgers
	*tills
	*logins
	*kiosks
	*guards
	*identities
	*spares
}

func (m *Backend) rows() tx {
	return tx{&m.b, (*orders)(&m.b), (*cards)(&m.b), (*deliveries)(&m.b), (*matters)(&m.b), (*plans)(&m.b), (*settled)(&m.b), (*ledgers)(&m.b), (*tills)(&m.b), (*logins)(&m.b), (*kiosks)(&m.b), (*guards)(&m.b), (*identities)(&m.b), (*spares)(&m.b)}
}

// Close does nothing.
func (m *Backend) Close() error { return nil }

// put sets a key and remembers how to undo that.
func put[K comparable, V any](b *rows, m map[K]V, k K, v V) {
	old, had := m[k]
	b.undo = append(b.undo, func() {
		if had {
			m[k] = old
		} else {
			delete(m, k)
		}
	})
	m[k] = asStored(v)
}

func remove[K comparable, V any](b *rows, m map[K]V, k K) {
	if old, had := m[k]; had {
		b.undo = append(b.undo, func() { m[k] = old })
		delete(m, k)
	}
}

// add appends to a list without touching what an undo restores.
func add[K comparable, V any](b *rows, m map[K][]V, k K, v ...V) {
	rows := slices.Clip(m[k])
	for _, row := range v {
		rows = append(rows, asStored(row))
	}
	put(b, m, k, rows)
}

func one[K comparable, V any](m map[K]V, k K) (V, error) {
	v, ok := m[k]
	if !ok {
		return v, stored.ErrNotFound
	}
	return v, nil
}

func several[V any](m map[string]V, keys []string) []V {
	var out []V
	for _, k := range keys {
		if v, ok := m[k]; ok {
			out = append(out, v)
		}
	}
	return out
}

// list is the values that keep wants, sorted, at most limit of them.
func list[K comparable, V any](m map[K]V, keep func(V) bool, cmp func(a, b V) int, limit int) []V {
	var out []V
	for v := range maps.Values(m) {
		if keep(v) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, cmp)
	return out[:min(len(out), limit)]
}
