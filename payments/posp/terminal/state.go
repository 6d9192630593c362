package terminal

import (
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
)

// Version of the stored state: 1.
const Version = 1

// The pauses before what had no success is sent again.
const (
	FirstPause   = 10 * time.Second
	LongestPause = 15 * time.Minute
)

// State is where a terminal stands. It is a value: Step returns a new one and leaves
// the old one as it was.
type State struct {
	Version  int      `json:"version"`
	Trace    uint32   `json:"trace"` // the next one
	Keys     Keys     `json:"keys"`
	Batch    Batch    `json:"batch"`
	Flight   Flight   `json:"flight,omitzero"`
	Reversal Reversal `json:"reversal,omitzero"`
	Close    Close    `json:"close,omitzero"`
	Notices  []Notice `json:"notices,omitempty"` // at most MaxNotices, oldest first

	// The last ends of each kind, said again after a restart.
	Concluded Conclusion `json:"concluded,omitzero"`
	Reversed  Conclusion `json:"reversed,omitzero"`
	Settled   Settlement `json:"settled,omitzero"`
}

// New is a terminal before its first sign-in. trace is the first trace number and
// batch the batch until a sign-in says another, both from 1 to posp.MaxTrace.
func New(trace, batch uint32) State {
	return State{Version: Version, Trace: trace, Batch: Batch{Number: batch}, Keys: Keys{Wanted: true}}
}

// Keys are what is known of the working keys in the pad.
type Keys struct {
	Ready      bool      `json:"ready"`
	Wanted     bool      `json:"wanted,omitempty"`  // sign in before anything else
	Loading    bool      `json:"loading,omitempty"` // a sign-in brought them; the pad has not said yet
	Generation uint64    `json:"generation"`        // counts the sign-ins that ended well
	Failures   int       `json:"failures,omitempty"`
	Due        time.Time `json:"due,omitzero"`
}

// Batch is what the POSP should have booked since the last settlement.
type Batch struct {
	Number uint32 `json:"number"`
	Items  []Item `json:"items,omitempty"`
	Other  uint32 `json:"other,omitempty"` // what the POSP has open in its place, by the last sign-in; 0 for none
}

// Item is one sale, void or refund that the POSP approved and nothing reversed.
type Item struct {
	Serial    string       `json:"serial"`
	Op        posp.Op      `json:"op"`
	Trace     uint32       `json:"trace"`
	Amount    money.Amount `json:"amount"`
	Entry     posp.Entry   `json:"entry"`
	Fallback  bool         `json:"fallback,omitempty"`
	Masked    string       `json:"masked"` // card number
	Date      string       `json:"date,omitempty"`
	Reference string       `json:"reference,omitempty"`
	AuthCode  string       `json:"auth_code,omitempty"`
	Sequence  string       `json:"sequence,omitempty"` // of a chip card
	Chip      string       `json:"chip,omitempty"`     // its certificate, in base64; empty for none
}

// Original names an item of the batch to a void.
func (b Batch) Original(i Item) posp.Original {
	return posp.Original{Op: i.Op, Batch: b.Number, Trace: i.Trace, Date: i.Date, Reference: i.Reference, AuthCode: i.AuthCode}
}

// Totals are those of the batch: sales on the debit side, voids and refunds on the
// credit side.
func (b Batch) Totals() posp.Totals {
	var t posp.Totals
	for _, i := range b.Items {
		if i.Op == posp.Sale {
			t.Debit += i.Amount
			t.Debits++
		} else {
			t.Credit += i.Amount
			t.Credits++
		}
	}
	return t
}

// Flight is the message that is under way; without an operation there is none.
type Flight struct {
	Request posp.Request `json:"request"`
	Serial  string       `json:"serial,omitempty"`
	Masked  string       `json:"masked,omitempty"`
}

func (f Flight) none() bool { return f.Request.Op == "" }

// Reversal is one that is pending; without an operation there is none.
type Reversal struct {
	Request  posp.Request `json:"request"`
	Serial   string       `json:"serial"` // of the original
	Attempts int          `json:"attempts,omitempty"`
	Due      time.Time    `json:"due,omitzero"`
	Approved bool         `json:"approved,omitempty"` // an answer said that the original was carried out
}

