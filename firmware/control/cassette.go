package control

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
)

// Pile is the notes of one value.
type Pile struct {
	Value money.Amount `json:"value"` // fen; 0 = notes whose value is not known
	Notes int          `json:"notes"`
}

// Cash is what is in the cassette.
type Cash struct {
	kiosk.Cassette
	Piles []Pile `json:"piles"`           // by the records that the journal has, the largest value first
	Older int    `json:"older,omitempty"` // notes whose records have left the journal
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
		piles, err := pilesOf(ctx, j)
		if err != nil {
			return Cash{}, err
		}
		if now, err := cassetteOf(j); err != nil || now != account {
			continue
		}

		c := Cash{Cassette: account, Piles: piles, Older: account.Notes}
		for _, p := range piles {
			c.Older -= p.Notes
		}
		if c.Older < 0 {
			return c, fmt.Errorf("%w: the records put more notes into the cassette than its account has", errMoney)
		}
		return c, nil
	}
	return Cash{}, errMoving
}

// pilesOf counts the notes that the records put into the cassette.
func pilesOf(ctx context.Context, j *journal.Journal) ([]Pile, error) {
	count := map[money.Amount]int{}
	err := j.Each(j.First(), func(r record.Record) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		e, err := payments.Decode(r)
		if err != nil {
			return fmt.Errorf("record %d: %w", r.Seq, err)
		}

		var one kiosk.Cassette
		if one.Take(e); one.Notes > 0 {
			count[one.Total] += one.Notes
		}
		return nil
	})

	piles := []Pile{}
	for value, notes := range count {
		piles = append(piles, Pile{value, notes})
	}
	slices.SortFunc(piles, func(a, b Pile) int { return cmp.Compare(b.Value, a.Value) })
	return piles, err
}
