package acquirertest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/leg/call"
)

// Sign signs a text as the acquirer does: for answers that acquirersim never gives.
func Sign(t testing.TB, text string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(nil, Keys(t).Acquirer, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}

	return base64.StdEncoding.EncodeToString(sig)
}

// Answers is a road at whose end every request gets the answer that the function
// makes of its body.
func Answers(answer func(r *http.Request, body string) (status int, header http.Header, reply string)) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		body := []byte{}
		if r.Body != nil {
			b, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			body = b
		}
		status, header, reply := answer(r, string(body))
		if header == nil {
			header = http.Header{}
		}

		return &http.Response{
			StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(reply)), ContentLength: int64(len(reply)), Request: r,
		}, nil
	})
}

// Start is the time at which Fake's adapters live.
func Start() time.Time { return start }

// Fake connects an adapter to a road, at the time Start.
func Fake(t testing.TB, connect func(Setup) (acquirer.Acquirer, error), road http.RoundTripper) acquirer.Acquirer {
	t.Helper()
	a, err := connect(Setup{
		Base: "http://acquirer.test", NotifyURL: "http://office.test/notice", Transport: road,
		Now: func() time.Time { return start }, Keys: Keys(t),
	})
	if err != nil {
		t.Fatal(err)
	}

	return a
}

// Calls are all calls about the serial 10000001010000000042 of 128.50 yuan, and its
// refund 10000001010000000091 of 28.50, by the names of operations.
func Calls(t testing.TB, a acquirer.Acquirer) map[string]func() (call.Answer, acquirer.Reason, error) {
	refund := acquirer.Refund{Serial: back, Original: serial, Amount: 2850, Total: 12850}

	return map[string]func() (call.Answer, acquirer.Reason, error){
		"order": func() (call.Answer, acquirer.Reason, error) {
			r, err := a.Order(t.Context(), acquirer.Order{Serial: serial, Amount: 12850, Subject: "电费", Expires: start.Add(time.Minute)})

			return r.Answer, r.Reason, err
		},
		"collect": func() (call.Answer, acquirer.Reason, error) {
			r, err := a.Collect(t.Context(), collection(serial, 12850, "280000000000000001"))

			return r.Answer, r.Reason, err
		},
		"ask": func() (call.Answer, acquirer.Reason, error) {
			r, err := a.Ask(t.Context(), acquirer.Question{Serial: serial, Amount: 12850})

			return r.Answer, r.Reason, err
		},
		"ask with refund": func() (call.Answer, acquirer.Reason, error) {
			r, err := a.Ask(t.Context(), acquirer.Question{Serial: serial, Amount: 12850, Refund: back})

			return r.Answer, r.Reason, err
		},
		"close": func() (call.Answer, acquirer.Reason, error) {
			r, err := a.Close(t.Context(), acquirer.Closing{Serial: serial})

			return r.Answer, r.Reason, err
		},
		"reverse": func() (call.Answer, acquirer.Reason, error) {
			r, err := a.Close(t.Context(), acquirer.Closing{Serial: serial, Collected: true})

			return r.Answer, r.Reason, err
		},
		"refund": func() (call.Answer, acquirer.Reason, error) {
			r, err := a.Refund(t.Context(), refund)

			return r.Answer, r.Reason, err
		},
		"ask for refund": func() (call.Answer, acquirer.Reason, error) {
			r, err := a.AskRefund(t.Context(), refund)

			return r.Answer, r.Reason, err
		},
	}
}

// Case is one answer and what it means.
type Case struct {
	Call   string // of Calls
	Status int    // of HTTP, where it matters
	Answer string
	Means  Means
}

// Means is what an answer means, in short.
type Means struct {
	Outcome call.Outcome
	Flag    string // retry, wait, undone
	Reason  acquirer.Reason
	Err     error
}

// Check compares the result of a call with what its case says.
func (c Case) Check(t *testing.T, a call.Answer, r acquirer.Reason, err error) {
	t.Helper()
	got := Means{Outcome: a.Outcome, Reason: r}
	for flag, on := range map[string]bool{"retry": a.Retry, "wait": a.Wait, "undone": a.Undone} {
		if on {
			got.Flag += flag
		}
	}
	want := c.Means
	want.Err = nil
	if got != want {
		t.Errorf("%s, %.140s: %+v, %v; want %+v", c.Call, c.Answer, got, err, want)
	}
	if !isError(err, c.Means.Err) {
		t.Errorf("%s, %.140s: error %v, want %v", c.Call, c.Answer, err, c.Means.Err)
	}
}

// CheckNotice checks what must hold for whatever a decoder of notices returns.
func CheckNotice(t *testing.T, n acquirer.Notice, err error) {
	t.Helper()
	switch {
	case err != nil && n != (acquirer.Notice{}):
		t.Errorf("an error, and %+v", n)
	case err != nil:
	case !acquirer.ValidSerial(n.Serial), n.Refund != "" && !acquirer.ValidSerial(n.Refund):
		t.Errorf("serials of %+v", n)
	case n.Payment.Outcome == call.NotDone:
		t.Errorf("a notice refuses: %+v", n)
	case n.Payment.Outcome == call.Done && (n.Payment.Amount <= 0 || n.Refund != ""):
		t.Errorf("paid: %+v", n)
	case len(n.Payment.Code) > 120 || len(n.Payment.Text) > 120:
		t.Errorf("texts of %+v", n)
	}
}

func isError(err, want error) bool {
	if want == nil {
		return err == nil
	}

	return errors.Is(err, want)
}
