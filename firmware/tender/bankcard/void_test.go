package bankcard

import (
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/payments/post"
)

// voider is a rig whose bank voids by numbers, after a payment that is posted; and head
// office's order to void it.
func voider(t *testing.T) (*rig, tender.VoidOrder) {
	t.Helper()

	return voiderAt(t, pospsim.Config{VoidsByNumber: true})
}

func voiderAt(t *testing.T, cfg pospsim.Config) (*rig, tender.VoidOrder) {
	t.Helper()
	r := newRigWith(t, cfg)
	r.numbers = true
	r.start()
	r.run(3 * time.Second)
	r.open("1")
	r.pay(customer{card: r.card(cardsim.BankFunds)})
	next, _, err := payments.Step(r.txns["1"], "1", post.OutcomeLearned{Status: post.Posted, Reference: "M1", ToAdvance: amount})
	if err != nil {
		t.Fatal(err)
	}
	r.txns["1"], r.paying, r.did = next, "", nil
	item := r.s.kept.Terminal.Batch.Items[0]

	return r, tender.VoidOrder{ID: "p-1", Serial: "1", Terminal: config().Bank.ID, Batch: r.s.kept.Terminal.Batch.Number, Trace: item.Trace, Amount: amount}
}

// voidIs is how far the void of the payment is, what left and was written, and what the bank
// has of it.
func (r *rig) voidIs(what, void, did string, stands bool) {
	r.t.Helper()
	left := money0
	for _, e := range r.bank.Ledger().Entries {
		left += e.Standing()
	}
	if got := r.txns["1"].Card.Void(); got != void || strings.Join(r.did, ", ") != did || stands != (left == amount) || left != 0 && left != amount {
		r.t.Errorf("%s: %q, %v, the bank has %s", what, got, r.did, left)
	}
	if t := r.txns["1"]; t.Status() != payments.Posted || t.Card.State != bankcard.Approved {
		r.t.Errorf("%s: the payment is %s, %s", what, t.Status(), t.Card.State)
	}
	if err := r.bank.Ledger().Audit(); err != nil {
		r.t.Errorf("%s: %v", what, err)
	}
	r.clean()
}

const money0 = money.Amount(0)

// TestVoidOnce: the order is written before the void leaves, it leaves without the card, and
// once for one order.
func TestVoidOnce(t *testing.T) {
	r, o := voider(t)
	for range 3 {
		r.s.VoidNow(r.now, o)
		r.run(2 * time.Second)
	}
	r.voidIs("voided", bankcard.Voided, "card-evidence, 0200, card-evidence", false)

	r.start() // head office has not heard, and says it again
	r.did = nil
	r.run(3 * time.Second)
	r.s.VoidNow(r.now, o)
	again := o
	again.ID = "p-2" // books out of a backup: other people order it
	r.s.VoidNow(r.now, again)
	r.run(3 * time.Second)
	r.voidIs("after a start", bankcard.Voided, "0800", false)

	// The batch closes with equal totals, and without a certificate of what is voided.
	r.did = nil
	r.s.SettleNow(r.now, o.Terminal, o.Batch)
	r.run(5 * time.Second)
	if last := r.s.kept.Last; !last.Equal || last.Ours.Credit != amount || last.Ours.Debit != amount || last.Uncertified != 0 {
		t.Errorf("%+v", last)
	}
	if e := r.bank.Ledger().Entries[1]; e.Kind != "void" || e.Card != cardsim.BankFunds || e.Entry != string(posp.ChipNoPIN) {
		t.Errorf("%+v", e)
	}
}

