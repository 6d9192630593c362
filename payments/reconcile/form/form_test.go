package form

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/reconcile"
)

var china = time.FixedZone("CST", 8*3600)

// read reads a file of the testdata, which Python wrote (see the columns of each form).
func read(t *testing.T, k Kind, content []byte, date string) ([]Entry, Summary, error) {
	t.Helper()
	var all []Entry
	s, err := Read(k, bytes.NewReader(content), Options{Name: "f", Date: date, Zone: china}, func(e Entry) error {
		all = append(all, e)

		return nil
	})

	return all, s, err
}

func file(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}

	return b
}

// TestGoldenFiles: each form as others write it.
func TestGoldenFiles(t *testing.T) {
	at := func(h, m, s int) time.Time { return time.Date(2026, 11, 28, h, m, s, 0, china) }
	for name, c := range map[string]struct {
		kind    Kind
		want    []Entry
		summary Summary
	}{
		"ledger104.txt": {Ledger104, []Entry{
			{Line: 1, Serial: "10000001000000000005", Account: "1000000001", Batch: "20261128", Terminal: "10000001", Amount: 12850, Date: "20261128"},
			{Line: 2, Serial: "10000001000000000006", Account: "1000000003", Batch: "20261128", Terminal: "10000001", Amount: 10000, Date: "20261128"},
		}, Summary{Kind: Ledger104, Count: 2, Sum: 22850}},
		"bank-gb18030.csv": {BankCSV, bankEntries(at), Summary{Kind: BankCSV, Count: 2, Sum: 12850}},
		"bank-utf8.csv":    {BankCSV, bankEntries(at), Summary{Kind: BankCSV, Count: 2, Sum: 12850}},
		"posp.txt": {POSPDetail, []Entry{
			{Line: 1, Card: "622588******1234", Terminal: "10000001", Trace: "000101", Reference: "000000000101", Amount: 8640, Date: "20261128", At: at(9, 10, 11)},
		}, Summary{Kind: POSPDetail, Count: 1, Sum: 8640}},
		"alipay.csv": {Acquirer, []Entry{
			{Line: 4, Serial: "10000001000000000007", Reference: "2026112822001", Amount: 8640, Date: "20261128", At: at(9, 0, 5)},
			{Line: 5, Serial: "10000001000000000008", Reference: "2026112822002", Amount: 2000, Date: "20261128", At: at(9, 30, 5), State: reconcile.Reversed},
		}, Summary{Kind: Acquirer, Count: 2, Sum: 8640, Backs: 1, Back: 2000}},
		"wechat.csv": {Acquirer, []Entry{
			{Line: 2, Serial: "10000001000000000009", Reference: "4200000001", Amount: 8640, Date: "20261128", At: at(9, 0, 0)},
			{Line: 3, Serial: "10000001000000000010", Reference: "4200000002", Amount: 2000, Date: "20261128", At: at(9, 10, 0), State: reconcile.Reversed},
		}, Summary{Kind: Acquirer, Count: 2, Sum: 8640, Backs: 1, Back: 2000}},
	} {
		got, s, err := read(t, c.kind, file(t, name), "20261128")
		if err != nil {
			t.Errorf("%s: %v", name, err)

			continue
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		if len(s.SHA256) != 64 {
			t.Errorf("%s: digest %q", name, s.SHA256)
		}
		if s.SHA256 = ""; s != c.summary {
			t.Errorf("%s: %+v, want %+v", name, s, c.summary)
		}
	}
}

func bankEntries(at func(h, m, s int) time.Time) []Entry {
	return []Entry{
		{Line: 2, Serial: "10000001000000000005", Account: "1000000001", Batch: "000001", Amount: 12850, Date: "20261128", At: at(9, 10, 11)},
		{Line: 3, Serial: "10000001000000000006", Account: "1000000002", Batch: "000001", Amount: 2000, Date: "20261128", At: at(10, 0, 0), State: reconcile.Reversed},
	}
}

// TestFaults: what is wrong is said by line and field, and nothing of the content.
func TestFaults(t *testing.T) {
	swap := func(name, old, now string) []byte {
		b := file(t, name)
		if !bytes.Contains(b, []byte(old)) {
			t.Fatalf("%s has no %q", name, old)
		}

		return bytes.Replace(b, []byte(old), []byte(now), 1)
	}
	cut := func(name string, n int) []byte { b := file(t, name); return b[:len(b)-n] }

	for name, c := range map[string]struct {
		kind    Kind
		content []byte
		want    string
	}{
		"empty":                 {Ledger104, nil, "f: the file is empty"},
		"104 cut off":           {Ledger104, cut("ledger104.txt", 10), "f, line 2: the last line has no end: the file was cut off"},
		"104 short line":        {Ledger104, swap("ledger104.txt", "20261128", "2026112"), "f, line 1: has 103 characters, not 104"},
		"104 wrong date":        {Ledger104, swap("ledger104.txt", "2026-11-28", "2026-11-27"), "f, line 1, account date: is 20261127, the file is for 20261128"},
		"104 no date":           {Ledger104, swap("ledger104.txt", "2026-11-28", "2026-13-28"), "f, line 1, account date: is no date of the form 2006-01-02"},
		"104 no amount":         {Ledger104, swap("ledger104.txt", "128.50", "128,50"), "f, line 1, amount: is no amount"},
		"104 negative":          {Ledger104, swap("ledger104.txt", " 128.50", "-128.50"), "f, line 1, amount: is no amount"},
		"104 not ASCII":         {Ledger104, swap("ledger104.txt", "   3301", "   电1"), "f, line 1: has characters that are not ASCII"},
		"104 padded right":      {Ledger104, swap("ledger104.txt", "  1000000001", "1000000001  "), "f, line 1, customer: has a space within, or is padded on its right (and 1 more)"},
		"104 no serial":         {Ledger104, swap("ledger104.txt", "10000001000000000005", "                    "), "f, line 1, serial: is missing or has more than 20 characters"},
		"bank no totals":        {BankCSV, cut("bank-utf8.csv", len("合计,2,128.50\n")), "f, line 3: no line with the totals: the file was cut off"},
		"bank wrong number":     {BankCSV, swap("bank-utf8.csv", "合计,2", "合计,3"), "f, line 4, 笔数: does not match the 2 lines"},
		"bank wrong sum":        {BankCSV, swap("bank-utf8.csv", "合计,2,128.50", "合计,2,148.50"), "f, line 4, 合计金额: does not match the sum of the lines, 128.50"},
		"bank no header":        {BankCSV, swap("bank-utf8.csv", "流水号", "流水"), "f, line 4: no header with 交易日期, 交易时间, 流水号, 户号, 金额, 状态, 批次号"},
		"bank two encodings":    {BankCSV, swap("bank-utf8.csv", "成功", "\xB3\xC9\xB9\xA6"), "f, line 2: is not in the encoding of the file's header (and 2 more)"},
		"bank state":            {BankCSV, swap("bank-utf8.csv", "成功", "失败"), "f, line 2, 状态: is neither 成功 nor 已冲正"},
		"bank quotes":           {BankCSV, swap("bank-utf8.csv", "成功", "\"成功"), "f, line 2: is no line of comma-separated values (and 2 more)"},
		"bank too few":          {BankCSV, swap("bank-utf8.csv", ",成功", ""), "f, line 2: has 6 values, not 7 (and 2 more)"},
		"bank after the end":    {BankCSV, append(file(t, "bank-utf8.csv"), "x\n"...), "f, line 5: follows the line with the totals"},
		"posp cut off":          {POSPDetail, cut("posp.txt", 2), "f, line 1: the last line has no end: the file was cut off"},
		"posp short":            {POSPDetail, swap("posp.txt", "SHOP", "SHO"), "f, line 1: has 518 bytes, not 519"},
		"posp amount":           {POSPDetail, swap("posp.txt", "000000008640", "00000000864O"), "f, line 1, amount: is no amount in fen"},
		"posp other day":        {POSPDetail, swap("posp.txt", "A1B2C31128", "A1B2C31127"), "f, line 1, date: is 20261127, the file is for 20261128"},
		"posp original":         {POSPDetail, swap("posp.txt", "SHOP                                                                 ", "SHOP                                    000001000101                 "), "f, line 1, original: names another payment, as a line of money that went back does: the form of such lines has to be given (--posp-form)"},
		"posp card":             {POSPDetail, swap("posp.txt", "6225881234561234", "62258812345612X4"), "f, line 1, card: is no card number"},
		"alipay kind":           {Acquirer, swap("alipay.csv", "\xBD\xBB\xD2\xD7,", "x,"), "f, line 4, 业务类型: is neither 交易 nor 退款"},
		"alipay number":         {Acquirer, swap("alipay.csv", "1\xB1\xCA", "2\xB1\xCA"), "f, line 7, 交易合计: does not match the 1 lines"},
		"alipay cut off":        {Acquirer, cut("alipay.csv", 16), "f, line 6: no line with the totals: the file was cut off"},
		"wechat number":         {Acquirer, swap("wechat.csv", "`2,`86.40", "`3,`86.40"), "f, line 5, 总交易单数: does not match the 2 lines"},
		"wechat sum":            {Acquirer, swap("wechat.csv", "`0.40000,`86.40", "`0.40000,`86.50"), "f, line 5, 订单总金额: does not match the sum of the lines, 86.40"},
		"wechat refunds":        {Acquirer, swap("wechat.csv", "`2,`86.40,`20.00", "`2,`86.40,`2.00"), "f, line 5, 退款总金额: does not match the sum of the lines, 20.00"},
		"wechat few sums":       {Acquirer, swap("wechat.csv", "`0.40000,`86.40,`20.00", "`0.40000"), "f, line 5, 订单总金额: does not match the sum of the lines, 86.40"},
		"alipay after the end":  {Acquirer, append(file(t, "alipay.csv"), bytes.SplitAfter(file(t, "alipay.csv"), []byte("\n"))[3]...), "f, line 8: follows the line with the totals"},
		"alipay twice":          {Acquirer, bytes.Repeat(file(t, "alipay.csv"), 2), "f, line 10: follows the line with the totals (and 2 more)"},
		"bank unseen":           {BankCSV, swap("bank-utf8.csv", "\xE6\x88\x90\xE5\x8A\x9F,", "\xE6\x88\x90\xE5\x8A\x9F,\x00"), "f, line 2, batch: has a character that cannot be seen"},
		"wechat cut off":        {Acquirer, cut("wechat.csv", len("`2,`86.40,`20.00,`0.00,`0.40000,`86.40,`20.00\r\n")), "f, line 4: no line with the totals: the file was cut off"},
		"a line without end":    {Ledger104, bytes.Repeat([]byte("x"), 10_000), "f, line 1: line is too long: more than 4096 bytes"},
		"other form altogether": {Acquirer, file(t, "ledger104.txt"), "f, line 2: no header with 支付宝交易号, 商户订单号, 业务类型, 完成时间, 订单金额（元）"},
	} {
		_, s, err := read(t, c.kind, c.content, "20261128")
		var faults *Faults
		if !errors.As(err, &faults) || err.Error() != c.want || s != (Summary{}) {
			t.Errorf("%s:\n got %v\nwant %s", name, err, c.want)
		}
	}
}

// TestFaultsAreBounded: a file that is wrong on every line is not kept in memory.
func TestFaultsAreBounded(t *testing.T) {
	_, _, err := read(t, Ledger104, bytes.Repeat([]byte("x\r\n"), 1000), "")
	var faults *Faults
	if !errors.As(err, &faults) || len(faults.List) != MaxFaults || faults.More != 950 {
		t.Errorf("%v", err)
	}
}

// TestNothingAfterAFault: once a file is wrong nothing of it is given on.
func TestNothingAfterAFault(t *testing.T) {
	b := file(t, "ledger104.txt")
	b = append([]byte("x\r\n"), b...)
	if got, _, err := read(t, Ledger104, b, ""); err == nil || len(got) != 0 {
		t.Errorf("%d entries, %v", len(got), err)
	}
}

// TestQuietDay: no byte is a book without payments only where the caller knows that it is
// whole, and only in a form that has nothing else to say so.
func TestQuietDay(t *testing.T) {
	for kind, want := range map[Kind]bool{Ledger104: true, POSPDetail: true, BankCSV: false, Acquirer: false} {
		s, err := Read(kind, strings.NewReader(""), Options{Date: "20261128", Quiet: true}, nil)
		if (err == nil) != want || want && (s.Count != 0 || s.SHA256 != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") {
			t.Errorf("%s: %+v, %v", kind, s, err)
		}
	}
}

// TestRoundTrip104: what is written is what Python writes, and is read as it was.
func TestRoundTrip104(t *testing.T) {
	lines := []Line104{
		{Terminal: "10000001", Serial: "10000001000000000005", Batch: "20261128", Class: "01", Date: "2026-11-28", Amount: 12850, Mode: "010301", Settle: "01", Customer: "1000000001", Unit: "3301"},
		{Terminal: "10000001", Serial: "10000001000000000006", Batch: "20261128", Class: "02", Date: "2026-11-28", Amount: 10000, Mode: "010302", Settle: "05", Customer: "1000000003", Unit: "3301"},
	}
	var b bytes.Buffer
	all := func(yield func(Line104) bool) {
		for _, l := range lines {
			if !yield(l) {
				return
			}
		}
	}
	if err := Write104(&b, all); err != nil || !bytes.Equal(b.Bytes(), file(t, "ledger104.txt")) {
		t.Errorf("%v\n%s", err, b.String())
	}
	for _, change := range []func(*Line104){
		func(l *Line104) { l.Serial += "0" }, func(l *Line104) { l.Unit = "电" }, func(l *Line104) { l.Amount = 1e15 },
	} {
		lines[0] = Line104{Serial: "1"}
		change(&lines[0])
		if lines[0].Serial == "10" {
			lines[0].Serial = strings.Repeat("1", 21)
		}
		if err := Write104(&b, all); !errors.Is(err, ErrWide) {
			t.Errorf("%+v: %v", lines[0], err)
		}
	}
}

// TestEachEndsIt: what is done with the entries may fail.
func TestEachEndsIt(t *testing.T) {
	full := errors.New("disk full")
	_, err := Read(Ledger104, bytes.NewReader(file(t, "ledger104.txt")), Options{}, func(Entry) error { return full })
	if !errors.Is(err, full) {
		t.Error(err)
	}
	if _, err := Read("x", strings.NewReader(""), Options{}, nil); err == nil {
		t.Error("a form that is none")
	}
}

// FuzzRead: nothing that a file may hold is more than faults, and no card number comes
// out of it.
func FuzzRead(f *testing.F) {
	kinds := []Kind{Ledger104, BankCSV, POSPDetail, Acquirer}
	for i, name := range []string{"ledger104.txt", "bank-gb18030.csv", "posp.txt", "alipay.csv", "wechat.csv", "bank-utf8.csv"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]uint8{0, 1, 2, 3, 3, 1}[i], b)
	}
	f.Fuzz(func(t *testing.T, kind uint8, b []byte) {
		n := int64(0)
		s, err := Read(kinds[int(kind)%len(kinds)], bytes.NewReader(b), Options{Name: "f", Date: "20261128"}, func(e Entry) error {
			n++
			if e.Amount < 0 || e.Card != "" && !strings.Contains(e.Card, "*") {
				return fmt.Errorf("line %d: %s", e.Line, e.Amount)
			}

			return nil
		})
		var faults *Faults
		if err != nil && !errors.As(err, &faults) {
			t.Fatal(err)
		}
		if err == nil && s.Count != n {
			t.Fatalf("%d entries, the summary says %d", n, s.Count)
		}
	})
}

