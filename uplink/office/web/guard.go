package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"wattkiosk/boards/ground/httpgate"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

const csp = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// harden sets what every answer carries.
func harden(secure bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if secure && !httpgate.Local(httpgate.Name(r.Host)) { // localhost belongs to other programs too
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses what a browser sends for a page of another origin.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	c := http.NewCrossOriginProtection()
	c.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, http.StatusForbidden, codeOrigin, "requests of other origins are refused")
	}))
	return c.Handler(next)
}

// named makes the mux's own refusals under /api/ the errors of the interface, and the
// others a page.
func (s *Server) named(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		// Let the mux find out which it is: not found, or the wrong method.
		probe := &refusal{header: http.Header{}}
		mux.ServeHTTP(probe, r)
		if probe.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", probe.header.Get("Allow"))
		}
		switch isAPI := strings.HasPrefix(r.URL.Path, "/api/"); {
		case !isAPI && (probe.status == http.StatusNotFound || probe.status == http.StatusMethodNotAllowed):
			s.nowhere(w, r, probe.status)
			return
		case !isAPI:
			mux.ServeHTTP(w, r)
			return
		case probe.status == http.StatusMethodNotAllowed:
			writeError(w, probe.status, codeMethod, "method not allowed")
			return
		}
		writeError(w, http.StatusNotFound, codeNotFound, "no such path")
	})
}

// refusal keeps the status of an answer and drops the rest.
type refusal struct {
	header http.Header
	status int
}

func (p *refusal) Header() http.Header         { return p.header }
func (p *refusal) Write(b []byte) (int, error) { return len(b), nil }
func (p *refusal) WriteHeader(status int)      { p.status = status }

var errRole = errors.New("your role may not do this")

type personKey struct{}

// person is who is logged in, as the books have it now.
func person(ctx context.Context) people.User {
	u, _ := ctx.Value(personKey{}).(people.User)
	return u
}

// guard lets a route be called by those who may.
func (s *hall) guard(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, rt.largest())
		}
		u, ok, err := s.who(r.Context())
		switch {
		case err != nil && rt.act != open:
			s.cfg.Log.Error("cannot read user", "error", err)
			s.refuse(w, r, rt, http.StatusInternalServerError, codeInternal, "the books cannot be read")
		case !ok && rt.act != open:
			s.login(w, r, rt)
		case u.Role == people.RoleAuditor && rt.path == "/{$}":
			http.Redirect(w, r, auditPagePath, http.StatusSeeOther)
		case !may(u, rt.act):
			if r.Method != http.MethodGet {
				_ = s.refused(context.WithValue(r.Context(), personKey{}, u), string(rt.act), r.URL.Path, errRole) // it is told below
			}
			s.refuse(w, r.WithContext(context.WithValue(r.Context(), personKey{}, u)), rt, http.StatusForbidden, codeForbidden, errRole.Error())
		default:
			if err := s.touch(r); err != nil && ok { // the session ends a little early
				s.cfg.Log.Warn("cannot write down that a person does something", "error", err)
			}
			r = r.WithContext(context.WithValue(r.Context(), personKey{}, u))
			if err := s.mayGoOn(r, rt, u); err != nil && rt.act != open {
				s.hold(w, r, rt, err)
				return
			}
			if err := s.queries.check(rt, r.URL.Query()); err != nil {
				s.fail(w, r, err)
				return
			}
			rt.serve(w, r)
		}
	})
}

// who is the person of a session, unless unknown, disabled or changed by now.
func (s *hall) who(ctx context.Context) (people.User, bool, error) {
	name := s.sessions.GetString(ctx, sessionUser)
	if name == "" {
		return people.User{}, false, nil
	}
	u, err := s.cfg.Store.User(ctx, name)
	if errors.Is(err, stored.ErrNotFound) {
		return people.User{}, false, nil
	}
	same := s.sessions.GetInt64(ctx, sessionVersion) == u.Version
	return u, err == nil && same && !u.Disabled && people.IsRole(u.Role), err
}

// login sends a person to the login page, and a program away.
func (s *hall) login(w http.ResponseWriter, r *http.Request, rt route) {
	if !rt.page {
		writeError(w, http.StatusUnauthorized, codeLogin, "log in first")
		return
	}
	to := "/login"
	if r.Method == http.MethodGet && r.URL.Path != "/" {
		to += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (s *hall) refuse(w http.ResponseWriter, r *http.Request, rt route, status int, code, message string) {
	switch {
	case rt.page && status == http.StatusForbidden:
		s.notByRole(w, r, rt.act)
		return
	case rt.page:
		s.errorPage(w, r, status)
		return
	}
	writeError(w, status, code, message)
}

// notByRole tells a person that the role may not do something, and who does it.
func (s *hall) notByRole(w http.ResponseWriter, r *http.Request, a people.Act) {
	l := language(r)
	said := map[string]string{"Key": "error.403", "Detail": l.doneBy(a), "Back": "/"}
	s.show(w, r, http.StatusForbidden, "refused", page{Title: l.t("error.403")}, said)
}

// doneBy is whose an act is, in words.
func (l lang) doneBy(a people.Act) string {
	duty, _ := people.DutyOf(a)
	return l.t("error.who", l.roles(duty.Roles))
}

// roles are roles in words.
func (l lang) roles(of []string) string {
	said := make([]string, len(of))
	for i, role := range of {
		said[i] = l.of("role", role)
	}

	return strings.Join(said, l.t("role.and"))
}
