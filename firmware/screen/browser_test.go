package screen

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/visit"
	"wattkiosk/payments/post"
	"wattkiosk/payments/receipt"
)

// TestBrowser drives the page in a real browser, a tab for each test.
func TestBrowser(t *testing.T) {
	browser := browse(t)
	for name, test := range map[string]func(*testing.T, context.Context){
		"visit": wholeVisit, "taps go wrong": tapsGoWrong, "kiosk goes": kioskGoes, "every screen fits": everyScreenFits, "countdown": countdown,
		"technician": technician, "typed amount": typedAmount, "typing keeps the visit": typingKeeps, "purchase": wholePurchase, "collectors": collectors,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := chromedp.NewContext(browser)
			t.Cleanup(cancel)
			test(t, ctx)
		})
	}
}

// browse opens a browser, or skips the test where there is none.
func browse(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed (Debian: apt-get install chromium fonts-noto-cjk)")
	}
	ctx, cancel := chromedp.NewContext(t.Context(), chromedp.WithAllocatorOptions(chromedp.ExecPath(path), chromedp.NoSandbox))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("cannot start %s: %v", path, err)
	}
	return ctx
}

// tab is one page of the kiosk in the browser.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// open loads the page, and fails the test if it ever throws or breaks its
// policy.
func open(t *testing.T, ctx context.Context, url string, width, height int64) *tab {
	t.Helper()
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return // the browser has gone
			}
			if m.IsException() || m.Source == "security" || (m.Type == chromedp.ConsoleError && m.Source != "network") {
				t.Errorf("the page says: %v %s", m, m.Source)
			}
		}
	}()
	b := &tab{t, ctx}
	b.do(chromedp.EmulateViewport(width, height, chromedp.EmulateTouch), chromedp.Navigate(url), until(`document.documentElement.dataset.link === "up"`))
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 45*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		where, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.getElementById("screen").outerHTML.slice(0, 300)`))
		b.t.Fatalf("%v\nthe page is %s", err, where)
	}
}

// until waits for a condition on the page.
func until(condition string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.Poll[bool](condition)(ctx, t)
		if err != nil {
			return fmt.Errorf("waiting for %s: %w", condition, err)
		}
		return nil
	})
}

// tap touches what a CSS selector finds, once the screen takes touches.
func tap(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(
		until(fmt.Sprintf(`!document.documentElement.classList.contains("settling") && !document.querySelector(".pressed") && document.querySelector(%q) && !document.querySelector(%q).disabled`, selector, selector)),
		chromedp.Tap(chromedp.CSS(selector)))
}

// on waits for a screen.
func on(screen page.Screen) chromedp.Action[chromedp.Void] {
	return until(fmt.Sprintf(`document.getElementById("screen").dataset.screen === %q`, screen))
}

func (b *tab) text(selector string) string {
	b.t.Helper()
	s, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q).innerText`, selector)))
	if err != nil {
		b.t.Fatalf("text of %s: %v", selector, err)
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u2060", "")), " ") // that is what keeps the last characters together
}

func (b *tab) want(selector, want string) {
	b.t.Helper()
	if got := b.text(selector); got != want {
		b.t.Errorf("%s reads %q, want %q", selector, got, want)
	}
}

