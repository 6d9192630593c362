package peripheral

import "testing"

func TestCompare(t *testing.T) {
	ordered := []string{"", "0.9", "1", "1.0", "1.2", "1.9", "1.10", "1.10a", "1.10b2", "1.10b10", "2.0-rc1", "10", "NV9 4.2", "NV9 4.12"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := compare(a, b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%q against %q: %d", a, b, got)
			}
		}
	}
	if compare("1.02", "1.2") != 0 {
		t.Error("a leading zero counts")
	}
}

func FuzzCompare(f *testing.F) {
	f.Add("4.9", "4.10")
	f.Fuzz(func(t *testing.T, a, b string) {
		if compare(a, b) != -compare(b, a) || compare(a, a) != 0 {
			t.Errorf("%q and %q", a, b)
		}
	})
}
