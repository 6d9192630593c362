package wechat_test

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

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

// header is what WeChat signs a body with.
func header(t testing.TB, body string, at time.Time) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)

	return http.Header{
		"Wechatpay-Serial": {acquirersim.OwnKeyID}, "Wechatpay-Timestamp": {stamp}, "Wechatpay-Nonce": {"n"},
		"Wechatpay-Signature": {acquirertest.Sign(t, stamp+"\nn\n"+body+"\n")},
	}
}

func road(t testing.TB, x c) http.RoundTripper {
	return acquirertest.Answers(func(*http.Request, string) (int, http.Header, string) {
		return x.Status, header(t, x.Answer, acquirertest.Start()), x.Answer
	})
}

func refusal(code string) string { return fmt.Sprintf(`{"code":%q,"message":"…"}`, code) }

// trade is a transaction of ours in a state.
func trade(state string) string {
	return fmt.Sprintf(`{"appid":%q,"mchid":%q,"out_trade_no":"10000001010000000042","trade_state":%q,"transaction_id":"42","amount":{"total":12850,"currency":"CNY"}}`,
		acquirersim.App, acquirersim.Merchant, state)
}

// refund is a refund of ours in a state.
func refund(status string, amount int) string {
	return fmt.Sprintf(`{"refund_id":"50","out_refund_no":"10000001010000000091","out_trade_no":"10000001010000000042","status":%q,"amount":{"total":12850,"refund":%d,"currency":"CNY"}}`, status, amount)
}

// other swaps one part of an answer.
func other(s, old, by string) string { return strings.Replace(s, old, by, 1) }

