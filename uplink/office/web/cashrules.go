package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/settle"
)

// cashRulesPath is of the page about where no notes are taken until a date is signed.
const cashRulesPath = "/cash-rules"

func (s *datePages) cashRuleRoutes() []route {
	return []route{
		{"GET", api + cashRulesPath, people.Read, false, s.apiCashRules},
		{"POST", api + cashRulesPath, people.SetCashRule, false, s.apiSetCashRule},
		{"POST", api + cashRulesPath + "/drop", people.SetCashRule, false, s.apiDropCashRule},
		{"POST", api + cashRulesPath + "/lift", actOf(approval.LiftCash), false, s.apiLiftCashRule},

		{"GET", cashRulesPath, people.Read, true, s.cashRulesPage},
		{"POST", cashRulesPath, people.SetCashRule, true, s.setCashRuleForm},
		{"POST", cashRulesPath + "/drop", people.SetCashRule, true, s.dropCashRuleForm},
		{"POST", cashRulesPath + "/lift", actOf(approval.LiftCash), true, s.liftCashRuleForm},
	}
}

// cashRuleView is a rule as programs get it.
type cashRuleView struct {
	Scope  string `json:"scope"`
	From   string `json:"from"`
	Lifted string `json:"lifted"`
	By     string `json:"by"`
	At     int64  `json:"at"`
}

// cashStopView is a kiosk that a rule is for, as programs get it.
type cashStopView struct {
	Kiosk   string `json:"kiosk"`
	From    int64  `json:"from"`
	Date    string `json:"date"`
	Stopped bool   `json:"stopped"`
}

func (s *datePages) apiCashRules(w http.ResponseWriter, r *http.Request) {
	rules, err := s.cfg.Store.Deadlines.CashRules(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	stops, err := s.cfg.Store.Deadlines.CashStops(r.Context(), s.now())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	views, kiosks := make([]cashRuleView, len(rules)), []cashStopView{}
	for i, c := range rules {
		views[i] = cashRuleView{c.Scope, c.Clock(), dashed(c.Lifted), c.By, c.At}
	}
	for _, c := range stops {
		if !c.From.IsZero() {
			kiosks = append(kiosks, cashStopView{c.Kiosk, c.From.UnixMilli(), dashed(c.Day), c.Stops(s.now())})
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"rules": views, "kiosks": kiosks})
}

// setCashRule makes a rule, or changes it; from is a time of day, HH:MM. An accountant does.
func (s *datePages) setCashRule(r *http.Request, scope, from string) error {
	minute, err := minuteOf(from)
	if err != nil {
		return err
	}
	err = s.cfg.Store.Deadlines.SetCashRule(r.Context(), strings.TrimSpace(scope), minute, person(r.Context()).Name, s.now())
	s.cfg.Notes()

	return err
}

// dropCashRule takes a rule away.
func (s *datePages) dropCashRule(r *http.Request, scope string) error {
	err := s.cfg.Store.Deadlines.DropCashRule(r.Context(), scope, person(r.Context()).Name, s.now())
	s.cfg.Notes()

	return err
}

func (s *datePages) apiSetCashRule(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Scope string `json:"scope"`
		From  string `json:"from"`
	}
	if !s.body(w, r, &in) {
		return
	}
	if err := s.setCashRule(r, in.Scope, in.From); err != nil {
		s.fail(w, r, err)
		return
	}
	s.apiCashRules(w, r)
}

func (s *datePages) apiDropCashRule(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Scope string `json:"scope"`
	}
	if !s.body(w, r, &in) {
		return
	}
	if err := s.dropCashRule(r, in.Scope); err != nil {
		s.fail(w, r, err)
		return
	}
	s.apiCashRules(w, r)
}

// apiLiftCashRule proposes that a rule does not hold for the dates that wait; another person
// has to approve it.
func (s *datePages) apiLiftCashRule(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Scope  string `json:"scope"`
		Reason string `json:"reason"`
	}
	if !s.body(w, r, &in) {
		return
	}
	p, err := s.propose(r.Context(), approval.LiftCash, in.Scope, in.Reason)
	s.answerPlan(w, r, http.StatusAccepted, p, err)
}

