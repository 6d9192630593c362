package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/stored"
)

// datePages are business dates: what a night's reconciliation found, and the signature.
type datePages struct {
	*hall
	people *peoplePages // who checks the password of who signs
	seals  seals
}

func (s *datePages) routes() []route {
	return []route{
		{"GET", api + "/dates", people.Read, false, s.apiDates},
		{"GET", api + "/dates/{date}", people.Read, false, s.apiDate},
		{"POST", api + "/dates/{date}/sign", people.SignDate, false, s.apiSign},
		{"POST", api + "/dates/{date}/run", people.RunDate, false, s.apiRun},

		{"GET", "/dates", people.Read, true, s.datesPage},
		{"GET", "/dates/{date}", people.Read, true, s.datePage},
		{"POST", "/dates/{date}/sign", people.SignDate, true, s.signForm},
		{"POST", "/dates/{date}/run", people.RunDate, true, s.runForm},
		{"POST", "/dates/{date}/reopen", actOf(approval.ReopenDate), true, s.reopenForm},
	}
}

// errSign says that a password was not that of the accountant who signs.
var errSign = errors.New("the password is not right")

// day is the business date of a path, YYYYMMDD; there it is YYYY-MM-DD.
func day(r *http.Request) (string, error) {
	t, err := time.Parse(time.DateOnly, r.PathValue("date"))
	if err != nil {
		return "", fmt.Errorf("date %w: want YYYY-MM-DD", errInput)
	}

	return t.Format("20060102"), nil
}

// dashed is a business date as people and paths have it.
func dashed(day string) string {
	t, err := time.Parse("20060102", day)
	if err != nil {
		return day
	}

	return t.Format(time.DateOnly)
}

// dateView is a date as programs get it; times are Unix ms, 0 for never.
type dateView struct {
	Date    string           `json:"date"`
	Status  string           `json:"status"`
	Run     int64            `json:"run"`
	RanAt   int64            `json:"ran_at"`
	Books   []settle.Figures `json:"books"`
	Missing []string         `json:"missing"`

	Standing []settle.Standing `json:"standing"` // of each book by itself

	Breaks   int64  `json:"open_breaks"`
	SignedBy string `json:"signed_by"`
	SignedAt int64  `json:"signed_at"`
	Seal     string `json:"seal"`
}

func viewDate(d settle.Date) dateView {
	return dateView{
		Date: dashed(d.Day), Status: string(d.State), Run: d.Run, RanAt: d.RanAt, Books: some(d.Books), Missing: some(d.Missing), Standing: some(d.Standings()), Breaks: d.Breaks,
		SignedBy: d.SignedBy, SignedAt: d.SignedAt, Seal: d.Seal,
	}
}

// breakView is a break as programs get it, beside what officed reconcile says of it.
type breakView struct {
	ID         string                  `json:"id"`
	Class      string                  `json:"class"`
	Serial     string                  `json:"serial"`
	Batch      string                  `json:"batch"`
	Account    string                  `json:"account"`
	Kiosk      string                  `json:"kiosk"`
	Sides      map[string]money.Amount `json:"sides"`
	Lacks      []string                `json:"lacks"` // the books that must have it and have nothing
	Proposal   string                  `json:"proposal"`
	State      string                  `json:"state"`
	Owner      string                  `json:"owner"`
	NextStep   string                  `json:"next_step"`
	Resolution string                  `json:"resolution"`
}

// fileView is a file as programs get it.
type fileView struct {
	Book       string       `json:"book"`
	Part       string       `json:"part"`
	Name       string       `json:"name"`
	Count      int64        `json:"count"`
	Sum        money.Amount `json:"sum"`
	SHA256     string       `json:"sha256"`
	By         string       `json:"by"`
	At         int64        `json:"at"`
	ReplacedAt int64        `json:"replaced_at"`
}

func viewFile(f settle.File) fileView {
	return fileView{f.Kind, f.Part, f.Name, f.Count, f.Sum, f.SHA256, f.By, f.At, f.ReplacedAt}
}

// dayBook is a date with the cases of its breaks, by their ids.
type dayBook struct {
	settle.Detail
	cases map[string]books.Case
	more  string // the last break of a list that is cut; empty of one that is whole
}