// TestAnswers holds what every answer of note means, one line each.
func TestAnswers(t *testing.T) {
	for _, x := range []c{
		{"order", 200, `{"code_url":"weixin://wxpay/1"}`, m{Outcome: call.Done}},
		{"order", 200, `{}`, m{Err: acquirer.ErrAnswer}},
		{"order", 200, `null`, m{Err: acquirer.ErrAnswer}},
		{"order", 200, `<html>`, m{Err: acquirer.ErrAnswer}},
		{"order", 500, refusal("SYSTEM_ERROR"), m{}},
		{"order", 400, refusal("ORDERPAID"), m{}},
		{"order", 403, refusal("OUT_TRADE_NO_USED"), m{}},
		{"order", 400, refusal("INVALID_REQUEST"), m{}},
		{"order", 400, refusal("ORDER_CLOSED"), m{Outcome: no, Reason: acquirer.Closed}},
		{"order", 400, refusal("PARAM_ERROR"), m{Outcome: no, Reason: acquirer.NotAccepted}},
		{"order", 429, refusal("FREQUENCY_LIMITED"), m{Outcome: no, Flag: "retry", Reason: acquirer.NotNow}},
		{"order", 404, `{"message":"no code"}`, m{Err: acquirer.ErrAnswer}},
		{"order", 404, `{"code":"OK"}`, m{Err: acquirer.ErrAnswer}},
		{"order", 502, `<html>`, m{Err: acquirer.ErrAnswer}},

		{"collect", 200, trade("SUCCESS"), m{Outcome: call.Done}},
		{"collect", 200, trade("USERPAYING"), m{Flag: "wait"}},
		{"collect", 202, refusal("USERPAYING"), m{Flag: "wait"}},
		{"collect", 400, refusal("USERPAYING"), m{Flag: "wait"}},
		{"collect", 400, refusal("AUTHCODEEXPIRE"), m{Outcome: no, Reason: acquirer.BadCode}},
		{"collect", 400, refusal("AUTH_CODE_EXPIRE"), m{Outcome: no, Reason: acquirer.BadCode}},
		{"collect", 403, refusal("NOTENOUGH"), m{Outcome: no, Reason: acquirer.NoFunds}},
		{"collect", 403, refusal("NOT_ENOUGH"), m{Outcome: no, Reason: acquirer.NoFunds}},
		{"collect", 500, refusal("SYSTEM_ERROR"), m{}},
		{"collect", 500, refusal("BANK_ERROR"), m{}},
		{"collect", 403, refusal("TRADE_ERROR"), m{}},
		{"collect", 400, refusal("ORDERPAID"), m{}},
		{"collect", 200, other(trade("SUCCESS"), "12850", "12851"), m{Err: acquirer.ErrMisfit}},
		{"collect", 200, other(trade("SUCCESS"), "12850", "128.50"), m{Err: acquirer.ErrAnswer}},
		{"collect", 200, other(trade("SUCCESS"), "CNY", "USD"), m{Err: acquirer.ErrMisfit}},
		{"collect", 200, other(trade("SUCCESS"), acquirersim.App, "wx2"), m{Err: acquirer.ErrMisfit}},

		{"ask", 200, trade("SUCCESS"), m{Outcome: call.Done}},
		{"ask", 200, trade("NOTPAY"), m{Flag: "wait"}},
		{"ask", 200, trade("USERPAYING"), m{Flag: "wait"}},
		{"ask", 200, trade("CLOSED"), m{Outcome: no, Reason: acquirer.Closed}},
		{"ask", 200, trade("REVOKED"), m{Outcome: no, Flag: "undone"}},
		{"ask", 200, trade("PAYERROR"), m{Outcome: no, Reason: acquirer.Declined}},
		{"ask", 200, trade("REFUND"), m{}},
		{"ask", 200, trade("WHATEVER"), m{}},
		{"ask", 200, other(trade("CLOSED"), "0042", "0043"), m{Err: acquirer.ErrMisfit}},
		{"ask", 200, other(trade("CLOSED"), acquirersim.Merchant, "1900000002"), m{Err: acquirer.ErrMisfit}},
		{"ask", 200, other(trade("SUCCESS"), "12850", "12849"), m{Err: acquirer.ErrMisfit}},
		{"ask", 200, other(trade("SUCCESS"), `"amount"`, `"amounts"`), m{Err: acquirer.ErrMisfit}},
		{"ask", 200, `{}`, m{Err: acquirer.ErrMisfit}},
		{"ask", 404, refusal("ORDER_NOT_EXIST"), m{Outcome: no, Flag: "retry", Reason: acquirer.NoOrder}},
		{"ask", 404, refusal("ORDERNOTEXIST"), m{Outcome: no, Flag: "retry", Reason: acquirer.NoOrder}},
		{"ask", 500, refusal("SYSTEM_ERROR"), m{}},
		{"ask", 429, refusal("RATELIMIT_EXCEEDED"), m{Flag: "wait"}},

		{"close", 204, ``, m{Outcome: call.Done}},
		{"close", 400, refusal("ORDER_CLOSED"), m{Outcome: call.Done}},
		{"close", 400, refusal("ORDERPAID"), m{Outcome: no, Reason: acquirer.AlreadyPaid}},
		{"close", 404, refusal("ORDER_NOT_EXIST"), m{Outcome: no, Reason: acquirer.NoOrder}},
		{"close", 500, refusal("SYSTEM_ERROR"), m{}},
		{"reverse", 204, ``, m{Outcome: call.Done}},
		{"reverse", 200, `{}`, m{Outcome: call.Done}},
		{"reverse", 400, refusal("USERPAYING"), m{Flag: "wait"}},
		{"reverse", 400, refusal("REVERSE_EXPIRE"), m{Outcome: no, Reason: acquirer.NotRefundable}},
		{"reverse", 500, refusal("SYSTEM_ERROR"), m{}},

		{"refund", 200, refund("SUCCESS", 2850), m{Outcome: call.Done}},
		{"refund", 200, refund("PROCESSING", 2850), m{Flag: "wait"}},
		{"refund", 200, refund("CLOSED", 2850), m{Outcome: no, Reason: acquirer.NotRefundable}},
		{"refund", 200, refund("ABNORMAL", 2850), m{}},
		{"refund", 200, refund("SUCCESS", 2851), m{Err: acquirer.ErrMisfit}},
		{"refund", 200, other(refund("PROCESSING", 2850), "0091", "0092"), m{Err: acquirer.ErrMisfit}},
		{"refund", 200, other(refund("CLOSED", 2850), "0042", "0043"), m{Err: acquirer.ErrMisfit}},
		{"refund", 403, refusal("NOT_ENOUGH"), m{Outcome: no, Flag: "retry", Reason: acquirer.ShortOfFunds}},
		{"refund", 404, refusal("RESOURCE_NOT_EXISTS"), m{Outcome: no, Reason: acquirer.NotRefundable}},
		{"refund", 429, refusal("FREQUENCY_LIMITED"), m{Outcome: no, Flag: "retry", Reason: acquirer.NotNow}},
		{"refund", 500, refusal("SYSTEM_ERROR"), m{}},

		{"ask for refund", 200, refund("SUCCESS", 2850), m{Outcome: call.Done}},
		{"ask for refund", 200, refund("PROCESSING", 2850), m{Flag: "wait"}},
		{"ask for refund", 200, refund("ABNORMAL", 2850), m{}},
		{"ask for refund", 200, `{}`, m{Err: acquirer.ErrMisfit}},
		{"ask for refund", 404, refusal("RESOURCE_NOT_EXISTS"), m{Outcome: no, Flag: "retry", Reason: acquirer.NoOrder}},
		{"ask for refund", 500, refusal("SYSTEM_ERROR"), m{}},
	} {
		a, r, err := acquirertest.Calls(t, acquirertest.Fake(t, connect, road(t, x)))[x.Call]()
		acquirertest.Case(x).Check(t, a, r, err)
	}
}

