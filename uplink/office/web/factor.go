package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"

	"wattkiosk/boards/ground/qrpath"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/factor"
	"wattkiosk/uplink/office/stored"
)

// A person who has a second factor gives a code at login, and again for what moves money or
// signs, if the last one is older than freshFor. Outside the lab everybody has to have one.
const (
	freshFor = 5 * time.Minute
	halfLife = 5 * time.Minute // between the password and the code

	sessionHalf    = "half"      // who gave the right password, and no code yet
	sessionHalfAt  = "half-at"   // Unix ms
	sessionFactor  = "factor-at" // Unix ms of the last code; none: not given in this session
	factorHeader   = "X-Second-Factor"
	factorField    = "factor_code"
	maxCode        = 32 // bytes
	factorPagePath = "/factor"
)

var (
	errFactor = errors.New("give a code of the second factor")
	errEnrol  = errors.New("set up the second factor first")
)

// ownPaths are for everybody who is logged in, also without a second factor.
func ownPaths() []string {
	return []string{factorPagePath, factorPagePath + "/reset", "/logout", api + "/logout", api + "/me", "/account", "/account/password", "/account/end"}
}

// freshRoutes are those that move money, sign, open a kiosk to a technician or have it run other
// software: they take a recent code. What a person only proposes takes it of who approves it. Of
// a path for several acts the act stands in its place.
func freshRoutes() []string {
	return []string{
		"POST " + api + "/plans/{id}/approve", "POST /plans/{id}/{act}",
		"POST " + api + "/dates/{date}/sign", "POST /dates/{date}/sign",
		"POST " + api + "/purchases/{serial}/settle", "POST " + api + "/purchases/{serial}/cancel", "POST /purchases/{serial}/{act}",
		"POST " + api + "/terminals/{kiosk}/settle", "POST /terminals/{kiosk}/settle",
		"POST " + api + "/collections/{serial}/receive", "POST /collections/{serial}/receive",
		"POST " + api + "/remittances/{id}/deposit", "POST " + api + "/remittances/{id}/bank-line", "POST /remittances/{id}/{act}",
		"POST " + api + "/counterfeits/{id}/paid", "POST /counterfeits/{id}/paid",
		"POST " + api + "/rollouts/{id}/start", "POST /rollouts/{id}/start",
		"POST " + api + "/rollouts/{id}/roll-back", "POST /rollouts/{id}/roll-back",
		"POST " + api + "/technicians/{number}/code", "POST /technicians/code",
	}
}

// wantsFresh says whether a request takes a recent code.
func wantsFresh(rt route, r *http.Request) bool {
	act := strings.ReplaceAll(rt.path, "{act}", r.PathValue("act"))

	return slices.Contains(freshRoutes(), rt.method+" "+rt.path) || slices.Contains(freshRoutes(), rt.method+" "+act)
}

// confirmed is the second factor of a person; false if there is none that counts.
func (s *hall) confirmed(ctx context.Context, who string) (people.Factor, bool, error) {
	f, err := s.cfg.Store.Factor(ctx, who)
	if errors.Is(err, stored.ErrNotFound) {
		return f, false, nil
	}

	return f, err == nil && f.ConfirmedAt != 0, err
}

// spendCode uses a code, or a recovery code, of a person.
func (s *hall) spendCode(r *http.Request, who, code string) error {
	tries := codesOf(s, r, who)
	if len(code) > maxCode || !s.limits.byCode.take(tries, s.now()) {
		return errBusy
	}
	now := s.now()
	err := s.cfg.Store.UseFactor(r.Context(), who, now, func(f people.Factor) (people.Factor, string, error) {
		if f.ConfirmedAt == 0 {
			return f, "", people.ErrCode
		}
		secret, err := factor.Open(s.cfg.Secret, who, f.Secret)
		if err != nil {
			return f, "", fmt.Errorf("second factor of %.64q: %w", who, err)
		}
		if step, ok := factor.Step(secret, strings.TrimSpace(code), now); ok && step > f.Step {
			f.Step = step
			return f, "", nil
		}
		left, ok := factor.Spend(f.Recovery, code)
		if !ok {
			return f, "", people.ErrCode
		}
		f.Recovery = left

		return f, "use recovery code", nil
	})
	if err != nil {
		return err
	}
	s.limits.byCode.clear(tries)
	s.sessions.Put(r.Context(), sessionFactor, now.UnixMilli())

	return nil
}

