package web

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/people"
)

//go:embed page/*.html
var pageFiles embed.FS

const (
	languageCookie = "wattkiosk-language"
	languageLife   = 400 * 24 * time.Hour
)

// page is what the frame around every page shows.
type page struct {
	Title    string
	Nav      string // which tab is the present one
	User     people.User
	Codes    bool // gives one-time codes
	Auditor  bool
	Path     string // of this page, to come back to
	Note     string
	Version  string
	Business string
	Tag      string
	Now      int64  // Unix milliseconds
	Ago      string // how times gone by are worded, as office.js reads it
	Content  template.HTML
}

// parsePages parses the templates for every language.
func parsePages(zone *time.Location, now func() time.Time) (map[string]*template.Template, error) {
	out := map[string]*template.Template{}
	for _, l := range languages() {
		t, err := template.New("").Option("missingkey=error").Funcs(funcs(l, zone, now)).ParseFS(pageFiles, "page/*.html")
		if err != nil {
			return nil, fmt.Errorf("cannot parse pages: %w", err)
		}
		out[l.code()] = t
	}
	return out, nil
}

func funcs(l lang, zone *time.Location, now func() time.Time) template.FuncMap {
	return template.FuncMap{
		"t": l.t, "of": l.of, "act": l.act, "dashed": dashed, "who": l.who, "why": l.why, "reason": l.reason, "counted": l.counted, "basis": l.basis, "tag": l.tag, "yuan": yuan, "grouped": grouped,
		"stamp":  func(at int64) string { return stamp(at, zone) },
		"ago":    func(at int64) template.HTML { return agoMark(l, at, now()) },
		"static": staticURL,
		"owing":  l.owing,
		"inc":    func(n int64) int64 { return n + 1 },
		"nth":    func(i int) int { return i + 1 },
		"note":   func(n books.Note) string { return l.of("note", n.State) },
		"zero":   func(a money.Amount) bool { return a == 0 },
	}
}

// language is that of the cookie; Chinese comes first.
func language(r *http.Request) lang {
	if c, err := r.Cookie(languageCookie); err == nil && c.Value == en.code() {
		return en
	}
	return zh
}

// itself reports whether a page that is open asks, and not a person.
func itself(r *http.Request) bool { return r.URL.Query().Get("live") == "1" }

// show renders a page; with ?live=1 only what stands inside the frame, and of its parts only
// those that an open page has not.
func (s *hall) show(w http.ResponseWriter, r *http.Request, status int, name string, p page, data any) {
	l := language(r)
	t := s.pages[l.code()]
	var content bytes.Buffer
	if err := t.ExecuteTemplate(&content, name, data); err != nil {
		s.cfg.Log.Error("cannot render page", "page", name, "error", err)
		http.Error(w, l.t("error.500"), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if itself(r) {
		w.WriteHeader(status)
		_, _ = w.Write(marked(harmless(content.Bytes()), partsHad(r.Header.Get(partsHeader))))
		return
	}
	s.frame(&p, r)
	p.Content = template.HTML(marked(harmless(content.Bytes()), nil)) // made by html/template above
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "frame", p); err != nil {
		s.cfg.Log.Error("cannot render frame", "page", name, "error", err)
		http.Error(w, l.t("error.500"), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

// harmless shows the characters that turn the direction of text as what they are: none of
// ours are on a page, and in a text of a kiosk or a person they have it read otherwise than
// it is. (html/template escapes all else.)
func harmless(html []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r == 0x061C || r == 0x200E || r == 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return 0xFFFD
		}

		return r
	}, html)
}

func (s *hall) frame(p *page, r *http.Request) {
	p.User = person(r.Context())
	p.Codes, p.Auditor = may(p.User, people.GiveCode), may(p.User, people.ReadAudit)
	l := language(r)
	p.Version, p.Tag = s.cfg.Version, l.tag()
	p.Now, p.Ago = s.now().UnixMilli(), strings.Join([]string{l.t("ago.now"), l.t("ago"), l.t("ago.s"), l.t("ago.m"), l.t("ago.h"), l.t("ago.d")}, "|")
	p.Business = s.cfg.Store.BusinessDate(s.now())
	if len(p.Business) == len("20060102") {
		p.Business = p.Business[:4] + "-" + p.Business[4:6] + "-" + p.Business[6:]
	}
	p.Path = r.URL.RequestURI()
	if r.Method != http.MethodGet {
		p.Path = "/"
	}
	if key := "note." + r.URL.Query().Get("note"); r.URL.Query().Has("note") {
		if _, ok := words[key]; ok {
			p.Note = key
		}
	}
}

// errorPage tells a status in words; statuses without words are internal errors.
func (s *hall) errorPage(w http.ResponseWriter, r *http.Request, status int) {
	key := fmt.Sprintf("error.%d", status)
	if _, ok := words[key]; !ok {
		key = "error.500"
	}
	s.show(w, r, status, "error", page{Title: language(r).t(key)}, key)
}

// failPage tells err to a person, and logs what is head office's fault.
func (s *hall) failPage(w http.ResponseWriter, r *http.Request, err error) {
	status, _, _ := verdict(err)
	if status == http.StatusInternalServerError && r.Context().Err() == nil {
		s.cfg.Log.Error("page failed", "path", r.URL.Path, "error", err)
	}
	if l := language(r); l.planRefused(err) != "" {
		back := local(r.Referer())
		if u, bad := url.Parse(r.Referer()); bad == nil && u.Host == r.Host {
			back = local(u.Path)
		}
		s.show(w, r, status, "refused", page{Title: l.t("planerr")}, map[string]string{"Key": "planerr", "Detail": l.planRefused(err), "Back": back})
		return
	}
	s.errorPage(w, r, status)
}

// refusePage tells what was wrong with what a person sent, and where to go back to;
// other errors are as in failPage.
func (s *hall) refusePage(w http.ResponseWriter, r *http.Request, err error, back string) {
	status, _, message := verdict(err)
	key := fmt.Sprintf("error.%d", status)
	switch {
	case errors.Is(err, counterfeit.ErrClaimed), errors.Is(err, cash.ErrForged):
		key = "forgery.refused"
	case status != http.StatusBadRequest:
		s.failPage(w, r, err)
		return
	}
	l := language(r)
	s.show(w, r, status, "refused", page{Title: l.t(key)}, map[string]string{"Key": key, "Detail": l.reason(message), "Back": back})
}

// form reads a posted form, or answers and returns false. Its size is bounded by
// the guard.
func (s *hall) form(w http.ResponseWriter, r *http.Request) bool {
	if err := r.ParseForm(); err != nil {
		s.errorPage(w, r, http.StatusBadRequest)
		return false
	}
	return true
}

// local is a path on this server to go to, or "/".
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") ||
		strings.ContainsAny(to, "\\\r\n\t") || len(to) > 512 {
		return "/"
	}
	return to
}

func (s *Server) languageForm(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	l := zh
	if r.PostForm.Get("language") == en.code() {
		l = en
	}
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: l.code(), Path: "/", MaxAge: int(languageLife.Seconds()),
		Secure: s.cfg.SecureCookies, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, local(r.PostForm.Get("back")), http.StatusSeeOther)
}
