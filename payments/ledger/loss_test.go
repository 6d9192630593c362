package ledger

import "testing"

// TestLoss: what is lost by counterfeit notes is borne once, by who bears it.
func TestLoss(t *testing.T) {
	for _, c := range []struct {
		of   Loss
		want string
	}{
		{Loss{Counterfeit, 20000, 0}, "due-from-maker 200, counterfeit -200"},
		{Loss{Counterfeit, 0, 20000}, "counterfeit -200, write-off 200"},
		{Loss{CashCounted, 15000, 5000}, "cash-counted -200, due-from-maker 150, write-off 50"},
		{Loss{CashAtBank, 10000, 0}, "cash-at-bank -100, due-from-maker 100"},
		{Loss{Counterfeit, 0, 0}, ""},
		{Loss{Counterfeit, -100, 200}, ""},
		{Loss{CashInKiosk, 100, 0}, ""},
	} {
		lines, err := c.of.Lines()
		if got := told(lines); got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%+v: %s, %v; want %s", c.of, got, err, c.want)
		}
		if err == nil && Check(lines) != nil {
			t.Errorf("%+v: %v", c.of, Check(lines))
		}
	}
}
