package web

import (
	"errors"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// postedAs makes the posting of a payment end in this state at the moment.
func (w *town) postedAs(serial, tender string, amount money.Amount, state posting.State, at time.Time) {
	w.t.Helper()
	p, err := w.store.Posting(w.t.Context(), serial)
	if errors.Is(err, stored.ErrNotFound) {
		p, err = w.store.EnsurePosting(w.t.Context(), books.Order{
			Serial: serial, Account: "1000000001", Kiosk: "10000001", Tender: tender, Amount: amount, PaidAt: at.UnixMilli(),
		}, at)
	}
	w.check(err)
	p.State, p.NextAt, p.InFlight, p.Reason = state, time.Time{}, false, ""
	if state == posting.Owed {
		p.Reason = "the posting was reversed"
	}
	_, err = w.store.SavePosting(w.t.Context(), books.Change{Posting: p, Event: "post answered", By: "vm"}, at)
	w.check(err)
}

// paidByCode is a payment by QR code, as its kiosk and the acquirer have it.
func (w *town) paidByCode(serial string, at time.Time) {
	w.t.Helper()
	w.kiosk("10000001", true, noon, wire.State{})
	ms := at.UnixMilli()
	w.write("10000001", "opened", serial, at, object{"account": "1000000001", "tender": "qr", "limit": 8640, "opened_at": ms})
	w.write("10000001", "qr-ordered", serial, at, object{"mode": "shown", "amount": 8640, "at": ms})
	want := acquiring.Want{Serial: serial, Kiosk: "10000001", Account: "1000000001", Amount: 8640, Mode: qr.Shown, Acquirers: []string{"signed"}}
	_, _, err := w.store.QR.Place(w.t.Context(), want, order.Life, false, "vm", at)
	w.check(err)
	for _, e := range []order.Event{
		{Kind: order.Answered, To: order.Place, Answer: call.Answer{Outcome: call.Done, Code: "ok unpaid"}, Word: order.Word{Show: "code"}},
		{Kind: order.Noticed, Answer: call.Answer{Outcome: call.Done, Code: "ok paid"}, Word: order.Word{Reference: "A1", PaidAt: at.Add(20 * time.Second)}},
	} {
		by := map[order.Kind]string{order.Answered: "vm", order.Noticed: "signed"}[e.Kind]
		_, err := w.store.QR.Hear(w.t.Context(), serial, e, by, at)
		w.check(err)
	}
	w.write("10000001", "qr-paid", serial, at, object{"amount": 8640, "acquirer": "signed", "reference": "A1", "paid_at": ms + 20000})
}

func (d *desk) page(t *testing.T, user, path string) string {
	t.Helper()
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	status, body := d.call(d.as(user), "GET", path+mark+"live=1", nil)
	if status != 200 {
		t.Fatalf("%s: %d", path, status)
	}
	return pageText(body)
}

func says(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("it does not say %q:\n%s", w, text)
		}
	}
}

func saysNot(t *testing.T, text string, never ...string) {
	t.Helper()
	for _, w := range never {
		if strings.Contains(text, w) {
			t.Errorf("it says %q:\n%s", w, text)
		}
	}
}

// head is a page without the story of what was true before.
func head(text string) string {
	before, after, found := strings.Cut(text, "\n经过\n")
	if !found {
		return text
	}
	_, rest, _ := strings.Cut(after, "\n金额(元)\n")
	return before + rest
}

