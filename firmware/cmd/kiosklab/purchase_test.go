package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"wattkiosk/hal/bench"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/money"
)

// buying is a meter card with its meter, and how far both are.
type buying struct {
	*rig
	card, meter, account string
	count                uint32 // purchases that card and meter have
}

// meter1 is the card of the lab that can buy, as a new lab has it.
func meter1(r *rig) *buying { return &buying{r, bench.MeterCardID, "000000000103", "1000000003", 4} }

// sle4442 and at88sc102 are the memory cards of the drawer that can buy.
func sle4442(r *rig) *buying { return &buying{r, bench.SLE4442ID, "000000000107", "1000000007", 6} }

func at88sc102(r *rig) *buying {
	return &buying{r, bench.AT88SC102ID, "000000000108", "1000000008", 3}
}

// toCardPage goes from idle to what is on the meter card.
func (b *buying) toCardPage(how fields) {
	b.t.Helper()
	b.touch("idle", "start", nil)
	b.touch("choose-service", "buy-power", nil)
	b.see("insert-meter-card", func(v view) bool { return v.Fields["taking_card"] == true })
	how["card"] = b.card
	b.putCardIn(how)
	until(b.t, b.card+" is read", func() (bool, string) {
		v, err := b.look()
		refused := v.text("refused")
		if err == nil && v.Screen == "insert-meter-card" && refused == "reader" && v.Fields["taking_card"] == true { // on a machine that has no time for it
			b.putCardIn(how)
		}
		return err == nil && (v.Screen != "insert-meter-card" || refused != "" && refused != "reader"), fmt.Sprintf("%s, refused %q, %v", v.Screen, refused, err)
	})
}

// putCardIn puts the card in, which is taken where it waits at the gate.
func (b *buying) putCardIn(how fields) {
	b.t.Helper()
	until(b.t, b.card+" goes in", func() (bool, string) {
		if b.rig.card(b.card).Where == bench.AtGate {
			b.bench("card/remove", fields{"card": b.card})
		}
		return b.bench("card/insert", how) == http.StatusOK, "409"
	})
}

// toTender goes from idle to the pages of a tender; how says what happens to the card
// while it is being written.
func (b *buying) toTender(tender string, amount money.Amount, how fields) {
	b.t.Helper()
	b.toCardPage(how)
	b.touch("meter-card", "confirm", nil)
	b.touch("choose-amount", "amount", fields{"fen": fmt.Sprint(int64(amount))})
	b.touch("choose-tender", "tender", fields{"kind": tender})
}

// pays pays on the pages of a tender, and returns the serial.
func (b *buying) pays(tender string, amount money.Amount) (serial string) {
	b.t.Helper()
	switch tender {
	case "cash":
		b.see("insert-cash", func(v view) bool { return v.Fields["taking_notes"] == true })
		b.insert(int64(amount/100), int64(amount/100))
		serial = b.see("insert-cash", nil).text("serial")
		b.touch("insert-cash", "finish-cash", nil)
	case "bankcard":
		serial = b.see("insert-card", func(v view) bool { return v.Fields["taking_card"] == true }).text("serial")
		b.putIn(cardsim.BankFunds)
		b.pin("123456")
		b.atGate(cardsim.BankFunds)
	case "qr":
		v := b.see("show-code", func(v view) bool { return v.text("code") != "" })
		serial = v.text("serial")
		b.telephone(v.text("code"))
	}

	return serial
}

// sale is what the card-meter system has of a serial, after its ledger was checked.
func (r *rig) sale(serial string) (e cardsystemsim.Entry) {
	r.t.Helper()
	var l cardsystemsim.Ledger
	if err := r.get(r.places.Bench+"api/outside/cardsystem/ledger", &l); err != nil {
		r.t.Fatal(err)
	}
	if err := l.Audit(); err != nil {
		r.t.Errorf("ledger of the card-meter system: %v", err)
	}
	for _, e := range l.Entries {
		if e.Serial == serial {
			return e
		}
	}

	return cardsystemsim.Entry{}
}

