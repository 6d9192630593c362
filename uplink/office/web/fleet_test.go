package web

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/wire"
)

// bigTown is a town with n kiosks, of which every seventh needs a look.
func bigTown(t testing.TB, n int) *town {
	t.Helper()
	w := newTown(t)
	for i := range n {
		st := wire.State{Version: "1.0.0", Screen: "idle", Cash: 1286000, Notes: 214, Paper: "full", Board: "qemuarm64", Build: 42, Site: fmt.Sprintf("第%d营业厅", i), Address: "示范市建设路1号"}
		if i%7 == 0 {
			st.Screen, st.Alarms, st.Paper = "out-of-service", []string{"paper", "printer"}, "out"
		}
		w.kiosk(fmt.Sprintf("1%07d", i), true, noon, st)
	}
	return w
}

// TestOverviewOfABigFleet: what an open overview fetches does not grow with the fleet.
func TestOverviewOfABigFleet(t *testing.T) {
	d := openDesk(t, bigTown(t, 5000), nil)
	c := d.as("wang")
	for _, path := range []string{"/?live=1", "/", "/kiosks", "/kiosks?needy=1&page=3"} {
		status, body := d.call(c, "GET", path, nil)
		if status != 200 || len(body) > 100_000 {
			t.Errorf("%s: %d with %d bytes", path, status, len(body))
		}
	}
	_, body := d.call(c, "GET", "/?live=1", nil)
	if text := pageText(body); !strings.Contains(text, "需要关注 715") || !strings.Contains(text, "5000 / 5000") || strings.Count(body, `<td class="name">`) != 10 {
		t.Errorf("%s", text)
	}
}

// BenchmarkOverview is one fetch of an open overview of 5,000 kiosks.
func BenchmarkOverview(b *testing.B) {
	d := openDesk(b, bigTown(b, 5000), nil)
	c := d.as("wang")
	b.ResetTimer()
	for range b.N {
		_, body := d.call(c, "GET", "/?live=1", nil)
		b.ReportMetric(float64(len(body)), "bytes/fetch")
	}
}

// rowsOf are the keys of the rows of a page, in its order.
func rowsOf(body string) (keys []string) {
	for _, m := range regexp.MustCompile(`<tr data-key="([^"]+)"`).FindAllStringSubmatch(body, -1) {
		keys = append(keys, m[1])
	}
	return keys
}

// TestKioskList: those in trouble come first, and a kiosk is found by its number, its site
// and its address.
func TestKioskList(t *testing.T) {
	w := newTown(t)
	w.kiosk("10000001", true, noon, wire.State{Screen: "idle", Site: "建设路营业厅", Address: "示范市建设路8号"})
	w.kiosk("10000002", true, noon, wire.State{Screen: "idle", Site: "城东营业厅"})
	w.kiosk("10000003", true, noon, wire.State{Screen: "out-of-service", Site: "城西营业厅", Paper: "out"})
	w.kiosk("10000004", false, noon, wire.State{Screen: "idle"})
	d := openDesk(t, w, nil)
	c := d.as("zhang")
	for path, want := range map[string]string{
		"/kiosks":                  "10000003 10000004 10000001 10000002",
		"/kiosks?needy=1":          "10000003 10000004",
		"/kiosks?q=0002":           "10000002",
		"/kiosks?q=城":              "10000003 10000002",
		"/kiosks?q=建设路8":           "10000001",
		"/kiosks?q=营业厅&needy=1":    "10000003",
		"/kiosks?q=%25":            "",
		"/kiosks?page=2":           "",
		"/?live=1&nothing=of+that": "10000003 10000004",
	} {
		status, body := d.call(c, "GET", path, nil)
		if got := strings.Join(rowsOf(body), " "); status != 200 || got != want {
			t.Errorf("%s: %d, %s, want %s", path, status, got, want)
		}
	}
	for _, bad := range []string{"/kiosks?page=0", "/kiosks?page=x", "/kiosks?page=10001", "/kiosks?q=" + strings.Repeat("a", 65), "/kiosks?q=%ff"} {
		if status, _ := d.call(c, "GET", bad, nil); status != 400 {
			t.Errorf("%s: %d", bad, status)
		}
	}
	_, body := d.call(c, "GET", "/kiosks", nil)
	if text := pageText(body); !strings.Contains(text, "网点未知") || !strings.Contains(text, "第 1–4 台，共 4 台") || !strings.Contains(text, "已用完") {
		t.Errorf("%s", text)
	}
}