// TestVoidsThatDoNotStand: what the bank refuses stands, and so does a sale whose void has no
// answer, or none that can be believed: the void is taken back.
func TestVoidsThatDoNotStand(t *testing.T) {
	for name, c := range map[string]struct {
		fault pospsim.Fault
		void  string
		did   string
	}{
		"no answer":     {pospsim.NoReply, bankcard.VoidUndone, "card-evidence, 0200, card-evidence, 0400, card-evidence"},
		"lost":          {pospsim.LoseRequest, bankcard.VoidUndone, "card-evidence, 0200, card-evidence, 0400, card-evidence"},
		"wrong MAC":     {pospsim.WrongMAC, bankcard.VoidUndone, "card-evidence, 0200, card-evidence, 0800, 0400, card-evidence"},
		"another trace": {pospsim.OtherTrace, bankcard.VoidUndone, "card-evidence, 0200, card-evidence, 0400, card-evidence"},
		"another sum":   {pospsim.OtherAmount, bankcard.VoidUndone, "card-evidence, 0200, card-evidence, 0400, card-evidence"},
		"odd code":      {pospsim.UnknownCode, bankcard.VoidUndone, "card-evidence, 0200, card-evidence, 0400, card-evidence"},
		"dropped keys":  {pospsim.KeyChange, bankcard.VoidUndone, "card-evidence, 0200, card-evidence, 0800, 0400, card-evidence"},
	} {
		t.Run(name, func(t *testing.T) {
			r, o := voider(t)
			if err := r.bank.SetFor(c.fault, 1); err != nil {
				t.Fatal(err)
			}
			r.s.VoidNow(r.now, o)
			r.run(2 * time.Minute)
			r.voidIs("then", c.void, c.did, true)

			// It may be ordered again.
			r.did, o.ID = nil, "p-2"
			r.s.VoidNow(r.now, o)
			r.run(3 * time.Second)
			r.voidIs("ordered again", bankcard.Voided, "card-evidence, 0200, card-evidence", false)
		})
	}
}

// TestABankThatWantsTheCard refuses the void: the sale stands.
func TestABankThatWantsTheCard(t *testing.T) {
	r, o := voiderAt(t, pospsim.Config{})
	r.s.VoidNow(r.now, o)
	r.run(3 * time.Second)
	r.voidIs("refused", bankcard.VoidRefused, "card-evidence, 0200, card-evidence", true)
}

// TestVoidsThatAreLeft are orders of which nothing leaves.
func TestVoidsThatAreLeft(t *testing.T) {
	for name, change := range map[string]func(r *rig, o *tender.VoidOrder){
		"another terminal": func(_ *rig, o *tender.VoidOrder) { o.Terminal = "10000002" },
		"another batch":    func(_ *rig, o *tender.VoidOrder) { o.Batch++ },
		"another trace":    func(_ *rig, o *tender.VoidOrder) { o.Trace++ },
		"another amount":   func(_ *rig, o *tender.VoidOrder) { o.Amount++ },
		"another payment":  func(_ *rig, o *tender.VoidOrder) { o.Serial = "2" },
		"with the card":    func(r *rig, _ *tender.VoidOrder) { r.s.cfg.Bank.VoidsByNumber = false },
	} {
		t.Run(name, func(t *testing.T) {
			r, o := voider(t)
			change(r, &o)
			r.s.VoidNow(r.now, o)
			r.run(3 * time.Second)
			r.voidIs(name, "", "", true)
		})
	}
}

// TestVoidAndPowerCuts takes the power at each point of a void. Then the sale is voided, or it
// stands and can be voided, and never twice.
func TestVoidAndPowerCuts(t *testing.T) {
	for cut := 1; ; cut++ {
		r, o := voider(t)
		r.points, r.cut = 0, cut
		went := func() (went bool) {
			defer func() {
				if p := recover(); p == errPower { //nolint:errorlint // it is that value
					went = true
				} else if p != nil {
					panic(p)
				}
			}()
			r.s.VoidNow(r.now, o)
			r.run(5 * time.Second)

			return false
		}()
		r.cut = 0
		if !went {
			if cut < 8 {
				t.Errorf("the power went at %d points", cut-1)
			}

			return
		}
		r.start()
		r.run(time.Second)
		r.s.VoidNow(r.now, o)
		r.run(20 * time.Second)
		o.ID = "p-2"
		r.s.VoidNow(r.now, o)
		r.run(5 * time.Second)
		r.did = nil
		r.voidIs("cut", bankcard.Voided, "", false)
		if n := len(r.bank.Ledger().Entries); n > 3 {
			t.Errorf("cut %d: the bank has %d entries", cut, n)
		}
	}
}
