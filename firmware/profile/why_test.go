package profile

import (
	"slices"
	"testing"

	"wattkiosk/firmware/condition"
)

// TestWhyAServiceIsOff: of everything that is wrong, what stops that service.
func TestWhyAServiceIsOff(t *testing.T) {
	full := Lobby().With(BankCard).With(QR).WithMeterCards()
	for name, c := range map[string]struct {
		p       Profile
		s       Service
		stopped condition.Stops
		on      []condition.Code
		want    []condition.Code
	}{
		"nothing is wrong":      {full, PayBill, 0, nil, nil},
		"paper":                 {full, PayBill, condition.Slip, []condition.Code{condition.Paper}, []condition.Code{condition.Paper}},
		"paper, of no card":     {full, Query, condition.Slip, []condition.Code{condition.Paper}, nil},
		"the reader of cards":   {full, Query, condition.BuyPower, []condition.Code{condition.Paper, condition.MeterReader}, []condition.Code{condition.MeterReader}},
		"notes alone":           {full, PayBill, condition.Cash, []condition.Code{condition.Cassette}, nil},
		"paper beside notes":    {full, PayBill, condition.Cash | condition.Slip, []condition.Code{condition.Cassette, condition.Paper}, []condition.Code{condition.Paper}},
		"notes and the line":    {full, PayBill, condition.Cash | condition.Line, []condition.Code{condition.Cassette}, []condition.Code{condition.Cassette, condition.Offline}},
		"the line":              {full, BuyPower, condition.Line, nil, []condition.Code{condition.Offline}},
		"the line, with a code": {full, BuyPower, condition.Line | condition.PayBill, []condition.Code{condition.Offline}, []condition.Code{condition.Offline}},
		"notes of notes only":   {Lobby(), PayBill, condition.Cash, []condition.Code{condition.Cassette}, []condition.Code{condition.Cassette}},
		"who does not serve it": {Lobby(), BuyPower, condition.Slip, []condition.Code{condition.Paper}, nil},
	} {
		if got := c.p.Why(c.s, c.stopped, c.on); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := full.WhyNot(PayBill, Cash, condition.Cash, []condition.Code{condition.Cassette}); !slices.Equal(got, []condition.Code{condition.Cassette}) {
		t.Errorf("notes: %q", got)
	}
	if got := full.WhyNot(PayBill, QR, condition.Cash, []condition.Code{condition.Cassette}); got != nil {
		t.Errorf("a code for want of notes: %q", got)
	}
}