// dayBook is a date with its breaks after one of them, at most stored.MaxList.
func (s *datePages) dayBook(ctx context.Context, day, after string) (dayBook, error) {
	out := dayBook{}
	var err error
	if out.Detail, err = s.cfg.Store.Settle.Detail(ctx, day); err != nil {
		return out, err
	}
	if after != "" {
		if out.Breaks, err = s.cfg.Store.Settle.Breaks(ctx, day, after, stored.MaxList); err != nil {
			return out, err
		}
	}
	if n := len(out.Breaks); n == stored.MaxList {
		out.more = out.Breaks[n-1].ID
	}
	var ids []string
	for _, b := range out.Breaks {
		ids = append(ids, b.ID)
	}
	for _, f := range out.Files {
		ids = append(ids, settle.RefusedCase(day, strings.TrimSpace(f.Kind+" "+f.Part)))
	}
	slices.Sort(ids)
	out.cases, err = s.cfg.Store.CasesNamed(ctx, slices.Compact(ids))

	return out, err
}

// refused are the books of a date that go by an old file, each with its case.
func (d dayBook) refused() (out []books.Case) {
	seen := map[string]bool{}
	for _, f := range d.Files {
		id := settle.RefusedCase(d.Date.Day, strings.TrimSpace(f.Kind+" "+f.Part))
		if c := d.cases[id]; c.Open && !seen[id] {
			out = append(out, c)
		}
		seen[id] = true
	}

	return out
}

func (s *datePages) apiDates(w http.ResponseWriter, r *http.Request) {
	rows, err := s.cfg.Store.Settle.Dates(r.Context(), "", defaultList)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	views := make([]dateView, len(rows))
	for i, d := range rows {
		views[i] = viewDate(d)
	}
	writeJSON(w, http.StatusOK, map[string]any{"dates": views})
}

