package cardsystemtest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
)

// hundred is what ¥ 100 for meter-1 is sold as: at 0.4883 a kWh.
var hundred = metercard.Sold{Number: "SD2026113000000001", Card: cardsystemsim.Meter1, Count: 5, Amount: 10000, Energy: 20479}

func testQuote(t *testing.T, w *world) {
	q := w.call(quote(meter1())).Quote
	want := cardsystem.Quote{
		Account: "1000000003", Name: "刘建国", Address: "示范市建设路25号", Min: 100, Max: 198750,
		Tariff: []cardsystem.Tier{{UpTo: 260000, Price: 4883}, {UpTo: 480000, Price: 5383}, {Price: 7883}},
	}
	if q.Outcome != mis.Done || q.Code != w.says.OK || q.Reason != "" {
		t.Errorf("outcome: %s, %s, %s", q.Outcome, q.Code, q.Reason)
	}
	if d := cmp.Diff(want, q.Quote); d != "" {
		t.Errorf("quote (-want +got):\n%s", d)
	}

	q = w.call(quote(second2(2))).Quote
	want = cardsystem.Quote{
		Account: "1000000005", Name: "陈丽华", Address: "示范市和平路11号2单元401室", Min: 100, Max: 100000,
		ByTime: []cardsystem.TimePrice{{Name: "peak", Price: 5683}, {Name: "flat", Price: 4883}, {Name: "valley", Price: 2883}},
	}
	if d := cmp.Diff(want, q.Quote); d != "" || q.Outcome != mis.Done {
		t.Errorf("quote by the time of day: %s (-want +got):\n%s", q.Outcome, d)
	}
}

// second2 is the card meter-2, of which the meter has loaded n purchases.
func second2(n uint32) metercard.Facts {
	return metercard.Facts{Serial: cardsystemsim.Meter2, Form: metercard.CPU, Kind: metercard.Purchase, Count: 2, Purse: 3000, Loaded: n}
}

func testQuoteRefused(t *testing.T, w *world) {
	for _, c := range []struct {
		name   string
		facts  func(*metercard.Facts)
		change func(*cardsystemsim.Account)
		reason mis.Reason
	}{
		{"not loaded", func(f *metercard.Facts) { f.Loaded = 3 }, nil, mis.NotLoaded},
		{"nothing returned", func(f *metercard.Facts) { f.Loaded = 0 }, nil, mis.NotLoaded},
		{"blank", func(f *metercard.Facts) { f.Kind = metercard.Blank }, nil, w.says.BlankCard},
		{"no purchase card", func(f *metercard.Facts) { f.Kind = metercard.Other }, nil, mis.OtherCard},
		{"of another utility", func(f *metercard.Facts) { f.Serial = "00000000000000AA" }, nil, mis.OtherCard},
		{"not opened", func(f *metercard.Facts) { f.Kind, f.Loaded = metercard.OpenAccount, 0 }, nil, w.says.NotOpened},
		{"behind the ledger", func(f *metercard.Facts) { f.Count, f.Loaded = 3, 3 }, nil, mis.CountDiffers},
		{"ahead of the ledger", func(f *metercard.Facts) { f.Count, f.Loaded = 5, 5 }, nil, mis.CountDiffers},
		{"loaded more than bought", func(f *metercard.Facts) { f.Loaded = 5 }, nil, mis.CountDiffers},
		{"arrears", nil, func(a *cardsystemsim.Account) { a.Arrears = 12850 }, mis.ArrearsFirst},
		{"tariff", nil, func(a *cardsystemsim.Account) { a.TariffDue = true }, mis.TariffDue},
		{"full", func(f *metercard.Facts) { f.Left = money.Yuan(2000) }, nil, mis.OverHoarding},
	} {
		f := meter1()
		if c.facts != nil {
			c.facts(&f)
		}
		before, _ := w.sim.Account("1000000003")
		if c.change != nil {
			w.sim.ChangeAccount("1000000003", c.change)
		}

		q := w.call(quote(f)).Quote
		if q.Outcome != mis.NotDone || q.Reason != c.reason || q.Code == "" || q.Code == w.says.OK {
			t.Errorf("%s: %s for %q, code %s; want not done for %q", c.name, q.Outcome, q.Reason, q.Code, c.reason)
		}
		if c.name == "arrears" && q.Quote.Arrears != 12850 {
			t.Errorf("arrears of %s", q.Quote.Arrears)
		}
		w.sim.ChangeAccount("1000000003", func(a *cardsystemsim.Account) { *a = before })
	}

	if err := w.sim.ReplaceCard(cardsystemsim.Meter1, "00000000000000B1"); err != nil {
		t.Fatal(err)
	}
	if q := w.call(quote(meter1())).Quote; q.Outcome != mis.NotDone || q.Reason != w.says.OldCard {
		t.Errorf("replaced: %+v", q)
	}
	f := meter1()
	f.Serial, f.Kind = "00000000000000B1", metercard.Replacement
	if q := w.call(quote(f)).Quote; q.Outcome != mis.Done || q.Quote.Account != "1000000003" {
		t.Errorf("the card in its place: %+v", q)
	}
}

