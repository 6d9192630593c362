package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
)

// holds has a kiosk order more than one payment can be, and returns the case of it.
func (w *town) holds() string {
	w.t.Helper()
	o := books.Order{Serial: "10000002000000004999", Account: "1000000002", Kiosk: "10000002", Tender: "cash", Amount: 990000, PaidAt: noon.UnixMilli()}
	if _, err := w.store.EnsurePosting(w.t.Context(), o, noon); err == nil {
		w.t.Fatal("the order is believed")
	}
	cases, err := w.store.Cases(w.t.Context(), books.Filter{Kiosk: "10000002", Class: books.ClassHeld, Open: true})
	w.check(err)
	if len(cases) != 1 {
		w.t.Fatalf("%d cases of held orders", len(cases))
	}

	return cases[0].ID
}

// forks has a second board write under a kiosk's name.
func (w *town) forks(kiosk string) {
	w.t.Helper()
	both := w.heads[kiosk]
	for i, yuan := range []int64{100, 50} {
		serial := fmt.Sprintf("%s00%010d", kiosk, 5000+i)
		w.write(kiosk, "opened", serial, noon, object{"account": "1000000002", "tender": "cash", "limit": 500000, "opened_at": noon.UnixMilli()})
		w.write(kiosk, "note-accepted", serial, noon, object{"note": 0, "value": yuan * 100})
		w.write(kiosk, "note-stacked", serial, noon, object{"note": 0, "value": yuan * 100, "inferred": false, "evidence": "stacked"})
		w.write(kiosk, "cash-closed", serial, noon, object{"total": yuan * 100, "account": "1000000002", "tender": "cash", "closed_at": noon.UnixMilli(), "reason": "customer"})
		if i == 0 {
			w.heads[kiosk] = both
		}
	}
	if all, err := w.store.Forks(w.t.Context()); err != nil || len(all) != 1 {
		w.t.Fatalf("%d forks, %v", len(all), err)
	}
}

// touch makes a posting another version of itself, as whoever works on it does.
func (w *town) touch(serial string) {
	w.t.Helper()
	row, err := w.store.Posting(w.t.Context(), serial)
	w.check(err)
	_, err = w.store.SavePosting(w.t.Context(), books.Change{Posting: row, By: "office-1"}, noon)
	w.check(err)
}

func mustHash(t *testing.T, digits string) (h record.Hash) {
	t.Helper()
	if err := h.UnmarshalText([]byte(digits)); err != nil {
		t.Fatal(err)
	}

	return h
}

// staffed are people of each role, beside those of a desk.
func (d *desk) staffed() {
	d.t.Helper()
	hash, err := passwd.Hash(password)
	d.town.check(err)
	for name, role := range map[string]string{"chen": people.RoleCashier, "shen": people.RoleAuditor} {
		d.town.check(d.town.store.AddUser(d.t.Context(), people.User{Name: name, Hash: hash, Role: role}, "test", noon))
	}
}

// reads is what a page says to a person.
func (d *desk) reads(c *http.Client, path string) string {
	d.t.Helper()
	status, body := d.call(c, "GET", path, nil)
	if status != http.StatusOK {
		d.t.Fatalf("%s: %d", path, status)
	}

	return body
}

// hasOnly holds what a page has and has not.
func hasOnly(t *testing.T, what, page string, has, hasNot []string) {
	t.Helper()
	for _, text := range has {
		if !strings.Contains(page, text) {
			t.Errorf("%s does not say %q", what, text)
		}
	}
	for _, text := range hasNot {
		if strings.Contains(page, text) {
			t.Errorf("%s says %q", what, text)
		}
	}
	if strings.Contains(page, missing) {
		t.Errorf("%s has a key without words: %.60s", what, page[strings.Index(page, missing):])
	}
}

// proposed follows a form to its plan, and returns where that is.
func (d *desk) proposed(c *http.Client, path string, pairs ...string) string {
	d.t.Helper()
	status, to := d.form(c, path, pairs...)
	plan, _, _ := strings.Cut(to, "?")
	if status != http.StatusSeeOther || !strings.HasPrefix(plan, "/plans/") {
		d.t.Fatalf("%s: %d, to %s", path, status, to)
	}

	return plan
}