// mayGoOn says whether a person who is logged in may call a route: errEnrol without a second
// factor where everybody has to have one, errFactor without a recent code where one is wanted.
func (s *hall) mayGoOn(r *http.Request, rt route, u people.User) error {
	given := s.sessions.GetInt64(r.Context(), sessionFactor)
	if given == 0 && !s.cfg.Lab && !slices.Contains(ownPaths(), rt.path) {
		return errEnrol
	}
	recent := given > s.now().Add(-freshFor).UnixMilli()
	if given == 0 || recent || !wantsFresh(rt, r) {
		return nil
	}
	code := r.Header.Get(factorHeader)
	if rt.page && r.ParseForm() == nil {
		code = r.PostForm.Get(factorField)
	}
	if code == "" {
		return errFactor
	}

	return s.spendCode(r, u.Name, code)
}

// hold tells a person, or a program, that a code is wanted before a route is called.
func (s *hall) hold(w http.ResponseWriter, r *http.Request, rt route, err error) {
	asks := errors.Is(err, errFactor) || errors.Is(err, people.ErrCode) || errors.Is(err, errBusy)
	switch {
	case !rt.page:
		s.fail(w, r, err)
	case errors.Is(err, errEnrol):
		http.Redirect(w, r, factorPagePath, http.StatusSeeOther)
	case asks:
		s.askAgain(w, r, err)
	default:
		s.failPage(w, r, err)
	}
}

// field is a field of a form that is posted again.
type field struct{ Name, Value string }

type againData struct {
	Action   string
	Fields   []field
	Password bool // the form had one; it is typed again
	Wrong    string
}

// askAgain shows a form with what was posted, and asks for a code beside it.
func (s *hall) askAgain(w http.ResponseWriter, r *http.Request, err error) {
	d := againData{Action: r.URL.Path, Wrong: codeWrong(err), Password: r.PostForm.Has("password")}
	for name, values := range r.PostForm {
		if name == "password" || name == factorField {
			continue
		}
		for _, v := range values {
			d.Fields = append(d.Fields, field{name, v})
		}
	}
	slices.SortFunc(d.Fields, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	s.show(w, r, http.StatusForbidden, "again", page{Title: language(r).t("factor.again")}, d)
}

// codeWrong is the key of what is wrong with a code; empty if none was given yet.
func codeWrong(err error) string {
	switch {
	case errors.Is(err, errBusy):
		return "login.busy"
	case errors.Is(err, people.ErrCode):
		return "factor.wrong"
	}

	return ""
}

// halfway is who gave the right password in this session, and gives a code now.
func (s *peoplePages) halfway(r *http.Request) (people.User, error) {
	name := s.sessions.GetString(r.Context(), sessionHalf)
	if name == "" || s.sessions.GetInt64(r.Context(), sessionHalfAt) <= s.now().Add(-halfLife).UnixMilli() {
		return people.User{}, errLogin
	}
	u, err := s.cfg.Store.User(r.Context(), name)
	if err == nil && (u.Disabled || u.Version != s.sessions.GetInt64(r.Context(), sessionVersion)) {
		err = errLogin
	}

	return u, err
}

// pass is the second step of a login: it uses a code, and begins the session.
func (s *peoplePages) pass(r *http.Request, code string) (people.User, error) {
	u, err := s.halfway(r)
	if err != nil {
		return u, err
	}
	if err := s.spendCode(r, u.Name, code); err != nil {
		if errors.Is(err, people.ErrCode) {
			s.metrics.logins.WithLabelValues("refused").Inc()
		}

		return u, err
	}
	s.sessions.Remove(r.Context(), sessionHalf)

	return u, s.begin(r, u)
}

func (s *peoplePages) codePage(w http.ResponseWriter, r *http.Request) {
	s.showCode(w, r, http.StatusOK, loginData{Next: r.URL.Query().Get("next")})
}

func (s *peoplePages) showCode(w http.ResponseWriter, r *http.Request, status int, d loginData) {
	d.Next = local(d.Next)
	s.show(w, r, status, "login-code", page{Title: language(r).t("login.title"), Nav: "login"}, d)
}

func (s *peoplePages) codeLogin(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	d := loginData{Next: r.PostForm.Get("next")}
	u, err := s.pass(r, r.PostForm.Get("code"))
	switch {
	case errors.Is(err, errLogin), errors.Is(err, stored.ErrNotFound):
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	case codeWrong(err) != "":
		d.Error = codeWrong(err)
		s.showCode(w, r, http.StatusUnauthorized, d)
	case err != nil:
		s.failPage(w, r, err)
	default:
		s.remember(w, r, u.Name)
		http.Redirect(w, r, local(d.Next), http.StatusSeeOther)
	}
}

type factorData struct {
	Confirmed bool
	Since     string
	Left      int
	Secret    string // to type where nothing can be photographed
	QR        template.HTML
	Wrong     string
	Recovery  []string // shown once
}

// factorPage shows the own second factor, or sets one up.
func (s *peoplePages) factorPage(w http.ResponseWriter, r *http.Request) {
	s.showFactor(w, r, http.StatusOK, "")
}

func (s *peoplePages) showFactor(w http.ResponseWriter, r *http.Request, status int, wrong string) {
	d, err := s.factorData(r)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d.Wrong = wrong
	s.show(w, r, status, "factor", page{Title: language(r).t("factor"), Nav: "account"}, d)
}

func (s *peoplePages) factorData(r *http.Request) (factorData, error) {
	who := person(r.Context()).Name
	f, confirmed, err := s.confirmed(r.Context(), who)
	if err != nil {
		return factorData{}, err
	}
	if confirmed {
		return factorData{Confirmed: true, Since: stamp(f.ConfirmedAt, s.cfg.Store.Zone()), Left: factor.Left(f.Recovery)}, nil
	}

	secret, err := factor.Open(s.cfg.Secret, who, f.Secret)
	if err != nil { // none yet, or of other keys
		if secret, err = s.freshFactor(r.Context(), who); err != nil {
			return factorData{}, err
		}
	}
	code, err := drawn(factor.URL(who, secret))

	return factorData{Secret: spaced(secret), QR: code}, err
}

func (s *peoplePages) freshFactor(ctx context.Context, who string) (string, error) {
	secret, _, err := factor.New(who)
	if err != nil {
		return "", err
	}
	sealed, err := factor.Seal(s.cfg.Secret, who, secret)
	if err != nil {
		return "", err
	}

	return secret, s.cfg.Store.BeginFactor(ctx, who, sealed)
}

// factorForm confirms a second factor by its first code, or gives a code of one that is there.
func (s *peoplePages) factorForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	who, code := person(r.Context()).Name, strings.TrimSpace(r.PostForm.Get("code"))
	_, confirmed, err := s.confirmed(r.Context(), who)
	var recovery []string
	if err == nil && confirmed {
		err = s.spendCode(r, who, code)
	} else if err == nil {
		recovery, err = s.confirm(r, who, code)
	}
	if errors.Is(err, stored.ErrNotFound) { // nobody has looked at the page yet
		err = people.ErrCode
	}
	switch {
	case codeWrong(err) != "":
		s.showFactor(w, r, http.StatusForbidden, codeWrong(err))
	case err != nil:
		s.failPage(w, r, err)
	case recovery == nil:
		http.Redirect(w, r, "/", http.StatusSeeOther)
	default:
		s.show(w, r, http.StatusOK, "factor", page{Title: language(r).t("factor"), Nav: "account"}, factorData{Confirmed: true, Left: len(recovery), Recovery: recovery})
	}
}

