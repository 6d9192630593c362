package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"wattkiosk/hal/card/cardsim"
)

// tenderWalk is a walk through the screens of bank card and QR code, with a picture of each
// screen, slip and page of head office.
type tenderWalk struct {
	*rig
	screen *page // the kiosk's
	office *page // head office's
	kept   int   // slips that have a picture
}

// TestBrowserTenders keeps those pictures in WATTKIOSK_SHOTS. What it walks through the other
// tests of card and code hold; this one is for the eye.
func TestBrowserTenders(t *testing.T) {
	if os.Getenv("WATTKIOSK_SHOTS") == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	r := startRig(t)
	r.serving()
	w := &tenderWalk{rig: r, screen: openPage(t, r.places.Screen, 1080, 1920), office: openPage(t, r.places.Office+"login", 1440, 1000)}
	w.screen.do(holds(`document.documentElement.dataset.link === "up"`), on("idle"))
	who := r.places.Accounts[2]
	w.office.do(chromedp.SendKeys(`input[name=user]`, who.User), chromedp.SendKeys(`input[name=password]`, who.Password),
		chromedp.Click("button.main"), chromedp.WaitVisible(".user"))

	serial := w.card()
	w.misRefuses()
	w.void(serial)
	w.cardEnds()
	w.cardUnanswered()
	w.codes()
}

// shot is a picture of the kiosk's screen.
func (w *tenderWalk) shot(screen, name string) {
	w.t.Helper()
	w.screen.do(on(screen))
	w.screen.shoot(name)
}

// desk is a picture of a page of head office.
func (w *tenderWalk) desk(path, name string) {
	w.t.Helper()
	w.office.do(chromedp.Navigate(strings.TrimRight(w.places.Office, "/")+path), chromedp.WaitVisible("main"))
	w.office.shoot(name)
}

// paper keeps the pictures of the slips that have come out since.
func (w *tenderWalk) paper(name string) {
	w.t.Helper()
	until(w.t, "a slip comes out", func() (bool, string) { n := len(w.slips()); return n > w.kept, fmt.Sprint(n) })
	for ; w.kept < len(w.slips()); w.kept++ {
		status, b, err := exchange(http.DefaultClient, http.MethodGet, strings.TrimRight(w.places.Bench, "/")+w.slips()[w.kept].PNG, "", nil)
		if err == nil && status == http.StatusOK {
			err = os.WriteFile(filepath.Join(os.Getenv("WATTKIOSK_SHOTS"), fmt.Sprintf("%s-slip-%d.png", name, w.kept+1)), b, 0o600)
		}
		if err != nil || status != http.StatusOK {
			w.t.Errorf("slip %d: %d, %v", w.kept+1, status, err)
		}
	}
}

// card pays 86.40 by card, and everybody's book says so.
func (w *tenderWalk) card() (serial string) {
	w.touch("idle", "start", nil)
	w.touch("choose-service", "pay-bill", nil)
	w.touch("enter-account", "account", fields{"number": "1000000004"})
	w.touch("confirm-account", "confirm", nil)
	w.shot("choose-tender", "card-01-tender")
	w.touch("choose-tender", "tender", fields{"kind": "bankcard"})
	w.shot("choose-amount", "card-02-amount")
	w.touch("choose-amount", "amount", fields{"fen": "8640"})
	serial = w.see("insert-card", func(v view) bool { return v.Fields["taking_card"] == true }).text("serial")
	w.shot("insert-card", "card-03-insert")
	w.putIn(cardsim.BankFunds)
	w.asked()
	w.press("1234")
	w.screen.do(on("enter-pin"), holds(`document.querySelectorAll(".marks .on, .pin .on, .on").length >= 0`))
	w.shot("enter-pin", "card-04-pin")
	w.lineDelay(1500)
	w.press("56E")
	w.shot("processing", "card-05-processing")
	w.lineDelay(0)
	w.shot("take-card", "card-06-take")
	w.take(cardsim.BankFunds)
	w.shot("done", "card-07-done")
	w.paidByCard(serial, cardsim.BankFunds, 8640)
	w.paper("card-08")
	w.shot("done", "card-09-done-printed")
	w.desk("/transactions/"+serial, "card-10-office")
	sale, _ := w.saleOf(serial)
	w.desk("/bank-cards/"+sale, "card-11-sale")
	w.desk("/bank-cards", "card-12-sales")
	w.home()

	return serial
}

