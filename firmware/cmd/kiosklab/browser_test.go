package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// page is a tab of a real browser.
type page struct {
	t   *testing.T
	ctx context.Context
}

func openPage(t *testing.T, url string, width, height int64) *page {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed (Debian: apt-get install chromium fonts-noto-cjk)")
	}
	ctx, cancel := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(chromedp.ExecPath(path), chromedp.NoSandbox))
	t.Cleanup(cancel)
	p := &page{t, ctx}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("cannot start %s: %v", path, err)
	}
	p.watch()
	p.do(chromedp.EmulateViewport(width, height), chromedp.Navigate(url))
	return p
}

// watch fails the test if the page throws or breaks its policy.
func (p *page) watch() {
	messages := chromedp.Console(p.ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return // the browser has gone
			}
			if m.IsException() || m.Source == "security" {
				p.t.Errorf("the page says: %v", m)
			}
		}
	}()
}

func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		text, _ := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 500)`))
		p.t.Fatalf("%v\nthe page reads %s", err, text)
	}
}

// holds waits for a condition on the page.
func holds(condition string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := chromedp.Poll[bool](condition)(ctx, t); err != nil {
			return fmt.Errorf("waiting for %s: %w", condition, err)
		}
		return nil
	})
}

// tap touches what a selector finds, once the screen takes touches.
func tap(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(
		holds(fmt.Sprintf(`!document.documentElement.classList.contains("settling") && !document.querySelector(".pressed") && !!document.querySelector(%q) && !document.querySelector(%q).disabled`, selector, selector)),
		chromedp.Tap(chromedp.CSS(selector)))
}

// leave touches until the screen changes. A touch on a picture that is replaced at
// that moment is refused, and a person touches again.
func (p *page) leave(selector, screen string) {
	p.t.Helper()
	for range 5 {
		p.do(tap(selector))
		ctx, cancel := context.WithTimeout(p.ctx, 3*time.Second)
		err := chromedp.Do(ctx, holds(fmt.Sprintf(`document.getElementById("screen")?.dataset.screen !== %q`, screen)))
		cancel()
		if err == nil {
			return
		}
	}
	p.t.Fatalf("%s does not lead away from %s", selector, screen)
}

// on waits for a screen of the kiosk.
func on(screen string) chromedp.Action[chromedp.Void] {
	return holds(fmt.Sprintf(`document.getElementById("screen")?.dataset.screen === %q`, screen))
}

// shoot keeps a picture in WATTKIOSK_SHOTS, if it names a folder.
func (p *page) shoot(name string) {
	p.t.Helper()
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		return
	}
	wait(p.ctx, 400*time.Millisecond) // for the picture's sake: what moves comes to rest
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Errorf("picture %s: %v", name, err)
	}
}

// TestBrowserPayment pays 128.50 at the kiosk's screen, by touch.
func TestBrowserPayment(t *testing.T) {
	r := startRig(t)
	r.serving()
	p := openPage(t, r.places.Screen, 1080, 1920)
	p.do(holds(`document.documentElement.dataset.link === "up"`), on("idle"))
	p.shoot("1-idle")
	p.leave(".hero", "idle") // the line comes up meanwhile, and the picture is replaced
	p.do(on("choose-service"))
	p.shoot("2-choose-service")
	p.do(tap("[data-intent=pay-bill]"), on("enter-account"))
	for _, key := range "1000000001" {
		p.do(tap(fmt.Sprintf("[data-key='%c']", key)))
	}
	p.shoot("3-enter-account")
	p.do(tap(".b-account"), on("confirm-account"), holds(`document.body.innerText.includes("128.50")`))
	p.shoot("4-confirm-account")
	p.do(tap(".b-confirm"), on("choose-tender"))
	p.shoot("5-choose-tender")
	p.do(tap(`[data-intent=tender]`), on("insert-cash"))
	r.insert(100, 100)
	p.do(holds(`document.querySelectorAll(".chips .note").length === 1`))
	p.shoot("6-insert-cash")
	r.insert(20, 120)
	r.insert(10, 130)
	p.do(holds(`document.querySelectorAll(".chips .note").length === 3`))
	p.shoot("7-insert-cash-enough")
	p.leave(".b-finish-cash", "insert-cash")
	p.do(on("done"))
	p.shoot("8-done")
	serial := r.see("done", nil).text("serial")
	p.do(holds(`document.body.innerText.includes("128.50") && document.body.innerText.includes("1.50")`))
	p.do(tap(".b-finish"), on("idle"))
	r.posted(serial)
	r.booked(serial, "posted")
	r.slip(serial, "130.00")
}

// TestBrowserBench looks after a payment at the bench: the kiosk's own screen is
// framed in it, and its buttons do what they say.
func TestBrowserBench(t *testing.T) {
	r := startRig(t)
	r.serving()
	p := openPage(t, r.places.Bench, 1680, 1020)
	p.do(holds(`document.getElementById("lamp-kiosk").className === "good"`))
	p.shoot("bench-1-idle")
	p.do(tap(`[data-yuan="100"]`), holds(`document.getElementById("said").className.includes("bad")`)) // no visit: it comes back out
	r.toCash("1000000001")
	p.do(tap(`[data-yuan="100"]`))
	r.see("insert-cash", func(v view) bool { return v.number("total") == 10000 && v.Fields["note_moving"] == false })
	r.insert(20, 120)
	p.do(holds(`document.getElementById("cassette").innerText.includes("120.00")`))
	p.shoot("bench-2-cash")
	p.do(tap("#line"), holds(`document.getElementById("lamp-line").className === "bad"`))
	p.do(tap("#line"), holds(`document.getElementById("lamp-line").className === "good"`))
	r.insert(10, 130)
	r.touch("insert-cash", "finish-cash", nil)
	serial := r.see("done", nil).text("serial")
	p.do(holds(fmt.Sprintf(`document.getElementById("ledger").innerText.includes(%q)`, serial)))
	p.do(holds(`document.querySelector(".slip img") && document.querySelector(".slip img").naturalWidth > 300`))
	p.shoot("bench-3-paid")
	p.do(tap("#faults-printer .fault"), holds(`document.querySelector("#faults-printer .fault").getAttribute("aria-pressed") === "true"`))
	p.do(tap("#power"), holds(`!document.getElementById("dark").hidden`))
	p.shoot("bench-4-no-power")
	p.do(tap("#power"), holds(`document.getElementById("dark").hidden && document.getElementById("booting").hidden`))
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.getElementById("screen").src`))
	if err != nil || !strings.HasPrefix(text, r.places.Screen) {
		t.Errorf("the frame shows %q, %v", text, err)
	}
}