// testUnwritten: a sale that is not on its card keeps the card from buying.
func testUnwritten(t *testing.T, w *world) {
	w.call(sale())
	q := w.call(quote(meter1())).Quote
	want := cardsystem.Unwritten{Serial: serial, Sold: hundred}
	if q.Outcome != mis.NotDone || q.Reason != mis.Unwritten || q.Quote.Unwritten != want {
		t.Errorf("quote: %+v", q)
	}
	if p := w.call(sell(second, meter1(), "1000000003", 5000)).Post; p.Outcome != mis.NotDone || p.Reason != mis.Unwritten {
		t.Errorf("sale: %+v", p)
	}

	// The card shows it, though nobody has said so.
	f := meter1()
	f.Count, f.Purse = 5, 10000
	if q := w.call(quote(f)).Quote; q.Outcome != mis.NotDone || q.Reason != mis.NotLoaded || q.Quote.Unwritten != (cardsystem.Unwritten{}) {
		t.Errorf("quote of the written card: %+v", q)
	}
	if e := w.entry(serial, true); e.Written != metercard.Written {
		t.Errorf("entry: %+v", e)
	}
	f.Loaded = 5
	if p := w.call(sell(second, f, "1000000003", 5000)).Post; p.Outcome != mis.Done || p.Sold.Count != 6 {
		t.Errorf("sale of the next purchase: %+v", p)
	}
}

func testSell(t *testing.T, w *world) {
	p := w.call(sale()).Post
	if p.Outcome != mis.Done || p.Code != w.says.OK || p.Amount != 10000 || p.ToArrears != 0 || p.ToAdvance != 10000 || p.Reference != hundred.Number {
		t.Errorf("sale: %+v", p)
	}
	if p.Sold != hundred {
		t.Errorf("sold: %+v, want %+v", p.Sold, hundred)
	}

	e := w.entry(serial, true)
	if e.Account != "1000000003" || e.Amount != 10000 || e.Tender != "cash" || e.Count != 5 || e.Card != cardsystemsim.Meter1 || e.Reversed || e.Written != "" ||
		e.Booked != 1 || e.Date != today || e.Kiosk != "K0000001" {
		t.Errorf("entry: %+v", e)
	}
}

func testSellByTime(t *testing.T, w *world) {
	p := w.call(sell(serial, second2(2), "1000000005", 5000)).Post
	if p.Outcome != mis.Done || p.Sold.Energy != 0 || p.Sold.Amount != 5000 || p.Sold.Count != 3 {
		t.Errorf("sale: %+v", p)
	}
}

func testSellRefused(t *testing.T, w *world) {
	fixed := func(a *cardsystemsim.Account) { a.Fixed = 20000 }
	tens := func(a *cardsystemsim.Account) { a.Step = 1000 }
	for _, c := range []struct {
		name   string
		change func(*cardsystemsim.Account)
		card   metercard.Facts
		to     string
		amount money.Amount
		reason mis.Reason
	}{
		{"below the minimum", nil, meter1(), "1000000003", 99, w.says.BelowMinimum},
		{"beyond the hoarding limit", nil, meter1(), "1000000003", 198751, mis.OverHoarding},
		{"another amount than agreed", fixed, meter1(), "1000000003", 10000, mis.FixedAmount},
		{"no multiple", tens, meter1(), "1000000003", 1500, w.says.NotMultiple},
		{"not loaded", nil, loaded2(3), "1000000003", 10000, mis.NotLoaded},
		{"for another account", nil, meter1(), "1000000005", 10000, mis.NoAccount},
	} {
		before, _ := w.sim.Account("1000000003")
		if c.change != nil {
			w.sim.ChangeAccount("1000000003", c.change)
		}
		p := w.call(sell(serial, c.card, c.to, c.amount)).Post
		if p.Outcome != mis.NotDone || p.Reason != c.reason || p.Sold != (metercard.Sold{}) {
			t.Errorf("%s: %+v, want not done for %q", c.name, p, c.reason)
		}
		w.entry(serial, false)
		w.sim.ChangeAccount("1000000003", func(a *cardsystemsim.Account) { *a = before })
	}

	w.sim.ChangeAccount("1000000003", fixed)
	if p := w.call(sell(serial, meter1(), "1000000003", 20000)).Post; p.Outcome != mis.Done || p.Sold.Amount != 20000 {
		t.Errorf("the agreed amount: %+v", p)
	}
}