// TestKioskPages walks the pages of a list.
func TestKioskPages(t *testing.T) {
	d := openDesk(t, bigTown(t, 120), nil)
	c := d.as("zhang")
	var all []string
	path := "/kiosks"
	for range 5 {
		_, body := d.call(c, "GET", path, nil)
		all = append(all, rowsOf(body)...)
		m := regexp.MustCompile(`<a href="([^"]+)">下一页`).FindStringSubmatch(body)
		if m == nil {
			break
		}
		path = m[1]
	}
	if slices.Sort(all); len(slices.Compact(all)) != 120 || path != "/kiosks?page=3" {
		t.Errorf("%d kiosks, the last page is %s", len(all), path)
	}
}

// TestEmptyFleet says how the first kiosk comes.
func TestEmptyFleet(t *testing.T) {
	d := openDesk(t, newTown(t), nil)
	c := d.as("wang")
	for _, path := range []string{"/", "/kiosks"} {
		_, body := d.call(c, "GET", path, nil)
		if text := pageText(body); !strings.Contains(text, "officed enrol-token") || strings.Contains(text, "全部在线") {
			t.Errorf("%s: %s", path, text)
		}
	}
}

// TestKioskPage tells all about one kiosk, and what nobody knows as that.
func TestKioskPage(t *testing.T) {
	w, serials := morning(t)
	w.kiosk("10000009", true, noon, wire.State{})
	d := openDesk(t, w, nil)
	c := d.as("wang")
	_, body := d.call(c, "GET", "/kiosks/10000003", nil)
	text := pageText(body)
	for _, want := range []string{"网点未知", "暂停服务", "凭证纸用完 仍在 2026-11-23 13:57:10 缺纸", "¥20,510.00 402 张", "1.0.0", "没有差异"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing of %q in\n%s", want, text)
		}
	}
	_, body = d.call(c, "GET", "/kiosks/10000002", nil)
	if text := pageText(body); !strings.Contains(text, serials["owed"]) || !strings.Contains(text, "应退补") || !strings.Contains(text, "没有告警记录") {
		t.Errorf("%s", text)
	}
	_, body = d.call(c, "GET", "/kiosks/10000009", nil)
	if text := pageText(body); strings.Count(text, "未知") < 5 || !strings.Contains(text, "¥0.00 0 张") {
		t.Errorf("what is not known: %s", text)
	}
	if status, _ := d.call(c, "GET", "/kiosks/99999999", nil); status != 404 {
		t.Errorf("a kiosk that there is not: %d", status)
	}
}

