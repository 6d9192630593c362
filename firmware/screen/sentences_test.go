package screen

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/tender"
	"wattkiosk/firmware/visit"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/payments/receipt"
)

// sentences are what a page must say and must not say, read as one text: Chinese, then
// English.
type sentences struct{ says, never [2]string }

// These hold one by one for what a page is about, whatever else is the case. A page of
// several facts keeps the rules of each.
var (
	byResult = map[string]sentences{
		"paid":      {[2]string{`缴费成功`, `Payment complete`}, [2]string{`未成功|核实|稍后自动入账|将自动入账|已取消|退款`, `not completed|checked|soon|will be booked|Cancelled|refund`}},
		"pending":   {[2]string{`将自动入账一次`, `will be booked to your account once`}, [2]string{`缴费成功|未成功|核实|冲抵|退款|恢复后`, `Payment complete|not completed|being checked|To amount owed|refund|is back`}},
		"owed":      {[2]string{`退款或补记`, `refund or a booking by hand`}, [2]string{`缴费成功|核实|自动入账|冲抵`, `Payment complete|being checked|booked to your account|To amount owed`}},
		"disputed":  {[2]string{`正在核实`, `being checked`}, [2]string{`缴费成功|未成功|自动入账|冲抵|退款`, `Payment complete|not completed|booked to your account|To amount owed|refund`}},
		"cancelled": {[2]string{`没有收款.*账户没有变化`, `no money was taken.*account is unchanged`}, [2]string{`入账一次|核实|退款|已收款项|凭证`, `booked|being checked|refund|Received|receipt number|slip`}},
	}
	bySlip = map[paybill.Slip]sentences{
		paybill.SlipNone:     {[2]string{`拍下或抄下.*流水号`, `Photograph or note the receipt number`}, [2]string{`取走|正在打印|已打印`, `(?i)take (your|the) slip|being printed|is printed`}},
		paybill.SlipPrinting: {[2]string{`正在打印`, `Printing your slip.*being printed`}, [2]string{`已打印|未能打印|请取走|拍下或抄下`, `(?i)is printed|not printed|take (your|the) slip|note the receipt`}},
		paybill.SlipPrinted:  {[2]string{`凭证已打印.*取走`, `is printed.*(take the slip|take your slip|keep the slip)`}, [2]string{`正在打印|未能打印|补打|拍下或抄下`, `being printed|not printed|note the receipt`}},
		paybill.SlipFailed:   {[2]string{`凭证未能打印.*拍下或抄下.*流水号`, `not printed.*note the receipt number`}, [2]string{`取走|正在打印|已打印`, `(?i)take (your|the) slip|being printed|is printed`}},
	}
	byLine = map[bool]sentences{
		true:  {[2]string{`线路正常`, `Connected`}, [2]string{`线路中断|线路暂时|线路恢复`, `line is down|Line down|line returns`}},
		false: {[2]string{`线路中断`, `Line down`}, [2]string{`线路正常`, `Connected`}},
	}
	byVerified = map[bool]sentences{
		true:  {[2]string{``, ``}, [2]string{`无法查询|无法显示`, `cannot be (shown|asked|looked up)`}},
		false: {[2]string{``, ``}, [2]string{`[^入] ¥ 0\.00|(^|[^抵])欠费 ¥|欠费合计|还差|缴后仍欠|无欠费`, `[^d] ¥ 0\.00|Owed ¥|Total owed|Still to pay|stays owed|Nothing is owed`}},
	}
)

func (s sentences) read(t *testing.T, name string, l receipt.Lang, all string) {
	t.Helper()
	i := 0
	if l == receipt.English {
		i = 1
	}
	if !regexp.MustCompile(s.says[i]).MatchString(all) {
		t.Errorf("%s %s does not say %q: %s", name, l, s.says[i], all)
	}
	if s.never[i] == "" {
		return
	}
	if said := regexp.MustCompile(s.never[i]).FindString(all); said != "" {
		t.Errorf("%s %s says %q: %s", name, l, said, all)
	}
}

// drawn is everything that a customer reads on a screen but the steps above it.
func drawn(t *testing.T, l receipt.Lang, at page.Screen, f func(s *visit.State, m *visit.Machine)) string {
	t.Helper()
	s, m := visit.New(l, visit.Waits{}), machine()
	s.Screen, s.Quote = at, quote()
	f(&s, &m)
	b, err := parsePages("build").fragment(visit.Draw(s, m), noon)
	if err != nil {
		t.Fatal(err)
	}
	_, below, _ := strings.Cut(string(b), "<main")

	return strings.Join(texts([]byte("<main"+below)), " ")
}

// blind is a payment of an account that nobody could look up.
func blind(t payments.Transaction) payments.Transaction {
	t.Online, t.Arrears, t.Name, t.Address = false, money.Optional{}, "", ""
	return t
}

// TestNoSentenceOfAResultContradictsAnother reads the result page of each result, state
// of its slip and of the line, verified and not.
func TestNoSentenceOfAResultContradictsAnother(t *testing.T) {
	cancelled := with()
	cancelled.Cash.Closed = true
	results := map[string]payments.Transaction{
		"paid": ended(post.Posted, with(100, 50)), "pending": ended(post.Ordered, with(100)), "owed": ended(post.Owed, with(100, 50)),
		"disputed": ended(post.Disputed, with(100)), "cancelled": cancelled,
	}
	for kind, txn := range results {
		for slip, ofSlip := range bySlip {
			if kind == "cancelled" && slip != paybill.SlipNone {
				continue // there is no slip where no money stayed
			}
			for _, online := range []bool{true, false} {
				for _, verified := range []bool{true, false} {
					x, at := txn, page.Done
					if !verified {
						x = blind(x)
					}
					if !paybill.Good(x) {
						at = page.Failed
					}
					for _, l := range languages {
						name := fmt.Sprintf("%s, slip %q, line %v, verified %v", kind, slip, online, verified)
						all := drawn(t, l, at, func(_ *visit.State, m *visit.Machine) {
							m.Online, m.Standing.Txn, m.Standing.Slip = online, x, slip
						})
						byResult[kind].read(t, name, l, all)
						if kind != "cancelled" {
							ofSlip.read(t, name, l, all)
						}
						byLine[online].read(t, name, l, all)
						byVerified[verified].read(t, name, l, all)
					}
				}
			}
		}
	}
}

