package web

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/depot/depottest"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store/storetest"
)

// browser is a page of a headless Chromium.
func browser(t *testing.T) context.Context {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.WindowSize(1440, 1000))
	alloc, stop := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	return ctx
}

// keepShot keeps a picture of a page, once ready is to be seen.
func keepShot(ctx context.Context, t *testing.T, dir, name, url, ready string, width int64) {
	t.Helper()
	err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 1000), chromedp.Navigate(url), chromedp.WaitVisible(ready))
	if err != nil {
		t.Fatal(name, err)
	}
	keepShotHere(ctx, t, dir, name)
}

// keepShotHere keeps a picture of the page that is open.
func keepShotHere(ctx context.Context, t *testing.T, dir, name string) {
	t.Helper()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		t.Fatal(name, err)
	}
}

// keepBoth keeps pictures of a page in the language that is set and, as name-en, in English.
func keepBoth(ctx context.Context, t *testing.T, dir, name, url string, width int64) {
	t.Helper()
	keepShot(ctx, t, dir, name, url, "main", width)
	if err := chromedp.Do(ctx, chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(`html[lang=en] main`)); err != nil {
		t.Fatal(name, err)
	}
	keepShot(ctx, t, dir, name+"-en", url, "main", width)
	if err := chromedp.Do(ctx, chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(`html[lang=zh-CN] main`)); err != nil {
		t.Fatal(name, err)
	}
}

// enterAs logs in on the page that is open.
func enterAs(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	err := chromedp.Do(ctx, chromedp.SendKeys(`input[name=user]`, name), chromedp.SendKeys(`input[name=password]`, password),
		chromedp.Click("button.main"), chromedp.WaitVisible(".user"))
	if err != nil {
		t.Fatal(err)
	}
}

// TestRolloutShots keeps pictures of the pages of updates.
func TestRolloutShots(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	c := newCampaign(t)
	d := openDesk(t, c.town, func(cfg *Config) { cfg.Depot = shelf(t, depottest.NewMaker(t, noon)) })
	ctx := browser(t)
	shot := func(name, path string, width int64) {
		t.Helper()
		keepShot(ctx, t, dir, name, d.http.URL+path, "main", width)
	}
	shot("login", "/login", 1440)
	enterAs(ctx, t, "wang")
	shot("rollouts", "/rollouts", 1440)
	shot("rollout-broken", "/rollouts/"+c.broken, 1440)
	shot("rollout-running", "/rollouts/"+c.running, 1280)
	shot("rollout-draft", "/rollouts/"+c.draft, 1440)
	shot("rollout-new", "/rollouts/new", 1440)
	if err := chromedp.Do(ctx, chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(`html[lang=en]`)); err != nil {
		t.Fatal(err)
	}
	shot("rollouts-en", "/rollouts", 1280)
	shot("rollout-broken-en", "/rollouts/"+c.broken, 1440)
}

// TestCodeShots keeps a picture of the page of one-time codes.
func TestCodeShots(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	d, _, _ := workshop(t)
	ctx := browser(t)
	keepShot(ctx, t, dir, "login", d.http.URL+"/login", "main", 1440)
	enterAs(ctx, t, "wang")
	keepShot(ctx, t, dir, "technicians", d.http.URL+"/technicians", "#code", 1440)
	err := chromedp.Do(ctx, chromedp.SetValue(`select[name=number]`, "1001"), chromedp.SendKeys(`input[name=kiosk]`, "10000001"),
		chromedp.SendKeys(`input[name=challenge]`, "482913"), chromedp.Click("#code button.main"), chromedp.WaitVisible(".told"))
	if err != nil {
		t.Fatal(err)
	}
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "code.png"), png, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestShots keeps pictures of the pages in the folder WATTKIOSK_SHOTS names, and
// sees a payment appear on an open page.
func TestShots(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	ctx := browser(t)
	shot := func(name, path, ready string, width int64) {
		t.Helper()
		keepShot(ctx, t, dir, name, d.http.URL+path, ready, width)
	}
	shot("login", "/login", "main", 1440)
	enterAs(ctx, t, "wang")
	shot("overview", "/", "#beat", 1440)
	shot("overview-1280", "/", "#beat", 1280)
	shot("overview-1920", "/", "#beat", 1920)
	shot("payment", "/transactions/"+serials["power-cut"], "#beat", 1440)
	shot("payment-owed", "/transactions/"+serials["owed"], "#beat", 1440)
	shot("transactions", "/transactions", "#beat", 1440)
	shot("postings", "/postings", "#beat", 1440)
	if _, err := storetest.Close(t, w.store, "stray-note-10000004-0-1", "清机核对多出 50 元，已挂账", noon); err != nil {
		t.Fatal(err)
	}
	shot("cases", "/cases?open=0", "#beat", 1440)
	if err := chromedp.Do(ctx, chromedp.Click(`#cases summary`), chromedp.WaitVisible("textarea")); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(`html[lang=en] #beat`)); err != nil {
		t.Fatal(err)
	}
	shot("overview-en", "/", "#beat", 1440)
	shot("payment-en", "/transactions/"+serials["disputed"], "#beat", 1280)
	shot("live", "/", "#beat", 1440)
	begin := time.Now()
	serial := w.pay(payment{"10000006", "1000009999", "何**", "示范市学府路***", 5000, noon.Add(-9 * time.Second), []int64{50}, books.StatusPosted})
	if err := chromedp.Do(ctx, chromedp.WaitVisible(`tr[data-key="`+serial+`"]`)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("a payment took %v to appear", took)
	} else {
		t.Log("a payment appeared after", took)
	}
}

