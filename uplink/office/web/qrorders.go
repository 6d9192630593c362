package web

import (
	"context"
	"net/http"
	"strings"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
)

func (s *qrPages) routes() []route {
	return []route{
		{"GET", api + "/qr-orders", people.Read, false, s.apiOrders},
		{"GET", api + "/qr-orders/{serial}", people.Read, false, s.apiOrder},
		{"POST", api + "/qr-orders/{serial}/refund", actOf(approval.RefundQR), false, s.apiRefund},

		{"GET", "/qr-orders", people.Read, true, s.ordersPage},
		{"GET", "/qr-orders/{serial}", people.Read, true, s.orderPage},
		{"POST", "/qr-orders/{serial}/refund", actOf(approval.RefundQR), true, s.refundForm},
	}
}

// qrView is an order as programs get it; times are Unix ms, 0 for none. The code that a
// screen shows is of no use here.
type qrView struct {
	Serial    string       `json:"serial"`
	Kiosk     string       `json:"kiosk"`
	Account   string       `json:"account"`
	Amount    money.Amount `json:"amount"`
	Mode      string       `json:"mode"`
	State     string       `json:"state"`
	InFlight  string       `json:"in_flight"`
	NextAt    int64        `json:"next_at"`
	Until     int64        `json:"until"`
	Acquirer  string       `json:"acquirer"`
	Reference string       `json:"reference"`
	Payer     string       `json:"payer"`
	PaidAt    int64        `json:"paid_at"`
	Late      bool         `json:"late"`
	Told      bool         `json:"told_not_paid"`
	Why       string       `json:"why"`
	Code      string       `json:"code"`
	Text      string       `json:"text"`
	OpenedAt  int64        `json:"opened_at"`
	UpdatedAt int64        `json:"updated_at"`
	Version   int64        `json:"version"`
}

func viewQR(o acquiring.Order) qrView {
	return qrView{
		Serial: o.Serial, Kiosk: o.Kiosk, Account: o.Account, Amount: o.Amount, Mode: string(o.Mode), State: string(o.State),
		InFlight: string(o.InFlight), NextAt: millis(o.NextAt), Until: millis(o.Until), Acquirer: o.Acquirer, Reference: o.Reference,
		Payer: o.Payer, PaidAt: millis(o.PaidAt), Late: o.Late, Told: o.Told, Why: o.Why, Code: o.Code, Text: o.Text,
		OpenedAt: millis(o.OpenedAt), UpdatedAt: o.UpdatedAt, Version: o.Version,
	}
}

func (s *qrPages) apiOrders(w http.ResponseWriter, r *http.Request) {
	list(s.hall, w, r, "qr_orders", func(ctx context.Context, f books.Filter) ([]qrView, error) {
		rows, err := s.cfg.Store.QR.Orders(ctx, f)
		views := make([]qrView, len(rows))
		for i, o := range rows {
			views[i] = viewQR(o)
		}
		return views, err
	})
}

func (s *qrPages) apiOrder(w http.ResponseWriter, r *http.Request) {
	d, err := s.cfg.Store.QR.Detail(r.Context(), r.PathValue("serial"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"order": viewQR(d.Order), "history": some(d.History), "cases": some(d.Cases)})
}

// apiRefund proposes to give a payment back: another person has to approve it.
func (s *qrPages) apiRefund(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	p, err := s.propose(r.Context(), approval.RefundQR, r.PathValue("serial"), in.Reason)
	s.answerPlan(w, r, http.StatusAccepted, p, err)
}

func (s *qrPages) refundForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	p, err := s.propose(r.Context(), approval.RefundQR, r.PathValue("serial"), r.PostForm.Get("reason"))
	s.toPlan(w, r, p, err)
}

// qrRow is an order in the table.
type qrRow struct {
	acquiring.Order
	When, Next, Tone, Answer string
}