// wholeVisit is a customer who pays 128.50 with 100 and 50.
func wholeVisit(t *testing.T, ctx context.Context) {
	k := newScripted()
	_, url := serveFor(t, k, nil)
	b := open(t, ctx, url, 1080, 1920)

	b.do(tap("#language"), until(`document.querySelector(".hero-title").innerText === "Electricity self-service"`))
	b.do(tap("#language"), until(`document.documentElement.lang === "zh"`))
	b.do(tap(".hero"), on(page.ChooseService), tap(".choice[data-intent=pay-bill]"), on(page.EnterAccount))

	for _, key := range "10000009" {
		b.do(chromedp.Tap(chromedp.CSS(fmt.Sprintf("[data-key='%c']", key))))
	}
	b.want("[data-digits]", "1000 0009")
	b.do(chromedp.Tap(chromedp.CSS("[data-key=delete]")), chromedp.Tap(chromedp.CSS("[data-key='0']")))
	b.do(tap("#language"), until(`document.documentElement.lang === "en"`)) // what was typed stays
	b.want("[data-digits]", "1000 0000")
	b.do(tap("#language"), until(`document.documentElement.lang === "zh"`))
	if n := k.touched(); n != 6 {
		t.Errorf("what is typed is the page's own: %d intents, want 6", n)
	}
	b.do(chromedp.Tap(chromedp.CSS("[data-key='0']")), until(`document.querySelector(".b-account").disabled`)) // nine digits
	b.do(chromedp.Tap(chromedp.CSS("[data-key='1']")), tap(".b-account"), until(`document.querySelector("[data-locked]") !== null`))
	b.want("[data-digits]", "1000 0000 01")

	b.do(chromedp.Reload(), until(`document.documentElement.dataset.link === "up"`)) // the kiosk knows the number
	b.want("[data-digits]", "1000 0000 01")

	k.set(func(s *visit.State, _ *visit.Machine) { *s = visit.Verified(*s, paybill.Answer{Quote: quote()}, noon) })
	b.do(on(page.ConfirmAccount))
	b.want(".owed .money", "¥128.50")
	b.do(tap(".b-confirm"), on(page.ChooseTender), tap(`.choice[data-intent=tender]`), on(page.InsertCash))
	k.set(func(_ *visit.State, m *visit.Machine) {
		m.Standing.Txn = with(100)
	})
	b.do(until(`document.querySelectorAll(".chips .note").length === 1`))
	b.want(".remaining .money", "¥28.50")
	k.set(func(_ *visit.State, m *visit.Machine) { m.Standing.Txn = with(100, 50) })
	b.do(until(`document.querySelectorAll(".chips .note").length === 2`))
	b.want(".till-total", "¥150.00")
	b.want(".surplus .money", "¥21.50")

	b.do(tap(".b-finish-cash"), on(page.Processing))
	k.set(func(s *visit.State, m *visit.Machine) {
		m.Standing.Txn, m.Standing.Slip = ended(post.Posted, with(100, 50)), paybill.SlipPrinted
		*s = visit.Result(*s, true, paybill.Weight{For: time.Minute}, noon)
	})
	b.do(on(page.Done))
	b.want(".halves", "冲抵欠费 ¥128.50 转入预收 ¥21.50")
	b.want(".serial b", "1000 0001 0100 0000 0042")
	b.do(tap(".b-finish"), on(page.Idle))
	k.mu.Lock()
	defer k.mu.Unlock()
	if got := fmt.Sprint(k.effects); got != "[verify open finish end]" {
		t.Errorf("effects %s", got)
	}
}

// technician logs in with three fields on one pad, is refused once, and installs.
func technician(t *testing.T, ctx context.Context) {
	k := newScripted()
	k.machine.Stick = stick(2)
	_, url := serveFor(t, k, nil)
	b := open(t, ctx, url, 1080, 1920)
	b.do(tap(".door"), on(update.AtLogin))
	b.do(until(`document.querySelector(".b-staff-login").disabled`))
	k.set(func(s *visit.State, _ *visit.Machine) { *s = visit.Challenged(*s, "735104") })
	b.do(until(`document.querySelector(".challenge-digits").innerText === "735 104"`))
	b.typed("4711")
	b.do(tap("[data-key=next]"))
	b.typed("284915")
	b.want("[data-name=number] [data-digits]", "4711")
	b.want("[data-name=pin] [data-digits]", "●●●●●●")
	b.do(until(`document.querySelector(".b-staff-login").disabled`), tap("[data-name=code]"))
	b.typed("31415926")
	b.want("[data-name=code] [data-digits]", "3141 5926")
	b.do(tap("#language"), until(`document.documentElement.lang === "en"`)) // what was typed stays
	b.want("[data-name=pin] [data-digits]", "●●●●●●")
	if page := b.text("html"); strings.Contains(page, "284915") {
		t.Error("the PIN is on the page")
	}
	b.do(tap(".b-staff-login"), until(`document.querySelector("[data-locked]") !== null && document.querySelector("[data-key='1']").disabled`))
	if got := update.LoginOf(k.lastIntent()); got != (update.Login{Number: "4711", PIN: "284915", Code: "31415926"}) {
		t.Errorf("sent %v", k.lastIntent().Args)
	}
	refused := func(s *visit.State, m *visit.Machine) {
		*s = visit.LoggedIn(*s, update.Person{}, "pin", m.Stick, noon)
	}
	k.set(refused)
	b.do(until(`document.querySelector(".banner.warn") !== null && document.querySelector(".b-staff-login").disabled`))
	b.want("[data-name=number] [data-digits]", "4711")
	b.want("[data-name=pin] [data-digits]", "")
	b.want("[data-name=code] [data-digits]", "")
	b.typed("284916")
	b.want("[data-name=pin] [data-digits]", "●●●●●●")
	b.do(tap("[data-key=next]"))
	b.typed("27182818")
	b.do(tap(".b-staff-login"), until(`document.querySelector("[data-locked]") !== null`))
	k.set(func(s *visit.State, m *visit.Machine) {
		*s = visit.LoggedIn(*s, update.Person{Number: "4711", Name: "*师傅"}, "", m.Stick, noon)
	})
	b.do(on(update.AtStick), tap(".offer .b-staff-install"), on(update.AtConfirm), tap(".b-confirm"), on(update.AtProgress))
	k.set(func(s *visit.State, m *visit.Machine) {
		m.Stick.Phase = update.StickInstalled
		*s = visit.StickSeen(*s, m.Stick, noon)
	})
	b.do(on(update.AtResult), tap(".b-staff-leave"), on(page.Idle))
	k.mu.Lock()
	defer k.mu.Unlock()
	if got := fmt.Sprint(k.effects); got != "[ask-challenge check-staff check-staff stick-install stick-dismiss end]" {
		t.Errorf("effects %s", got)
	}
}

