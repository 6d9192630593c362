package bankcard

import "wattkiosk/payments/money"

// Types of the records about batches at the bank, which are of no transaction. The body of
// each is a Batch; that of a settlement has both sides' totals beside it.
const (
	BatchSettled = "card-settled"       // closed, with equal totals or not
	BatchDiffers = "card-batch-differs" // the bank has another batch open than the terminal
	BatchLeft    = "card-batch-left"    // the terminal's number was changed over an open batch
)

// Batch is what a record says of a batch.
type Batch struct {
	Terminal string       `json:"terminal"` // the bank's number of it
	Batch    uint32       `json:"batch"`
	Equal    bool         `json:"equal,omitempty"` // settled: the totals
	Other    uint32       `json:"other,omitempty"` // differs: the bank's batch
	Now      string       `json:"now,omitempty"`   // left: the number in its place
	Sales    int          `json:"sales,omitempty"` // in it
	Total    money.Amount `json:"total,omitempty"`
	At       int64        `json:"at"` // Unix ms

	// Settled: sales by chip whose certificates the bank did not take.
	Uncertified int `json:"uncertified,omitempty"`
}
