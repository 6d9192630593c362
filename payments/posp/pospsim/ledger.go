package pospsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/payments/money"
)

// Entry is one operation that the bank approved.
type Entry struct {
	Serial    string       `json:"serial"` // terminal-batch-trace
	Kind      string       `json:"kind"`   // sale, void, refund
	Terminal  string       `json:"terminal"`
	Merchant  string       `json:"merchant"`
	Batch     int64        `json:"batch"`
	Trace     int64        `json:"trace"`
	Amount    money.Amount `json:"amount"`
	Account   string       `json:"account,omitempty"` // that the bank has booked it to
	Card      string       `json:"card"`
	PANMasked string       `json:"pan_masked"`
	Entry     string       `json:"entry"` // entry mode
	Tender    string       `json:"tender"`
	Reference string       `json:"reference"`
	AuthCode  string       `json:"auth_code"`
	Date      string       `json:"date"` // MMDD
	Time      string       `json:"time"` // hhmmss
	Original  string       `json:"original,omitempty"`
	Reversed  bool         `json:"reversed"`
	Voided    bool         `json:"voided"`
	Refunded  money.Amount `json:"refunded"`
	Settled   bool         `json:"settled"`
	Attempts  int          `json:"attempts"`  // times received
	Reversals int          `json:"reversals"` // times a reversal came

	// Certificate of a sale by chip that stands, where the issuer checks any: "good" or
	// "wrong" as it came, "missing" once the batch was settled without it.
	Certificate string `json:"certificate,omitempty"`
}

// Notice is what a terminal told of the scripts of one sale.
type Notice struct {
	Sale    string `json:"sale"`    // its serial
	Results string `json:"results"` // DF31 in hexadecimal: five bytes for each script
}

// Standing is what the operation took from the card, less what was given back: negative
// for a refund.
func (e Entry) Standing() money.Amount {
	switch {
	case e.Reversed || e.Kind == kindVoid || e.Voided:
		return 0
	case e.Kind == kindRefund:
		return -e.Amount
	}
	return e.Amount
}

const (
	kindSale   = "sale"
	kindVoid   = "void"
	kindRefund = "refund"
)

// Ledger is a copy of what the bank has booked, in that order.
type Ledger struct {
	Entries []Entry  `json:"entries"`
	Notices []Notice `json:"notices"`
}

// Ledger copies the ledger.
func (b *Bank) Ledger() Ledger {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arrive()
	return b.ledger()
}

func (b *Bank) ledger() Ledger {
	l := Ledger{Entries: make([]Entry, 0, len(b.entries)), Notices: append([]Notice{}, b.notices...)}
	_, certifies := b.issuer.(Certifier)
	for _, e := range b.entries {
		copied := *e
		if certifies && e.lacksCertificate() {
			copied.Certificate = certificateMissing
		}
		l.Entries = append(l.Entries, copied)
	}
	return l
}

// Audit checks the ledger against itself: a serial is booked once, and a sale is not
// given back twice.
func (l Ledger) Audit() error {
	seen := map[string]bool{}
	refunded := map[string]money.Amount{}
	voided := map[string]int{}
	for _, e := range l.Entries {
		if seen[e.Serial] || e.Amount <= 0 {
			return fmt.Errorf("%s is booked twice, or for %d", e.Serial, e.Amount)
		}
		seen[e.Serial] = true
		if e.Reversed {
			continue
		}
		switch e.Kind {
		case kindRefund:
			refunded[e.Original] += e.Amount
		case kindVoid:
			voided[e.Original]++
		}
	}
	for _, e := range l.Entries {
		if e.Kind != kindSale {
			continue
		}
		if refunded[e.Serial] != e.Refunded || voided[e.Serial] > 1 || e.Voided != (voided[e.Serial] == 1) || e.Voided && e.Reversed || e.Refunded > e.Amount {
			return fmt.Errorf("%s was given back wrongly", e.Serial)
		}
	}
	return nil
}

// file is what Config.Path holds: no card number and no key. After a restart every
// terminal must sign in.
type file struct {
	Entries   []*Entry                 `json:"entries"`
	Notices   []Notice                 `json:"notices"`
	Refusals  map[string]bool          `json:"refusals"`
	Cards     map[string]savedCard     `json:"cards"`
	Terminals map[string]savedTerminal `json:"terminals"`
	Reference int                      `json:"reference"`
}

type savedCard struct {
	Balance money.Amount `json:"balance"`
	Wrong   int          `json:"wrong"`
}

type savedTerminal struct {
	Batch  int64            `json:"batch"`
	Closed map[int64]string `json:"closed"`
	Totals map[int64]string `json:"totals"`
}

func (b *Bank) save() {
	if b.path == "" {
		return
	}
	f := file{Entries: b.entries, Notices: b.notices, Refusals: b.refusals, Cards: map[string]savedCard{}, Terminals: map[string]savedTerminal{}, Reference: b.reference}
	for _, c := range b.cards {
		f.Cards[c.ID] = savedCard{c.Balance, c.wrong}
	}
	for id, t := range b.terminals {
		f.Terminals[id] = savedTerminal{t.batch, t.closed, t.totals}
	}
	raw, err := json.MarshalIndent(f, "", " ")
	if err == nil {
		err = durable.Replace(b.path, raw)
	}
	if err != nil {
		b.err = fmt.Errorf("cannot save the bank's ledger: %w", err)
	}
}

func (b *Bank) load(path string) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot load the bank's ledger: %w", err)
	}
	var f file
	if err := json.Unmarshal(raw, &f); err != nil {
		return fmt.Errorf("cannot load the bank's ledger %s: %w", path, err)
	}

	b.entries, b.reference = f.Entries, f.Reference
	b.notices = f.Notices
	if err := b.ledger().Audit(); err != nil {
		return fmt.Errorf("cannot load the bank's ledger %s: %w", path, err)
	}
	for _, e := range b.entries {
		b.booked[e.Serial] = e
	}
	for s := range f.Refusals {
		b.refusals[s] = true
	}
	for _, c := range b.cards {
		if s, ok := f.Cards[c.ID]; ok {
			c.Balance, c.wrong = s.Balance, s.Wrong
		}
	}
	for id, s := range f.Terminals {
		if t := b.terminals[id]; t != nil && s.Batch > 0 && s.Closed != nil && s.Totals != nil {
			t.batch, t.closed, t.totals = s.Batch, s.Closed, s.Totals
		}
	}
	return nil
}
