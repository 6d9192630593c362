package accounts

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"wattkiosk/payments/ledger"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/stored"
)

// checkAtOnce is how many entries Check holds in memory, and MaxFaults how many faults it
// names.
const (
	checkAtOnce = 500
	MaxFaults   = 100
)

// Fault is one thing that is wrong with the books.
type Fault struct {
	Entry  int64        `json:"entry"` // 0: of no single entry
	Key    string       `json:"key"`
	Amount money.Amount `json:"amount"` // by which debits exceed credits, or a balance is off
	What   string       `json:"what"`
}

// Report is what Check found. The books are right if there are no faults.
type Report struct {
	Entries int64         `json:"entries"`
	Totals  ledger.Totals `json:"totals"`
	Waiting int64         `json:"waiting"` // payments that changed and are not posted yet
	Sealed  string        `json:"sealed"`
	Faults  []Fault       `json:"faults"`
}

// Right reports whether nothing is wrong.
func (r Report) Right() bool { return len(r.Faults) == 0 }

func (r *Report) fault(e Entry, amount money.Amount, what string, args ...any) {
	if len(r.Faults) < MaxFaults {
		r.Faults = append(r.Faults, Fault{e.N, e.Key, amount, fmt.Sprintf(what, args...)})
	}
}

// Check reads all entries and balances in one snapshot, and says what is wrong with them.
func (b *Book) Check(ctx context.Context) (Report, error) {
	return stored.View(ctx, b.b, func(tx Tx) (Report, error) {
		r := Report{Faults: []Fault{}}
		head, err := tx.AccountHead(ctx)
		if err != nil {
			return r, err
		}
		r.Sealed = head.Sealed
		sums := map[string]Balance{}
		last := Head{}
		for {
			entries, err := tx.Entries(ctx, last.N, checkAtOnce)
			if err != nil {
				return r, err
			}
			if len(entries) == 0 {
				break
			}
			for _, e := range entries {
				last = r.entry(last, e, sums)
			}
		}
		r.Entries = last.N
		if last.N != head.N || last.Hash != head.Hash {
			r.fault(Entry{N: head.N}, 0, "the chain ends at entry %d, and should at %d", last.N, head.N)
		}
		if r.Waiting, err = tx.CountMarked(ctx); err != nil {
			return r, err
		}
		rows, err := tx.ListBalances(ctx, Filter{})
		r.balances(rows, sums)

		return r, err
	})
}

// entry takes the next entry, and returns the head after it.
func (r *Report) entry(last Head, e Entry, sums map[string]Balance) Head {
	if e.N != last.N+1 {
		r.fault(e, 0, "entries %d to %d are missing", last.N+1, e.N-1)
	}
	if e.sum(last.Hash) != e.Hash {
		r.fault(e, 0, "it does not follow the entry before, or was changed")
	}
	if err := ledger.Check(e.Lines); err != nil {
		off, _ := ledger.Off(e.Lines)
		r.fault(e, off, "%v", err)
	}
	for _, l := range e.Lines {
		if err := r.Totals.Add(l.Amount); err != nil {
			r.fault(e, l.Amount, "debits or credits: %v", err)
		}
	}
	moved, err := balancesOf([]Entry{e})
	if err != nil {
		r.fault(e, 0, "%v", err)
	}
	for id, m := range moved {
		had := sums[id]
		if m.Add(had.Debit) != nil || m.Add(-had.Credit) != nil {
			r.fault(e, 0, "balance of %s: %v", id, money.ErrRange)
		}
		sums[id] = m
	}

	return Head{N: e.N, Hash: e.Hash}
}

// balances holds the stored balances against those that the entries make.
func (r *Report) balances(rows []Balance, sums map[string]Balance) {
	for _, b := range rows {
		want := sums[b.ID()]
		delete(sums, b.ID())
		if b.Totals != want.Totals {
			r.off(b, want)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(sums)) {
		none := sums[id]
		none.Totals = ledger.Totals{}
		r.off(none, sums[id])
	}
	if off, err := r.Totals.Balance(); err != nil || off != 0 {
		r.fault(Entry{}, off, "debits are %s, credits %s", r.Totals.Debit, r.Totals.Credit)
	}
}

func (r *Report) off(has, want Balance) {
	r.fault(Entry{Key: has.ID()}, (has.Debit-has.Credit)-(want.Debit-want.Credit),
		"the balance is %s and %s, its entries make %s and %s", has.Debit, has.Credit, want.Debit, want.Credit)
}

// TrialBalance is debits and credits by account, in the order of the chart, over the dates
// and the kiosk of f. Its balances add up to 0.
func (b *Book) TrialBalance(ctx context.Context, f Filter) ([]Balance, error) {
	rows, err := stored.View(ctx, b.b, func(tx Tx) ([]Balance, error) { return tx.ListBalances(ctx, f) })
	if err != nil {
		return nil, err
	}
	sums := map[ledger.Account]ledger.Totals{}
	for _, r := range rows {
		t := sums[r.Account]
		if t.Add(r.Debit) != nil || t.Add(-r.Credit) != nil {
			return nil, fmt.Errorf("balance of %s: %w", r.Account, money.ErrRange)
		}
		sums[r.Account] = t
	}

	var out []Balance
	for _, info := range ledger.Chart() {
		if t, ok := sums[info.Account]; ok {
			out = append(out, Balance{Kiosk: f.Kiosk, Account: info.Account, Totals: t})
		}
	}

	return out, nil
}

// Balances are those of f, by date, kiosk and account.
func (b *Book) Balances(ctx context.Context, f Filter) ([]Balance, error) {
	return stored.View(ctx, b.b, func(tx Tx) ([]Balance, error) { return tx.ListBalances(ctx, f) })
}

// Altered is the number of the first entry after one end of the chain, and up to a later one,
// that is not there, was changed, or does not lead to it; 0 if there is none.
func (b *Book) Altered(ctx context.Context, from, to Head) (int64, error) {
	for last := from; last.N < to.N; {
		entries, err := stored.View(ctx, b.b, func(tx Tx) ([]Entry, error) { return tx.Entries(ctx, last.N, checkAtOnce) })
		if err != nil {
			return 0, fmt.Errorf("cannot read the entries: %w", err)
		}
		if len(entries) == 0 {
			return last.N + 1, nil
		}
		for _, e := range entries {
			switch {
			case e.N != last.N+1:
				return last.N + 1, nil
			case e.Hash != e.sum(last.Hash), e.N == to.N && e.Hash != to.Hash:
				return e.N, nil
			case e.N == to.N:
				return 0, nil
			}
			last = Head{N: e.N, Hash: e.Hash}
		}
	}

	return 0, nil
}
