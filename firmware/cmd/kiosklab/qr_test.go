package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/money"
)

// toCode goes from idle to the code that a telephone pays, and returns it.
func (r *rig) toCode(account string, amount money.Amount) string {
	r.t.Helper()
	r.touch("idle", "start", nil)
	r.touch("choose-service", "pay-bill", nil)
	r.touch("enter-account", "account", fields{"number": account})
	r.touch("confirm-account", "confirm", nil)
	r.touch("choose-tender", "tender", fields{"kind": "qr"})
	r.touch("choose-amount", "amount", fields{"fen": fmt.Sprint(int64(amount))})

	return r.see("show-code", func(v view) bool { return v.text("code") != "" }).text("code")
}

// telephone has a customer's telephone pay a shown code.
func (r *rig) telephone(code string) {
	r.t.Helper()
	if got := r.bench("acquirer/pay", fields{"code": code}); got != http.StatusOK {
		r.t.Fatalf("the code cannot be paid: %d", got)
	}
}

// payCode has a customer's telephone show a payment code to the scanner.
func (r *rig) payCode(limit money.Amount) {
	r.t.Helper()
	b, err := json.Marshal(fields{"amount_limit": limit})
	if err != nil {
		r.t.Fatal(err)
	}
	status, b, err := exchange(http.DefaultClient, http.MethodPost, r.places.Bench+"api/acquirer/scan-code", "application/json", b)
	if err != nil || status != http.StatusOK {
		r.t.Fatalf("payment code: %d %s, %v", status, b, err)
	}
	var answer struct{ Code string }
	if err := json.Unmarshal(b, &answer); err != nil {
		r.t.Fatal(err)
	}
	r.bench("scan", fields{"code": answer.Code})
}

func (r *rig) acquirerLedger() (l acquirersim.Ledger) {
	r.t.Helper()
	if err := r.get(r.places.Bench+"api/outside/acquirer/ledger", &l); err != nil {
		r.t.Fatal(err)
	}

	return l
}

// taken is what the acquirer has of a serial, after its ledger was checked.
func (r *rig) taken(serial string) (e acquirersim.Entry) {
	r.t.Helper()
	l := r.acquirerLedger()
	if err := l.Audit(); err != nil {
		r.t.Errorf("ledger of the acquirer: %v", err)
	}
	for _, e = range l.Entries {
		if e.Serial == serial {
			return e
		}
	}
	r.t.Fatalf("the acquirer has no payment %s among %+v", serial, l.Entries)

	return e
}

// agrees wants acquirer, head office and MIS to have one payment of that serial, account
// and amount, and returns the acquirer's number of it.
func (r *rig) agrees(serial, account string, amount money.Amount) string {
	r.t.Helper()
	if got := r.booked(serial, "posted"); got.Total != amount || got.Account != account || got.Tender != "qr" {
		r.t.Errorf("head office has %+v", got)
	}
	e := r.taken(serial)
	if e.Amount != int64(amount) || e.Refunded != 0 || e.Tender != "qr" {
		r.t.Errorf("the acquirer has %+v", e)
	}

	times := 0
	l := r.ledger()
	if err := l.Audit(); err != nil {
		r.t.Errorf("ledger of the MIS: %v", err)
	}
	for _, p := range l.Entries {
		if p.Serial != serial {
			continue
		}
		times++
		if p.Account != account || p.Amount != amount || p.PostedCount != 1 || p.Reversed || p.Tender != "qr" {
			r.t.Errorf("the MIS has %+v", p)
		}
	}
	if times != 1 {
		r.t.Errorf("the MIS has %d entries of %s", times, serial)
	}

	return e.Reference
}

