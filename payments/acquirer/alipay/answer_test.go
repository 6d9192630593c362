package alipay_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/acquirer/acquirertest"
	"wattkiosk/payments/leg/call"
)

type (
	m = acquirertest.Means
	c struct {
		Call   string
		Status int
		Answer string
		Means  m
	}
)

const no = call.NotDone

// refusals is a signed refusal with a sub_code.
func refusal(sub string) string {
	return fmt.Sprintf(`{"code":"40004","msg":"Business Failed","sub_code":%q,"sub_msg":"…"}`, sub)
}

// success is a signed answer of code 10000 about our order.
func success(rest string) string {
	if rest != "" {
		rest = "," + rest
	}

	return `{"code":"10000","msg":"Success","out_trade_no":"10000001010000000042"` + rest + `}`
}

func road(t testing.TB, answer string, signed bool) http.RoundTripper {
	return acquirertest.Answers(func(_ *http.Request, body string) (int, http.Header, string) {
		form, err := url.ParseQuery(body)
		if err != nil {
			t.Error(err)
		}
		member := strings.ReplaceAll(form.Get("method"), ".", "_") + "_response"
		if !signed {
			return 200, nil, fmt.Sprintf(`{%q:%s}`, member, answer)
		}

		return 200, nil, fmt.Sprintf(`{%q:%s,"sign":%q}`, member, answer, acquirertest.Sign(t, answer))
	})
}