// void has two people give that payment back.
func (w *tenderWalk) void(serial string) {
	w.twoPeople("postings/"+serial+"/reverse", "wrong account")
	until(w.t, "the MIS has it reversed", func() (bool, string) { sum := w.inMIS(serial); return sum == 0, sum.String() })
	sale, _ := w.saleOf(serial)
	until(w.t, "it is owed", func() (bool, string) {
		list, err := w.cases()
		for _, c := range list {
			if c.Serial == serial && c.Class == "owed" && c.Open {
				return true, ""
			}
		}
		return false, errText(err)
	})
	w.desk("/transactions/"+serial, "void-1-owed")
	w.desk("/bank-cards/"+sale, "void-2-panel")
	w.twoPeople("bank-cards/"+sale+"/void", "the customer asks for it")
	w.comesTo(serial, "returned")
	w.desk("/bank-cards/"+sale, "void-3-done")
	w.desk("/transactions/"+serial, "void-4-payment")
	w.desk("/cases", "void-5-cases")
	w.desk("/plans", "void-6-plans")
}

// cardEnds are the ends of a card that are no payment.
func (w *tenderWalk) cardEnds() {
	w.toCard("1000000002", 5000)
	w.putIn(cardsim.BankNoFunds)
	w.pin("123456")
	w.shot("take-card", "ends-01-declined-take")
	w.take(cardsim.BankNoFunds)
	w.shot("failed", "ends-02-declined")
	w.touch("failed", "another-way", nil)
	w.shot("confirm-account", "ends-02a-another-way")
	w.touch("confirm-account", "cancel", nil)
	w.home()

	serial := w.toCard("1000000002", 5000)
	w.putIn(cardsim.BankFunds)
	w.pin("654321")
	w.see("enter-pin", func(v view) bool { return v.text("refused") != "" })
	w.shot("enter-pin", "ends-03-wrong-pin")
	w.press("C")
	w.see("take-card", nil)
	w.shot("take-card", "ends-04-cancel-take")
	w.take(cardsim.BankFunds)
	w.screen.do(holds(`["failed","done","idle"].includes(document.getElementById("screen")?.dataset.screen)`))
	w.screen.shoot("ends-05-cancelled")
	w.booked(serial, "cancelled")
	w.desk("/transactions/"+serial, "ends-06-office-cancelled")
	w.desk("/transactions", "ends-07-office-list")
	w.home()

	w.toCard("1000000002", 5000)
	w.putIn(cardsim.BankTwo)
	w.see("choose-application", nil)
	w.shot("choose-application", "ends-08-choose")
	w.touch("choose-application", "application", fields{"n": "1"})
	w.pin("123456")
	w.take(cardsim.BankTwo)
	w.shot("done", "ends-09-done")
	w.paper("ends-10")
	w.home()

	for _, card := range []string{cardsim.BankExpired, cardsim.BankBlocked} {
		w.toCard("1000000002", 3000)
		w.putIn(card)
		if card == cardsim.BankExpired { // the bank says so
			w.pin("123456")
		}
		w.see("take-card", nil)
		w.shot("take-card", "ends-11-take-"+card)
		w.take(card)
		w.shot("failed", "ends-12-"+card)
		w.home()
	}

	w.toCard("1000000002", 3000)
	w.putIn(cardsim.BankStripe)
	for range 3 {
		w.pin("111111")
	}
	w.shot("take-card", "ends-13-locked-take")
	w.take(cardsim.BankStripe)
	w.shot("failed", "ends-14-locked")
	w.home()

	w.toCard("1000000002", 3000)
	w.putIn(cardsim.BankCaptured)
	w.pin("123456")
	w.see("failed", nil)
	w.shot("failed", "ends-15-captured")
	w.home()

	w.toCard("1000000002", 3000)
	w.putIn(cardsim.BankDeclines)
	w.pin("123456")
	w.take(cardsim.BankDeclines)
	w.see("failed", func(v view) bool { return v.text("status") == "undone" })
	w.shot("failed", "ends-16-chip-declines")
	w.paper("ends-17")
	w.home()
}

