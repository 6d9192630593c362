package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store/storetest"
)

// end is what a kiosk made of a payment.
type end int

// The ends.
const (
	refused end = iota
	paid
	takenBack
	gone // the kiosk was never heard of again
)

// later lets time pass. A head office that has ended meanwhile has a successor then, of
// another name in the books or of the same.
func (b *branch) later(d time.Duration) {
	time.Sleep(d)
	if b.ended == nil || b.ended.Err() == nil {
		return
	}
	office, run := b.openOffice(fmt.Sprint("office ", b.trace%3))
	ctx, cancel := context.WithCancel(b.t.Context())
	b.all.Go(func() { run(ctx) })
	b.office, b.ended, b.end = office, ctx, cancel
}

// takeBack sends a reversal until the bank says that the sale does not stand.
func (b *branch) takeBack(n int, r posp.Request) {
	b.t.Helper()
	for range 50 {
		frame, _ := b.ask(b.office, storetest.Serial(kiosk, n), b.frame(r.Reverse(posp.NoAnswer), nil))
		a, err := b.at.Accept(r.Reverse(posp.NoAnswer), frame, b.mac)
		switch {
		case err == nil && posp.Judge(posp.Reversal, a.Code).Outcome == posp.Done:
			return
		case err == nil && a.Code == "A0" || errors.Is(err, posp.ErrMAC):
			b.retrySignIn()
		}
		b.later(30 * time.Second)
	}
	b.t.Fatalf("payment %d: the reversal was never answered", n)
}

// retrySignIn fetches keys, as often as it takes.
func (b *branch) retrySignIn() {
	for range 50 {
		b.trace++
		r := posp.Request{Op: posp.SignIn, Batch: 1, Trace: b.trace}
		frame, _ := b.ask(b.office, "", b.frame(r, nil))
		if a, err := b.at.Accept(r, frame, nil); err == nil && a.Code == posp.OK {
			b.load(a.Keys)

			return
		}
		b.later(30 * time.Second)
	}
	b.t.Fatal("the terminal could not sign in")
}

// payment is one payment of a random day, by the rules of a kiosk: what is not known is
// taken back, and no sale leaves before that.
func (b *branch) payment(rng *rand.Rand, n int) end {
	b.t.Helper()
	b.trace++
	r := saleOf(b.trace)
	card := b.card()
	if rng.IntN(6) == 0 {
		card = b.cardOf(poorPAN)
	}
	frame, _ := b.ask(b.office, storetest.Serial(kiosk, n), b.frame(r, card))
	a, err := b.at.Accept(r, frame, b.mac)
	known := posp.Unknown
	if err == nil {
		known = posp.Judge(posp.Sale, a.Code).Outcome
	}
	chance := rng.IntN(10)
	switch {
	case chance == 0:
		return gone
	case known == posp.NotDone:
		if a.Code == "A0" {
			b.retrySignIn()
		}

		return refused
	case known == posp.Done && chance > 2:
		o := books.Order{Serial: storetest.Serial(kiosk, n), Account: "1000000001", Kiosk: kiosk, Tender: books.TenderBankCard, Amount: 8640, PaidAt: time.Now().UnixMilli()}
		if _, err := b.store.EnsurePosting(b.t.Context(), o, time.Now()); err != nil {
			b.t.Errorf("payment %d is approved and not posted: %v", n, err)
		}

		return paid
	}
	b.takeBack(n, r)

	return takenBack
}

// TestRandomDays: whatever bank, lines and head office do, in the end the books say of
// every payment what the bank does, or a person knows of it.
func TestRandomDays(t *testing.T) {
	var all [gone + 1]int
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inBranch(t, pospsim.DefaultSlow, func(t *testing.T, b *branch) {
				for _, e := range randomDay(t, b, rand.New(rand.NewPCG(seed, 1))) {
					all[e]++
				}
			})
		})
	}
	t.Logf("%d refused, %d paid, %d taken back, %d gone", all[refused], all[paid], all[takenBack], all[gone])
	if min(all[refused], all[paid], all[takenBack], all[gone]) < 20 {
		t.Error("that is not random")
	}
}

func randomDay(t *testing.T, b *branch, rng *rand.Rand) map[int]end {
	b.signIn()
	defer b.all.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.ended, b.end = ctx, cancel // the rig's own, which runs on beside the others
	defer func() { b.end() }()
	const payments = 25
	ends := map[int]end{}
	for n := 1; n <= payments; n++ {
		if rng.IntN(2) == 0 {
			fault := pospsim.Faults()[rng.IntN(len(pospsim.Faults()))]
			if err := b.posp.SetFor(fault, 1+rng.IntN(3)); err != nil {
				t.Fatal(err)
			}
		}
		b.later(time.Duration(rng.IntN(120)) * time.Second)
		if rng.IntN(4) == 0 { // head office ends within the payment
			time.AfterFunc(time.Duration(rng.IntN(100))*time.Second, b.end)
		}
		ends[n] = b.payment(rng, n)
	}
	b.later(time.Second)

	for _, f := range pospsim.Faults() {
		if err := b.posp.Set(f, false); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(time.Hour)
	synctest.Wait()
	b.audit(ends)

	return ends
}

// audit compares the books with the bank and with what the kiosk knows.
func (b *branch) audit(ends map[int]end) {
	b.t.Helper()
	ledger := b.posp.Ledger()
	if err := ledger.Audit(); err != nil {
		b.t.Error(err)
	}
	stands := map[int64]bool{}
	for _, e := range ledger.Entries {
		stands[e.Trace] = e.Standing() != 0
	}
	cases, err := b.store.Cases(b.t.Context(), books.Filter{Open: true})
	if err != nil {
		b.t.Fatal(err)
	}
	open := map[string]string{}
	for _, c := range cases {
		open[c.Serial] += c.Class + " "
	}

	for n, how := range ends {
		serial := storetest.Serial(kiosk, n)
		rows, err := b.store.Bank.Exchanges(b.t.Context(), bank.Filter{Serial: serial})
		if err != nil {
			b.t.Fatal(err)
		}
		var sale bank.Exchange
		for _, x := range rows {
			if x.Op == posp.Sale {
				sale = x
			}
		}
		said := fmt.Sprintf("payment %d, end %d: %s %s %s, the bank has it: %v, cases %q", n, how, sale.State, sale.End, sale.Code, stands[int64(sale.Trace)], open[serial])
		switch has := stands[int64(sale.Trace)]; how {
		case paid:
			if !has || sale.State != bank.Approved || open[serial] != "" {
				b.t.Error(said)
			}
		case takenBack:
			if has || sale.State != bank.Reversed && sale.ID != "" || open[serial] != "" {
				b.t.Error(said)
			}
		case refused:
			if has || sale.State == bank.Approved || open[serial] != "" {
				b.t.Error(said)
			}
		case gone: // a person has to know, wherever the bank may have the money
			if known := sale.State == bank.Declined || sale.State == bank.Unsent; has && known || !known && sale.ID != "" && open[serial] != books.ClassUnbooked+" " {
				b.t.Error(said)
			}
		}
	}
}
