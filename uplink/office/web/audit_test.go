package web

import (
	"net/http"
	"strings"
	"testing"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
)

// TestAuditor: who audits reads the log, by person and object, takes it away whole, sees the
// own account, and is refused everything else.
func TestAuditor(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	hash, err := passwd.Hash(password)
	w.check(err)
	w.check(w.store.AddUser(t.Context(), people.User{Name: "auditor", Hash: hash, Role: people.RoleAuditor}, "os:root", noon))
	d.as("wang")
	c := d.as("auditor")
	status, page := d.call(c, "GET", "/audit?user=wang", nil)
	if status != 200 || !strings.Contains(page, "<td>wang</td><td>login</td>") || strings.Contains(page, "<td>os:root</td>") {
		t.Errorf("the log of one person: %d %.2000s", status, page)
	}
	if status, page := d.call(c, "GET", "/audit?object=auditor", nil); status != 200 || !strings.Contains(page, "<td>os:root</td><td>add user</td>") || strings.Contains(page, "<td>wang</td>") {
		t.Errorf("the log about one object: %d %.2000s", status, page)
	}
	status, lines := d.call(c, "GET", "/audit/export", nil)
	end, err := w.store.VerifyAudit(t.Context())
	w.check(err)
	if n := strings.Count(lines, "\n"); status != 200 || int64(n) != end.Seq || !strings.Contains(lines, `"action":"export audit log"`) || !strings.Contains(lines, end.Hash.String()) {
		t.Errorf("the export: %d, %d lines of %d acts", status, n, end.Seq)
	}

	replace := strings.NewReplacer("{serial}", serials["posted"], "{id}", "x", "{kiosk}", "10000001", "{act}", "reverse", "{date}", "2026-11-23", "{name}", "x", "{number}", "1001", "{$}", "")
	for _, rt := range d.srv.routes() {
		if people.May(people.RoleAuditor, rt.act) || rt.act == open {
			continue
		}
		want := http.StatusForbidden
		if rt.path == "/{$}" {
			want = http.StatusSeeOther
		}
		if status, _ := d.call(c, rt.method, replace.Replace(rt.path), nil); status != want {
			t.Errorf("%s %s: %d", rt.method, rt.path, status)
		}
	}
}
