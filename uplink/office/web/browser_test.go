package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/wire"
)

// chromium is a page of a headless browser; without one the test is skipped.
func chromium(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no browser")
	}
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("chromium is not installed (Debian: apt-get install chromium fonts-noto-cjk)")
	}
	ctx := browser(t)
	ctx, cancel := context.WithTimeout(ctx, 8*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// does runs steps in the browser.
func does(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// told is what an expression of the page is.
func told[T any](ctx context.Context, t *testing.T, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for a condition of the page.
func until(ctx context.Context, t *testing.T, condition string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](condition)); err != nil {
		t.Fatalf("waiting for %s: %v", condition, err)
	}
}

// watched is a desk of which each live fetch is told, with its instant.
func watched(d *desk) (url string, fetches <-chan time.Time) {
	came := make(chan time.Time, 1000)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if itself(r) {
			came <- time.Now()
		}
		d.srv.Handler().ServeHTTP(w, r)
	}))
	d.t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL, came
}

// TestRefreshKeepsWhatAPersonDoes: a refresh brings a new payment, and a serial that is
// selected, the focus, an open form with what is written in it and the scroll stay.
func TestRefreshKeepsWhatAPersonDoes(t *testing.T) {
	ctx := chromium(t)
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	does(ctx, t, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(d.http.URL+"/login"))
	enterAs(ctx, t, "wang")
	does(ctx, t, chromedp.Navigate(d.http.URL+"/"), chromedp.WaitVisible("#beat"))

	row := fmt.Sprintf(`tr[data-key="%s"]`, serials["owed"])
	told[bool](ctx, t, `(() => { const a = document.querySelector('`+row+` a.mono'), r = document.createRange(); r.selectNodeContents(a);
		getSelection().removeAllRanges(); getSelection().addRange(r); window.held = document.querySelector('`+row+`');
		document.querySelector('`+row+` a.mono').focus(); window.scrollTo(0, 120); return true; })()`)
	scrolled := told[float64](ctx, t, `window.scrollY`)
	serial := w.pay(payment{"10000006", "1000009999", "何**", "示范市学府路***", 5000, noon.Add(-9 * time.Second), []int64{50}, books.StatusPosted})
	until(ctx, t, `document.querySelector('tr[data-key="`+serial+`"]') !== null`)
	for what, is := range map[string]string{
		"selection": `getSelection().toString().trim() === "` + serials["owed"] + `"`,
		"focus":     `document.activeElement === document.querySelector('` + row + ` a.mono')`,
		"row":       `window.held === document.querySelector('` + row + `') && window.held.isConnected`,
		"glow":      `document.querySelector('tr[data-key="` + serial + `"]').classList.contains("fresh") && !window.held.classList.contains("fresh")`,
	} {
		if !told[bool](ctx, t, is) {
			t.Errorf("%s is lost", what)
		}
	}
	if now := told[float64](ctx, t, `window.scrollY`); now < scrolled || now > scrolled+60 { // a row more may stand above
		t.Errorf("scrolled from %v to %v", scrolled, now)
	}

	does(ctx, t, chromedp.Navigate(d.http.URL+"/cases"), chromedp.WaitVisible("#beat"))
	told[bool](ctx, t, `(() => { const d = document.querySelectorAll("#cases details")[1]; d.open = true; d.querySelector("textarea").value = "已与营销核对"; window.kept = d; return true; })()`)
	before := told[int](ctx, t, `document.querySelectorAll("#cases article").length`)
	w.write("10000001", "stray-note", "", noon, object{"value": 2000, "evidence": "stacked-without-order"})
	until(ctx, t, fmt.Sprintf(`document.querySelectorAll("#cases article").length === %d`, before+1))
	if !told[bool](ctx, t, `window.kept.isConnected && window.kept.open && window.kept.querySelector("textarea").value === "已与营销核对"`) {
		t.Error("what was written is lost")
	}
}