// TestNoSentenceOfACardContradictsAnother reads the results of a payment by bank card, by
// what the bank and the journal know of it.
func TestNoSentenceOfACardContradictsAnother(t *testing.T) {
	results := map[string]struct {
		txn  payments.Transaction
		slip paybill.Slip
		kept bool
		is   sentences
	}{
		"declined": {cardEnded(bankcard.Declined, "51", ""), paybill.SlipNone, false, sentences{
			[2]string{`没有扣款.*余额不足，未扣款`, `nothing was charged.*not enough money`}, [2]string{`退回|入账一次|取走|已收款项|正在撤销`, `goes back|booked|take your|Received|being reversed`},
		}},
		"kept by order": {cardEnded(bankcard.Declined, "41", ""), paybill.SlipNone, true, sentences{
			[2]string{`应发卡银行要求.*收存.*挂失`, `Your bank asked us to keep the card.*reported lost`}, [2]string{`网点领取|取走`, `at this site|take your card`},
		}},
		"kept, paid": {cardEnded(bankcard.Approved, "00", post.Posted), paybill.SlipPrinted, true, sentences{
			[2]string{`缴费成功.*收存.*网点领取.*95598`, `Payment complete.*kept by the machine.*at this site.*95598`}, [2]string{`发卡银行|未成功`, `Your bank|not completed`},
		}},
		"no answer": {cardEnded(bankcard.Reversing, "", ""), paybill.SlipPrinted, false, sentences{
			[2]string{`正在撤销.*如果已经扣款，将自动退回.*95598`, `being reversed.*goes back to the card.*95598`}, [2]string{`没有扣款|缴费成功|未扣款|入账一次`, `nothing was charged|No money was taken|complete|booked`},
		}},
		"reversed": {cardEnded(bankcard.Reversed, "", ""), paybill.SlipPrinted, false, sentences{
			[2]string{`交易已撤销，没有扣款`, `was reversed; nothing was charged`}, [2]string{`正在撤销|退回|缴费成功`, `being reversed|goes back|complete`},
		}},
		"not booked": {cardEnded(bankcard.Reversing, "00", post.Owed), paybill.SlipPrinted, false, sentences{
			[2]string{`款项正在原路退回.*95598`, `on its way back.*95598`}, [2]string{`没有扣款|缴费成功|到营业厅`, `nothing was charged|Payment complete|service hall`},
		}},
	}
	for _, l := range languages {
		all := drawn(t, l, page.Done, func(_ *visit.State, m *visit.Machine) {
			m.Standing.Txn, m.Standing.Slip, m.Face = cardEnded(bankcard.Approved, "00", post.Posted), paybill.SlipPrinted, tender.Face{Step: "take-card", Stays: true}
		})
		is := sentences{[2]string{`缴费成功.*银行卡还在卡口`, `Payment complete.*your bank card out of the slot`}, [2]string{`收存|网点领取`, `kept by the machine|at this site`}}
		is.read(t, "cannot be kept", l, all)
	}
	for name, r := range results {
		at := page.Done
		if !paybill.Good(r.txn) {
			at = page.Failed
		}
		for _, l := range languages {
			all := drawn(t, l, at, func(_ *visit.State, m *visit.Machine) {
				m.Standing.Txn, m.Standing.Slip, m.Face.Kept = r.txn, r.slip, r.kept
			})
			r.is.read(t, name, l, all)
		}
	}
}

// TestNoSentenceOfTheCashPageContradictsAnother reads the page that takes notes, and the
// one before it.
func TestNoSentenceOfTheCashPageContradictsAnother(t *testing.T) {
	for _, l := range languages {
		for _, online := range []bool{true, false} {
			for _, why := range []paybill.Why{"", paybill.WhyLine, paybill.WhyMIS} {
				verified := why == ""
				for _, notes := range [][]int64{{}, {50}, {100, 50}} {
					x := with(notes...)
					if !verified {
						x = blind(x)
					}
					name := fmt.Sprintf("notes %v, line %v, why %q", notes, online, why)
					all := drawn(t, l, page.InsertCash, func(_ *visit.State, m *visit.Machine) { m.Online, m.Standing.Txn = online, x })
					byLine[online].read(t, name, l, all)
					byVerified[verified].read(t, name, l, all)
					kept := sentences{says: [2]string{`已收纸币不能退回`, `cannot be given back`}, never: [2]string{`取消`, `Cancel`}}
					if len(notes) == 0 {
						kept = sentences{says: [2]string{`取消`, `Cancel`}, never: [2]string{`已收纸币|确认缴费 ¥`, `Notes inside|Pay ¥`}}
					}
					kept.read(t, name, l, all)
				}

				all := drawn(t, l, page.ConfirmAccount, func(s *visit.State, m *visit.Machine) {
					if m.Online = online; !verified {
						s.Quote = paybill.Quote{Account: "1000000001", Why: why}
					}
				})
				name := fmt.Sprintf("confirm, line %v, why %q", online, why)
				byLine[online].read(t, name, l, all)
				byVerified[verified].read(t, name, l, all)
			}
		}
	}
}