// collectors log in and sign one after the other: the second one finds the fields empty, at
// the number. Who mistyped finds the number still there.
func collectors(t *testing.T, ctx context.Context) {
	g := &gallery{scripted: newScripted(), view: fixtures(receipt.Chinese)[0].view}
	_, url := serveFor(t, g, nil)
	b := open(t, ctx, url, 1080, 1920)
	show := func(name string) {
		t.Helper()
		for _, f := range fixtures(receipt.Chinese) {
			if f.name == name && !f.twin {
				g.show(f.view)
				b.do(until(fmt.Sprintf(`document.getElementById("screen").dataset.rev === "%d"`, g.view.Rev)))

				return
			}
		}
		t.Fatalf("no fixture %s", name)
	}
	enter := func() {
		t.Helper()
		b.typed("2001")
		b.do(tap("[data-key=next]"))
		b.typed("284915")
		b.want("[data-name=number] [data-digits]", "2001")
		b.want("[data-name=pin] [data-digits]", "●●●●●●")
	}
	for _, turns := range [][2]string{{"staff-collect-login", "staff-collect-login-second"}, {"staff-collect-sign", "staff-collect-sign-second"}} {
		show(turns[0])
		enter()
		show(turns[1])
		b.want("[data-name=number] [data-digits]", "")
		b.want("[data-name=pin] [data-digits]", "")
		enter()
	}
	show("staff-collect-login-second")
	enter()
	show("staff-collect-login-waiting")
	show("staff-collect-login-same")
	b.want("[data-name=number] [data-digits]", "2001")
	b.want("[data-name=pin] [data-digits]", "")
}

// typed presses keys of the pad.
func (b *tab) typed(digits string) {
	b.t.Helper()
	for _, key := range digits {
		b.do(tap(fmt.Sprintf("[data-key='%c']", key)))
	}
}

// tapsGoWrong: two taps at once, and a tap on a screen that has changed.
func tapsGoWrong(t *testing.T, ctx context.Context) {
	k := newScripted()
	_, url := serveFor(t, k, nil)
	b := open(t, ctx, url, 1024, 768)

	twice := `const e = document.querySelector(".hero"); e.click(); e.click(); true`
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](twice)); err != nil {
		t.Fatal(err)
	}
	b.do(on(page.ChooseService))
	b.do(tap(".b-back"), on(page.Idle))
	if n := k.touched(); n != 2 {
		t.Errorf("%d intents, want 2: one start, one back", n)
	}

	k.mu.Lock()
	k.state.Rev += 5 // the kiosk has moved on, and the page does not know
	rev := k.state.Rev
	k.mu.Unlock()
	b.do(tap(".hero"), until(fmt.Sprintf(`document.getElementById("screen").dataset.rev === "%d"`, rev)), on(page.Idle))
	if n := k.touched(); n != 3 {
		t.Errorf("%d intents, want 3: a stale tap is not sent again", n)
	}
	b.do(tap(".hero"), on(page.ChooseService))
}

