package signed_test

import (
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

const (
	no   = call.NotDone
	ours = `"merchant":"1900000001","serial":"10000001010000000042"`
	back = `"merchant":"1900000001","serial":"10000001010000000091","original":"10000001010000000042"`
)

// headers sign lines and a body.
func headers(t testing.TB, at time.Time, body string, lines ...string) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	text := strings.Join(append(lines, stamp, "n", body), "\n") + "\n"

	return http.Header{"Wk-Timestamp": {stamp}, "Wk-Nonce": {"n"}, "Wk-Signature": {acquirertest.Sign(t, text)}}
}

func reply(t testing.TB, r *http.Request, at time.Time, body string) http.Header {
	return headers(t, at, body, "WK1-REPLY", r.URL.Path, acquirersim.Merchant, r.Header.Get("WK-Nonce"))
}

func road(t testing.TB, x c) http.RoundTripper {
	return acquirertest.Answers(func(r *http.Request, _ string) (int, http.Header, string) {
		return max(x.Status, 200), reply(t, r, acquirertest.Start(), x.Answer), x.Answer
	})
}

func says(code, rest string) string {
	if rest != "" {
		rest = "," + rest
	}

	return fmt.Sprintf(`{"code":%q%s}`, code, rest)
}

// TestAnswers holds what every answer of note means, one line each.
func TestAnswers(t *testing.T) {
	const shown = `,"amount":12850,"show":"https://pay.example/1","expires":"2026-11-29T02:31:00Z"`
	for _, x := range []c{
		{"order", 0, says("ok", ours+`,"state":"unpaid"`+shown), m{Outcome: call.Done}},
		{"order", 0, says("ok", ours+`,"state":"unpaid","amount":12850`), m{Err: acquirer.ErrAnswer}},
		{"order", 0, says("ok", ours+`,"state":"paid"`+shown), m{}},
		{"order", 0, says("ok", `"merchant":"1900000002","serial":"10000001010000000042","state":"unpaid"`+shown), m{Err: acquirer.ErrMisfit}},
		{"order", 0, says("ok", `"merchant":"1900000001","serial":"10000001010000000043","state":"unpaid"`+shown), m{Err: acquirer.ErrMisfit}},
		{"order", 0, says("ok", ours+`,"state":"unpaid"`+strings.Replace(shown, "12850", "12851", 1)), m{Err: acquirer.ErrMisfit}},
		{"order", 0, says("used", ours), m{}},
		{"order", 0, says("paid", ours), m{}},
		{"order", 0, says("error", ours), m{}},
		{"order", 0, says("closed", ours), m{Outcome: no, Reason: acquirer.Closed}},
		{"order", 0, says("closed", `"merchant":"1900000001"`), m{Err: acquirer.ErrMisfit}},
		{"order", 0, says("busy", ours), m{Outcome: no, Flag: "retry", Reason: acquirer.NotNow}},
		{"order", 0, says("clock", `"merchant":"1900000001"`), m{Err: acquirer.ErrClock}},
		{"order", 503, says("busy", ours), m{Err: acquirer.ErrAnswer}},
		{"order", 0, `{"code":"ok"`, m{Err: acquirer.ErrAnswer}},
		{"order", 0, `{}`, m{Err: acquirer.ErrAnswer}},
		{"order", 0, `null`, m{Err: acquirer.ErrAnswer}},
		{"order", 0, ``, m{Err: acquirer.ErrAnswer}},

		{"collect", 0, says("ok", ours+`,"state":"paid","amount":12850`), m{Outcome: call.Done}},
		{"collect", 0, says("ok", ours+`,"state":"paid","amount":12850,"new":{"x":1}`), m{Outcome: call.Done}},
		{"collect", 0, says("ok", ours+`,"state":"paying","amount":12850`), m{Flag: "wait"}},
		{"collect", 0, says("ok", ours+`,"state":"paid","amount":12849`), m{Err: acquirer.ErrMisfit}},
		{"collect", 0, says("ok", ours+`,"state":"paid","amount":128.50`), m{Err: acquirer.ErrAnswer}},
		{"collect", 0, says("ok", ours+`,"state":"paid","amount":"12850"`), m{Err: acquirer.ErrAnswer}},
		{"collect", 0, says("ok", ours+`,"state":"paid","amount":-12850`), m{Err: acquirer.ErrAnswer}},
		{"collect", 0, says("ok", ours+`,"state":"unpaid"`), m{}},
		{"collect", 0, says("ok", ours), m{}},
		{"collect", 0, says("bad-code", ours), m{Outcome: no, Reason: acquirer.BadCode}},
		{"collect", 0, says("no-funds", ours), m{Outcome: no, Reason: acquirer.NoFunds}},
		{"collect", 0, says("over-limit", ours), m{Outcome: no, Reason: acquirer.OverLimit}},
		{"collect", 0, says("declined", ours), m{Outcome: no, Reason: acquirer.Declined}},
		{"collect", 0, says("closed", ours), m{}},
		{"collect", 0, says("paid", ours), m{}},

		{"ask", 0, says("ok", ours+`,"state":"paid","amount":12850`), m{Outcome: call.Done}},
		{"ask", 0, says("ok", ours+`,"state":"paid","amount":12850,"refunded":2850`), m{Outcome: call.Done}},
		{"ask", 0, says("ok", ours+`,"state":"unpaid","amount":12850`), m{Flag: "wait"}},
		{"ask", 0, says("ok", ours+`,"state":"closed","amount":12850`), m{Outcome: no, Reason: acquirer.Closed}},
		{"ask", 0, says("ok", ours+`,"state":"refunded","amount":12850,"refunded":12850`), m{Outcome: no, Flag: "undone"}},
		{"ask", 0, says("ok", ours+`,"state":"refunded","amount":12851`), m{Err: acquirer.ErrMisfit}},
		{"ask", 0, says("ok", ours+`,"state":"paid","amount":12850,"refunded":12851`), m{Err: acquirer.ErrAnswer}},
		{"ask", 0, says("none", ours), m{Outcome: no, Flag: "retry", Reason: acquirer.NoOrder}},
		{"ask", 0, says("none", `"merchant":"1900000001","serial":"10000001010000000043"`), m{Err: acquirer.ErrMisfit}},
		{"ask", 0, says("none", back), m{Err: acquirer.ErrMisfit}},
		{"ask", 0, says("busy", ours), m{Flag: "wait"}},
		{"ask", 0, says("error", ours), m{}},

		{"close", 0, says("ok", ours+`,"state":"closed"`), m{Outcome: call.Done}},
		{"close", 0, says("ok", ours+`,"state":"refunded"`), m{Outcome: call.Done}},
		{"close", 0, says("ok", ours+`,"state":"paid"`), m{}},
		{"close", 0, says("paid", ours), m{Outcome: no, Reason: acquirer.AlreadyPaid}},
		{"close", 0, says("none", ours), m{Outcome: no, Reason: acquirer.NoOrder}},
		{"close", 0, says("merchant-short", ours), m{Outcome: no, Flag: "retry", Reason: acquirer.ShortOfFunds}},

		{"refund", 0, says("ok", back+`,"state":"refunded","amount":2850`), m{Outcome: call.Done}},
		{"refund", 0, says("ok", back+`,"state":"processing","amount":2850`), m{Flag: "wait"}},
		{"refund", 0, says("ok", back+`,"state":"failed","amount":2850`), m{Outcome: no, Reason: acquirer.NotRefundable}},
		{"refund", 0, says("ok", back+`,"state":"refunded","amount":2851`), m{Err: acquirer.ErrMisfit}},
		{"refund", 0, says("ok", ours+`,"state":"refunded","amount":2850`), m{Err: acquirer.ErrMisfit}},
		{"refund", 0, says("merchant-short", back), m{Outcome: no, Flag: "retry", Reason: acquirer.ShortOfFunds}},
		{"refund", 0, says("used", back), m{}},
		{"refund", 0, says("error", back), m{}},
		{"ask for refund", 0, says("ok", back+`,"state":"refunded","amount":2850`), m{Outcome: call.Done}},
		{"ask for refund", 0, says("none", back), m{Outcome: no, Flag: "retry", Reason: acquirer.NoOrder}},
		{"ask for refund", 0, says("none", ours), m{Err: acquirer.ErrMisfit}},
		{"ask for refund", 0, says("busy", back), m{Flag: "wait"}},
	} {
		a, r, err := acquirertest.Calls(t, acquirertest.Fake(t, connect, road(t, x)))[x.Call]()
		acquirertest.Case(x).Check(t, a, r, err)
	}
}

