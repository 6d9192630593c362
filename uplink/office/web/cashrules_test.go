package web

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/settle"
)

// unsignedNight is a night whose date waits, in a house with two accountants.
func unsignedNight(t *testing.T) (*town, *desk) {
	t.Helper()
	w, _ := nightTown(t)
	w.check(w.store.Settle.Plan(t.Context(), noon))
	w.check(w.store.Settle.Plan(t.Context(), night))
	d := openNight(t, w)
	w.check(w.store.SetRole(t.Context(), "li", people.RoleAccountant, "root", noon))

	return w, d
}

// TestCashRules: an accountant has kiosks take no notes until a date is signed; what is lifted
// before takes two people, and who may not is told so.
func TestCashRules(t *testing.T) {
	w, d := unsignedNight(t)
	var woken int
	d.srv.cfg.Notes = func() { woken++ }
	zhang, wang := d.as("zhang"), d.as("wang")
	rules := api + "/cash-rules"
	says := func(c *http.Client, path string, body object, want int) string {
		t.Helper()
		status, answer := d.call(c, "POST", path, body)
		if status != want {
			t.Errorf("%s %v: %d %s", path, body, status, answer)
		}

		return answer
	}
	says(wang, rules, object{"scope": "fleet", "from": "08:00"}, 403)
	says(zhang, rules, object{"scope": "fleet", "from": "25:00"}, 400)
	says(zhang, rules, object{"scope": "everybody", "from": "08:00"}, 400)
	if woken != 1 {
		t.Errorf("woken %d times", woken)
	}
	var got struct {
		Rules  []cashRuleView
		Kiosks []cashStopView
	}
	w.check(json.Unmarshal([]byte(says(zhang, rules, object{"scope": "fleet", "from": "05:30"}, 200)), &got))
	from := time.Date(2026, 11, 24, 5, 30, 0, 0, w.store.Zone()).UnixMilli()
	if len(got.Rules) != 1 || got.Rules[0].From != "05:30" || got.Rules[0].By != "zhang" || len(got.Kiosks) != 2 ||
		got.Kiosks[0] != (cashStopView{"10000001", from, "2026-11-23", true}) {
		t.Errorf("%+v", got)
	}
	says(zhang, rules+"/drop", object{"scope": "fleet"}, 409)
	says(zhang, rules, object{"scope": "fleet", "from": "09:00"}, 409)
	says(wang, rules+"/lift", object{"scope": "fleet", "reason": "系统割接"}, 403)
	says(zhang, rules+"/lift", object{"scope": "group none", "reason": "系统割接"}, 404)

	_, page := d.call(d.as("root"), "GET", "/cash-rules", nil)
	if text := pageText(page); !strings.Contains(text, "已停收现金") || !strings.Contains(text, "断线的终端到点也会停收") || strings.Contains(page, `action="/cash-rules/lift"`) {
		t.Errorf("%s", text)
	}
	var p planView
	w.check(json.Unmarshal([]byte(says(zhang, rules+"/lift", object{"scope": "fleet", "reason": "系统割接"}, 202)), &p))
	says(zhang, api+"/plans/"+p.ID+"/approve", object{"hash": p.Hash}, 403)
	_, page = d.call(d.as("root"), "GET", "/plans/"+p.ID, nil)
	if text := strings.Join(strings.Fields(pageText(page)), " "); !strings.Contains(text, "适用于 全部终端") || !strings.Contains(text, "放行至账务日期 2026-11-23") || !strings.Contains(text, "停收时间 05:30") {
		t.Errorf("%s", text)
	}
	says(d.as("li"), api+"/plans/"+p.ID+"/approve", object{"hash": p.Hash}, 200)
	_, page = d.call(zhang, "GET", "/cash-rules", nil)
	if text := pageText(page); strings.Contains(text, "已停收现金") || !strings.Contains(text, "2026-11-24") {
		t.Errorf("%s", text)
	}
	says(zhang, rules+"/drop", object{"scope": "fleet"}, 200)
	if woken < 5 {
		t.Errorf("woken %d times", woken)
	}
}

