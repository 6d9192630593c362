package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/control"
	"wattkiosk/hal/bench"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp/pospsim"
)

// toCard goes from idle to the open gate of the card reader, and returns the serial.
func (r *rig) toCard(account string, amount money.Amount) string {
	r.t.Helper()
	r.touch("idle", "start", nil)
	r.touch("choose-service", "pay-bill", nil)
	r.touch("enter-account", "account", fields{"number": account})
	r.touch("confirm-account", "confirm", nil)
	r.touch("choose-tender", "tender", fields{"kind": "bankcard"})
	r.touch("choose-amount", "amount", fields{"fen": fmt.Sprint(int64(amount))})

	return r.see("insert-card", func(v view) bool { return v.Fields["taking_card"] == true }).text("serial")
}

// putIn puts a card of the drawer into the reader.
func (r *rig) putIn(card string) {
	r.t.Helper()
	until(r.t, card+" goes in", func() (bool, string) {
		return r.bench("card/insert", fields{"card": card}) == http.StatusOK, "409"
	})
}

// asked waits until the PIN pad takes a PIN.
func (r *rig) asked() {
	r.t.Helper()
	until(r.t, "the pad asks for the PIN", func() (bool, string) {
		s := r.mustState().Bench.Pinpad
		return s.Asking && s.Marks == 0, fmt.Sprintf("%+v", s)
	})
}

func (r *rig) press(keys string) {
	r.t.Helper()
	r.bench("pinpad", fields{"keys": keys})
}

// pin enters a PIN as soon as the pad asks for it.
func (r *rig) pin(keys string) {
	r.t.Helper()
	r.asked()
	r.press(keys + "E")
}

// take takes the card once the screen says so.
func (r *rig) take(card string) {
	r.t.Helper()
	r.see("take-card", nil)
	r.atGate(card)
}

// atGate takes the card that the reader offers, whatever the screen says.
func (r *rig) atGate(card string) {
	r.t.Helper()
	until(r.t, card+" comes out", func() (bool, string) {
		return r.bench("card/remove", fields{"card": card}) == http.StatusOK, string(r.card(card).Where)
	})
}

func (r *rig) card(id string) (c bench.CardState) {
	r.t.Helper()
	if err := r.get(r.places.Bench+"api/cards/"+id, &c); err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *rig) bankFault(fault string, count int) {
	r.t.Helper()
	r.bench("outside", fields{"system": "posp", "fault": fault, "count": count})
}

func (r *rig) bankLedger() (l pospsim.Ledger) {
	r.t.Helper()
	if err := r.get(r.places.Bench+"api/outside/posp/ledger", &l); err != nil {
		r.t.Fatal(err)
	}
	if err := l.Audit(); err != nil {
		r.t.Errorf("ledger of the bank: %v", err)
	}
	return l
}

// sales are the sales of a payment as the kiosk's journal has them, and the types of all
// its records in order.
func (r *rig) sales(serial string) (sales []bankcard.SaleOrdered, types []string) {
	r.t.Helper()
	var list []control.Entry
	until(r.t, "the journal shows "+serial, func() (bool, string) { // it may be starting
		out, err := r.ctl("journal", "show", serial)
		if err == nil {
			err = json.Unmarshal(out, &list)
		}
		return err == nil, fmt.Sprint(err)
	})
	for _, e := range list {
		types = append(types, e.Type)
		if e.Type != (bankcard.SaleOrdered{}).EventType() {
			continue
		}
		var s bankcard.SaleOrdered
		if err := json.Unmarshal([]byte(e.Payload), &s); err != nil {
			r.t.Fatal(err)
		}
		sales = append(sales, s)
	}

	return sales, types
}

// atBank are the entries that the bank has of a payment's sales.
func (r *rig) atBank(serial string) (entries []pospsim.Entry) {
	r.t.Helper()
	sales, _ := r.sales(serial)
	for _, e := range r.bankLedger().Entries {
		for _, s := range sales {
			if e.Serial == s.Terminal+"-"+s.Batch+"-"+s.Trace {
				entries = append(entries, e)
			}
		}
	}

	return entries
}

// stands is what the bank has taken for a payment, all in all.
func (r *rig) stands(serial string) (sum money.Amount) {
	r.t.Helper()
	for _, e := range r.atBank(serial) {
		sum += e.Standing()
	}

	return sum
}

// inMIS is what the MIS has booked of a payment. It fails on a payment that is booked
// twice, or by another tender.
func (r *rig) inMIS(serial string) (sum money.Amount) {
	r.t.Helper()
	l := r.ledger()
	if err := l.Audit(); err != nil {
		r.t.Errorf("ledger of the MIS: %v", err)
	}
	for _, e := range l.Entries {
		if e.Serial != serial {
			continue
		}
		if e.PostedCount != 1 || e.Tender != "bankcard" || sum != 0 {
			r.t.Errorf("the MIS has %+v", e)
		}
		if !e.Reversed {
			sum += e.Amount
		}
	}

	return sum
}