func (s *datePages) apiDate(w http.ResponseWriter, r *http.Request) {
	of, err := day(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d, err := s.dayBook(r.Context(), of, r.URL.Query().Get("after"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	breaks, files := make([]breakView, len(d.Breaks)), make([]fileView, len(d.Files))
	for i, b := range d.Breaks {
		c := d.cases[b.ID]
		breaks[i] = breakView{
			b.ID, string(b.Class), b.Serial, b.Batch, b.Account, b.Kiosk, b.Sides, b.Lacking(), string(b.Proposal), string(b.State), c.Owner, c.NextStep, b.Resolution,
		}
	}
	for i, f := range d.Files {
		files[i] = viewFile(f)
	}
	writeJSON(w, http.StatusOK, map[string]any{"date": viewDate(d.Date), "breaks": breaks, "files": files, "settlements": some(d.Date.Settlements), "next": d.more})
}

// sign seals a date; the store audits that with it, and a refusal is audited here.
func (s *datePages) sign(r *http.Request, password string) (settle.Date, error) {
	of, err := day(r)
	if err != nil {
		return settle.Date{}, err
	}
	d, err := s.seal(r, of, password)

	return d, s.refused(r.Context(), "sign date", of, err)
}

// seal signs a date. Who does gives the password again: an open page is not a person.
func (s *datePages) seal(r *http.Request, of, password string) (settle.Date, error) {
	who := person(r.Context())
	tries := "sign " + who.Name // apart from logins: who plays with an open page keeps nobody out
	if len(password) > passwd.Max || !s.limits.byUser.take(tries, s.now()) {
		return settle.Date{}, errBusy
	}
	right, err := s.people.acquainted.check(r.Context(), who.Hash, password)
	if err != nil {
		return settle.Date{}, err
	}
	if !right {
		return settle.Date{}, errSign
	}
	s.limits.byUser.clear(tries)

	d, err := s.cfg.Store.Settle.Sign(r.Context(), of, who.Name, s.now())
	s.cfg.Notes()

	return d, err
}

func (s *datePages) apiSign(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Password string `json:"password"`
	}
	if !s.body(w, r, &in) {
		return
	}
	d, err := s.sign(r, in.Password)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, viewDate(d))
}

// run has a date reconciled again, now.
func (s *datePages) run(r *http.Request) error {
	of, err := day(r)
	switch {
	case err != nil:
		return err
	case s.cfg.Reconcile == nil:
		return fmt.Errorf("reconciliation: %w", errNotOffered)
	}
	if err := s.audit(r.Context(), person(r.Context()).Name, "reconcile date", of, ""); err != nil {
		return err
	}

	return s.cfg.Reconcile(r.Context(), of)
}

func (s *datePages) apiRun(w http.ResponseWriter, r *http.Request) {
	if err := s.run(r); err != nil {
		s.fail(w, r, err)
		return
	}
	s.apiDate(w, r)
}

// dateTones are how states of a date look.
var dateTones = map[settle.State]string{
	settle.Open: books.StatusCancelled, settle.Balanced: books.StatusPosted, settle.Broken: books.StatusOwed,
	settle.Incomplete: books.StatusPosting, settle.Signed: books.StatusPosted,
}

// dateRow is a date in the table.
type dateRow struct {
	settle.Date
	Name, Tone, Ran string
	Own             settle.Figures // of the kiosks
	First           gap            // the first thing that is not here
	More            int            // how many others are not
}

func (s *datePages) row(l lang, d settle.Date) dateRow {
	row := dateRow{Date: d, Name: dashed(d.Day), Tone: dateTones[d.State], Ran: clock(d.RanAt, s.now(), s.cfg.Store.Zone())}
	if len(d.Books) > 0 {
		row.Own = d.Books[0]
	}
	if len(d.Missing) > 0 {
		row.First, row.More = l.gap(d.Missing[0]), len(d.Missing)-1
	}

	return row
}

// gap is something that a date lacks.
type gap struct {
	Kiosk, Book string // one of them, or neither
	Part        string // of a book that has several
	Why         string
}

// gap is what settle.Date.Missing says, in words.
func (l lang) gap(missing string) gap {
	what, why, _ := strings.Cut(missing, ": ")
	kind, name, _ := strings.Cut(what, " ")
	if n, rest, ok := strings.Cut(why, " "); ok && strings.Trim(n, "0123456789") == "" {
		why = fmt.Sprintf(l.of("gap", "# "+rest), n)
	} else {
		why = l.of("gap", why)
	}
	switch kind {
	case "kiosk":
		return gap{Kiosk: name, Why: why}
	case "book":
		book, part, _ := strings.Cut(name, " ")
		return gap{Book: book, Part: part, Why: why}
	}

	return gap{Why: l.of("gap", kind) + " " + why}
}

// overviewDates is how many dates the overview shows: the oldest that are to be signed.
const overviewDates = 3

// unsigned are the dates that are to be signed, the oldest first: in that order they are.
func (s *datePages) unsigned(ctx context.Context, l lang) ([]dateRow, error) {
	rows, err := s.cfg.Store.Settle.Unsigned(ctx, overviewDates)
	if err != nil {
		return nil, err
	}
	out := make([]dateRow, len(rows))
	for i, d := range rows {
		out[i] = s.row(l, d)
	}

	return out, nil
}

// datesData are the newest dates, and how old the open breaks of all are.
type datesData struct {
	Rows []dateRow
	Ages settle.Ages
}

// Any reports whether a break is open.
func (d datesData) Any() bool {
	return slices.ContainsFunc(d.Ages.Since, func(a settle.Aged) bool { return a.Breaks > 0 })
}

func (s *datePages) datesPage(w http.ResponseWriter, r *http.Request) {
	rows, err := s.cfg.Store.Settle.Dates(r.Context(), "", defaultList)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	l := language(r)
	d := make([]dateRow, len(rows))
	for i, row := range rows {
		d[i] = s.row(l, row)
	}
	ages, err := s.cfg.Store.Settle.Ages(r.Context(), s.now())
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "dates", page{Title: l.t("dates"), Nav: "dates"}, datesData{d, ages})
}

// side is what one book has of a break.
type side struct {
	Book, Amount string
	Lacks        bool // it must have one, and has none
}

// breakRow is a break in the table.
type breakRow struct {
	settle.Break
	Columns []side // one a book of the date, empty where it has nothing
	Case    books.Case
	Due     string
	Tone    string
	Age     string // of an open one
	Old     bool   // it has passed the first of books.CaseAges
}

// standRow is how a book stands by itself, with its figures where it is here.
type standRow struct {
	settle.Standing
	settle.Figures
	Has  bool
	Tone string
	Why  gap
}