// TestHeldOrderIsDecidedOnItsPage: who may proposes on the page of the case, another person
// approves the plan that is shown, and the pages say what happened.
func TestHeldOrderIsDecidedOnItsPage(t *testing.T) {
	for act, want := range map[string]struct {
		kind approval.Kind
		says string
	}{
		"release-order": {approval.ReleaseOrder, "已放行，按订单入账一次"},
		"refuse-order":  {approval.RefuseOrder, "不再入账：已记为应退补"},
	} {
		w, _ := morning(t)
		d := openDesk(t, w, nil)
		d.staffed()
		zhang, wang, chen := d.as("zhang"), d.as("wang"), d.as("chen")
		id := w.holds()
		page := "/cases/" + id
		hasOnly(t, "the case", d.reads(wang, page), []string{"提出放行入账", "提出不入账", "超过一笔缴费的上限", "¥9,900.00", "没有记录"}, []string{"limit"})
		hasOnly(t, "the case to a cashier", d.reads(chen, page), []string{"由会计、值班员或管理员提出"}, []string{`action="/cases/` + id + `/release-order"`})
		if status, _ := d.form(chen, page+"/"+act, "reason", "我来"); status != http.StatusForbidden {
			t.Errorf("a cashier: %d", status)
		}
		if status, _ := d.form(wang, page+"/"+act, "reason", ""); status != http.StatusBadRequest {
			t.Errorf("without a reason: %d", status)
		}
		plan := d.proposed(wang, page+"/"+act, "reason", "已核对钞箱")
		hasOnly(t, "the plan to its proposer", d.reads(wang, plan), []string{"由您提出，须由另一人批准"}, []string{plan + "/approve"})
		hasOnly(t, "the case meanwhile", d.reads(zhang, page), []string{"待另一人批准", plan}, nil)
		hasOnly(t, "the plan to another", d.reads(zhang, plan), []string{"1000000002", "超过一笔缴费的上限", "9,900.00"}, []string{"990000"})
		p := d.waiting(zhang)
		if p.Kind != string(want.kind) {
			t.Errorf("it is a plan to %s", p.Kind)
		}
		if status, _ := d.form(zhang, plan+"/approve", "hash", p.Hash); status != http.StatusSeeOther {
			t.Fatalf("approved: %d", status)
		}
		hasOnly(t, "the plan afterwards", d.reads(zhang, plan), []string{want.says}, nil)
		hasOnly(t, "the case afterwards", d.reads(zhang, page), []string{"zhang", "已核对钞箱"}, []string{"提出放行入账"})
	}
}

// TestForkIsChosenOnTheKiosksPage: both sides are on the page, and two people choose one.
func TestForkIsChosenOnTheKiosksPage(t *testing.T) {
	w, _ := morning(t)
	d := openDesk(t, w, nil)
	zhang, wang, li := d.as("zhang"), d.as("wang"), d.as("li")
	w.forks("10000006")
	page := "/kiosks/10000006"
	hasOnly(t, "the kiosk", d.reads(wang, page), []string{"先到的一份", "分支 0-1", "提出保留这一份", "100.00", "50.00"}, nil)
	hasOnly(t, "the kiosk to an accountant", d.reads(zhang, page), []string{"先到的一份"}, []string{"提出保留这一份"})
	if status, _ := d.form(zhang, page+"/choose-branch", "side", "0-1", "reason", "我来"); status != http.StatusForbidden {
		t.Errorf("an accountant: %d", status)
	}
	if status, _ := d.form(wang, page+"/choose-branch", "side", "7-7", "reason", "没有这份"); status != http.StatusConflict {
		t.Errorf("no such side: %d", status)
	}
	plan := d.proposed(wang, page+"/choose-branch", "side", "0-1", "reason", "现场主板是第二块")
	hasOnly(t, "the plan", d.reads(li, plan), []string{"分支 0-1：记录", "先到的一份：记录", "1 笔，¥50.00", "1 笔，¥100.00", "/kiosks/10000006"}, []string{"map["})
	if status, _ := d.form(li, plan+"/approve", "hash", d.waiting(li).Hash); status != http.StatusSeeOther {
		t.Fatalf("approved: %d", status)
	}
	hasOnly(t, "the plan afterwards", d.reads(li, plan), []string{"选定的一份已是这台终端的日志"}, nil)
	hasOnly(t, "the kiosk afterwards", d.reads(wang, page), nil, []string{"先到的一份"})
	if all, err := w.store.Forks(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%d forks are left, %v", len(all), err)
	}
}

