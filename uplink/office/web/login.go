package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
	"wattkiosk/uplink/office/stored"
)

const maxUser = 64 // bytes of a name

var (
	errLogin = errors.New("name or password not right")
	errBusy  = errors.New("too many tries")
)

// enter checks a password, and the code of the second factor if there is one, and begins a
// session; errFactor is a right password without the code that is wanted. Unknown and disabled people, and
// wrong passwords, are one errLogin after the same time.
func (s *peoplePages) enter(r *http.Request, name, password, code string) (people.User, error) {
	ctx := r.Context()
	if name == "" || len(name) > maxUser || len(password) > passwd.Max {
		return people.User{}, errLogin
	}
	device := s.device(r, name)
	if !s.mayTry(r, name, device) {
		s.metrics.logins.WithLabelValues("limited").Inc()
		return people.User{}, errBusy
	}
	u, err := s.cfg.Store.User(ctx, name)
	typed := name
	if err != nil {
		typed = "(nobody's name)" // people type passwords there: it is not for the log
	}
	known := err == nil && !u.Disabled && people.IsRole(u.Role)
	if err != nil && !errors.Is(err, stored.ErrNotFound) {
		return u, fmt.Errorf("cannot read user: %w", err)
	}
	hash := s.decoy
	if known {
		hash = u.Hash
	}
	lane := s.strangers
	if device != "" {
		lane = s.acquainted
	}
	right, err := lane.check(ctx, hash, password)
	if err != nil {
		return u, err
	}
	if password == passwd.Published && !s.cfg.Lab { // whoever brought the lab's accounts along
		right = false
	}
	if !right || !known {
		s.metrics.logins.WithLabelValues("refused").Inc()
		s.cfg.Log.Warn("login refused", "user", typed, "from", address(r))
		return u, errLogin
	}
	s.limits.byUser.clear(source(r) + " " + name)
	s.limits.byDevice.clear(device + " " + name)

	_, has, err := s.confirmed(ctx, name)
	if err != nil {
		return u, fmt.Errorf("cannot read the second factor of %.64q: %w", name, err)
	}
	if has {
		if err := s.halfBegin(r, u); err != nil || code == "" {
			return u, cmp.Or(err, errFactor)
		}

		return s.pass(r, code)
	}
	s.sessions.Remove(r.Context(), sessionFactor) // of somebody who was here before

	return u, s.begin(r, u)
}

// halfBegin keeps in the session that the password was right; nobody is logged in by that.
func (s *peoplePages) halfBegin(r *http.Request, u people.User) error {
	if err := s.sessions.RenewToken(r.Context()); err != nil {
		return fmt.Errorf("cannot begin session: %w", err)
	}
	s.sessions.Remove(r.Context(), sessionUser)
	s.sessions.Remove(r.Context(), sessionFactor)
	s.sessions.Put(r.Context(), sessionHalf, u.Name)
	s.sessions.Put(r.Context(), sessionHalfAt, s.now().UnixMilli())
	s.sessions.Put(r.Context(), sessionVersion, u.Version)

	return nil
}

func (s *peoplePages) begin(r *http.Request, u people.User) error {
	s.metrics.logins.WithLabelValues("ok").Inc()
	if err := s.sessions.RenewToken(r.Context()); err != nil {
		return fmt.Errorf("cannot begin session: %w", err)
	}
	s.sessions.Put(r.Context(), sessionUser, u.Name)
	s.sessions.Put(r.Context(), sessionVersion, u.Version)
	s.sessions.Put(r.Context(), sessionSource, stored.Text(address(r)+" "+r.UserAgent()))
	s.sessions.Put(r.Context(), sessionBegan, s.now().UnixMilli())
	return s.audit(r.Context(), u.Name, "login", u.Name, "from "+address(r))
}

func (s *hall) audit(ctx context.Context, user, action, object, reason string) error {
	a := people.Audit{At: s.now().UnixMilli(), User: user, Action: action, Object: object, Reason: reason}
	if err := s.cfg.Store.Audit(ctx, a); err != nil {
		return fmt.Errorf("cannot audit: %w", err)
	}
	return nil
}

// refused writes down that a person was refused an act, and why (people.AddRefused). It
// returns err; what is no refusal but a fault of head office is not written down.
func (s *hall) refused(ctx context.Context, action, object string, err error) error {
	if err == nil {
		return nil
	}
	status, _, why := verdict(err)
	if status == http.StatusInternalServerError {
		return err
	}
	a := people.Audit{At: s.now().UnixMilli(), User: person(ctx).Name, Action: action, Object: object, Reason: why}
	if e := s.cfg.Store.Refused(context.WithoutCancel(ctx), a); e != nil {
		s.cfg.Log.Error("refusal not audited", "action", action, "object", object, "error", e)
	}

	return err
}

func (s *peoplePages) apiLogin(w http.ResponseWriter, r *http.Request) {
	var in struct {
		User     string `json:"user"`
		Password string `json:"password"`
		Code     string `json:"code"` // of the second factor, if there is one
	}
	if !s.body(w, r, &in) {
		return
	}
	u, err := s.enter(r, in.User, in.Password, in.Code)
	switch {
	case errors.Is(err, errLogin):
		writeError(w, http.StatusUnauthorized, codePassword, errLogin.Error())
	case errors.Is(err, errFactor), errors.Is(err, people.ErrCode):
		writeError(w, http.StatusUnauthorized, codeFactor, err.Error())
	case errors.Is(err, errBusy):
		w.Header().Set("Retry-After", fmt.Sprint(int(loginRefill.Seconds())))
		writeError(w, http.StatusTooManyRequests, codeBusy, "too many tries; wait a little")
	case err != nil:
		s.fail(w, r, err)
	default:
		s.remember(w, r, u.Name)
		writeJSON(w, http.StatusOK, s.me(u))
	}
}

func (s *peoplePages) apiLogout(w http.ResponseWriter, r *http.Request) {
	if err := s.sessions.Destroy(r.Context()); err != nil {
		s.fail(w, r, fmt.Errorf("cannot end session: %w", err))
		return
	}
	writeJSON(w, http.StatusOK, struct{}{})
}

type me struct {
	User         string `json:"user"`
	Role         string `json:"role"`
	Version      string `json:"version"`
	BusinessDate string `json:"business_date"`
}

func (s *peoplePages) me(u people.User) me {
	return me{u.Name, u.Role, s.cfg.Version, s.cfg.Store.BusinessDate(s.now())}
}

func (s *peoplePages) apiMe(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, s.me(person(r.Context())))
}