// TestCashRuleShots keeps pictures of the page.
func TestCashRuleShots(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	w, d := unsignedNight(t)
	w.check(w.store.SetGroup(t.Context(), "jianshe-road", []string{"10000002"}, "wang", noon))
	w.check(w.store.Deadlines.SetCashRule(t.Context(), settle.Fleet, 8*60, "zhang", noon))
	w.check(w.store.Deadlines.SetCashRule(t.Context(), "group jianshe-road", 5*60, "zhang", noon))
	w.check(w.store.Deadlines.SetEscalation(t.Context(), 8*60, "role admin", "zhang", noon))
	w.check(w.store.Deadlines.SetEscalation(t.Context(), 9*60, "person li", "zhang", noon))
	_, err := w.store.Settle.Run(t.Context(), nightDay, "office", func() time.Time { return night })
	w.check(err)
	w.check(w.store.Settle.Remind(t.Context(), night.Add(6*time.Hour+time.Minute)))
	ctx := browser(t)
	shot := func(name, path string) {
		t.Helper()
		keepShot(ctx, t, dir, name, d.http.URL+path, "main", 1440)
	}
	shot("login", "/login")
	enterAs(ctx, t, "zhang")
	shot("cashrules", "/cash-rules")
	shot("dates", "/dates")
	shot("overview-late", "/")
	if err := chromedp.Do(ctx, chromedp.Navigate(d.http.URL+"/cash-rules"), chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(`html[lang=en]`), chromedp.Click("#rules summary")); err != nil {
		t.Fatal(err)
	}
	var png []byte
	png, err = chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(dir+"/cashrules-en.png", png, 0o600)
	}
	w.check(err)
}

// TestNobodySigned: an accountant says who is told when nobody signs; the first page of all
// says that it was done, and who was told has the case among their own.
func TestNobodySigned(t *testing.T) {
	w, d := unsignedNight(t)
	zhang := d.as("zhang")
	for _, c := range []struct {
		as   string
		body object
		want int
	}{
		{"root", object{"at": "08:30", "who": "role admin"}, 403},
		{"zhang", object{"at": "8.30", "who": "role admin"}, 400},
		{"zhang", object{"at": "07:30", "who": "role admin"}, 400},
		{"zhang", object{"at": "08:30", "who": "person gone"}, 400},
		{"zhang", object{"at": "08:30", "who": "person root"}, 200},
		{"zhang", object{"at": "10:00", "who": "role operator"}, 200},
	} {
		if status, answer := d.call(d.as(c.as), "POST", api+"/escalations", c.body); status != c.want {
			t.Errorf("%+v: %d %s", c, status, answer)
		}
	}
	w.reconcile()
	w.check(w.store.Settle.Remind(t.Context(), night.Add(6*time.Hour+31*time.Minute)))
	const says = "账务日期 2026-11-23 到 08:30 仍未签账，已上报 root"
	_, page := d.call(zhang, "GET", "/", nil)
	if !strings.Contains(pageText(page), says) || strings.Contains(page, `id="mine"`) {
		t.Errorf("%s", pageText(page))
	}
	_, page = d.call(d.as("root"), "GET", "/", nil)
	if !strings.Contains(pageText(page), says) || !strings.Contains(page, `id="mine"`) {
		t.Errorf("%s", pageText(page))
	}
	_, page = d.call(zhang, "GET", "/cash-rules", nil)
	if text := pageText(page); !strings.Contains(text, "无人签账时上报") || !strings.Contains(text, "值班员") {
		t.Errorf("%s", text)
	}
	status, answer := d.call(zhang, "GET", api+"/escalations", nil)
	if status != 200 || !strings.Contains(answer, `"told":[{"date":"2026-11-23","by":"08:30","whom":"root",`) {
		t.Errorf("%d %s", status, answer)
	}
}