// qrTones are how states look.
var qrTones = map[order.State]string{
	order.Paid: books.StatusPosted, order.NotPaid: books.StatusCancelled, order.Refunded: books.StatusCancelled, order.Kept: books.StatusOwed,
	order.Placing: books.StatusTendering, order.Collecting: books.StatusTendering, order.Waiting: books.StatusTendering,
}

func (s *qrPages) row(l lang, o acquiring.Order) qrRow {
	row := qrRow{Order: o, When: clock(millis(o.OpenedAt), s.now(), s.cfg.Store.Zone()), Tone: qrTones[o.State], Answer: l.saying(o.Code, o.Text)}
	if row.Tone == "" {
		row.Tone = books.StatusPosting
	}
	switch {
	case !o.Open():
	case o.InFlight != "":
		row.Next = l.t("post.flight")
	default:
		row.Next = clock(millis(o.NextAt), s.now(), s.cfg.Store.Zone())
	}
	return row
}

type qrOrdersData struct {
	Open           bool
	Kiosk, Account string
	Rows           []qrRow
}

func (s *qrPages) ordersPage(w http.ResponseWriter, r *http.Request) {
	f, err := filter(r)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	rows, err := s.cfg.Store.QR.Orders(r.Context(), f)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d := qrOrdersData{Open: f.Open, Kiosk: f.Kiosk, Account: f.Account}
	for _, o := range rows {
		d.Rows = append(d.Rows, s.row(language(r), o))
	}
	s.show(w, r, http.StatusOK, "qrorders", page{Title: language(r).t("qrs"), Nav: "qrs"}, d)
}

// qrStep is one line of an order's history.
type qrStep struct {
	books.History
	Title, When, Answer, Actor string
}

// saying is what an acquirer's answer says: its code in words where they are known, else
// the state at the end of the code.
func (l lang) saying(code, text string) string {
	for _, said := range []string{code, code[strings.LastIndexByte(code, ' ')+1:]} {
		if w, ok := words["qrsaid."+said]; ok {
			return w[l]
		}
	}
	return strings.TrimSpace(code + " " + text)
}

// answered is the answer that a step of an order brought. Other steps have none of their
// own: what the books keep with them is that of the step before.
func (l lang) answered(h books.History) string {
	if !strings.HasSuffix(h.Event, " answered") && h.Event != "notice" {
		return ""
	}
	return l.saying(h.Code, h.Text)
}

type qrOrderData struct {
	qrRow
	Steps   []qrStep
	Cases   []caseRow
	Payment bool // there is a payment to show
	Plans   waiting
	Refund  bool // what the person who looks may do
	Booked  bool // it goes back only once its posting is reversed
}

func (s *qrPages) orderPage(w http.ResponseWriter, r *http.Request) {
	l := language(r)
	d, err := s.cfg.Store.QR.Detail(r.Context(), r.PathValue("serial"))
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	paid, err := s.cfg.Store.Detail(r.Context(), d.Order.Serial)
	data := qrOrderData{qrRow: s.row(l, d.Order), Payment: err == nil}
	for _, h := range d.History {
		data.Steps = append(data.Steps, qrStep{
			History: h, Title: l.of("qrev", h.Event), When: stamp(h.At, s.cfg.Store.Zone()), Answer: l.answered(h), Actor: l.actor(h, d.Order.Kiosk),
		})
	}
	for _, c := range d.Cases {
		data.Cases = append(data.Cases, s.caseRow(r.Context(), l, c, purposeOf(paid.Transaction, paid.Posting) == payments.Purchase))
	}
	data.Booked = d.Order.State == order.Paid && d.Posting != nil && d.Posting.State == posting.Posted
	if data.Plans, err = s.plansOf(r.Context(), l, d.Order.Serial); err != nil {
		s.failPage(w, r, err)
		return
	}
	data.Plans = data.Plans.Of(string(approval.RefundQR))
	data.Refund = may(person(r.Context()), actOf(approval.RefundQR)) && acquiring.MayReturn(d) && !data.Plans.Wait()
	s.show(w, r, http.StatusOK, "qrorder", page{Title: l.t("qrs") + " " + d.Order.Serial, Nav: "qrs"}, data)
}
