package booksim_test

import (
	"bytes"
	"errors"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/outsidesim/booksim"
	"wattkiosk/payments/reconcile"
	"wattkiosk/payments/reconcile/form"
)

var china = time.FixedZone("CST", 8*3600)

// lines are three payments of a day, of which the second went back.
func lines(date string) []booksim.Line {
	if date != "20261128" {
		return nil
	}
	at := time.Date(2026, 11, 28, 9, 10, 11, 0, china)
	return []booksim.Line{
		{
			Serial: "10000001000000000005", Account: "1000000001", Terminal: "10000001", Merchant: "105290073724601", Batch: "000007", Trace: "000101", Card: "6225881234561234",
			Amount: 12850, Tender: "bankcard", Reference: "261128000101", AuthCode: "A1B2C3", Date: date, At: at,
		},
		{
			Serial: "10000001000000000006", Account: "1000000002", Terminal: "10000001", Batch: "000007", Trace: "000102", Card: "6225881234561234",
			Amount: 2000, Tender: "qr", Reference: "ref-2", Date: date, At: at.Add(time.Minute), Back: true,
		},
		{
			Serial: "10000002000000000001", Account: "1000000003", Terminal: "10000002", Merchant: "105290073724601", Batch: "000001", Trace: "000001", Card: "6225881234561234",
			Amount: 10000, Sold: true, Tender: "cash", Reference: "ref-3", Date: date, At: at.Add(2 * time.Minute),
		},
	}
}

// forms are all, with the reader that head office has for each.
func forms() map[string]booksim.Form {
	return map[string]booksim.Form{
		"104": booksim.Ledger104(), "posp": booksim.POSPDetail(), "alipay": booksim.AlipayBill(), "wechat": booksim.WeChatBill(), "bank": booksim.BankCSV(),
	}
}

func read(f booksim.Form, b []byte) ([]form.Entry, form.Summary, error) {
	var all []form.Entry
	s, err := form.Read(form.Kind(f.Kind), bytes.NewReader(b), form.Options{Name: "f", Date: "20261128", Zone: china, Quiet: true}, func(e form.Entry) error {
		all = append(all, e)

		return nil
	})

	return all, s, err
}

// TestReaders: who reads the forms finds what the ledger has.
func TestReaders(t *testing.T) {
	at := time.Date(2026, 11, 28, 9, 10, 11, 0, china)
	for name, want := range map[string][]form.Entry{
		"104": {
			{Line: 1, Serial: "10000001000000000005", Account: "1000000001", Batch: "000007", Terminal: "10000001", Amount: 12850, Date: "20261128"},
			{Line: 2, Serial: "10000002000000000001", Account: "1000000003", Batch: "000001", Terminal: "10000002", Amount: 10000, Date: "20261128"},
		},
		"posp": {
			{Line: 1, Terminal: "10000001", Trace: "000101", Reference: "261128000101", Card: "622588******1234", Amount: 12850, Date: "20261128", At: at},
			{Line: 2, Terminal: "10000002", Trace: "000001", Reference: "ref-3", Card: "622588******1234", Amount: 10000, Date: "20261128", At: at.Add(2 * time.Minute)},
		},
		"alipay": {
			{Line: 6, Serial: "10000001000000000005", Reference: "261128000101", Amount: 12850, Date: "20261128", At: at},
			{Line: 7, Serial: "10000001000000000006", Reference: "ref-2", Amount: 2000, Date: "20261128", At: at.Add(time.Minute), State: reconcile.Reversed},
			{Line: 8, Serial: "10000002000000000001", Reference: "ref-3", Amount: 10000, Date: "20261128", At: at.Add(2 * time.Minute)},
		},
		"wechat": {
			{Line: 2, Serial: "10000001000000000005", Reference: "261128000101", Amount: 12850, Date: "20261128", At: at},
			{Line: 3, Serial: "10000001000000000006", Reference: "ref-2", Amount: 2000, Date: "20261128", At: at.Add(time.Minute), State: reconcile.Reversed},
			{Line: 4, Serial: "10000002000000000001", Reference: "ref-3", Amount: 10000, Date: "20261128", At: at.Add(2 * time.Minute)},
		},
		"bank": {
			{Line: 2, Serial: "10000001000000000005", Account: "1000000001", Batch: "000007", Amount: 12850, Date: "20261128", At: at},
			{Line: 3, Serial: "10000001000000000006", Account: "1000000002", Batch: "000007", Amount: 2000, Date: "20261128", At: at.Add(time.Minute), State: reconcile.Reversed},
			{Line: 4, Serial: "10000002000000000001", Account: "1000000003", Batch: "000001", Amount: 10000, Date: "20261128", At: at.Add(2 * time.Minute)},
		},
	} {
		f := forms()[name]
		b, err := booksim.New(f, time.Now, lines).Book("20261128")
		if err != nil {
			t.Fatal(err)
		}
		got, s, err := read(f, b)
		if d := cmp.Diff(want, got); d != "" || err != nil || s.Sum != 22850 {
			t.Errorf("%s: %v, %s (-want +got)\n%s", name, err, s.Sum, d)
		}
	}
}

