package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// cashPages are where notes are: in cassettes, with collections, in the vault, remitted.
type cashPages struct{ *hall }

func (s *cashPages) routes() []route {
	return []route{
		{"GET", api + "/cash", people.Read, false, s.apiCash},
		{"GET", api + "/cash/{kiosk}", people.Read, false, s.apiCassette},
		{"POST", api + "/cash/{kiosk}/capacity", people.SetCassette, false, s.apiCapacity},
		{"GET", api + "/collections", people.Read, false, s.apiCollections},
		{"GET", api + "/collections/{serial}", people.Read, false, s.apiCollection},
		{"POST", api + "/collections/{serial}/receive", actOf(approval.Receive), false, s.apiReceive},
		{"GET", api + "/remittances", people.Read, false, s.apiRemittances},
		{"POST", api + "/remittances", actOf(approval.Remit), false, s.apiRemit},
		{"GET", api + "/remittances/{id}", people.Read, false, s.apiRemittance},
		{"POST", api + "/remittances/{id}/deposit", people.EnterBank, false, s.apiDeposit},
		{"POST", api + "/remittances/{id}/bank-line", people.EnterBank, false, s.apiBankLine},

		{"GET", "/cash", people.Read, true, s.cashPage},
		{"GET", "/cash/{kiosk}", people.Read, true, s.cassettePage},
		{"POST", "/cash/{kiosk}/capacity", people.SetCassette, true, s.capacityForm},
		{"GET", "/collections", people.Read, true, s.collectionsPage},
		{"GET", "/collections/{serial}", people.Read, true, s.collectionPage},
		{"POST", "/collections/{serial}/receive", actOf(approval.Receive), true, s.receiveForm},
		{"GET", "/remittances", people.Read, true, s.remittancesPage},
		{"POST", "/remittances", actOf(approval.Remit), true, s.remitForm},
		{"GET", "/remittances/{id}", people.Read, true, s.remittancePage},
		{"POST", "/remittances/{id}/{act}", people.EnterBank, true, s.bankForm},
	}
}

// cassetteView is a position as programs get it; times are Unix ms, 0 for never. What is not
// known is null.
type cassetteView struct {
	Kiosk       string            `json:"kiosk"`
	Cassette    string            `json:"cassette"`
	SinceAt     int64             `json:"since_at"`
	Inside      []collection.Pile `json:"inside"`
	Notes       int64             `json:"notes"`
	Sum         money.Amount      `json:"sum"`
	Odd         int64             `json:"of_unknown_value"`
	Doubts      int64             `json:"in_doubt"`
	DoubtAmount money.Amount      `json:"in_doubt_amount"`
	Moved       int64             `json:"moved"`
	Capacity    *int64            `json:"capacity"`
	Fill        *int64            `json:"fill_percent"`
	FullIn      *int64            `json:"full_in_days"`
	UpdatedAt   int64             `json:"updated_at"`
}

// perhaps is a number that may not be known.
func perhaps(n int64, is bool) *int64 {
	if !is {
		return nil
	}

	return &n
}

func viewCassette(p cash.Position, forecasts map[string]int64) cassetteView {
	fill, filled := p.Fill()
	days, foreseen := forecasts[p.Kiosk]

	return cassetteView{
		Kiosk: p.Kiosk, Cassette: p.Account.Number, SinceAt: p.Account.Since, Inside: some(p.Account.Piles), Notes: p.Notes(), Sum: p.Sum(), Odd: p.Account.Unknown,
		Doubts: p.Account.Doubts, DoubtAmount: p.Account.Doubt, Moved: p.Account.Moved, Capacity: perhaps(p.Capacity, p.Capacity > 0),
		Fill: perhaps(fill, filled), FullIn: perhaps(days, foreseen), UpdatedAt: p.UpdatedAt,
	}
}

// positions are all, with what is foreseen of them.
func (s *cashPages) positions(ctx context.Context) ([]cash.Position, map[string]int64, error) {
	rows, err := s.cfg.Store.Cash.Positions(ctx)
	if err != nil {
		return nil, nil, err
	}
	forecasts, err := s.cfg.Store.Cash.Forecasts(ctx, rows, s.now())

	return rows, forecasts, err
}

