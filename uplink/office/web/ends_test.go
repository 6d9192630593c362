package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/wire"
)

// cardTold is a payment by bank card that its kiosk closed, and was told of as status; empty for
// not told yet.
func (w *town) cardTold(status string, at time.Time) {
	w.t.Helper()
	w.kiosk("10000001", true, noon, wire.State{})
	ms := at.UnixMilli()
	w.write("10000001", "opened", cardSerial, at, object{"account": "1000000001", "tender": "bankcard", "limit": 8640, "opened_at": ms})
	w.write("10000001", "card-sale-ordered", cardSerial, at, object{
		"n": 1, "terminal": "20000001", "merchant": "105290073724601", "batch": "000007", "trace": "000003", "amount": 8640, "card": "622202*********0011", "entry": "chip", "at": ms,
	})
	w.write("10000001", "card-sale-answered", cardSerial, at, object{"n": 1, "approved": true, "response": "00"})
	c := counter{w}
	c.say("10000001", "", posp.SignIn, 1, at, bank.Answered, "00", 0)
	c.say("10000001", cardSerial, posp.Sale, 3, at, bank.Answered, "00", 0)
	w.postedAs(cardSerial, books.TenderBankCard, 8640, posting.Posted, at.Add(time.Minute))
	w.write("10000001", "card-closed", cardSerial, at, object{"total": 8640, "account": "1000000001", "closed_at": at.Add(time.Minute).UnixMilli(), "reason": "customer"})
	if status != "" {
		w.write("10000001", "outcome-learned", cardSerial, at, object{"status": status, "reference": "M1", "to_advance": 8640})
	}
}

// ends are payments at their end, and what their pages say and do not say of it.
var ends = []struct {
	name, serial string
	make         func(t *testing.T, w *town)
	says, not    []string // of the payment, Chinese and English
	where        []string
}{
	{
		"booked", cardSerial, func(_ *testing.T, w *town) { w.cardTold("posted", noon.Add(-time.Hour)) },
		[]string{"已入账", "Posted"},
		[]string{"终端尚未", "终端所知", "has not heard", "knows what was so"},
		[]string{"营销系统已入账", "booked by the marketing MIS"},
	},
	{
		"reversed by people, as the kiosk hears by and by", cardSerial, func(_ *testing.T, w *town) {
			w.cardTold("", noon.Add(-time.Hour))
			w.postedAs(cardSerial, books.TenderBankCard, 8640, posting.Owed, noon)
		},
		[]string{"待退补", "终端尚未收到结果", "Owed", "The kiosk has not heard the result yet"},
		[]string{"终端所知", "knows what was so"},
		[]string{"正在原路退回", "on its way back to the customer"},
	},
	{
		"reversed by people after the kiosk was told", cardSerial, func(_ *testing.T, w *town) {
			w.cardTold("posted", noon.Add(-time.Hour))
			w.postedAs(cardSerial, books.TenderBankCard, 8640, posting.Owed, noon)
		},
		[]string{"待退补", "终端所知是此前的结果（已入账），此后由总部处理", "The kiosk knows what was so before (Posted); head office saw to it after that"},
		[]string{"终端尚未", "has not heard"},
		[]string{"没有入账，应退给客户", "not booked, and owed to the customer"},
	},
	{
		"voided by its kiosk", cardSerial, func(_ *testing.T, w *town) {
			w.cardTold("posted", noon.Add(-time.Hour))
			w.postedAs(cardSerial, books.TenderBankCard, 8640, posting.Owed, noon)
			w.write("10000001", "card-evidence", cardSerial, noon, object{"n": 1, "what": "void-ordered", "response": "", "order": "p-1"})
			w.write("10000001", "card-evidence", cardSerial, noon, object{"n": 1, "what": "voided", "response": "00", "order": "p-1"})
		},
		[]string{"已退款", "不得再退", "终端已获知退款", "Refunded", "The kiosk knows of the refund"},
		[]string{"终端尚未", "终端所知", "has not heard", "knows what was so", "待退补"},
		[]string{"已由银行退回付款卡", "原路退回", "Back on the card that paid"},
	},
	{
		"refunded by the acquirer after the kiosk was told", qrSerial, func(t *testing.T, w *town) {
			w.paidByCode(qrSerial, noon.Add(-time.Hour))
			w.write("10000001", "outcome-learned", qrSerial, noon.Add(-time.Hour), object{"status": "posted", "reference": "M1", "to_advance": 8640})
			w.postedAs(qrSerial, books.TenderQR, 8640, posting.Owed, noon)
			p, err := w.store.Plans.Propose(t.Context(), approval.RefundQR, approval.Ask{Object: qrSerial, Reason: "重复缴费", By: "wang"}, noon)
			w.check(err)
			_, err = w.store.Plans.Approve(t.Context(), p.ID, p.Hash, "li", "同意", noon)
			w.check(err)
			w.refunded(qrSerial)
		},
		[]string{"已退款", "终端所知是此前的结果（已入账）", "Refunded"},
		[]string{"终端尚未", "has not heard", "终端已获知退款", "knows of the refund"},
		[]string{"已由收单机构退回付款账户", "原路退回", "Back in the account that paid"},
	},
	{
		"declined", cardSerial, func(_ *testing.T, w *town) { w.nothing(cardSerial) },
		[]string{"已取消", "Cancelled"},
		[]string{"终端尚未", "终端所知", "待退补", "Owed", "原路退回"},
		[]string{"没有收到钱款", "No money was taken"},
	},
	{
		"dropped by the customer", qrSerial, func(_ *testing.T, w *town) { w.nothing(qrSerial) },
		[]string{"已取消", "Cancelled"},
		[]string{"终端尚未", "终端所知", "待退补", "Owed", "原路退回"},
		[]string{"没有收到钱款", "No money was taken"},
	},
}

