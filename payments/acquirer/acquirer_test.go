package acquirer_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
)

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a": "****", "abc": "****", "abcd": "abc****", "13800005620": "138****5620",
		"159****5620": "159****5620", "zhang@example.com": "zha****.com", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o": "oUp****eS6o",
		"张伟民": "****", "\xff\xffabcd": "abc****",
	} {
		if got := acquirer.Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestScrub(t *testing.T) {
	const serial = "10000001010000000042"
	for in, want := range map[string]string{
		"":          "",
		"no digits": "no digits",
		"余额不足，卡号6222020200012345678。":    "余额不足，卡号[19 digits]。",
		"order " + serial + " not found": "order " + serial + " not found",
		"order 10000001010000000043":     "order [20 digits]",
		"281234567890123456":             "[18 digits]",
		"12345678901 123456789012":       "12345678901 [12 digits]",
		"123456789012345678901234":       "[24 digits]",
		"1234567890123456789012345":      "1234567890123456789012345",
		"at 2026-11-29 10:30:00, 86.40":  "at 2026-11-29 10:30:00, 86.40",
	} {
		if got := acquirer.Scrub(in, serial); got != want {
			t.Errorf("Scrub(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestClipCutsNoNumber: a number at the bound goes as a whole.
func TestClipCutsNoNumber(t *testing.T) {
	long := strings.Repeat("x", 110) + "6222020200012345678"
	if got := acquirer.Clip(long); got != strings.Repeat("x", 110) {
		t.Errorf("Clip: %q", got)
	}
	if got := acquirer.Clip(strings.Repeat("x", 108) + "622202020001 and more"); got != strings.Repeat("x", 108)+"622202020001" {
		t.Errorf("a number that fits: %q", got)
	}
}

func FuzzScrub(f *testing.F) {
	for _, s := range []string{"", "6222020200012345678", "a1b", "10000001010000000042", "12345678901\xff2", "１２３４５６７８９０１２３"} {
		f.Add(s)
	}
	secret := regexp.MustCompile(`(?:^|[^0-9])[0-9]{12,24}(?:[^0-9]|$)`)
	f.Fuzz(func(t *testing.T, s string) {
		if got := acquirer.Scrub(s); secret.MatchString(got) {
			t.Errorf("Scrub(%q) = %q", s, got)
		}
	})
}

func TestValidSerial(t *testing.T) {
	for in, want := range map[string]bool{
		"10000001010000000042": true, "": false, "1000000101000000004": false, "100000010100000000421": false,
		"1000000101000000004a": false, "１０００００": false, "-0000001010000000042": false,
	} {
		if got := acquirer.ValidSerial(in); got != want {
			t.Errorf("ValidSerial(%q) = %v", in, got)
		}
	}
}

func TestFits(t *testing.T) {
	if err := acquirer.Fits([2]string{"a", "a"}, [2]string{"", ""}); err != nil {
		t.Error(err)
	}
	if err := acquirer.Fits([2]string{"a", "a"}, [2]string{"", "b"}); !errors.Is(err, acquirer.ErrMisfit) {
		t.Errorf("left out: %v", err)
	}
	for in, want := range map[string]bool{
		"128.50": true, "128.5": true, "128.51": false, "128.500": false, "12850": false, "+128.50": false, " 128.50": false,
		"1.285e2": false, "128.49999999999999": false, "": false, "NaN": false, "0128.50": true,
	} {
		if err := acquirer.FitsYuan(in, 12850); (err == nil) != want || err != nil && !errors.Is(err, acquirer.ErrMisfit) {
			t.Errorf("FitsYuan(%q): %v, want %v", in, err, want)
		}
	}
	if err := acquirer.FitsFen(12851, 12850); !errors.Is(err, acquirer.ErrMisfit) {
		t.Errorf("FitsFen: %v", err)
	}
}

func TestReasons(t *testing.T) {
	for r, want := range map[acquirer.Reason]bool{"": true, "no-funds": true, "short-of-funds": true, "no-order": true, "NO_FUNDS": false, "nothing": false} {
		if r.Valid() != want {
			t.Errorf("%q valid: %v", r, !want)
		}
	}
}

func TestUnsent(t *testing.T) {
	dial := fmt.Errorf("x: %w", &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded})
	for name, c := range map[string]struct {
		err  error
		want acquirer.Verdict
	}{
		"bad request": {fmt.Errorf("x: %w", acquirer.ErrRequest), acquirer.Verdict{Outcome: call.NotDone, Reason: acquirer.NotAccepted}},
		"not reached": {dial, acquirer.Verdict{Outcome: call.NotDone, Retry: true, Reason: acquirer.NotNow}},
		"cut":         {&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, acquirer.Verdict{}},
		"signature":   {acquirer.ErrSignature, acquirer.Verdict{}},
	} {
		if got := acquirer.Unsent(c.err); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestTableHasNoElse(t *testing.T) {
	table := acquirer.Table{{Code: "ok", State: "paid"}: acquirer.Carried}
	for said, want := range map[[2]string]call.Outcome{
		{"ok", "paid"}: call.Done, {"ok", ""}: call.Unknown, {"ok", "PAID"}: call.Unknown, {"", "paid"}: call.Unknown, {"", ""}: call.Unknown,
	} {
		if got := table.Judge(said[0], said[1]); got.Outcome != want {
			t.Errorf("%v: %+v", said, got)
		}
	}
}

func TestSecretDoesNotPrint(t *testing.T) {
	c := acquirer.Collection{Serial: "10000001010000000042", Code: "281234567890123456"}
	j, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c.Code, c.Code), string(j), c.Code.LogValue().String()} {
		if strings.Contains(s, "2812345") {
			t.Errorf("the code shows in %s", s)
		}
	}
}

func TestClipBoundsAnswers(t *testing.T) {
	a := acquirer.Open.Answer(strings.Repeat("码", 100), strings.Repeat("x", 500)+"\xff")
	if len(a.Code) != 120 || len(a.Text) != 120 {
		t.Errorf("%d and %d bytes, want 120 each", len(a.Code), len(a.Text))
	}
	if got := acquirer.Clip("a\xffb"); got != "ab" {
		t.Errorf("Clip: %q", got)
	}
}

func TestChecksAcceptWhatIsRight(t *testing.T) {
	now := time.Date(2026, 11, 29, 2, 30, 0, 0, time.UTC)
	const serial, back = "10000001010000000042", "10000001010000000091"
	for name, err := range map[string]error{
		"order":    acquirer.Order{Serial: serial, Amount: money.Max, Subject: strings.Repeat("电", 32), Expires: now.Add(1)}.Check(now),
		"collect":  acquirer.Collection{Serial: serial, Amount: 1, Code: "1234567890123456"}.Check(),
		"longest":  acquirer.Collection{Serial: serial, Amount: 1, Code: "123456789012345678901234"}.Check(),
		"question": acquirer.Question{Serial: serial, Amount: 1, Refund: back}.Check(),
		"closing":  acquirer.Closing{Serial: serial}.Check(),
		"refund":   acquirer.Refund{Serial: back, Original: serial, Amount: 1, Total: 1}.Check(),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
