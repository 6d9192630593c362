package web

import (
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"wattkiosk/uplink/office/depot/depottest"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
)

// TestOfferedIsAllowed goes through all pages as each role, as far as links lead, and finds no
// form there that would be refused because of the role: what is offered is what is handled.
func TestOfferedIsAllowed(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute")
	}
	for name, open := range map[string]func(t *testing.T) *desk{
		"morning": func(t *testing.T) *desk { w, _ := morning(t); return openDesk(t, w, nil) },
		"cash": func(t *testing.T) *desk {
			d, _, _ := cashTown(t)
			forged(t, d, d.as("zhang"))
			return d
		},
		"sales":       func(t *testing.T) *desk { return openDesk(t, saleTown(t), nil) },
		"codes":       func(t *testing.T) *desk { return openDesk(t, qrTown(t), nil) },
		"cards":       func(t *testing.T) *desk { w, _ := bankTown(t); return openDesk(t, w, nil) },
		"owed cards":  func(t *testing.T) *desk { w, _ := owedAtTheBank(t); return openDesk(t, w, nil) },
		"dates":       func(t *testing.T) *desk { w, _ := nightTown(t); return openNight(t, w) },
		"unsigned":    func(t *testing.T) *desk { _, d := unsignedNight(t); return d },
		"technicians": func(t *testing.T) *desk { d, _, _ := workshop(t); return d },
		"rollouts": func(t *testing.T) *desk {
			return openDesk(t, newCampaign(t).town, func(cfg *Config) { cfg.Depot = shelf(t, depottest.NewMaker(t, noon)) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			hash, err := passwd.Hash(password)
			d.town.check(err)
			for _, role := range people.Roles() {
				d.town.check(d.town.store.PutUser(t.Context(), people.User{Name: "one-" + role, Hash: hash, Role: role}, "test", noon))
				d.offered(t, role)
			}
		})
	}
}

var (
	formAction = regexp.MustCompile(`<form[^>]*method="post"[^>]*action="([^"]*)"`)
	linkTo     = regexp.MustCompile(`<a [^>]*href="(/[^"#]*)`)
)

// mostOfRoute is how many pages of one route are looked at.
const mostOfRoute = 12

// offered goes through the pages as a role.
func (d *desk) offered(t *testing.T, role string) {
	t.Helper()
	routes, mux := map[string]people.Act{}, http.NewServeMux()
	for _, rt := range d.srv.routes() {
		pattern := rt.method + " " + rt.path
		routes[pattern] = rt.act
		mux.HandleFunc(pattern, rt.serve)
	}
	of := func(method, path string) string {
		path, _, _ = strings.Cut(path, "?")
		_, pattern := mux.Handler(httptest.NewRequest(method, path, nil))
		return pattern
	}

	c := d.as("one-" + role)
	seen, times, forms := map[string]bool{}, map[string]int{}, 0
	for next := []string{"/", "/kiosks", "/cash", "/collections", "/remittances", "/counterfeits", "/dates", "/account", "/people", "/rollouts", "/terminals"}; len(next) > 0; next = next[1:] {
		page := next[0]
		pattern := of("GET", page)
		if act, is := routes[pattern]; seen[page] || !is || !people.May(role, act) || times[pattern] >= mostOfRoute || strings.HasPrefix(page, api) {
			continue
		}
		seen[page] = true
		times[pattern]++
		status, body := d.call(c, "GET", page, nil)
		if status != http.StatusOK {
			continue
		}
		for _, m := range formAction.FindAllStringSubmatch(body, -1) {
			forms++
			d.isAllowed(t, role, page, html.UnescapeString(m[1]), func(path string) people.Act { return routes[of("POST", path)] })
		}
		for _, m := range linkTo.FindAllStringSubmatch(body, -1) {
			next = append(next, html.UnescapeString(m[1]))
		}
	}
	if forms == 0 {
		t.Errorf("no forms as %s", role)
	}
}

// isAllowed holds a form on a page against what its route, and the one of the interface that
// does the same, have to be done by.
func (d *desk) isAllowed(t *testing.T, role, page, action string, of func(path string) people.Act) {
	t.Helper()
	acts := []people.Act{of(action), of(api + action)}
	switch parts := strings.Split(strings.Trim(action, "/"), "/"); {
	case acts[0] == open:
		return
	case len(parts) == 3 && parts[0] == "cases" && parts[2] == "close":
		c, err := d.town.store.CaseDetail(t.Context(), parts[1])
		d.town.check(err)
		if c.Case.HasAmount() {
			acts = append(acts, "close-case")
		}
	case acts[0] == "":
		t.Errorf("%s as %s: no route for the form %s", page, role, action)
	}
	for _, act := range slices.Compact(acts) {
		if act != "" && !people.May(role, act) {
			t.Errorf("%s offers %s to a %s, who may not %s", page, action, role, act)
		}
	}
}