func loaded2(n uint32) metercard.Facts {
	f := meter1()
	f.Loaded = n

	return f
}

func testSellAgain(t *testing.T, w *world) {
	first := w.call(sale()).Post
	if again := w.call(sale()).Post; again != first {
		t.Errorf("again: %+v, want %+v", again, first)
	}
	if e := w.entry(serial, true); e.Booked != 1 || e.Attempts != 2 {
		t.Errorf("entry: %+v", e)
	}

	other := sale()
	other.Payment.Amount = 20000
	if p := w.call(other).Post; p.Outcome != mis.Unknown || p.Code != w.says.Duplicate || p.Retry {
		t.Errorf("another order under the serial: %+v", p)
	}
	if e := w.entry(serial, true); e.Amount != 10000 {
		t.Errorf("entry: %+v", e)
	}
}

func testAsk(t *testing.T, w *world) {
	if p := w.call(ask(serial)).Post; p.Outcome != mis.NotDone || p.Code != w.says.None || !p.Retry || p.Reversed {
		t.Errorf("ask for a serial never sent: %+v", p)
	}
	sold := w.call(sale()).Post
	if p := w.call(ask(serial)).Post; p != sold {
		t.Errorf("ask: %+v, want %+v", p, sold)
	}
	w.call(reverse(today))
	if p := w.call(ask(serial)).Post; p.Outcome != mis.NotDone || p.Code != w.says.Reversed || !p.Reversed || p.Retry || p.Sold != hundred {
		t.Errorf("ask after the reversal: %+v", p)
	}
}

func testReverse(t *testing.T, w *world) {
	w.call(sale())
	for i, code := range []mis.Code{w.says.OK, w.says.Reversed} {
		if r := w.call(reverse(today)).Reverse; r.Outcome != mis.Done || r.Code != code {
			t.Errorf("reversal %d: %+v", i+1, r)
		}
	}
	if e := w.entry(serial, true); !e.Reversed || e.ReversedBy != back {
		t.Errorf("entry: %+v", e)
	}
	if p := w.call(sale()).Post; p.Outcome != mis.Unknown {
		t.Errorf("sale with a reversed serial: %+v", p)
	}

	// The count is free once more, and so is what the ladder had counted.
	want := hundred
	want.Number = "SD2026113000000002"
	if p := w.call(sell(second, meter1(), "1000000003", 10000)).Post; p.Outcome != mis.Done || p.Sold != want {
		t.Errorf("the next sale: %+v", p)
	}
}

func testReverseRefused(t *testing.T, w *world) {
	if r := w.call(reverse(today)).Reverse; r.Outcome != mis.NotDone || r.Code != w.says.InvalidReversal {
		t.Errorf("reversal of nothing: %+v", r)
	}
	w.call(sale())
	if r := w.call(reverse("20261201")).Reverse; r.Outcome != mis.NotDone || r.Code != w.says.NoNextDay {
		t.Errorf("reversal on the next day: %+v", r)
	}
	w.call(report(metercard.Written, 5))
	if r := w.call(reverse(today)).Reverse; r.Outcome != mis.NotDone || r.Code != w.says.Written {
		t.Errorf("reversal of what is on the card: %+v", r)
	}
	if e := w.entry(serial, true); e.Reversed {
		t.Errorf("entry: %+v", e)
	}
}

// encrypt is the encryption service of the suite: two rounds, of which the second needs
// the answer to the first.
func encrypt(o cardsystem.StepsOrder, s metercard.Sold) cardsystem.StepsResult {
	if o.Round == 0 {
		return cardsystem.StepsResult{Outcome: mis.Done, Steps: []script.Step{
			{Op: script.APDU, Data: script.Bytes{0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x01}, Expect: "61xx"},
			{Op: script.APDU, Data: script.Bytes{0x00, 0x84, 0x00, 0x00, 0x08}, Expect: "9000", Save: "challenge"},
		}}
	}
	if len(o.Saved["challenge"]) != 8 {
		return cardsystem.StepsResult{Outcome: mis.NotDone, Reason: mis.KeysAway}
	}

	return cardsystem.StepsResult{Outcome: mis.Done, Last: true, Steps: []script.Step{
		{Op: script.Write, Data: script.Bytes{byte(s.Count)}, Area: 1, Address: 200, Changes: true},
		{Op: script.Read, Address: 0x20, Length: 16, Save: "check"},
		{Op: script.Verify, Data: script.Bytes{1, 2, 3}, Changes: true, Purse: true},
	}}
}