func (r Reversal) none() bool { return r.Request.Op == "" }

// Notice is one of scripts that the POSP has not taken yet.
type Notice struct {
	Request  posp.Request `json:"request"`
	Attempts int          `json:"attempts,omitempty"`
	Due      time.Time    `json:"due,omitzero"`
}

// Bounds of what no money hangs on.
const (
	MaxNotices = 4 // that wait; one more pushes the oldest out
	// NoticeTries is how often a notice is sent, over four hours, and CertificateTries a
	// certificate, over five minutes: no sale is possible meanwhile.
	NoticeTries      = 20
	CertificateTries = 5
)

// Phase is how far the settlement of the batch is.
type Phase string

// The phases.
const (
	Open      Phase = ""
	Comparing Phase = "comparing"
	Uploading Phase = "uploading"
	Ending    Phase = "ending"

	// Certifying: the certificates of sales by chip are uploaded.
	Certifying Phase = "certifying"
)

// Close is the settlement that is being made.
type Close struct {
	Phase    Phase       `json:"phase,omitempty"`
	Sent     int         `json:"sent,omitempty"` // items that were uploaded
	Bank     posp.Totals `json:"bank,omitzero"`  // the POSP's, where they are not equal
	Failures int         `json:"failures,omitempty"`
	Due      time.Time   `json:"due,omitzero"`

	Equal       bool `json:"equal,omitempty"`       // the totals are
	Looked      int  `json:"looked,omitempty"`      // items whose certificates were sent or given up, or that have none
	Certified   int  `json:"certified,omitempty"`   // certificates that the POSP took
	Uncertified int  `json:"uncertified,omitempty"` // and that it did not
}

// Block is why no sale can be ordered.
type Block string

// The blocks; NotBlocked is none.
const (
	NotBlocked  Block = ""
	Busy        Block = "busy"
	Reversing   Block = "reversal"
	NotSignedIn Block = "not-signed-in"
	Settling    Block = "settling"
	BatchFull   Block = "batch-full"
)

// Blocked says whether a sale can be ordered, and if not, why.
func (s State) Blocked() Block {
	switch {
	case !s.Reversal.none():
		return Reversing
	case s.Close.Phase != Open:
		return Settling
	case !s.Keys.Ready || s.Keys.Wanted || s.Keys.Loading:
		return NotSignedIn
	case !s.Flight.none():
		return Busy
	case len(s.Batch.Items) >= posp.MaxCount:
		return BatchFull
	}
	return NotBlocked
}

// Next is when a Due event has something to send; zero if nothing waits, or a message
// is under way.
func (s State) Next() time.Time {
	switch {
	case !s.Flight.none() || s.Keys.Loading:
		return time.Time{}
	case s.Keys.Wanted:
		return s.Keys.Due
	case !s.Keys.Ready:
		return time.Time{}
	case !s.Reversal.none():
		return s.Reversal.Due
	}

	due := s.Close.Due
	if n := s.notice(); n >= 0 && (due.IsZero() || s.Notices[n].Due.Before(due)) {
		due = s.Notices[n].Due
	}
	return due
}

// notice is the place of the notice that is due first, below zero for none.
func (s State) notice() int {
	first := -1
	for i, n := range s.Notices {
		if first < 0 || n.Due.Before(s.Notices[first].Due) {
			first = i
		}
	}
	return first
}

// Late is the request whose late answer would be evidence about the pending reversal.
// The runner accepts late frames against it.
func (s State) Late() (posp.Request, bool) {
	if s.Reversal.none() {
		return posp.Request{}, false
	}
	r := s.Reversal.Request
	return posp.Request{Op: r.Original.Op, Batch: r.Batch, Trace: r.Trace, Amount: r.Amount, Entry: r.Entry}, true
}

func wait(failures int) time.Duration { return backoff.Wait(failures, FirstPause, LongestPause) }
