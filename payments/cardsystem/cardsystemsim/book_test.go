package cardsystemsim_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/outsidesim/booksim"
)

func TestDayBook(t *testing.T) {
	s := newSim(t, cardsystemsim.Config{})
	s.Answer(sale("S1", 4, 10000))
	s.Answer(cardsystem.Request{Op: cardsystem.OpReverse, Reversal: mis.Reversal{Serial: "S1-R", Original: "S1", BusinessDate: "20261130"}})
	s.Answer(sale("S2", 4, 5000))
	line := booksim.Line{
		Serial: "S2", Account: "1000000003", Terminal: "K0000001", Batch: "20261130", Amount: 5000, Sold: true, Tender: "cash", Reference: "SD2026113000000002",
		Date: "20261130", At: noon,
	}
	back := line
	back.Serial, back.Amount, back.Reference = "S1", 10000, "SD2026113000000001"
	back.Back = true
	if d := cmp.Diff([]booksim.Line{back, line}, s.DayBook("20261130")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got := s.DayBook("20261129"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
