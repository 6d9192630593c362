package web

import (
	"errors"
	"net/http"
	"net/url"
)

// loginData is what the login page shows.
type loginData struct {
	Name, Next, Error string
	Path              string
}

func (s *peoplePages) loginPage(w http.ResponseWriter, r *http.Request) {
	s.showLogin(w, r, http.StatusOK, loginData{Next: r.URL.Query().Get("next")})
}

func (s *peoplePages) showLogin(w http.ResponseWriter, r *http.Request, status int, d loginData) {
	d.Next = local(d.Next)
	s.show(w, r, status, "login", page{Title: language(r).t("login.title"), Nav: "login"}, d)
}

func (s *peoplePages) loginForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	d := loginData{Name: r.PostForm.Get("user"), Next: r.PostForm.Get("next")}
	u, err := s.enter(r, d.Name, r.PostForm.Get("password"), "")
	switch {
	case errors.Is(err, errLogin):
		d.Error = "login.refused"
		s.showLogin(w, r, http.StatusUnauthorized, d)
	case errors.Is(err, errFactor):
		http.Redirect(w, r, "/login/code?next="+url.QueryEscape(local(d.Next)), http.StatusSeeOther)
	case errors.Is(err, errBusy):
		d.Error = "login.busy"
		s.showLogin(w, r, http.StatusTooManyRequests, d)
	case err != nil:
		s.failPage(w, r, err)
	default:
		s.remember(w, r, u.Name)
		http.Redirect(w, r, local(d.Next), http.StatusSeeOther)
	}
}

func (s *peoplePages) logoutForm(w http.ResponseWriter, r *http.Request) {
	if err := s.sessions.Destroy(r.Context()); err != nil {
		s.failPage(w, r, err)
		return
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
