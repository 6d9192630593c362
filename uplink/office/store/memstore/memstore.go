package memstore

import (
	"context"
	"maps"
	"slices"
	"sync"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/store"
)

type recKey struct {
	kiosk       string
	incarnation uint8
	seq         uint64
}

type noteKey struct {
	serial string
	index  int64
}

type alarmKey struct{ kiosk, code string }

type targetKey struct{ rollout, kiosk string }

// books are the rows. Functions in undo restore what an update changed.
type books struct {
	kiosks   map[string]store.Kiosk
	tokens   map[string]store.Token
	hashes   map[recKey]record.Hash
	events   map[string][]store.Event // by serial
	txns     map[string]store.Transaction
	notes    map[noteKey]store.Note
	noteIdx  map[string][]int64 // by serial
	postings map[string]store.Posting
	open     map[string]bool // serials of postings that are not final
	history  map[string][]store.History
	cases    map[string]store.Case
	alarms   map[alarmKey]store.Alarm
	users    map[string]store.User
	sessions map[string]store.Session
	audit    []store.Audit
	techs    map[string]store.Technician
	bundles  map[string]store.Bundle
	groups   map[string][]string
	rollouts map[string]rollout.Rollout
	targets  map[targetKey]store.Target
	changes  uint64
	undo     []func()
}

// Backend is rows in memory. It may be used by any number of goroutines.
type Backend struct {
	mu sync.Mutex
	b  books
}

var _ store.Backend = (*Backend)(nil)

// New is a Store over empty memory.
func New(r store.Rules) *store.Store { return store.New(NewBackend(), r) }

// NewBackend is empty.
func NewBackend() *Backend {
	return &Backend{b: books{
		kiosks: map[string]store.Kiosk{}, tokens: map[string]store.Token{}, hashes: map[recKey]record.Hash{},
		events: map[string][]store.Event{}, txns: map[string]store.Transaction{}, notes: map[noteKey]store.Note{},
		noteIdx: map[string][]int64{}, postings: map[string]store.Posting{}, open: map[string]bool{},
		history: map[string][]store.History{}, cases: map[string]store.Case{}, alarms: map[alarmKey]store.Alarm{},
		users: map[string]store.User{}, sessions: map[string]store.Session{}, bundles: map[string]store.Bundle{},
		techs:  map[string]store.Technician{},
		groups: map[string][]string{}, rollouts: map[string]rollout.Rollout{}, targets: map[targetKey]store.Target{},
	}}
}

// Update runs fn, and undoes what it wrote if it fails.
func (m *Backend) Update(ctx context.Context, fn func(store.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	err := fn(&m.b)
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
	return fn(&m.b)
}

// Close does nothing.
func (m *Backend) Close() error { return nil }

// put sets a key and remembers how to undo that.
func put[K comparable, V any](b *books, m map[K]V, k K, v V) {
	old, had := m[k]
	b.undo = append(b.undo, func() {
		if had {
			m[k] = old
		} else {
			delete(m, k)
		}
	})
	m[k] = v
}

func remove[K comparable, V any](b *books, m map[K]V, k K) {
	if old, had := m[k]; had {
		b.undo = append(b.undo, func() { m[k] = old })
		delete(m, k)
	}
}

// add appends to a list without touching what an undo restores.
func add[K comparable, V any](b *books, m map[K][]V, k K, v ...V) {
	put(b, m, k, append(slices.Clip(m[k]), v...))
}

func one[K comparable, V any](m map[K]V, k K) (V, error) {
	v, ok := m[k]
	if !ok {
		return v, store.ErrNotFound
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
