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
	if status != 200 || !strings.Contains(page, `<td>wang</td><td class="nowrap" title="login">登录</td>`) || strings.Contains(page, "<td>os:root</td>") {
		t.Errorf("the log of one person: %d %.2000s", status, page)
	}
	if status, page := d.call(c, "GET", "/audit?object=auditor", nil); status != 200 || !strings.Contains(page, `<td>os:root</td><td class="nowrap" title="add user">新增人员</td>`) || strings.Contains(page, "<td>wang</td>") {
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

// TestActsAreSaid: the page says acts and machines in words, and leaves as it is what it has none for.
func TestActsAreSaid(t *testing.T) {
	for action, want := range map[string][2]string{
		"approve refund-qr":    {"批准 扫码退款", "Approve: Give a payment by QR code back"},
		"import mis":           {"导入对账文件 营销系统", "Import a book: MIS"},
		"command user add":     {"命令行 user add", "Command line: user add"},
		"sign date refused":    {"签账 · 被拒绝", "Sign a date · refused"},
		"propose plan refused": {"提出 plan · 被拒绝", "Propose: plan · refused"},
		"rollout is paused":    {"rollout is paused", "rollout is paused"},
		"approve":              {"approve", "approve"},
		"counterfeit told":     {"counterfeit told", "counterfeit told"},
	} {
		if got := [2]string{zh.act(action), en.act(action)}; got != want {
			t.Errorf("%s: %q", action, got)
		}
	}
	for why, want := range map[string]string{"from 10.0.0.7": "来自 10.0.0.7", "from 10.0.0.7 to there": "from 10.0.0.7 to there", "户号错": "户号错"} {
		if got := zh.why(why); got != want {
			t.Errorf("%s: %s", why, got)
		}
	}
	for who, want := range map[string]string{"fetched by hq-1": "自动获取（hq-1）", "kiosk 10000001": "终端 10000001", "wang": "wang", "kiosk": "kiosk"} {
		if got := zh.who(who); got != want {
			t.Errorf("%s: %s", who, got)
		}
	}
}