// TestReplay: a genuine reply to another request answers nothing.
func TestReplay(t *testing.T) {
	body := says("none", ours)
	for name, sign := range map[string]func(*http.Request) http.Header{
		"of another request": func(r *http.Request) http.Header {
			return headers(t, acquirertest.Start(), body, "WK1-REPLY", r.URL.Path, acquirersim.Merchant, "00112233445566778899aabbccddeeff")
		},
		"of another operation": func(r *http.Request) http.Header {
			return headers(t, acquirertest.Start(), body, "WK1-REPLY", "/v1/close", acquirersim.Merchant, r.Header.Get("WK-Nonce"))
		},
		"of another merchant": func(r *http.Request) http.Header {
			return headers(t, acquirertest.Start(), body, "WK1-REPLY", r.URL.Path, "1900000002", r.Header.Get("WK-Nonce"))
		},
		"a notice": func(*http.Request) http.Header {
			return headers(t, acquirertest.Start(), body, "WK1-NOTICE", acquirersim.Merchant)
		},
		"without a signature": func(*http.Request) http.Header { return http.Header{} },
	} {
		a := acquirertest.Fake(t, connect, acquirertest.Answers(func(r *http.Request, _ string) (int, http.Header, string) {
			return 200, sign(r), body
		}))
		got, r, err := acquirertest.Calls(t, a)["ask"]()
		acquirertest.Case{Call: name, Means: m{Err: acquirer.ErrSignature}}.Check(t, got, r, err)
	}

	for at, want := range map[time.Duration]m{
		300 * time.Second:  {Outcome: no, Flag: "retry", Reason: acquirer.NoOrder},
		301 * time.Second:  {Err: acquirer.ErrClock},
		-300 * time.Second: {Outcome: no, Flag: "retry", Reason: acquirer.NoOrder},
		-301 * time.Second: {Err: acquirer.ErrClock},
	} {
		a := acquirertest.Fake(t, connect, acquirertest.Answers(func(r *http.Request, _ string) (int, http.Header, string) {
			return 200, reply(t, r, acquirertest.Start().Add(at), body), body
		}))
		got, r, err := acquirertest.Calls(t, a)["ask"]()
		acquirertest.Case{Call: at.String(), Means: want}.Check(t, got, r, err)
	}
}

