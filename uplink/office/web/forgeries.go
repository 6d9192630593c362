package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/people"
)

// forgeryPages are counterfeit notes and what follows from them.
type forgeryPages struct{ *hall }

const (
	photoSuffix   = "/photos"
	maxCandidates = 200 // notes that are shown beside a case
)

func (s *forgeryPages) routes() []route {
	return []route{
		{"GET", api + "/counterfeits", people.Read, false, s.apiList},
		{"POST", api + "/counterfeits", people.Counterfeit, false, s.apiFound},
		{"GET", api + "/counterfeit-figures", people.Read, false, s.apiFigures},
		{"GET", api + "/counterfeits/{id}", people.Read, false, s.apiOne},
		{"GET", api + "/counterfeits/{id}/pack", people.Read, false, s.pack},
		{"POST", api + "/counterfeits/{id}/tell", people.Counterfeit, false, s.apiTell},
		{"POST", api + "/counterfeits/{id}/visit", people.Counterfeit, false, s.apiVisit},
		{"POST", api + "/counterfeits/{id}/decide", actOf(approval.BearLoss), false, s.apiBear},
		{"POST", api + "/counterfeits/{id}/claim", people.Counterfeit, false, s.apiClaim},
		{"POST", api + "/counterfeits/{id}/paid", people.EnterBank, false, s.apiPaid},
		{"POST", api + "/counterfeits/{id}/refused", people.Counterfeit, false, s.apiRefused},
		{"POST", api + "/counterfeits/{id}/drop", actOf(approval.DropClaim), false, s.apiDrop},
		{"POST", api + "/counterfeits/{id}/take-back", actOf(approval.TakeBack), false, s.apiTakeBack},
		{"POST", api + "/counterfeits/{id}" + photoSuffix, people.Counterfeit, false, s.apiPhoto},
		{"GET", api + "/exhibits/{hash}", people.Read, false, s.exhibit},

		{"GET", "/counterfeits", people.Read, true, s.listPage},
		{"POST", "/counterfeits", people.Counterfeit, true, s.foundForm},
		{"GET", "/counterfeits/{id}", people.Read, true, s.casePage},
		{"POST", "/counterfeits/{id}/{act}", people.Counterfeit, true, s.actForm},
	}
}

// forgeryView is a counterfeit case and the notes that may be the one that was found.
type forgeryView struct {
	counterfeit.Case
	Amount     money.Amount `json:"amount"`
	Candidates []cash.Note  `json:"candidates"`
	More       bool         `json:"more"` // there are other candidates
}

// view adds the candidates: notes of these denominations that came into that cassette, or into
// that kiosk, in the time that the finding names.
func (s *forgeryPages) view(ctx context.Context, c counterfeit.Case) (forgeryView, error) {
	v := forgeryView{Case: c, Amount: c.Amount(), Candidates: []cash.Note{}}
	seen := map[money.Amount]bool{}
	for _, n := range c.Notes {
		if seen[n.Value] {
			continue
		}
		seen[n.Value] = true
		notes, err := s.notes(ctx, c, n.Value)
		if err != nil {
			return v, err
		}
		for _, note := range notes {
			inside := note.ClockLost || note.At > c.From && (c.Until == 0 || note.At <= c.Until)
			switch {
			case !inside:
			case len(v.Candidates) == maxCandidates:
				v.More = true
			default:
				v.Candidates = append(v.Candidates, note)
			}
		}
	}

	return v, nil
}

func (s *forgeryPages) notes(ctx context.Context, c counterfeit.Case, value money.Amount) ([]cash.Note, error) {
	if c.Collection != "" {
		notes, err := s.cfg.Store.Cash.NotesOf(ctx, c.Collection, value)
		if err == nil {
			return notes, nil
		}
		if !errors.Is(err, cash.ErrNotPossible) && status(err) != http.StatusNotFound {
			return nil, err
		}
	}

	return s.cfg.Store.Cash.Notes(ctx, c.Kiosk, cash.Point{}, cash.Point{Incarnation: math.MaxUint8, Seq: math.MaxUint64}, value)
}