// TestRefreshIsRare: however often something changes, an open page fetches at most once in
// two seconds, only what changed, and nothing while it is hidden.
func TestRefreshIsRare(t *testing.T) {
	ctx := chromium(t)
	w, _ := morning(t)
	d := openDesk(t, w, nil)
	url, fetches := watched(d)
	hide := func(hidden bool) {
		told[bool](ctx, t, fmt.Sprintf(`(() => { Object.defineProperty(document, "hidden", { configurable: true, get: () => %t }); document.dispatchEvent(new Event("visibilitychange")); return true; })()`, hidden))
	}
	does(ctx, t, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(url+"/login"))
	enterAs(ctx, t, "wang")
	does(ctx, t, chromedp.Navigate(url+"/account"), chromedp.WaitVisible("main"))
	for len(fetches) > 0 { // of the page that one comes to when one logs in
		<-fetches
	}
	does(ctx, t, chromedp.Navigate(url+"/"), chromedp.WaitVisible("#beat"))

	changing, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		often := time.NewTicker(100 * time.Millisecond)
		defer often.Stop()
		for n := 1; changing.Err() == nil; n++ {
			w.kiosk("10000007", true, noon, wire.State{Screen: "idle", Alarms: []string{"paper"}, Cash: 100, Notes: n})
			<-often.C
		}
	})
	// Told by when they arrive, of which each may be late by itself where the machine is loaded.
	first := <-fetches
	before := first
	for range 3 {
		at := <-fetches
		if gap := at.Sub(before); gap < time.Second {
			t.Errorf("fetched again after %v", gap)
		}
		before = at
	}
	if all := before.Sub(first); all < 5400*time.Millisecond {
		t.Errorf("fetched three times more in %v", all)
	}
	until(ctx, t, `document.querySelector('tr[data-key="10000007"]') !== null`)

	hide(true)
	had := len(fetches)
	until(ctx, t, `performance.now() > (window.hidAt ??= performance.now()) + 4500`) // in which two would come
	if more := len(fetches) - had; more > 1 {                                        // one may have been under way
		t.Errorf("%d fetches while the page is hidden", more)
	}
	stop()
	done.Wait()
	for len(fetches) > 0 {
		<-fetches
	}
	hide(false)
	<-fetches
}

// TestOnlyChangedPartsAreSent: what an open page has already is not sent again, and the
// passing of time is no change.
func TestOnlyChangedPartsAreSent(t *testing.T) {
	w, _ := morning(t)
	now := noon.Add(2 * time.Second) // no case grows a minute or an hour older in the next three
	d := openDesk(t, w, func(c *Config) { c.Now = func() time.Time { return now } })
	c := d.as("wang")
	fetch := func(had string) string {
		r, err := http.NewRequestWithContext(t.Context(), "GET", d.http.URL+"/?live=1", nil)
		w.check(err)
		r.Header.Set(partsHeader, had)
		_, body := d.do(c, r)
		return body
	}
	sums := func(body string) string {
		var had []string
		for _, field := range strings.Split(body, "<section ")[1:] {
			id, _, _ := strings.Cut(field[strings.Index(field, `id="`)+4:], `"`)
			sum, _, _ := strings.Cut(field[strings.Index(field, `data-part="`)+11:], `"`)
			had = append(had, id+"="+sum)
		}
		return strings.Join(had, " ")
	}
	whole := fetch("")
	had := sums(whole)
	if strings.Contains(whole, "data-same") || !strings.HasPrefix(had, "tiles=") || strings.Count(had, "=") != 4 {
		t.Fatalf("%s of %s", had, whole)
	}
	now = now.Add(3 * time.Second) // the kiosk that was heard 47 minutes ago still was
	if same := fetch(had); strings.Count(same, "data-same") != 4 || len(same) > 1000 {
		t.Errorf("%d bytes: %s", len(same), same)
	}
	w.kiosk("10000003", true, now, wire.State{Screen: "out-of-service", Alarms: []string{"paper"}, Cash: 5})
	next := fetch(had)
	if strings.Count(next, "data-same") != 3 || !strings.Contains(next, `<tr data-key="10000003"`) || strings.Contains(next, `<div class="tile`) {
		t.Errorf("%s", next)
	}
	if again := fetch(sums(next)); strings.Count(again, "data-same") != 4 {
		t.Errorf("%s", again)
	}
	for _, odd := range []string{"tiles", "=", "tiles=", "tiles=x kiosks=", strings.Repeat("a=b ", 1000)} {
		if body := fetch(odd); body != whole && strings.Contains(body, "data-same") {
			t.Errorf("with %.20q: %s", odd, body)
		}
	}
}

