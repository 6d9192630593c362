package web

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/people"
)

// Acts on a plan, as they stand in paths.
const (
	actApprove = "approve"
	actRefuse  = "refuse"
)

func (s *planPages) routes() []route {
	return []route{
		{"GET", api + "/plans", people.Decide, false, s.apiPlans},
		{"POST", api + "/plans", people.Decide, false, s.apiPropose},
		{"GET", api + "/plans/{id}", people.Decide, false, s.apiPlan},
		{"POST", api + "/plans/{id}/approve", people.Decide, false, s.apiApprove},
		{"POST", api + "/plans/{id}/refuse", people.Decide, false, s.apiRefuse},

		{"GET", "/plans", people.Decide, true, s.plansPage},
		{"GET", "/plans/{id}", people.Decide, true, s.planPage},
		{"POST", "/plans/{id}/{act}", people.Decide, true, s.planForm},
	}
}

// planVerdicts are how what the desk refuses is told; the errors are for people as they are.
var planVerdicts = []struct {
	err    error
	status int
	code   string
	words  string
}{
	{cash.ErrCollector, http.StatusForbidden, codeTwo, "collector"},
	{cash.ErrOther, http.StatusForbidden, codeTwo, "other"},
	{cash.ErrRemitted, http.StatusConflict, codeConflict, "remitted"},
	{books.ErrOwnReversal, http.StatusForbidden, codeTwo, "reversal"},
	{books.ErrUnreported, http.StatusConflict, codeConflict, "unreported"},
	{books.ErrAtKiosk, http.StatusConflict, codeConflict, "at-kiosk"},
	{books.ErrWent, http.StatusConflict, codeConflict, "went"},
	{books.ErrCameBack, http.StatusConflict, codeConflict, "came-back"},
	{books.ErrAsked, http.StatusConflict, codeConflict, "asked"},
	{bank.ErrGiveBack, http.StatusConflict, codeConflict, "give-back"},
	{bank.ErrAnswer, http.StatusBadRequest, codeBad, "answer"},
	{books.ErrReversible, http.StatusConflict, codeConflict, "reversible"},
	{approval.ErrTwoPeople, http.StatusForbidden, codeTwo, "own"},
	{approval.ErrNotAllowed, http.StatusForbidden, codeForbidden, "role"},
	{approval.ErrPending, http.StatusConflict, codePending, "pending"},
	{approval.ErrDecided, http.StatusConflict, codeConflict, "decided"},
	{approval.ErrExpired, http.StatusConflict, codeExpired, "expired"},
	{approval.ErrAnother, http.StatusConflict, codeAnotherPlan, "another"},
	{approval.ErrAltered, http.StatusConflict, codeAnotherPlan, "altered"},
	{approval.ErrChanged, http.StatusConflict, codeConflict, "changed"},
	{approval.ErrKind, http.StatusBadRequest, codeBad, "kind"},
}

// planView is a plan as programs get it; times are Unix ms, 0 for none.
type planView struct {
	ID        string          `json:"id"`
	Kind      string          `json:"kind"`
	Object    string          `json:"object"`
	Serial    string          `json:"serial"`
	Amount    money.Amount    `json:"amount"`
	Reason    string          `json:"reason"`
	By        string          `json:"by"`
	At        int64           `json:"at"`
	ExpiresAt int64           `json:"expires_at"`
	Plan      json.RawMessage `json:"plan"` // what will be done, and what it starts from
	Hash      string          `json:"hash"` // of all above: who approves names it
	State     string          `json:"state"`
	Decider   string          `json:"decider"`
	DecidedAt int64           `json:"decided_at"`
	Said      string          `json:"said"`
	Mine      bool            `json:"may_approve"` // by who asks
}

func (s *hall) viewPlan(ctx context.Context, p approval.Plan) planView {
	return planView{
		p.ID, string(p.Kind), p.Object, p.Serial, p.Amount, p.Reason, p.By, p.At, p.ExpiresAt, json.RawMessage(p.Body), p.Hash.String(),
		string(p.State), p.Decider, p.DecidedAt, p.Said, p.State == approval.Pending && s.cfg.Store.Plans.MayApprove(p, person(ctx)),
	}
}

// propose makes a plan that another person has to approve; the desk audits that with it.
func (s *hall) propose(ctx context.Context, k approval.Kind, object, reason string) (approval.Plan, error) {
	return s.proposeWith(ctx, k, approval.Ask{Object: object, Reason: reason})
}

