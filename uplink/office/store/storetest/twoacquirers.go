package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"wattkiosk/payments/money"
	qrorder "wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/store"
)

// weChatBill is WeChat's bill of one payment of Day.
func weChatBill(n int, amount money.Amount) []byte {
	return fmt.Appendf(nil, "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n"+
		"`2026-11-23 09:00:00,`wx1,`1230000109,`0,`,`4200000001,`%[1]s,`o1,`NATIVE,`SUCCESS,`OTHERS,`CNY,`%[2]s,`0.00,`0,`0,`0.00,`0.00,`,`,`电费,`,`0.52000,`0.60%%,`%[2]s,`0.00,`\r\n"+
		"总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n`1,`%[2]s,`0.00,`0.00,`0.52000,`%[2]s,`0.00\r\n", Serial(Kiosk, n), amount)
}

// alipayBill is Alipay's bill of one payment of Day.
func alipayBill(t *testing.T, n int, amount money.Amount) []byte {
	t.Helper()
	text := fmt.Sprintf("#支付宝业务明细查询\r\n#账号：[20880000]\r\n支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,备注\r\n"+
		"2026112322001\t,%s\t,交易,电费,2026-11-23 09:00:00,2026-11-23 09:00:05,,,,,w**,%[2]s,%[2]s,\r\n#业务明细列表结束\r\n#交易合计：1笔，商家实收共%[2]s元\r\n#退款合计：0笔，商家实收退款共0.00元\r\n", Serial(Kiosk, n), amount)
	b, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
	check(t, err)

	return b
}

// twoAcquirers: Alipay and WeChat each have their own file of a date. Together they are the
// book of acquirers; one that lacks a payment, or has another sum, is found; and one file
// takes the place of the earlier one of the same acquirer only. While the bill of one is not
// here, that is said of it by name: its payments wait for it, and all else is matched.
func twoAcquirers(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk)
	for n, acquirer := range []string{"alipay", "wechat"} {
		w := want(n + 1)
		w.Acquirers = []string{acquirer}
		_, _, err := s.QR.Place(t.Context(), w, qrorder.Life, false, "one", T0)
		check(t, err)
		_, err = s.QR.Hear(t.Context(), w.Serial, notice, acquirer, T0)
		check(t, err)
		serial := Serial(Kiosk, n+1)
		j.Add(t, "opened", serial, object{"account": "1000000001", "tender": "qr", "limit": 8640, "opened_at": T0.UnixMilli()})
		j.Add(t, "qr-ordered", serial, object{"mode": "shown", "amount": 8640, "at": T0.UnixMilli()})
		j.Add(t, "qr-paid", serial, object{"amount": 8640, "acquirer": "bank", "reference": "A1", "paid_at": T0.UnixMilli()})
	}
	ingest(t, s, j.Recs)
	postAll(t, s, T0)
	for n := range 2 {
		j.Add(t, "outcome-learned", Serial(Kiosk, n+1), object{"status": "posted", "code": "1001", "reference": "M1", "to_arrears": 8640, "to_advance": 0})
	}
	ingest(t, s, j.Recs)
	says(t, s, j.Head.Seq, clockAt(s, 1, 1, 0))
	two := clockAt(s, 1, 2, 0)
	takeIn(t, s, settle.MIS, "mis", Ledger104(t, Day, 1, 8640, 8600), two)
	brings := func(part string, bill []byte, want string) {
		t.Helper()
		_, _, err := s.Settle.Import(t.Context(), settle.Incoming{Kind: settle.Acquirer, Part: part, Day: Day, Name: part + ".csv", By: "zhang"}, bytes.NewReader(bill), always(two))
		check(t, err)
		if got := run(t, s, Day, two); got != want {
			t.Errorf("after the bill of %s: %s, want %s", part, got, want)
		}
	}
	stand := func(want ...settle.Standing) {
		t.Helper()
		d, err := s.Settle.Detail(t.Context(), Day)
		check(t, err)
		if diff := cmp.Diff(want, d.Date.Standings()); diff != "" {
			t.Errorf("each book by itself (-want +got):\n%s", diff)
		}
	}
	brings("alipay", alipayBill(t, 1, 8640), "incomplete: amount #2 person; book acquirer wechat: no file")
	stand(
		settle.Standing{Book: "kiosk", State: settle.Broken}, settle.Standing{Book: settle.MIS, State: settle.Broken}, settle.Standing{Book: settle.Acquirer, State: settle.Balanced},
		settle.Standing{Book: settle.Acquirer, Part: "wechat", State: settle.Incomplete, Why: "no file"},
	)
	if _, err := s.Settle.Sign(t.Context(), Day, "zhang", two); !errors.Is(err, settle.ErrIncomplete) {
		t.Errorf("signed while a bill is not here: %v", err)
	}
	takeIn(t, s, settle.MIS, "mis", Ledger104(t, Day, 1, 8640, 8640), two)
	if got := run(t, s, Day, two); got != "incomplete; book acquirer wechat: no file" {
		t.Errorf("the MIS agrees: %s", got)
	}
	stand(
		settle.Standing{Book: "kiosk", State: settle.Balanced}, settle.Standing{Book: settle.MIS, State: settle.Balanced}, settle.Standing{Book: settle.Acquirer, State: settle.Balanced},
		settle.Standing{Book: settle.Acquirer, Part: "wechat", State: settle.Incomplete, Why: "no file"},
	)
	brings("wechat", weChatBill(2, 8640), "balanced")
	stand(
		settle.Standing{Book: "kiosk", State: settle.Balanced}, settle.Standing{Book: settle.MIS, State: settle.Balanced}, settle.Standing{Book: settle.Acquirer, State: settle.Balanced},
	)
	if _, _, err := s.Settle.Import(t.Context(), settle.Incoming{Kind: settle.Acquirer, Part: "we chat", Day: Day, Name: "w.csv", By: "zhang"}, bytes.NewReader(weChatBill(2, 8640)), always(two)); !errors.Is(err, settle.ErrPart) {
		t.Errorf("a part of another kind of name: %v", err)
	}
	beside := settle.Incoming{Kind: settle.MIS, Part: "wechat", Day: Day, Name: "mis.txt", By: "zhang"}
	if _, _, err := s.Settle.Import(t.Context(), beside, Ledger104(t, Day, 1, 8640), always(two)); !errors.Is(err, settle.ErrNoPart) {
		t.Errorf("a part of a book that has none: %v", err)
	}
	brings("wechat", weChatBill(2, 8600), "breaks: amount #2 person")
	brings("alipay", alipayBill(t, 3, 8640), "breaks: amount #2 person, one-sided #1 person, one-sided #3 ask-kiosk")
	brings("alipay", alipayBill(t, 1, 8640), "breaks: amount #2 person")
	brings("wechat", weChatBill(2, 8640), "balanced")
	d, err := s.Settle.Detail(t.Context(), Day)
	check(t, err)
	for _, b := range d.Date.Books {
		if b.Name == settle.Acquirer && (b.Count != 2 || b.Sum != 17280) {
			t.Errorf("%+v", b)
		}
	}
}
