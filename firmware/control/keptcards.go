package control

import (
	"context"
	"fmt"
	"net/http"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/record"
)

// maxKept bounds the list of kept cards; the oldest go first.
const maxKept = 100

// KeptCard is a card that the reader has kept, as the journal says it. Whether it is
// still in the bin is not known here.
type KeptCard struct {
	bankcard.Captured
	Txn string `json:"txn,omitempty"` // the payment that it was for
}

// KeptCards are the cards that the reader has kept, as far as the journal reaches, oldest
// first.
func KeptCards(ctx context.Context, j *journal.Journal) ([]KeptCard, error) {
	kept := []KeptCard{}
	of := bankcard.Captured{}.EventType()
	err := j.Each(j.First(), func(r record.Record) error {
		if r.Type != of {
			return ctx.Err()
		}
		e, err := payments.Decode(r)
		if err != nil {
			return fmt.Errorf("record %d: %w", r.Seq, err)
		}
		if c, ok := e.(bankcard.Captured); ok {
			kept = append(kept, KeptCard{c, r.Txn})
			kept = kept[max(0, len(kept)-maxKept):]
		}

		return nil
	})

	return kept, err
}

func listKeptCards(w http.ResponseWriter, r *http.Request, j *journal.Journal) {
	kept, err := KeptCards(r.Context(), j)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, kept)
}
