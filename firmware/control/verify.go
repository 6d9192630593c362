package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/cassette"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
)

// MoneyReport is what the journal's records add up to.
type MoneyReport struct {
	Transactions int          `json:"transactions"`
	Open         int          `json:"open"`
	Stacked      money.Amount `json:"stacked"`    // credited notes
	Held         money.Amount `json:"held"`       // paid by card or code, and not given back
	Posted       money.Amount `json:"posted"`     // booked in the MIS, or sold as power and on its meter card
	Pending      money.Amount `json:"pending"`    // ordered, not known yet
	Tendering    money.Amount `json:"tendering"`  // in a transaction that still takes notes
	Returning    money.Amount `json:"returning"`  // of what is held: on its way back
	Unwritten    money.Amount `json:"unwritten"`  // sold as power, and not on its meter card as far as is known
	Owed         money.Amount `json:"owed"`       // owed or disputed
	Unresolved   money.Amount `json:"unresolved"` // notes that are cases
	Stray        money.Amount `json:"stray"`      // notes without an order
	Inside       money.Amount `json:"inside"`     // notes that the records put into the cassette
	Cassette     money.Amount `json:"cassette"`   // what the kiosk's own account of it says
	Collections  int          `json:"collections"`
	Collected    money.Amount `json:"collected"` // notes that collections took out
}

// errMoney is a broken money invariant.
var errMoney = errors.New("money invariant broken")

// Verify walks the chain and folds every transaction again, by the same reading of
// events as the kiosk and head office. Each record must be legal where it stands.
// The sum of a transaction's credited notes, or what a bank or an acquirer holds by its
// records, must be what the transaction says; what was posted or ordered must be its
// total. Each collection must divide what the records say was in the cassette, and what was
// collected and what is inside must be all notes that ever went in. What is inside must be
// what the kiosk's account of the cassette says.
func Verify(ctx context.Context, j *journal.Journal) Verdict {
	rep, err := j.Verify(ctx)
	v := Verdict{Report: rep}
	if err == nil {
		v.Money, err = foldMoney(ctx, j)
	}
	if err != nil {
		v.Error = err.Error()
		return v
	}
	v.OK = true

	return v
}

// fold is a walk over the records. What the fold of a transaction says is compared
// with sums that are made of the records of notes, cards and codes alone.
type fold struct {
	txns  map[string]payments.Transaction
	cut   map[string]bool         // transactions whose beginning was trimmed
	notes map[string]money.Amount // by the records of notes: credited
	held  map[string]*held        // by the records of cards and codes
	cash  cassette.Book           // by the records of notes and collections: in the cassette, and out of it
	stray money.Amount
	first uint64
}

// maxWalks bounds how often the records are walked again because a note came in
// meanwhile.
const maxWalks = 5

func foldMoney(ctx context.Context, j *journal.Journal) (MoneyReport, error) {
	for range maxWalks {
		account, err := cassetteOf(j)
		if err != nil {
			return MoneyReport{}, err
		}
		f := fold{
			txns: map[string]payments.Transaction{}, cut: map[string]bool{}, notes: map[string]money.Amount{}, held: map[string]*held{},
			first: j.First(), cash: cassette.From(j.First()),
		}
		err = j.Each(f.first, func(r record.Record) error {
			if err := ctx.Err(); err != nil {
				return err
			}

			return f.take(r)
		})
		if err != nil {
			return MoneyReport{}, err
		}

		if now, err := cassetteOf(j); err != nil || now.Equal(account) {
			return f.report(account)
		}
	}

	return MoneyReport{}, errors.New("notes keep coming in: verify again")
}