// TestBoundsAreSetOnTheirPage: two people widen a kiosk's bounds, and read what changes of what
// holds, also where a bound of its own is taken away; nothing holds before the second has
// approved.
func TestBoundsAreSetOnTheirPage(t *testing.T) {
	w, _ := morning(t)
	d := openDesk(t, w, nil)
	zhang, wang, li := d.as("zhang"), d.as("wang"), d.as("li")
	page := "/bounds?kiosk=10000006"
	hasOnly(t, "the bounds", d.reads(wang, page), []string{"单笔现金", "5000 元", "出厂值", "提出设定"}, []string{"本终端</span>"})
	hasOnly(t, "the bounds to an accountant", d.reads(zhang, page), []string{"5000 元"}, []string{"提出设定"})
	if status, _ := d.form(zhang, "/bounds", "kiosk", "10000006", "max-cash", "8000", "reason", "我来"); status != http.StatusForbidden {
		t.Errorf("an accountant: %d", status)
	}
	for _, bad := range []string{"0", "60000", "x", "1 max-card=9", "-1"} {
		if status, _ := d.form(wang, "/bounds", "kiosk", "10000006", "max-cash", bad, "reason", "试试"); status != http.StatusBadRequest {
			t.Errorf("%q: %d", bad, status)
		}
	}
	if status, _ := d.form(wang, "/bounds", "kiosk", "10000099", "max-cash", "9", "reason", "试试"); status != http.StatusNotFound {
		t.Errorf("no such kiosk: %d", status)
	}
	set := func(at, change string, fields ...string) {
		t.Helper()
		plan := d.proposed(wang, "/bounds", fields...)
		hasOnly(t, "the page meanwhile", d.reads(wang, at), []string{"待另一人批准"}, nil)
		if status, _ := d.form(wang, plan+"/approve", "hash", d.waiting(wang).Hash); status == http.StatusSeeOther {
			t.Error("one person set bounds alone")
		}
		hasOnly(t, "the plan", d.reads(li, plan), []string{change}, []string{"max-cash", "单笔扫码"})
		if status, _ := d.form(li, plan+"/approve", "hash", d.waiting(li).Hash); status != http.StatusSeeOther {
			t.Fatalf("approved: %d", status)
		}
	}
	set(page, "5000 元 → 300 元（收紧）", "kiosk", "10000006", "max-cash", "300", "reason", "周边常有小额投诉")
	hasOnly(t, "the bounds", d.reads(wang, page), []string{"300 元", "本终端</span>"}, nil)
	set(page, "300 元 → 5000 元（放宽）", "kiosk", "10000006", "reason", "恢复")
	set("/bounds", "5000 元 → 8000 元（放宽）", "max-cash", "8000", "reason", "全部放宽")
	hasOnly(t, "the bounds", d.reads(wang, page), []string{"8000 元", "全部终端</span>"}, []string{"本终端</span>"})
	if b, err := w.store.BoundsOf(t.Context(), "10000006"); err != nil || b.MaxCash != 800000 {
		t.Errorf("bounds %+v, %v", b, err)
	}
}

