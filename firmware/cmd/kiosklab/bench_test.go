package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"wattkiosk/hal/bench"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/outsidesim/booksim"
	"wattkiosk/payments/posp/pospsim"
)

// TestEveryFaultHasWords: a chip says in words what it does.
func TestEveryFaultHasWords(t *testing.T) {
	for group, list := range faultWords(bench.Readers()[0], bench.DefaultMeterReader) {
		seen := map[string]bool{}
		for _, w := range list {
			if w.Label == "" || len(w.Does) < 20 || w.Does[len(w.Does)-1] != '.' || seen[w.Label] {
				t.Errorf("%s %s: %q, %q", group, w.Kind, w.Label, w.Does)
			}
			seen[w.Label] = true
		}
	}

	offersAll(t, "mis", missim.Faults())
	offersAll(t, "acquirer", acquirersim.Faults())
	offersAll(t, "posp", pospsim.Faults())
	offersAll(t, "cardsystem", cardsystemsim.Faults())
	offersAll(t, "collect", booksim.BankCSV().Faults())
	for group, form := range map[string]booksim.Form{
		"mis-book": booksim.Ledger104(), "cardsystem-book": booksim.Ledger104(), "posp-book": booksim.POSPDetail(), "acquirer-book": booksim.WeChatBill(),
	} {
		offersAll(t, group, slices.DeleteFunc(form.Faults(), func(f booksim.Fault) bool { return f == booksim.Down }))
	}
	offersAll(t, "pinpad", bench.PinpadFaults())
	for _, reader := range bench.Readers() {
		offersAllOf(t, reader, "card", bench.ReaderFaults(reader))
		offersAllOf(t, reader, "meter-card", bench.ReaderFaults(reader))
	}
	offersAllOf(t, bench.Library, "meter-card", bench.ReaderFaults(bench.Library))
}

