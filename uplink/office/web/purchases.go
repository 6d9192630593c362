package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// salePages are purchases on meter cards: what was sold, and how it reaches its meter.
type salePages struct{ *hall }

// Acts on what did not reach its card, as they stand in paths.
const (
	actSettle = "settle"
	actCancel = "cancel"
)

func (s *salePages) routes() []route {
	return []route{
		{"GET", api + "/purchases", people.Read, false, s.apiPurchases},
		{"GET", api + "/purchases/{serial}", people.Read, false, s.apiPurchase},
		{"POST", api + "/purchases/{serial}/settle", people.SettleSale, false, s.apiSettle},
		{"POST", api + "/purchases/{serial}/cancel", people.SettleSale, false, s.apiCancel},

		{"GET", "/purchases", people.Read, true, s.purchasesPage},
		{"GET", "/purchases/{serial}", people.Read, true, s.purchasePage},
		{"POST", "/purchases/{serial}/{act}", people.SettleSale, true, s.actForm},
	}
}

// purchaseView is a purchase as programs get it; times are Unix ms, 0 for none.
type purchaseView struct {
	Serial     string       `json:"serial"`
	Kiosk      string       `json:"kiosk"`
	Account    string       `json:"account"`
	Paid       money.Amount `json:"paid"`
	Tender     string       `json:"tender"`
	Sale       string       `json:"sale"` // its posting at the card-meter system
	SaleCode   string       `json:"sale_code"`
	SaleText   string       `json:"sale_text"` // what that system said last
	OrderedAt  int64        `json:"ordered_at"`
	Number     string       `json:"number"`
	Card       string       `json:"card"`
	Count      uint32       `json:"count"`
	Amount     money.Amount `json:"amount"`
	Energy     *int64       `json:"energy"` // 0.01 kWh; nil where money is sold, or nothing yet
	Stage      string       `json:"stage"`
	Visit      string       `json:"visit"`
	How        string       `json:"how"`
	By         string       `json:"by"`
	Reason     string       `json:"reason"`
	AskedHow   string       `json:"asked_how"`
	AskedBy    string       `json:"asked_by"`
	AskedWhy   string       `json:"asked_reason"`
	Report     string       `json:"report"`
	Outcome    string       `json:"report_outcome"`
	ReportCode string       `json:"report_code"`
	ReportText string       `json:"report_text"`
	Booking    string       `json:"booking"` // its posting at the MIS by head office; empty for none
	SoldAt     int64        `json:"sold_at"`
	UpdatedAt  int64        `json:"updated_at"`
	Version    int64        `json:"version"`
}

// sale is a delivery with its postings, or a purchase that is not sold.
type sale struct {
	books.Delivery
	posting, booking *books.Posting // nil for none
}

// since is when these books learned of the purchase.
func (x sale) since() int64 {
	if x.SoldAt == 0 && x.posting != nil {
		return millis(x.posting.OrderedAt)
	}
	return x.SoldAt
}

func viewSale(x sale) purchaseView {
	v := purchaseView{
		Serial: x.Serial, Kiosk: x.Kiosk, Account: x.Account, Number: x.Sold.Number, Card: x.Sold.Card, Count: x.Sold.Count, Amount: x.Sold.Amount,
		Stage: string(x.Stage), Visit: x.Visit, How: string(x.How), By: x.By, Reason: x.Why,
		AskedHow: string(x.AskedHow), AskedBy: x.AskedBy, AskedWhy: x.AskedWhy, Report: x.Report(), Outcome: string(x.Outcome),
		ReportCode: x.Code, ReportText: x.Text, SoldAt: x.SoldAt, UpdatedAt: x.UpdatedAt, Version: x.Version,
	}
	if x.Sold.Energy != 0 {
		v.Energy = &x.Sold.Energy
	}
	if p := x.posting; p != nil {
		v.Paid, v.Tender = p.Amount, p.Tender
		v.Sale, v.OrderedAt = posting.Word(p.State), millis(p.OrderedAt)
		v.SaleCode, v.SaleText = p.Code, p.Text
	}
	if p := x.booking; p != nil {
		v.Booking = posting.Word(p.State)
	}
	return v
}

// sales are the newest purchases that f lets through, with their postings: those that are
// sold, and those that are paid and not.
func (s *salePages) sales(ctx context.Context, f books.Filter) ([]sale, error) {
	rows, err := s.cfg.Store.Deliveries(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("cannot read deliveries: %w", err)
	}
	var serials []string
	for _, d := range rows {
		serials = append(serials, d.Serial, posting.BookingSerial(d.Serial))
	}
	posts, err := s.cfg.Store.PostingsOf(ctx, serials)
	if err != nil {
		return nil, fmt.Errorf("cannot read postings: %w", err)
	}
	one := func(serial string) *books.Posting {
		if p, ok := posts[serial]; ok {
			return &p
		}
		return nil
	}

	out := make([]sale, len(rows))
	for i, d := range rows {
		out[i] = sale{d, one(d.Serial), one(posting.BookingSerial(d.Serial))}
	}
	f.Unsold = true
	unsold, err := s.cfg.Store.Postings(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("cannot read purchases that are not sold: %w", err)
	}
	for _, p := range unsold {
		out = append(out, sale{p.Unsold(), &p, nil})
	}
	slices.SortStableFunc(out, func(x, y sale) int { return cmp.Compare(y.since(), x.since()) })

	return out[:min(len(out), f.Limit)], nil
}

