package web

import (
	"errors"
	"net/http"
	"time"

	"wattkiosk/uplink/office/people/passwd"
)

// sessionRow is one of the own logins.
type sessionRow struct {
	ID, Began, Seen, Source string
	This                    bool
}

type accountData struct {
	Sessions []sessionRow
	Factor   bool
	Lab      bool
	Wrong    string
}

// accountPage shows a person the own logins, password and second factor.
func (s *peoplePages) accountPage(w http.ResponseWriter, r *http.Request) {
	s.showAccount(w, r, http.StatusOK, "")
}

func (s *peoplePages) showAccount(w http.ResponseWriter, r *http.Request, status int, wrong string) {
	who := person(r.Context()).Name
	rows, err := s.cfg.Store.Sessions(r.Context(), who, s.now(), SessionIdle)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	_, has, err := s.confirmed(r.Context(), who)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d := accountData{Factor: has, Lab: s.cfg.Lab, Wrong: wrong}
	visit, _ := r.Context().Value(visitKey{}).(*visit)
	for _, row := range rows {
		at := func(ms int64) string { return time.UnixMilli(ms).In(s.cfg.Store.Zone()).Format("01-02 15:04") }
		d.Sessions = append(d.Sessions, sessionRow{row.Token, at(row.BeganAt), at(row.SeenAt), row.Source, visit != nil && visit.token == row.Token})
	}
	s.show(w, r, status, "account", page{Title: language(r).t("account"), Nav: "account"}, d)
}

// endForm ends one of the own logins.
func (s *peoplePages) endForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	who := person(r.Context()).Name
	if err := s.cfg.Store.EndSession(r.Context(), who, r.PostForm.Get("session"), who, s.now()); err != nil {
		s.failPage(w, r, err)
		return
	}
	http.Redirect(w, r, "/account", http.StatusSeeOther)
}

// passwordForm gives oneself another password; all logins end, this one too.
func (s *peoplePages) passwordForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	err := s.changePassword(r, r.PostForm.Get("old"), r.PostForm.Get("new"))
	switch {
	case errors.Is(err, errLogin):
		s.showAccount(w, r, http.StatusForbidden, "account.old")
	case errors.Is(err, errBusy):
		s.showAccount(w, r, http.StatusTooManyRequests, "login.busy")
	case errors.Is(err, passwd.Err):
		s.showAccount(w, r, http.StatusBadRequest, "account.weak")
	case err != nil:
		s.failPage(w, r, err)
	default:
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	}
}

func (s *peoplePages) changePassword(r *http.Request, old, fresh string) error {
	u := person(r.Context())
	tries := "change " + u.Name
	if len(old) > passwd.Max || !s.limits.byUser.take(tries, s.now()) {
		return errBusy
	}
	right, err := s.acquainted.check(r.Context(), u.Hash, old)
	switch {
	case err != nil:
		return err
	case !right:
		return errLogin
	}
	if err := passwd.Check(u.Name, fresh); err != nil {
		return err
	}
	hash, err := passwd.Hash(fresh)
	if err != nil {
		return err
	}
	s.limits.byUser.clear(tries)

	return s.cfg.Store.SetPassword(r.Context(), u.Name, hash, u.Name, s.now())
}