// TestAnswers holds what every answer of note means, one line each.
func TestAnswers(t *testing.T) {
	const paid = `"trade_no":"2026","total_amount":"128.50"`
	for _, x := range []c{
		{"order", 0, success(`"qr_code":"https://qr.alipay.com/bax1"`), m{Outcome: call.Done}},
		{"order", 0, success(``), m{Err: acquirer.ErrAnswer}},
		{"order", 0, `{"code":"10000","qr_code":"x","out_trade_no":"10000001010000000043"}`, m{Err: acquirer.ErrMisfit}},
		{"order", 0, `null`, m{Err: acquirer.ErrAnswer}},
		{"order", 0, `[]`, m{Err: acquirer.ErrAnswer}},
		{"order", 0, `{"code":"20000","sub_code":"aop.ACQ.SYSTEM_ERROR"}`, m{}},
		{"order", 0, refusal("ACQ.CONTEXT_INCONSISTENT"), m{}},
		{"order", 0, refusal("ACQ.TRADE_HAS_SUCCESS"), m{}},
		{"order", 0, refusal("ACQ.SYSTEM_ERROR"), m{}},
		{"order", 0, refusal("ACQ.TRADE_HAS_CLOSE"), m{Outcome: no, Reason: acquirer.Closed}},
		{"order", 0, refusal("ACQ.TOTAL_FEE_EXCEED"), m{Outcome: no, Reason: acquirer.OverLimit}},
		{"order", 0, refusal("ACQ.INVALID_PARAMETER"), m{Outcome: no, Reason: acquirer.NotAccepted}},

		{"collect", 0, success(paid), m{Outcome: call.Done}},
		{"collect", 0, `{"code":"10003","msg":"order success pay inprocess"}`, m{Flag: "wait"}},
		{"collect", 0, `{"code":"10003","out_trade_no":"10000001010000000042",` + paid + `}`, m{Flag: "wait"}},
		{"collect", 0, `{"code":"20000","sub_code":"isp.unknow-error"}`, m{}},
		{"collect", 0, refusal("ACQ.SYSTEM_ERROR"), m{}},
		{"collect", 0, refusal("ACQ.TRADE_HAS_SUCCESS"), m{}},
		{"collect", 0, refusal("ACQ.WHAT_IS_THIS"), m{}},
		{"collect", 0, refusal("ACQ.PAYMENT_AUTH_CODE_INVALID"), m{Outcome: no, Reason: acquirer.BadCode}},
		{"collect", 0, refusal("ACQ.BUYER_BALANCE_NOT_ENOUGH"), m{Outcome: no, Reason: acquirer.NoFunds}},
		{"collect", 0, refusal("ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH"), m{Outcome: no, Reason: acquirer.NoFunds}},
		{"collect", 0, refusal("ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR"), m{Outcome: no, Reason: acquirer.OverLimit}},
		{"collect", 0, refusal("ACQ.PAYMENT_REQUEST_HAS_RISK"), m{Outcome: no, Reason: acquirer.Declined}},
		{"collect", 0, success(`"total_amount":"128.5"`), m{Outcome: call.Done}}, // compared as fen
		{"collect", 0, success(`"total_amount":"128.501"`), m{Err: acquirer.ErrMisfit}},
		{"collect", 0, success(`"total_amount":"128.49"`), m{Err: acquirer.ErrMisfit}},
		{"collect", 0, success(`"total_amount":"1285"`), m{Err: acquirer.ErrMisfit}},
		{"collect", 0, success(`"total_amount":"1.285e2"`), m{Err: acquirer.ErrMisfit}},
		{"collect", 0, success(`"total_amount":""`), m{Err: acquirer.ErrMisfit}},

		{"ask", 0, success(`"trade_status":"TRADE_SUCCESS",` + paid), m{Outcome: call.Done}},
		{"ask", 0, success(`"trade_status":"TRADE_FINISHED",` + paid), m{Outcome: call.Done}},
		{"ask", 0, success(`"trade_status":"WAIT_BUYER_PAY",` + paid), m{Flag: "wait"}},
		{"ask", 0, success(`"trade_status":"TRADE_CLOSED",` + paid), m{Outcome: no, Reason: acquirer.Closed}},
		{"ask", 0, success(`"trade_status":"TRADE_CLOSED","send_pay_date":"2026-11-29 10:30:00",` + paid), m{Outcome: no, Flag: "undone"}},
		{"ask", 0, success(`"trade_status":"TRADE_NEW",` + paid), m{}},
		{"ask", 0, success(paid), m{}},
		{"ask", 0, `{"code":"10000","trade_status":"TRADE_CLOSED"}`, m{Err: acquirer.ErrMisfit}},
		{"ask", 0, `{"code":"10000","trade_status":"TRADE_SUCCESS","out_trade_no":"10000001010000000043",` + paid + `}`, m{Err: acquirer.ErrMisfit}},
		{"ask", 0, refusal("ACQ.TRADE_NOT_EXIST"), m{Outcome: no, Flag: "retry", Reason: acquirer.NoOrder}},
		{"ask", 0, refusal("ACQ.SYSTEM_ERROR"), m{}},
		{"ask", 0, `{"code":"40006","sub_code":"isv.insufficient-isv-permissions"}`, m{}},

		{"close", 0, success(`"action":"close","retry_flag":"N"`), m{Outcome: call.Done}},
		{"close", 0, success(`"action":"refund","retry_flag":"N"`), m{Outcome: call.Done}},
		{"close", 0, success(`"retry_flag":"N"`), m{Outcome: call.Done}},
		{"close", 0, success(`"retry_flag":"Y"`), m{Flag: "wait"}},
		{"close", 0, success(`"action":"close","retry_flag":"Y"`), m{Flag: "wait"}},
		{"close", 0, success(`"action":"burn","retry_flag":"N"`), m{}},
		{"close", 0, refusal("ACQ.SELLER_BALANCE_NOT_ENOUGH"), m{Outcome: no, Flag: "retry", Reason: acquirer.ShortOfFunds}},
		{"close", 0, refusal("ACQ.TRADE_HAS_FINISHED"), m{Outcome: no, Reason: acquirer.AlreadyPaid}},
		{"close", 0, refusal("ACQ.REASON_TRADE_REFUND_FEE_ERR"), m{}},

		{"refund", 0, success(`"fund_change":"Y","refund_fee":"28.50"`), m{Outcome: call.Done}},
		{"refund", 0, success(`"fund_change":"Y","refund_fee":"128.50"`), m{Outcome: call.Done}},
		{"refund", 0, success(`"fund_change":"Y","refund_fee":"28.49"`), m{Err: acquirer.ErrMisfit}},
		{"refund", 0, success(`"fund_change":"Y","refund_fee":"128.51"`), m{Err: acquirer.ErrMisfit}},
		{"refund", 0, success(`"fund_change":"N","refund_fee":"28.50"`), m{Flag: "wait"}},
		{"refund", 0, success(`"refund_fee":"28.50"`), m{}},
		{"refund", 0, `{"code":"20000"}`, m{}},
		{"refund", 0, refusal("ACQ.SYSTEM_ERROR"), m{}},
		{"refund", 0, refusal("ACQ.DISCORDANT_REPEAT_REQUEST"), m{}},
		{"refund", 0, refusal("ACQ.TRADE_HAS_FINISHED"), m{Outcome: no, Reason: acquirer.NotRefundable}},
		{"refund", 0, refusal("ACQ.SELLER_BALANCE_NOT_ENOUGH"), m{Outcome: no, Flag: "retry", Reason: acquirer.ShortOfFunds}},

		{"ask for refund", 0, success(`"refund_status":"REFUND_SUCCESS","out_request_no":"10000001010000000091","refund_amount":"28.50"`), m{Outcome: call.Done}},
		{"ask for refund", 0, success(`"refund_status":"REFUND_SUCCESS","out_request_no":"10000001010000000092","refund_amount":"28.50"`), m{Err: acquirer.ErrMisfit}},
		{"ask for refund", 0, success(`"refund_status":"REFUND_SUCCESS","out_request_no":"10000001010000000091","refund_amount":"28.51"`), m{Err: acquirer.ErrMisfit}},
		{"ask for refund", 0, success(`"refund_status":"REFUND_PROCESSING"`), m{Flag: "wait"}},
		{"ask for refund", 0, success(`"refund_status":"REFUND_FAIL"`), m{Outcome: no, Reason: acquirer.NotRefundable}},
		{"ask for refund", 0, success(``), m{Outcome: no, Flag: "retry", Reason: acquirer.NoOrder}},
		{"ask for refund", 0, `{"code":"10000"}`, m{Outcome: no, Flag: "retry", Reason: acquirer.NoOrder}},
		{"ask for refund", 0, `{"code":"10000","out_trade_no":"10000001010000000043"}`, m{Err: acquirer.ErrMisfit}},
		{"ask for refund", 0, refusal("ACQ.SYSTEM_ERROR"), m{}},
	} {
		a, r, err := acquirertest.Calls(t, acquirertest.Fake(t, connect, road(t, x.Answer, true)))[x.Call]()
		acquirertest.Case(x).Check(t, a, r, err)
	}
}

