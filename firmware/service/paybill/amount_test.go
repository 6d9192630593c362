package paybill

import (
	"fmt"
	"testing"
)

// FuzzTypedAmount: what is read as an amount is the one that was typed.
func FuzzTypedAmount(f *testing.F) {
	for _, s := range []string{"", "0", "1", "128.5", "128.50", "0.05", ".5", "12.", "1e3", "-1", "+1", "99999999", "1.005", " 1", "1,5", "１"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		fen, err := FenOf(map[string]string{"number": typed})
		if err != nil {
			return
		}

		whole, cents := fen/100, fen%100
		for _, form := range []string{"%d", "%d.", "%d.%02d", "%d.%d"} {
			args := []any{whole, cents}
			switch form {
			case "%d", "%d.":
				args = args[:1]
			case "%d.%d":
				args[1] = cents / 10
			}
			exact := form == "%d.%02d" || cents == 0 || form == "%d.%d" && cents%10 == 0
			if exact && fmt.Sprintf(form, args...) == trimmed(typed) {
				return
			}
		}
		t.Errorf("%q is %d fen", typed, fen)
	})
}

// trimmed is an amount without zeros that lead, and with one where nothing stands before
// the point: what is no amount at all is none of anything, and too little to be paid.
func trimmed(s string) string {
	for len(s) > 1 && s[0] == '0' && s[1] != '.' {
		s = s[1:]
	}
	if s == "" || s[0] == '.' {
		s = "0" + s
	}

	return s
}
