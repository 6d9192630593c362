package visit

import (
	"slices"
	"testing"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/payments/receipt"
)

// TestTheIdlePageSaysWhatIsOff, and why; so does the service that cannot be had.
func TestTheIdlePageSaysWhatIsOff(t *testing.T) {
	full := quick()
	full.Profile = profile.Lobby().With(profile.BankCard).With(profile.QR).WithMeterCards()
	for name, c := range map[string]struct {
		stopped condition.Stops
		blocks  []condition.Code
		zh, en  []string
		noBills bool
	}{
		"nothing": {0, nil, nil, nil, false},
		"paper": {
			condition.Slip,
			[]condition.Code{condition.Paper},
			[]string{"电费缴纳暂不可用：凭证纸用完", "购电写卡暂不可用：凭证纸用完"},
			[]string{"Pay a bill: not available now (out of paper)", "Buy power: not available now (out of paper)"},
			true,
		},
		"notes": {
			condition.Cash,
			[]condition.Code{condition.Cassette},
			[]string{"现金暂不可用：钞箱已满或已取出"},
			[]string{"Cash: not available now (cassette full or removed)"},
			false,
		},
		"the line": {
			condition.Line, nil,
			[]string{"购电写卡暂不可用：线路中断", "银行卡暂不可用：线路中断", "扫码暂不可用：线路中断"},
			[]string{"Buy power: not available now (line is down)", "Bank card: not available now (line is down)", "QR code: not available now (line is down)"},
			false,
		},
	} {
		for lang, want := range map[receipt.Lang][]string{receipt.Chinese: c.zh, receipt.English: c.en} {
			m := full
			m.Stopped, m.Blocks = c.stopped, c.blocks
			s := State{Rev: 7, Screen: page.Idle, Lang: lang}
			p := s.Page(m).(IdlePage)
			if !slices.Equal(p.Off, want) || p.NoBills != c.noBills {
				t.Errorf("%s in %s: %q, no bills %v", name, lang, p.Off, p.NoBills)
			}
		}
	}

	full.Stopped, full.Blocks = condition.Slip|condition.Cash, []condition.Code{condition.Paper, condition.Cassette}
	notes := map[string]string{}
	for _, a := range Draw(at(page.ChooseService), full).Actions {
		notes[a.Name] = a.Note
	}
	if notes["pay-bill"] != "凭证纸用完" || notes["buy-power"] != "凭证纸用完" || notes["query"] != "" {
		t.Errorf("%q", notes)
	}
}