// TestQuiet: a day without payments has a book.
func TestQuiet(t *testing.T) {
	for name, f := range forms() {
		b, err := booksim.New(f, time.Now, func(string) []booksim.Line { return nil }).Book("20261128")
		if err != nil {
			t.Fatal(err)
		}
		if got, s, err := read(f, b); err != nil || len(got) != 0 || s.Count != 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// TestLineFaults are found by matching, for the file itself is in order.
func TestLineFaults(t *testing.T) {
	for name, f := range forms() {
		for fault, want := range map[booksim.Fault]struct{ lines, sum int64 }{
			booksim.LoseLine: {-1, -10000}, booksim.DoubleLine: {1, 10000}, booksim.MisstateLine: {0, 100},
		} {
			s := booksim.New(f, time.Now, lines)
			before, whole := counted(t, s, f)
			if err := s.SetFor(fault, 1); err != nil {
				t.Fatal(err)
			}
			if n, sum := counted(t, s, f); n-before != want.lines || sum-whole != want.sum {
				t.Errorf("%s, %s: %d lines more, %d fen more", name, fault, n-before, sum-whole)
			}
			if n, sum := counted(t, s, f); n != before || sum != whole {
				t.Errorf("%s, %s: it stays: %d lines", name, fault, n)
			}
		}
	}
}

func counted(t *testing.T, s *booksim.Server, f booksim.Form) (lines, sum int64) {
	t.Helper()
	b, err := s.Book("20261128")
	if err != nil {
		t.Fatal(err)
	}
	_, all, err := read(f, b)
	if err != nil {
		t.Fatal(err)
	}

	return all.Count, int64(all.Sum)
}

// TestFileFaults make the whole file wrong, and a reader says so.
func TestFileFaults(t *testing.T) {
	for name, f := range forms() {
		for _, fault := range []booksim.Fault{booksim.Misdate, booksim.Truncate, booksim.Garble, booksim.Mistotal} {
			s := booksim.New(f, time.Now, lines)
			err := s.SetFor(fault, 1)
			if fault == booksim.Mistotal && !f.Totals {
				if err == nil {
					t.Errorf("%s has no totals, and they can be wrong", name)
				}

				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			b, err := s.Book("20261128")
			if err != nil {
				t.Fatal(err)
			}
			var faults *form.Faults
			if got, _, err := read(f, b); !errors.As(err, &faults) {
				t.Errorf("%s, %s: %d lines were read, %v", name, fault, len(got), err)
			}
		}
	}
}

func TestAnswer(t *testing.T) {
	s := booksim.New(booksim.Ledger104(), time.Now, lines)
	for request, want := range map[string]string{
		"BOOK 104 20261127\n":  "OK 0 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n",
		"BOOK posp 20261128\n": "ERROR this is 104\n",
		"BOOK 104 2026-1-2\n":  "ERROR \"2026-1-2\" is no date\n",
		"BOOK 104 20261328\n":  "ERROR \"20261328\" is no date\n",
		"GET / HTTP/1.1\r\n":   "ERROR want BOOK KIND YYYYMMDD\n",
	} {
		if got := string(s.Answer(request)); got != want {
			t.Errorf("%q: %q", request, got)
		}
	}
	if got := string(s.Answer("BOOK 104 20261128\n")); !strings.HasPrefix(got, "OK 212 ") {
		t.Errorf("%.80q", got)
	}
	if err := s.SetFor(booksim.Late, 1); err != nil || string(s.Answer("BOOK 104 20261128\n")) != "NONE\n" {
		t.Error(err)
	}
}

// TestDown: while it is down nothing listens, and a connection that was let in is ended.
func TestDown(t *testing.T) {
	s := booksim.New(booksim.BankCSV(), time.Now, lines)
	at := make(chan net.Addr, 8)
	done := make(chan error, 1)
	go func() { done <- s.ListenAndServe(t.Context(), "127.0.0.1:0", func(a net.Addr) { at <- a }) }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	addr := (<-at).String()
	ask := func() string {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return ""
		}
		defer c.Close()
		var b bytes.Buffer
		_, _ = c.Write([]byte("BOOK bank 20261128\n"))
		_, _ = b.ReadFrom(c)

		return b.String()
	}
	if got := ask(); !strings.HasPrefix(got, "OK ") {
		t.Errorf("%.40q", got)
	}
	if err := s.Set(booksim.Down, true); err != nil {
		t.Fatal(err)
	}
	if got := ask(); got != "" {
		t.Errorf("down: %.40q", got)
	}
	for { // up again at once, and nobody need have noticed that it was down
		c, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		_ = c.Close()
	}
	if err := s.Set(booksim.Down, false); err != nil {
		t.Fatal(err)
	}
	<-at
	if got := ask(); !strings.HasPrefix(got, "OK ") {
		t.Errorf("up again: %.40q", got)
	}
}

// TestDeliver: a folder gets the files that the field names, each of its terminal, class
// and settle mode.
func TestDeliver(t *testing.T) {
	for name, want := range map[string][]string{
		"104":    {"WK_10000001_02_05_3301_20261128_2026112801.txt", "WK_10000001_02_21_3301_20261128_2026112801.txt", "WK_10000002_01_01_3301_20261128_2026112801.txt"},
		"posp":   {"POSDTLFILE20261128"},
		"alipay": {"2088000000000001_20261128_业务明细.csv"},
		"wechat": {"1900000001All2026-11-28.csv"},
		"bank":   {"DS_20261128.csv"},
	} {
		dir := t.TempDir()
		s := booksim.New(forms()[name], time.Now, lines)
		if err := s.Deliver(dir, "20261128"); err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			got[e.Name()] = true
		}
		if d := cmp.Diff(want, slices.Sorted(maps.Keys(got))); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
		b, err := os.ReadFile(filepath.Join(dir, want[0]))
		if all, _, bad := read(forms()[name], b); err != nil || bad != nil || len(all) == 0 {
			t.Errorf("%s: %d lines, %v, %v", name, len(all), err, bad)
		}
	}
}
