package factor

import (
	"encoding/base32"
	"errors"
	"strings"
	"testing"
	"time"
)

// TestVectors holds steps against RFC 6238, appendix B: SHA-1, the last six digits.
func TestVectors(t *testing.T) {
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for _, c := range []struct {
		at   int64
		code string
	}{
		{59, "287082"},
		{1111111109, "081804"},
		{1111111111, "050471"},
		{1234567890, "005924"},
		{2000000000, "279037"},
		{20000000000, "353130"},
	} {
		for _, late := range []int64{-30, 0, 30} {
			if step, ok := Step(secret, c.code, time.Unix(c.at+late, 0)); !ok || step != c.at/30 {
				t.Errorf("%s, %d s late: step %d, %t", c.code, late, step, ok)
			}
		}
		for _, late := range []int64{-60, 60, 95} {
			if _, ok := Step(secret, c.code, time.Unix(c.at+late, 0)); ok && c.at+late >= 0 {
				t.Errorf("%s is taken %d s late", c.code, late)
			}
		}
	}
	for _, code := range []string{"", "28708", "2870822", "28708a", "287083"} {
		if _, ok := Step(secret, code, time.Unix(59, 0)); ok {
			t.Errorf("%q is taken", code)
		}
	}
}

func TestRecovery(t *testing.T) {
	fresh, kept := Recovery()
	if len(fresh) != 10 || Left(kept) != 10 || len(fresh[0]) != len("abcd-efgh-ijkl-mnop") {
		t.Fatalf("%d codes, %d kept", len(fresh), Left(kept))
	}
	for i, code := range fresh {
		if strings.Contains(kept, strings.ReplaceAll(code, "-", "")) {
			t.Error("a code is kept as it is")
		}
		typed := code
		if i%2 == 1 {
			typed = strings.ToUpper(strings.ReplaceAll(code, "-", " "))
		}
		left, ok := Spend(kept, typed)
		if !ok || Left(left) != 9-i {
			t.Fatalf("code %d: %t, %d left", i, ok, Left(left))
		}
		if _, twice := Spend(left, code); twice {
			t.Errorf("code %d is taken twice", i)
		}
		kept = left
	}
	if _, ok := Spend("", ""); ok {
		t.Error("nothing is taken for a code")
	}
}

func TestSeal(t *testing.T) {
	key := []byte(strings.Repeat("k", 32))
	secret, url, err := New("li")
	if err != nil || !strings.HasPrefix(url, "otpauth://totp/Wattkiosk:li?") || !strings.Contains(url, "secret="+secret) {
		t.Fatalf("%s, %v", url, err)
	}
	sealed, err := Seal(key, "li", secret)
	if err != nil || strings.Contains(sealed, secret) {
		t.Fatalf("sealed: %v", err)
	}
	if got, err := Open(key, "li", sealed); err != nil || got != secret {
		t.Errorf("opened: %v", err)
	}
	for name, f := range map[string]func() (string, error){
		"another person": func() (string, error) { return Open(key, "wang", sealed) },
		"another key":    func() (string, error) { return Open([]byte(strings.Repeat("x", 32)), "li", sealed) },
		"cut":            func() (string, error) { return Open(key, "li", sealed[:len(sealed)-1]) },
		"empty":          func() (string, error) { return Open(key, "li", "") },
	} {
		if _, err := f(); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
