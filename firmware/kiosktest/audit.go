package kiosktest

import (
	"context"
	"errors"
	"fmt"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/cassette"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
)

// audit compares what everybody believes. The oracles are the simulated
// validator's cassette and the simulated MIS's ledger: neither knows our code.
func (w *box) audit() error {
	if w.office.failed != "" {
		return errors.New(w.office.failed)
	}
	if !w.quiet() {
		return fmt.Errorf("not settled: %s", w.whatIsOpen())
	}
	if _, err := w.memory.Verify(context.Background()); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := w.office.mis.Ledger().Audit(); err != nil {
		return fmt.Errorf("MIS ledger: %w", err)
	}
	books, err := w.fold()
	if err != nil {
		return err
	}
	if err := w.contradictions(); err != nil {
		return err
	}
	checks := []func(*account) error{
		w.auditLives, w.auditCassetteAccount, w.auditBookings, w.auditTimes, w.auditLimits, w.auditOffice, w.auditRows, w.auditCases, w.auditSlips,
	}
	if w.plan.Fate == NoFate { // these know of one journal only
		checks = append(
			checks, w.auditCash, w.auditReturned, w.auditPaper, w.auditDoubt, w.auditPostings, w.auditAccounts, w.auditPeople, w.auditRefunds, w.auditResults, w.auditCodes, w.auditCards, w.auditBookingsBack, w.auditPower, w.auditCameBack, w.auditCollections, w.signers.audit,
		)
	}
	for _, check := range append(checks, w.auditLedger) {
		if err := check(books); err != nil {
			return err
		}
	}
	return nil
}

func (w *box) whatIsOpen() string {
	if w.core == nil {
		return "the program is down"
	}
	s := fmt.Sprintf("idle %v, no order at the acquirer %v, linked %v, backlog %d, office quiet %v, screen %s, blocks %v", w.core.Status().Idle, w.office.codes.quiet(), w.linked, w.sender.Backlog(), w.office.quiet(), w.core.View().Screen, w.core.Status().Blocks)
	for _, t := range w.core.Status().Open {
		s += fmt.Sprintf("; %s %s %s pending %d", t.Serial, t.Status(), t.Total(), t.Cash.Pending())
	}
	return s
}

// account is the journal, folded.
type account struct {
	txns                        map[string]payments.Transaction
	credited, unresolved, found money.Amount
	stray, lost                 money.Amount // without an order: in the cassette, or nobody knows where
	strays                      []cash.StrayNote
	strayInside                 int      // how many of them are in the cassette
	unknown                     int      // how many of them have no value
	captured                    []string // serials with which a card was kept
	records                     []record.Record
	cash                        cassette.Book                      // notes that went in, and collections, by payments/cassette
	twice                       map[string]bool                    // serials that another journal uses otherwise
	slipped                     map[string]map[int]payments.Status // how far a payment was when a copy of its slip was begun
}

func (w *box) fold() (*account, error) {
	var records []record.Record
	err := w.each(func(r record.Record) error { records = append(records, r); return nil })
	if err != nil {
		return nil, err
	}
	b, err := foldRecords(records)
	if err != nil {
		return nil, err
	}

	w.stats.Records += len(b.records)
	w.stats.Stray += len(b.strays)
	for _, t := range b.txns {
		for _, n := range t.Cash.Notes {
			if n.State == cash.StateUnresolved || n.State == cash.StateFound {
				w.stats.Unresolved++
			}
		}
		w.count(t)
	}
	return b, nil
}

// foldRecords adds up a journal, or the beginning of one.
func foldRecords(records []record.Record) (*account, error) {
	b := &account{txns: map[string]payments.Transaction{}, twice: map[string]bool{}, slipped: map[string]map[int]payments.Status{}, records: records}
	for _, r := range records {
		if err := b.take(r); err != nil {
			return nil, fmt.Errorf("journal does not fold: %w", err)
		}
	}
	for _, t := range b.txns {
		b.credited += t.Cash.Total
		for _, n := range t.Cash.Notes {
			switch n.State {
			case cash.StateUnresolved:
				b.unresolved += n.Value
			case cash.StateFound:
				b.found += n.Value
			}
		}
	}
	return b, nil
}