// TestUnsigned: no answer counts without its signature, and least of all one that
// says that nothing is there.
func TestUnsigned(t *testing.T) {
	for _, x := range []c{
		{"ask", 0, refusal("ACQ.TRADE_NOT_EXIST"), m{Err: acquirer.ErrSignature}},
		{"ask", 0, success(`"trade_status":"TRADE_SUCCESS","total_amount":"128.50"`), m{Err: acquirer.ErrSignature}},
		{"order", 0, `{"code":"40002","sub_code":"isv.invalid-signature"}`, m{Err: acquirer.ErrSignature}},
		{"order", 0, `{"code":"40002","sub_code":"isv.invalid-timestamp"}`, m{Err: acquirer.ErrClock}},
		{"refund", 0, refusal("ACQ.TRADE_HAS_FINISHED"), m{Err: acquirer.ErrSignature}},
	} {
		a, r, err := acquirertest.Calls(t, acquirertest.Fake(t, connect, road(t, x.Answer, false)))[x.Call]()
		acquirertest.Case(x).Check(t, a, r, err)
	}
}

// TestForeignCertificate: an answer that claims to be signed by another certificate
// has nobody called to fetch it.
func TestForeignCertificate(t *testing.T) {
	requests := 0
	a := acquirertest.Fake(t, connect, acquirertest.Answers(func(*http.Request, string) (int, http.Header, string) {
		requests++
		inner := refusal("ACQ.TRADE_NOT_EXIST")

		return 200, nil, fmt.Sprintf(`{"alipay_trade_query_response":%s,"alipay_cert_sn":"beef","sign":%q}`, inner, acquirertest.Sign(t, inner))
	}))
	got, r, err := acquirertest.Calls(t, a)["ask"]()
	if got != (call.Answer{}) || r != "" || err == nil || requests != 1 {
		t.Errorf("%+v %q, %v, %d requests; want unknown after one", got, r, err, requests)
	}
}

