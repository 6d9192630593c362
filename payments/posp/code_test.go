package posp_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"wattkiosk/payments/posp"
)

// meanings is what each code means for a sale, written by hand: outcome, reason, act,
// and whether the card is kept.
const meanings = `
00 done approved complete
11 done approved complete
16 done approved complete
A2 done approved complete
A4 done approved complete
A5 done approved complete
A6 done approved complete
01 not-done call-bank tell
02 not-done call-bank tell
60 not-done call-bank tell
66 not-done call-bank tell
05 not-done refused tell
17 not-done refused tell
18 not-done refused tell
21 not-done refused tell
23 not-done refused tell
28 not-done refused tell
32 not-done refused tell
59 not-done suspected tell
63 not-done suspected tell
93 not-done suspected tell
04 not-done card-kept tell keep
07 not-done card-kept tell keep
33 not-done expired tell keep
34 not-done card-kept tell keep
35 not-done card-kept tell keep
36 not-done card-kept tell keep
37 not-done card-kept tell keep
41 not-done lost tell keep
43 not-done lost tell keep
67 not-done card-kept tell keep
03 not-done not-registered call-site
97 not-done not-registered call-site
12 not-done not-here tell
40 not-done not-here tell
58 not-done not-here tell
13 not-done bad-amount call-site
64 not-done bad-amount call-site
61 not-done over-limit tell
65 not-done too-often tell
14 not-done bad-card tell
15 not-done bad-card tell
31 not-done bad-card tell
39 not-done bad-card tell
42 not-done bad-card tell
44 not-done bad-card tell
52 not-done bad-card tell
53 not-done bad-card tell
56 not-done bad-card tell
57 not-done not-allowed tell
62 not-done not-allowed tell
38 not-done pin-blocked tell
75 not-done pin-blocked tell
55 not-done wrong-pin ask-pin
51 not-done no-funds tell
54 not-done expired tell
19 not-done later try-later
29 not-done later try-later
90 not-done later try-later
91 not-done later try-later
92 not-done later try-later
30 not-done format call-site
77 not-done keys sign-in
99 not-done keys sign-in
A0 not-done keys sign-in
06 unknown unclear reverse
08 unknown unclear reverse
09 unknown unclear reverse
10 unknown unclear reverse
20 unknown unclear reverse
22 unknown unclear reverse
25 unknown unclear reverse
26 unknown unclear reverse
68 unknown unclear reverse
94 unknown unclear reverse
95 unknown unclear reverse
96 unknown unclear reverse
98 unknown unclear reverse
A7 unknown unclear reverse
`

func TestWhatACodeMeansForASale(t *testing.T) {
	listed := map[posp.Code]bool{}
	for line := range strings.Lines(strings.TrimSpace(meanings)) {
		w := strings.Fields(line)
		code := posp.Code(w[0])
		listed[code] = true
		v := posp.Judge(posp.Sale, code)
		if v.Outcome.String() != w[1] || string(v.Reason) != w[2] || string(v.Act) != w[3] || v.Capture != (len(w) == 5) {
			t.Errorf("%s: %+v, want %v", code, v, w[1:])
		}
	}
	for _, c := range posp.Codes() {
		if !listed[c] {
			t.Errorf("%s is not in this table", c)
		}
	}
	for _, c := range []posp.Code{"", "0", "Z9", "24", "A1", "a0", "000"} {
		if v := posp.Judge(posp.Sale, c); v.Outcome != posp.Unknown || v.Reason != posp.Unclear || v.Act != posp.Reverse || v.Capture {
			t.Errorf("%q: %+v", c, v)
		}
	}
}

func TestWhatACodeMeansForOthers(t *testing.T) {
	for _, c := range append(posp.Codes(), "", "Z9") {
		sale := posp.Judge(posp.Sale, c)
		for _, o := range []posp.Op{posp.Void, posp.Refund, posp.Balance} {
			v, want := posp.Judge(o, c), sale
			switch {
			case o == posp.Balance && sale.Outcome == posp.Unknown:
				want = posp.Verdict{Outcome: posp.NotDone, Reason: posp.Later, Act: posp.TryLater}
			case c == "25":
				want = posp.Verdict{Outcome: posp.NotDone, Reason: posp.NoOriginal, Act: posp.Nothing}
			}
			if v != want {
				t.Errorf("%s answered %s: %+v, want %+v", o, c, v, want)
			}
		}

		want := posp.Unknown
		if slices.Contains([]posp.Code{"00", "25", "12"}, c) {
			want = posp.Done
		}
		if v := posp.Judge(posp.Reversal, c); v.Outcome != want || v.Capture {
			t.Errorf("reversal answered %s: %+v", c, v)
		}

		for _, o := range []posp.Op{posp.SignIn, posp.SignOut, posp.Echo, posp.Settle, posp.Upload, posp.UploadEnd, posp.Certificate, posp.Scripts} {
			v, want := posp.Judge(o, c), posp.NotDone
			if c == "00" {
				want = posp.Done
			}
			if v.Outcome != want || v.Capture || v.Act == posp.Reverse {
				t.Errorf("%s answered %s: %+v", o, c, v)
			}
		}
	}
	if v := posp.Judge(posp.Reversal, "25"); v.Reason != posp.NoOriginal || v.Act != posp.Nothing {
		t.Errorf("%+v", v)
	}
	if v := posp.Judge(posp.Settle, "96"); v.Reason != posp.Later || v.Act != posp.TryLater {
		t.Errorf("%+v", v)
	}
}

// TestWords: every reason has words in both languages, and whoever was refused reads
// that no money was taken.
func TestWords(t *testing.T) {
	for _, r := range posp.Reasons() {
		w := r.Words()
		if !r.Valid() || w.English == "" || !strings.HasSuffix(w.English, ".") || !strings.ContainsFunc(w.Chinese, func(c rune) bool { return unicode.Is(unicode.Han, c) }) {
			t.Errorf("%s: %+v", r, w)
		}
		notTaken := !slices.Contains([]posp.Reason{posp.Approved, posp.Unclear, posp.NoOriginal}, r)
		if strings.Contains(w.Chinese, "未扣款") != notTaken || strings.Contains(w.English, "No money was taken") != notTaken {
			t.Errorf("%s: %+v", r, w)
		}
	}
	if posp.Reason("perhaps").Valid() || posp.Reason("").Valid() {
		t.Error("a reason that is not in the list")
	}
}

func TestWhichOperationsMoveMoney(t *testing.T) {
	var moves, reversible []string
	for _, o := range posp.Ops() {
		if o.MovesMoney() {
			moves = append(moves, string(o))
		}
		if o.Reversible() {
			reversible = append(reversible, string(o))
		}
	}
	if strings.Join(moves, " ") != "sale void refund reversal" || strings.Join(reversible, " ") != "sale void" {
		t.Error(moves, reversible)
	}
}
