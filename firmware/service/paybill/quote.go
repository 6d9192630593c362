package paybill

import (
	"slices"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/wire"
)

// Why is why an account could not be verified.
type Why string

// The reasons. The line can be up while the billing system is not, and a customer
// who reads the one beside a green lamp believes neither.
const (
	WhyLine Why = "line" // head office cannot be reached
	WhyMIS  Why = "mis"  // it can, and the billing system behind it does not answer
)

// Quote is the account as it was verified, or as the offline policy lets it pass.
type Quote struct {
	Account string
	Name    string // masked
	Address string // masked
	Fee     money.Optional
	Penalty money.Optional
	Advance money.Optional
	Arrears money.Optional // unknown unless Online
	Minimum money.Amount
	Online  bool
	Why     Why          // why it is not Online
	Limit   money.Amount // most that may be paid now in notes
	card    money.Amount // by bank card; 0 is Limit
	qr      money.Amount // by QR code; 0 is Limit
	notNow  string       // tenders that head office says cannot be had now, by commas: a Quote can be compared
}

// Takes reports whether a tender can be had, as far as head office knows, and takes the
// least that is to be paid.
func (q Quote) Takes(t payments.Tender) bool {
	return !slices.Contains(strings.Split(q.notNow, ","), string(t)) && q.Minimum <= q.Most(t)
}

// Most is the most that may be paid now with a tender.
func (q Quote) Most(t payments.Tender) money.Amount {
	switch {
	case t == payments.BankCard && q.card > 0:
		return q.card
	case t == payments.QR && q.qr > 0:
		return q.qr
	}

	return q.Limit
}

// Rules are what this machine can take.
type Rules struct {
	MaxTotal money.Amount // of one cash payment
	Notes    []money.Amount

	// Of one payment by bank card, and by QR code; 0 is as much as in notes.
	MaxCard, MaxQR money.Amount
}

// Bound is the most of one payment with a tender that is not cash, as this machine is set up
// to take.
func (r Rules) Bound(t payments.Tender) money.Amount {
	switch {
	case t == payments.BankCard && r.MaxCard > 0:
		return r.MaxCard
	case t == payments.QR && r.MaxQR > 0:
		return r.MaxQR
	}

	return noLimit
}

// bounded is the quote of an account of which at most limit may be taken.
func (r Rules) bounded(q Quote, limit money.Amount) Quote {
	q.Limit = min(limit, r.Most())
	if r.MaxCard > 0 {
		q.card = min(limit, r.MaxCard)
	}
	if r.MaxQR > 0 {
		q.qr = min(limit, r.MaxQR)
	}

	return q
}

// noLimit is more than any tender takes.
const noLimit = money.Max

// Most is the most that notes can make of one payment.
func (r Rules) Most() money.Amount {
	var largest money.Amount
	for _, n := range r.Notes {
		largest = max(largest, n)
	}

	return min(r.MaxTotal, cash.MaxNotes*largest)
}

// Smallest is the smallest note that is taken.
func (r Rules) Smallest() money.Amount {
	var s money.Amount
	for i, n := range r.Notes {
		if i == 0 || n < s {
			s = n
		}
	}

	return s
}

// Answer is what a question about an account brought: a quote, the notice that says
// why it cannot be paid here, or that nobody knows (then the offline policy may
// let it pass).
type Answer struct {
	Quote   Quote
	Notice  string
	Unknown bool
}

// Verified reads head office's answer about an account. An answer that is not of
// that account, or that no account can have, is no answer.
func Verified(account string, r wire.Reply, rules Rules) Answer {
	if r.Error != nil && r.Error.Code == wire.ErrCodeUnavailable {
		return Answer{Unknown: true}
	}

	if r.Error != nil && r.Error.Code == wire.ErrCodeTooMany {
		return Answer{Notice: "too-many"}
	}

	v, err := wire.DecodeVerify(r.Body, account)
	if r.Error != nil || err != nil {
		return Answer{Notice: "unavailable"}
	}
	if !v.Payable {
		return Answer{Notice: refusal(v.Reason)}
	}
	if v.Minimum > max(rules.Most(), rules.MaxCard, rules.MaxQR) {
		return Answer{Notice: "too-large"}
	}

	return Answer{Quote: rules.bounded(Quote{
		Account: v.Account, Name: v.Name, Address: v.Address, Minimum: v.Minimum, Online: true,
		Fee: money.Known(v.Fee), Penalty: money.Known(v.Penalty), Advance: money.Known(v.Advance), Arrears: money.Known(v.Arrears),
		notNow: strings.Join(v.NotNow, ","),
	}, noLimit)}
}

// Unverified lets an account pass that nobody could look up, with at most limit.
// Less than one note is nothing: then the account cannot be paid now.
func Unverified(account string, limit money.Amount, why Why, rules Rules) Answer {
	if limit < rules.Smallest() {
		return Answer{Notice: "unavailable"}
	}

	return Answer{Quote: rules.bounded(Quote{Account: account, Why: why}, limit)}
}

// Open is the event that opens the payment of a quote with a tender. amount is what
// was chosen, 0 where the tender says it by itself.
func (q Quote) Open(now time.Time, with payments.Tender, amount money.Amount) payments.Opened {
	arrears, _ := q.Arrears.Get()
	limit := q.Most(with)
	if amount > 0 {
		limit = min(amount, limit)
	}

	return payments.Opened{
		Account: q.Account, Name: q.Name, Address: q.Address, Arrears: arrears, Minimum: q.Minimum,
		Online: q.Online, Tender: string(with), Limit: limit, OpenedAt: now.UnixMilli(),
	}
}