// proposeWith is propose for a kind that is told more than its object.
func (s *hall) proposeWith(ctx context.Context, k approval.Kind, ask approval.Ask) (approval.Plan, error) {
	reason, err := checkReason("reason", ask.Reason)
	if err != nil {
		return approval.Plan{}, err
	}
	ask.Reason, ask.By = reason, person(ctx).Name
	if (k == approval.Reverse || k == approval.Retry) && s.cfg.Kick == nil {
		return approval.Plan{}, fmt.Errorf("%s: %w", k, errNotOffered)
	}

	return s.cfg.Store.Plans.Propose(ctx, k, ask, s.now())
}

// decide approves a plan, the one with this hash, or refuses it.
func (s *planPages) decide(ctx context.Context, act, id, hash, said string) (approval.Plan, error) {
	if said != "" || act == actRefuse {
		var err error
		if said, err = checkReason("reason", said); err != nil {
			return approval.Plan{}, err
		}
	}
	if act == actRefuse {
		return s.cfg.Store.Plans.Refuse(ctx, id, person(ctx).Name, said, s.now())
	}

	var shown record.Hash
	if n, err := hex.Decode(shown[:], []byte(hash[:min(len(hash), 2*len(shown))])); err != nil || n != len(shown) || len(hash) != 2*n {
		return approval.Plan{}, fmt.Errorf("hash %w: want the %d digits of the plan that was shown", errInput, 2*len(shown))
	}
	p, err := s.cfg.Store.Plans.Approve(ctx, id, shown, person(ctx).Name, said, s.now())
	if err == nil && s.cfg.Kick != nil {
		s.cfg.Kick()
	}
	s.cfg.Notes()

	return p, err
}

// planFilter reads ?open= &object= &serial= &limit=.
func planFilter(r *http.Request) (approval.Filter, error) {
	f, err := filter(r)
	q := r.URL.Query()
	out := approval.Filter{Pending: f.Open, Object: q.Get("object"), Serial: q.Get("serial"), Limit: f.Limit}
	if err == nil && (len(out.Object) > maxObject || len(out.Serial) > maxUser) {
		err = fmt.Errorf("object or serial %w: too long", errInput)
	}

	return out, err
}

const maxObject = 200 // bytes of the name of a case, or of what else a plan is about

