package bankcard

import (
	"encoding/json"
	"fmt"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/terminal"
)

// kept is the station's own durable state, as JSON. It holds no card data but masked
// numbers, and no key.
type kept struct {
	Terminal terminal.State `json:"terminal"`
	Settled  string         `json:"settled,omitempty"` // the last day on which the batch was settled, YYYY-MM-DD
	Last     Settled        `json:"last,omitzero"`     // the settlement before
}

// SettledRecord is the type of the record of a settlement; its body is a Settled.
const SettledRecord = "card-settled"

// Settled is a batch that the bank has closed, with both sides' totals.
type Settled struct {
	Terminal string `json:"terminal"` // the bank's number of it
	terminal.Settlement
	At int64 `json:"at"` // Unix ms
}

// readKept reads the state; one that never was begins with a trace number that the open
// batch is not likely to have.
func readKept(now time.Time, b []byte) (kept, error) {
	if len(b) == 0 {
		return kept{Terminal: terminal.New(uint32(now.Unix()%posp.MaxTrace)+1, 1)}, nil
	}

	var k kept
	if err := json.Unmarshal(b, &k); err != nil {
		return kept{}, fmt.Errorf("cannot read the state of the bank's terminal: %w", err)
	}
	if k.Terminal.Version != terminal.Version {
		return kept{}, fmt.Errorf("the state of the bank's terminal has version %d, want %d", k.Terminal.Version, terminal.Version)
	}

	return k, nil
}

func mustJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // structs of texts, numbers and bytes
	}

	return b
}