// refunded has the acquirer give a payment back.
func (w *town) refunded(serial string) {
	w.t.Helper()
	_, err := w.store.QR.Due(w.t.Context(), "vm", 10, noon)
	w.check(err)
	_, err = w.store.QR.Hear(w.t.Context(), serial, order.Event{Kind: order.Answered, To: order.Refund, Answer: call.Answer{Outcome: call.Done, Code: "ok refunded"}}, "vm", noon)
	w.check(err)
}

// nothing is a payment of which nothing was taken: a card that the bank declined, a code that
// nobody paid.
func (w *town) nothing(serial string) {
	w.t.Helper()
	w.kiosk("10000001", true, noon, wire.State{})
	at := noon.Add(-time.Minute)
	ms := at.UnixMilli()
	if serial == qrSerial {
		w.write("10000001", "opened", qrSerial, at, object{"account": "1000000001", "tender": "qr", "limit": 8640, "opened_at": ms})
		w.write("10000001", "qr-ordered", qrSerial, at, object{"mode": "shown", "amount": 8640, "at": ms})
		w.write("10000001", "qr-closing", qrSerial, at, object{"why": "customer", "at": ms + 9000})
		w.write("10000001", "qr-not-paid", qrSerial, at, object{"reason": "closed"})
		return
	}
	w.write("10000001", "opened", cardSerial, at, object{"account": "1000000001", "tender": "bankcard", "limit": 8640, "opened_at": ms})
	w.write("10000001", "card-sale-ordered", cardSerial, at, object{
		"n": 1, "terminal": "20000001", "merchant": "105290073724601", "batch": "000007", "trace": "000099", "amount": 8640, "card": "622202*********0011", "entry": "chip", "at": ms,
	})
	w.write("10000001", "card-sale-answered", cardSerial, at, object{"n": 1, "approved": false, "response": "55"})
	w.write("10000001", "card-closed", cardSerial, at, object{"total": 0, "account": "1000000001", "closed_at": ms + 4000, "reason": "customer"})
}

// TestWordsOfAnEnd: the pages of a payment at its end say what is so, in both languages, and
// nothing that is not so any more.
func TestWordsOfAnEnd(t *testing.T) {
	for _, c := range ends {
		t.Run(c.name, func(t *testing.T) {
			w := newTown(t)
			d := openDesk(t, w, nil)
			c.make(t, w)
			browser := d.as("wang")
			read := func(path string) (both string) {
				for _, code := range []string{"zh", "en"} {
					r, err := http.NewRequestWithContext(t.Context(), "GET", d.http.URL+path, nil)
					w.check(err)
					r.AddCookie(&http.Cookie{Name: languageCookie, Value: code})
					status, body := d.do(browser, r)
					if status != http.StatusOK || strings.Contains(body, missing) {
						t.Errorf("%s in %s: %d", path, code, status)
					}
					both += pageText(body) + "\n\f\n"
				}

				return both
			}
			page := read("/transactions/" + c.serial + "?live=1")
			says(t, page, c.says...)
			chinese, english, _ := strings.Cut(page, "\n\f\n")
			for i, text := range []string{chinese, english} { // what happened may name all of it
				now, _, _ := strings.Cut(text, "\n"+[]string{"经过", "What happened"}[i]+"\n")
				saysNot(t, now, c.not...)
			}
			says(t, read("/where?live=1&q="+c.serial), c.where...)
		})
	}
}
