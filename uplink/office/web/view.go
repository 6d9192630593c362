package web

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/wire"
)

// kioskView is a kiosk as programs get it.
type kioskView struct {
	ID          string        `json:"id"`
	Incarnation uint8         `json:"incarnation"`
	Head        uint64        `json:"head"`
	HeadHash    string        `json:"head_hash"`
	Online      bool          `json:"online"`
	SeenAt      int64         `json:"seen_at"`
	EnrolledAt  int64         `json:"enrolled_at"`
	Report      *wire.State   `json:"report"`
	Alarms      []books.Alarm `json:"alarms"`
	Site        string        `json:"site"` // where it stands; empty is not known
	Address     string        `json:"address"`
}

// viewKiosk is of a kiosk and its alarms, of which it tells those that are on.
func viewKiosk(k fleet.Kiosk, alarms []books.Alarm) kioskView {
	v := kioskView{
		ID: k.ID, Incarnation: k.Incarnation, Head: k.Head.Seq, HeadHash: k.Head.Hash.String(), Online: k.Online,
		SeenAt: k.SeenAt, EnrolledAt: k.EnrolledAt, Alarms: []books.Alarm{}, Site: k.Place().Site, Address: k.Place().Address,
	}
	var st wire.State
	if k.Report != "" && json.Unmarshal([]byte(k.Report), &st) == nil {
		v.Report = &st
	}
	for _, a := range alarms {
		if a.On {
			v.Alarms = append(v.Alarms, a)
		}
	}
	return v
}

// postingView is a posting as programs get it; times are Unix ms, 0 for none.
type postingView struct {
	Serial       string       `json:"serial"`
	Kiosk        string       `json:"kiosk"`
	Account      string       `json:"account"`
	Tender       string       `json:"tender"`
	Amount       money.Amount `json:"amount"`
	BusinessDate string       `json:"business_date"`
	State        string       `json:"state"`
	InFlight     bool         `json:"in_flight"`
	NextAt       int64        `json:"next_at"`
	Calls        int          `json:"calls"`
	Code         string       `json:"code"`
	Text         string       `json:"text"`
	Reference    string       `json:"reference"`
	ToArrears    money.Amount `json:"to_arrears"`
	ToAdvance    money.Amount `json:"to_advance"`
	Reason       string       `json:"reason"`
	OrderedAt    int64        `json:"ordered_at"`
	UpdatedAt    int64        `json:"updated_at"`
	Version      int64        `json:"version"`
}

func viewPosting(p books.Posting) postingView {
	return postingView{
		Serial: p.Serial, Kiosk: p.Kiosk, Account: p.Account, Tender: p.Tender, Amount: p.Amount, BusinessDate: p.BusinessDate,
		State: posting.Word(p.State), InFlight: p.InFlight, NextAt: millis(p.NextAt), Calls: p.Calls, Code: p.Code, Text: p.Text,
		Reference: p.Reference, ToArrears: p.ToArrears, ToAdvance: p.ToAdvance, Reason: p.Reason,
		OrderedAt: millis(p.OrderedAt), UpdatedAt: p.UpdatedAt, Version: p.Version,
	}
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// eventView is a journal record with its payload as JSON, names masked.
type eventView struct {
	Seq     uint64          `json:"seq"`
	At      int64           `json:"at"` // kiosk's clock
	Trust   uint8           `json:"trust"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload"`
}

func viewEvent(e books.Event) eventView {
	v := eventView{Seq: e.Seq, At: e.At, Trust: e.Trust, Type: e.Type, Payload: json.RawMessage("null")}
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(e.Payload), &fields) != nil {
		return v
	}
	maskField(fields, "name", maskName)
	maskField(fields, "address", maskAddress)
	if b, err := json.Marshal(fields); err == nil {
		v.Payload = b
	}
	return v
}

func maskField(fields map[string]json.RawMessage, key string, mask func(string) string) {
	var text string
	if fields[key] == nil || json.Unmarshal(fields[key], &text) != nil {
		return
	}
	if b, err := json.Marshal(mask(text)); err == nil {
		fields[key] = b
	}
}

