package bankcard

import (
	"encoding/json"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/card"
	"wattkiosk/hal/pinpad"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/wire"
)

// input is one thing that waits for Decide: a report of a device, an answer, or the end
// that somebody asked for. One field is set.
type input struct {
	now    time.Time
	card   *card.Event
	pad    *pinpad.Event
	answer *answer
	closes *closing
}

// closing is the end of a transaction for which nothing was taken.
type closing struct {
	serial string
	why    string
}

// answer is what became of an Ask; without a frame it has none.
type answer struct {
	key   string
	frame []byte // with its length
}

// readAnswer takes the frame out of head office's reply. An error, of whatever kind,
// is no answer: a sale is reversed then, which costs one message.
func readAnswer(a tender.Ask, r tender.Reply) *answer {
	var result wire.FrameResult
	if r.Error != nil || json.Unmarshal(r.Body, &result) != nil || len(result.Frame) == 0 {
		return &answer{key: a.Key}
	}
	n := len(result.Frame)

	return &answer{key: a.Key, frame: append([]byte{byte(n >> 8), byte(n)}, result.Frame...)}
}

// Report is how the station stands, for technicians.
type Report struct {
	Terminal string `json:"terminal"` // the bank's number of it
	Merchant string `json:"merchant"`
	Reader   string `json:"reader"` // state
	Card     string `json:"card"`   // where one is
	BinFull  bool   `json:"bin_full"`
	PINPad   string `json:"pin_pad"` // state
	Keyed    bool   `json:"keyed"`   // the pad has keys
	Stage    string `json:"stage,omitempty"`

	SignedIn       bool         `json:"signed_in"`
	SignInFailures int          `json:"sign_in_failures"`
	Batch          uint32       `json:"batch"`
	Sales          int          `json:"sales"` // in it
	Total          money.Amount `json:"total"`
	Trace          uint32       `json:"trace"`              // of the next message
	Reversal       string       `json:"reversal,omitempty"` // serial of the payment that is being taken back
	Attempts       int          `json:"attempts,omitempty"` // of that
	Settling       string       `json:"settling,omitempty"` // how far the settlement is
	LastSettled    Settled      `json:"last_settled,omitzero"`
}

var _ tender.Reporter = (*Station)(nil)

// Report implements tender.Reporter: it is a Report.
func (s *Station) Report() any {
	t := s.kept.Terminal
	totals := t.Batch.Totals()

	return Report{
		Terminal: s.cfg.Bank.ID, Merchant: s.cfg.Bank.Merchant,
		Reader: s.slot.reader.State.String(), Card: s.slot.reader.Media.String(), BinFull: s.slot.binFull(),
		PINPad: s.slot.pad.State.String(), Keyed: s.slot.pad.Keyed, Stage: string(s.slot.stay.stage),
		SignedIn: t.Keys.Ready && !t.Keys.Wanted && !t.Keys.Loading, SignInFailures: t.Keys.Failures,
		Batch: t.Batch.Number, Sales: totals.Debits, Total: totals.Debit, Trace: t.Trace,
		Reversal: t.Reversal.Serial, Attempts: t.Reversal.Attempts, Settling: string(t.Close.Phase), LastSettled: s.kept.Last,
	}
}
