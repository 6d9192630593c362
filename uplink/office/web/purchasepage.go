package web

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"wattkiosk/payments/metercard"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
)

// stageTones are how stages look.
var stageTones = map[books.Stage]string{
	books.ToWrite: books.StatusPosting, books.InWriting: books.StatusTendering, books.OnCard: books.StatusPosted, books.OtherWay: books.StatusPosted,
	books.ToSell: books.StatusPosting, books.NotSold: books.StatusOwed, books.Contested: books.StatusDisputed,
	books.NotOnCard: books.StatusOwed, books.Unsure: books.StatusDisputed, books.Withdrawn: books.StatusCancelled,
}

// saleRow is a purchase in the table.
type saleRow struct {
	sale
	When, Tone, Energy string
	Sale, SaleTone     string // state of its posting
	Booking, BookTone  string
	Told               string // the report, as a key
	Waits              string // how long it has waited to be sold; empty if it does not
	Said               string // what the card-meter system said last, while it waits
}

// energy is what was sold, in kWh; empty where money was.
func (l lang) energy(s metercard.Sold) string {
	if s.Energy == 0 {
		return ""
	}
	return l.t("kwh", fmt.Sprintf("%d.%02d", s.Energy/100, s.Energy%100))
}

func (s *salePages) row(l lang, x sale) saleRow {
	row := saleRow{
		sale: x, When: clock(x.since(), s.now(), s.cfg.Store.Zone()), Tone: stageTones[x.Stage], Energy: l.energy(x.Sold), Told: x.Report(),
	}
	if p := x.posting; p != nil && x.Stage == books.ToSell {
		row.Waits = l.t("wait.age", l.lasted(s.now().Sub(p.OrderedAt)))
		row.Said = cmp.Or(strings.TrimSpace(p.Code+" "+p.Text), l.t("sale.silent"))
	}
	if p := x.posting; p != nil {
		row.Sale, row.SaleTone = posting.Word(p.State), chipOf(p.State)
	}
	if p := x.booking; p != nil {
		row.Booking, row.BookTone = posting.Word(p.State), chipOf(p.State)
	}
	return row
}

type salesData struct {
	Open           bool
	Kiosk, Account string
	Rows           []saleRow
}

func (s *salePages) purchasesPage(w http.ResponseWriter, r *http.Request) {
	f, err := filter(r)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	rows, err := s.sales(r.Context(), f)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d := salesData{Open: f.Open, Kiosk: f.Kiosk, Account: f.Account}
	for _, x := range rows {
		d.Rows = append(d.Rows, s.row(language(r), x))
	}
	s.show(w, r, http.StatusOK, "purchases", page{Title: language(r).t("sales"), Nav: "sales"}, d)
}

// saleData is all about one purchase.
type saleData struct {
	saleRow
	Paid, Tender    string
	Answer, Booked  string // of the card-meter system, and of the MIS
	Handed          string // kiosks that it was handed to, and when
	Cases           []caseRow
	Settle, Approve bool // what the person who looks may do
	Cancel          bool
}

func (s *salePages) purchasePage(w http.ResponseWriter, r *http.Request) {
	l := language(r)
	d, x, err := s.detail(r.Context(), r.PathValue("serial"))
	if err != nil {
		s.failPage(w, r, err)
		return
	}

	if x.Serial != r.PathValue("serial") { // that of a re-write
		http.Redirect(w, r, "/purchases/"+pathEscape(x.Serial), http.StatusSeeOther)
		return
	}
	data := saleData{saleRow: s.row(l, x)}
	for _, h := range d.HandedOut {
		data.Handed += fmt.Sprintf("%s (%s) ", h.Kiosk, clock(h.At, s.now(), s.cfg.Store.Zone()))
	}
	if p := d.Posting; p != nil {
		data.Paid, data.Tender = yuan(p.Amount), l.of("tender", p.Tender)
		data.Answer = cmp.Or(data.Said, answerIn(l, *p))
	}
	if p := d.Booking; p != nil {
		data.Booked = answerIn(l, *p)
	}
	open := false
	for _, c := range append(d.Cases, d.BookingCases...) {
		data.Cases = append(data.Cases, s.caseRow(r.Context(), l, c, c.Serial == x.Serial))
		open = open || c.Open && c.Class == books.ClassNotWritten
	}
	stands := d.Posting != nil && d.Posting.State == posting.Posted
	if p := person(r.Context()); may(p, people.SettleSale) && open && stands {
		data.Settle = x.AskedBy == ""
		data.Approve = x.AskedBy != "" && x.AskedBy != p.Name
		data.Cancel = x.AskedBy != ""
	}
	s.show(w, r, http.StatusOK, "purchase", page{Title: l.t("sales") + " " + x.Serial, Nav: "sales"}, data)
}

// answerIn is what a system said of a posting last, and why it ended as it did.
func answerIn(l lang, p books.Posting) string {
	said := p.Code
	if p.Text != "" {
		said += " " + p.Text
	}
	if why := l.reason(p.Reason); why != "" {
		return why + " · " + said
	}
	return said
}