// standRows are the books of a date, and the parts of one that are not here.
func (l lang) standRows(d settle.Date) []standRow {
	var out []standRow
	for _, s := range d.Standings() {
		row := standRow{Standing: s, Tone: dateTones[s.State]}
		if i := slices.IndexFunc(d.Books, func(f settle.Figures) bool { return f.Name == s.Book }); i >= 0 && s.Part == "" {
			row.Figures, row.Has = d.Books[i], true
		}
		if s.Why != "" {
			if !strings.Contains(s.Why, ": ") {
				s.Why = "book " + s.Book + ": " + s.Why
			}
			row.Why = l.gap(s.Why)
		}
		out = append(out, row)
	}

	return out
}

type dateData struct {
	dateRow
	Standing []standRow
	Gaps     []gap
	Altered  []settle.Wrong // of a signed date
	Columns  []string       // the books that breaks have sides in
	Breaks   []breakRow
	Settled  []breakRow // agreed, or closed by a person
	Files    []settle.File
	Refused  []books.Case // of books that go by an old file
	More     string       // the break after which the list goes on
	Part     bool         // the list of breaks is a part of it
	Held     string       // key of the words for what keeps it from being signed; empty: it may be
	CanSign  bool         // what the person who looks may do
	CanRun   bool
	Bring    []string // the books that the person who looks may bring; none: nobody may, or not they
	CanOpen  bool
	Plans    waiting
}

func (s *datePages) datePage(w http.ResponseWriter, r *http.Request) {
	of, err := day(r)
	if err != nil {
		s.errorPage(w, r, http.StatusNotFound)
		return
	}
	after := r.URL.Query().Get("after")
	d, err := s.dayBook(r.Context(), of, after)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	l := language(r)
	data := dateData{dateRow: s.row(l, d.Date), Standing: l.standRows(d.Date), Files: d.Files, Refused: d.refused(), More: d.more, Part: after != "" || d.more != "", CanRun: s.cfg.Reconcile != nil && d.Date.State != settle.Signed}
	for _, m := range d.Date.Missing {
		data.Gaps = append(data.Gaps, l.gap(m))
	}
	if d.Date.State == settle.Signed {
		data.Altered, err = s.seals.wrong(r.Context(), d.Date, s.now(), itself(r), s.cfg.Store.Settle.Unsealed)
		if err == nil && !itself(r) {
			err = s.cfg.Store.AuditOnce(r.Context(), settle.Acts(data.Altered, person(r.Context()).Name, s.now()))
		}
		if err != nil {
			s.failPage(w, r, err)
			return
		}
	}
	data.Columns = columns(d.Breaks)
	for _, b := range d.Breaks {
		row := s.breakRow(l, data.Columns, b, d.cases[b.ID])
		if b.State == settle.BreakOpen {
			data.Breaks = append(data.Breaks, row)
		} else {
			data.Settled = append(data.Settled, row)
		}
	}
	data.Held = held(d.Date, data.Breaks)
	if data.Plans, err = s.pendingOf(r.Context(), l, d.Date.Day); err != nil {
		s.failPage(w, r, err)
		return
	}
	data.CanOpen = d.Date.State == settle.Signed && !data.Plans.Wait() && s.cfg.Store.Plans.MayPropose(approval.ReopenDate, person(r.Context()).Role)
	data.CanSign = data.Held == "" && may(person(r.Context()), people.SignDate)
	if s.cfg.Bring != nil && d.Date.State != settle.Signed && may(person(r.Context()), people.BringBook) {
		data.Bring = settle.BookNames()
	}
	s.show(w, r, http.StatusOK, "date", page{Title: l.t("date.of", data.Name), Nav: "dates"}, data)
}

// columns are the books that breaks have sides in, or lack one in, in their order.
func columns(breaks []settle.Break) []string {
	var out []string
	for n := range reconcile.MaxBooks {
		name := reconcile.BookName(n)
		if slices.ContainsFunc(breaks, func(b settle.Break) bool { _, has := b.Sides[name]; return has || b.Lacks.Has(n) }) {
			out = append(out, name)
		}
	}

	return out
}

