package posp

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posp/iso8583"
)

// Bounds of a request.
const (
	// MaxTrace is the highest trace and batch number; the lowest is 1.
	MaxTrace = 999999
	// MaxDetails is how many details one upload has.
	MaxDetails = 8
	// MaxCount is the highest count of totals, and so of a batch.
	MaxCount = 999
	// MaxAccount is how many letters and digits an account to book to has.
	MaxAccount = 32
	// MaxChip is how many bytes of chip data a request has: field 55.
	MaxChip = 255
)

// Entry is how the card was read and whether a PIN was entered: field 22.
type Entry string

// The entries of a kiosk.
const (
	StripePIN   Entry = "021"
	StripeNoPIN Entry = "022"
	ChipPIN     Entry = "051"
	ChipNoPIN   Entry = "052"
	NearPIN     Entry = "071"
	NearNoPIN   Entry = "072"
)

var entries = []Entry{StripePIN, StripeNoPIN, ChipPIN, ChipNoPIN, NearPIN, NearNoPIN}

func (e Entry) pin() bool { return e != "" && e[len(e)-1] == '1' }

// Why is the reason of a reversal: field 39 of its request.
type Why string

// The reasons.
const (
	NoAnswer     Why = "98" // nothing came, or nothing that can be believed
	BadMAC       Why = "A0" // an answer with a wrong MAC
	NotCompleted Why = "06" // the bank approved, the terminal did not complete: the chip declined
)

// Original names the operation that another one is about. The terminal and merchant
// are the same.
type Original struct {
	Op        Op     `json:"op,omitempty"`
	Batch     uint32 `json:"batch,omitempty"`
	Trace     uint32 `json:"trace,omitempty"`
	Date      string `json:"date,omitempty"`      // MMDD as the POSP said it; empty where it said nothing
	Reference string `json:"reference,omitempty"` // 12 characters; not for a reversal
	AuthCode  string `json:"auth_code,omitempty"` // 6 characters; not for a reversal
}

// Request is an operation but for the card. It holds no secret.
type Request struct {
	Op       Op           `json:"op"`
	Batch    uint32       `json:"batch"`
	Trace    uint32       `json:"trace"` // a reversal has that of its original
	Amount   money.Amount `json:"amount,omitempty"`
	Account  string       `json:"account,omitempty"` // sale: of the bill, where the bank itself books the payment (公共支付)
	Entry    Entry        `json:"entry,omitempty"`
	Fallback bool         `json:"fallback,omitempty"` // the stripe was read in place of a chip that failed
	Original Original     `json:"original,omitzero"`  // void, refund, reversal
	Why      Why          `json:"why,omitempty"`      // reversal
	Totals   Totals       `json:"totals,omitzero"`    // settle
	Details  []Detail     `json:"details,omitempty"`  // upload
	Count    int          `json:"count,omitempty"`    // upload-end: how many details there were
	Balanced bool         `json:"balanced,omitempty"` // certificate: the totals of its batch were equal
	Sequence string       `json:"sequence,omitempty"` // certificate, scripts: of the card, 3 digits; empty for none
	Chip     []byte       `json:"chip,omitempty"`     // certificate, scripts: field 55, which names no card
}

// Reverse is the reversal of r. The bank knows whether it has booked what it takes back,
// so it names no account.
func (r Request) Reverse(why Why) Request {
	return Request{
		Op: Reversal, Batch: r.Batch, Trace: r.Trace, Amount: r.Amount, Entry: r.Entry, Fallback: r.Fallback, Why: why,
		Original: Original{Op: r.Op, Batch: r.Batch, Trace: r.Trace},
	}
}

// WithoutPIN is the entry of what is about a card that is not there: how it was read, and no
// PIN.
func (e Entry) WithoutPIN() Entry {
	if !e.pin() {
		return e
	}

	return e[:len(e)-1] + "2"
}

// Check finds what makes a request meaningless.
func (r Request) Check() error {
	if err := r.Op.known(); err != nil {
		return err
	}
	x := table[r.Op]
	switch {
	case r.Trace < 1 || r.Trace > MaxTrace || r.Batch < 1 || r.Batch > MaxTrace:
		return errors.New("trace and batch are from 1 to 999999")
	case x.money && (r.Amount <= 0 || r.Amount > money.Max):
		return errors.New("the amount is not above zero, or too high")
	case x.chip && (r.Amount <= 0 || r.Amount > money.Max):
		return errors.New("the amount of the sale is not above zero, or too high")
	case x.chip && (len(r.Chip) == 0 || len(r.Chip) > MaxChip):
		return fmt.Errorf("chip data have 1 to %d bytes", MaxChip)
	case x.chip && r.Sequence != "" && (len(r.Sequence) != 3 || strings.Trim(r.Sequence, "0123456789") != ""):
		return errors.New("the sequence number of a card has three digits")
	case (x.card || x.chip || r.Op == Reversal) && !slices.Contains(entries, r.Entry):
		return fmt.Errorf("%.5q is no entry mode", string(r.Entry))
	case r.Account != "" && (r.Op != Sale || !isAccount(r.Account)):
		return fmt.Errorf("an account to book to is of a sale, with at most %d letters and digits", MaxAccount)
	case x.original && (r.Original.Batch < 1 || r.Original.Batch > MaxTrace || r.Original.Trace < 1 || r.Original.Trace > MaxTrace):
		return errors.New("the original has no batch or trace")
	case r.Op == Reversal && (!r.Original.Op.Reversible() || r.Original.Trace != r.Trace || r.Original.Batch != r.Batch):
		return errors.New("a reversal has batch and trace of its original, a sale or a void")
	case r.Op == Reversal && r.Why == "":
		return errors.New("a reversal has a reason")
	case r.Op == Upload && (len(r.Details) == 0 || len(r.Details) > MaxDetails):
		return fmt.Errorf("an upload has 1 to %d details", MaxDetails)
	case !r.Totals.fit():
		return errors.New("the totals are beyond their digits")
	case r.Count < 0 || r.Count > MaxCount:
		return fmt.Errorf("a batch has at most %d details", MaxCount)
	}
	return nil
}

