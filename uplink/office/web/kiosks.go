package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/enrolment"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/people"
)

const (
	kiosksOnPage = 50 // on a page of the list
	needyShown   = 10 // on the overview
	maxKioskText = 64 // characters of a search
	maxKioskPage = 10_000
)

// fleetPages are kiosks, their alarms and their enrolment.
type fleetPages struct {
	*hall
	books *booksPages
}

func (s *fleetPages) routes() []route {
	return []route{
		{"GET", api + "/kiosks", people.Read, false, s.apiKiosks},
		{"GET", api + "/kiosks/{id}", people.Read, false, s.apiKiosk},
		{"PUT", api + "/kiosks/{id}/place", people.SetPlace, false, s.apiPlace},
		{"GET", api + "/kiosks/{id}/identity", people.Read, false, s.apiIdentity},
		{"POST", api + "/kiosks/{id}/suspend", people.SuspendKiosk, false, s.apiSuspend},
		{"POST", api + "/kiosks/{id}/resume", actOf(approval.ResumeKiosk), false, s.apiService(approval.ResumeKiosk)},
		{"POST", api + "/kiosks/{id}/replace", actOf(approval.ReplaceKiosk), false, s.apiService(approval.ReplaceKiosk)},
		{"POST", api + "/kiosks/{id}/retire", actOf(approval.RetireKiosk), false, s.apiService(approval.RetireKiosk)},
		{"GET", api + "/alarms", people.Read, false, s.apiAlarms},
		{"GET", api + "/forks", people.Read, false, s.apiForks},
		{"GET", api + "/bounds", people.Read, false, s.apiBounds},
		{"POST", api + "/enrol", open, false, s.apiEnrol},
		{"POST", enrolment.Path, open, false, s.apiEnrolBoth},

		{"GET", "/kiosks", people.Read, true, s.kiosksPage},
		{"GET", "/kiosks/{id}", people.Read, true, s.kioskPage},
		{"POST", "/kiosks/{id}/place", people.SetPlace, true, s.placeForm},
		{"POST", "/kiosks/{id}/suspend", people.SuspendKiosk, true, s.suspendForm},
		{"POST", "/kiosks/{id}/resume", actOf(approval.ResumeKiosk), true, s.kioskPlanForm(approval.ResumeKiosk)},
		{"POST", "/kiosks/{id}/replace", actOf(approval.ReplaceKiosk), true, s.kioskPlanForm(approval.ReplaceKiosk)},
		{"POST", "/kiosks/{id}/retire", actOf(approval.RetireKiosk), true, s.kioskPlanForm(approval.RetireKiosk)},
		{"GET", boundsPath, people.Read, true, s.boundsPage},
		{"POST", boundsPath, actOf(approval.SetBounds), true, s.boundsForm},
		{"POST", "/kiosks/{id}/choose-branch", actOf(approval.ChooseBranch), true, s.kioskPlanForm(approval.ChooseBranch)},
	}
}

// kioskRow is a kiosk in a list.
type kioskRow struct {
	ID     string
	Place  fleet.Place
	Online bool
	Screen string
	Alarms []string // in words
	Known  bool     // it has reported
	Paper  string   // in words
	NoSlip bool     // there is no paper, or nearly none
	Cash   money.Amount
	Notes  int
	SeenAt int64
	Rev    string
}

func (s *fleetPages) kioskRow(l lang, k kioskView) kioskRow {
	row := kioskRow{ID: k.ID, Place: fleet.Place{Site: k.Site, Address: k.Address}, Online: k.Online, SeenAt: k.SeenAt}
	codes := k.codes()
	if st := k.Report; st != nil {
		row.Known, row.Cash, row.Notes, row.Screen = true, st.Cash, st.Notes, l.of("screen", st.Screen)
		row.NoSlip = st.Paper == "out" || st.Paper == "near-end"
		if st.Paper != "" {
			row.Paper = l.of("paper", st.Paper)
		}
	}
	for _, c := range codes {
		row.Alarms = append(row.Alarms, l.of("alarm", c))
	}
	row.Rev = fmt.Sprint(k.Online, row.Screen, row.Cash, row.Paper, codes)

	return row
}

// codes are what is wrong with a kiosk: the alarms that its journal tells, and while it is
// online those of its last report.
func (k kioskView) codes() []string {
	var codes []string
	for _, a := range k.Alarms {
		codes = append(codes, a.Code)
	}
	if k.Report != nil && k.Online {
		codes = append(codes, k.Report.Alarms...)
	}
	slices.Sort(codes)

	return slices.Compact(codes)
}

// kioskList is a page of kiosks.
type kioskList struct {
	Rows        []kioskRow
	Total       int64
	Text        string
	All         bool   // not only those that need a look
	None        bool   // no kiosk is enrolled at all
	First, Last int64  // of Total; 0 for none
	Back, Next  string // where the other pages are; empty for none
}