// printAudit is what of a page cannot be read: print with less than 4.5:1 on its ground (3:1
// for large print), or smaller than 12 px; whether the page scrolls sideways; and, on a desk,
// whether a tab is out of sight (on a telephone the bar of tabs is one to push).
const printAudit = `(() => {
  const found = [];
  const rgba = (s) => { const m = s.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const over = (c, g) => [0, 1, 2].map((i) => c[i] * c[3] + g[i] * (1 - c[3]));
  const light = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const ground = (e) => e ? over(rgba(getComputedStyle(e).backgroundColor), ground(e.parentElement)) : [255, 255, 255];
  const ratio = (color, under) => { const [a, b] = [light(over(rgba(color), under)), light(under)]; return (Math.max(a, b) + .05) / (Math.min(a, b) + .05); };
  document.querySelectorAll(".fresh").forEach((e) => e.classList.remove("fresh"));
  for (const e of document.querySelectorAll("body *")) {
    const r = e.getBoundingClientRect(), s = getComputedStyle(e);
    const prints = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!r.width || r.right < 0 || s.visibility === "hidden" || e.disabled) continue;
    const size = parseFloat(s.fontSize), large = size >= 24 || size >= 18.6 && Number(s.fontWeight) >= 700;
    const check = (color, what) => {
      const c = ratio(color, ground(e));
      if (c < (large ? 3 : 4.5)) found.push("pale " + what + c.toFixed(2) + ": " + e.tagName + "." + e.className + " " + (e.textContent || e.placeholder).trim().slice(0, 24));
    };
    if (prints) {
      check(s.color, "");
      if (size < 12) found.push("small print " + size + ": " + e.tagName + "." + e.className);
    }
    if (e.placeholder) check(getComputedStyle(e, "::placeholder").color, "placeholder ");
  }
  const root = document.documentElement, nav = document.querySelector(".top nav");
  if (nav && innerWidth >= 720 && nav.scrollWidth > nav.clientWidth) found.push("tabs out of sight: " + nav.scrollWidth + " in " + nav.clientWidth);
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll("body *")].filter((e) => {
      if (e.getBoundingClientRect().right <= root.clientWidth + 1) return false;
      for (let p = e; p; p = p.parentElement) if (/auto|scroll|hidden/.test(getComputedStyle(p).overflowX)) return false;
      return true;
    }).map((e) => e.tagName + "." + e.className + "#" + e.id);
    found.push("scrolls sideways: " + root.scrollWidth + " in " + root.clientWidth + " " + wide.slice(0, 5).join(", "));
  }
  return [...new Set(found)].join("\n");
})()`

