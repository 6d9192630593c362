package missim_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/outsidesim/booksim"
)

// TestDayBook: the day is the one that was ordered, whatever the MIS's clock says; what a
// bank has booked by itself is in it, under as much of its serial as the form holds.
func TestDayBook(t *testing.T) {
	s := missim.New(missim.Config{Now: fixed})
	bank := post("10000001-000001-000002", "1000000001", 100)
	bank.Payment.Tender = "bank"
	other := post("S4", "1000000001", 100)
	other.Payment.BusinessDate = "20261124"
	for _, r := range []mis.Request{
		post("S1", "1000000001", 12850), post("S2", "1000000002", 100), bank, other,
		{Op: mis.OpReverse, Reversal: mis.Reversal{Serial: "S2-R", Original: "S2", BusinessDate: "20261123"}},
	} {
		s.Answer(r)
	}
	line := booksim.Line{Serial: "S1", Account: "1000000001", Terminal: "K1", Batch: "20261123", Amount: 12850, Tender: "qr", Reference: "MIS20261123000000001", Date: "20261123", At: fixed()}
	back := line
	back.Serial, back.Account, back.Amount = "S2", "1000000002", 100
	back.Reference, back.Back = "MIS20261123000000002", true
	banks := line
	banks.Serial, banks.Amount, banks.Tender = "000001-000001-000002", 100, "bank"
	banks.Reference = "MIS20261123000000003"
	if d := cmp.Diff([]booksim.Line{line, back, banks}, s.DayBook("20261123")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