// kioskGoes: the page asks the customer to wait, and comes back.
func kioskGoes(t *testing.T, ctx context.Context) {
	var gone atomic.Bool
	var inner atomic.Pointer[http.Handler]
	start := func() *scripted {
		k := newScripted()
		h := New(Config{Kiosk: k}).Handler()
		inner.Store(&h)
		return k
	}
	first := start()
	first.state.Rev = 40
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if gone.Load() {
			hangUp(w)
			return
		}
		(*inner.Load()).ServeHTTP(w, r)
	}))
	t.Cleanup(func() { ts.CloseClientConnections(); ts.Close() })
	b := open(t, ctx, ts.URL, 1280, 1024)
	b.do(on(page.Idle))

	gone.Store(true)
	ts.CloseClientConnections()
	b.do(until(`!document.getElementById("wait").hidden`))
	b.want("#wait .dialog-title", "请稍候")
	if shots := os.Getenv("WATTKIOSK_SHOTS"); shots != "" {
		b.shoot(filepath.Join(shots, "1280x1024", "wait.png"))
	}
	if !strings.Contains(b.text("#wait"), "Please wait") {
		t.Error("no English on the overlay")
	}

	second := start() // begins at revision 1: lower than what is shown
	second.set(func(_ *visit.State, m *visit.Machine) { m.Online = false })
	gone.Store(false)
	b.do(until(`document.getElementById("wait").hidden`), until(`document.querySelector(".line-down") !== null`), tap(".hero"), on(page.ChooseService))
}

func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// gallery is a kiosk that shows what it is given.
type gallery struct {
	*scripted
	view page.View
}

func (g *gallery) View(context.Context) (page.View, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.view, nil
}

func (g *gallery) show(v page.View) {
	g.mu.Lock()
	defer g.mu.Unlock()
	v.Rev = g.view.Rev + 1
	g.view = v
	g.signal()
}

// audit looks for what a customer could not touch or read: targets that are small, print
// that is small, pale or on a picture, or parts that stick out of the screen, of each
// other, or of the page.
const audit = `(() => {
  const found = [], W = innerWidth, H = innerHeight, scene = document.querySelector(".scene");
  const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
  const rgba = (s) => { const n = s.match(/[0-9.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const over = ([r, g, b, a], c) => [r * a + c[0] * (1 - a), g * a + c[1] * (1 - a), b * a + c[2] * (1 - a)];
  const light = (c) => c.map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = (e) => {
    if (!e) return [255, 255, 255];
    const s = getComputedStyle(e);
    return s.backgroundImage === "none" ? over(rgba(s.backgroundColor), ground(e.parentElement)) : [127, 127, 127]; // print on a gradient is pale somewhere
  };
  const contrast = (e) => {
    const under = ground(e), [a, b] = [light(over(rgba(getComputedStyle(e).color), under)), light(under)];
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  };
  const name = (e) => e.tagName.toLowerCase() + "." + e.getAttribute("class") + " " + (e.innerText || "").slice(0, 20);
  const buttons = [...document.querySelectorAll("#screen button")];
  for (const e of buttons) {
    const r = e.getBoundingClientRect();
    if (r.width < TARGET || r.height < TARGET) found.push("small: " + name(e) + " " + r.width.toFixed() + "x" + r.height.toFixed());
  }
  for (const e of document.querySelectorAll("#screen *:not(svg *)")) {
    if (e.closest(".slot-picture, .scene, .left")) continue;
    const r = e.getBoundingClientRect();
    if (r.width && (r.left < -1 || r.top < -1 || r.right > W + 1 || r.bottom > H + 1)) found.push("outside: " + name(e));
    if (e.scrollWidth > e.clientWidth + 2 && e.clientWidth && getComputedStyle(e).display !== "inline") found.push("wide: " + name(e));
    const size = parseFloat(getComputedStyle(e).fontSize);
    if (!r.width || ![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    if (size < PRINT && !e.matches(".sign")) found.push("small print: " + name(e) + " " + size);
    for (const n of e.childNodes) {
      if (n.nodeType !== 3 || !/[\u3400-\u9fff]/.test(n.data) || n.data.trim().length < 8) continue;
      const range = document.createRange();
      range.selectNodeContents(n);
      const lines = [...range.getClientRects()].filter((l) => l.width > 0), last = lines[lines.length - 1];
      if (lines.length > 1 && last.top > lines[0].top + 4 && last.width < 1.9 * size) found.push("lone: " + n.data.trim().slice(-10) + " " + (last.width / size).toFixed(1));
    }
    if (!e.closest(":disabled") && contrast(e) < 4.5) found.push("pale: " + name(e) + " " + contrast(e).toFixed(2));
    if (scene && e.closest(".hero") && apart(r, scene.getBoundingClientRect()) === false) found.push("on the picture: " + name(e));
  }
  const main = document.querySelector(".main");
  if (main.scrollHeight > main.clientHeight + 1) found.push("main overflows by " + (main.scrollHeight - main.clientHeight));
  const blocks = [...main.children].filter((e) => getComputedStyle(e).position !== "absolute" && getComputedStyle(e).display !== "none");
  for (let i = 1; i < blocks.length; i++) {
    if (blocks[i].getBoundingClientRect().top < blocks[i - 1].getBoundingClientRect().bottom - 1) found.push("overlap: " + name(blocks[i]));
  }
  for (const e of document.querySelectorAll(".pad, .till, .slot, .card, .entry, .cash, .result, .centre, .choice, .hero")) {
    if (e.scrollHeight > e.clientHeight + 2) found.push("overfull: " + name(e) + " " + (e.scrollHeight - e.clientHeight));
  }
  return found.join("\n");
})()`

