package appliance

import (
	"context"
	"errors"
	"fmt"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
)

// MoneyReport is what the journal's records add up to.
type MoneyReport struct {
	Transactions int          `json:"transactions"`
	Open         int          `json:"open"`
	Stacked      money.Amount `json:"stacked"`    // credited notes
	Posted       money.Amount `json:"posted"`     // booked in the MIS
	Pending      money.Amount `json:"pending"`    // ordered, not known yet
	Tendering    money.Amount `json:"tendering"`  // in a transaction that still takes notes
	Owed         money.Amount `json:"owed"`       // owed or disputed
	Unresolved   money.Amount `json:"unresolved"` // notes that are cases
	Stray        money.Amount `json:"stray"`      // notes without an order
}

// errMoney is a broken money invariant.
var errMoney = errors.New("money invariant broken")

// Verify walks the chain and folds every transaction again: each record must be
// legal where it stands, and every credited fen must be posted, pending, owed or
// disputed.
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

func foldMoney(ctx context.Context, j *journal.Journal) (MoneyReport, error) {
	var m MoneyReport
	txns := map[string]payments.Transaction{}
	cut := map[string]bool{} // transactions whose beginning was trimmed
	err := j.Each(j.First(), func(r record.Record) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		e, err := payments.Decode(r)
		if err != nil {
			return fmt.Errorf("record %d: %w", r.Seq, err)
		}
		if e == nil || cut[r.Txn] {
			return nil
		}
		if s, ok := e.(cash.StrayNote); ok {
			m.Stray += s.Value
			return nil
		}
		t, known := txns[r.Txn]
		if _, opens := e.(payments.Opened); !known && !opens && j.First() > 1 {
			cut[r.Txn] = true
			return nil
		}
		if t, _, err = payments.Step(t, r.Txn, e); err != nil {
			return fmt.Errorf("%w: record %d: %w", errMoney, r.Seq, err)
		}
		txns[r.Txn] = t
		return nil
	})
	if err != nil {
		return m, err
	}
	for _, t := range txns {
		m.add(t)
	}
	if sum := m.Posted + m.Pending + m.Tendering + m.Owed; sum != m.Stacked {
		return m, fmt.Errorf("%w: %s credited, %s accounted for", errMoney, m.Stacked, sum)
	}
	return m, nil
}

func (m *MoneyReport) add(t payments.Transaction) {
	m.Transactions++
	m.Stacked += t.Total()
	m.Unresolved += t.InDoubt()
	switch t.Status() {
	case payments.Posted:
		m.Posted += t.Total()
	case payments.Posting:
		m.Pending += t.Total()
		m.Open++
	case payments.Tendering:
		m.Tendering += t.Total()
		m.Open++
	case payments.Owed, payments.Disputed:
		m.Owed += t.Total()
	}
}