// TestRefundedIsNotOwed: a payment by QR code is posted, its posting is reversed, and two
// people have it given back. From then on no page asks anybody to give it back.
func TestRefundedIsNotOwed(t *testing.T) {
	w := newTown(t)
	at := noon.Add(-30 * time.Minute)
	w.paidByCode(qrSerial, at)
	w.postedAs(qrSerial, books.TenderQR, 8640, posting.Posted, at.Add(time.Minute))
	d := openDesk(t, w, nil)

	one := d.page(t, "wang", "/qr-orders/"+qrSerial)
	says(t, one, "须先在缴费页返销入账", "收单机构通知 已付款 已付款 收单机构", "下单答复 待付款 尚未付款 总部系统")
	saysNot(t, one, "ok unpaid", " vm")
	saysNot(t, d.page(t, "wang", "/qr-orders"), "ok paid", "ok unpaid")
	posted := d.page(t, "wang", "/transactions/"+qrSerial)
	says(t, posted, "已入账", "收款结束\n2026-11-23 14:02:30")
	saysNot(t, posted, "收款中", "纸币")

	w.postedAs(qrSerial, books.TenderQR, 8640, posting.Owed, at.Add(2*time.Minute))
	says(t, d.page(t, "wang", "/transactions/"+qrSerial), "待退补")
	p, err := w.store.Plans.Propose(t.Context(), approval.RefundQR, approval.Ask{Object: qrSerial, Reason: "重复缴费", By: "wang"}, at.Add(3*time.Minute))
	w.check(err)
	_, err = w.store.Plans.Approve(t.Context(), p.ID, p.Hash, "li", "同意", at.Add(4*time.Minute))
	w.check(err)
	claims, err := w.store.QR.Due(t.Context(), "vm", 10, at.Add(4*time.Minute))
	if err != nil || len(claims) != 1 || claims[0].Effect != order.Refund {
		t.Fatalf("%+v, %v", claims, err)
	}
	says(t, d.page(t, "wang", "/transactions/"+qrSerial), "待退补")
	_, err = w.store.QR.Hear(t.Context(), qrSerial, order.Event{Kind: order.Answered, To: order.Refund, Answer: call.Answer{Outcome: call.Done, Code: "ok refunded"}}, "vm", at.Add(5*time.Minute))
	w.check(err)

	back := d.page(t, "wang", "/transactions/"+qrSerial)
	says(t, back, "已退款", "2026-11-23 14:07:10 原路退回 · wang 申请 · li 批准", "不得再退")
	for _, path := range []string{"/transactions/" + qrSerial, "/transactions", "/postings", "/"} {
		text := d.page(t, "wang", path)
		says(t, text, "已退款")
		saysNot(t, head(text), "待退补", "须退还顾客", "退还顾客。")
	}
	says(t, d.page(t, "wang", "/"), "已入账 ¥0.00 · 已退款 ¥86.40")
	where := d.page(t, "wang", "/where?q="+qrSerial)
	says(t, where, "已由收单机构退回付款账户（终端 10000001）；已退款，原路退回（2026-11-23 14:07", "已退款")
	saysNot(t, where, "客户手中", "已退回\n")
	says(t, back, "终端尚未收到结果")
	saysNot(t, back, "终端已获知退款")
	says(t, d.page(t, "wang", "/qr-orders/"+qrSerial), "要求退款 退款中 wang, li", "退款答复 已退款 已退款 总部系统")
}

// TestSettledByPersonIsNotOwed: cash that a person has given back at a counter.
func TestSettledByPersonIsNotOwed(t *testing.T) {
	w, serials := morning(t)
	serial := serials["owed"]
	detail, err := w.store.Detail(t.Context(), serial)
	w.check(err)
	_, err = storetest.Close(t, w.store, detail.Cases[0].ID, "柜台退现金，收据 118", noon)
	w.check(err)
	d := openDesk(t, w, nil)
	text := d.page(t, "wang", "/transactions/"+serial)
	says(t, text, "已了结", "li, wang 于 2026-11-23 14:32:10 了结：柜台退现金，收据 118")
	saysNot(t, head(text), "待退补", "须退还顾客", "退还顾客。")
	says(t, d.page(t, "wang", "/"), "人工了结 ¥200.00")

	var v struct {
		State string `json:"state"`
	}
	if d.get(d.as("wang"), api+"/transactions/"+serial, &v); v.State != "settled" {
		t.Errorf("programs get %q", v.State)
	}
}

// TestTakenBackIsNotOwed: the kiosk took the sale back after its posting was refused.
func TestTakenBackIsNotOwed(t *testing.T) {
	w := newTown(t)
	w.kiosk("10000001", true, noon, wire.State{})
	c, at := counter{w}, noon.Add(-10*time.Minute)
	c.say("10000001", "", posp.SignIn, 1, at, bank.Answered, "00", 0)
	c.say("10000001", cardSerial, posp.Sale, 2, at, bank.Answered, "00", 0)
	w.postedAs(cardSerial, books.TenderBankCard, 8640, posting.Owed, at.Add(time.Minute))
	c.say("10000001", cardSerial, posp.Reversal, 2, at.Add(2*time.Minute), bank.Answered, "00", 0)

	d := openDesk(t, w, nil)
	text := d.page(t, "wang", "/transactions/"+cardSerial)
	says(t, text, "已退款", "2026-11-23 14:24:12 银行冲正")
	saysNot(t, head(text), "待退补", "须退还顾客", "退还顾客。")
	saysNot(t, text, "纸币")
	says(t, d.page(t, "wang", "/"), "已退款 ¥86.40")
	if bank.TakenBack != books.TakenBack {
		t.Errorf("the bank says %q, the books %q", bank.TakenBack, books.TakenBack)
	}
}