// take folds one record.
func (f *fold) take(r record.Record) error {
	t, known := f.txns[r.Txn]
	e, err := payments.Decode(r)
	if err != nil {
		return fmt.Errorf("record %d: %w", r.Seq, err)
	}
	if e == nil {
		return nil
	}

	if err := f.cash.Take(r.Txn, e); err != nil {
		return fmt.Errorf("%w: record %d: %w", errMoney, r.Seq, err)
	}
	if s, ok := e.(cash.StrayNote); ok {
		f.stray += s.Value

		return nil
	}
	if collection.Is(e) {
		return nil
	}
	if _, opens := e.(payments.Opened); f.cut[r.Txn] || !known && !opens && f.first > 1 {
		f.cut[r.Txn] = true

		return nil
	}
	next, _, err := payments.Step(t, r.Txn, e)
	if err != nil {
		return fmt.Errorf("%w: record %d: %w", errMoney, r.Seq, err)
	}

	if n, ok := e.(cash.NoteStacked); ok && t.Cash.Taking() && t.Cash.Notes[n.Note].State == cash.StatePending {
		f.notes[r.Txn] += n.Value
	}
	if f.held[r.Txn] == nil {
		f.held[r.Txn] = &held{}
	}
	f.held[r.Txn].take(e)
	f.txns[r.Txn] = next

	return nil
}

// report checks the sums against each other and against the cassette's account.
func (f *fold) report(account cassette.Account) (MoneyReport, error) {
	m := MoneyReport{
		Stray: f.stray, Inside: f.cash.Total, Cassette: account.Total,
		Collections: len(f.cash.Collections), Collected: f.cash.Collected.Total,
	}
	for serial, t := range f.txns {
		if err := m.add(t, f.notes[serial], f.held[serial].amount); err != nil {
			return m, fmt.Errorf("%w: transaction %s: %w", errMoney, serial, err)
		}
	}

	if err := f.cash.Balance(); err != nil {
		return m, fmt.Errorf("%w: %w", errMoney, err)
	}

	inside := f.cash.Account
	switch {
	case !inside.Prior && (account.Notes != inside.Notes || account.Total != inside.Total || !sorted(account, inside)):
		return m, fmt.Errorf("%w: %d notes of %s are in the cassette by the records, %d of %s by its account",
			errMoney, inside.Notes, inside.Total, account.Notes, account.Total)
	case account.Notes < inside.Notes || account.Total < inside.Total: // older records are gone, their notes are not
		return m, fmt.Errorf("%w: the records put %s into the cassette, its account has %s", errMoney, inside.Total, account.Total)
	}

	return m, nil
}

// sorted reports whether the account has the notes of each value that the records have; one
// of older software does not tell the values of all.
func sorted(account, records cassette.Account) bool {
	older, _ := account.Older()

	return older > 0 || slices.Equal(account.Piles, records.Piles)
}

// cassetteOf is the kiosk's own account of the cassette.
func cassetteOf(j *journal.Journal) (cassette.Account, error) {
	var k cassette.Account
	b, err := j.State(kiosk.StateCash)
	if errors.Is(err, journal.ErrNoState) {
		return k, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &k)
	}
	if err != nil {
		return k, fmt.Errorf("state %s: %w", kiosk.StateCash, err)
	}

	return k, nil
}

// add counts a transaction whose credited notes have the given sum, and of which a bank
// or an acquirer holds so much by the records.
func (m *MoneyReport) add(t payments.Transaction, notes, held money.Amount) error {
	var listed money.Amount
	for _, n := range t.Cash.Notes {
		if n.State == cash.StateStacked {
			listed += n.Value
		}
	}

	if notes != t.Cash.Total || listed != t.Cash.Total {
		return fmt.Errorf("notes of %s were credited, %s are listed, the total is %s", notes, listed, t.Cash.Total)
	}

	if now := t.Card.Held() + t.QR.Held(); held != now {
		return fmt.Errorf("%s is held by the records of cards and codes, %s by the transaction", held, now)
	}

	if t.Post.State != "" && t.Post.Amount != t.Total() {
		return fmt.Errorf("%s was ordered, the total is %s", t.Post.Amount, t.Total())
	}

	m.Transactions++
	m.Stacked += notes
	m.Held += held
	m.Unresolved += t.InDoubt()
	switch t.Status() {
	case payments.Posted:
		m.Posted += t.Post.Result.ToArrears + t.Post.Result.ToAdvance
	case payments.Posting:
		m.Pending += t.Post.Amount
		m.Open++
	case payments.Writing:
		m.Unwritten += t.Post.Amount
		m.Open++
	case payments.Unwritten:
		m.Unwritten += t.Post.Amount
	case payments.Tendering:
		m.Tendering += t.Total()
		m.Open++
	case payments.Undoing:
		m.Returning += held
		m.Open++
	case payments.Owed, payments.Disputed:
		m.Owed += t.Total()
	}

	return nil
}
