package reconcile

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// Key is one pass with tolerances over what stands on one side only. Accounts and amounts
// must be the same; times may differ.
type Key struct {
	Name    string
	Account bool  // accounts must be the same; else only amounts are
	Seconds int64 // that times may differ by; a row without a time does not match
}

func (k Key) check() error {
	if k.Name == "" || k.Seconds < 0 {
		return errors.New("a key needs a name and a tolerance that is not negative")
	}

	return nil
}

// partOf is the partition of a row that is left: by amount, which every key compares.
func partOf(p *packed) int {
	return int(hashOf(string(p[atAmount:atTime])) >> 56)
}

// loose pairs what is left by the keys, and says the rest as one-sided.
func (e *Engine) loose(say func(Break) error) error {
	var rows []packed
	for p := range parts {
		var err error
		if rows, err = e.left.take(p, rows[:0]); err != nil {
			return err
		}
		slices.SortFunc(rows, func(a, b packed) int {
			if c := bytes.Compare(a[atAmount:atTime], b[atAmount:atTime]); c != 0 {
				return c
			}

			return bytes.Compare(a[:atHash], b[:atHash])
		})
		taken := make([]bool, len(rows))
		for from := 0; from < len(rows); {
			to := from + 1
			for to < len(rows) && rows[to].amount() == rows[from].amount() {
				to++
			}
			for _, k := range e.spec.Keys {
				e.pair(k, rows[from:to], taken[from:to])
			}
			from = to
		}
		if err := e.sayLeft(rows, taken, say); err != nil {
			return err
		}
	}

	return nil
}

// candidate is a pair that a key allows.
type candidate struct {
	a, b  int
	apart int64
}

// maxCandidates bounds the pairs of one amount. More of the same amount, at the same time,
// are not told apart by any key: they stay breaks, for people.
const maxCandidates = 1 << 16

// pair takes the pairs of one amount, the closest in time first.
func (e *Engine) pair(k Key, rows []packed, taken []bool) {
	var all []candidate
	for i := range rows {
		for j := i + 1; j < len(rows) && len(all) < maxCandidates; j++ {
			if taken[i] || taken[j] || !k.fits(&rows[i], &rows[j]) {
				continue
			}
			all = append(all, candidate{i, j, apart(&rows[i], &rows[j])})
		}
	}
	slices.SortStableFunc(all, func(x, y candidate) int { return int(min(max(x.apart-y.apart, -1), 1)) })

	for _, c := range all {
		if taken[c.a] || taken[c.b] {
			continue
		}
		taken[c.a], taken[c.b] = true, true
		if !rows[c.a].margin() || !rows[c.b].margin() {
			e.report.Loose++
		}
	}
}

// fits reports whether two rows may be the same payment: each must be wanted by the other
// side's book, under another serial.
func (k Key) fits(a, b *packed) bool {
	if a.book() == b.book() || a.at() == 0 || b.at() == 0 || apart(a, b) > k.Seconds {
		return false
	}
	if !a.wants().Has(b.book()) || !b.wants().Has(a.book()) {
		return false
	}

	return !k.Account || bytes.Equal(a[atAccount:atBatch], b[atAccount:atBatch])
}

func apart(a, b *packed) int64 {
	d := a.at() - b.at()
	if d < 0 {
		return -d
	}

	return d
}

// sayLeft says what no key paired.
func (e *Engine) sayLeft(rows []packed, taken []bool, say func(Break) error) error {
	for i := range rows {
		if taken[i] {
			continue
		}
		v := e.view([]*packed{&rows[i]})
		for _, b := range v.breaks() {
			if err := say(b); err != nil {
				return fmt.Errorf("break of %s: %w", b.Serial, err)
			}
		}
	}

	return nil
}
