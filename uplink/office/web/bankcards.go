package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
)

// bankPages are payments by bank card as they went to the bank, and the terminals.
type bankPages struct{ *hall }

func (s *bankPages) routes() []route {
	return []route{
		{"GET", api + "/bank-cards", people.Read, false, s.apiOperations},
		{"GET", api + "/bank-cards/{id}", people.Read, false, s.apiOperation},
		{"POST", api + "/bank-cards/vouch", actOf(approval.Vouch), false, s.apiVouch},
		{"POST", api + "/bank-cards/{id}/refund", actOf(approval.RefundCard), false, s.apiGiveBack},
		{"POST", api + "/bank-cards/{id}/void", actOf(approval.VoidCard), false, s.apiVoid},
		{"POST", api + "/bank-cards/{id}/answer", actOf(approval.BankAnswer), false, s.apiBankAnswer},
		{"GET", api + "/terminals", people.Read, false, s.apiTerminals},
		{"POST", api + "/terminals/{kiosk}/settle", people.SettleBatch, false, s.apiSettle},

		{"GET", "/bank-cards", people.Read, true, s.operationsPage},
		{"GET", "/bank-cards/{id}", people.Read, true, s.operationPage},
		{"POST", "/bank-cards/vouch", actOf(approval.Vouch), true, s.vouchForm},
		{"POST", "/bank-cards/{id}/refund", actOf(approval.RefundCard), true, s.giveBackForm},
		{"POST", "/bank-cards/{id}/void", actOf(approval.VoidCard), true, s.voidForm},
		{"POST", "/bank-cards/{id}/answer", actOf(approval.BankAnswer), true, s.bankAnswerForm},
		{"GET", "/terminals", people.Read, true, s.terminalsPage},
		{"POST", "/terminals/{kiosk}/settle", people.SettleBatch, true, s.settleForm},
	}
}

// bankView is an operation at the bank as programs get it; times are Unix ms, 0 for none.
type bankView struct {
	ID         string       `json:"id"`
	Kiosk      string       `json:"kiosk"`
	Serial     string       `json:"serial"`
	Terminal   string       `json:"terminal"`
	Merchant   string       `json:"merchant"`
	Operation  string       `json:"operation"`
	Type       string       `json:"type"`
	Processing string       `json:"processing_code"`
	Batch      uint32       `json:"batch"`
	Trace      uint32       `json:"trace"`
	Amount     money.Amount `json:"amount"`
	Card       string       `json:"card"`
	State      string       `json:"state"`
	End        string       `json:"end"`
	Response   string       `json:"response"`
	Reference  string       `json:"reference"`
	AuthCode   string       `json:"auth_code"`
	BookedTo   string       `json:"booked_to"`
	Settles    string       `json:"settles"`
	Sends      int64        `json:"sends"`
	SentAt     int64        `json:"sent_at"`
	ResentAt   int64        `json:"resent_at"`
	AnsweredAt int64        `json:"answered_at"`
	UpdatedAt  int64        `json:"updated_at"`
	Version    int64        `json:"version"`
}

func viewBank(x bank.Exchange) bankView {
	return bankView{
		ID: x.ID, Kiosk: x.Kiosk, Serial: x.Serial, Terminal: x.Terminal, Merchant: x.Merchant, Operation: string(x.Op), Type: x.Type, Processing: x.Processing,
		Batch: x.Batch, Trace: x.Trace, Amount: x.Amount, Card: x.Masked, State: string(x.State), End: string(x.End), Response: string(x.Code),
		Reference: x.Reference, AuthCode: x.AuthCode, BookedTo: x.BookedTo, Settles: x.Settles, Sends: x.Sends, SentAt: x.SentAt, ResentAt: x.ResentAt, AnsweredAt: x.AnsweredAt,
		UpdatedAt: x.UpdatedAt, Version: x.Version,
	}
}