// TestPlanShots keeps pictures of what two people do.
func TestPlanShots(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	zhang, wang := d.as("zhang"), d.as("wang")
	for path, body := range map[string]object{
		"/postings/" + serials["posted"] + "/reverse":                  {"reason": "顾客输错户号，要求退回"},
		"/cases/owed-10000002-" + serials["owed"] + "-6/close":         {"resolution": "柜台退现金 200 元，收据 118"},
		"/cases/disputed-10000005-" + serials["disputed"] + "-3/close": {"resolution": "与营销核对，补记 1 元"},
		"/cases/stray-note-10000004-0-1/close":                         {"resolution": "清机核对多出 50 元，已挂账"},
	} {
		c := zhang
		if strings.HasSuffix(path, "reverse") {
			c = wang
		}
		if status, answer := d.call(c, "POST", api+path, body); status != 202 && status != 404 {
			t.Fatal(path, status, answer)
		}
	}
	reversal, err := w.store.Plans.Plans(t.Context(), approval.Filter{Object: serials["posted"]}, noon)
	w.check(err)
	closing, err := w.store.Plans.Plans(t.Context(), approval.Filter{Serial: serials["owed"]}, noon)
	w.check(err)
	ctx := browser(t)
	shot := func(name, path string, width int64) {
		t.Helper()
		keepShot(ctx, t, dir, name, d.http.URL+path, "main", width)
	}
	shot("login", "/login", 1440)
	enterAs(ctx, t, "wang")
	shot("overview-plans", "/", 1280)
	shot("plans", "/plans", 1440)
	shot("plan-own", "/plans/"+reversal[0].ID, 1440)
	shot("plan-close", "/plans/"+closing[0].ID, 1440)
	shot("payment-waiting", "/transactions/"+serials["posted"], 1440)
	if err := chromedp.Do(ctx, chromedp.Navigate(d.http.URL+"/plans/"+closing[0].ID), chromedp.Click(`form[action$="/approve"] button`), chromedp.WaitVisible(".flash")); err != nil {
		t.Fatal(err)
	}
	shot("plan-done", "/plans/"+closing[0].ID+"?note=plan.approve", 1440)
	if err := chromedp.Do(ctx, chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(`html[lang=en]`)); err != nil {
		t.Fatal(err)
	}
	shot("plans-en", "/plans?open=0", 1280)
	shot("plan-own-en", "/plans/"+reversal[0].ID, 1280)
	shot("overview-plans-en", "/", 1280)
}

// TestAccountShots keeps pictures of the own account, the second factor and the audit log.
func TestAccountShots(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	w, _ := morning(t)
	d := openDesk(t, w, nil)
	w.check(w.store.SetRole(t.Context(), "li", people.RoleAuditor, "root", noon))
	ctx := browser(t)
	shot := func(name, path string) {
		t.Helper()
		keepShot(ctx, t, dir, name, d.http.URL+path, "main", 1280)
	}
	shot("login", "/login")
	enterAs(ctx, t, "wang")
	shot("account", "/account")
	shot("factor", "/factor")
	if err := chromedp.Do(ctx, chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(`html[lang=en]`)); err != nil {
		t.Fatal(err)
	}
	shot("account-en", "/account")
	if err := chromedp.Do(ctx, chromedp.Click(`form[action="/logout"] button`), chromedp.WaitVisible(`input[name=user]`)); err != nil {
		t.Fatal(err)
	}
	enterAs(ctx, t, "li")
	shot("audit-en", "/audit")
}