// TestPOSPRefunds: by a bank's own form a line of money that went back is one of the sale that it
// names, and what is neither is refused.
func TestPOSPRefunds(t *testing.T) {
	form := Detail{Kind: Span{185, 3}, Paid: []string{"000"}, Back: []string{"220"}, Original: Span{168, 6}}
	line := string(file(t, "posp.txt"))
	as := func(kind, original string) string {
		b := []byte(line)
		copy(b[184:], kind)
		copy(b[167:], original)

		return string(b)
	}
	all := []Entry{}
	run := func(content string) (Summary, error) {
		all = all[:0]
		return Read(POSPDetail, strings.NewReader(content), Options{Name: "f", Date: "20261128", Zone: china, Detail: &form}, func(e Entry) error {
			all = append(all, e)

			return nil
		})
	}
	s, err := run(as("000", "      ") + as("220", "000077"))
	if err != nil || s.Count != 2 || s.Sum != 8640 || s.Backs != 1 || s.Back != 8640 || len(all) != 2 || all[0].Trace != "000101" || all[1].Trace != "000077" || all[1].State != reconcile.Reversed || all[1].Amount != 8640 {
		t.Errorf("%+v, %+v, %v", s, all, err)
	}
	for content, want := range map[string]string{
		as("999", "000077"): "f, line 1, kind: is none of 000, 220",
		as("220", "      "): "f, line 1, original: is no number of at most 6 digits",
		line:                "f, line 1, kind: is none of 000, 220",
	} {
		if _, err := run(content); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for name, wrong := range map[string]Detail{
		"no part of the line": {Kind: Span{518, 3}, Paid: []string{"000"}},
		"no word":             {Kind: Span{185, 3}},
		"one word for both":   {Kind: Span{185, 3}, Paid: []string{"1"}, Back: []string{"1"}, Original: Span{168, 6}},
		"no original":         {Kind: Span{185, 3}, Paid: []string{"1"}, Back: []string{"2"}},
	} {
		if err := wrong.Check(); !errors.Is(err, ErrDetail) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTimesAtNewYear: a POSP's times have no year, and are of the one next to the date.
func TestTimesAtNewYear(t *testing.T) {
	line := func(day, clock string) []byte {
		b := bytes.Replace(file(t, "posp.txt"), []byte("1128091011"), []byte(clock), 1)

		return bytes.Replace(b, []byte("A1B2C31128"), []byte("A1B2C3"+day), 1)
	}
	for _, c := range []struct{ date, clock, want string }{
		{"20261231", "0101000005", "2027-01-01 00:00:05"},
		{"20270101", "1231235959", "2026-12-31 23:59:59"},
		{"20270101", "0101000000", "2027-01-01 00:00:00"},
		{"20280229", "0229120000", "2028-02-29 12:00:00"},
	} {
		all, _, err := read(t, POSPDetail, line(c.date[4:], c.clock), c.date)
		if err != nil || len(all) == 0 || all[0].At.Format(time.DateTime) != c.want {
			t.Errorf("%s of %s: %v, %v", c.clock, c.date, all, err)
		}
	}
}
