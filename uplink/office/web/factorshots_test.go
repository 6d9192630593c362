package web

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestFactorShots keeps pictures, in English, of setting up a second factor and of giving it.
func TestFactorShots(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	w, _ := morning(t)
	d, wait := strict(t, w)
	ctx := browser(t)
	keep := func(name string) {
		t.Helper()
		for _, width := range []int64{1280, 390} {
			does(ctx, t, chromedp.EmulateViewport(width, 844))
			png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
			w.check(err)
			w.check(os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-en-%d.png", name, width)), png, 0o600))
		}
	}
	does(ctx, t, chromedp.Navigate(d.http.URL+"/login"), chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(`html[lang=en] main`))
	enterAs(ctx, t, "wang")
	does(ctx, t, chromedp.Navigate(d.http.URL+"/factor"), chromedp.WaitVisible("svg.qr"))
	keep("factor")
	phone := telephone{t, strings.ReplaceAll(told[string](ctx, t, `document.querySelector("main code").textContent`), " ", ""), d.srv.now}
	does(ctx, t, chromedp.SendKeys(`input[name=code]`, phone.code()), chromedp.Click("main button.main"), chromedp.WaitNotPresent("svg.qr"))
	keep("recovery-codes")
	does(ctx, t, chromedp.EmulateViewport(1280, 844), chromedp.Navigate(d.http.URL+"/account"), chromedp.Click(`form[action="/logout"] button`), chromedp.WaitVisible(`input[name=user]`))
	wait(time.Minute)
	does(ctx, t, chromedp.SendKeys(`input[name=user]`, "wang"), chromedp.SendKeys(`input[name=password]`, password), chromedp.Click("button.main"), chromedp.WaitVisible(`input[name=code]`))
	keep("login-code")
}