// detail is all that is held of the sale of one purchase, or stored.ErrNotFound. The serial
// of a re-write is that of the sale that it carries on.
func (s *salePages) detail(ctx context.Context, serial string) (books.Detail, sale, error) {
	d, err := s.cfg.Store.Detail(ctx, serial)
	if err == nil && d.Delivery != nil && d.Delivery.Serial != serial {
		d, err = s.cfg.Store.Detail(ctx, d.Delivery.Serial)
	}
	if err != nil {
		return d, sale{}, err
	}
	x, found := saleIn(d)
	if !found {
		return d, x, fmt.Errorf("purchase %.32q: %w", serial, stored.ErrNotFound)
	}
	return d, x, nil
}

// saleIn is the purchase that a transaction is, sold or not.
func saleIn(d books.Detail) (x sale, found bool) {
	p := d.Posting
	switch {
	case d.Delivery != nil && d.Delivery.Serial == d.Transaction.Serial:
		return sale{*d.Delivery, p, d.Booking}, true
	case d.Delivery == nil && p != nil && p.System() == mis.CardSystem:
		return sale{p.Unsold(), p, nil}, true
	}
	return sale{}, false
}

func (s *salePages) apiPurchases(w http.ResponseWriter, r *http.Request) {
	list(s.hall, w, r, "purchases", func(ctx context.Context, f books.Filter) ([]purchaseView, error) {
		rows, err := s.sales(ctx, f)
		views := make([]purchaseView, len(rows))
		for i, x := range rows {
			views[i] = viewSale(x)
		}
		return views, err
	})
}

func (s *salePages) apiPurchase(w http.ResponseWriter, r *http.Request) {
	d, x, err := s.detail(r.Context(), r.PathValue("serial"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := map[string]any{"purchase": viewSale(x), "posting": nil, "booking": nil, "cases": append(some(d.Cases), d.BookingCases...)}
	for key, p := range map[string]*books.Posting{"posting": d.Posting, "booking": d.Booking} {
		if p != nil {
			out[key] = viewPosting(*p)
		}
	}
	writeJSON(w, http.StatusOK, out)
}

// settle is a person's word that a purchase reaches its meter another way; the store audits
// that with it.
func (s *salePages) settle(ctx context.Context, serial, how, reason string) (books.Delivery, error) {
	reason, err := checkReason("reason", reason)
	if err != nil {
		return books.Delivery{}, err
	}
	if how != string(metercard.Remote) && how != string(metercard.ByHand) {
		return books.Delivery{}, fmt.Errorf("how %w: want %s or %s", errInput, metercard.Remote, metercard.ByHand)
	}
	return s.cfg.Store.SettleWay(ctx, serial, metercard.Way(how), person(ctx).Name, reason, s.now())
}

// cancel is a person's word that it does not, before another one approved it.
func (s *salePages) cancel(ctx context.Context, serial, reason string) (books.Delivery, error) {
	reason, err := checkReason("reason", reason)
	if err != nil {
		return books.Delivery{}, err
	}
	return s.cfg.Store.CancelWay(ctx, serial, person(ctx).Name, reason, s.now())
}

func (s *salePages) apiSettle(w http.ResponseWriter, r *http.Request) {
	var in struct {
		How    string `json:"how"`
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	_, err := s.settle(r.Context(), r.PathValue("serial"), in.How, in.Reason)
	s.acted(w, r, err)
}

func (s *salePages) apiCancel(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	_, err := s.cancel(r.Context(), r.PathValue("serial"), in.Reason)
	s.acted(w, r, err)
}

// acted answers with a purchase after an act on it.
func (s *salePages) acted(w http.ResponseWriter, r *http.Request, err error) {
	var x sale
	if err == nil {
		_, x, err = s.detail(r.Context(), r.PathValue("serial"))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, viewSale(x))
}

func (s *salePages) actForm(w http.ResponseWriter, r *http.Request) {
	act, serial := r.PathValue("act"), r.PathValue("serial")
	if act != actSettle && act != actCancel {
		s.errorPage(w, r, http.StatusNotFound)
		return
	}
	if !s.form(w, r) {
		return
	}
	note := "sale." + actCancel
	var err error
	if act == actCancel {
		_, err = s.cancel(r.Context(), serial, r.PostForm.Get("reason"))
	} else {
		var d books.Delivery
		d, err = s.settle(r.Context(), serial, r.PostForm.Get("how"), r.PostForm.Get("reason"))
		if note = "sale.asked"; d.Stage == books.OtherWay {
			note = "sale.settled"
		}
	}
	switch {
	case errors.Is(err, books.ErrTwoPeople):
		s.show(w, r, http.StatusForbidden, "error", page{Title: language(r).t("error.two-sale")}, "error.two-sale")
		return
	case err != nil:
		s.failPage(w, r, err)
		return
	}
	http.Redirect(w, r, withNote("/purchases/"+pathEscape(serial), note), http.StatusSeeOther)
}
