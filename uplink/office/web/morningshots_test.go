package web

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	cdp "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/settle"
)

// hand is an accountant who has a keyboard and no mouse.
type hand struct {
	ctx   context.Context
	t     *testing.T
	steps int // links and buttons that were used since the login
}

func (h *hand) do(actions ...chromedp.Action[chromedp.Void]) {
	h.t.Helper()
	if err := chromedp.Do(h.ctx, actions...); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hand) says(script string) (out string) {
	h.t.Helper()
	out, err := chromedp.Run(h.ctx, chromedp.Evaluate[string](script))
	if err != nil {
		h.t.Fatal(err)
	}

	return out
}

// goes presses Tab until what has the focus is the first that matches.
func (h *hand) goes(selector string) {
	h.t.Helper()
	const most = 90
	for range most {
		h.do(chromedp.KeyEvent(kb.Tab))
		if h.says(`document.activeElement === document.querySelector('`+selector+`') ? "there" : ""`) != "" {
			return
		}
	}
	h.t.Fatalf("%d times Tab do not come to %s", most, selector)
}

// uses goes to a link or a button and uses it, and is there when ready is to be seen.
func (h *hand) uses(selector, ready string) {
	h.t.Helper()
	h.goes(selector)
	h.steps++
	h.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(ready))
}

func (h *hand) types(text string) {
	h.t.Helper()
	h.do(chromedp.KeyEvent(text))
}

// TestMorningByKeyboard keeps pictures of an accountant's morning, from the login to a signed
// date with three breaks of different kinds, by keyboard alone; at most three steps lead from
// the login to the first break. The printed date is one page of A4.
func TestMorningByKeyboard(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	w, serials := nightTown(t)
	w.reports("10000002")
	sums := map[string]money.Amount{serials[0]: 10000, serials[1]: 4000, serials[3]: 1000}
	w.bookOf(sums, append(serials, serials[3])) // one is missing, one is another sum, one is there twice
	d := openNight(t, w)
	w.reconcile()
	ctx, cancel := context.WithTimeout(browser(t), 4*time.Minute)
	t.Cleanup(cancel)
	h := &hand{ctx: ctx, t: t}
	shot := func(name string) {
		t.Helper()
		png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "morning-"+name+".png"), png, 0o600)
		}
		if err != nil {
			t.Fatal(name, err)
		}
	}
	onPaper := func(name string) {
		t.Helper()
		pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(func(p *cdp.PrintToPDFParams) { p.PreferCSSPageSize = new(true) }))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "morning-"+name+".pdf"), pdf, 0o600)
		}
		if err != nil {
			t.Fatal(name, err)
		}
		if n := bytes.Count(pdf, []byte("/Type /Page\n")); n != 1 {
			t.Errorf("%s takes %d pages", name, n)
		}
	}

	h.do(chromedp.EmulateViewport(1440, 1000), chromedp.Navigate(d.http.URL+"/login"), chromedp.WaitVisible("main"))
	h.goes("input[name=user]")
	h.types("zhang")
	h.goes("input[name=password]")
	h.types(password)
	h.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible("#dates"))
	shot("1-overview")
	h.uses(`#dates a[href="/dates/2026-11-23"]`, "#breaks")
	shot("2-date")
	h.uses(`#breaks tbody a[href^="/cases/"]`, "#work")
	shot("3-break")
	if h.steps > 3 {
		t.Errorf("%d steps to the first break", h.steps)
	}

	for n := range 3 {
		h.goes("#work input[name=owner]")
		h.goes("#work textarea[name=next]")
		h.types("问营销系统")
		h.uses("#work button.main", ".flash")
		h.do(chromedp.Navigate(d.http.URL+"/dates/2026-11-23"), chromedp.WaitVisible("#breaks"))
		if n < 2 {
			h.uses(`#breaks tbody tr:nth-child(`+string(rune('2'+n))+`) a[href^="/cases/"]`, "#work")
		}
	}
	shot("4-handled")
	h.goes("#sign input[name=password]")
	h.types(password)
	h.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(".seal"))
	shot("5-signed")
	h.do(chromedp.Navigate(d.http.URL+"/dates/2026-11-23"), chromedp.WaitVisible(".seal"))
	onPaper("date")
	h.do(chromedp.Navigate(d.http.URL+"/dates"), chromedp.WaitVisible("#ages"))
	shot("6-dates")
	h.do(chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(`html[lang=en] #ages`))
	shot("7-dates-en")
	h.do(chromedp.Navigate(d.http.URL+"/dates/2026-11-23"), chromedp.WaitVisible(".seal"), chromedp.Click("#sign summary"), chromedp.WaitVisible("#sign input[name=reason]"))
	shot("8-reopen-en")
	onPaper("date-en")

	signed, err := w.store.Settle.Detail(t.Context(), nightDay)
	w.check(err)
	classes := map[string]bool{}
	for _, b := range signed.Breaks {
		classes[string(b.Class)] = true
	}
	if signed.Date.State != settle.Signed || signed.Date.SignedBy != "zhang" || len(classes) != 3 {
		t.Errorf("%+v, breaks %v", signed.Date, classes)
	}
}
