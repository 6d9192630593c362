package control

import (
	"context"
	"errors"
	"fmt"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments"
	"wattkiosk/payments/cassette"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
)

// Cash is what is in the cassette.
type Cash struct {
	Notes  int                    `json:"notes"`
	Total  money.Amount           `json:"total"`
	Piles  []collection.Pile      `json:"piles"`            // by the records that the journal has, the largest value first; value 0: not known
	Older  int                    `json:"older,omitempty"`  // notes whose records have left the journal
	Number string                 `json:"number,omitempty"` // on the cassette, where two people said it
	Since  int64                  `json:"since,omitempty"`  // Unix ms, when two people put it in; 0 where the records do not say
	Moved  int64                  `json:"moved,omitempty"`  // how often it was taken out unasked since
	Away   bool                   `json:"away,omitempty"`   // it was, and none is in its place
	Doubts int64                  `json:"doubts,omitempty"` // notes since then that nobody can place
	Doubt  money.Amount           `json:"doubt,omitempty"`  // and their sum
	Open   *collection.Collection `json:"collection,omitempty"`
}

// errMoving means that notes came in all the time.
var errMoving = errors.New("notes keep coming in: ask again")

// CashInside sorts the notes in the cassette by value. Notes that came in longer ago
// than the journal reaches are counted as older.
func CashInside(ctx context.Context, j *journal.Journal) (Cash, error) {
	for range maxWalks {
		account, err := cassetteOf(j)
		if err != nil {
			return Cash{}, err
		}
		records, err := insideByRecords(ctx, j)
		if err != nil {
			return Cash{}, err
		}
		if now, err := cassetteOf(j); err != nil || !now.Equal(account) {
			continue
		}

		return cashOf(account, records)
	}
	return Cash{}, errMoving
}

// cashOf is the account, sorted by what the records say.
func cashOf(account, records cassette.Account) (Cash, error) {
	c := Cash{
		Notes: account.Notes, Total: account.Total, Piles: append([]collection.Pile{}, records.Piles...), Older: account.Notes - records.Notes,
		Number: account.Number, Since: account.Since, Moved: account.Moved, Away: account.Away, Doubts: account.Doubts, Doubt: account.Doubt,
	}
	if records.Unknown > 0 {
		c.Piles = append(c.Piles, collection.Pile{Notes: records.Unknown})
	}
	if open, is := account.Open(); is {
		c.Open = &open
	}
	if c.Older < 0 {
		return c, fmt.Errorf("%w: the records put more notes into the cassette than its account has", errMoney)
	}

	return c, nil
}

// insideByRecords is the cassette by the records that there are.
func insideByRecords(ctx context.Context, j *journal.Journal) (cassette.Account, error) {
	inside := cassette.From(j.First()).Account
	err := j.Each(j.First(), func(r record.Record) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		e, err := payments.Decode(r)
		if err == nil && e != nil {
			inside, err = inside.Take(r.Txn, e)
		}
		if err != nil {
			return fmt.Errorf("record %d: %w", r.Seq, err)
		}

		return nil
	})

	return inside, err
}