// TestTakenBackBeforeItWasOwed: the kiosk took the sale back while it was posted, and the
// posting is reversed only then. Its case is for a person, who must not pay it out.
func TestTakenBackBeforeItWasOwed(t *testing.T) {
	w := newTown(t)
	w.kiosk("10000001", true, noon, wire.State{})
	c, at := counter{w}, noon.Add(-10*time.Minute)
	c.say("10000001", "", posp.SignIn, 1, at, bank.Answered, "00", 0)
	c.say("10000001", cardSerial, posp.Sale, 2, at, bank.Answered, "00", 0)
	w.postedAs(cardSerial, books.TenderBankCard, 8640, posting.Posted, at.Add(time.Minute))
	d := openDesk(t, w, nil)
	saysNot(t, d.page(t, "wang", "/transactions/"+cardSerial), "请勿再退")
	c.say("10000001", cardSerial, posp.Reversal, 2, at.Add(2*time.Minute), bank.Answered, "00", 0)
	w.postedAs(cardSerial, books.TenderBankCard, 8640, posting.Owed, at.Add(3*time.Minute))
	says(t, d.page(t, "wang", "/transactions/"+cardSerial), "待退补", "款已回到卡上：请勿再退")
}

// TestCardAndCodeWords: a card that was declined, and an order that the customer gave up.
func TestCardAndCodeWords(t *testing.T) {
	w := newTown(t)
	w.kiosk("10000001", true, noon, wire.State{})
	at := noon.Add(-time.Minute)
	ms := at.UnixMilli()
	w.write("10000001", "opened", cardSerial, at, object{"account": "1000000001", "tender": "bankcard", "limit": 8640, "opened_at": ms})
	w.write("10000001", "card-sale-ordered", cardSerial, at, object{
		"n": 1, "terminal": "20000001", "merchant": "105290073724601", "batch": "000007", "trace": "000099", "amount": 8640, "card": "622202*********0011", "entry": "chip", "at": ms,
	})
	w.write("10000001", "card-sale-answered", cardSerial, at, object{"n": 1, "approved": false, "response": "55"})
	w.write("10000001", "card-closed", cardSerial, at, object{"total": 0, "account": "1000000001", "closed_at": ms + 4000, "reason": "customer"})
	w.write("10000001", "opened", qrSerial, at, object{"account": "1000000001", "tender": "qr", "limit": 8640, "opened_at": ms})
	w.write("10000001", "qr-ordered", qrSerial, at, object{"mode": "shown", "amount": 8640, "at": ms})
	w.write("10000001", "qr-closing", qrSerial, at, object{"why": "customer", "at": ms + 9000})

	d := openDesk(t, w, nil)
	card := d.page(t, "wang", "/transactions/"+cardSerial)
	says(t, card, "银行拒绝（55 密码错误）", "收款结束\n2026-11-23 14:31:14", "顾客取消")
	saysNot(t, card, "收款中", "顾客确认", "纸币")
	code := d.page(t, "wang", "/transactions/"+qrSerial)
	says(t, code, "收款结束\n2026-11-23 14:31:19", "顾客取消")
	saysNot(t, code, "收款中", "顾客确认", "纸币")
	if _, body := d.call(d.as("wang"), "GET", "/transactions/"+qrSerial, nil); !strings.Contains(body, `href="/qr-orders/`+qrSerial+`"`) {
		t.Error("the payment does not lead to its order")
	}
	if _, body := d.call(d.as("wang"), "GET", "/transactions/"+cardSerial, nil); !strings.Contains(body, `href="/bank-cards?serial=`+cardSerial+`"`) {
		t.Error("the payment does not lead to its operations")
	}
}