func testSteps(t *testing.T, w *world) {
	w.call(sale())
	first := w.call(steps(meter1(), 0)).Steps
	want := []script.Step{
		{Op: script.APDU, Data: script.Bytes{0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x01}, Expect: "61xx"},
		{Op: script.APDU, Data: script.Bytes{0x00, 0x84, 0x00, 0x00, 0x08}, Expect: "9000", Save: "challenge"},
	}
	if d := cmp.Diff(want, first.Steps); first.Outcome != mis.Done || first.Last || d != "" {
		t.Errorf("first round: %s, last %v (-want +got):\n%s", first.Outcome, first.Last, d)
	}

	order := steps(meter1(), 1)
	order.Steps.Saved = map[string]script.Bytes{"challenge": {1, 2, 3, 4, 5, 6, 7, 8}}
	last := w.call(order).Steps
	want = []script.Step{
		{Op: script.Write, Data: script.Bytes{5}, Area: 1, Address: 200, Changes: true},
		{Op: script.Read, Address: 0x20, Length: 16, Save: "check"},
		{Op: script.Verify, Data: script.Bytes{1, 2, 3}, Changes: true, Purse: true},
	}
	if d := cmp.Diff(want, last.Steps); last.Outcome != mis.Done || !last.Last || d != "" {
		t.Errorf("last round: %s, last %v (-want +got):\n%s", last.Outcome, last.Last, d)
	}
}

func testStepsRefused(t *testing.T, w *world) {
	refused := func(name string, r cardsystem.Request, reason mis.Reason) {
		t.Helper()
		s := w.call(r).Steps
		if s.Outcome != mis.NotDone || s.Reason != reason || len(s.Steps) > 0 || s.Last {
			t.Errorf("%s: %+v, want not done for %q", name, s, reason)
		}
	}

	refused("never sold", steps(meter1(), 0), mis.NotPayable)
	w.call(sale())
	refused("another card", steps(second2(2), 0), mis.OtherCard)
	refused("another count", steps(loaded(meter1(), 3), 0), mis.CountDiffers)
	refused("without the answer of the round before", steps(meter1(), 1), mis.KeysAway)
	f := meter1()
	f.Count, f.Purse = 5, 10000
	refused("on the card already", steps(f, 0), mis.Written)
	w.call(report(metercard.Written, 5))
	refused("reported as written", steps(meter1(), 0), mis.Written)
}

func testReport(t *testing.T, w *world) {
	if r := w.call(report(metercard.Written, 5)).Report; r.Outcome != mis.NotDone {
		t.Errorf("report of nothing: %+v", r)
	}
	w.call(sale())
	if r := w.call(report(metercard.Written, 6)).Report; r.Outcome != mis.NotDone {
		t.Errorf("report of another count: %+v", r)
	}
	if e := w.entry(serial, true); e.Written != "" {
		t.Errorf("entry: %+v", e)
	}

	for i, c := range []struct {
		say  metercard.Outcome
		want metercard.Outcome
	}{
		{metercard.Unsure, metercard.Unsure},
		{metercard.Unwritten, metercard.Unwritten},
		{metercard.Written, metercard.Written},
		{metercard.Written, metercard.Written},
		{metercard.Unsure, metercard.Written},
	} {
		count := uint32(4)
		if c.say == metercard.Written {
			count = 5
		}
		if r := w.call(report(c.say, count)).Report; r.Outcome != mis.Done || r.Code != w.says.OK {
			t.Errorf("report %d: %+v", i, r)
		}
		if e := w.entry(serial, true); e.Written != c.want || e.Reports != i+1 {
			t.Errorf("report %d, entry: %+v", i, e)
		}
	}
}

func testTotals(t *testing.T, w *world) {
	if r := w.call(totals(today)).Totals; r.Outcome != mis.Done || r.Count != 0 || r.Sum != 0 || len(r.Sales) != 0 {
		t.Errorf("an empty day: %+v", r)
	}
	w.call(sale())
	w.call(reverse(today))
	w.call(sell(second, meter1(), "1000000003", 20000))
	w.call(sell("00000001010000000003", second2(2), "1000000005", 3000))
	done := report(metercard.Written, 6)
	done.Report.Serial, done.Report.Count = second, 5
	w.call(done)

	r := w.call(totals(today)).Totals
	want := []cardsystem.Sale{
		{Serial: serial, Account: "1000000003", Amount: 10000, Count: 5, Reversed: true},
		{Serial: second, Account: "1000000003", Amount: 20000, Count: 5, Written: metercard.Written},
		{Serial: "00000001010000000003", Account: "1000000005", Amount: 3000, Count: 3},
	}
	if d := cmp.Diff(want, r.Sales); r.Outcome != mis.Done || r.Count != 2 || r.Sum != 23000 || d != "" {
		t.Errorf("%s, %d sales of %s (-want +got):\n%s", r.Outcome, r.Count, r.Sum, d)
	}
	if r := w.call(totals("20261201")).Totals; r.Outcome != mis.Done || r.Count != 0 {
		t.Errorf("another day: %+v", r)
	}
}
