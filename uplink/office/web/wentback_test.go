package web

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/office/settle"
)

// TestADateShowsWhatWentBack: of an acquirer's bill the page of a date and its programs have
// the payments, the refunds among its lines, and what is left. WATTKIOSK_SHOTS keeps a picture.
func TestADateShowsWhatWentBack(t *testing.T) {
	w, serials := nightTown(t)
	d := openNight(t, w)
	const head = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n"
	line := func(serial, state, paid, back string) string {
		return fmt.Sprintf("`2026-11-23 13:00:00,`wx1,`1230000109,`0,`,`4200000001,`%s,`o1,`NATIVE,`%s,`OTHERS,`CNY,`%s,`0.00,`0,`0,`%s,`0.00,`,`,`电费,`,`0.52000,`0.60%%,`%s,`0.00,`\r\n", serial, state, paid, back, paid)
	}
	bill := head + line(serials[0], "SUCCESS", "86.40", "0.00") + line(serials[1], "SUCCESS", "50.00", "0.00") + line(serials[1], "REFUND", "0.00", "50.00") +
		"总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n`3,`136.40,`50.00,`0.00,`1.56000,`136.40,`0.00\r\n"
	_, _, err := w.store.Settle.Import(t.Context(), settle.Incoming{Kind: settle.Acquirer, Part: "wechat", Day: nightDay, Name: "wechat.csv", By: "zhang"},
		strings.NewReader(bill), func() time.Time { return night })
	w.check(err)
	w.reconcile()

	c := d.as("zhang")
	for language, want := range map[string]string{"zh": "3 136.40 其中退款 1 笔，50.00 净额 86.40", "en": "3 136.40 of these 1 given back, 50.00 net 86.40"} {
		d.form(c, "/language", "language", language, "back", "/")
		status, body := d.call(c, "GET", "/dates/2026-11-23", nil)
		if text := strings.Join(strings.Fields(pageText(body)), " "); status != 200 || !strings.Contains(text, want) {
			t.Errorf("%d, and the page lacks %q:\n%s", status, want, text)
		}
	}
	status, body := d.call(c, "GET", api+"/dates/2026-11-23", nil)
	if want := `"count":3,"sum":13640,"sha256":`; status != 200 || !strings.Contains(body, want) || !strings.Contains(body, `"backs":1,"back":5000`) {
		t.Errorf("%d %s", status, body)
	}

	if dir := os.Getenv("WATTKIOSK_SHOTS"); dir != "" {
		ctx := browser(t)
		keepShot(ctx, t, dir, "login", d.http.URL+"/login", "main", 1440)
		enterAs(ctx, t, "zhang")
		keepShot(ctx, t, dir, "date-went-back", d.http.URL+"/dates/2026-11-23", "#books", 1440)
	}
}