func (b *account) take(r record.Record) error {
	e, err := payments.Decode(r)
	if err != nil || e == nil {
		return err
	}
	if s, ok := e.(cash.StrayNote); ok {
		if err := b.cash.Take(r.Txn, e); err != nil {
			return err
		}
		switch s.Evidence {
		case "unaccounted-for", "left-in-path":
			b.lost += s.Value
		default:
			b.stray += s.Value
			b.strayInside++
		}
		if s.Value == 0 {
			b.unknown++
		}
		b.strays = append(b.strays, s)
		return nil
	}
	if err := b.cash.Take(r.Txn, e); err != nil {
		return err
	}
	if collection.Is(e) { // of no transaction
		return nil
	}
	if _, ok := e.(bankcard.Captured); ok { // of no transaction
		b.captured = append(b.captured, r.Txn)
		return nil
	}
	t, _, err := payments.Step(b.txns[r.Txn], r.Txn, e)
	b.txns[r.Txn] = t
	if s, ok := e.(payments.SlipAttempt); ok && s.Outcome == "started" {
		if b.slipped[r.Txn] == nil {
			b.slipped[r.Txn] = map[int]payments.Status{}
		}
		b.slipped[r.Txn][s.Copy] = t.Status()
	}

	return err
}

func (w *box) count(t payments.Transaction) {
	w.stats.Payments++
	switch c, p := &w.stats.ByCode, &w.stats.ByCard; t.Tender {
	case payments.QR:
		c.Payments++
		countEnd(t, &c.Posted, &c.Owed, &c.Disputed, &c.Cancelled, &c.Undone)
	case payments.BankCard:
		p.Payments++
		countEnd(t, &p.Posted, &p.Owed, &p.Disputed, &p.Cancelled, &p.Undone)
	}
	switch t.Status() {
	case payments.Posted:
		w.stats.Posted++
	case payments.Owed:
		w.stats.Owed++
	case payments.Disputed:
		w.stats.Disputed++
	case payments.Cancelled:
		w.stats.Cancelled++
	}
	w.countPower(t)
}

// countEnd counts a payment by its end.
func countEnd(t payments.Transaction, posted, owed, disputed, cancelled, undone *int) {
	ends := map[payments.Status]*int{
		payments.Posted: posted, payments.Owed: owed, payments.Disputed: disputed, payments.Cancelled: cancelled, payments.Undone: undone,
	}
	if n := ends[t.Status()]; n != nil {
		*n++
	}
}

// stays is what a customer gave and did not get back.
func stays(t payments.Transaction) money.Amount {
	if t.Status() == payments.Undone {
		return 0
	}

	return t.Total()
}

// auditCash: what is in the cassette is credited, found or stray; or it is one of
// the notes that are open cases because nobody could tell, with an order or without.
func (w *box) auditCash(b *account) error {
	cassette := money.Amount(sum(w.notes.Cassette()) + w.crew.carried())
	known := b.credited + b.found + b.stray
	if cassette < known-w.guessed(b) || cassette > known+b.nowhere()+w.eyes.unknown() {
		return fmt.Errorf("cassette holds %s; credited %s + found %s + stray %s = %s, unresolved %s, lost %s", cassette, b.credited, b.found, b.stray, known, b.unresolved, b.lost)
	}
	// Power cuts, kills and a bad line alone never leave a note in doubt: only a
	// device that is itself at fault may, or a full disk with one that reports once, or one
	// that gave a note back by itself while no program was there.
	forgot := w.kind.forgets && w.stats.PowerCuts+w.stats.Kills > 0 || w.kind.once && w.stats.PowerCuts > 0 && w.stats.DiskFulls > 0
	if doubt := w.inDoubt(b); doubt > 0 && w.stats.DeviceFaults == 0 && !forgot {
		return fmt.Errorf("notes of %s are in doubt, and no device was at fault", doubt)
	}
	return nil
}

// guessed is the most that notes may be worth less than the journal has them: one that shows
// as another until it is stacked, and of which nothing was heard then, is of a value that only
// the count tells.
func (w *box) guessed(b *account) money.Amount {
	if !w.misread {
		return 0
	}

	return b.found + b.stray
}

// inDoubt adds up the notes that are, or were, in doubt, but for those of which no program
// could hear that they came out.
func (w *box) inDoubt(b *account) (sum money.Amount) {
	for serial, t := range b.txns {
		for i, n := range t.Cash.Notes {
			if (n.State == cash.StateUnresolved || n.State == cash.StateFound) && !w.eyes.papers.cameOutUnseen(serial, i) {
				sum += n.Value
			}
		}
	}

	return sum
}