// TestLabQR pays by the code that the kiosk shows and by the one that a telephone shows,
// and pays what the MIS then refuses.
func TestLabQR(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()

	code := r.toCode("1000000004", 8640)
	if got := r.mustState().Kioskd.Code; got != code {
		t.Errorf("the bench reads %q off the screen, which says %q", got, code)
	}
	paid := time.Now()
	r.telephone(code)
	last := r.see("done", nil)
	t.Logf("shown code: %v from the telephone's payment to the kiosk's result", time.Since(paid).Round(time.Millisecond))
	if last.text("status") != "posted" || last.text("result") != "paid" || last.number("total") != 8640 {
		t.Errorf("the screen says %v", last.Fields)
	}
	serial := last.text("serial")
	r.slip(serialOnSlip(serial), "扫码", r.agrees(serial, "1000000004", 8640), "86.40", "缴费成功")
	if got := r.bench("acquirer/pay", fields{"code": code}); got != http.StatusConflict {
		t.Errorf("a code that is paid is paid again: %d", got)
	}
	r.home()

	r.toCode("1000000001", 12850)
	paid = time.Now()
	r.payCode(12850)
	last = r.see("done", func(v view) bool { return v.text("result") == "paid" })
	t.Logf("payment code: %v from the scan to the kiosk's result", time.Since(paid).Round(time.Millisecond))
	serial = last.text("serial")
	r.slip(serialOnSlip(serial), "扫码", r.agrees(serial, "1000000001", 12850), "128.50", "缴费成功")
	if e := r.acquirerLedger(); len(e.Entries) != 2 || e.Money() != 8640+12850 {
		t.Errorf("the acquirer has %+v", e.Entries)
	}
	r.home()

	r.refused(len(r.ledger().Entries))
	if out, err := r.ctl("journal", "verify"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// refused pays what the MIS does not take, as another bill has come meanwhile to an
// account that is only paid in full.
func (r *rig) refused(posted int) {
	r.t.Helper()
	r.bench("outside/mis/bill", fields{"account": "1000000004", "amount": 5000})
	code := r.toCode("1000000004", 5000)
	r.bench("outside/mis/bill", fields{"account": "1000000004", "amount": 1000})
	paid := time.Now()
	r.telephone(code)
	last := r.see("failed", func(v view) bool { return v.text("status") == "undone" })
	r.t.Logf("refused: %v from the telephone's payment to the word that it went back", time.Since(paid).Round(time.Millisecond))

	serial := last.text("serial")
	if !strings.Contains(last.text("result_text"), "退回") {
		r.t.Errorf("the screen says %v", last.Fields)
	}
	e := r.taken(serial)
	if !e.Reversed || e.Amount != 5000 || e.Refunded != 5000 {
		r.t.Errorf("the acquirer has %+v", e)
	}
	r.slip(serialOnSlip(serial), "扫码", e.Reference, "退回金额", "50.00")
	r.booked(serial, "undone")
	if n := len(r.ledger().Entries); n != posted {
		r.t.Errorf("the MIS has %d entries, want %d", n, posted)
	}
	r.home()
}

// serialOnSlip is a serial as it is printed.
func serialOnSlip(serial string) string {
	var groups []string
	for i := 0; i < len(serial); i += 4 {
		groups = append(groups, serial[i:min(i+4, len(serial))])
	}

	return strings.Join(groups, " ")
}

// TestLabQRPowerCut: the customer pays while the kiosk has no power.
func TestLabQRPowerCut(t *testing.T) {
	t.Parallel()
	r := startRig(t, "--acquirer", "wechat")
	r.serving()
	code := r.toCode("1000000001", 12850)
	serial := r.see("show-code", nil).text("serial")
	r.power(false)
	r.telephone(code)
	r.power(true)
	back := time.Now()
	r.agrees(serial, "1000000001", 12850)
	t.Logf("posted %v after the power was back", time.Since(back).Round(time.Millisecond))
	r.home()
	if n := len(r.acquirerLedger().Orders); n != 1 {
		t.Errorf("the acquirer has %d orders", n)
	}
	if out, err := r.ctl("journal", "verify"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// TestAcquirerKeys: the keys are made once, nobody else reads them, and each protocol's
// flag names files that are there.
func TestAcquirerKeys(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "acquirer")
	first, err := acquirerKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := acquirerKeys(dir)
	if err != nil || !first.Merchant.Equal(again.Merchant) || !first.Acquirer.Equal(again.Acquirer) {
		t.Errorf("the keys have changed, %v", err)
	}
	for _, name := range []string{merchantFile, ownFile, apiFile, publicFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}
