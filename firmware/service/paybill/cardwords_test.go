package paybill

import (
	"testing"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/tender"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/receipt"
)

// TestWhatTheCardsCustomerIsTold: whatever goes wrong with a card (firmware/tender/bankcard
// TestBadInput), the page has words for it, which say what is so of the money.
func TestWhatTheCardsCustomerIsTold(t *testing.T) {
	refused := func(code posp.Code) func(*payments.Transaction) {
		return func(x *payments.Transaction) { x.Card.State, x.Card.Answer.Response = bankcard.Declined, string(code) }
	}
	undoing := func(why bankcard.Why) func(*payments.Transaction) {
		return func(x *payments.Transaction) { x.Card.State, x.Card.Why = bankcard.Reversing, why }
	}
	open := func(*payments.Transaction) {}
	seen := map[string]bool{}
	for _, c := range []struct {
		told   string // the station's code
		of     func(*payments.Transaction)
		zh, en string
	}{
		{"pin-blocked", refused("75"), "密码错误次数过多，未扣款，请联系发卡银行。", "The PIN was wrong too often. No money was taken. Please call your bank."},
		{"wrong-pin", open, "密码错误，没有扣款，请重新输入。", "Wrong PIN; nothing was charged. Please enter it again."},
		{"no-funds", refused("51"), "余额不足，未扣款。", "There is not enough money in the account. No money was taken."},
		{"expired", refused("54"), "银行卡已过期，未扣款。", "The card has expired. No money was taken."},
		{"lost", refused("43"), "此卡已挂失，未扣款。", "The card is reported lost. No money was taken."},
		{"over-limit", refused("61"), "超过银行卡限额，未扣款。", "This is above the limit of the card. No money was taken."},
		{"keys", refused("A0"), "银行卡服务正在重新连接，未扣款，请稍后再试。", "Card payment is connecting again. No money was taken. Please try later."},
		{"expired", open, "这张卡已过有效期。", "The card has expired."},
		{"application-blocked", open, "卡上的应用已锁定，请联系发卡银行。", "The card's application is blocked. Please ask your bank."},
		{"card-blocked", open, "这张卡已锁定，请联系发卡银行。", "The card is blocked. Please ask your bank."},
		{"card-gone", open, "卡被提前拔出，请重新办理，等屏幕提示后再取卡。", "The card was taken out too early. Please start again and leave it in until the screen says so."},
		{"bad-card", open, "读不出这张卡，请擦拭芯片后重试，或换一张卡。", "The card could not be read. Wipe the chip and try again, or use another card."},
		{"bad-chip", open, "读不出卡上的芯片，请擦拭后重试，或换一张卡。", "The chip could not be read. Wipe it and try again, or use another card."},
		{"stripe-refused", open, "本机只受理芯片卡，请换一张卡。", "Only cards with a chip are taken here. Please use another card."},
		{"not-emv", open, "这不是银行卡，请换一张卡。", "This is no bank card. Please use another one."},
		{"declined-offline", open, "卡片拒绝了本次交易，请联系发卡银行。", "The card refused the payment. Please ask your bank."},
		{"no-answer", undoing(bankcard.NoAnswer), "银行没有答复，交易正在撤销。", "The bank did not answer; the payment is being reversed."},
		{"card-declined", undoing(bankcard.CardDeclined), "卡片没有确认交易，正在撤销。", "The card did not confirm the payment; it is being reversed."},
		{"customer", open, "已取消。", "Cancelled."},
		{"timeout", open, "等候时间已到。", "The time was up."},
		{"device", open, "银行卡服务暂不可用。", "Card payment is not available now."},
	} {
		seen[c.told] = true
		for lang, want := range map[receipt.Lang]string{receipt.Chinese: c.zh, receipt.English: c.en} {
			x := payments.Transaction{Serial: serial, Purpose: payments.Bill, Tender: payments.BankCard, Account: "1000000001"}
			x.Card.Amount, x.Card.State, x.Card.Closed, x.Card.Reason = 8640, bankcard.Open, true, c.told
			c.of(&x)
			if x.Card.State == bankcard.Declined {
				x.Card.Reason = "declined"
			}
			f := page.NewFrame(lang, "10000001", "95598", true, "", false)
			around := Around{Frame: f, Tender: payments.BankCard, Face: tender.Face{Step: "take-card", Refused: c.told}, Standing: Standing{Txn: x}}
			if got := around.Page(page.TakeCard).(TakeCardPage).RefusedText; got != want {
				t.Errorf("%s, %s: %q, want %q", c.told, lang, got, want)
			}
		}
	}
	for _, told := range []string{ // by TestBadInput
		"pin-blocked", "customer", "expired", "application-blocked", "no-funds", "lost", "card-declined", "no-answer", "card-gone",
	} {
		if !seen[told] {
			t.Errorf("no words are looked at for %s", told)
		}
	}
}