// terminalView is a terminal as programs get it; times are Unix ms, 0 for never.
type terminalView struct {
	Kiosk          string `json:"kiosk"`
	Terminal       string `json:"terminal"`
	Merchant       string `json:"merchant"`
	BoundBy        string `json:"bound_by"`
	BoundAt        int64  `json:"bound_at"`
	Batch          uint32 `json:"batch"`
	SignInAt       int64  `json:"sign_in_at"`
	SignInResult   string `json:"sign_in_result"`
	SettledAt      int64  `json:"settled_at"`
	SettledBatch   uint32 `json:"settled_batch"`
	SettledOutcome string `json:"settled_outcome"`
	OpenReversal   string `json:"open_reversal"`
	SettleOrdered  bool   `json:"settle_ordered"` // the kiosk is to settle its batch now, and has not yet
	SettleBatch    uint32 `json:"settle_batch"`   // the last one that a person ordered, 0 for none
	SettleBy       string `json:"settle_by"`
	SettleAt       int64  `json:"settle_at"`
}

func viewTerminal(t bank.Terminal) terminalView {
	return terminalView{
		Kiosk: t.Kiosk, Terminal: t.Terminal, Merchant: t.Merchant, BoundBy: t.BoundBy, BoundAt: t.BoundAt, Batch: t.Batch,
		SignInAt: t.SignInAt, SignInResult: t.SignInResult(),
		SettledAt: t.SettledAt, SettledBatch: t.SettledOf, SettledOutcome: string(t.Settled), OpenReversal: t.Reversal,
		SettleOrdered: t.Ordered(), SettleBatch: t.SettleBatch, SettleBy: t.SettleBy, SettleAt: t.SettleAt,
	}
}

// bankFilter narrows a list of operations by kiosk, terminal, serial and open.
func bankFilter(r *http.Request) (bank.Filter, error) {
	f, err := filter(r)
	q := r.URL.Query()
	out := bank.Filter{Kiosk: f.Kiosk, Terminal: q.Get("terminal"), Serial: q.Get("serial"), Open: f.Open, Limit: f.Limit}
	if err == nil && (len(out.Terminal) > maxUser || len(out.Serial) > maxUser) {
		err = fmt.Errorf("terminal or serial %w: too long", errInput)
	}
	return out, err
}

func (s *bankPages) operations(r *http.Request) (bank.Filter, []bank.Exchange, error) {
	f, err := bankFilter(r)
	if err != nil {
		return f, nil, err
	}
	rows, err := s.cfg.Store.Bank.Exchanges(r.Context(), f)
	return f, rows, err
}

func (s *bankPages) apiOperations(w http.ResponseWriter, r *http.Request) {
	_, rows, err := s.operations(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	views := make([]bankView, len(rows))
	for i, x := range rows {
		views[i] = viewBank(x)
	}
	writeJSON(w, http.StatusOK, map[string]any{"operations": views})
}

func (s *bankPages) apiOperation(w http.ResponseWriter, r *http.Request) {
	d, err := s.cfg.Store.Bank.Detail(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"operation": viewBank(d.Exchange), "history": some(d.History), "cases": some(d.Cases)})
}

func (s *bankPages) apiTerminals(w http.ResponseWriter, r *http.Request) {
	rows, err := s.cfg.Store.Bank.Terminals(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	views := make([]terminalView, len(rows))
	for i, t := range rows {
		views[i] = viewTerminal(t)
	}
	writeJSON(w, http.StatusOK, map[string]any{"terminals": views})
}

// settle has a kiosk settle its batch with the bank now; the store audits that with it.
func (s *bankPages) settle(ctx context.Context, kiosk, reason string) (bank.Terminal, error) {
	reason, err := checkReason("reason", reason)
	if err != nil {
		return bank.Terminal{}, err
	}
	return s.cfg.Store.Bank.OrderSettlement(ctx, kiosk, person(ctx).Name, reason, s.now())
}

func (s *bankPages) apiSettle(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	t, err := s.settle(r.Context(), r.PathValue("kiosk"), in.Reason)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, viewTerminal(t))
}

func (s *bankPages) settleForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	if _, err := s.settle(r.Context(), r.PathValue("kiosk"), r.PostForm.Get("reason")); err != nil {
		s.refusePage(w, r, err, "/terminals")
		return
	}
	http.Redirect(w, r, withNote("/terminals", "settle"), http.StatusSeeOther)
}

// apiVouch proposes to vouch for a sale: another person has to approve it.
func (s *bankPages) apiVouch(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Serial string `json:"serial"`
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	p, err := s.propose(r.Context(), approval.Vouch, in.Serial, in.Reason)
	s.answerPlan(w, r, http.StatusAccepted, p, err)
}

