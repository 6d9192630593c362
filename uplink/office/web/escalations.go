package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/settle"
)

func (s *datePages) escalationRoutes() []route {
	return []route{
		{"GET", api + "/escalations", people.Read, false, s.apiEscalations},
		{"POST", api + "/escalations", people.SetSteps, false, s.apiSetEscalation},
		{"POST", api + "/escalations/drop", people.SetSteps, false, s.apiDropEscalation},

		{"POST", "/escalations", people.SetSteps, true, s.setEscalationForm},
		{"POST", "/escalations/drop", people.SetSteps, true, s.dropEscalationForm},
	}
}

// escalationView is a step as programs get it.
type escalationView struct {
	At  string `json:"at"`
	Who string `json:"who"`
	By  string `json:"by"`
}

// toldView is who was told of a date, as programs get it.
type toldView struct {
	Date string `json:"date"`
	By   string `json:"by"`
	Whom string `json:"whom"`
	At   int64  `json:"at"`
}

func (s *datePages) apiEscalations(w http.ResponseWriter, r *http.Request) {
	steps, err := s.cfg.Store.Deadlines.Escalations(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	told, err := s.cfg.Store.Deadlines.Told(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	views, whom := make([]escalationView, len(steps)), make([]toldView, len(told))
	for i, e := range steps {
		views[i] = escalationView{e.Clock(), e.Who, e.By}
	}
	for i, t := range told {
		whom[i] = toldView{dashed(t.Day), t.By, t.Whom, t.At}
	}
	writeJSON(w, http.StatusOK, map[string]any{"steps": views, "told": whom})
}

// minuteOf is a time of day, HH:MM, as the minute of its day.
func minuteOf(text string) (int64, error) {
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, fmt.Errorf("time %w: want HH:MM", errInput)
	}

	return int64(t.Hour()*60 + t.Minute()), nil
}

func (s *datePages) setEscalation(r *http.Request, at, who string) error {
	minute, err := minuteOf(at)
	if err != nil {
		return err
	}

	return s.cfg.Store.Deadlines.SetEscalation(r.Context(), minute, strings.TrimSpace(who), person(r.Context()).Name, s.now())
}

func (s *datePages) dropEscalation(r *http.Request, at string) error {
	minute, err := minuteOf(at)
	if err != nil {
		return err
	}

	return s.cfg.Store.Deadlines.DropEscalation(r.Context(), minute, person(r.Context()).Name, s.now())
}

func (s *datePages) apiSetEscalation(w http.ResponseWriter, r *http.Request) {
	var in struct {
		At  string `json:"at"`
		Who string `json:"who"`
	}
	if !s.body(w, r, &in) {
		return
	}
	if err := s.setEscalation(r, in.At, in.Who); err != nil {
		s.fail(w, r, err)
		return
	}
	s.apiEscalations(w, r)
}

func (s *datePages) apiDropEscalation(w http.ResponseWriter, r *http.Request) {
	var in struct {
		At string `json:"at"`
	}
	if !s.body(w, r, &in) {
		return
	}
	if err := s.dropEscalation(r, in.At); err != nil {
		s.fail(w, r, err)
		return
	}
	s.apiEscalations(w, r)
}

func (s *datePages) setEscalationForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	who := "role " + r.PostForm.Get("role")
	if name := strings.TrimSpace(r.PostForm.Get("person")); name != "" {
		who = "person " + name
	}
	s.cashRuleDone(w, r, s.setEscalation(r, r.PostForm.Get("at"), who))
}

func (s *datePages) dropEscalationForm(w http.ResponseWriter, r *http.Request) {
	if s.form(w, r) {
		s.cashRuleDone(w, r, s.dropEscalation(r, r.PostForm.Get("at")))
	}
}

// stepRow is a step in the table.
type stepRow struct {
	settle.Escalation
	Kind, Name string
}

// steps are the steps as they are shown.
func (s *datePages) steps(ctx context.Context, l lang) ([]stepRow, error) {
	all, err := s.cfg.Store.Deadlines.Escalations(ctx)
	out := make([]stepRow, len(all))
	for i, e := range all {
		out[i] = stepRow{Escalation: e}
		out[i].Kind, out[i].Name = scopeOf(e.Who)
		if out[i].Kind == "role" {
			out[i].Name = l.of("role", out[i].Name)
		}
	}

	return out, err
}

// lateRow is that somebody was told of a date, on the first page.
type lateRow struct{ Day, By, Whom string }

// late are the dates that others were told of, each by the last step that was done.
func (s *datePages) late(ctx context.Context) ([]lateRow, error) {
	told, err := s.cfg.Store.Deadlines.Told(ctx)
	if err != nil {
		return nil, err
	}
	var out []lateRow
	for _, t := range told {
		row := lateRow{dashed(t.Day), t.By, t.Whom}
		if n := len(out); n > 0 && out[n-1].Day == row.Day {
			out[n-1] = row
			continue
		}
		out = append(out, row)
	}

	return out, nil
}