// TestPlaceIsSet: a person says where a kiosk stands; that is shown with who it was, is in
// the audit log, and nobody but an operator does it.
func TestPlaceIsSet(t *testing.T) {
	w := newTown(t)
	w.kiosk("10000001", true, noon, wire.State{Screen: "idle", Site: "建设路营业厅", Address: "示范市建设路8号"})
	d := openDesk(t, w, nil)
	c := d.as("wang")
	if status, to := d.form(c, "/kiosks/10000001/place", "site", "城东<b>营业厅", "address", ""); status != 303 || to != "/kiosks/10000001?note=place" {
		t.Errorf("%d to %q", status, to)
	}
	_, body := d.call(c, "GET", "/kiosks/10000001", nil)
	if !strings.Contains(body, "城东&lt;b&gt;营业厅") || !strings.Contains(body, "wang 于 2026-11-23 14:32:10 设定") || !strings.Contains(body, "示范市建设路8号") {
		t.Errorf("%s", pageText(body))
	}
	if status, _ := d.form(c, "/kiosks/10000001/place", "site", strings.Repeat("长", 33)); status != 400 {
		t.Errorf("a site of 33 characters: %d", status)
	}
	if status, _ := d.form(d.as("zhang"), "/kiosks/10000001/place", "site", "x"); status != 403 {
		t.Errorf("an accountant: %d", status)
	}
	var v kioskView
	if status, body := d.call(c, "PUT", "/api/v1/kiosks/10000001/place", object{"site": "", "address": "人民路2号"}); status != 200 {
		t.Errorf("%d %s", status, body)
	}
	d.get(c, "/api/v1/kiosks/10000001", &v)
	if v.Site != "建设路营业厅" || v.Address != "人民路2号" {
		t.Errorf("%+v", v)
	}
	acts, err := w.store.Acts(t.Context(), people.AuditFilter{Object: "10000001"})
	w.check(err)
	acts = slices.DeleteFunc(acts, func(a people.Audit) bool { return a.Action != "set place" })
	if len(acts) != 2 || acts[1].User != "wang" || acts[1].Reason != "城东<b>营业厅" {
		t.Errorf("%+v", acts)
	}
	k, err := w.store.Kiosk(t.Context(), "10000001")
	w.check(err)
	if (k.Set != fleet.Place{Address: "人民路2号"}) {
		t.Errorf("%+v", k.Set)
	}
}