// auditReturned: no more notes went back, by the journal, than came out of the device.
func (w *box) auditReturned(b *account) error {
	out, total := map[money.Amount]int{}, len(w.notes.Returned())
	for _, v := range w.notes.Returned() {
		out[money.Amount(v)]++
	}
	for _, t := range b.txns {
		for _, n := range t.Cash.Notes {
			if n.State != cash.StateReturned {
				continue
			}
			total--
			if out[n.Value]--; out[n.Value] < 0 && !w.misread {
				return fmt.Errorf("%s: more notes of %s went back by the journal than came out", t.Serial, n.Value)
			}
		}
	}
	if total < 0 {
		return fmt.Errorf("%d notes more went back by the journal than came out", -total)
	}

	return nil
}

// nowhere is the most that notes may come to of which nobody knows where they are, or
// what they are worth.
func (b *account) nowhere() money.Amount {
	return b.unresolved + b.lost + money.Amount(b.unknown)*largestNote
}

// largestNote is the highest value of a note.
const largestNote = 10000

// auditPostings: each transaction has a named end, and the MIS agrees with it.
func (w *box) auditPostings(b *account) error {
	entries := w.office.booked()
	booked := map[string]money.Amount{}
	for _, e := range entries {
		if e.PostedCount != 1 {
			return fmt.Errorf("MIS booked %s %d times", e.Serial, e.PostedCount)
		}
		if _, known := b.txns[e.Serial]; !known {
			return fmt.Errorf("MIS booked %s of %s, which the kiosk never ordered", e.Serial, e.Amount)
		}
		if !e.Reversed {
			booked[e.Serial] = e.Amount
		}
	}
	for serial, t := range b.txns {
		in, is := booked[serial]
		if w.operator.touched[serial] {
			if err := w.auditTouched(serial, in, is); err != nil {
				return err
			}

			continue
		}
		if t.Purpose == payments.Rewrite || t.ByBank {
			continue // it took no money, or the bank books it: see auditPower and auditCard
		}
		switch t.Status() {
		case payments.Posted, payments.Unwritten:
			if !is || in != t.Total() {
				return fmt.Errorf("%s: the kiosk says posted %s, the MIS has %s (%v)", serial, t.Total(), in, is)
			}
		case payments.Owed, payments.Cancelled, payments.Undone:
			if is {
				return fmt.Errorf("%s: the kiosk says %s, the MIS has booked %s", serial, t.Status(), in)
			}
		case payments.Disputed:
		default:
			return fmt.Errorf("%s ends in %s", serial, t.Status())
		}
		if t.Status() == payments.Cancelled && t.Total()+t.InDoubt() != 0 {
			return fmt.Errorf("%s: cancelled with %s inside, and %s in doubt", serial, t.Total(), t.InDoubt())
		}
	}
	return nil
}

// auditAccounts: per account, what was credited is posted, owed or disputed.
func (w *box) auditAccounts(b *account) error {
	want, got := map[string]money.Amount{}, map[string]money.Amount{}
	for _, t := range b.txns {
		if t.ByBank {
			continue // what it took the bank books: see auditCard
		}
		want[t.Account] += stays(t)
		if t.Status() == payments.Owed || t.Status() == payments.Disputed || w.operator.touched[t.Serial] {
			if e, ok := w.office.entry(t.Serial); !ok || e.Reversed {
				got[t.Account] += stays(t)
			}
		}
	}
	for _, e := range w.office.booked() {
		if !e.Reversed {
			got[e.Account] += e.Amount
		}
	}
	for a, sum := range want {
		if got[a] != sum {
			return fmt.Errorf("account %s: stacked %s, posted or owed %s", a, sum, got[a])
		}
	}
	return nil
}

// auditOffice: head office holds the same journal, and a case for each thing that
// a person must look at.
func (w *box) auditOffice(b *account) error {
	head, err := w.office.head()
	if err != nil {
		return err
	}
	if head != w.memory.Head() {
		return fmt.Errorf("head office is at %d %s, the kiosk at %d %s", head.Seq, head.Hash, w.memory.Head().Seq, w.memory.Head().Hash)
	}
	cases, err := w.office.caseSerials()
	if err != nil {
		return err
	}
	for serial, t := range b.txns {
		if w.operator.touched[serial] {
			continue
		}
		needs := t.Status() == payments.Owed || t.Status() == payments.Disputed || t.InDoubt() > 0
		if needs && !cases[serial] {
			return fmt.Errorf("%s is %s with %s unresolved, and head office has no case", serial, t.Status(), t.InDoubt())
		}
	}
	if b.stray+b.lost > 0 && !cases["stray"] {
		return fmt.Errorf("stray notes of %s, and head office has no case", b.stray+b.lost)
	}
	return nil
}
