package kiosktest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wattkiosk/payments"
	notes "wattkiosk/payments/cash"
	"wattkiosk/payments/cassette"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
)

// auditCollections holds what the records say of collections against the bags that the two
// carried away, which the simulated validator's own ledger filled: cassette by cassette,
// note by note, and all of them with those that are inside now.
func (w *box) auditCollections(b *account) error {
	if w.crew == nil {
		return nil
	}
	if err := b.cash.Balance(); err != nil {
		return err
	}
	if is := w.core.Status().Cash; !is.Equal(b.cash.Account) {
		return fmt.Errorf("the kiosk's account of the cassette is %+v, its journal's %+v", is, b.cash.Account)
	}
	for _, check := range []func(*account) error{w.auditBags, w.auditForged, w.auditPeopleOf, w.auditDoubts, w.auditNobodyServed, w.auditVault, w.auditCollectionCases, w.cashroom.audit} {
		if err := check(b); err != nil {
			return fmt.Errorf("collections: %w", err)
		}
	}

	return nil
}

// auditBags: each collection's expected sum is what its cassette held.
func (w *box) auditBags(b *account) error {
	var divided []collection.Collection
	s := &w.stats.ByCollection
	for _, c := range b.cash.Collections {
		s.Opened++
		switch c.Stage {
		case collection.Ended:
			s.Closed++
		case collection.GivenUp:
			s.Abandoned++
		default:
			return fmt.Errorf("%s is left at %s", c.Serial, c.Stage)
		}
		if c.Stage == collection.Ended {
			divided = append(divided, c)
		}
	}
	s.Divided += len(divided)
	if len(divided) != len(w.crew.bags) || len(w.crew.held) > 0 {
		return fmt.Errorf("%d collections by the records, %d cassettes were taken out, and %d notes of one more", len(divided), len(w.crew.bags), len(w.crew.held))
	}
	for i, c := range divided {
		if err := w.auditBag(b, tally(c.Inside), w.crew.bags[i], c.OlderNotes); err != nil {
			return fmt.Errorf("%s, cassette %q: %w", c.Serial, c.Out, err)
		}
		switch c.How {
		case collection.BySensor:
			s.BySensor++
		case collection.ByPower:
			s.ByPower++
		case collection.ByPeople:
			s.ByPeople++
		}
	}
	if err := w.auditBag(b, tally(b.cash.Piles), w.notes.Cassette(), 0); err != nil {
		return fmt.Errorf("the cassette that is inside: %w", err)
	}
	ever := w.crew.carried() + sum(w.notes.Cassette())
	if told := b.cash.Stacked.Total; money.Amount(ever) < told || money.Amount(ever) > told+b.nowhere()+w.eyes.unknown() {
		return fmt.Errorf("%s ever went in, the records say %s", money.Amount(ever), told)
	}

	return nil
}

func tally(piles []collection.Pile) map[money.Amount]int64 {
	all := map[money.Amount]int64{}
	for _, p := range piles {
		all[p.Value] += p.Notes
	}

	return all
}

// auditBag holds a cassette against its records: exactly, but for notes that nobody can
// place, of which there may be at most as many as the whole journal has.
func (w *box) auditBag(b *account, told map[money.Amount]int64, notes []int64, older int64) error {
	in := map[money.Amount]int64{}
	for _, n := range notes {
		in[money.Amount(n)]++
	}
	var off money.Amount
	values := slices.Collect(maps.Keys(told))
	values = append(values, slices.Collect(maps.Keys(in))...)
	slices.Sort(values)
	for _, v := range slices.Compact(values) {
		if d := money.Amount(in[v]-told[v]) * v; d < 0 {
			off -= d
		} else {
			off += d
		}
	}
	if may := b.nowhere() + b.found + w.eyes.unknown(); off > may || older > 0 {
		return fmt.Errorf("it held %v, the records say %v and %d from before; nobody can tell of %s", in, told, older, may)
	}
	if off == 0 {
		w.stats.ByCollection.Exact++
	}

	return nil
}

// auditPeopleOf: what was done was done by the two, and what differs has a reason.
func (w *box) auditPeopleOf(b *account) error {
	for _, c := range b.cash.Collections {
		both := []string{c.By, c.With}
		slices.Sort(both)
		if !slices.Equal(both, collectors) {
			return fmt.Errorf("%s is by %s and %s", c.Serial, c.By, c.With)
		}
		if c.Stage != collection.Ended {
			continue
		}
		signed := slices.Clone(c.Signed)
		slices.Sort(signed)
		if !slices.Equal(signed, collectors) {
			return fmt.Errorf("%s is signed by %v", c.Serial, c.Signed)
		}
		if len(c.Counts) == 0 || !maps.Equal(tally(c.Inside), tally(c.Counts[len(c.Counts)-1].Piles)) && c.Reason == "" {
			return fmt.Errorf("%s differs without a reason: %v, counted %v", c.Serial, c.Inside, c.Counts)
		}
	}

	return nil
}