// TestPaymentsArePaged: pages follow one another without a gap, by day and by state.
func TestPaymentsArePaged(t *testing.T) {
	w := newTown(t)
	w.kiosk("10000001", true, noon, wire.State{})
	w.kiosk("10000002", true, noon, wire.State{})
	states := map[string][]string{}
	for i := range 130 {
		p := payment{kiosk: "10000001", account: "1000000001", at: noon.Add(-time.Duration(i) * time.Hour), notes: []int64{100}, upTo: "posted"}
		if i%10 == 0 {
			p.upTo = "owed"
		}
		if i == 129 {
			p.upTo, p.kiosk = "cancelled", "10000002"
		}
		states[p.upTo] = append(states[p.upTo], w.pay(p))
	}
	d := openDesk(t, w, nil)
	c := d.as("zhang")
	walk := func(path string) (all []string, pages int) {
		for pages = 1; ; pages++ {
			_, body := d.call(c, "GET", path, nil)
			all = append(all, rowsOf(body)...)
			m := regexp.MustCompile(`<a href="([^"]+)">下一页`).FindStringSubmatch(body)
			if m == nil || pages > 9 {
				return all, pages
			}
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	if all, pages := walk("/transactions"); len(all) != 130 || pages != 3 || len(slices.Compact(slices.Sorted(slices.Values(all)))) != 130 {
		t.Errorf("%d payments on %d pages", len(all), pages)
	}
	if all, pages := walk("/transactions?state=owed"); pages != 1 || !slices.Equal(all, states["owed"]) {
		t.Errorf("owed on %d pages: %v, want %v", pages, all, states["owed"])
	}
	if all, _ := walk("/transactions?state=posted&kiosk=10000001"); !slices.Equal(all, states["posted"]) {
		t.Errorf("%d are posted, want %d", len(all), len(states["posted"]))
	}
	for path, want := range map[string]int{
		"/transactions?day=2026-11-22": 24, "/transactions?day=2026-11-23": 15, "/transactions?day=2026-11-24": 0, "/transactions?day=2026-11-22&state=owed": 2,
		"/transactions?kiosk=10000002": 1, "/transactions?kiosk=10000002&state=posted": 0, "/transactions?account=9": 0, "/transactions?state=disputed": 0,
	} {
		if all, _ := walk(path); len(all) != want {
			t.Errorf("%s: %d, want %d", path, len(all), want)
		}
	}
	for _, bad := range []string{"day=23.11.2026", "state=nothing", "before=1", "before=x.1", "before=-1.1", "before=1."} {
		if status, _ := d.call(c, "GET", "/transactions?"+bad, nil); status != 400 {
			t.Errorf("%s: %d", bad, status)
		}
	}
	a, err := c.Get(d.http.URL + "/transactions?serial=1000%200001%200000%200000%204211")
	if err != nil || a.Header.Get("Location") != "/transactions/10000001000000004211" {
		t.Errorf("a serial as a slip shows it: %v, %v", a.Header, err)
	}
}

// TestUnknownAddresses have a page: in the frame with the ways on, in the person's language.
func TestUnknownAddresses(t *testing.T) {
	w, _ := morning(t)
	d := openDesk(t, w, nil)
	c := d.as("zhang")
	for path, want := range map[string]int{"/nothing": 404, "/transactions/1/2/3": 404, "/kiosk": 404} {
		status, body := d.call(c, "GET", path, nil)
		if status != want || !strings.Contains(body, "没有这个页面") || !strings.Contains(body, `<a href="/kiosks"`) || !strings.Contains(body, "zhang") {
			t.Errorf("%s: %d %.300s", path, status, body)
		}
	}
	if status, body := d.call(c, "GET", "/logout", nil); status != 405 || !strings.Contains(body, "没有这个页面") {
		t.Errorf("a page that is posted to only: %d", status)
	}
	if status, body := d.call(d.client(), "GET", "/nothing", nil); status != 404 || !strings.Contains(body, "没有这个页面") || strings.Contains(body, `href="/kiosks"`) {
		t.Errorf("nobody: %d", status)
	}
	if status, body := d.call(c, "GET", "/technicians", nil); status != 403 || !strings.Contains(body, `<a href="/kiosks"`) {
		t.Errorf("a page that one may not see, without the ways on: %d", status)
	}
	if status, body := d.call(c, "GET", "/api/v1/nothing", nil); status != http.StatusNotFound || errCode(body) != codeNotFound {
		t.Errorf("the interface: %d %s", status, body)
	}
}

// TestSituationsOfDisputed: a case says what is the matter with it, and not of all of its
// class that nobody knows.
func TestSituationsOfDisputed(t *testing.T) {
	for text, want := range map[string]string{
		"the MIS booked 199.00, the order is 200.00 (1001 成功)":     "disputed.amount",
		"the MIS booked it as 1.00 to arrears and 2.00 to advance": "disputed.split",
		"posted; the MIS did not reverse it":                       "disputed.kept",
		"posted; later the MIS knew nothing of it":                 "disputed.vanished",
		"the MIS could neither confirm nor reverse the posting":    "disputed",
		"": "disputed",
		"the card-meter system sold 9.00 as purchase 5 onto card X, the order is purchase": "disputed.amount",
	} {
		if got := matterOf(books.Case{Class: books.ClassDisputed, Text: text}, false); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"the card-meter system booked 9.00, the order is 100.00":                           "sale.disputed.amount",
		"the card-meter system sold 9.00 as purchase 5 onto card X, the order is purchase": "sale.disputed.amount",
		"posted; the card-meter system did not reverse it":                                 "sale.disputed.kept",
		"posted; later the card-meter system knew nothing of it":                           "sale.disputed.vanished",
		"the card-meter system could neither confirm nor reverse the posting":              "sale.disputed",
	} {
		if got := matterOf(books.Case{Class: books.ClassDisputed, Text: text}, true); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	for key := range words {
		if todo, is := strings.CutPrefix(key, "todo."); is && strings.Contains(todo, "disputed.") {
			for _, group := range []string{"class.", "means."} {
				if words[group+todo] == [2]string{} {
					t.Errorf("%s has no words", group+todo)
				}
			}
		}
	}
}