// intoMeter puts the card into the meter.
func (b *buying) intoMeter() (s bench.Stay) {
	b.t.Helper()
	status, answer, err := exchange(http.DefaultClient, http.MethodPost, b.places.Bench+"api/meter/"+b.meter, "application/json", []byte(`{"card":"`+b.card+`"}`))
	if err == nil && status == http.StatusOK {
		err = json.Unmarshal(answer, &s)
	}
	if err != nil || status != http.StatusOK {
		b.t.Fatalf("the meter: %d %s, %v", status, answer, err)
	}

	return s
}

// loads wants card, card-meter system, head office, MIS and the kiosk's journal to have
// one purchase of that serial, and the meter to load it once.
func (b *buying) loads(serial, tender string, amount money.Amount) {
	b.t.Helper()
	b.count++
	if got := b.booked(serial, "posted"); got.Total != amount || got.Tender != tender || got.Account != b.account {
		b.t.Errorf("head office has %+v", got)
	}
	until(b.t, "the card-meter system knows that it is on the card", func() (bool, string) {
		e := b.sale(serial)
		return e.Written == metercard.Written, fmt.Sprintf("%+v", e)
	})
	if e := b.sale(serial); e.Amount != amount || e.Count != b.count || e.Booked != 1 || e.Reversed || e.Account != b.account || e.Tender != tender {
		b.t.Errorf("the card-meter system has %+v", e)
	}
	for _, e := range b.ledger().Entries {
		if strings.HasSuffix(e.Serial, serial[1:]) {
			b.t.Errorf("the MIS has %+v", e)
		}
	}
	c := b.rig.card(b.card)
	if waits := c.Loaded == nil || c.Form != metercard.CPU && *c.Loaded < b.count; c.Count != int(b.count) || c.Purse != amount || !waits { // a memory card keeps what the meter wrote before
		b.t.Errorf("the card has %+v", c)
	}

	before, err := b.rig.meterState(b.meter)
	first, second := b.intoMeter(), b.intoMeter()
	if err != nil || first.Error != "" || first.Loaded != amount || first.Count != b.count || !first.Returned || len(first.Loads) != len(before.Loads)+1 {
		b.t.Errorf("the meter had %+v, %v, and did %+v", before, err, first)
	}
	if second.Error != "Err-17" || second.Loaded != 0 || second.Count != b.count {
		b.t.Errorf("the second time the meter did %+v", second)
	}
	if c := b.rig.card(b.card); c.Loaded == nil || *c.Loaded != b.count {
		b.t.Errorf("the meter wrote back %+v", c)
	}
}

func (r *rig) meterState(no string) (s bench.MeterState, err error) {
	return s, r.get(r.places.Bench+"api/meter/"+no, &s)
}

// openCases are the classes of the cases of a serial that are open.
func (r *rig) openCases(serial string) (classes []string) {
	r.t.Helper()
	list, err := r.cases()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, c := range list {
		if c.Serial == serial && c.Open {
			classes = append(classes, c.Class)
		}
	}

	return classes
}

// notOnCard wants head office to have a sale that is not known to be on its card, with a
// case.
func (b *buying) notOnCard(serial string, amount money.Amount) {
	b.t.Helper()
	if got := b.booked(serial, "unwritten"); got.Total != amount {
		b.t.Errorf("head office has %+v", got)
	}
	until(b.t, "there is a case", func() (bool, string) {
		got := b.openCases(serial)
		return slices.Equal(got, []string{"card-not-written"}), fmt.Sprint(got)
	})
}

// rewrites writes a sale that did not reach its card, in a visit of its own, and wants the
// case to be closed.
func (b *buying) rewrites(serial string) {
	b.t.Helper()
	b.toCardPage(fields{})
	v := b.see("meter-card", func(v view) bool { return v.offers("rewrite") })
	if v.offers("confirm") {
		b.t.Error("the card can buy before the last sale is on it")
	}
	b.touch("meter-card", "rewrite", nil)
	b.take(b.card)
	last := b.see("done", nil)
	again := last.text("serial")
	if last.text("result") != "rewritten" || last.text("original") != serial || again == serial {
		b.t.Errorf("the screen says %v", last.Fields)
	}
	b.lastSlip(again, "补写成功", serialOnSlip(serial), "本次补写不收款")
	b.home()

	b.booked(again, "posted")
	b.reconnects() // the kiosk asks about what was left open at each new line
	b.booked(serial, "posted")
	if open := b.openCases(serial); len(open) != 0 {
		b.t.Errorf("cases %v are open", open)
	}
	b.recorded(serial, "meter-settled") // head office knows it before
}

