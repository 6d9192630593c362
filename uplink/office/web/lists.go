package web

import (
	"net/http"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
)

// postingRow is a posting in the table.
type postingRow struct {
	Word  string // its state
	Words string // key of the words for that
	Waits string // how long it has been open, once that is longer than usual
	books.Posting
	When, Next string
	Tone       string
}

type postingsData struct {
	Open bool
	Rows []postingRow
}

func (s *booksPages) postingsPage(w http.ResponseWriter, r *http.Request) {
	f, err := filter(r)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	rows, err := s.cfg.Store.Postings(r.Context(), f)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d := postingsData{Open: f.Open}
	serials := make([]string, len(rows))
	for i, p := range rows {
		serials[i] = p.Serial
	}
	cases, err := s.cfg.Store.CasesOf(r.Context(), serials)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	for _, p := range rows {
		d.Rows = append(d.Rows, s.postingRow(language(r), p, cases[p.Serial]))
	}
	s.show(w, r, http.StatusOK, "postings", page{Title: language(r).t("posts"), Nav: "posts"}, d)
}

func (s *booksPages) postingRow(l lang, p books.Posting, cases []books.Case) postingRow {
	row := postingRow{Posting: p, When: clock(millis(p.OrderedAt), s.now(), s.cfg.Store.Zone()), Tone: chipOf(p.State), Word: posting.Word(p.State)}
	if state := stateOf(books.Transaction{}, &p, cases); state == stateRefunded || state == stateSettled {
		row.Word, row.Tone = state, state
	}
	row.Words = "pstate." + row.Word
	if key := "salestate." + row.Word; p.System() == mis.CardSystem && words[key] != [2]string{} {
		row.Words = key
	}
	if age := s.now().Sub(p.OrderedAt); !p.State.Final() && age >= usualWait {
		row.Waits = l.t("wait.age", l.lasted(age))
	}
	switch {
	case p.State.Final():
	case p.InFlight:
		row.Next = l.t("post.flight")
	default:
		row.Next = clock(millis(p.NextAt), s.now(), s.cfg.Store.Zone())
	}
	return row
}

// chipOf is the state of a payment that looks like this posting.
func chipOf(state posting.State) string {
	if state.Final() {
		return posting.Word(state)
	}
	return books.StatusPosting
}

type casesData struct {
	Open  bool
	Kiosk string // only its cases
	Rows  []caseRow
	Sum   string
}

func (s *booksPages) casesPage(w http.ResponseWriter, r *http.Request) {
	l := language(r)
	f, err := filter(r)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	f.Open = r.URL.Query().Get("open") != "0"
	rows, err := s.caseRows(r.Context(), l, f)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	st, err := s.stats(r.Context())
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	sum := "cases.sum"
	if !f.Open {
		sum = "cases.sum.all"
	}
	d := casesData{Open: f.Open, Kiosk: f.Kiosk, Rows: rows, Sum: l.t(sum, st.OpenCases, yuan(st.CaseAmount))}
	s.show(w, r, http.StatusOK, "cases", page{Title: l.t("cases"), Nav: "cases"}, d)
}

func (s *booksPages) closeForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	back := "/cases"
	if to := local(r.PostForm.Get("back")); to != "/" {
		back = to
	}
	_, plan, err := s.closeCase(r.Context(), r.PathValue("id"), r.PostForm.Get("resolution"), r.PostForm.Get("went"))
	if err != nil || plan.ID != "" {
		s.toPlan(w, r, plan, err)
		return
	}
	http.Redirect(w, r, withNote(back, "closed"), http.StatusSeeOther)
}

// sameDay reports whether a and b are one date in zone.
func sameDay(a, b time.Time, zone *time.Location) bool {
	return a.In(zone).Format(time.DateOnly) == b.In(zone).Format(time.DateOnly)
}