func (s *bankPages) vouchForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	p, err := s.propose(r.Context(), approval.Vouch, r.PostForm.Get("serial"), r.PostForm.Get("reason"))
	s.toPlan(w, r, p, err)
}

// apiGiveBack proposes to ask the bank to give a sale back: another person has to approve it.
func (s *bankPages) apiGiveBack(w http.ResponseWriter, r *http.Request) {
	s.apiPropose(w, r, approval.RefundCard)
}

func (s *bankPages) giveBackForm(w http.ResponseWriter, r *http.Request) {
	s.proposeForm(w, r, approval.RefundCard)
}

// apiVoid proposes to have the kiosk void a sale: another person has to approve it.
func (s *bankPages) apiVoid(w http.ResponseWriter, r *http.Request) {
	s.apiPropose(w, r, approval.VoidCard)
}

func (s *bankPages) voidForm(w http.ResponseWriter, r *http.Request) {
	s.proposeForm(w, r, approval.VoidCard)
}

// apiPropose proposes an act on the sale that the address names.
func (s *bankPages) apiPropose(w http.ResponseWriter, r *http.Request, k approval.Kind) {
	var in struct {
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	p, err := s.propose(r.Context(), k, r.PathValue("id"), in.Reason)
	s.answerPlan(w, r, http.StatusAccepted, p, err)
}

func (s *bankPages) proposeForm(w http.ResponseWriter, r *http.Request, k approval.Kind) {
	if !s.form(w, r) {
		return
	}
	p, err := s.propose(r.Context(), k, r.PathValue("id"), r.PostForm.Get("reason"))
	s.toPlan(w, r, p, err)
}

// bankAnswer proposes what the bank answered to a request: another person has to approve it.
func (s *bankPages) bankAnswer(ctx context.Context, id, answer, number, reason string) (approval.Plan, error) {
	answer = strings.TrimSpace(answer + " " + strings.TrimSpace(number))

	return s.proposeWith(ctx, approval.BankAnswer, approval.Ask{Object: id, Args: answer, Reason: reason})
}

func (s *bankPages) apiBankAnswer(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Answer string `json:"answer"`
		Number string `json:"number"`
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	p, err := s.bankAnswer(r.Context(), r.PathValue("id"), in.Answer, in.Number, in.Reason)
	s.answerPlan(w, r, http.StatusAccepted, p, err)
}

func (s *bankPages) bankAnswerForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	said := r.PostForm
	p, err := s.bankAnswer(r.Context(), r.PathValue("id"), said.Get("answer"), said.Get("number"), said.Get("reason"))
	s.toPlan(w, r, p, err)
}

// bankTones are how states look.
var bankTones = map[bank.State]string{
	bank.Approved: books.StatusPosted, bank.Declined: books.StatusCancelled, bank.Reversed: books.StatusCancelled, bank.Unsent: books.StatusCancelled,
	bank.Sent: books.StatusTendering, bank.Unknown: books.StatusDisputed, bank.Unequal: books.StatusOwed, bank.Reversing: books.StatusPosting,
	bank.Claimed: books.StatusPosting, bank.Returning: books.StatusPosting, bank.Returned: books.StatusCancelled,
}

// bankRow is an operation in the table.
type bankRow struct {
	bank.Exchange
	When, Tone, Answer string
}

func (s *bankPages) row(l lang, x bank.Exchange) bankRow {
	return bankRow{Exchange: x, When: clock(x.SentAt, s.now(), s.cfg.Store.Zone()), Tone: bankTones[x.State], Answer: answerOf(l, x.Op, x.Code)}
}

// answerOf is what a response code says, in words.
func answerOf(l lang, op posp.Op, c posp.Code) string {
	if c == "" {
		return ""
	}
	return l.of("bankcode", string(posp.Judge(op, c).Reason))
}

type bankCardsData struct {
	Filter bank.Filter
	Rows   []bankRow
	Vouch  bool // what the person who looks may do
}

func (s *bankPages) operationsPage(w http.ResponseWriter, r *http.Request) {
	f, rows, err := s.operations(r)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d := bankCardsData{Filter: f, Vouch: may(person(r.Context()), actOf(approval.Vouch))}
	for _, x := range rows {
		d.Rows = append(d.Rows, s.row(language(r), x))
	}
	s.show(w, r, http.StatusOK, "bankcards", page{Title: language(r).t("cards"), Nav: "cards"}, d)
}