// recorded waits until the records of a serial have these types one after the other.
func (r *rig) recorded(serial, types string) {
	r.t.Helper()
	until(r.t, serial+" has the records "+types, func() (bool, string) {
		got := r.types(serial)

		return strings.Contains(" "+got+" ", " "+types+" "), got
	})
}

// lastSlip waits until the last slip of a serial has the words.
func (r *rig) lastSlip(serial string, words ...string) {
	r.t.Helper()
	until(r.t, "the last slip has "+strings.Join(words, ", "), func() (bool, string) {
		last := "no slip"
		for _, s := range r.slips() {
			if strings.Contains(s.Text, "流水号") && strings.Contains(s.Text, serialOnSlip(serial)) {
				last = s.Text
			}
		}
		ok := !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(last, w) })
		if ok {
			return true, ""
		}
		return false, fmt.Sprintf("%s; of %d; records %s; status %s", last, len(r.slips()), r.types(serial), r.mustState().Kioskd.Status)
	})
}

// reconnects pulls the line and plugs it in again.
func (r *rig) reconnects() {
	r.t.Helper()
	r.lineUp(false)
	until(r.t, "the kiosk has noticed", func() (bool, string) { s := r.mustState(); return !s.kiosk.Online, string(s.Kioskd.Status) })
	r.lineUp(true)
	r.serving()
}