// TestEveryPageCanBeRead: on a telephone and on a desk, in both languages, print stands out
// from its ground, and no page scrolls sideways. With WATTKIOSK_SHOTS=dir it keeps pictures.
func TestEveryPageCanBeRead(t *testing.T) {
	shots := os.Getenv("WATTKIOSK_SHOTS")
	ctx := chromium(t)
	c := newCampaign(t)
	m, serials := morning(t)
	places(m)
	d, r := openDesk(t, m, nil), openDesk(t, c.town, nil)
	cases, err := m.store.Cases(t.Context(), filterOf("10000002"))
	m.check(err)
	pages := []struct{ name, path string }{
		{"overview", "/"},
		{"kiosks", "/kiosks"},
		{"kiosks-needy", "/kiosks?needy=1"},
		{"kiosk", "/kiosks/10000003"},
		{"kiosk-good", "/kiosks/10000002"},
		{"payments", "/transactions"},
		{"payments-day", "/transactions?day=2026-11-23&state=posted"},
		{"payment", "/transactions/" + serials["disputed"]},
		{"postings", "/postings"},
		{"cases", "/cases"},
		{"case", "/cases/" + cases[0].ID},
		{"plans", "/plans"},
		{"dates", "/dates"},
		{"cash", "/cash"},
		{"cassette", "/cash/10000001"},
		{"where", "/where"},
		{"counterfeits", "/counterfeits"},
		{"account", "/account"},
		{"nothing", "/nothing"},
		{"technicians", "/technicians"},
		{"purchases", "/purchases"},
		{"qr-orders", "/qr-orders"},
		{"bank-cards", "/bank-cards"},
		{"rollouts", "/rollouts"},
		{"rollout", "/rollouts/" + c.broken},
		{"rollout-new", "/rollouts/new"},
	}
	sizes := []struct{ width, height int64 }{{390, 844}, {1440, 900}, {1280, 800}, {834, 1112}}
	if shots == "" { // the others are made of the same parts
		few := []string{"overview", "kiosk", "payments", "payment", "cases", "case", "plans", "dates", "rollout"}
		pages = slices.DeleteFunc(pages, func(p struct{ name, path string }) bool { return !slices.Contains(few, p.name) })
	}
	look := func(name, url, language string) {
		does(ctx, t, chromedp.Navigate(url), chromedp.WaitVisible("main"))
		for _, size := range sizes {
			if shots == "" && size != sizes[0] && (language == "en" || size != sizes[1]) && name != "overview" {
				continue // colours and sizes are those of the Chinese one, and the bar is the same on all
			}
			does(ctx, t, chromedp.EmulateViewport(size.width, size.height))
			if found := told[string](ctx, t, printAudit); found != "" {
				t.Errorf("%s in %s, %d wide:\n%s", name, language, size.width, found)
			}
			if shots != "" {
				png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
				m.check(err)
				m.check(os.WriteFile(filepath.Join(shots, fmt.Sprintf("%s-%s-%d.png", name, language, size.width)), png, 0o600))
			}
		}
	}
	for _, desk := range []*desk{d, r} {
		does(ctx, t, chromedp.Navigate(desk.http.URL+"/login"), chromedp.WaitVisible("main"))
		if desk == d {
			look("login", desk.http.URL+"/login", "zh")
		}
		enterAs(ctx, t, "wang")
		for _, language := range []string{"zh", "en"} {
			for _, p := range pages {
				if strings.HasPrefix(p.name, "rollout") == (desk == r) {
					look(p.name, desk.http.URL+p.path, language)
				}
			}
			does(ctx, t, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(desk.http.URL+"/account"), chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(otherTongue(language)))
		}
		does(ctx, t, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(desk.http.URL+"/account"), chromedp.Click(`form[action="/logout"] button`), chromedp.WaitVisible(`input[name=user]`))
	}
}

// places has the kiosks of a morning say where they stand.
func places(w *town) {
	w.t.Helper()
	for kiosk, p := range map[string][2]string{
		"10000001": {"建设路营业厅", "示范市建设路8号"}, "10000002": {"城东营业厅", "示范市人民路1号"}, "10000003": {"城西营业厅", "示范市文昌路21号"}, "10000005": {"学府路自助厅（24小时）", "示范市学府路100号"},
	} {
		k, err := w.store.Kiosk(w.t.Context(), kiosk)
		w.check(err)
		st := *viewKiosk(k, nil).Report
		st.Site, st.Address = p[0], p[1]
		w.report(kiosk, k.Online, time.UnixMilli(k.SeenAt), st)
	}
}

// otherTongue is the whole of a page in the language that is not this one.
func otherTongue(language string) string {
	if language == "zh" {
		return "html[lang=en] main"
	}
	return "html[lang=zh-CN] main"
}
