package settle

import (
	"context"
	"fmt"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// Ages are the open breaks of all dates by how long they have been there.
type Ages struct {
	Since   []Aged // one for each of books.CaseAges, and before it those that are younger than all
	Carried int64  // of them: of dates that are signed, so that they are carried forward
	Cut     bool   // there are more than are counted here
}

// Aged are the open breaks of one age.
type Aged struct {
	Days   int // at least; 0 of the youngest
	Breaks int64
	Amount money.Amount
}

// ageMost bounds how many breaks are counted by age.
const ageMost = 10_000

// Age is how many of books.CaseAges a break has passed.
func (b Break) Age(now time.Time) int { return books.Case{OpenedAt: b.FoundAt}.Age(now) }

// Ages counts the open breaks of all dates by age.
func (r *Room) Ages(ctx context.Context, now time.Time) (Ages, error) {
	out := Ages{Since: []Aged{{}}}
	for _, days := range books.CaseAges() {
		out.Since = append(out.Since, Aged{Days: days})
	}
	signed := map[string]bool{}
	seen := 0
	for after := (BreakKey{}); ; {
		page, err := stored.View(ctx, r.b, func(tx Tx) ([]Break, error) {
			page, err := tx.OpenBreaks(ctx, after, rowsAtOnce)
			for _, b := range page {
				if _, known := signed[b.Day]; err == nil && !known {
					var d Date
					d, err = dateOf(ctx, tx, b.Day)
					signed[b.Day] = d.State == Signed
				}
			}

			return page, err
		})
		if err != nil {
			return out, fmt.Errorf("cannot read open breaks: %w", err)
		}
		for _, b := range page {
			of := &out.Since[b.Age(now)]
			of.Breaks++
			of.Amount += b.Amount()
			if signed[b.Day] {
				out.Carried++
			}
		}
		seen += len(page)
		out.Cut = seen >= ageMost
		if len(page) < rowsAtOnce || out.Cut {
			return out, nil
		}
		last := page[len(page)-1]
		after = BreakKey{last.Day, last.ID}
	}
}