// TestLabPurchase buys power with a note: it is on the card, and the meter loads it once.
func TestLabPurchase(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	b := meter1(r)

	if c := r.card(b.card); c.Count != 4 || c.Purse != 5000 || c.MeterNo != b.meter || c.Loaded == nil || *c.Loaded != 4 {
		t.Fatalf("the card has %+v", c)
	}
	b.toTender("cash", 10000, fields{})
	serial := b.pays("cash", 10000)
	b.see("write-card", nil)
	b.take(b.card)
	last := b.see("done", func(v view) bool { return v.text("status") == "posted" })
	if last.text("serial") != serial || last.text("result") != "paid" || last.number("sold") != 10000 || last.number("count") != 5 || last.Fields["on_card"] != true {
		t.Errorf("the screen says %v", last.Fields)
	}
	r.lastSlip(serial, "购电成功", "100.00", "第 5 次")
	r.recorded(serial, "meter-write-begun meter-write-ended")
	r.home()
	b.loads(serial, "cash", 10000)

	// Cards that can buy nothing: each is shown, and given back.
	for _, c := range []string{bench.NotLoadedID, bench.BlankID, bench.OtherUtilityID, bench.OpenAccountID} {
		other := &buying{r, c, "", "", 0}
		other.toCardPage(fields{})
		v := r.see("meter-card", func(v view) bool { return v.text("why_text") != "" })
		if v.offers("confirm") {
			t.Errorf("%s can buy", c)
		}
		t.Logf("%s: %s; %s", c, v.text("why_text"), v.text("todo_text"))
		r.touch("meter-card", "take-card", nil)
		r.take(c)
		r.home()
	}

	if out, err := r.ctl("journal", "verify"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// TestLabPurchaseBookedWithMIS: head office books what was sold with the MIS too, once, in
// the account and under a serial of its own; the customer has nothing to do with that.
func TestLabPurchaseBookedWithMIS(t *testing.T) {
	t.Parallel()
	r := startRig(t, "--sale-posts", "mis")
	r.serving()
	b := meter1(r)
	for _, down := range []bool{false, true} {
		if down {
			r.misFault("down", 0)
		}
		b.toTender("qr", 5000, fields{})
		serial := b.pays("qr", 5000)
		b.take(b.card)
		b.see("done", func(v view) bool { return v.text("status") == "posted" })
		b.home()
		r.clear("outside", fields{"system": "mis", "fault": "down"})

		until(t, "the MIS has booked the sale", func() (bool, string) {
			l := r.ledger()
			var of []missim.Entry
			for _, e := range l.Entries {
				if strings.HasSuffix(e.Serial, serial[1:]) {
					of = append(of, e)
				}
			}
			ok := len(of) == 1 && of[0].Serial == "B"+serial[1:] && of[0].Amount == 5000 && of[0].Account == "1000000003" && of[0].PostedCount == 1
			return ok, fmt.Sprintf("%+v", of)
		})
		if err := r.ledger().Audit(); err != nil {
			t.Errorf("ledger of the MIS: %v", err)
		}
		if open := append(r.openCases(serial), r.openCases("B"+serial[1:])...); len(open) != 0 {
			t.Errorf("cases %v are open", open)
		}
		first, second := b.intoMeter(), b.intoMeter()
		if first.Loaded != 5000 || second.Error != "Err-17" {
			t.Errorf("the meter did %+v, then %+v", first, second)
		}
	}
}

// TestLabPurchaseMemoryCards buys onto the cards that are memory cards.
func TestLabPurchaseMemoryCards(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()
	r.memoryCards()
}

// memoryCards buys onto each memory card of the drawer; its meter loads that once.
func (r *rig) memoryCards() {
	r.t.Helper()
	for _, m := range []struct {
		*buying
		form  metercard.Form
		count int
	}{{sle4442(r), metercard.SLE4442, 7}, {at88sc102(r), metercard.AT88SC102, 4}} {
		b := m.buying
		b.toTender("cash", 5000, fields{})
		serial := b.pays("cash", 5000)
		b.take(b.card)
		last := b.see("done", func(v view) bool { return v.text("status") == "posted" })
		if last.number("sold") != 5000 || last.Fields["on_card"] != true {
			r.t.Errorf("%s: the screen says %v", b.card, last.Fields)
		}
		b.lastSlip(serial, "购电成功", "50.00", fmt.Sprintf("第 %d 次", m.count))
		b.home()
		if got := r.card(b.card); got.Count != m.count || got.Purse != 5000 || got.Form != m.form {
			r.t.Errorf("%s has %+v", b.card, got)
		}
		b.loads(serial, "cash", 5000)
	}
}

// pulled is a way in which the card is torn out while it is being written.
type pulled struct {
	tender string
	at     int    // the command of those that change the card
	torn   string // before or after that has its effect
	back   bool   // it is put back in the same visit
}

// TestLabPurchasePulled tears the card out of the reader at each command that changes it:
// it is put back, or written in a later visit; the meter loads the purchase once.
func TestLabPurchasePulled(t *testing.T) {
	t.Parallel()
	for reader, ways := range map[string][]pulled{
		"pcsc": {
			{"cash", 1, "before", true},
			{"cash", 2, "after", false},
			{"bankcard", 3, "before", false},
		},
		"crt571": {
			{"cash", 3, "after", true},
			{"qr", 2, "before", true},
			{"cash", 1, "after", false},
		},
	} {
		t.Run(reader, func(t *testing.T) {
			t.Parallel()
			r := startRig(t, "--meter-reader", reader)
			r.serving()
			b := meter1(r)
			for _, way := range ways {
				b.isPulled(way)
			}
			if out, err := r.ctl("journal", "verify"); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

func (b *buying) isPulled(way pulled) {
	b.t.Helper()
	b.toTender(way.tender, 10000, fields{"pull_at": way.at, "torn": way.torn})
	serial := b.pays(way.tender, 10000)
	b.see("write-card", func(v view) bool { return v.Fields["put_back"] == true && v.Fields["taking_card"] == true })
	if w := b.rig.card(b.card).Where; w != bench.InDrawer {
		b.t.Fatalf("%+v: the card is in the %s", way, w)
	}

	if way.back {
		b.putIn(b.card)
		b.take(b.card)
		b.see("done", func(v view) bool { return v.text("status") == "posted" })
		b.lastSlip(serial, "购电成功")
		b.home()
	} else {
		b.touch("write-card", "give-up-card", nil)
		last := b.see("failed", func(v view) bool { return v.text("status") == "unwritten" })
		if last.text("result") != "unwritten" || last.text("serial") != serial {
			b.t.Errorf("the screen says %v", last.Fields)
		}
		b.lastSlip(serial, "已售电", "不再付款")
		b.notOnCard(serial, 10000)
		if c := b.rig.card(b.card); c.Count != int(b.count) {
			b.t.Errorf("the card has %+v", c)
		}
		b.home()
		b.rewrites(serial)
	}

	b.loads(serial, way.tender, 10000)
	b.t.Logf("%+v: %s", way, b.types(serial))
}