// TestEveryWordIsSaidInChinese: what the bench says of faults and cards, and what its page
// says by itself.
func TestEveryWordIsSaidInChinese(t *testing.T) {
	zh := map[string]string{}
	read := func(name string) []byte {
		t.Helper()
		b, err := files.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if err := json.Unmarshal(read("zh.json"), &zh); err != nil {
		t.Fatal(err)
	}
	says := func(where, words string) {
		t.Helper()
		if zh[words] == "" {
			t.Errorf("%s: no Chinese for %q", where, words)
		}
		if strings.Count(zh[words], "{}") != strings.Count(words, "{}") {
			t.Errorf("%s: %q puts in other things than %q", where, zh[words], words)
		}
	}

	for _, reader := range append(bench.Readers(), bench.Library) {
		for group, list := range faultWords(reader, reader) {
			for _, w := range list {
				says(group, w.Label)
				says(group, w.Does)
			}
		}
	}
	for id, words := range cardWords() {
		says(id, words)
	}

	put := regexp.MustCompile(`\$\{[^{}]*(\{[^{}]*\}[^{}]*)*\}`)
	for _, m := range regexp.MustCompile("\\btr(\\(\"([^\"]+)\"\\)|`([^`]+)`)").FindAllStringSubmatch(string(read("bench.js")), -1) {
		says("bench.js", m[2]+put.ReplaceAllString(m[3], "{}"))
	}
	page := regexp.MustCompile(`(?s)<script.*?</script>|<option.*?</option>|<code>.*?</code>|<b>|</b>`).ReplaceAllString(string(read("index.html")), "<>")
	for _, m := range regexp.MustCompile(`(?:>|title="|aria-label=")([^<>"]*[A-Za-z]{2}[^<>"]*)`).FindAllStringSubmatch(page, -1) {
		if words := strings.Join(strings.Fields(m[1]), " "); words != "&nbsp;" && words != "0 ms" {
			says("index.html", words)
		}
	}
}

// offersAll wants the bench to offer what a system can do, and nothing else.
func offersAll[F ~string](t *testing.T, system string, can []F) {
	t.Helper()
	offersAllOf(t, bench.Readers()[0], system, can)
}

// offersAllOf is offersAll with other card readers.
func offersAllOf[F ~string](t *testing.T, reader, system string, can []F) {
	t.Helper()
	var names []string
	for _, f := range can {
		names = append(names, string(f))
	}
	offered := offeredFaults(faultWords(reader, reader))[system]
	slices.Sort(names)
	slices.Sort(offered)
	if !slices.Equal(offered, names) {
		t.Errorf("the bench offers %v, the %s can do %v", offered, system, names)
	}
}

// TestEveryCardHasWords: a person at the bench reads what each card is for.
func TestEveryCardHasWords(t *testing.T) {
	b, err := bench.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	words := cardWords()
	for _, id := range b.Cards() {
		if words[id] == "" {
			t.Errorf("%s has no words", id)
		}
		delete(words, id)
	}
	if len(words) != 0 {
		t.Errorf("words of cards that are not there: %v", words)
	}
}

// evaluate is an expression of the page.
func evaluate[T any](p *page, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// TestBrowserBenchWidths: nothing lies beside a window, however narrow, and the ledger's
// last column, which is the point of the lab, is inside of it.
func TestBrowserBenchWidths(t *testing.T) {
	r := startRig(t)
	r.serving()
	r.pay1000000001()
	for _, size := range [][2]int64{{1680, 1020}, {1440, 900}, {1401, 1000}, {1400, 900}, {1180, 800}, {1000, 800}, {390, 844}} {
		p := openPage(t, r.places.Bench, size[0], size[1])
		p.do(holds(`document.querySelector(".slip img")?.naturalWidth > 300 && !!document.querySelector("#ledger td:nth-child(6)")`))
		name := fmt.Sprintf("bench-%dx%d", size[0], size[1])
		p.shoot(name)
		if wide := evaluate[int64](p, `document.documentElement.scrollWidth`); wide > size[0] {
			t.Errorf("%s: the page is %d wide", name, wide)
		}
		out := evaluate[float64](p, `document.querySelector(".ledger").getBoundingClientRect().right - document.querySelector(".ledger").parentElement.getBoundingClientRect().right`)
		if size[0] >= 1000 && out > 1 {
			t.Errorf("%s: Booked ends %.0f pixels outside of its panel", name, out)
		}
	}
}

// TestBrowserBenchReach: what the bench has can be reached by its page.
func TestBrowserBenchReach(t *testing.T) {
	r := startRig(t, "--reader", "pcsc")
	r.serving()
	p := openPage(t, r.places.Bench, 1680, 1020)
	p.do(holds(`document.getElementById("lamp-kiosk").className === "good"`))

	r.touch("idle", "start", nil)
	r.touch("choose-service", "pay-bill", nil)
	r.see("enter-account", nil)
	p.do(tap("#scan button"))
	r.see("confirm-account", func(v view) bool { return v.text("account") == "1000000001" })
	r.touch("confirm-account", "cancel", nil)
	r.home()

	p.cards()

	for id, block := range map[string]string{"mains": "mains", "safe-door": "door"} {
		p.do(tap("#" + id))
		until(t, "the kiosk sees "+id, func() (bool, string) {
			s := r.mustState()
			return slices.Contains(s.kiosk.Blocks, block), fmt.Sprint(s.kiosk.Blocks)
		})
		p.do(tap("#" + id))
		r.serving()
	}

	p.do(tap("#faults-mis [data-kind=late-booking]"), holds(`document.getElementById("lamp-mis").className === "bad"`))
	p.do(holds(`document.getElementById("fault-does").innerText.startsWith("Books late: It does not answer")`))
	p.do(tap("#faults-mis [data-kind=late-booking]"), holds(`document.getElementById("lamp-mis").className === "good"`))

	r.pay1000000001()
	p.do(holds(`document.querySelector(".slip img")?.naturalWidth > 300`), tap(".slip button"), holds(`document.getElementById("enlarged").open`))
	if top := evaluate[float64](p, `document.querySelector("#enlarged img").getBoundingClientRect().top`); top < 0 {
		t.Errorf("the slip begins %.0f pixels above the window", -top)
	}
	p.shoot("bench-slip")
	p.do(tap("#enlarged button"), holds(`!document.getElementById("enlarged").open`))

	r.home()
	p.telephone(r)
}

// cards puts a card in and takes it out, and presses keys of the PIN pad.
func (p *page) cards() {
	p.t.Helper()
	p.do(tap(`[data-card="bank-1"]`), holds(`document.querySelector("#slot [data-card]")?.dataset.card === "bank-1"`))
	p.do(holds(`document.getElementById("card-is").innerText.startsWith("bank-1: chip and stripe")`))
	p.do(tap("#card-out"), holds(`!document.querySelector("#slot [data-card]") && !document.querySelector("#drawer [data-card=bank-1]").disabled`))
	if text := evaluate[string](p, `document.querySelector("#drawer [data-card=bank-1]").innerText`); !strings.Contains(text, "0019") || strings.Contains(text, "622588000") {
		p.t.Errorf("the card reads %q", text)
	}

	evaluate[string](p, `document.getElementById("meter-card").value = "meter-2"`)
	p.do(tap("[data-meter='000000000105']"), holds(`document.getElementById("said-meter").innerText.startsWith("it loaded ¥ 50.00, purchase 2; ¥ 58.20 left")`))
	p.do(tap("[data-meter='000000000105']"), holds(`document.getElementById("said-meter").innerText.startsWith("Err-34: ")`))
	p.do(tap("#keys [data-key=E]"), tap("#pad button"), holds(`document.getElementById("said-hand").innerText === "keys pressed"`))
	p.do(tap(`[data-card="meter-1"]`), holds(`document.querySelector("#slot-meter [data-card]")?.dataset.card === "meter-1"`))
	p.do(tap("#meter-out"), holds(`!document.querySelector("#slot-meter [data-card]") && !document.querySelector("#drawer [data-card=meter-1]").disabled`))
	for _, device := range []string{"card", "meter-card", "pinpad"} {
		chip := fmt.Sprintf("#faults-%s [data-kind=silent]", device)
		p.do(tap(chip), holds(fmt.Sprintf(`document.querySelector(%q).getAttribute("aria-pressed") === "true"`, chip)))
		p.do(tap(chip), holds(fmt.Sprintf(`document.querySelector(%q).getAttribute("aria-pressed") === "false"`, chip)))
	}
	for _, system := range []string{"posp", "cardsystem"} {
		chip, lamp := fmt.Sprintf("#faults-%s [data-kind=down]", system), fmt.Sprintf(`document.getElementById("lamp-%s").className`, system)
		p.do(tap(chip), holds(lamp+` === "bad"`))
		p.do(tap(chip), holds(lamp+` === "good"`))
	}
}

// TestBrowserCard pays by card with touches at the bench, and finds the payment in the
// ledger of the bank beside it.
func TestBrowserCard(t *testing.T) {
	r := startRig(t)
	r.serving()
	p := openPage(t, r.places.Bench, 1680, 1020)
	p.do(holds(`document.getElementById("lamp-kiosk").className === "good"`))
	p.do(tap(`[data-card="bank-1"]`), holds(`document.getElementById("said-hand").innerText.includes("its gate opens only while the kiosk asks")`))

	serial := r.toCard("1000000004", 8640)
	p.do(tap(`[data-card="bank-1"]`), holds(`document.querySelector("#slot [data-card]")?.dataset.card === "bank-1"`))
	p.do(holds(`document.getElementById("pad-does").innerText === "asks for a PIN"`))
	for _, key := range "1234" {
		p.do(tap(fmt.Sprintf(`#keys [data-key="%c"]`, key)))
	}
	p.do(holds(`document.getElementById("marks").innerText === "●●●●"`))
	p.shoot("bench-card-1-pin")
	p.do(tap(`#keys [data-key="5"]`), tap(`#keys [data-key="6"]`), tap(`#keys [data-key="E"]`))
	p.do(tap("#card-out"), holds(`!document.querySelector("#slot [data-card]")`))
	r.see("done", nil)
	e := r.paidByCard(serial, cardsim.BankFunds, 8640)
	p.do(holds(fmt.Sprintf(`document.getElementById("bank").innerText.includes(%q)`, e.Serial)))
	p.do(holds(`document.querySelector(".slip img")?.naturalWidth > 300`))
	p.shoot("bench-card-2-paid")
	if text := evaluate[string](p, `document.body.innerText`); strings.Contains(text, cardsim.BankPAN(cardsim.BankFunds)) || !strings.Contains(text, "622588******0019") {
		t.Error("the page shows a whole number, or no masked one")
	}
}

// TestBrowserPurchase buys power with touches at the bench, in both languages of its page,
// and has the meter load it.
func TestBrowserPurchase(t *testing.T) {
	r := startRig(t)
	r.serving()
	p := openPage(t, r.places.Bench, 1680, 1300)
	p.do(holds(`document.getElementById("lamp-kiosk").className === "good"`))
	r.touch("idle", "start", nil)
	r.touch("choose-service", "buy-power", nil)
	r.see("insert-meter-card", func(v view) bool { return v.Fields["taking_card"] == true })
	p.do(tap(`[data-card="meter-1"]`), holds(`document.querySelector("#slot-meter [data-card]")?.dataset.card === "meter-1"`))
	p.do(holds(`document.getElementById("card-is").innerText.includes("meter 000000000103, purchase 4 of ¥ 50.00; the meter has loaded 4, ¥ 36.50 left")`))
	r.touch("meter-card", "confirm", nil)
	r.touch("choose-amount", "amount", fields{"fen": "10000"})
	r.touch("choose-tender", "tender", fields{"kind": "cash"})
	r.see("insert-cash", func(v view) bool { return v.Fields["taking_notes"] == true })
	p.do(tap(`[data-yuan="100"]`))
	r.see("insert-cash", func(v view) bool { return v.number("total") == 10000 && v.Fields["note_moving"] == false })
	p.shoot("bench-purchase-1-note")
	r.touch("insert-cash", "finish-cash", nil)
	r.see("take-card", nil)
	p.do(tap("#meter-out"), holds(`!document.querySelector("#slot-meter [data-card]")`))
	serial := r.see("done", func(v view) bool { return v.text("status") == "posted" }).text("serial")
	p.do(holds(fmt.Sprintf(`document.getElementById("sold").innerText.includes(%q)`, serial)))
	p.do(holds(`document.querySelector("#sold td:last-child").innerText === "yes"`), holds(`document.querySelector(".slip img")?.naturalWidth > 300`))
	p.shoot("bench-purchase-2-english")

	p.speaks("zh-CN")
	p.do(holds(`document.querySelector("#sold td:last-child")?.innerText === "是"`))
	evaluate[string](p, `document.getElementById("meter-card").value = "meter-1"`)
	p.do(tap("[data-meter='000000000103']"), holds(`document.getElementById("said-meter").innerText.startsWith("已存入 ¥ 100.00，第 5 次购电")`))
	p.do(tap("[data-meter='000000000103']"), holds(`document.getElementById("said-meter").innerText === "Err-34：购电次数错误（Err-17）"`))
	p.do(tap("#faults-cardsystem [data-kind=keys-away]"), holds(`document.getElementById("fault-does").innerText.startsWith("加密机不通")`))
	p.do(holds(`document.getElementById("lamp-cardsystem").innerText === "售电系统: keys-away"`), holds(`document.querySelector(".slip img")?.naturalWidth > 300`))
	p.shoot("bench-purchase-3-chinese")
	evaluate[string](p, `document.querySelector(".controls").scrollTop = 900, document.querySelector(".results").scrollTop = 2000, ""`)
	p.shoot("bench-purchase-4-chinese-below")
	p.speaks("en")
	p.do(holds(`document.getElementById("lamp-line").innerText === "Line up"`))
}

// speaks touches the button of the page's other language, in which it is loaded again.
func (p *page) speaks(language string) {
	p.t.Helper()
	p.do(tap("#language"))
	until(p.t, "the page is in "+language, func() (bool, string) {
		got, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`document.documentElement.lang`))
		return err == nil && got == language, fmt.Sprint(got, err)
	})
}

