package passwd

import (
	"errors"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name, password string
		want           error
	}{
		{"li", "tortoises walk at dawn", nil},
		{"li", "correct horse battery", nil},
		{"li", "早上好今天天气真不错", nil},
		{"li", "short", ErrLength},
		{"li", "12345678901", ErrLength},
		{"li", "eleven char", ErrLength},
		{"li", strings.Repeat("abcdefgh", 17), ErrLength},
		{"li", "passwordpassword", ErrCommon},
		{"li", "Password2026!", ErrCommon},
		{"li", "p@ssw0rd1234", ErrCommon},
		{"li", "1234qwertyuiop", ErrCommon},
		{"li", "unbelievable", ErrCommon},
		{"li", "Iloveyou123456", ErrCommon},
		{"li", "aaaabbbbccccdddd", ErrFew},
		{"li", "123123123123123", ErrFew},
		{"zhangwei", "ZhangWei's own key", ErrName},
		{"li", "liliac trees and li", nil}, // a name of two letters is in too much
	} {
		if err := Check(c.name, c.password); !errors.Is(err, c.want) || c.want == nil && err != nil || err != nil && !errors.Is(err, Err) {
			t.Errorf("%q of %s: %v, want %v", c.password, c.name, err, c.want)
		}
	}
}

func TestHash(t *testing.T) {
	const right = "correct horse"
	h, err := Hash(right)
	if err != nil || !strings.HasPrefix(h, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("hash %q, %v", h, err)
	}
	for hash, want := range map[string]bool{
		h: true, "": false, "plain": false, strings.Replace(h, "argon2id", "argon2i", 1): false, strings.Replace(h, "m=19456", "m=999999999", 1): false,
		strings.Replace(h, "t=2", "t=3", 1): false, h[:len(h)-2] + "AA": false, strings.Replace(h, "p=1", "p=0", 1): false,
	} {
		if got := Matches(hash, right); got != want {
			t.Errorf("Matches(%q) = %t", hash, got)
		}
	}
	if Matches(h, "correct horsf") {
		t.Error("another password matches")
	}
	for _, p := range []string{"", "short", strings.Repeat("x", Max+1)} {
		if _, err := Hash(p); !errors.Is(err, ErrLength) {
			t.Errorf("%q: %v", p, err)
		}
	}
}