// transactionView is a transaction as programs get it. Its status is where its money is
// now: a payment that was posted and reversed since is not posted. Of one whose money went
// back by itself it is the kiosk's own word, undone.
type transactionView struct {
	books.Transaction
	Journal  string `json:"journal_status"` // as the kiosk's records have it
	ByBank   bool   `json:"by_bank"`        // the bank books it with the MIS itself (公共支付)
	Purpose  string `json:"purpose"`        // bill, purchase or rewrite; empty where the records do not say
	Original string `json:"original"`       // of a re-write: serial of the sale that it carries on
}

func viewTransaction(t books.Transaction, now string) transactionView {
	v := transactionView{Transaction: masked(t), Journal: t.Status}
	if t.Status != books.StatusUndone || now != stateRefunded {
		v.Status = now
	}
	if f := t.Folded; f != nil {
		v.ByBank = f.ByBank
		v.Purpose, v.Original = string(f.Purpose), f.Original
	}
	return v
}

// detailView is all about one transaction.
type detailView struct {
	Transaction transactionView `json:"transaction"`
	State       string          `json:"state"` // of transaction and posting together
	Notes       []books.Note    `json:"notes"`
	Events      []eventView     `json:"events"`
	Posting     *postingView    `json:"posting"`
	History     []books.History `json:"history"`
	Cases       []books.Case    `json:"cases"`
	Purchase    *purchaseView   `json:"purchase"` // of a purchase that is paid, and of its re-writes
}

func viewDetail(d books.Detail) detailView {
	v := detailView{
		Transaction: viewTransaction(d.Transaction, detailState(d)), State: detailState(d), Notes: some(d.Notes),
		Events: []eventView{}, History: some(d.History), Cases: some(d.Cases),
	}
	for _, e := range d.Events {
		v.Events = append(v.Events, viewEvent(e))
	}
	if d.Posting != nil {
		p := viewPosting(*d.Posting)
		v.Posting = &p
	}
	x, found := saleIn(d)
	if !found && d.Delivery != nil { // of a re-write
		x, found = sale{*d.Delivery, nil, d.Booking}, true
	}
	if found {
		p := viewSale(x)
		v.Purchase = &p
	}
	return v
}

// States of a payment that was owed or disputed, and that nobody has to see to any more.
const (
	stateRefunded = "refunded" // the money went back the way it came
	stateSettled  = "settled"  // a person closed its case, and said what was done
)

// stateOf is how far a payment is. Head office's posting knows better than the
// kiosk's journal, which hears of it later; and its cases know whether what was owed has
// been settled since, so that nobody pays it out a second time.
func stateOf(t books.Transaction, p *books.Posting, cases []books.Case) string {
	state := t.Status
	if p != nil {
		state = postingState(p.State)
	}
	if t.PublicWentBack(cases) {
		return stateRefunded
	}
	if state == books.StatusPosted && (t.Status == books.StatusWriting || t.Status == books.StatusUnwritten) {
		return t.Status
	}
	if state == books.StatusPosted || p != nil && !p.State.Final() || p == nil && state != books.StatusPosting {
		return state
	}
	switch how, _ := books.SettlementOf(cases, p != nil); how {
	case books.WentBack:
		return stateRefunded
	case books.ByPerson:
		return stateSettled
	}
	return state
}

func postingState(s posting.State) string {
	switch s {
	case posting.Posted:
		return books.StatusPosted
	case posting.Owed:
		return books.StatusOwed
	case posting.Disputed:
		return books.StatusDisputed
	}
	return books.StatusPosting
}

// Head office masks before a name leaves for a kiosk, so what comes back is
// masked; a kiosk that sends more is not shown more either.

func masked(t books.Transaction) books.Transaction {
	t.Name, t.Address = maskName(t.Name), maskAddress(t.Address)
	return t
}

func maskName(s string) string {
	if s == "" {
		return ""
	}
	r, n := utf8.DecodeRuneInString(s)
	return string(r) + strings.Repeat("*", min(utf8.RuneCountInString(s[n:]), 8))
}

const addressShown = 6 // characters

func maskAddress(s string) string {
	if utf8.RuneCountInString(s) <= addressShown {
		return s
	}
	return string([]rune(s)[:addressShown]) + "***"
}

// some is rows, never null in JSON.
func some[T any](rows []T) []T {
	if rows == nil {
		return []T{}
	}
	return rows
}