// bankStep is one line of an operation's history.
type bankStep struct {
	books.History
	Title, When, Answer, Actor string
}

type bankCardData struct {
	bankRow
	Steps   []bankStep
	Others  []bankRow
	Cases   []caseRow
	Payment bool // there is a payment to show
	Confirm bool // what the person who looks may do
	Refund  bool
	Void    bool
	Says    bool

	Plans waiting // that wait for a second person
}

func (s *bankPages) operationPage(w http.ResponseWriter, r *http.Request) {
	l := language(r)
	d, err := s.cfg.Store.Bank.Detail(r.Context(), r.PathValue("id"))
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	data := bankCardData{bankRow: s.row(l, d.Exchange)}
	buys := false
	if d.Exchange.Serial != "" {
		paid, err := s.cfg.Store.Detail(r.Context(), d.Exchange.Serial)
		data.Payment = err == nil
		buys = purposeOf(paid.Transaction, paid.Posting) == payments.Purchase
	}
	for _, h := range d.History {
		at := time.UnixMilli(h.At).In(s.cfg.Store.Zone()).Format(time.DateTime)
		data.Steps = append(data.Steps, bankStep{h, l.of("bankev", h.Event), at, answerOf(l, d.Exchange.Op, posp.Code(h.Code)), l.actor(h, d.Exchange.Kiosk)})
	}
	for _, x := range d.Others {
		if x.ID != d.Exchange.ID {
			data.Others = append(data.Others, s.row(l, x))
		}
	}
	for _, c := range d.Cases {
		data.Cases = append(data.Cases, s.caseRow(r.Context(), l, c, buys))
	}
	asks := may(person(r.Context()), actOf(approval.RefundCard))
	data.Confirm = d.Exchange.State == bank.Claimed && asks
	data.Refund = bank.MayAsk(d) && asks
	if data.Refund {
		if data.Void, err = s.cfg.Store.Bank.MayVoid(r.Context(), d.Exchange.ID); err != nil {
			s.failPage(w, r, err)
			return
		}
	}
	data.Says = d.Exchange.State == bank.Returning
	if data.Plans, err = s.plansOf(r.Context(), l, d.Exchange.Serial); err != nil {
		s.failPage(w, r, err)
		return
	}
	data.Plans = data.Plans.Of(string(approval.RefundCard), string(approval.VoidCard), string(approval.BankAnswer), string(approval.Vouch))
	s.show(w, r, http.StatusOK, "bankcard", page{Title: l.t("cards") + " " + d.Exchange.ID, Nav: "cards"}, data)
}

// terminalRow is a terminal in the table.
type terminalRow struct {
	bank.Terminal
	SignedAt, SignIn, SignTone, SettledWhen, SettledTone, OrderedWhen string

	Settle bool // the person who looks may order it
}

func (s *bankPages) terminalRow(l lang, t bank.Terminal) terminalRow {
	when := func(at int64) string {
		if at == 0 {
			return ""
		}
		return clock(at, s.now(), s.cfg.Store.Zone())
	}
	row := terminalRow{Terminal: t, SignedAt: when(t.SignInAt), SettledWhen: when(t.SettledAt), SettledTone: bankTones[t.Settled], SignTone: books.StatusDisputed}
	row.OrderedWhen = when(t.SettleAt)
	switch {
	case t.SignInEnd != bank.Answered:
		row.SignIn = l.of("bankend", string(t.SignInEnd))
	case t.SignInCode == posp.OK:
		row.SignIn, row.SignTone = l.of("bankstate", string(bank.Approved)), books.StatusPosted
	default:
		row.SignIn, row.SignTone = string(t.SignInCode)+" "+answerOf(l, posp.SignIn, t.SignInCode), books.StatusOwed
	}
	return row
}

func (s *bankPages) terminalsPage(w http.ResponseWriter, r *http.Request) {
	rows, err := s.cfg.Store.Bank.Terminals(r.Context())
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	var d []terminalRow
	for _, t := range rows {
		row := s.terminalRow(language(r), t)
		row.Settle = may(person(r.Context()), people.SettleBatch) && t.Terminal != "" && t.Batch != 0 && !t.Ordered()
		d = append(d, row)
	}
	s.show(w, r, http.StatusOK, "terminals", page{Title: language(r).t("terms"), Nav: "cards"}, d)
}