// auditDoubts: the two were told of each note since the exchange before that nobody could place,
// and of each whose value nobody knows.
func (w *box) auditDoubts(b *account) error {
	lost, nameless := map[string]money.Amount{}, 0
	for _, r := range b.records {
		e, err := payments.Decode(r)
		if err != nil {
			return err
		}
		note := func(n int) string { return fmt.Sprintf("%s/%d", r.Txn, n) }
		switch e := e.(type) {
		case notes.NoteUnresolved:
			lost[note(e.Note)] = e.Value
		case notes.NoteStacked:
			delete(lost, note(e.Note))
		case notes.NoteReturned:
			delete(lost, note(e.Note))
		case notes.StrayNote:
			switch {
			case !e.InCassette():
				lost[fmt.Sprint("record ", r.Seq)] = e.Value
			case e.Value == 0:
				nameless++
			}
		case collection.Exchanged:
			var sum money.Amount
			for _, v := range lost {
				sum += v
			}
			if e.Doubts != int64(len(lost)+nameless) || e.Doubt != sum {
				return fmt.Errorf("%s tells of %d notes in doubt, %s; the records before of %d and %d without a value, %s", r.Txn, e.Doubts, e.Doubt, len(lost), nameless, sum)
			}
			clear(lost)
			nameless = 0
		}
	}

	return nil
}

// auditNobodyServed: no transaction begins while nobody could tell into which cassette.
func (w *box) auditNobodyServed(b *account) error {
	open := ""
	for _, r := range b.records {
		e, err := payments.Decode(r)
		if err != nil || e == nil {
			continue
		}
		switch e.(type) {
		case collection.Opened:
			open = r.Txn
		case collection.Exchanged, collection.Abandoned:
			open = ""
		case payments.Opened:
			if open != "" {
				return fmt.Errorf("record %d begins %s while the cassette of %s is exchanged", r.Seq, r.Txn, open)
			}
		}
	}

	return nil
}

// auditVault: head office has the same cassette and the same collections, and proves them
// against its ledger.
func (w *box) auditVault(b *account) error {
	ctx := context.Background()
	if err := w.office.follow(); err != nil {
		return err
	}
	p, err := w.office.books.Cash.Position(ctx, Terminal)
	if err != nil {
		return err
	}
	if !p.Account.Equal(b.cash.Account) {
		return fmt.Errorf("head office has the cassette at %+v, the kiosk at %+v", p.Account, b.cash.Account)
	}
	all, err := w.office.books.Cash.Collections(ctx, cash.Filter{Kiosk: Terminal})
	if err != nil {
		return err
	}
	if len(all) != len(b.cash.Collections) {
		return fmt.Errorf("head office has %d collections, the kiosk %d", len(all), len(b.cash.Collections))
	}
	for _, c := range all {
		i := slices.IndexFunc(b.cash.Collections, func(k collection.Collection) bool { return k.Serial == c.Serial })
		if i < 0 || !(cassette.Account{Collection: c.Kept}).Equal(cassette.Account{Collection: b.cash.Collections[i]}) {
			return fmt.Errorf("head office has %+v", c)
		}
		if c.Expected() != c.Kept.Expected() || c.Slip == cash.SlipWrong || c.Refused != "" {
			return fmt.Errorf("head office does not believe %+v", c)
		}
	}
	if _, err := w.office.books.Accounts.Post(ctx, w.office.time()); err != nil {
		return err
	}
	proofs, exact, err := w.office.books.Cash.Check(ctx)
	if err != nil || !exact {
		return errors.Join(err, fmt.Errorf("head office's books are read to the end: %v", exact))
	}
	for _, x := range proofs {
		if len(x.Faults) > 0 {
			return fmt.Errorf("head office's cash: %+v", x)
		}
	}

	return nil
}

// cashCases are the classes of cases about collections: auditCases leaves them to
// auditCollectionCases.
var cashCases = []string{books.ClassCollection, books.ClassCount, books.ClassReceipt, books.ClassDeposit, books.ClassCashLate}

// auditCollectionCases: each difference is a case, and nothing else is.
func (w *box) auditCollectionCases(b *account) error {
	want := map[string]money.Amount{}
	for _, c := range b.cash.Collections {
		if d, is := c.Difference(); is && d != 0 {
			want[c.Serial] = d
			w.stats.ByCollection.Differ++
		}
	}
	cases, err := w.office.books.Cases(context.Background(), books.Filter{Open: true})
	if err != nil {
		return err
	}
	for _, c := range cases {
		switch c.Class {
		case books.ClassCollection:
			return fmt.Errorf("head office has a case: %s %s", c.ID, c.Text)
		case books.ClassCount:
			serial := "" // a case of a collection is of no payment: its key alone names it
			for k, d := range want {
				if strings.Contains(c.ID, k) && c.Amount == d {
					serial = k
				}
			}
			if serial == "" {
				return fmt.Errorf("head office has a case %s of %s, which no collection differs by", c.ID, c.Amount)
			}
			delete(want, serial)
		}
	}
	if len(want) > 0 {
		return fmt.Errorf("head office has no case for differences %v", want)
	}

	return nil
}
