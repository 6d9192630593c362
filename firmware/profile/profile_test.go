package profile

import (
	"testing"

	"wattkiosk/firmware/condition"
	"wattkiosk/payments"
)

// TestEveryCell walks services × tenders: a cell works only if the domain has a
// route for it, and every condition stops exactly what its cells need.
func TestEveryCell(t *testing.T) {
	purposes := map[Service]payments.Purpose{PayBill: payments.Bill, BuyPower: payments.Purchase}
	p := Lobby()
	for _, s := range p.Services {
		for _, tender := range p.Tenders {
			_, route := payments.RouteOf(purposes[s], tender)
			if p.Has(s, tender) && !route {
				t.Errorf("%s × %s: here %v, in the domain %v", s, tender, p.Has(s, tender), route)
			}
		}
	}
	stopped := map[condition.Code]bool{}
	for _, r := range condition.Rows() {
		stopped[r.Code] = !p.Can(PayBill, Cash, r.Stops)
		if stopped[r.Code] == p.Open(r.Stops) || stopped[r.Code] == p.Offers(PayBill, r.Stops) {
			t.Errorf("%s: the only cell is stopped %v, the terminal is open %v", r.Code, stopped[r.Code], p.Open(r.Stops))
		}
	}
	for code, want := range map[condition.Code]bool{
		condition.Cassette: true, condition.Paper: true, condition.Door: true, condition.Offline: true,
		condition.Temperature: false, condition.Clock: false, condition.Page: false,
	} {
		if stopped[code] != want {
			t.Errorf("%s stops payment in cash: %v, want %v", code, stopped[code], want)
		}
	}
}

// TestMeterCardsAreSoldOntoWithEveryTender that pays a bill, whichever was named first;
// and a sale needs the line, which the look at a card does not.
func TestMeterCardsAreSoldOntoWithEveryTender(t *testing.T) {
	for name, p := range map[string]Profile{
		"cards first": Lobby().WithMeterCards().With(BankCard).With(QR), "cards last": Lobby().With(BankCard).With(QR).WithMeterCards(),
	} {
		for _, tender := range p.Tenders {
			if !p.Can(BuyPower, tender, condition.Nothing) || p.Can(BuyPower, tender, condition.Line) || p.Can(BuyPower, tender, condition.BuyPower) {
				t.Errorf("%s: power with %s", name, tender)
			}
			if !p.Can(PayBill, tender, condition.BuyPower) {
				t.Errorf("%s: a bill with %s stops with the reader of meter cards", name, tender)
			}
		}
		if len(p.Cells) != 7 || !p.Offers(Query, condition.Line|condition.Slip|condition.Cash) || p.Offers(Query, condition.BuyPower) {
			t.Errorf("%s: %d cells", name, len(p.Cells))
		}
	}
	if p := Lobby().With(QR); p.Serves(BuyPower) || p.Serves(Query) {
		t.Error("a terminal without a reader sells power")
	}
	if p := Lobby().WithMeterCards(); p.Has(BuyPower, QR) {
		t.Error("power is sold by a code that pays no bill")
	}
}

// TestAQueryGoesOnWithoutCash: what a condition does not stop stays open.
func TestAQueryGoesOnWithoutCash(t *testing.T) {
	p := Lobby()
	p.Cells = append(p.Cells, Cell{Query, "", condition.Card})
	if p.Can(PayBill, Cash, condition.Cash) || !p.Offers(Query, condition.Cash) || !p.Open(condition.Cash) {
		t.Error("a full cassette stops more than cash, or less")
	}
	if p.Open(condition.All) {
		t.Error("an open door leaves something open")
	}
}

// TestKindsByName: each name of the configuration is a terminal with something to
// offer.
func TestKindsByName(t *testing.T) {
	for _, name := range Names() {
		p, ok := Named(name)
		if !ok || !p.Open(condition.Nothing) {
			t.Errorf("%s: %+v, %v", name, p, ok)
		}
	}
	if _, ok := Named("nope"); ok {
		t.Error("there is a terminal of any name")
	}
}