// confirm has a second factor count from now on, and returns the recovery codes, which are
// kept as hashes only.
func (s *peoplePages) confirm(r *http.Request, who, code string) ([]string, error) {
	if len(code) > maxCode || !s.limits.byCode.take(codesOf(s.hall, r, who), s.now()) {
		return nil, errBusy
	}
	now := s.now()
	fresh, kept := factor.Recovery()
	err := s.cfg.Store.UseFactor(r.Context(), who, now, func(f people.Factor) (people.Factor, string, error) {
		secret, err := factor.Open(s.cfg.Secret, who, f.Secret)
		if err != nil {
			return f, "", fmt.Errorf("second factor of %.64q: %w", who, err)
		}
		step, ok := factor.Step(secret, code, now)
		if !ok || f.ConfirmedAt != 0 {
			return f, "", people.ErrCode
		}
		f.ConfirmedAt, f.Step = now.UnixMilli(), step
		f.Recovery = kept

		return f, "set up second factor", nil
	})
	if err != nil {
		return nil, err
	}
	s.sessions.Put(r.Context(), sessionFactor, now.UnixMilli())

	return fresh, nil
}

// spaced is a secret in groups of four.
func spaced(secret string) string {
	var parts []string
	for part := range slices.Chunk([]byte(secret), 4) {
		parts = append(parts, string(part))
	}

	return strings.Join(parts, " ")
}

// drawn is a QR code as one path, so that no style stands in the page.
func drawn(text string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("cannot draw a code: %w", err)
	}
	path, edge := qrpath.Of(code)

	return template.HTML(fmt.Sprintf(`<svg class="qr" width="220" height="220" viewBox="0 0 %d %d" shape-rendering="crispEdges" role="img"><rect width="100%%" height="100%%" fill="#fff"/><path d="%s"/></svg>`, edge, edge, path)), nil //nolint:gosec // made of numbers
}