func status(err error) int {
	n, _, _ := verdict(err)
	return n
}

func (s *forgeryPages) apiList(w http.ResponseWriter, r *http.Request) {
	f, err := filter(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	rows, err := s.cfg.Store.Forgeries.Cases(r.Context(), counterfeit.Filter{Kiosk: f.Kiosk, Open: f.Open, Limit: f.Limit})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"counterfeits": some(rows)})
}

func (s *forgeryPages) apiFigures(w http.ResponseWriter, r *http.Request) {
	rows, err := s.cfg.Store.Forgeries.Figures(r.Context(), millis(s.now()))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"figures": some(rows)})
}

func (s *forgeryPages) apiOne(w http.ResponseWriter, r *http.Request) {
	c, err := s.cfg.Store.Forgeries.Case(r.Context(), r.PathValue("id"))
	s.answer(w, r, http.StatusOK, c, err)
}

// answer tells a program what became of a case.
func (s *forgeryPages) answer(w http.ResponseWriter, r *http.Request, status int, c counterfeit.Case, err error) {
	var v forgeryView
	if err == nil {
		v, err = s.view(r.Context(), c)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, status, v)
}

func (s *forgeryPages) apiFound(w http.ResponseWriter, r *http.Request) {
	var f counterfeit.Finding
	if !s.body(w, r, &f) {
		return
	}
	c, err := s.cfg.Store.Forgeries.Open(r.Context(), f, person(r.Context()).Name, s.now())
	s.answer(w, r, http.StatusOK, c, err)
}

func (s *forgeryPages) apiTell(w http.ResponseWriter, r *http.Request) {
	var in struct {
		How string `json:"how"`
	}
	if !s.body(w, r, &in) {
		return
	}
	c, err := s.cfg.Store.Forgeries.Tell(r.Context(), r.PathValue("id"), in.How, person(r.Context()).Name, s.now())
	s.answer(w, r, http.StatusOK, c, err)
}

func (s *forgeryPages) apiVisit(w http.ResponseWriter, r *http.Request) {
	var in struct {
		At       int64  `json:"at"`
		Who      string `json:"who"`
		Firmware string `json:"firmware"`
		Said     string `json:"said"`
	}
	if !s.body(w, r, &in) {
		return
	}
	v := counterfeit.Visited{At: in.At, Who: in.Who, Firmware: in.Firmware, Said: in.Said}
	c, err := s.cfg.Store.Forgeries.Visit(r.Context(), r.PathValue("id"), v, person(r.Context()).Name, s.now())
	s.answer(w, r, http.StatusOK, c, err)
}

func (s *forgeryPages) apiBear(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Bears  string `json:"bears"`
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	p, err := s.bear(r.Context(), r.PathValue("id"), in.Bears, in.Reason)
	s.answerPlan(w, r, http.StatusAccepted, p, err)
}

func (s *forgeryPages) apiClaim(w http.ResponseWriter, r *http.Request) {
	var in struct {
		How string `json:"how"`
	}
	if !s.body(w, r, &in) {
		return
	}
	c, err := s.cfg.Store.Forgeries.ClaimFrom(r.Context(), r.PathValue("id"), in.How, person(r.Context()).Name, s.now())
	s.answer(w, r, http.StatusOK, c, err)
}

func (s *forgeryPages) apiPaid(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Amount    money.Amount `json:"amount"`
		Reference string       `json:"reference"`
	}
	if !s.body(w, r, &in) {
		return
	}
	c, err := s.paid(r.Context(), r.PathValue("id"), in.Amount, in.Reference)
	s.answer(w, r, http.StatusOK, c, err)
}