// cardUnanswered is a sale of which the bank says nothing.
func (w *tenderWalk) cardUnanswered() {
	serial := w.toCard("1000000002", 3000)
	w.putIn(cardsim.BankFunds)
	w.asked()
	w.bankFault("cut", 1)
	w.press("123456E")
	w.shot("take-card", "doubt-1-take")
	w.take(cardsim.BankFunds)
	w.see("failed", func(v view) bool { return v.text("status") == "undone" })
	w.shot("failed", "doubt-2-reversed")
	w.paper("doubt-3")
	w.desk("/transactions/"+serial, "doubt-4-office")
	w.home()
}

// misRefuses is a sale that the bank approves and the MIS does not book: it wants all that is
// owed, and another bill came meanwhile.
func (w *tenderWalk) misRefuses() {
	w.bench("outside/mis/bill", fields{"account": "1000000004", "amount": 5000})
	serial := w.toCard("1000000004", 5000)
	w.putIn(cardsim.BankFunds)
	w.asked()
	w.bench("outside/mis/bill", fields{"account": "1000000004", "amount": 1000})
	w.press("123456E")
	w.take(cardsim.BankFunds)
	w.see("failed", func(v view) bool { return v.text("status") == "undone" })
	w.shot("failed", "doubt-5-mis-refuses")
	w.paper("doubt-6")
	w.desk("/transactions/"+serial, "doubt-7-office")
	w.home()
}

// codes pays by both QR ways.
func (w *tenderWalk) codes() {
	w.touch("idle", "start", nil)
	w.touch("choose-service", "pay-bill", nil)
	w.touch("enter-account", "account", fields{"number": "1000000002"})
	w.touch("confirm-account", "confirm", nil)
	w.touch("choose-tender", "tender", fields{"kind": "qr"})
	w.shot("choose-amount", "qr-01-amount")
	w.touch("choose-amount", "amount", fields{"fen": "8640"})
	code := w.see("show-code", func(v view) bool { return v.text("code") != "" }).text("code")
	w.shot("show-code", "qr-02-code")
	w.telephone(code)
	serial := w.see("done", nil).text("serial")
	w.shot("done", "qr-03-done")
	w.agrees(serial, "1000000002", 8640)
	w.paper("qr-04")
	w.desk("/transactions/"+serial, "qr-05-office")
	w.desk("/qr-orders", "qr-06-orders")
	w.desk("/qr-orders/"+serial, "qr-07-order")
	w.home()

	w.toCode("1000000001", 12850)
	w.payCode(12850)
	serial = w.see("done", func(v view) bool { return v.text("result") == "paid" }).text("serial")
	w.shot("done", "qr-08-scanned-done")
	w.agrees(serial, "1000000001", 12850)
	w.paper("qr-09")
	w.home()

	w.toCode("1000000001", 1000)
	w.payCode(1) // the wallet wants a password, as the sum is beyond
	w.see("show-code", nil)
	w.screen.shoot("qr-10-password")
	w.touch("show-code", "cancel", nil)
	w.screen.shoot("qr-11-cancelling")
	w.screen.do(holds(`["failed","done","idle"].includes(document.getElementById("screen")?.dataset.screen)`))
	w.screen.shoot("qr-12-cancelled")
	w.home()

	w.bench("outside/mis/bill", fields{"account": "1000000004", "amount": 5000})
	code = w.toCode("1000000004", 19640) // 86.40 since the void, 60 that were refused, and 50
	w.bench("outside/mis/bill", fields{"account": "1000000004", "amount": 1000})
	w.telephone(code)
	serial = w.see("failed", func(v view) bool { return v.text("status") == "undone" }).text("serial")
	w.shot("failed", "qr-13-refunded")
	w.paper("qr-14")
	w.desk("/transactions/"+serial, "qr-15-office")
	w.desk("/qr-orders/"+serial, "qr-16-order")
	w.home()
}
