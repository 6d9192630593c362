package bankcard

import "testing"

func TestKindOf(t *testing.T) {
	for aid, want := range map[string]Kind{
		"A000000333010101":         "debit",
		"A000000333010102":         "credit",
		"A000000333010103":         "quasi-credit",
		"A000000333010106":         "electronic-cash",
		"A000000333010101FF":       "debit", // with a suffix of the issuer's
		"A000000333010108":         "",
		"A0000003330101":           "",
		"A0000000031010":           "", // Visa
		"":                         "",
		"a000000333010101":         "",
		"B000000333010101":         "",
		"A00000033301010":          "",
		"A00000033301010100000000": "debit",
	} {
		if got := KindOf(aid); got != want {
			t.Errorf("%s is %q, want %q", aid, got, want)
		}
	}
}
