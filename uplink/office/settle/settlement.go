package settle

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/reconcile"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/stored"
)

// Settlement is what was said when a bank terminal's batch was settled on a date (0500, 0510):
// by the terminal, by the bank, and by the lines of the POSP's files that the run had. It is
// evidence beside the date, and moves nothing: a batch whose totals differ is a case of
// package bank, a payment that a side lacks is a break.
type Settlement struct {
	Kiosk    string       `json:"kiosk"`
	Terminal string       `json:"terminal"`
	Batch    uint32       `json:"batch"`
	At       int64        `json:"at"` // Unix ms
	State    bank.State   `json:"state"`
	Ours     posp.Totals  `json:"ours"`
	Bank     posp.Totals  `json:"bank"`     // as it answered
	Answered bool         `json:"answered"` // else the bank's are not known
	Lines    int64        `json:"lines"`    // in the POSP's files, of sales that are of that batch here
	Sum      money.Amount `json:"sum"`      // of these
	HasFile  bool         `json:"has_file"` // else the POSP's lines are not known
}

// Differs reports whether two of those who said something contradict each other.
func (s Settlement) Differs() bool {
	return s.Answered && s.Bank != s.Ours || s.HasFile && (s.Lines != int64(s.Ours.Debits) || s.Sum != s.Ours.Debit)
}

// settlements reads what terminals settled on the date, each batch as it stood last.
func (w *work) settlements(ctx context.Context) error {
	from, to, err := span(w.day, w.room.rules.Zone)
	if err != nil {
		return err
	}
	rows, err := stored.View(ctx, w.room.b, func(tx Tx) ([]bank.Exchange, error) { return everySettlement(ctx, tx, from, to) })
	if err != nil {
		return fmt.Errorf("cannot read the settlements of %s: %w", w.day, err)
	}
	w.settled = []Settlement{}
	at := map[batchKey]int{}
	for _, x := range rows {
		s := Settlement{
			Kiosk: x.Kiosk, Terminal: x.Terminal, Batch: x.Batch, At: x.SentAt, State: x.State, Ours: x.Totals, Bank: x.BankTotals,
			Answered: x.AnsweredAt != 0, HasFile: w.taking.Has(reconcile.POSP),
		}
		key := batchKey{x.Terminal, x.Batch}
		if i, had := at[key]; had {
			w.settled[i] = s
			continue
		}
		at[key] = len(w.settled)
		w.settled = append(w.settled, s)
	}
	w.batches = at

	return nil
}

// everySettlement reads all of a span, page by page.
func everySettlement(ctx context.Context, tx Tx, from, to time.Time) (all []bank.Exchange, err error) {
	seen := map[string]bool{}
	for {
		page, err := tx.Settlements(ctx, from, to, stored.MaxList)
		if err != nil {
			return nil, err
		}
		fresh := 0
		for _, x := range page {
			if !seen[x.ID] {
				seen[x.ID] = true
				all = append(all, x)
				fresh++
			}
		}
		if len(page) < stored.MaxList || fresh == 0 {
			return all, nil
		}
		from = time.UnixMilli(page[len(page)-1].SentAt)
	}
}

// batchKey names a batch of a terminal.
type batchKey struct {
	terminal string
	batch    uint32
}

// inBatch counts a line of a POSP's file for the batch that its sale was settled with: a line
// has no batch of its own, the sale that it is has one in the register of package bank.
func (w *work) inBatch(l Line) {
	n, err := strconv.ParseUint(l.Batch, 10, 32)
	if i, settled := w.batches[batchKey{l.Terminal, uint32(n)}]; err == nil && settled && l.State == reconcile.Stands {
		w.settled[i].Lines++
		w.settled[i].Sum += l.Amount
	}
}
