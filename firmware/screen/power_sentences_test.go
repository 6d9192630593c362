package screen

import (
	"fmt"
	"strings"
	"testing"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/buypower"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/visit"
	"wattkiosk/payments"
	onto "wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/post"
)

// ofBills is what no page about a purchase says.
var ofBills = sentences{never: [2]string{`缴费|冲抵|预收|您的账户|入账|欠费`, `(?i)your account is|credit on account|booked|pay your bill|amount owed`}}

// TestNoSentenceOfAPurchaseContradictsAnother reads the result of a purchase, and of a
// re-write, by what is known of the sale and of the card, and by its slip.
func TestNoSentenceOfAPurchaseContradictsAnother(t *testing.T) {
	unsure := purchase(post.Posted, onto.GoneAway)
	unsure.Write.Sure = false
	meter := [2]string{`插入电表`, `into your meter`}
	results := map[string]struct {
		txn payments.Transaction
		is  sentences
	}{
		"written": {purchase(post.Posted, onto.On), sentences{
			[2]string{`购电成功，已写入电卡.*第 5 次.*182\.84 度.*插入电表`, `Bought, and on your card.*No\. 5.*182\.84 kWh.*into your meter`},
			[2]string{`还没有|任一|退款|核实|不能确认`, `not on|any terminal|refund|being checked|do not know`},
		}},
		"unwritten": {purchase(post.Posted, onto.GoneAway), sentences{
			[2]string{`还没有写到卡上.*任一购电终端.*不再付款`, `not on the card yet.*any terminal.*do not pay again`},
			[2]string{`购电成功|已写入|退款|` + meter[0], `on your card|refund|` + meter[1]},
		}},
		"unsure": {unsure, sentences{
			[2]string{`不能确认是否已写到卡上.*任一购电终端.*不再付款`, `do not know whether it is on the card.*any terminal.*do not pay again`},
			[2]string{`购电成功|已写入|还没有写到卡上|退款|` + meter[0], `on your card|not on the card yet|refund|` + meter[1]},
		}},
		"pending": {purchase(post.Ordered, ""), sentences{
			[2]string{`款已收妥.*只售电一次.*不再付款`, `We have your money.*sold once.*nothing more to pay`},
			[2]string{`购电成功|已写入|退款|第 5 次|` + meter[0], `on your card now|refund|No\. 5|` + meter[1]},
		}},
		"owed": {purchase(post.Owed, ""), sentences{
			[2]string{`购电未成功.*没有售电，卡没有变化.*退款`, `not completed.*No power was sold, and your card is unchanged.*refund`},
			[2]string{`购电成功|已写入|任一|补记|第 5 次|` + meter[0], `on your card|any terminal|by hand|No\. 5|` + meter[1]},
		}},
		"rewritten": {writtenLater(onto.On), sentences{
			[2]string{`补写成功，已写入电卡.*插入电表`, `is on the card now.*into your meter`},
			[2]string{`还没有|任一|退款|已收款项`, `not on|any terminal|refund|Received`},
		}},
	}
	for name, r := range results {
		for slip, ofSlip := range bySlip {
			for _, online := range []bool{true, false} {
				at := page.Done
				if !paybill.Good(r.txn) {
					at = page.Failed
				}
				for _, l := range languages {
					all := drawn(t, l, at, func(_ *visit.State, m *visit.Machine) {
						m.Online, m.Standing.Txn, m.Standing.Slip = online, r.txn, slip
					})
					of := fmt.Sprintf("%s, slip %q, line %v", name, slip, online)
					r.is.read(t, of, l, all)
					ofSlip.read(t, of, l, all)
					byLine[online].read(t, of, l, all)
					ofBills.read(t, of, l, all)
				}
			}
		}
	}

	for _, l := range languages {
		all := drawn(t, l, page.Failed, func(_ *visit.State, m *visit.Machine) { m.Standing.Txn = writtenLater(onto.GoneAway) })
		is := sentences{[2]string{`没有写成，卡没有变化.*仍然保留.*不再付款`, `Not written; the card is unchanged.*kept for you.*do not pay again`}, [2]string{`取走|已收款项|退款`, `slip|Received|refund`}}
		is.read(t, "not rewritten", l, all)
		ofBills.read(t, "not rewritten", l, all)
	}
}