func TestNotices(t *testing.T) {
	for _, x := range []struct {
		name, body string
		outcome    call.Outcome
		refund     string
		err        error
	}{
		{"paid", says("ok", ours+`,"state":"paid","amount":12850`), call.Done, "", nil},
		{"closed", says("ok", ours+`,"state":"closed","amount":12850`), call.Unknown, "", nil},
		{"refunded", says("ok", ours+`,"state":"refunded","amount":12850,"refunded":12850`), call.Unknown, "", nil},
		{"refund", says("ok", back+`,"state":"refunded","amount":2850`), call.Unknown, "10000001010000000091", nil},
		{"no amount", says("ok", ours+`,"state":"paid"`), call.Unknown, "", acquirer.ErrAnswer},
		{"no serial", says("ok", `"merchant":"1900000001","state":"paid","amount":12850`), call.Unknown, "", acquirer.ErrMisfit},
		{"refund of nothing", says("ok", `"merchant":"1900000001","serial":"10000001010000000091","original":"x"`), call.Unknown, "", acquirer.ErrMisfit},
		{"another merchant", says("ok", `"merchant":"1900000002","serial":"10000001010000000042","state":"paid","amount":12850`), call.Unknown, "", acquirer.ErrMisfit},
	} {
		a := acquirertest.Fake(t, connect, nil)
		n, err := a.Notice(headers(t, acquirertest.Start(), x.body, "WK1-NOTICE", acquirersim.Merchant), []byte(x.body))
		acquirertest.Case{Call: x.name, Means: m{Outcome: x.outcome, Err: x.err}}.Check(t, n.Payment.Answer, n.Payment.Reason, err)
		if n.Refund != x.refund {
			t.Errorf("%s: refund %q, want %q", x.name, n.Refund, x.refund)
		}
	}
}

// FuzzNotice decodes bodies under a genuine signature, and bytes that have none.
func FuzzNotice(f *testing.F) {
	f.Add(says("ok", ours+`,"state":"paid","amount":12850`))
	f.Add(says("ok", back+`,"state":"refunded","amount":2850`))
	f.Add(`{"code":"clock"}`)
	a := acquirertest.Fake(f, connect, nil)
	f.Fuzz(func(t *testing.T, body string) {
		if n, err := a.Notice(nil, []byte(body)); err == nil {
			t.Fatalf("believed without a signature: %+v", n)
		}
		n, err := a.Notice(headers(t, acquirertest.Start(), body, "WK1-NOTICE", acquirersim.Merchant), []byte(body))
		acquirertest.CheckNotice(t, n, err)
	})
}

// FuzzReply decodes replies under a genuine signature. Whatever they say, a result
// has a reason where it refuses and only there, and waits only where it is unknown.
func FuzzReply(f *testing.F) {
	for _, op := range []string{"order", "collect", "ask", "close", "refund", "ask for refund"} {
		f.Add(op, says("ok", ours+`,"state":"paid","amount":12850,"show":"x","expires":"2026-11-29T02:31:00Z"`))
		f.Add(op, says("ok", back+`,"state":"refunded","amount":2850`))
		f.Add(op, says("none", ours))
	}
	acquirertest.Keys(f)
	f.Fuzz(func(t *testing.T, op, says string) {
		a := acquirertest.Fake(t, connect, road(t, c{Answer: says}))
		do, known := acquirertest.Calls(t, a)[op]
		if !known {
			return
		}
		answer, reason, err := do()
		switch {
		case err != nil && (answer.Outcome != call.Unknown || answer.Wait || reason != ""):
			t.Errorf("%v, and %+v %q", err, answer, reason)
		case !reason.Valid(), (reason != "") != (answer.Outcome == call.NotDone && !answer.Undone):
			t.Errorf("%+v %q", answer, reason)
		case answer.Wait && answer.Outcome != call.Unknown, answer.Retry && answer.Outcome != call.NotDone:
			t.Errorf("%+v", answer)
		case answer.Outcome == call.Done && !strings.Contains(says, "ok"):
			t.Errorf("%q is done", says)
		}
	})
}
