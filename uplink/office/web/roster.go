package web

import (
	"errors"
	"net/http"
	"strings"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// peoplePagePath is of the page that says who works here, in which role, and what roles do.
const peoplePagePath = "/people"

// rosterPages are who works here, and who does what.
type rosterPages struct{ *hall }

func (s *rosterPages) routes() []route {
	return []route{
		{"GET", api + "/users", people.SeePeople, false, s.apiUsers},

		{"GET", peoplePagePath, people.SeePeople, true, s.rosterPage},
		{"POST", peoplePagePath + "/{name}/reset-factor", actOf(approval.ResetFactor), true, s.resetFactorForm},
	}
}

// personRow is a person who may log in.
type personRow struct {
	people.User
	Factor   string // since when a second factor counts; empty: none
	Sessions int
	Reset    bool // who looks may propose to take the factor away
	Plans    waiting
}

// userView is a person as programs get it; times are Unix ms.
type userView struct {
	Name      string `json:"name"`
	Role      string `json:"role"`
	Disabled  bool   `json:"disabled"`
	CreatedAt int64  `json:"created_at"`
	Factor    int64  `json:"second_factor_at"` // since when it counts; 0: there is none
	Sessions  int    `json:"sessions"`
}

// apiUsers answers with who works here, as their page does.
func (s *rosterPages) apiUsers(w http.ResponseWriter, r *http.Request) {
	users, err := s.cfg.Store.Users(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	views := make([]userView, len(users))
	for i, u := range users {
		f, _, err := s.confirmed(r.Context(), u.Name)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		logins, err := s.cfg.Store.Sessions(r.Context(), u.Name, s.now(), SessionIdle)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		views[i] = userView{u.Name, u.Role, u.Disabled, u.CreatedAt, f.ConfirmedAt, len(logins)}
	}
	writeJSON(w, http.StatusOK, map[string]any{"users": views})
}

// dutyRow is a row of the table of who does what.
type dutyRow struct {
	people.Duty
	Marks []string // by role, in the order of people.Roles
}

type rosterData struct {
	People []personRow
	Roles  []string
	Duties []dutyRow
}

func (s *rosterPages) rosterPage(w http.ResponseWriter, r *http.Request) {
	d := rosterData{Roles: people.Roles(), Duties: dutyRows()}
	users, err := s.cfg.Store.Users(r.Context())
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	for _, u := range users {
		row, err := s.personRow(r, u)
		if err != nil {
			s.failPage(w, r, err)
			return
		}
		d.People = append(d.People, row)
	}
	s.show(w, r, http.StatusOK, "people", page{Title: language(r).t("people"), Nav: "people"}, d)
}

func (s *rosterPages) personRow(r *http.Request, u people.User) (personRow, error) {
	row := personRow{User: u}
	f, has, err := s.confirmed(r.Context(), u.Name)
	if err != nil {
		return row, err
	}
	if has {
		row.Factor = stamp(f.ConfirmedAt, s.cfg.Store.Zone())
	}
	logins, err := s.cfg.Store.Sessions(r.Context(), u.Name, s.now(), SessionIdle)
	if err != nil {
		return row, err
	}
	row.Sessions = len(logins)
	row.Plans, err = s.pendingOf(r.Context(), language(r), u.Name)
	me := person(r.Context())
	row.Reset = has && !row.Plans.Wait() && u.Name != me.Name && may(me, actOf(approval.ResetFactor))

	return row, err
}

// dutyRows are the table with a mark for each role: 1 does it or proposes it, 2 approves it.
func dutyRows() []dutyRow {
	var out []dutyRow
	for _, d := range people.Duties() {
		row := dutyRow{Duty: d}
		for _, role := range people.Roles() {
			mark := ""
			if people.May(role, d.Act) {
				mark = "1"
			}
			if people.MaySecond(role, d.Act) {
				mark = strings.TrimSpace(mark + " 2")
			}
			row.Marks = append(row.Marks, mark)
		}
		out = append(out, row)
	}

	return out
}

// resetFactorForm proposes that a person's second factor is taken away.
func (s *rosterPages) resetFactorForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	p, err := s.propose(r.Context(), approval.ResetFactor, r.PathValue("name"), r.PostForm.Get("reason"))
	s.planOr(w, r, p, err, peoplePagePath)
}

// ownResetForm takes the own second factor away for one who has a code of it, or a recovery
// code: to set it up on another telephone. All logins end.
func (s *peoplePages) ownResetForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	who := person(r.Context()).Name
	err := s.spendCode(r, who, strings.TrimSpace(r.PostForm.Get("code")))
	if errors.Is(err, stored.ErrNotFound) { // there is none
		err = people.ErrCode
	}
	switch {
	case codeWrong(err) != "":
		s.showFactor(w, r, http.StatusForbidden, codeWrong(err))
		return
	case err == nil:
		err = s.cfg.Store.DropFactor(r.Context(), who, s.now())
	}
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