// position is that of one kiosk, with what its records say up to now. A kiosk of which
// nothing was read has an empty cassette that nobody exchanged.
func (s *cashPages) position(ctx context.Context, kiosk string) (cash.Position, map[string]int64, error) {
	if _, err := s.cfg.Store.Kiosk(ctx, kiosk); err != nil {
		return cash.Position{}, nil, err
	}
	if _, err := s.cfg.Store.Cash.FollowKiosk(ctx, kiosk, s.now()); err != nil {
		return cash.Position{}, nil, err
	}
	p, err := s.cfg.Store.Cash.Position(ctx, kiosk)
	if errors.Is(err, stored.ErrNotFound) {
		p, err = cash.Position{Kiosk: kiosk}, nil
	}
	if err != nil {
		return p, nil, err
	}
	forecasts, err := s.cfg.Store.Cash.Forecasts(ctx, []cash.Position{p}, s.now())

	return p, forecasts, err
}

func (s *cashPages) apiCash(w http.ResponseWriter, r *http.Request) {
	rows, forecasts, err := s.positions(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	views := make([]cassetteView, len(rows))
	for i, p := range rows {
		views[i] = viewCassette(p, forecasts)
	}
	writeJSON(w, http.StatusOK, map[string]any{"cassettes": views})
}

func (s *cashPages) apiCassette(w http.ResponseWriter, r *http.Request) {
	p, forecasts, err := s.position(r.Context(), r.PathValue("kiosk"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, viewCassette(p, forecasts))
}

func (s *cashPages) apiCapacity(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Notes int64 `json:"notes"`
	}
	if !s.body(w, r, &in) {
		return
	}
	p, err := s.cfg.Store.Cash.SetCapacity(r.Context(), r.PathValue("kiosk"), in.Notes, person(r.Context()).Name, s.now())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, viewCassette(p, nil))
}

// cassetteRow is a position in the table and on its page.
type cassetteRow struct {
	cash.Position
	Since, Tone string
	Fill        string // empty: unknown
	FullIn      string // empty: unknown
	Percent     int64
}

// Tones of a cassette, by how full it is.
const (
	nearlyFull = 80 // percent
	fullSoon   = 1  // days
)

func (s *cashPages) row(l lang, p cash.Position, forecasts map[string]int64) cassetteRow {
	row := cassetteRow{Position: p, Since: clock(p.Account.Since, s.now(), s.cfg.Store.Zone()), Tone: "posted"}
	if fill, is := p.Fill(); is {
		row.Fill, row.Percent = strconv.FormatInt(fill, 10)+"%", min(fill, 100)
		if fill >= nearlyFull {
			row.Tone = "owed"
		}
	} else {
		row.Tone = "cancelled"
	}
	if days, is := forecasts[p.Kiosk]; is {
		row.FullIn = l.t("cash.days", days)
		if days <= fullSoon {
			row.Tone = "owed"
		}
	}

	return row
}

type cashData struct {
	Rows  []cassetteRow
	Sum   money.Amount
	Notes int64
}

func (s *cashPages) cashPage(w http.ResponseWriter, r *http.Request) {
	rows, forecasts, err := s.positions(r.Context())
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	l, d := language(r), cashData{}
	for _, p := range rows {
		d.Rows = append(d.Rows, s.row(l, p, forecasts))
		d.Sum += p.Sum()
		d.Notes += p.Notes()
	}
	s.show(w, r, http.StatusOK, "cash", page{Title: l.t("cash"), Nav: "cash"}, d)
}

type cassetteData struct {
	cassetteRow
	Collections []collectionRow
	MaySet      bool
}

func (s *cashPages) cassettePage(w http.ResponseWriter, r *http.Request) {
	p, forecasts, err := s.position(r.Context(), r.PathValue("kiosk"))
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	rows, err := s.cfg.Store.Cash.Collections(r.Context(), cash.Filter{Kiosk: p.Kiosk, Limit: defaultList})
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	l := language(r)
	d := cassetteData{cassetteRow: s.row(l, p, forecasts), MaySet: may(person(r.Context()), people.SetCassette)}
	if d.Collections, err = s.collectionRows(r.Context(), rows); err != nil {
		s.failPage(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "cassette", page{Title: l.t("cash.of", p.Kiosk), Nav: "cash"}, d)
}

func (s *cashPages) capacityForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	kiosk := r.PathValue("kiosk")
	n, err := strconv.ParseInt(r.PostForm.Get("notes"), 10, 32)
	if err != nil {
		err = fmt.Errorf("notes %w: want a number", errInput)
	} else {
		_, err = s.cfg.Store.Cash.SetCapacity(r.Context(), kiosk, n, person(r.Context()).Name, s.now())
	}
	if err != nil {
		s.refusePage(w, r, err, "/cash/"+pathEscape(kiosk))
		return
	}
	http.Redirect(w, r, withNote("/cash/"+pathEscape(kiosk), "cash.set"), http.StatusSeeOther)
}
