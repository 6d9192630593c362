package ledger

import (
	"errors"
	"math"
	"testing"

	"wattkiosk/payments/money"
)

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		lines []Line
		want  error
	}{
		"balanced":       {[]Line{{CashInKiosk, 100}, {Customers, -100}}, nil},
		"three sides":    {[]Line{{CashInKiosk, 100}, {Customers, -40}, {Surplus, -60}}, nil},
		"off by a fen":   {[]Line{{CashInKiosk, 100}, {Customers, -99}}, ErrBalance},
		"one side":       {[]Line{{CashInKiosk, 100}}, ErrBalance},
		"nothing":        {nil, ErrBalance},
		"twice":          {[]Line{{CashInKiosk, 100}, {CashInKiosk, -100}}, ErrBalance},
		"by nothing":     {[]Line{{CashInKiosk, 0}, {Customers, 0}}, ErrBalance},
		"no account":     {[]Line{{"till", 100}, {Customers, -100}}, ErrBalance},
		"wraps to 0":     {[]Line{{CashInKiosk, math.MaxInt64}, {BankReceivable, math.MaxInt64}, {Customers, 2}}, money.ErrRange},
		"no negation":    {[]Line{{CashInKiosk, math.MinInt64}, {Customers, 1}}, money.ErrRange},
		"as much as can": {[]Line{{CashInKiosk, math.MaxInt64}, {Customers, -math.MaxInt64}}, nil},
	} {
		if err := Check(c.lines); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestDiff(t *testing.T) {
	for _, c := range []struct {
		posted, desired []Line
		want            string
	}{
		{nil, nil, ""},
		{nil, []Line{{CashInKiosk, 10000}, {Customers, -10000}}, "cash-in-kiosk 100, customers -100"},
		{[]Line{{CashInKiosk, 10000}, {Customers, -10000}}, []Line{{CashInKiosk, 10000}, {PayableMIS, -10000}}, "customers 100, payable-mis -100"},
		{[]Line{{CashInKiosk, 10000}, {Customers, -10000}}, []Line{{CashInKiosk, 10000}, {Customers, -10000}}, ""},
		{[]Line{{CashInKiosk, 10000}, {Customers, -10000}}, nil, "cash-in-kiosk -100, customers 100"},
	} {
		got, err := Diff(c.posted, c.desired)
		if told(got) != c.want || err != nil {
			t.Errorf("from %s to %s: %s, %v, want %s", told(c.posted), told(c.desired), told(got), err, c.want)
		}
	}

	if _, err := Diff([]Line{{CashInKiosk, math.MinInt64}}, nil); !errors.Is(err, money.ErrRange) {
		t.Errorf("no negation: %v", err)
	}
	if _, err := Sum([]Line{{CashInKiosk, math.MaxInt64}, {CashInKiosk, 1}}); !errors.Is(err, money.ErrRange) {
		t.Errorf("too much: %v", err)
	}
}

func TestMovements(t *testing.T) {
	for m, want := range map[Move]string{
		Collect:         "cash-in-kiosk -100, cash-in-transit 100",
		Remit:           "cash-counted -100, cash-remitted 100",
		Deposit:         "cash-remitted -100, cash-at-bank 100",
		BankPays:        "cash-at-bank 100, bank-receivable -100",
		AcquirerPays:    "cash-at-bank 100, acquirer-receivable -100",
		PayMIS:          "cash-at-bank -100, payable-mis 100",
		PayCardSystem:   "cash-at-bank -100, payable-cardsystem 100",
		Refund:          "refunds-due 100, counter -100",
		RepayCounter:    "cash-at-bank -100, counter 100",
		Stray:           "cash-in-kiosk 100, suspense -100",
		Claim:           "suspense 100, refunds-due -100",
		ClaimSurplus:    "refunds-due -100, surplus 100",
		KeepSuspense:    "suspense 100, surplus -100",
		CoverShortage:   "shortage -100, surplus 100",
		DropSuspense:    "suspense -100, write-off 100",
		DropShortage:    "shortage -100, write-off 100",
		SetAside:        "cash-counted -100, counterfeit 100",
		BankFinds:       "cash-at-bank -100, counterfeit 100",
		DropCounterfeit: "counterfeit -100, write-off 100",
		MakerPays:       "cash-at-bank 100, due-from-maker -100",
		DropClaim:       "due-from-maker -100, write-off 100",
		MakerPaysLate:   "cash-at-bank 100, write-off -100",
	} {
		lines, err := Moved(m, 10000)
		if err != nil || told(lines) != want || Check(lines) != nil {
			t.Errorf("%s: %s, %v, want %s", m, told(lines), err, want)
		}
		for _, a := range []money.Amount{0, -1, money.Max + 1} {
			if lines, err := Moved(m, a); err == nil {
				t.Errorf("%s of %s: %s", m, a, told(lines))
			}
		}
	}
	if len(moves) != 22 {
		t.Errorf("%d movements, the test knows 22", len(moves))
	}
	if _, err := Moved("borrow", 1); err == nil {
		t.Error("a movement that there is not")
	}
}

func TestCount(t *testing.T) {
	for _, c := range []struct {
		count Count
		want  string
	}{
		{Count{Expected: 50000, Counted: 50000}, "cash-in-transit -500, cash-counted 500"},
		{Count{Expected: 50000, Counted: 49000}, "cash-in-transit -500, cash-counted 490, shortage 10"},
		{Count{Expected: 50000, Counted: 51000}, "cash-in-transit -500, cash-counted 510, surplus -10"},
		{Count{Expected: 50000, Counted: 40000, Counterfeit: 10000}, "cash-in-transit -500, cash-counted 400, counterfeit 100"},
		{Count{Expected: 50000, Counted: 40000, Counterfeit: 5000}, "cash-in-transit -500, cash-counted 400, shortage 50, counterfeit 50"},
		{Count{Expected: 0, Counted: 10000}, "cash-counted 100, surplus -100"},
		{Count{Expected: 10000}, "cash-in-transit -100, shortage 100"},
		{Count{}, ""},
	} {
		lines, err := c.count.Lines()
		if err != nil || told(lines) != c.want || len(lines) > 0 && Check(lines) != nil {
			t.Errorf("%+v: %s, %v, want %s", c.count, told(lines), err, c.want)
		}
	}
	for _, c := range []Count{{Expected: -1}, {Counted: -1}, {Counterfeit: -1}, {Counted: money.Max + 1}} {
		if lines, err := c.Lines(); err == nil {
			t.Errorf("%+v: %s", c, told(lines))
		}
	}
}

func TestChart(t *testing.T) {
	chinese, english := map[string]bool{}, map[string]bool{}
	for _, info := range Chart() {
		if chinese[info.Chinese] || english[info.English] || info.Chinese == "" || info.English == "" {
			t.Errorf("%s: %q, %q", info.Account, info.Chinese, info.English)
		}
		chinese[info.Chinese], english[info.English] = true, true
	}
	if len(Chart()) != 18 {
		t.Errorf("%d accounts", len(Chart()))
	}
	if zh, en := PayableMIS.Names(); zh != "应付营销系统" || en != "Due to the marketing MIS" {
		t.Error(zh, en)
	}
	if zh, en := Account("till").Names(); zh != "till" || en != "till" || Account("till").Known() {
		t.Error(zh, en)
	}
}