// form is a notice with a signature over its fields.
func form(t testing.TB, fields url.Values) []byte {
	var pairs []string
	for name, values := range fields {
		for _, v := range values {
			pairs = append(pairs, name+"="+v)
		}
	}
	for i := range pairs {
		for j := range i {
			if pairs[i] < pairs[j] {
				pairs[i], pairs[j] = pairs[j], pairs[i]
			}
		}
	}
	signed := url.Values{"sign": {acquirertest.Sign(t, strings.Join(pairs, "&"))}, "sign_type": {"RSA2"}}

	return []byte(fields.Encode() + "&" + signed.Encode())
}

func notice(rest ...string) url.Values {
	v := url.Values{
		"app_id": {acquirersim.App}, "seller_id": {acquirersim.Seller}, "out_trade_no": {"10000001010000000042"},
		"trade_status": {"TRADE_SUCCESS"}, "total_amount": {"128.50"},
	}
	for i := 0; i < len(rest); i += 2 {
		v.Set(rest[i], rest[i+1])
	}

	return v
}

func TestNotices(t *testing.T) {
	twice := notice()
	twice.Add("total_amount", "1.00")
	for _, x := range []struct {
		name    string
		fields  url.Values
		outcome call.Outcome
		refund  string
		err     error
	}{
		{"paid", notice(), call.Done, "", nil},
		{"finished", notice("trade_status", "TRADE_FINISHED"), call.Done, "", nil},
		{"waiting", notice("trade_status", "WAIT_BUYER_PAY"), call.Unknown, "", nil},
		{"closed", notice("trade_status", "TRADE_CLOSED"), call.Unknown, "", nil},
		{"refunded in part", notice("refund_fee", "1.00", "gmt_refund", "2026-11-29 10:30:00.000", "out_biz_no", "10000001010000000091"), call.Unknown, "10000001010000000091", nil},
		{"refunded by another", notice("refund_fee", "1.00", "out_biz_no", "by hand"), call.Unknown, "", nil},
		{"another app", notice("app_id", "2021000000000002"), call.Unknown, "", acquirer.ErrMisfit},
		{"another seller", notice("seller_id", "2088000000000002"), call.Unknown, "", acquirer.ErrMisfit},
		{"another's order", notice("out_trade_no", "A-1"), call.Unknown, "", acquirer.ErrMisfit},
		{"no amount", notice("total_amount", ""), call.Unknown, "", acquirer.ErrAnswer},
		{"nothing paid", notice("total_amount", "0.00"), call.Unknown, "", acquirer.ErrAnswer},
		{"two amounts", twice, call.Unknown, "", acquirer.ErrAnswer},
	} {
		a := acquirertest.Fake(t, connect, nil)
		n, err := a.Notice(nil, form(t, x.fields))
		acquirertest.Case{Call: x.name, Means: m{Outcome: x.outcome, Err: x.err}}.Check(t, n.Payment.Answer, n.Payment.Reason, err)
		if n.Refund != x.refund {
			t.Errorf("%s: refund %q, want %q", x.name, n.Refund, x.refund)
		}
	}
}

// FuzzNotice decodes notices whose signature is genuine, and bytes that have none.
func FuzzNotice(f *testing.F) {
	f.Add(notice().Encode())
	f.Add(notice("refund_fee", "1.00", "out_biz_no", "10000001010000000091").Encode())
	f.Add("trade_status=TRADE_SUCCESS&total_amount=1&total_amount=2")
	f.Add("%zz=;&=")
	a := acquirertest.Fake(f, connect, nil)
	f.Fuzz(func(t *testing.T, body string) {
		if n, err := a.Notice(nil, []byte(body)); err == nil {
			t.Fatalf("believed without a signature: %+v", n)
		}
		fields, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		fields.Del("sign")
		fields.Del("sign_type")
		fields.Del("alipay_cert_sn")
		n, err := a.Notice(nil, form(t, fields))
		acquirertest.CheckNotice(t, n, err)
	})
}
