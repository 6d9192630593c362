package bankcard

import (
	"encoding/json"
	"fmt"
	"time"

	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/terminal"
)

// kept is the station's own durable state, as JSON. It holds no card data but masked
// numbers, and no key.
type kept struct {
	ID       string         `json:"id,omitempty"`       // the bank's number of the terminal; empty in old ones
	Merchant string         `json:"merchant,omitempty"` // and of its merchant
	Terminal terminal.State `json:"terminal"`
	Settled  string         `json:"settled,omitempty"` // the last day on which the batch was settled, YYYY-MM-DD
	Last     Settled        `json:"last,omitzero"`     // the settlement before

	// Void is head office's number of the last void that left.
	Void string `json:"void,omitempty"`

	// Left is the open batch of another number that the terminal had, until this one settles.
	Left bankcard.Batch `json:"left,omitzero"`
}

// Settled is a batch that the bank has closed, with both sides' totals. It is the body of
// the record bankcard.BatchSettled.
type Settled struct {
	Terminal string `json:"terminal"` // the bank's number of it
	terminal.Settlement
	At int64 `json:"at"` // Unix ms
}

// fresh is the state of a terminal that never was. It begins with a trace number that the
// open batch is not likely to have.
func fresh(now time.Time, t posp.Terminal) kept {
	return kept{ID: t.ID, Merchant: t.Merchant, Terminal: terminal.New(uint32(now.Unix()%posp.MaxTrace)+1, 1)}
}

// readKept reads the state. That of another terminal is of no use: under this one's number
// the bank knows nothing of its sales, and would say so of each reversal. Turn finds in
// the books what was to be taken back. A batch that it leaves behind is Left.
func readKept(now time.Time, t posp.Terminal, b []byte) (kept, error) {
	if len(b) == 0 {
		return fresh(now, t), nil
	}

	var k kept
	if err := json.Unmarshal(b, &k); err != nil {
		return kept{}, fmt.Errorf("cannot read the state of the bank's terminal: %w", err)
	}
	if k.Terminal.Version != terminal.Version {
		return kept{}, fmt.Errorf("the state of the bank's terminal has version %d, want %d", k.Terminal.Version, terminal.Version)
	}

	if k.ID != "" && (k.ID != t.ID || k.Merchant != t.Merchant) {
		f := fresh(now, t)
		f.Last, f.Left = k.Last, k.Left
		if b := k.Terminal.Batch; len(b.Items) > 0 {
			f.Left = bankcard.Batch{Terminal: k.ID, Batch: b.Number, Now: t.ID, Sales: len(b.Items), Total: b.Totals().Debit, At: now.UnixMilli()}
		}

		return f, nil
	}
	k.ID, k.Merchant = t.ID, t.Merchant

	return k, nil
}

func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // structs of texts, numbers and bytes
	}

	return b
}
