package pospsim_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/outsidesim/booksim"
	"wattkiosk/payments/posp/pospsim"
)

// TestDayBook: what the bank clears is a sale that stands; a reversed one is marked, and
// neither a voided one nor its void is in it.
func TestDayBook(t *testing.T) {
	b := newBank(pospsim.Config{})
	c := connect(t, b)
	approve := func(fields map[int]string) {
		t.Helper()
		if code := c.code(0x0200, fields); code != "00" {
			t.Fatal(code)
		}
	}
	approve(c.sale("000002", bank1, "000000012850"))
	approve(c.sale("000003", bank1, "000000000100"))
	if code := c.code(0x0400, reversal("000003", "000000000100")); code != "00" {
		t.Fatal(code)
	}
	approve(c.sale("000004", bank1, "000000000200"))
	approve(with(c.sale("000005", bank1, "000000000200"), map[int]string{3: "200000", 60: "2300000100050", 61: "0000010000040000"}))
	if code := c.code(0x0200, c.sale("000006", bank2, "000000000100")); code != "51" {
		t.Fatal(code)
	}

	var codes []string
	for _, e := range b.Ledger().Entries {
		codes = append(codes, e.AuthCode)
	}
	line := booksim.Line{
		Serial: "10000001-000001-000002", Terminal: "10000001", Merchant: "105290073724601", Batch: "000001", Trace: "000002", Card: bank1, Amount: 12850,
		Tender: "bankcard", Reference: "261126000002", AuthCode: codes[0], Date: "20261126", At: noon,
	}
	back := line
	back.Serial, back.Trace, back.Amount = "10000001-000001-000003", "000003", 100
	back.Reference, back.AuthCode, back.Back = "261126000003", codes[1], true
	if d := cmp.Diff([]booksim.Line{line, back}, b.DayBook("20261126")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got := b.DayBook("20261127"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