func (s *forgeryPages) apiRefused(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Why string `json:"why"`
	}
	if !s.body(w, r, &in) {
		return
	}
	c, err := s.cfg.Store.Forgeries.RefusedBy(r.Context(), r.PathValue("id"), in.Why, person(r.Context()).Name, s.now())
	s.answer(w, r, http.StatusOK, c, err)
}

func (s *forgeryPages) apiDrop(w http.ResponseWriter, r *http.Request) {
	s.apiPropose(w, r, approval.DropClaim)
}

func (s *forgeryPages) apiTakeBack(w http.ResponseWriter, r *http.Request) {
	s.apiPropose(w, r, approval.TakeBack)
}

// apiPropose proposes what is told no more than why.
func (s *forgeryPages) apiPropose(w http.ResponseWriter, r *http.Request, k approval.Kind) {
	var in struct {
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	p, err := s.propose(r.Context(), k, r.PathValue("id"), in.Reason)
	s.answerPlan(w, r, http.StatusAccepted, p, err)
}

// paidForm takes the sum that a maker paid as a person writes it.
func (s *forgeryPages) paidForm(r *http.Request, id string) error {
	who := person(r.Context())
	if !may(who, people.EnterBank) {
		return s.refused(r.Context(), "counterfeit paid", id, errRole)
	}
	sum, err := money.Parse(strings.TrimSpace(r.PostForm.Get("amount")))
	if err != nil {
		return fmt.Errorf("amount %w: want yuan and fen", errInput)
	}
	_, err = s.paid(r.Context(), id, sum, r.PostForm.Get("reference"))

	return err
}

// paid enters what a maker paid; the desk audits that with it, and a refusal is audited here.
func (s *forgeryPages) paid(ctx context.Context, id string, sum money.Amount, reference string) (counterfeit.Case, error) {
	c, err := s.cfg.Store.Forgeries.PaidBy(ctx, id, sum, reference, person(ctx).Name, s.now())

	return c, s.refused(ctx, "counterfeit paid", id, err)
}

// bear proposes who bears the loss.
func (s *forgeryPages) bear(ctx context.Context, id, who, reason string) (approval.Plan, error) {
	return s.proposeWith(ctx, approval.BearLoss, approval.Ask{Object: id, Args: who, Reason: reason})
}

func (s *forgeryPages) apiPhoto(w http.ResponseWriter, r *http.Request) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "image/jpeg" && kind != "image/png" {
		writeError(w, http.StatusUnsupportedMediaType, codeBad, "Content-Type must be image/jpeg or image/png")
		return
	}
	c, err := s.photo(r.Context(), r.PathValue("id"), r.Body)
	s.answer(w, r, http.StatusOK, c, err)
}

func (s *forgeryPages) photo(ctx context.Context, id string, body io.Reader) (counterfeit.Case, error) {
	content, err := io.ReadAll(io.LimitReader(body, counterfeit.MaxPhoto+1))
	if err != nil {
		return counterfeit.Case{}, fmt.Errorf("photograph %w: %w", errInput, err)
	}

	return s.cfg.Store.Forgeries.AddPhoto(ctx, id, content, person(ctx).Name, s.now())
}

