package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
)

// TestUnknownQueryIsRefused: a query parameter that a route of the interface does not take, or that
// is there twice, is refused by name, whatever the route; those that it takes are described.
func TestUnknownQueryIsRefused(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	hash, err := passwd.Hash(password)
	w.check(err)
	w.check(w.store.AddUser(t.Context(), people.User{Name: "auditor", Hash: hash, Role: people.RoleAuditor}, "os:root", noon))
	root, auditor := d.as("root"), d.as("auditor")
	fill := strings.NewReplacer("{serial}", serials["posted"], "{id}", "x", "{kiosk}", "10000001", "{date}", "2026-11-23", "{hash}", "00", "{name}", "x", "{number}", "1001", "{book}", "mis", "{zone}", "x")
	lists := 0
	for _, rt := range d.srv.routes() {
		if rt.method != "GET" || !strings.HasPrefix(rt.path, api) || rt.path == api+"/events" || rt.act == open {
			continue
		}
		c := root
		if rt.act == people.ReadAudit {
			c = auditor
		}
		taken, described := d.srv.queries[rt.method+" "+rt.path]
		if !described {
			t.Errorf("%s is not described", rt.path)
		}
		path := fill.Replace(rt.path)
		status, body := d.call(c, "GET", path+"?kisok=10000001", nil)
		if status != http.StatusBadRequest || errCode(body) != "bad-request" || !strings.Contains(body, `kisok`) {
			t.Errorf("%s: %d %s", path, status, body)
		}
		if slices.Contains(taken, "limit") {
			lists++
			if status, body := d.call(c, "GET", path+"?limit=1&limit=2", nil); status != http.StatusBadRequest || !strings.Contains(body, "2 times") {
				t.Errorf("%s: %d %s", path, status, body)
			}
			if status, body := d.call(c, "GET", path+"?limit=1", nil); status != http.StatusOK {
				t.Errorf("%s: %d %s", path, status, body)
			}
		}
	}
	if lists < 11 {
		t.Errorf("%d lists were asked", lists)
	}
	if status, _ := d.call(root, "GET", "/kiosks?kisok=1", nil); status != http.StatusOK {
		t.Errorf("a page: %d", status)
	}
	q := queries{"GET /x": {"a"}, "GET /y": {}}
	for path, want := range map[string]string{
		"/x?a=1": "", "/x?b=1": `not valid: query parameter "b": there is a`, "/y?a=1": `not valid: query parameter "a": there is none here`, "/x?a=1&a=1": `not valid: query parameter "a" is there 2 times`, "/z?b=1": "",
	} {
		u, err := url.Parse(path)
		w.check(err)
		got := q.check(route{method: "GET", path: u.Path}, u.Query())
		if want == "" && got != nil || want != "" && (got == nil || got.Error() != want) {
			t.Errorf("%s: %v, want %q", path, got, want)
		}
	}
}

// TestUsersAndAuditOfPrograms: programs read who works here and the audit log as the pages have
// them, each by its role, and as they are described.
func TestUsersAndAuditOfPrograms(t *testing.T) {
	w, _ := morning(t)
	d := openDesk(t, w, nil)
	hash, err := passwd.Hash(password)
	w.check(err)
	w.check(w.store.AddUser(t.Context(), people.User{Name: "auditor", Hash: hash, Role: people.RoleAuditor}, "os:root", noon))
	wang, auditor := d.as("wang"), d.as("auditor")
	var all struct{ Users []userView }
	d.get(wang, api+"/users", &all)
	i := slices.IndexFunc(all.Users, func(u userView) bool { return u.Name == "wang" })
	if len(all.Users) != 6 || i < 0 || all.Users[i].Role != people.RoleOperator || all.Users[i].Sessions != 1 || all.Users[i].Disabled {
		t.Errorf("%+v", all)
	}
	var log struct{ Acts []auditView }
	d.get(auditor, api+"/audit?object=auditor&limit=5", &log)
	if len(log.Acts) != 2 || log.Acts[1].Action != "add user" || log.Acts[1].User != "os:root" || log.Acts[1].Altered || len(log.Acts[1].Hash) != 64 {
		t.Errorf("%+v", log)
	}
	var older struct{ Acts []auditView }
	d.get(auditor, api+"/audit?before="+strconv.FormatInt(log.Acts[1].Seq, 10), &older)
	if len(older.Acts) == 0 || older.Acts[0].Seq != log.Acts[1].Seq-1 {
		t.Errorf("%+v", older)
	}
	if status, _ := d.call(wang, "GET", api+"/audit", nil); status != http.StatusForbidden {
		t.Errorf("an operator reads the audit log: %d", status)
	}
	c := readContract(t)
	for path, who := range map[string]*http.Client{"/users": wang, "/audit": auditor} {
		status, body := d.call(who, "GET", api+path, nil)
		if wrong := c.check("GET", api+path, status, body); wrong != "" || strings.Contains(body, hash) {
			t.Errorf("%s: %s", path, wrong)
		}
	}
}