// paidByCard wants bank, MIS, head office and the kiosk's journal to have one payment of
// that serial and amount, and returns the bank's entry of it.
func (r *rig) paidByCard(serial, card string, amount money.Amount) pospsim.Entry {
	r.t.Helper()
	if got := r.booked(serial, "posted"); got.Total != amount || got.Tender != "bankcard" {
		r.t.Errorf("head office has %+v", got)
	}
	entries := r.atBank(serial)
	if len(entries) != 1 || entries[0].Standing() != amount || entries[0].Card != card {
		r.t.Fatalf("the bank has %+v", entries)
	}
	if got := r.inMIS(serial); got != amount {
		r.t.Errorf("the MIS has %s", got)
	}

	return entries[0]
}

// notPaid wants nothing of a payment to stand anywhere, once head office has it at that
// end.
func (r *rig) notPaid(serial, status string) {
	r.t.Helper()
	r.booked(serial, status)
	if bank, mis := r.stands(serial), r.inMIS(serial); bank != 0 || mis != 0 {
		r.t.Errorf("the bank has %s, the MIS %s; records %v", bank, mis, r.types(serial))
	}
}

func (r *rig) types(serial string) string {
	r.t.Helper()
	_, types := r.sales(serial)

	return strings.Join(types, " ")
}