// telephone pays by the code on the kiosk's screen and then by one of its own, each by a
// touch at the bench.
func (p *page) telephone(r *rig) {
	p.t.Helper()
	for i, way := range []string{"#pay-code", "#hold button"} {
		r.toCode("1000000002", 5000)
		p.do(holds(`document.getElementById("shown-code").innerText.startsWith("https://")`))
		p.shoot(fmt.Sprintf("bench-telephone-%d", i))
		p.do(tap(way))
		serial := r.see("done", func(v view) bool { return v.text("result") == "paid" }).text("serial")
		p.do(holds(fmt.Sprintf(`document.getElementById("paid").innerText.includes(%q)`, serial)))
		r.home()
	}
	p.do(holds(`document.getElementById("pay-code").disabled && document.getElementById("shown-code").innerText === "no code"`))

	p.do(tap("#faults-acquirer [data-kind=down]"), holds(`document.getElementById("lamp-acquirer").className === "bad"`))
	p.do(tap("#faults-acquirer [data-kind=down]"), holds(`document.getElementById("lamp-acquirer").className === "good"`))
}

// TestLabAnotherBill: the bill that the bench adds can be paid like the first.
func TestLabAnotherBill(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	r.pay1000000001()
	r.home()
	r.bench("outside/mis/bill", fields{"account": "1000000001", "amount": 12850})

	r.toCash("1000000001")
	r.insert(100, 100)
	r.insert(50, 150)
	r.touch("insert-cash", "finish-cash", nil)
	last := r.see("done", nil)
	if last.text("status") != "posted" || last.number("total") != 15000 {
		t.Errorf("the screen says %v", last.Fields)
	}
	r.booked(last.text("serial"), "posted")
	e := r.ledger().Entries
	// 1.50 of the first payment stands to the account's credit
	if len(e) != 2 || e[1].PostedCount != 1 || e[1].Amount != 15000 || e[1].ToArrears+e[1].ToAdvance != 15000 || e[1].ToArrears < 12700 {
		t.Errorf("the MIS has %+v", e)
	}
}