// TestMoneyWentBack: the state REFUND alone decides nothing; the refund does.
func TestMoneyWentBack(t *testing.T) {
	for _, x := range []c{
		{"ask with refund", 200, refund("SUCCESS", 12850), m{Outcome: no, Flag: "undone"}},
		{"ask with refund", 200, refund("SUCCESS", 2850), m{Outcome: call.Done}},
		{"ask with refund", 200, refund("SUCCESS", 12851), m{}},
		{"ask with refund", 200, refund("PROCESSING", 12850), m{Flag: "wait"}},
		{"ask with refund", 200, refund("ABNORMAL", 12850), m{}},
		{"ask with refund", 200, other(refund("SUCCESS", 12850), "0042", "0043"), m{}},
		{"ask with refund", 404, refusal("RESOURCE_NOT_EXISTS"), m{}},
		{"ask with refund", 500, `<html>`, m{Err: acquirer.ErrAnswer}},
	} {
		a := acquirertest.Fake(t, connect, acquirertest.Answers(func(r *http.Request, _ string) (int, http.Header, string) {
			status, body := 200, trade("REFUND")
			if strings.HasPrefix(r.URL.Path, "/v3/refund/") {
				status, body = x.Status, x.Answer
			}

			return status, header(t, body, acquirertest.Start()), body
		}))
		got, r, err := acquirertest.Calls(t, a)[x.Call]()
		acquirertest.Case(x).Check(t, got, r, err)
	}
}

// TestUnsigned: the library believes an error answer that nobody signed; the adapter
// does not. "No such order" by whoever sits between would have us ask for the money
// again.
func TestUnsigned(t *testing.T) {
	for _, x := range []struct {
		c
		header http.Header
	}{
		{c{"ask", 404, refusal("ORDER_NOT_EXIST"), m{Err: acquirer.ErrSignature}}, nil},
		{c{"ask", 200, trade("SUCCESS"), m{Err: acquirer.ErrSignature}}, nil},
		{c{"ask", 404, refusal("ORDER_NOT_EXIST"), m{Err: acquirer.ErrSignature}}, header(t, "another body", acquirertest.Start())},
		{c{"ask", 404, refusal("ORDER_NOT_EXIST"), m{Err: acquirer.ErrClock}}, header(t, refusal("ORDER_NOT_EXIST"), acquirertest.Start().Add(-301*time.Second))},
		{c{"ask", 200, trade("SUCCESS"), m{Err: acquirer.ErrClock}}, header(t, trade("SUCCESS"), acquirertest.Start().Add(301*time.Second))},
		{c{"ask", 200, trade("SUCCESS"), m{Outcome: call.Done}}, header(t, trade("SUCCESS"), acquirertest.Start().Add(300*time.Second))},
		{c{"order", 401, refusal("SIGN_ERROR"), m{Err: acquirer.ErrSignature}}, http.Header{"Date": {"Sun, 29 Nov 2026 02:31:00 GMT"}}},
		{c{"order", 401, refusal("SIGN_ERROR"), m{Err: acquirer.ErrClock}}, http.Header{"Date": {"Sun, 29 Nov 2026 02:36:00 GMT"}}},
	} {
		a := acquirertest.Fake(t, connect, acquirertest.Answers(func(*http.Request, string) (int, http.Header, string) {
			return x.Status, x.header.Clone(), x.Answer
		}))
		got, r, err := acquirertest.Calls(t, a)[x.Call]()
		acquirertest.Case(x.c).Check(t, got, r, err)
	}

	other := header(t, trade("SUCCESS"), acquirertest.Start())
	other.Set("Wechatpay-Serial", "PUB_KEY_ID_2")
	a := acquirertest.Fake(t, connect, acquirertest.Answers(func(*http.Request, string) (int, http.Header, string) {
		return 200, other.Clone(), trade("SUCCESS")
	}))
	if got, _, err := acquirertest.Calls(t, a)["ask"](); got != (call.Answer{}) || err == nil {
		t.Errorf("signed by another key: %+v, %v", got, err)
	}
}