// TestServiceOnTheKiosksPage: one person suspends at once, two do the others; the page offers
// what is possible now, to whom it may.
func TestServiceOnTheKiosksPage(t *testing.T) {
	w, _ := morning(t)
	d := openDesk(t, w, nil)
	zhang, wang, li := d.as("zhang"), d.as("wang"), d.as("li")
	const page = "/kiosks/10000001"
	hasOnly(t, "in service", d.reads(wang, page), []string{"服务中", page + "/suspend", page + "/replace", page + "/retire"}, []string{page + "/resume"})
	hasOnly(t, "to an accountant", d.reads(zhang, page), []string{"服务中"}, []string{page + "/suspend", page + "/retire"})
	for _, act := range []string{"suspend", "resume", "replace", "retire"} {
		if status, _ := d.form(zhang, page+"/"+act, "reason", "我来"); status != http.StatusForbidden {
			t.Errorf("an accountant, %s: %d", act, status)
		}
	}
	if status, to := d.form(wang, page+"/suspend", "reason", "机柜被撬"); status != http.StatusSeeOther || !strings.HasPrefix(to, page) {
		t.Fatalf("suspended: %d, to %s", status, to)
	}
	hasOnly(t, "suspended", d.reads(wang, page), []string{"已停用", "机柜被撬", page + "/resume"}, []string{page + "/suspend"})
	for _, act := range []struct {
		name string
		to   identity.Service
		word string
	}{{"resume", identity.InService, "服务中"}, {"replace", identity.Replaced, "等待换机"}, {"retire", identity.Retired, "已退役"}} {
		plan := d.proposed(wang, page+"/"+act.name, "reason", "现场已查看")
		hasOnly(t, "the plan to "+act.name, d.reads(li, plan), []string{"执行前状态", act.word, page}, []string{"in-service", "retired<", "replaced<"})
		if i, err := w.store.Identities.Identity(t.Context(), "10000001"); err != nil || i.Service == act.to {
			t.Errorf("before another person approves it: %s, %v", i.Service, err)
		}
		if status, _ := d.form(li, plan+"/approve", "hash", d.waiting(li).Hash); status != http.StatusSeeOther {
			t.Fatalf("approved: %d", status)
		}
		if i, err := w.store.Identities.Identity(t.Context(), "10000001"); err != nil || i.Service != act.to {
			t.Errorf("%s: %s, %v", act.name, i.Service, err)
		}
		hasOnly(t, "after "+act.name, d.reads(wang, page), []string{act.word, "wang, li"}, nil)
	}
}

// TestPeoplePage: everybody sees who works here and the table; an administrator proposes a
// reset from it, which neither of the two may do for the own factor; and whoever has a code
// takes the own factor away alone.
func TestPeoplePage(t *testing.T) {
	w := newTown(t)
	d, wait := strict(t, w)
	root, _, _ := d.setUp(t, "root")
	li, phone, _ := d.setUp(t, "li")
	wang, _, _ := d.setUp(t, "wang")
	page := d.reads(root, "/people")
	hasOnly(t, "people to an administrator", page, []string{"返销", "/people/wang/reset-factor", "签账"}, []string{"/people/root/reset-factor", "/people/zhang/reset-factor"})
	hasOnly(t, "people to an operator", d.reads(li, "/people"), []string{"wang"}, []string{"/people/wang/reset-factor"})
	if status, _ := d.form(root, "/people/root/reset-factor", "reason", "自己"); status != http.StatusForbidden {
		t.Errorf("the own factor: %d", status)
	}
	plan := d.proposed(root, "/people/wang/reset-factor", "reason", "手机丢失，已当面核实")
	hasOnly(t, "the plan to whose factor it is", d.reads(wang, plan), []string{"wang", "您的角色不能批准此事项"}, []string{plan + "/approve"})
	if _, err := w.store.Plans.Approve(t.Context(), d.waiting(li).ID, mustHash(t, d.waiting(li).Hash), "wang", "", noon); !errors.Is(err, approval.ErrNotAllowed) {
		t.Errorf("whose factor it is approves: %v", err)
	}
	if status, _ := d.form(li, plan+"/approve", "hash", d.waiting(li).Hash); status != http.StatusSeeOther {
		t.Fatalf("approved: %d", status)
	}
	if status, _ := d.call(wang, "GET", "/api/v1/me", nil); status != http.StatusUnauthorized {
		t.Errorf("the session goes on: %d", status)
	}

	wait(time.Minute)
	if status, _ := d.form(li, "/factor/reset", "code", "000000"); status != http.StatusForbidden {
		t.Errorf("by a wrong code: %d", status)
	}
	if status, to := d.form(li, "/factor/reset", "code", phone.code()); status != http.StatusSeeOther || to != "/login" {
		t.Fatalf("by a code: %d, to %s", status, to)
	}
	if status, _ := d.call(li, "GET", "/api/v1/me", nil); status != http.StatusUnauthorized {
		t.Errorf("the session goes on: %d", status)
	}
	log, err := w.store.AuditLog(t.Context(), 1)
	w.check(err)
	if log[0].User != "li" || log[0].Action != "drop own second factor" {
		t.Errorf("the log ends with %+v", log[0])
	}
	d.setUp(t, "li")
}