func (s *planPages) apiPlans(w http.ResponseWriter, r *http.Request) {
	f, err := planFilter(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	rows, err := s.cfg.Store.Plans.Plans(r.Context(), f, s.now())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	views := make([]planView, len(rows))
	for i, p := range rows {
		views[i] = s.viewPlan(r.Context(), p)
	}
	writeJSON(w, http.StatusOK, map[string]any{"plans": views})
}

func (s *planPages) apiPlan(w http.ResponseWriter, r *http.Request) {
	p, err := s.cfg.Store.Plans.Plan(r.Context(), r.PathValue("id"), s.now())
	s.answerPlan(w, r, http.StatusOK, p, err)
}

func (s *planPages) apiPropose(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Kind   string `json:"kind"`
		Object string `json:"object"`
		Args   string `json:"args"` // what a kind is told beside its object: the side that is kept, bounds
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	if len(in.Args) > maxObject {
		s.fail(w, r, fmt.Errorf("args %w: too long", errInput))
		return
	}
	p, err := s.proposeWith(r.Context(), approval.Kind(in.Kind), approval.Ask{Object: in.Object, Args: in.Args, Reason: in.Reason})
	s.answerPlan(w, r, http.StatusAccepted, p, err)
}

func (s *planPages) apiApprove(w http.ResponseWriter, r *http.Request) { s.apiDecide(w, r, actApprove) }

func (s *planPages) apiRefuse(w http.ResponseWriter, r *http.Request) { s.apiDecide(w, r, actRefuse) }

func (s *planPages) apiDecide(w http.ResponseWriter, r *http.Request, act string) {
	var in struct {
		Hash   string `json:"hash"`
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	p, err := s.decide(r.Context(), act, r.PathValue("id"), in.Hash, in.Reason)
	s.answerPlan(w, r, http.StatusOK, p, err)
}

// answerPlan answers with a plan, or with why there is none.
func (s *hall) answerPlan(w http.ResponseWriter, r *http.Request, status int, p approval.Plan, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, status, s.viewPlan(r.Context(), p))
}

// planRow is a plan in a table or on its page.
type planRow struct {
	approval.Plan
	What, Link   string // in words, and where it is shown
	When, Until  string
	Tone, Digits string
	Rev          string
}

// aboutKiosks are the kinds whose object is a kiosk.
var aboutKiosks = []approval.Kind{approval.ResumeKiosk, approval.ReplaceKiosk, approval.RetireKiosk, approval.ChooseBranch}

// planTones are how states look.
var planTones = map[approval.State]string{
	approval.Pending: "posting", approval.Done: "posted", approval.Refused: "cancelled", approval.Expired: "cancelled", approval.Failed: "owed",
}

func (s *hall) planRow(l lang, p approval.Plan) planRow {
	row := planRow{
		Plan: p, What: l.of("plankind", string(p.Kind)), When: clock(p.At, s.now(), s.cfg.Store.Zone()), Until: stamp(p.ExpiresAt, s.cfg.Store.Zone()),
		Tone: planTones[p.State], Digits: p.Hash.String(), Rev: strconv.FormatInt(p.Version, 10) + string(p.State),
	}
	switch {
	case p.Serial != "":
		row.Link = "/transactions/" + pathEscape(p.Serial)
	case p.Kind == approval.BearLoss || p.Kind == approval.DropClaim || p.Kind == approval.TakeBack:
		row.Link = "/counterfeits/" + pathEscape(p.Object)
	case p.Kind == approval.CloseCase || p.Kind == approval.ReleaseOrder || p.Kind == approval.RefuseOrder:
		row.Link = casePath(p.Object)
	case p.Kind == approval.Receive:
		row.Link = "/collections/" + pathEscape(p.Object)
	case p.Kind == approval.Remit && p.State == approval.Done:
		row.Link = "/remittances/" + pathEscape(p.Object)
	case p.Kind == approval.SetBounds:
		row.Link = boundsLink(p.Object)
	case slices.Contains(aboutKiosks, p.Kind):
		row.Link = "/kiosks/" + pathEscape(p.Object)
	case p.Kind == approval.ResetFactor:
		row.Link = peoplePagePath
	case p.Kind == approval.LiftCash:
		row.Link = cashRulesPath
	case p.Kind == approval.ReopenDate:
		row.Link = "/dates/" + dashed(p.Object)
	}

	return row
}

type plansData struct {
	Open bool
	Rows []planRow
}

func (s *planPages) plansPage(w http.ResponseWriter, r *http.Request) {
	l := language(r)
	f, err := planFilter(r)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	f.Pending = r.URL.Query().Get("open") != "0"
	rows, err := s.cfg.Store.Plans.Plans(r.Context(), f, s.now())
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d := plansData{Open: f.Pending}
	for _, p := range rows {
		d.Rows = append(d.Rows, s.planRow(l, p))
	}
	s.show(w, r, http.StatusOK, "plans", page{Title: l.t("plans"), Nav: "plans"}, d)
}

// whyFailed is why a plan could not be carried out, in words.
func (l lang) whyFailed(p approval.Plan) string {
	for _, v := range planVerdicts {
		if p.Said == v.err.Error() {
			return l.t("planerr." + v.words)
		}
	}
	if l == zh {
		return l.t("planerr.impossible")
	}

	return p.Said
}

// planFact is one thing that a plan says.
type planFact struct{ Name, Value string }

type planData struct {
	planRow
	Facts         []planFact
	Approve, Own  bool   // what the person who looks may do
	Outcome       string // what became of it, in words; empty where its state says all
	Ended, Failed string // when, and of a failed one why, in words
}

func (s *planPages) planPage(w http.ResponseWriter, r *http.Request) {
	l := language(r)
	p, err := s.cfg.Store.Plans.Plan(r.Context(), r.PathValue("id"), s.now())
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d := planData{planRow: s.planRow(l, p), Facts: s.allFacts(l, p), Ended: stamp(p.DecidedAt, s.cfg.Store.Zone())}
	if key := "plandone." + string(p.Kind); p.State == approval.Done && words[key] != [2]string{} {
		d.Outcome = l.t(key)
	}
	if p.State == approval.Failed {
		d.Failed = l.whyFailed(p)
	}
	if u := person(r.Context()); p.State == approval.Pending {
		d.Approve, d.Own = s.cfg.Store.Plans.MayApprove(p, u) && (p.Kind != approval.ResetFactor || u.Name != p.Object), u.Name == p.By
	}
	s.show(w, r, http.StatusOK, "plan", page{Title: l.t("plan.title") + " " + p.ID, Nav: "plans"}, d)
}

// allFacts are facts, and of bounds what is changed of them.
func (s *planPages) allFacts(l lang, p approval.Plan) []planFact {
	if p.Kind == approval.SetBounds {
		if changed := l.boundsFacts(p.Body); changed != nil {
			return changed
		}
	}

	return s.facts(l, p)
}

// facts are what a plan says, in its order and in words.
func (s *planPages) facts(l lang, p approval.Plan) []planFact {
	var out []planFact
	d := json.NewDecoder(strings.NewReader(p.Body))
	d.UseNumber()
	if _, err := d.Token(); err != nil { // the brace before the first of them
		return out
	}
	for d.More() {
		key, err := d.Token()
		var value any
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil {
			return out
		}
		name := fmt.Sprint(key)
		said := ""
		if side, is := value.(map[string]any); is {
			said = s.sideFact(l, side)
		} else {
			said = s.fact(l, name, fmt.Sprint(value))
		}
		if said != "" {
			out = append(out, planFact{l.of("planfact", name), said})
		}
	}

	return out
}

// sideFact is a side of a fork in words.
func (s *planPages) sideFact(l lang, side map[string]any) string {
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(fmt.Sprint(side[name]), 10, 64)
		return n
	}
	switch {
	case side["name"] != nil:
	case side["maker"] != nil: // who would bear a counterfeit note
		return l.t("forgery.lost", yuan(money.Amount(number("maker"))), yuan(money.Amount(number("owner"))))
	default:
		return fmt.Sprint(side)
	}

	return l.t("fork.said", l.side(fmt.Sprint(side["name"])), number("from"), number("upto"), number("payments"), yuan(money.Amount(number("sum"))), stamp(number("last_at"), s.cfg.Store.Zone()))
}