// TestLabCard pays by card in all the ways that end well, and in those that do not. At
// the end of the day nothing that was written has a card's number, tracks or PIN block.
func TestLabCard(t *testing.T) {
	t.Parallel()
	heard := &ear{secrets: map[string][]byte{}}
	r, stop := startInside(t, heard.hear)
	r.serving()

	r.paysByCard()
	r.wrongPIN()
	r.declined()
	r.misRefuses()
	r.captured()
	r.locked()
	r.unanswered("cut", patience)

	if out, err := r.ctl("journal", "verify"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	said := r.said()
	stop()
	r.leavesNoTrace(heard, said)
}

// TestLabCardSlow is what takes a customer's patience: a bank that says nothing, and a
// card that nobody takes.
func TestLabCardSlow(t *testing.T) {
	t.Parallel()
	r := startRig(t)
	r.serving()

	r.unanswered("no-reply", 4*patience)
	r.forgotten()

	if out, err := r.ctl("journal", "verify"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// paysByCard: the card comes out before the slip.
func (r *rig) paysByCard() {
	r.t.Helper()
	serial := r.toCard("1000000004", 8640)
	r.putIn(cardsim.BankFunds)
	r.see("enter-pin", nil)
	begun := time.Now()
	r.pin("123456")
	r.see("take-card", nil)
	r.t.Logf("%v from the PIN to the card's coming out", time.Since(begun).Round(time.Millisecond))
	if n := len(r.slips()); n != 0 {
		r.t.Errorf("%d slips before the card is taken", n)
	}
	r.take(cardsim.BankFunds)
	last := r.see("done", func(v view) bool { return v.text("status") == "posted" })
	if last.text("serial") != serial || last.text("result") != "paid" || last.number("total") != 8640 {
		r.t.Errorf("the screen says %v", last.Fields)
	}

	e := r.paidByCard(serial, cardsim.BankFunds, 8640)
	zone, err := time.LoadLocation(r.places.Zone)
	if err != nil {
		r.t.Fatal(err)
	}
	at, err := time.ParseInLocation("20060102150405", begun.In(zone).Format("2006")+e.Date+e.Time, zone)
	if err != nil || at.Before(begun.Truncate(time.Second)) || at.After(time.Now()) {
		r.t.Errorf("the bank's time is %s %s, %v", e.Date, e.Time, err)
	}
	text := r.slip(serialOnSlip(serial), "银行卡", "622588******0019", e.Reference, fmt.Sprintf("%06d", e.Trace), "86.40", "缴费成功")
	if strings.Contains(text, cardsim.BankPAN(cardsim.BankFunds)) {
		r.t.Error("the slip has the whole number")
	}
	if c := r.card(cardsim.BankFunds); c.Count != 1 || c.Tries != 3 || c.Where != bench.InDrawer {
		r.t.Errorf("the card has %+v", c)
	}
	r.recorded(serial, "opened card-sale-ordered card-sale-answered card-closed outcome-learned slip")
	r.home()
}

// wrongPIN: it is asked for again, and the bank has one sale at the end.
func (r *rig) wrongPIN() {
	r.t.Helper()
	serial := r.toCard("1000000001", 12850)
	r.putIn(cardsim.BankFunds)
	r.pin("654321")
	v := r.see("enter-pin", func(v view) bool { return v.text("refused") != "" })
	if !strings.HasPrefix(v.text("refused_text"), "密码错误") {
		r.t.Errorf("the customer reads %q", v.text("refused_text"))
	}
	r.pin("123456")
	r.take(cardsim.BankFunds)
	r.see("done", nil)
	r.paidByCard(serial, cardsim.BankFunds, 12850)
	if sales, _ := r.sales(serial); len(sales) != 2 || sales[0].Trace == sales[1].Trace {
		r.t.Errorf("sales %+v", sales)
	}
	r.home()
}

// declined: there is no money on the account, and the customer reads why.
func (r *rig) declined() {
	r.t.Helper()
	serial := r.toCard("1000000002", 5000)
	r.putIn(cardsim.BankNoFunds)
	r.pin("123456")
	r.take(cardsim.BankNoFunds)
	v := r.see("failed", nil)
	if !strings.Contains(v.text("next_text"), "余额不足，未扣款") {
		r.t.Errorf("the customer reads %q", v.text("next_text"))
	}
	r.notPaid(serial, "cancelled")
	for _, slip := range r.slips() {
		if strings.Contains(slip.Text, serialOnSlip(serial)) {
			r.t.Errorf("a slip of a payment that was not made:\n%s", slip.Text)
		}
	}
	r.home()
}

// misRefuses pays what the MIS does not take: the bank gives it back by itself.
func (r *rig) misRefuses() {
	r.t.Helper()
	r.bench("outside/mis/bill", fields{"account": "1000000004", "amount": 5000})
	serial := r.toCard("1000000004", 5000)
	r.putIn(cardsim.BankFunds)
	r.asked()
	r.bench("outside/mis/bill", fields{"account": "1000000004", "amount": 1000})
	r.press("123456E")
	r.take(cardsim.BankFunds)
	v := r.see("failed", func(v view) bool { return v.text("status") == "undone" })
	if !strings.Contains(v.text("result_text")+v.text("next_text"), "退回") {
		r.t.Errorf("the customer reads %q, %q", v.text("result_text"), v.text("next_text"))
	}
	r.notPaid(serial, "undone")
	if e := r.atBank(serial); len(e) != 1 || !e[0].Reversed || e[0].Amount != 5000 {
		r.t.Errorf("the bank has %+v", e)
	}
	r.home()
}

// unanswered: the bank books, and the kiosk hears nothing that it could believe. The sale
// is reversed, and nothing is taken.
func (r *rig) unanswered(fault string, limit time.Duration) {
	r.t.Helper()
	serial := r.toCard("1000000002", 3000)
	r.putIn(cardsim.BankFunds)
	r.asked()
	r.bankFault(fault, 1)
	r.press("123456E")
	untilWithin(r.t, limit, "the card comes out", func() (bool, string) {
		v, err := r.look()
		return err == nil && v.Screen == "take-card", fmt.Sprint(v.Screen, err)
	})
	r.take(cardsim.BankFunds)
	v := r.see("failed", func(v view) bool { return v.text("status") == "undone" })
	if !strings.Contains(v.text("result_text")+v.text("next_text"), "退回") && !strings.Contains(v.text("result_text")+v.text("next_text"), "撤销") {
		r.t.Errorf("the customer reads %q, %q", v.text("result_text"), v.text("next_text"))
	}
	r.notPaid(serial, "undone")
	if e := r.atBank(serial); len(e) != 1 || !e[0].Reversed {
		r.t.Errorf("the bank has %+v", e)
	}
	r.home()
}

// captured: the bank wants the card kept.
func (r *rig) captured() {
	r.t.Helper()
	serial := r.toCard("1000000002", 4000)
	r.putIn(cardsim.BankCaptured)
	r.pin("123456")
	v := r.see("failed", nil)
	if v.Fields["kept"] != true || !strings.Contains(v.text("next_text"), "您的卡已由本机收存") {
		r.t.Errorf("the screen says %v", v.Fields)
	}
	if c := r.card(cardsim.BankCaptured); c.Where != bench.Captured {
		r.t.Errorf("%+v", c)
	}
	r.notPaid(serial, "cancelled")
	r.home()
}

// locked: the bank locks a card after three wrong PINs; the chip's own count is another.
func (r *rig) locked() {
	r.t.Helper()
	serial := r.toCard("1000000002", 2000)
	r.putIn(cardsim.BankStripe)
	for range 3 {
		r.pin("111111")
	}
	r.take(cardsim.BankStripe)
	v := r.see("failed", nil)
	r.t.Logf("a locked card: %q", v.text("next_text"))
	if !strings.Contains(v.text("next_text"), "密码") {
		r.t.Errorf("the customer reads %q", v.text("next_text"))
	}
	r.notPaid(serial, "cancelled")
	r.home()
}

// forgotten: a card that nobody takes is captured, and the journal says so.
func (r *rig) forgotten() {
	r.t.Helper()
	serial := r.toCard("1000000002", 2000)
	r.putIn(cardsim.BankSM4)
	r.pin("123456")
	r.see("take-card", nil)
	untilWithin(r.t, 4*patience, "the card is captured", func() (bool, string) {
		c := r.card(cardsim.BankSM4)
		return c.Where == bench.Captured, fmt.Sprintf("%+v", c)
	})
	v := r.see("done", nil)
	if v.Fields["kept"] != true {
		r.t.Errorf("the screen says %v", v.Fields)
	}
	r.paidByCard(serial, cardsim.BankSM4, 2000)
	if !slices.Contains(strings.Fields(r.types(serial)), "card-captured") {
		r.t.Errorf("records: %s", r.types(serial))
	}
	r.home()
	r.bench("card/empty-bin", fields{})
	if c := r.card(cardsim.BankSM4); c.Where != bench.InDrawer {
		r.t.Errorf("%+v", c)
	}
}