func (s *datePages) breakRow(l lang, columns []string, b settle.Break, c books.Case) breakRow {
	row := breakRow{Break: b, Case: c, Due: clock(c.DueAt, s.now(), s.cfg.Store.Zone()), Tone: books.StatusOwed}
	if b.State == settle.BreakOpen {
		row.Age, row.Old = l.lasted(s.now().Sub(time.UnixMilli(b.FoundAt))), b.Age(s.now()) > 0
	}
	switch {
	case b.State != settle.BreakOpen:
		row.Tone = books.StatusPosted
	case b.Proposal == reconcile.Wait || b.Proposal == reconcile.AskKiosk:
		row.Tone = books.StatusPosting
	}
	for _, name := range columns {
		one := side{Book: name, Lacks: lacks(b, name)}
		if a, has := b.Sides[name]; has {
			one.Amount = grouped(a)
		}
		row.Columns = append(row.Columns, one)
	}

	return row
}

// lacks reports whether a break is missing from a book.
func lacks(b settle.Break, book string) bool {
	n, is := reconcile.BookOf(book)

	return is && b.Lacks.Has(n)
}

// held is the key of the words for what keeps a date from being signed.
func held(d settle.Date, open []breakRow) string {
	switch {
	case d.State == settle.Signed:
		return "date.held.signed"
	case d.State == settle.Open:
		return "date.held.open"
	case d.State == settle.Incomplete:
		return "date.held.incomplete"
	case slices.ContainsFunc(open, func(b breakRow) bool { return b.Case.Owner == "" || b.Case.NextStep == "" }):
		return "date.held.breaks"
	}

	return ""
}

func (s *datePages) signForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	back := "/dates/" + pathEscape(r.PathValue("date"))
	if _, err := s.sign(r, r.PostForm.Get("password")); err != nil {
		s.refuseDate(w, r, err, back)
		return
	}
	http.Redirect(w, r, withNote(back, "signed"), http.StatusSeeOther)
}

func (s *datePages) runForm(w http.ResponseWriter, r *http.Request) {
	back := "/dates/" + pathEscape(r.PathValue("date"))
	if err := s.run(r); err != nil {
		s.refuseDate(w, r, err, back)
		return
	}
	http.Redirect(w, r, withNote(back, "ran"), http.StatusSeeOther)
}

// reopenForm proposes to open a signed date again; another person has to approve it.
func (s *datePages) reopenForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	of, err := day(r)
	if err != nil {
		s.errorPage(w, r, http.StatusNotFound)
		return
	}
	p, err := s.propose(r.Context(), approval.ReopenDate, of, r.PostForm.Get("reason"))
	if err != nil {
		s.refuseDate(w, r, err, "/dates/"+dashed(of))
		return
	}
	s.toPlan(w, r, p, nil)
}

// dateRefusals are what people are told why a date is not signed, or not run.
var dateRefusals = []struct {
	err error
	key string
}{
	{errSign, "date.no.password"},
	{errBusy, "login.busy"},
	{settle.ErrSigned, "date.held.signed"},
	{settle.ErrIncomplete, "date.held.incomplete"},
	{settle.ErrUnhandled, "date.held.breaks"},
	{settle.ErrBefore, "date.no.before"},
	{settle.ErrAltered, "date.no.altered"},
	{settle.ErrDue, "date.no.due"},
	{settle.ErrUnsigned, "date.no.unsigned"},
	{settle.ErrLater, "date.no.later"},
	{approval.ErrNotAllowed, "date.no.role"},
	{approval.ErrPending, "planerr.pending"},
	{settle.ErrCashRule, "date.no.cashrule"},
	{settle.ErrManyRules, "date.no.cashrule"},
	{settle.ErrEscalation, "date.no.step"},
	{errInput, "date.no.cashrule"},
	{settle.ErrCashOwed, "date.no.cashowed"},
	{settle.ErrNotOwed, "date.no.notowed"},
	{settle.ErrBusy, "date.no.busy"},
	{settle.ErrLost, "date.no.busy"},
	{settle.ErrEarly, "date.no.early"},
	{settle.ErrFirst, "date.no.first"},
}

// refuseDate tells why, and where to go back to.
func (s *datePages) refuseDate(w http.ResponseWriter, r *http.Request, err error, back string) {
	for _, no := range dateRefusals {
		if errors.Is(err, no.err) {
			status, _, _ := verdict(err)
			s.show(w, r, status, "date-refused", page{Title: language(r).t("dates"), Nav: "dates"}, map[string]string{"Key": no.key, "Back": back})
			return
		}
	}
	s.failPage(w, r, err)
}