// TestNoSentenceOfAMeterCardContradictsAnother reads the page of a card by what head
// office says of it.
func TestNoSentenceOfAMeterCardContradictsAnother(t *testing.T) {
	buys := [2]string{`本次可购`, `You can buy`}
	for name, c := range map[string]struct {
		change func(c *buypower.Card)
		is     sentences
	}{
		"sells": {func(*buypower.Card) {}, sentences{
			[2]string{`第 4 次.*已读取.*¥ 37\.25.*0\.5469.*本次可购 ¥10\.00 至 ¥1000\.00`, `No\. 4.*Taken by the meter.*¥ 37\.25.*0\.5469.*You can buy from ¥10\.00 to ¥1000\.00`},
			[2]string{`不能|没有|尚未|先`, `cannot|first|No money`},
		}},
		"not in the meter": {func(c *buypower.Card) {
			c.Facts.Loaded, c.Facts.Left, c.Quote.Sellable, c.Quote.Reason = 0, 0, false, mis.NotLoaded
		}, sentences{
			[2]string{`上次购的电还没有插入电表.*先把这张卡插入电表.*尚未读取`, `not in the meter yet.*into your meter first.*Not in the meter yet`},
			[2]string{buys[0] + `|已读取|剩余|¥ 0\.00|元/度`, buys[1] + `|Taken by|Left when|¥ 0\.00|yuan/kWh`},
		}},
		"arrears": {func(c *buypower.Card) {
			c.Quote.Sellable, c.Quote.Reason, c.Quote.Arrears = false, mis.ArrearsFirst, 12850
		}, sentences{
			[2]string{`缴清后才能购电.*¥ 128\.50.*电费缴纳`, `must be paid first.*¥ 128\.50.*Pay a bill`}, [2]string{buys[0], buys[1]},
		}},
		"silent": {func(c *buypower.Card) { c.Known = buypower.Silent }, sentences{
			[2]string{`没有答复.*没有收款`, `does not answer.*No money was taken`}, [2]string{buys[0] + `|欠费|¥ 0\.00`, buys[1] + `|owed|¥ 0\.00`},
		}},
		"no line": {func(c *buypower.Card) { c.Known = buypower.Offline }, sentences{
			[2]string{`线路中断.*没有收款`, `line is down.*No money was taken`}, [2]string{buys[0] + `|没有答复|欠费|¥ 0\.00`, buys[1] + `|does not answer|owed|¥ 0\.00`},
		}},
		"wrong clock": {func(c *buypower.Card) { c.Known = buypower.Clock }, sentences{
			[2]string{`时间不准.*没有收款`, `clock is wrong.*No money was taken`}, [2]string{buys[0] + `|没有答复|欠费|¥ 0\.00`, buys[1] + `|does not answer|owed|¥ 0\.00`},
		}},
		"waits for its card": {func(c *buypower.Card) {
			c.Quote.Sellable, c.Quote.Reason, c.Quote.Unwritten, c.Quote.UnwrittenSold = false, mis.Unwritten, "10000001010000000042", soldSale()
		}, sentences{
			[2]string{`¥100\.00（第 5 次）还没有写到卡上.*不再付款.*现在写卡，不再付款`, `¥100\.00 \(no\. 5\) is not on the card yet.*nothing to pay.*Write it now`},
			[2]string{buys[0] + `|营业厅`, buys[1] + `|service hall`},
		}},
	} {
		for _, l := range languages {
			all := drawn(t, l, page.MeterCard, func(s *visit.State, m *visit.Machine) {
				atDesk(s, m, "ready")
				s.Card = meterCard(c.change)
			})
			c.is.read(t, name, l, all)
		}
	}
	for _, l := range languages {
		all := drawn(t, l, page.MeterCard, func(s *visit.State, m *visit.Machine) {
			atDesk(s, m, "ready")
			s.Service, s.Card = profile.Query, &buypower.Card{Facts: meterFacts()}
		})
		is := sentences{[2]string{`\*\*1234.*\*\*0003.*第 4 次`, `\*\*1234.*\*\*0003.*No\. 4`}, [2]string{buys[0] + `|购电金额|202600001234`, buys[1] + `|202600001234`}}
		is.read(t, "looked at", l, all)
	}
}

// TestStepsOfARewrite: a card whose sale waits for it shows no amount to choose, and
// nothing to pay.
func TestStepsOfARewrite(t *testing.T) {
	s, m := visit.New(languages[0], visit.Waits{}), machine()
	s.Screen = page.MeterCard
	atDesk(&s, &m, "ready")
	s.Card = meterCard(func(c *buypower.Card) {
		c.Quote.Sellable, c.Quote.Reason = false, mis.Unwritten
		c.Quote.Unwritten, c.Quote.UnwrittenSold = "10000001010000000042", soldSale()
	})
	var names []string
	for _, step := range look(visit.Draw(s, m), noon).Steps() {
		names = append(names, step.Name)
	}
	if got := strings.Join(names, " "); got != "电卡 写卡 结果" {
		t.Errorf("the steps are %s", got)
	}
}
