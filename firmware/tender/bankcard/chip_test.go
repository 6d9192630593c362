package bankcard

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/issuersim"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posp/pospsim"
)

// TestCertificatesGoUpWithTheBatch: the bank has the TC of each sale by chip, as good, when
// the batch is settled; of a stripe there is none. No frame of it has a card number.
func TestCertificatesGoUpWithTheBatch(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	r.settled()
	r.open(second)
	r.pay(customer{card: r.card(cardsim.BankStripe)})
	r.settled()
	clear(r.txns) // posted
	r.did = nil
	r.s.SettleNow(r.now, "10000001", 1)
	r.run(10 * time.Second)

	if got := strings.Join(r.did, ", "); got != "0500, 0320, 0800" {
		t.Errorf("%s", got)
	}
	got := map[string]string{}
	for _, e := range r.bank.Ledger().Entries {
		got[e.Card] = e.Certificate
	}
	if len(got) != 2 || got["bank-1"] != "good" || got["bank-4"] != "" {
		t.Errorf("certificates %v", got)
	}
	if last := r.s.kept.Last; !last.Equal || last.Certified != 1 || last.Uncertified != 0 {
		t.Errorf("%+v", last)
	}
	r.cleanFrames()
	r.clean()
}

// cleanFrames looks for card numbers in what chips gave for the bank.
func (r *rig) cleanFrames() {
	r.t.Helper()
	if len(r.chips) == 0 {
		r.t.Error("no such frame")
	}
	for _, frame := range r.chips {
		for id := range cardsim.BankCards() {
			if pan := cardsim.BankPAN(id); pan != "" && (bytes.Contains(frame, []byte(pan)) || strings.Contains(hex.EncodeToString(frame), pan)) {
				r.t.Errorf("the number of %s is in a frame", id)
			}
		}
	}
}

// TestCertificatesOutliveThePower, which goes before the batch closes: they are in the state
// that is kept.
func TestCertificatesOutliveThePower(t *testing.T) {
	r := opened(t)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	r.settled()
	clear(r.txns)
	r.start()
	r.run(10 * time.Second)
	r.s.SettleNow(r.now, "10000001", 1)
	r.run(10 * time.Second)
	if got := r.bank.Ledger().Entries[0].Certificate; got != "good" {
		t.Errorf("certificate %q", got)
	}
}

// TestABankThatTakesNoCertificates has none sent, by the configuration.
func TestABankThatTakesNoCertificates(t *testing.T) {
	r := newRig(t)
	r.s.cfg.Bank.NoCertificates = true
	r.open(first)
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	r.settled()
	clear(r.txns)
	r.did = nil
	r.s.SettleNow(r.now, "10000001", 1)
	r.run(10 * time.Second)
	if got := strings.Join(r.did, ", "); got != "0500, 0800" {
		t.Errorf("%s", got)
	}
	if got := r.bank.Ledger().Entries[0].Certificate; got != "missing" {
		t.Errorf("certificate %q", got)
	}
}

// TestScriptsAreTold: what a chip did with scripts, also with those of a sale that the bank
// refused, goes to the bank, and no sale waits for it.
func TestScriptsAreTold(t *testing.T) {
	scripts := []issuersim.Script{
		{ID: [4]byte{0, 0, 0, 1}, Commands: []issuersim.Command{issuersim.UnblockPIN()}},
		{After: true, ID: [4]byte{0, 0, 0, 2}, Commands: []issuersim.Command{issuersim.PutData(0x9F58, []byte{3})}},
	}
	for id, status := range map[string]payments.Status{cardsim.BankFunds: payments.Posting, cardsim.BankNoFunds: payments.Cancelled} {
		r := newRigWith(t, pospsim.Config{Issuer: issuer{Issuer: issuersim.New(cardsim.TestMasters()), scripts: scripts}})
		r.open(first)
		r.pay(customer{card: r.card(id)})
		r.settled()
		r.run(10 * time.Second)
		if got := r.txns[first]; got.Status() != status {
			t.Errorf("%s: %s, %s", id, got.Status(), got.Card.State)
		}
		sale := r.txns[first].Card.Sale
		want := pospsim.Notice{Sale: "10000001-" + sale.Batch + "-" + sale.Trace, Results: "20000000012000000002"}
		got := r.bank.Ledger().Notices
		if len(got) != 1 || got[0] != want || len(r.s.kept.Terminal.Notices) != 0 {
			t.Errorf("%s: %+v, want %+v; %d wait: %v", id, got, want, len(r.s.kept.Terminal.Notices), r.did)
		}
		r.cleanFrames()
		r.clean()
	}
}

// TestANoticeHoldsUpNoSale: the line goes right after the sale, and comes back.
func TestANoticeHoldsUpNoSale(t *testing.T) {
	scripts := []issuersim.Script{{ID: [4]byte{0, 0, 0, 1}, Commands: []issuersim.Command{issuersim.UnblockPIN()}}}
	r := newRigWith(t, pospsim.Config{Issuer: issuer{Issuer: issuersim.New(cardsim.TestMasters()), scripts: scripts}})
	r.open(first)
	r.pay(customer{card: r.card(cardsim.BankFunds), after: func(step string) { r.down = r.down || step == string(Ending) }})
	r.run(2 * time.Minute)
	if n := len(r.s.kept.Terminal.Notices); n != 1 || r.txns[first].Card.State != bankcard.Approved {
		t.Errorf("%d wait: %v", n, r.did)
	}
	r.down = false
	r.run(20 * time.Minute)
	if got := r.bank.Ledger().Notices; len(got) != 1 || len(r.s.kept.Terminal.Notices) != 0 {
		t.Errorf("%+v", got)
	}
}