// display is a panel in pixels, with the smallest target and print that are right on
// it. 1080x1920 is sold at 15.6 inches, where 108 pixels are 19 mm and the capitals of
// 37 are 4.8 mm.
type display struct {
	width, height int64
	target, print int
}

func (d display) audit() string {
	return strings.NewReplacer("TARGET", fmt.Sprintf("%d.9", d.target-1), "PRINT", fmt.Sprint(d.print)).Replace(audit)
}

var screens = flag.String("screens", "", "regular expression of the screens that a browser looks at")

// everyScreenFits looks at every screen in both languages, on the displays that
// have the least room. With WATTKIOSK_SHOTS=dir it keeps pictures, and looks at
// 1280x1024 as well.
func everyScreenFits(t *testing.T, ctx context.Context) {
	shots := os.Getenv("WATTKIOSK_SHOTS")
	g := &gallery{scripted: newScripted(), view: fixtures(receipt.Chinese)[0].view}
	_, url := serveFor(t, g, nil)
	b := open(t, ctx, url, 1080, 1920)
	displays := []display{{1080, 1920, 108, 37}, {1024, 768, 68, 25}, {1280, 800, 78, 28}, {1024, 600, 58, 21}}
	wanted := regexp.MustCompile(*screens)
	if shots != "" {
		displays = append(displays, display{1280, 1024, 91, 33})
	}
	for _, size := range displays {
		b.do(chromedp.EmulateViewport(size.width, size.height, chromedp.EmulateTouch))
		for _, l := range languages {
			for _, f := range fixtures(l) {
				if f.twin || !wanted.MatchString(f.name) {
					continue
				}
				g.show(f.view)
				b.do(until(fmt.Sprintf(`document.getElementById("screen").dataset.rev === "%d"`, g.view.Rev)))
				found, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.getAnimations().forEach((a) => { try { a.finish(); } catch (e) { a.pause(); } }); `+size.audit()))
				if err != nil {
					t.Fatal(err)
				}
				if found != "" {
					t.Errorf("%s %s on %dx%d:\n%s", f.name, l, size.width, size.height, found)
				}
				if shots != "" {
					b.shoot(filepath.Join(shots, fmt.Sprintf("%dx%d", size.width, size.height), string(l), f.name+".png"))
				}
			}
		}
	}
}

func (b *tab) shoot(file string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// typedAmount: the keypad takes yuan with two decimals, and sends what lies within the
// rules only.
func typedAmount(t *testing.T, ctx context.Context) {
	k := newScripted()
	_, url := serveFor(t, k, nil)
	b := open(t, ctx, url, 1080, 1920)
	k.set(func(s *visit.State, m *visit.Machine) {
		m.Profile = m.Profile.With(profile.BankCard)
		s.Screen, s.Tender, s.Quote = page.EnterAmount, profile.BankCard, quote()
	})
	b.do(on(page.EnterAmount))
	for _, step := range []struct{ keys, shows, sends, says string }{
		{"0", "0", "false", "最少 ¥1.00"},
		{".", "0.", "false", "最少 ¥1.00"},
		{"99", "0.99", "false", "最少 ¥1.00"},
		{"1", "0.99", "false", "最少 ¥1.00"},
		{"DDDD", "", "false", ""},
		{"2000.01", "2000.01", "false", "最多 ¥2000.00"},
		{"D", "2000.0", "true", ""},
		{"DDDDDD", "", "false", ""},
		{"8640", "8640", "false", "最多 ¥2000.00"},
		{"DDDD", "", "false", ""},
		{"150.5", "150.5", "true", ""},
		{".", "150.5", "true", ""},
	} {
		for _, c := range step.keys {
			key := string(c)
			if c == 'D' {
				key = "delete"
			}
			b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
				_, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector('[data-key="%s"]').click(); ""`, key)))
				return err
			}))
		}
		b.want("[data-digits]", step.shows)
		b.do(until(fmt.Sprintf(`!document.querySelector(".b-amount").disabled === %s`, step.sends)))
		b.do(until(fmt.Sprintf(`Array.from(document.querySelectorAll("[data-wrong]")).filter((e) => !e.hidden).map((e) => e.innerText.trim()).join() === %q`, step.says)))
		b.do(until(fmt.Sprintf(`document.querySelector("[data-help]").hidden === %t`, step.says != "")))
	}
	b.do(tap(".b-amount"), on(page.InsertCard))
	if got := k.lastIntent().Args["number"]; got != "150.5" || k.state.Amount != 15050 {
		t.Errorf("sent %q, chosen %s", got, k.state.Amount)
	}
}