// envelope seals a content into the body of a notice.
func envelope(t testing.TB, event, nonce, content string) string {
	block, err := aes.NewCipher([]byte(acquirersim.APIv3))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	sealed := gcm.Seal(nil, []byte("123456789012"), []byte(content), []byte("transaction"))
	body, err := json.Marshal(map[string]any{"event_type": event, "resource": map[string]string{
		"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": "transaction", "ciphertext": base64.StdEncoding.EncodeToString(sealed),
	}})
	if err != nil {
		t.Fatal(err)
	}

	return string(body)
}

func TestNotices(t *testing.T) {
	const event, nonce = "TRANSACTION.SUCCESS", "123456789012"
	for _, x := range []struct {
		name, body string
		outcome    call.Outcome
		refund     string
		err        error
	}{
		{"paid", envelope(t, event, nonce, trade("SUCCESS")), call.Done, "", nil},
		{"not paid", envelope(t, event, nonce, trade("NOTPAY")), call.Unknown, "", nil},
		{"another event", envelope(t, "TRANSACTION.FAIL", nonce, trade("SUCCESS")), call.Unknown, "", nil},
		{"refund", envelope(t, "REFUND.SUCCESS", nonce, `{"mchid":"1900000001","out_trade_no":"10000001010000000042","out_refund_no":"10000001010000000091"}`), call.Unknown, "10000001010000000091", nil},
		{"another merchant", envelope(t, event, nonce, other(trade("SUCCESS"), acquirersim.Merchant, "1")), call.Unknown, "", acquirer.ErrMisfit},
		{"another's order", envelope(t, event, nonce, other(trade("SUCCESS"), "10000001010000000042", "A-1")), call.Unknown, "", acquirer.ErrMisfit},
		{"another app", envelope(t, event, nonce, other(trade("SUCCESS"), acquirersim.App, "wx2")), call.Unknown, "", acquirer.ErrAnswer},
		{"no amount", envelope(t, event, nonce, other(trade("SUCCESS"), "12850", "0")), call.Unknown, "", acquirer.ErrAnswer},
		{"other money", envelope(t, event, nonce, other(trade("SUCCESS"), "CNY", "USD")), call.Unknown, "", acquirer.ErrAnswer},
		{"short nonce", envelope(t, event, "1", trade("SUCCESS")), call.Unknown, "", acquirer.ErrAnswer},
		{"wrong nonce", envelope(t, event, "123456789013", trade("SUCCESS")), call.Unknown, "", acquirer.ErrAnswer},
		{"nothing in it", `{}`, call.Unknown, "", acquirer.ErrAnswer},
		{"null", `null`, call.Unknown, "", acquirer.ErrAnswer},
		{"no JSON in it", envelope(t, event, nonce, "x"), call.Unknown, "", acquirer.ErrAnswer},
	} {
		a := acquirertest.Fake(t, connect, nil)
		n, err := a.Notice(header(t, x.body, acquirertest.Start()), []byte(x.body))
		acquirertest.Case{Call: x.name, Means: m{Outcome: x.outcome, Err: x.err}}.Check(t, n.Payment.Answer, n.Payment.Reason, err)
		if n.Refund != x.refund {
			t.Errorf("%s: refund %q, want %q", x.name, n.Refund, x.refund)
		}
	}
}

// FuzzNotice decodes bodies and contents under a genuine signature, and bytes that
// have none.
func FuzzNotice(f *testing.F) {
	f.Add("TRANSACTION.SUCCESS", "123456789012", trade("SUCCESS"))
	f.Add("REFUND.SUCCESS", "123456789012", refund("SUCCESS", 2850))
	f.Add("", "", `{"resource":null}`)
	a := acquirertest.Fake(f, connect, nil)
	f.Fuzz(func(t *testing.T, event, nonce, content string) {
		if n, err := a.Notice(nil, []byte(content)); err == nil {
			t.Fatalf("believed without a signature: %+v", n)
		}
		for _, body := range []string{content, envelope(t, event, nonce, content)} {
			n, err := a.Notice(header(t, body, acquirertest.Start()), []byte(body))
			acquirertest.CheckNotice(t, n, err)
		}
	})
}