// cashRuleRow is a rule in the table.
type cashRuleRow struct {
	settle.CashRule
	Kind, Name string // of its scope
	When       string
	Until      string // it is lifted up to this date
	Plans      waiting
}

// cashStopRow are the kiosks whose notes are stopped alike.
type cashStopRow struct {
	Day     string
	From    int64
	Stopped bool
	Kiosks  []string
}

type cashRulesData struct {
	Rules      []cashRuleRow
	Stops      []cashStopRow
	Steps      []stepRow
	Roles      []string
	MaySet     bool
	MayPropose bool
}

// scopeOf is what a scope is of, and its name.
func scopeOf(scope string) (kind, name string) {
	kind, name, _ = strings.Cut(scope, " ")

	return kind, name
}

func (s *datePages) cashRulesPage(w http.ResponseWriter, r *http.Request) {
	rules, err := s.cfg.Store.Deadlines.CashRules(r.Context())
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	who := person(r.Context())
	d := cashRulesData{Roles: []string{people.RoleAccountant, people.RoleAdmin, people.RoleOperator}, MaySet: may(who, people.SetCashRule), MayPropose: s.cfg.Store.Plans.MayPropose(approval.LiftCash, who.Role)}
	lifts, err := s.pendingKind(r.Context(), language(r), approval.LiftCash)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	for _, c := range rules {
		row := cashRuleRow{CashRule: c, When: stamp(c.At, s.cfg.Store.Zone()), Until: dashed(c.Lifted), Plans: lifts.About(c.Scope)}
		row.Kind, row.Name = scopeOf(c.Scope)
		d.Rules = append(d.Rules, row)
	}
	d.Stops, err = s.cashStopRows(r)
	if err == nil {
		d.Steps, err = s.steps(r.Context(), language(r))
	}
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "cashrules", page{Title: language(r).t("cashrules"), Nav: "dates"}, d)
}

// cashStopRows are the kiosks that a rule is for, by when their notes stop.
func (s *datePages) cashStopRows(r *http.Request) ([]cashStopRow, error) {
	stops, err := s.cfg.Store.Deadlines.CashStops(r.Context(), s.now())
	if err != nil {
		return nil, err
	}
	var out []cashStopRow
	place := map[time.Time]int{}
	for _, c := range stops {
		if c.From.IsZero() {
			continue
		}
		at, seen := place[c.From.UTC()]
		if !seen {
			at = len(out)
			place[c.From.UTC()] = at
			out = append(out, cashStopRow{Day: dashed(c.Day), From: c.From.UnixMilli(), Stopped: c.Stops(s.now())})
		}
		out[at].Kiosks = append(out[at].Kiosks, c.Kiosk)
	}

	return out, nil
}

func (s *datePages) setCashRuleForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	scope := r.PostForm.Get("kind")
	if scope != settle.Fleet {
		scope += " " + strings.TrimSpace(r.PostForm.Get("name"))
	}
	s.cashRuleDone(w, r, s.setCashRule(r, scope, r.PostForm.Get("from")))
}

func (s *datePages) dropCashRuleForm(w http.ResponseWriter, r *http.Request) {
	if s.form(w, r) {
		s.cashRuleDone(w, r, s.dropCashRule(r, r.PostForm.Get("scope")))
	}
}

// cashRuleDone goes back to the page, or tells why nothing was changed.
func (s *datePages) cashRuleDone(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		s.refuseDate(w, r, err, cashRulesPath)
		return
	}
	http.Redirect(w, r, withNote(cashRulesPath, "cashrule.saved"), http.StatusSeeOther)
}

func (s *datePages) liftCashRuleForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	p, err := s.propose(r.Context(), approval.LiftCash, r.PostForm.Get("scope"), r.PostForm.Get("reason"))
	if errors.Is(err, approval.ErrNotPossible) {
		err = settle.ErrNotOwed
	}
	if err != nil {
		s.refuseDate(w, r, err, cashRulesPath)
		return
	}
	s.toPlan(w, r, p, nil)
}