// typingKeeps: the first key tells the kiosk that somebody is there, and nothing of what
// is typed; the keys right after it do not. A button that is touched before the kiosk has
// answered that is not too late.
func typingKeeps(t *testing.T, ctx context.Context) {
	k := newScripted()
	_, url := serveFor(t, k, nil)
	b := open(t, ctx, url, 1080, 1920)
	k.set(func(s *visit.State, _ *visit.Machine) {
		s.Screen, s.Since, s.Deadline = page.EnterAccount, noon, noon.Add(10*time.Second)
	})
	b.do(on(page.EnterAccount), until(`!document.documentElement.classList.contains("settling")`))
	b.do(until(`(() => {
		for (const key of "1000000001") document.querySelector('[data-key="' + key + '"]').click();
		document.querySelector(".b-account").click();
		return true;
	})()`), until(`document.querySelector("[data-locked]") !== null`))

	got := k.lastIntent()
	if got.Name != "account" || got.Args["number"] != "1000000001" || k.touched() != 1 {
		t.Errorf("%d touches, the last one %q %v", k.touched(), got.Name, got.Args)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.here) != 1 || len(k.here[0].Args) != 0 || got.Rev <= k.here[0].Rev {
		t.Errorf("the keys told %v before revision %d", k.here, got.Rev)
	}
}

// countdown: a page shows the time left near the end only, a question all the time.
func countdown(t *testing.T, ctx context.Context) {
	k := newScripted()
	_, url := serveFor(t, k, nil)
	b := open(t, ctx, url, 1080, 1920)
	k.set(func(s *visit.State, _ *visit.Machine) {
		s.Screen, s.Deadline = page.ChooseService, noon.Add(time.Hour)
	})
	b.do(on(page.ChooseService))
	b.want(".left [data-seconds]", "")
	k.set(func(s *visit.State, _ *visit.Machine) { s.Asking, s.Deadline = true, noon.Add(30*time.Second) })
	b.do(until(`document.querySelector("#asking") !== null`))
	if s := b.text("#asking .seconds"); s != "30" && s != "29" {
		t.Errorf("%q seconds are shown", s)
	}
	b.do(tap(".b-more-time"), until(`document.querySelector("#asking") === null`))
}