// side names a side of a fork for people.
func (l lang) side(name string) string {
	if name == books.ChooseJournal {
		return l.t("fork.first")
	}

	return l.t("fork.second", name)
}

// amountFacts are the fields of plans that are amounts.
var amountFacts = []string{"amount", "records", "expected", "carried", "genuine", "counterfeit", "difference"}

// forgeryFacts are the fields of plans about counterfeit notes that have words, by their group.
var forgeryFacts = map[string]string{"stage": "forgery.stage", "found": "forgery.found", "bears": "forgery.by", "claim": "forgery.claimstate"}

// fact is the value of one field of a plan in words.
func (s *planPages) fact(l lang, name, value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	number := err == nil
	switch {
	case slices.Contains(amountFacts, name) && number:
		return yuan(money.Amount(n))
	case strings.HasSuffix(name, "_at") && number:
		return stamp(n, s.cfg.Store.Zone())
	case name == "version" || name == "versions":
		return "" // it is part of the hash, and says nothing to people
	case name == "text":
		return l.basis(value)
	case name == "went":
		return l.of("went", value)
	case name == "scope":
		kind, of := scopeOf(value)

		return strings.TrimSpace(l.of("scope", kind) + " " + of)
	case name == "date", name == "until":
		return dashed(value)
	case name == "act":
		return l.of("plankind", value)
	case name == "state":
		return l.of("pstate", value)
	case name == "service", name == "service_to":
		return l.of("service", value)
	case name == "doubt":
		return l.of("doubt", value)
	case forgeryFacts[name] != "":
		return l.of(forgeryFacts[name], value)
	}

	return l.of(name, value)
}

func (s *planPages) planForm(w http.ResponseWriter, r *http.Request) {
	act, id := r.PathValue("act"), r.PathValue("id")
	if act != actApprove && act != actRefuse {
		s.errorPage(w, r, http.StatusNotFound)
		return
	}
	if !s.form(w, r) {
		return
	}
	p, err := s.decide(r.Context(), act, id, r.PostForm.Get("hash"), r.PostForm.Get("reason"))
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	note := "plan." + act
	if act == actRefuse && p.By == person(r.Context()).Name {
		note = "plan.withdrawn"
	}
	http.Redirect(w, r, withNote("/plans/"+pathEscape(id), note), http.StatusSeeOther)
}

// toPlan sends a person to the plan that was made of what they wanted.
func (s *hall) toPlan(w http.ResponseWriter, r *http.Request, p approval.Plan, err error) {
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	http.Redirect(w, r, withNote("/plans/"+pathEscape(p.ID), "plan.proposed"), http.StatusSeeOther)
}

// planRefused is why the desk refused something, in words; empty for another error.
func (l lang) planRefused(err error) string {
	if errors.As(err, new(books.PaidOutError)) {
		return l.t("planerr.paid-out")
	}
	for _, v := range planVerdicts {
		if errors.Is(err, v.err) {
			return l.t("planerr." + v.words)
		}
	}

	return ""
}