// find is the page of the kiosks that q lets through.
func (s *fleetPages) find(ctx context.Context, l lang, q fleet.Search) (kioskList, error) {
	d := kioskList{Text: q.Text, All: !q.Needy}
	found, err := s.cfg.Store.Find(ctx, q)
	if err != nil {
		return d, fmt.Errorf("cannot read kiosks: %w", err)
	}
	ids := make([]string, len(found.Kiosks))
	for i, k := range found.Kiosks {
		ids[i] = k.ID
	}
	alarms, err := s.cfg.Store.AlarmsOf(ctx, ids...)
	if err != nil {
		return d, fmt.Errorf("cannot read alarms: %w", err)
	}

	for _, k := range found.Kiosks {
		d.Rows = append(d.Rows, s.kioskRow(l, viewKiosk(k, alarms[k.ID])))
	}
	d.Total = found.Total
	if len(d.Rows) > 0 {
		d.First, d.Last = int64(q.Offset)+1, int64(q.Offset+len(d.Rows))
	}
	if q.Offset > 0 {
		d.Back = kiosksPath(q, q.Offset-q.Limit)
	}
	if d.Last > 0 && d.Last < d.Total {
		d.Next = kiosksPath(q, q.Offset+q.Limit)
	}

	return d, nil
}

// kiosksPath is where the page of q from the offset on is.
func kiosksPath(q fleet.Search, from int) string {
	v := url.Values{}
	if q.Text != "" {
		v.Set("q", q.Text)
	}
	if q.Needy {
		v.Set("needy", "1")
	}
	if page := from/kiosksOnPage + 1; page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	if len(v) == 0 {
		return "/kiosks"
	}

	return "/kiosks?" + v.Encode()
}

func (s *fleetPages) kiosksPage(w http.ResponseWriter, r *http.Request) {
	l, values := language(r), r.URL.Query()
	q := fleet.Search{Text: values.Get("q"), Needy: values.Get("needy") == "1", Limit: kiosksOnPage}
	if utf8.RuneCountInString(q.Text) > maxKioskText || !utf8.ValidString(q.Text) {
		s.failPage(w, r, fmt.Errorf("q %w: too long", errInput))
		return
	}
	if v := values.Get("page"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxKioskPage {
			s.failPage(w, r, fmt.Errorf("page %w: want 1 to %d", errInput, maxKioskPage))
			return
		}
		q.Offset = (n - 1) * kiosksOnPage
	}
	d, err := s.find(r.Context(), l, q)
	if err == nil && d.Total == 0 {
		d.None, err = s.none(r.Context())
	}
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "kiosks", page{Title: l.t("kiosks"), Nav: "kiosks"}, d)
}

// none reports whether no kiosk is enrolled.
func (s *fleetPages) none(ctx context.Context) (bool, error) {
	all, err := s.cfg.Store.Find(ctx, fleet.Search{Limit: 1})

	return all.Total == 0, err
}

func (s *fleetPages) apiAlarms(w http.ResponseWriter, r *http.Request) {
	list(s.hall, w, r, "alarms", func(ctx context.Context, _ books.Filter) ([]books.Alarm, error) { return s.cfg.Store.Alarms(ctx) })
}

func (s *fleetPages) apiKiosks(w http.ResponseWriter, r *http.Request) {
	list(s.hall, w, r, "kiosks", func(ctx context.Context, _ books.Filter) ([]kioskView, error) { return s.kiosks(ctx) })
}

// kiosks are all, by id.
func (s *fleetPages) kiosks(ctx context.Context) ([]kioskView, error) {
	alarms, err := s.cfg.Store.Alarms(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read alarms: %w", err)
	}
	of := map[string][]books.Alarm{}
	for _, a := range alarms {
		of[a.Kiosk] = append(of[a.Kiosk], a)
	}
	rows, err := s.cfg.Store.Kiosks(ctx)
	if err != nil {
		return nil, fmt.Errorf("cannot read kiosks: %w", err)
	}

	views := make([]kioskView, len(rows))
	for i, k := range rows {
		views[i] = viewKiosk(k, of[k.ID])
	}

	return views, nil
}

func (s *fleetPages) apiKiosk(w http.ResponseWriter, r *http.Request) {
	k, err := s.cfg.Store.Kiosk(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answerKiosk(w, r, k)
}

// answerKiosk tells a program of a kiosk.
func (s *fleetPages) answerKiosk(w http.ResponseWriter, r *http.Request, k fleet.Kiosk) {
	alarms, err := s.cfg.Store.AlarmsOf(r.Context(), k.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, viewKiosk(k, alarms[k.ID]))
}

func (s *fleetPages) apiPlace(w http.ResponseWriter, r *http.Request) {
	var in fleet.Place
	if !s.body(w, r, &in) {
		return
	}
	k, err := s.cfg.Store.SetPlace(r.Context(), r.PathValue("id"), in, person(r.Context()).Name, s.now())
	if err == nil {
		k, err = s.cfg.Store.Kiosk(r.Context(), k.ID) // with the head of its journal
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answerKiosk(w, r, k)
}

func (s *fleetPages) placeForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	id := r.PathValue("id")
	place := fleet.Place{Site: r.PostForm.Get("site"), Address: r.PostForm.Get("address")}
	back := "/kiosks/" + pathEscape(id)
	if _, err := s.cfg.Store.SetPlace(r.Context(), id, place, person(r.Context()).Name, s.now()); err != nil {
		s.refusePage(w, r, err, back)
		return
	}
	http.Redirect(w, r, withNote(back, "place"), http.StatusSeeOther)
}