// acts are what two people see of a plan, in a browser each.
type acts struct {
	*testing.T
	dir string
}

// shot keeps a picture, if a folder is named, at the widths of a desk and of a telephone.
func (a acts) shot(ctx context.Context, name string) {
	a.Helper()
	if a.dir == "" {
		return
	}
	for _, width := range []int64{1280, 390} {
		does(ctx, a.T, chromedp.EmulateViewport(width, 900))
		png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err == nil {
			err = os.WriteFile(filepath.Join(a.dir, fmt.Sprintf("%s-%d.png", name, width)), png, 0o600)
		}
		if err != nil {
			a.Fatal(name, err)
		}
	}
	does(ctx, a.T, chromedp.EmulateViewport(1280, 900))
}

// opens shows a page to whoever sits at ctx, and returns what it says.
func (a acts) opens(ctx context.Context, url string) string {
	a.Helper()
	does(ctx, a.T, chromedp.Navigate(url), chromedp.WaitVisible("#main"))
	return told[string](ctx, a.T, `document.querySelector("#main").textContent`)
}

// TestTwoPeopleInABrowser: one asks for a reversal and cannot approve it, also not under
// another role; another person approves exactly what was seen; a plan whose grounds have
// changed is refused; and the page tells the truth afterwards. Pictures with WATTKIOSK_SHOTS.
func TestTwoPeopleInABrowser(t *testing.T) {
	first := chromium(t)
	does(first, t, chromedp.Navigate("about:blank")) // the browser is there from now on
	second, stop := chromedp.NewContext(first, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	a := acts{t, os.Getenv("WATTKIOSK_SHOTS")}
	enters := func(ctx context.Context, who string) {
		t.Helper()
		does(ctx, t, chromedp.Navigate(d.http.URL+"/login"), chromedp.WaitVisible("input[name=user]"))
		enterAs(ctx, t, who)
	}
	enters(first, "wang")
	enters(second, "li")
	payment := d.http.URL + "/transactions/" + serials["posted"]
	asks := func() string {
		t.Helper()
		form := `form[action="/postings/` + serials["posted"] + `/reverse"]`
		a.opens(first, payment)
		told[bool](first, t, `[...document.querySelectorAll("details")].forEach((d) => d.open = true) || true`)
		does(first, t, chromedp.SendKeys(form+` [name=reason]`, "顾客输错户号"), chromedp.Click(form+" button.main"), chromedp.WaitVisible("#facts"))

		return told[string](first, t, `location.pathname`)
	}

	plan := asks()
	a.shot(first, "two-asked")
	if told[bool](first, t, `!!document.querySelector('form[action$="/approve"]')`) || !strings.Contains(a.opens(first, d.http.URL+plan), "由您提出，须由另一人批准") {
		t.Error("whoever proposed it is offered to approve it")
	}
	w.check(w.store.SetRole(t.Context(), "wang", people.RoleAdmin, "test", noon))
	enters(first, "wang")
	if said := a.opens(first, d.http.URL+plan); !strings.Contains(said, "由您提出，须由另一人批准") {
		t.Error("under another role it is another person")
	}
	status := told[int](first, t, `(() => { const x = new XMLHttpRequest(); x.open("POST", location.pathname + "/approve", false); x.setRequestHeader("Content-Type", "application/x-www-form-urlencoded"); x.send("hash=`+d.waiting(d.as("li")).Hash+`"); return x.status })()`)
	if status != http.StatusForbidden {
		t.Errorf("a form made by hand: %d", status)
	}

	said := a.opens(second, d.http.URL+plan)
	for _, part := range []string{serials["posted"], "顾客输错户号", "wang", "执行前状态", "已入账"} {
		if !strings.Contains(said, part) {
			t.Errorf("the plan does not say %q", part)
		}
	}
	a.shot(second, "two-seen")
	w.touch(serials["posted"])
	does(second, t, chromedp.Click(`form[action$="/approve"] button.main`), chromedp.WaitVisible(".error"))
	if said := told[string](second, t, `document.querySelector("#main").textContent`); !strings.Contains(said, "提出后情况已有变化") {
		t.Errorf("a plan whose grounds have changed: %s", said)
	}
	a.shot(second, "two-changed")
	if said := a.opens(second, d.http.URL+plan); !strings.Contains(said, "未能执行") {
		t.Errorf("afterwards: %s", said)
	}
	if p, err := w.store.Posting(t.Context(), serials["posted"]); err != nil || p.State.Final() != true {
		t.Errorf("it is being reversed: %v, %v", p.State, err)
	}

	plan = asks()
	a.opens(second, d.http.URL+plan)
	does(second, t, chromedp.Click(`form[action$="/approve"] button.main`), chromedp.WaitVisible(".flash"))
	a.shot(second, "two-done")
	if said := a.opens(second, d.http.URL+plan); !strings.Contains(said, "已由另一人批准，并已执行一次") || !strings.Contains(said, "已安排返销") {
		t.Errorf("approved: %s", said)
	}
	if said := a.opens(second, payment); strings.Contains(said, "缴费成功") {
		t.Errorf("the payment reads as posted: %s", said)
	}
	a.shot(second, "two-afterwards")
	log, err := w.store.AuditLog(t.Context(), 12)
	w.check(err)
	for _, want := range []string{"li: approve reverse", "li: approve reverse refused", "wang: approve reverse refused", "wang: propose reverse"} {
		if !slices.ContainsFunc(log, func(a people.Audit) bool { return a.User+": "+a.Action == want }) {
			t.Errorf("the audit log has no %q: %+v", want, log)
		}
	}
}

// TestTrustShots keeps pictures of the pages on which two people decide, in both languages.
func TestTrustShots(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	ctx, a := chromium(t), acts{t, dir}
	w, _ := morning(t)
	places(w)
	d := openDesk(t, w, nil)
	d.staffed()
	id := w.holds()
	w.forks("10000006")
	wang := d.as("wang")
	_, _ = d.form(wang, "/kiosks/10000003/suspend", "reason", "机柜被撬，先停用")
	plan := d.proposed(wang, "/kiosks/10000006/choose-branch", "side", "0-1", "reason", "现场主板是第二块")
	d.proposed(wang, "/kiosks/10000003/resume", "reason", "现场已查看")
	widens := d.proposed(wang, "/bounds", "kiosk", "10000006", "max-cash", "8000", "lookups", "30", "reason", "厅内大户较多")
	does(ctx, t, chromedp.Navigate(d.http.URL+"/login"), chromedp.WaitVisible("input[name=user]"))
	enterAs(ctx, t, "wang")
	for _, tag := range []string{"zh", "en"} {
		for _, p := range [][2]string{{"held", "/cases/" + id}, {"fork", "/kiosks/10000006"}, {"service", "/kiosks/10000003"}, {"plan", plan}, {"people", "/people"}, {"bounds", "/bounds?kiosk=10000006"}, {"bounds-plan", widens}, {"cash-rules", "/cash-rules"}} {
			a.opens(ctx, d.http.URL+p[1])
			told[bool](ctx, t, `[...document.querySelectorAll("details")].forEach((d) => d.open = true) || true`)
			a.shot(ctx, p[0]+"-"+tag)
			if found := told[string](ctx, t, printAudit); found != "" {
				t.Errorf("%s in %s:\n%s", p[0], tag, found)
			}
		}
		told[bool](ctx, t, `(() => { const x = new XMLHttpRequest(); x.open("POST", "/language", false); x.setRequestHeader("Content-Type", "application/x-www-form-urlencoded"); x.send("language=en&back=/people"); return true })()`)
	}
}
