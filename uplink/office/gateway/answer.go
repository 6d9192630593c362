package gateway

import (
	"strings"
	"unicode/utf8"

	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/wire"
)

// StateOf is a posting as its kiosk is told.
func StateOf(p books.Posting) wire.PostState {
	s := wire.PostState{
		Serial: p.Serial, Status: wire.PostPending, Code: string(p.Code), Text: p.Text, Reference: p.Reference,
		ToArrears: p.ToArrears, ToAdvance: p.ToAdvance, Sold: p.Sold,
	}
	switch p.State {
	case posting.Posted:
		s.Status = wire.PostPosted
	case posting.Owed:
		s.Status = wire.PostOwed
	case posting.Disputed:
		s.Status = wire.PostDisputed
	}
	if s.Status == wire.PostPending {
		s.Held = wire.HeldReason(p.Held)
	}
	if s.Status != wire.PostPosted {
		s.ToArrears, s.ToAdvance = 0, 0
		s.Sold = metercard.Sold{}
	}
	if s.Status == wire.PostOwed {
		s.Reason = p.Refusal
	}
	return s
}

// unpack reads a request's body into v.
func unpack(r wire.Request, v any) *wire.Error {
	if err := wire.Decode(r.Body, v); err != nil {
		return &wire.Error{Code: wire.ErrCodeBadRequest, Message: "request body not valid"}
	}
	return nil
}

// Order is the order in a post request of a kiosk.
func Order(kiosk string, r wire.Request) (books.Order, *wire.Error) {
	var b wire.PostBody
	if e := unpack(r, &b); e != nil {
		return books.Order{}, e
	}
	o := books.Order{Serial: b.Serial, Account: b.Account, Kiosk: kiosk, Tender: b.Tender, Amount: b.Amount, PaidAt: b.PaidAt, Card: b.Card}
	if err := o.Check(); err != nil {
		return o, &wire.Error{Code: wire.ErrCodeBadRequest, Message: err.Error()}
	}
	return o, nil
}

// VerifyCall is the MIS call of a verify request.
func VerifyCall(r wire.Request) (mis.Request, *wire.Error) {
	var b wire.VerifyBody
	if e := unpack(r, &b); e != nil {
		return mis.Request{}, e
	}
	if !payments.ValidAccount(b.Account) { // what the screen takes: nothing else of a kiosk reaches the MIS
		return mis.Request{}, &wire.Error{Code: wire.ErrCodeBadRequest, Message: "account not valid"}
	}
	return mis.Request{Op: mis.OpVerify, Account: b.Account}, nil
}

// Verified is the answer to a verify request. An answer that never came is
// unavailable: the kiosk may fall back on its offline policy. Anything that the
// MIS did say, a refusal included, is passed on.
func Verified(account string, r mis.Reply) (wire.VerifyResult, *wire.Error) {
	q := r.Query
	if q.Outcome == mis.Unknown || q.Code == "" {
		return wire.VerifyResult{}, &wire.Error{Code: wire.ErrCodeUnavailable, Message: "the MIS does not answer"}
	}
	a := q.Account
	return wire.VerifyResult{
		Payable: q.Outcome == mis.Done, Reason: q.Reason, Code: string(q.Code), Text: q.Text, Account: account,
		Name: MaskName(a.Name), Address: MaskAddress(a.Address),
		Fee: a.Fee, Penalty: a.Penalty, Advance: a.Advance, Arrears: a.Arrears, Minimum: a.Minimum,
	}, nil
}

// MaskName keeps the first character: 张伟民 becomes 张**.
func MaskName(s string) string {
	if s == "" {
		return ""
	}
	r, n := utf8.DecodeRuneInString(s)
	return string(r) + strings.Repeat("*", min(utf8.RuneCountInString(s[n:]), 8))
}

// addressKept is how many characters of an address leave head office.
const addressKept = 6

// MaskAddress keeps the beginning: 示范市人民路18号… becomes 示范市人民路***.
func MaskAddress(s string) string {
	if utf8.RuneCountInString(s) <= addressKept {
		return s
	}
	return string([]rune(s)[:addressKept]) + "***"
}
