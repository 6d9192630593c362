package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"wattkiosk/payments/compensation"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
)

// caseView is a case as programs get it by itself: with how the customer is reached.
type caseView struct {
	books.Case
	Contact string `json:"contact"`
}

func (s *booksPages) apiCase(w http.ResponseWriter, r *http.Request) {
	d, err := s.caseDetail(r.Context(), r.PathValue("id"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"case": caseView{d.Case, d.Case.Contact}, "history": some(d.Events), "others": some(d.Others)})
}

func (s *booksPages) apiAssign(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Owner    string `json:"owner"`
		NextStep string `json:"next_step"`
		DueAt    int64  `json:"due_at"`
		Contact  string `json:"contact"`
	}
	if !s.body(w, r, &in) {
		return
	}
	s.answerCase(w, r)(s.assign(r.Context(), r.PathValue("id"), books.Assignment(in)))
}

func (s *booksPages) apiComment(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Text string `json:"text"`
	}
	if !s.body(w, r, &in) {
		return
	}
	s.answerCase(w, r)(s.comment(r.Context(), r.PathValue("id"), in.Text))
}

// answerCase tells a program what became of a case.
func (s *booksPages) answerCase(w http.ResponseWriter, r *http.Request) func(books.Case, error) {
	return func(c books.Case, err error) {
		if err != nil {
			s.fail(w, r, err)
			return
		}
		writeJSON(w, http.StatusOK, caseView{c, c.Contact})
	}
}

func (s *booksPages) assign(ctx context.Context, id string, a books.Assignment) (books.Case, error) {
	for _, said := range []*string{&a.Owner, &a.NextStep, &a.Contact} {
		*said = strings.TrimSpace(*said)
	}
	if len(a.Owner) > maxUser {
		return books.Case{}, fmt.Errorf("owner %w: too long", errInput)
	}

	return s.cfg.Store.AssignCase(ctx, id, a, person(ctx).Name, s.now())
}

func (s *booksPages) comment(ctx context.Context, id, text string) (books.Case, error) {
	text, err := checkReason("text", text)
	if err != nil {
		return books.Case{}, err
	}

	return s.cfg.Store.CommentCase(ctx, id, text, person(ctx).Name, s.now())
}

// caseLine is one line of the history of a case.
type caseLine struct {
	books.CaseEvent
	When, Title, Actor, Said string
}

type casePageData struct {
	caseRow
	Lines   []caseLine
	Others  []caseRow
	Payment bool   // there is a payment to show
	Acts    string // who acts next on its payment, in words; empty where that is not known
	Me      string
	Due     string // the date, as the form has it
	Late    bool   // that date is over
	PayOut  bool   // the counter may give it to the customer, as far as the case tells
	// NotPayOut is why whoever looks may not propose that, in words.
	NotPayOut string
	PaidOut   bool // it did
	Held      *heldData
}

// nextActor is who acts next on a payment, by its cell of the compensation table. Head
// office knows the end of a posting before the kiosk's records do.
func nextActor(d books.Detail) compensation.Actor {
	f := d.Transaction.Folded.Facts()
	if p := d.Posting; p != nil && f.Money == leg.Done && f.Post == leg.Moving {
		switch p.State {
		case posting.Posted:
			f.Post = leg.Done
		case posting.Owed:
			f.Post = leg.NotDone
		case posting.Disputed:
			f.Post = leg.Unknown
		}
	}

	return compensation.For(f).Who
}

func (s *booksPages) casePage(w http.ResponseWriter, r *http.Request) {
	d, err := s.caseDetail(r.Context(), r.PathValue("id"))
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	l := language(r)
	buys := d.Of != nil && d.Of.Posting != nil && d.Of.Posting.System() == mis.CardSystem
	data := casePageData{caseRow: s.caseRow(r.Context(), l, d.Case, buys), Payment: d.Of != nil, Me: d.Case.Owner}
	if d.Case.Open && d.Of != nil && d.Of.Transaction.Folded != nil {
		who := nextActor(*d.Of)
		if who == compensation.Nobody && d.Case.Class == books.ClassBreak { // settled here, and otherwise in a book of others
			who = compensation.HeadOffice
		}
		data.Acts = l.of("acts", string(who))
	}
	if d.Case.DueAt != 0 {
		due := time.UnixMilli(d.Case.DueAt)
		data.Due = due.In(s.cfg.Store.Zone()).Format(time.DateOnly)
		data.Late = d.Case.Open && due.AddDate(0, 0, 1).Before(s.now())
	}
	if me := person(r.Context()); data.Me == "" && me.Role != people.RoleAuditor {
		data.Me = me.Name
	}
	if d.Of != nil {
		data.caseRow = data.notTheirs(r.Context(), l, *d.Of)
	}
	data.PayOut = d.Case.Open && d.Case.Amount > 0 && d.Case.Serial != "" && slices.Contains([]string{books.ClassOwed, books.ClassDisputed, books.ClassNote}, d.Case.Class)
	if data.NotPayOut = data.NotYours; data.NotPayOut == "" && !may(person(r.Context()), actOf(approval.PayOut)) {
		data.NotPayOut = l.doneBy(actOf(approval.PayOut))
	}
	_, err = s.cfg.Store.Payout(r.Context(), d.Case.ID)
	data.PaidOut = err == nil
	if data.Held, err = s.held(r.Context(), d.Case); err != nil {
		s.failPage(w, r, err)
		return
	}
	for _, e := range d.Events {
		line := caseLine{CaseEvent: e, When: stamp(e.At, s.cfg.Store.Zone()), Title: l.of("caseev", string(e.What)), Actor: e.By, Said: e.Text}
		if e.By == books.ClosedByOffice {
			line.Actor = l.t("case.office")
		}
		switch {
		case e.What == books.CaseOpened || e.What == books.CaseReopened || e.What == books.CaseEvidence:
			line.Said = l.basis(e.Text)
		case d.Case.Class == books.ClassCounterfeit:
			line.Said = l.ofForgery(e)
		}
		data.Lines = append(data.Lines, line)
	}
	for _, c := range d.Others {
		data.Others = append(data.Others, s.caseRow(r.Context(), l, c, buys))
	}
	s.show(w, r, http.StatusOK, "casepage", page{Title: l.t("case.title") + " " + d.Case.ID, Nav: "cases"}, data)
}

func (s *booksPages) assignForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	id := r.PathValue("id")
	a := books.Assignment{Owner: r.PostForm.Get("owner"), NextStep: r.PostForm.Get("next"), Contact: r.PostForm.Get("contact")}
	if due := r.PostForm.Get("due"); due != "" {
		at, err := time.ParseInLocation(time.DateOnly, due, s.cfg.Store.Zone())
		if err != nil {
			s.refusePage(w, r, fmt.Errorf("due %w: want YYYY-MM-DD", errInput), casePath(id))
			return
		}
		a.DueAt = at.UnixMilli()
	}
	if _, err := s.assign(r.Context(), id, a); err != nil {
		s.refusePage(w, r, err, casePath(id))
		return
	}
	http.Redirect(w, r, withNote(casePath(id), "assigned"), http.StatusSeeOther)
}

func (s *booksPages) commentForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	id := r.PathValue("id")
	if _, err := s.comment(r.Context(), id, r.PostForm.Get("text")); err != nil {
		s.refusePage(w, r, err, casePath(id))
		return
	}
	http.Redirect(w, r, casePath(id), http.StatusSeeOther)
}

func casePath(id string) string { return "/cases/" + pathEscape(id) }