// exhibit serves a photograph as it was taken in, and as nothing else.
func (s *forgeryPages) exhibit(w http.ResponseWriter, r *http.Request) {
	x, err := s.cfg.Store.Forgeries.Exhibit(r.Context(), r.PathValue("hash"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", x.Type)
	_, _ = w.Write(x.Content) // a client that has gone is nobody's error
}

func (s *forgeryPages) pack(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	b, err := s.cfg.Store.Forgeries.Pack(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="`+id+`.zip"`)
	_, _ = w.Write(b)
}

type forgeryRow struct {
	counterfeit.Case
	Sum       money.Amount
	When, Due string
	Late      bool
}

// ClaimTone is how the state of its claim looks.
func (r forgeryRow) ClaimTone() string {
	tones := map[counterfeit.ClaimState]string{counterfeit.Paid: "posted", counterfeit.Refused: "owed", counterfeit.Dropped: "cancelled", counterfeit.Void: "cancelled"}
	return cmp.Or(tones[r.Claim.State], "posting")
}

func (s *forgeryPages) row(c counterfeit.Case) forgeryRow {
	zone := s.cfg.Store.Zone()
	return forgeryRow{c, c.Amount(), stamp(c.FoundAt, zone), stamp(c.DueAt, zone), (c.Open() || c.Waits()) && c.DueAt != 0 && c.DueAt < millis(s.now())}
}

type forgeriesData struct {
	Rows    []forgeryRow
	Figures []counterfeit.Figure
}

func (s *forgeryPages) listPage(w http.ResponseWriter, r *http.Request) {
	rows, err := s.cfg.Store.Forgeries.Cases(r.Context(), counterfeit.Filter{})
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	var d forgeriesData
	for _, c := range rows {
		d.Rows = append(d.Rows, s.row(c))
	}
	if d.Figures, err = s.cfg.Store.Forgeries.Figures(r.Context(), millis(s.now())); err != nil {
		s.failPage(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "forgeries", page{Title: language(r).t("forgeries"), Nav: "cases"}, d)
}

type forgeryData struct {
	forgeryRow
	Candidates []cash.Note
	More       bool
	Lines      []counterfeit.Line
	Plans      waiting // that wait for a second person
	Offers     forgeryOffers
}

// forgeryOffers is what a person may do about a case as it stands; where it is for another one
// to do, whose it is says so in words.
type forgeryOffers struct {
	Tell, Visit, Photo, Decide bool
	Claim, Paid, Refused, Drop bool
	Bears                      []counterfeit.Bears // whom a decision may name
	NotDecide, NotPaid         string
	NotDrop                    string
	TakeBack                   bool
	NotTakeBack                string
}

// offers looks at the case and the person, and not at the plans that wait.
func (s *forgeryPages) offers(l lang, c counterfeit.Case, who people.User) forgeryOffers {
	var o forgeryOffers
	works := may(who, people.Counterfeit)
	can := func(e counterfeit.Event, maker bool) bool {
		_, err := counterfeit.Step(c.Stage, e, maker)
		return err == nil
	}
	o.Tell, o.Visit = works && can(counterfeit.Tell, false), works && can(counterfeit.Visit, false)
	o.Photo = works && c.Open()
	o.Bears = c.MayBear()
	o.Decide = len(o.Bears) > 0 && may(who, actOf(approval.BearLoss))
	if len(o.Bears) > 0 && !o.Decide {
		o.NotDecide = l.doneBy(actOf(approval.BearLoss))
	}
	switch takes := may(who, actOf(approval.TakeBack)); {
	case c.MayTakeBack() != nil:
	case !takes:
		o.NotTakeBack = l.doneBy(actOf(approval.TakeBack))
	default:
		o.TakeBack = true
	}
	if c.Stage != counterfeit.StageDecided || c.Decision.Maker <= 0 {
		return o
	}

	ends := func(e counterfeit.ClaimState) bool {
		_, err := counterfeit.StepClaim(c.Claim.State, e)
		return err == nil
	}
	o.Claim, o.Refused = works && ends(counterfeit.Claimed), works && ends(counterfeit.Refused)
	switch enters := may(who, people.EnterBank); {
	case !ends(counterfeit.Paid):
	case !enters:
		o.NotPaid = l.doneBy(people.EnterBank)
	case c.Claim.By == who.Name:
		o.NotPaid = l.t("forgery.paid.other")
	default:
		o.Paid = true
	}
	switch drops := may(who, actOf(approval.DropClaim)); {
	case !ends(counterfeit.Dropped):
	case !drops:
		o.NotDrop = l.doneBy(actOf(approval.DropClaim))
	default:
		o.Drop = true
	}

	return o
}

// ofForgery is what the case of the books says of a counterfeit case: each step is told by its
// key, and the decision by a sentence of head office's own.
func (l lang) ofForgery(e books.CaseEvent) string {
	what, text, found := strings.Cut(e.Text, ": ")
	if _, known := words["forgery.log."+what]; e.What == books.CaseCommented && found && known {
		return l.of("forgery.log", what) + l.t("colon") + l.said(counterfeit.Line{What: what, Text: text})
	}

	return l.reason(e.Text)
}

// said is a line of the history of a counterfeit case in words: who bears a loss, and who was
// given a case that is late, are told by head office itself.
func (l lang) said(line counterfeit.Line) string {
	switch line.What {
	case "decided":
		who, why, _ := strings.Cut(line.Text, ": ")
		return l.of("forgery.by", who) + l.t("colon") + why
	case "escalated":
		return l.reason(line.Text)
	}

	return line.Text
}

func (s *forgeryPages) casePage(w http.ResponseWriter, r *http.Request) {
	c, err := s.cfg.Store.Forgeries.Case(r.Context(), r.PathValue("id"))
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	v, err := s.view(r.Context(), c)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	l := language(r)
	d := forgeryData{forgeryRow: s.row(c), Candidates: v.Candidates, More: v.More, Offers: s.offers(l, c, person(r.Context()))}
	if d.Plans, err = s.pendingOf(r.Context(), l, c.ID); err != nil {
		s.failPage(w, r, err)
		return
	}
	d.Offers.Decide = d.Offers.Decide && !d.Plans.Wait(string(approval.BearLoss))
	d.Offers.Drop = d.Offers.Drop && !d.Plans.Wait(string(approval.DropClaim))
	d.Offers.TakeBack = d.Offers.TakeBack && !d.Plans.Wait()
	for _, line := range c.Log {
		line.Text = l.said(line)
		if line.By == books.ClosedByOffice {
			line.By = l.t("case.office")
		}
		d.Lines = append(d.Lines, line)
	}
	s.show(w, r, http.StatusOK, "forgery", page{Title: l.t("forgeries") + " " + c.ID, Nav: "cases"}, d)
}

// foundForm takes a finding: a note a line, its value in yuan, its number and its kind.
func (s *forgeryPages) foundForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	f, err := s.finding(r)
	var c counterfeit.Case
	now := s.now()
	if err == nil {
		c, err = s.cfg.Store.Forgeries.Open(r.Context(), f, person(r.Context()).Name, now)
	}
	if err != nil {
		s.refusePage(w, r, err, "/counterfeits")
		return
	}
	to := "/counterfeits/" + pathEscape(c.ID)
	if c.Version > 1 || c.OpenedAt != millis(now) { // another note looks the same in a form with minutes
		to = withNote(to, "forgery.same")
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (s *forgeryPages) finding(r *http.Request) (counterfeit.Finding, error) {
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	f := counterfeit.Finding{
		Kiosk: get("kiosk"), Site: get("site"), Found: counterfeit.Found(get("found")), Collection: get("collection"), Cassette: get("cassette"),
		Device: get("device"), Firmware: get("firmware"), Text: get("text"),
	}
	var err error
	for name, to := range map[string]*int64{"found_at": &f.FoundAt, "from": &f.From, "until": &f.Until} {
		at, bad := time.ParseInLocation("2006-01-02T15:04", get(name), s.cfg.Store.Zone())
		if bad != nil {
			return f, fmt.Errorf("%s %w: want a date and time", name, errInput)
		}
		*to = at.UnixMilli()
	}
	for line := range strings.Lines(get("notes")) {
		var n counterfeit.Note
		if n, err = noteOf(line); err != nil {
			return f, err
		}
		f.Notes = append(f.Notes, n)
	}

	return f, nil
}

// noteOf is a note as a person writes it: yuan, number (- where it cannot be read), kind.
func noteOf(line string) (counterfeit.Note, error) {
	words := strings.Fields(line)
	if len(words) != 3 {
		return counterfeit.Note{}, fmt.Errorf("notes %w: a note a line: yuan, number or -, kind", errInput)
	}
	yuan, err := strconv.ParseInt(words[0], 10, 32)
	if err != nil {
		return counterfeit.Note{}, fmt.Errorf("notes %w: %.20q is no value in yuan", errInput, words[0])
	}

	return counterfeit.Note{Value: money.Yuan(yuan), Number: strings.Trim(strings.ToUpper(words[1]), "-"), Kind: kindOf(words[2])}, nil
}

// kindOf is a kind of counterfeit note as a person writes it, in either language; what is
// none is refused with the rest.
func kindOf(word string) counterfeit.Kind {
	for _, k := range []counterfeit.Kind{counterfeit.Printed, counterfeit.Copied, counterfeit.Spliced, counterfeit.Unsure} {
		if word == zh.of("forgery.kind", string(k)) {
			return k
		}
	}

	return counterfeit.Kind(word)
}

func (s *forgeryPages) actForm(w http.ResponseWriter, r *http.Request) {
	id, act := r.PathValue("id"), r.PathValue("act")
	back := "/counterfeits/" + pathEscape(id)
	if act == "photos" {
		s.photoForm(w, r, id, back)
		return
	}
	if !slices.Contains([]string{"tell", "visit", "decide", "claim", "paid", "refused", "drop", "take-back"}, act) {
		s.errorPage(w, r, http.StatusNotFound)
		return
	}
	if !s.form(w, r) {
		return
	}
	if act == "decide" || act == "drop" || act == "take-back" {
		p, err := s.planForm(r, id, act)
		if err != nil {
			s.refusePage(w, r, err, back)
			return
		}
		s.toPlan(w, r, p, nil)
		return
	}
	if err := s.workForm(r, id, act); err != nil {
		s.refusePage(w, r, err, back)
		return
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}

// planForm proposes what two people do.
func (s *forgeryPages) planForm(r *http.Request, id, act string) (approval.Plan, error) {
	reason := r.PostForm.Get("reason")
	switch act {
	case "drop":
		return s.propose(r.Context(), approval.DropClaim, id, reason)
	case "take-back":
		return s.propose(r.Context(), approval.TakeBack, id, reason)
	}

	return s.bear(r.Context(), id, r.PostForm.Get("bears"), reason)
}

// workForm does what one person does.
func (s *forgeryPages) workForm(r *http.Request, id, act string) (err error) {
	by, desk := person(r.Context()).Name, s.cfg.Store.Forgeries
	switch act {
	case "tell":
		_, err = desk.Tell(r.Context(), id, r.PostForm.Get("how"), by, s.now())
	case "visit":
		v := counterfeit.Visited{At: millis(s.now()), Who: r.PostForm.Get("who"), Firmware: r.PostForm.Get("firmware"), Said: r.PostForm.Get("said")}
		_, err = desk.Visit(r.Context(), id, v, by, s.now())
	case "claim":
		_, err = desk.ClaimFrom(r.Context(), id, r.PostForm.Get("how"), by, s.now())
	case "refused":
		_, err = desk.RefusedBy(r.Context(), id, r.PostForm.Get("why"), by, s.now())
	default:
		err = s.paidForm(r, id)
	}

	return err
}

func (s *forgeryPages) photoForm(w http.ResponseWriter, r *http.Request, id, back string) {
	parts, err := r.MultipartReader()
	if err != nil {
		s.errorPage(w, r, http.StatusBadRequest)
		return
	}
	part, err := parts.NextPart()
	if err != nil || part.FormName() != "photo" {
		s.errorPage(w, r, http.StatusBadRequest)
		return
	}
	if _, err := s.photo(r.Context(), id, part); err != nil {
		s.refusePage(w, r, err, back)
		return
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}
