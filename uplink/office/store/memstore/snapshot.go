package memstore

import (
	"maps"
	"slices"

	"wattkiosk/uplink/office/books"
)

// Snapshot is a backend with the rows as they are now: a backup that a test can
// restore. What either of them writes later the other does not see.
func (m *Backend) Snapshot() *Backend {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.b

	return &Backend{b: rows{
		kiosks: maps.Clone(b.kiosks), journals: maps.Clone(b.journals), present: maps.Clone(b.present), tokens: maps.Clone(b.tokens),
		hashes: maps.Clone(b.hashes), events: lists(b.events), txns: maps.Clone(b.txns), notes: maps.Clone(b.notes), noteIdx: lists(b.noteIdx),
		postings: maps.Clone(b.postings), open: maps.Clone(b.open), history: lists[string, books.History](b.history), cases: maps.Clone(b.cases),
		alarms: maps.Clone(b.alarms), users: maps.Clone(b.users), sessions: maps.Clone(b.sessions), audit: slices.Clone(b.audit),
		techs: maps.Clone(b.techs), bundles: maps.Clone(b.bundles), groups: lists(b.groups), rollouts: maps.Clone(b.rollouts),
		targets: maps.Clone(b.targets), changes: b.changes,
	}}
}

// lists clones a map of lists, so that appending to one of them is not seen.
func lists[K comparable, V any](m map[K][]V) map[K][]V {
	out := make(map[K][]V, len(m))
	for k, v := range m {
		out[k] = slices.Clone(v)
	}

	return out
}