// isAccount reports whether s can be the account of a bill.
func isAccount(s string) bool {
	plain := func(c rune) bool { return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' }

	return len(s) <= MaxAccount && !strings.ContainsFunc(s, func(c rune) bool { return !plain(c) })
}

// Append appends the frame of a request to dst. A card is given where the operation
// takes one; a void goes without it where the bank voids by numbers. Where the operation is sealed the MAC is zeros: see Seal.
func (t Terminal) Append(dst []byte, r Request, c *Card) ([]byte, error) {
	if err := r.Check(); err != nil {
		return dst, fmt.Errorf("%s: %w", r.Op, err)
	}
	if byNumber := r.Op == Void && t.VoidsByNumber; table[r.Op].card != (c != nil) && !(byNumber && c == nil) {
		return dst, fmt.Errorf("%s: a card is missing, or is not wanted", r.Op)
	}

	var m iso8583.Message
	defer m.Wipe()
	m.TPDU, m.Header = t.TPDU, t.Header
	m.Reset(table[r.Op].mti)
	t.head(&m, r)
	if c != nil {
		c.put(&m, r.Entry, t.Scheme)
	}
	t.foot(&m, r)

	frame, err := m.AppendFrame(dst)
	if err != nil {
		return dst, fmt.Errorf("%s: %w", r.Op, err)
	}
	return frame, nil
}

// head sets who and what, as all operations say it.
func (t Terminal) head(m *iso8583.Message, r Request) {
	x := about(r)
	if x.processing != "" {
		m.SetText(iso8583.ProcessingCode, x.processing)
		m.SetText(iso8583.EntryMode, string(r.Entry))
		m.SetText(iso8583.Condition, "00")
		m.SetText(iso8583.Currency, currency)
	}
	if x.money || x.chip {
		m.SetNumber(iso8583.Amount, uint64(r.Amount))
	}
	if x.chip {
		if x.processing == "" {
			m.SetText(iso8583.EntryMode, string(r.Entry))
			m.SetText(iso8583.Currency, currency)
		}
		m.SetBytes(iso8583.Chip, r.Chip)
		if r.Sequence != "" {
			m.SetText(iso8583.CardSequence, r.Sequence)
		}
	}
	m.SetNumber(iso8583.Trace, uint64(r.Trace))
	m.SetText(iso8583.Terminal, t.ID)
	m.SetText(iso8583.Merchant, t.Merchant)
	m.SetText(iso8583.Kind, t.kindOf(r))
}

// about are the traits of a request; a reversal says what its original said.
func about(r Request) traits {
	x := table[r.Op]
	if r.Op == Reversal {
		of := table[r.Original.Op]
		x.processing, x.kind = of.processing, of.kind
	}
	return x
}

// foot sets what only some operations say, and the place of the MAC.
func (t Terminal) foot(m *iso8583.Message, r Request) {
	if table[r.Op].original {
		r.Original.put(m, r.Op)
	}
	switch r.Op {
	case SignIn:
		m.SetText(iso8583.Keys, "Sequence No"+t.Machine)
		m.SetText(iso8583.Operator, t.Operator)
	case Sale:
		if r.Account != "" {
			m.SetText(iso8583.Booking, bookTo+r.Account)
		}
	case Reversal:
		m.SetText(iso8583.Response, string(r.Why))
	case Refund:
		m.SetText(iso8583.Operator, "000")
	case Settle:
		m.SetText(iso8583.Totals, r.Totals.field(0)+Totals{}.field(0))
		m.SetText(iso8583.Currency, currency)
		m.SetText(iso8583.Operator, t.Operator)
	case Upload:
		m.SetText(iso8583.Totals, details(r.Details))
	case UploadEnd:
		m.SetText(iso8583.Totals, fmt.Sprintf("%04d", r.Count))
	}
	if t.Sealed(r.Op) {
		m.ReserveMAC()
	}
}

const currency = "156"

// bookTo (缴费) begins field 62 of a sale that the bank is to book; the account follows.
const bookTo = "JF"

// longestAccount is how many letters and digits an account in field 62 may have.
const longestAccount = 32

// BookedTo is the account that a bank is to book a sale to itself (公共支付), by field 62 of
// its request; empty for none, and for what is no account.
func BookedTo(m *iso8583.Message) string {
	account, is := strings.CutPrefix(m.Text(iso8583.Booking), bookTo)
	if m.MTI != 0x0200 || !is || len(account) > longestAccount {
		return ""
	}
	for _, c := range account {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return ""
		}
	}

	return account
}

// put sets the fields of a card.
func (c *Card) put(m *iso8583.Message, e Entry, s Scheme) {
	for f, b := range map[iso8583.Field][]byte{
		iso8583.Expiry: c.Expiry, iso8583.CardSequence: c.Sequence, iso8583.Track2: c.Track2, iso8583.Track3: c.Track3, iso8583.Chip: c.Chip,
	} {
		if len(b) > 0 {
			m.SetBytes(f, b)
		}
	}
	m.SetBytes(iso8583.PAN, c.PAN)
	if !e.pin() {
		return
	}

	m.SetText(iso8583.PINLength, "12")
	m.SetBytes(iso8583.PINBlock, c.PINBlock)
	security := "2600000000000000"
	if s == SingleLength {
		security = "2000000000000000"
	}
	m.SetText(iso8583.Security, security)
}
