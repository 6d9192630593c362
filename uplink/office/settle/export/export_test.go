package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"wattkiosk/payments"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/settle/export"
)

// rows is a store with what it holds.
type rows struct {
	postings     []books.Posting
	transactions []books.Transaction
	broken       error // after the first page
}

func (r *rows) Update(context.Context, func(export.Tx) error) error {
	panic("an export changes nothing")
}

func (r *rows) View(_ context.Context, fn func(export.Tx) error) error { return fn(r) }

func (r *rows) Transactions(_ context.Context, serials []string) (out []books.Transaction, err error) {
	for _, t := range r.transactions {
		if slices.Contains(serials, t.Serial) {
			out = append(out, t)
		}
	}

	return out, nil
}

func (r *rows) DayPostings(_ context.Context, day, after string, limit int) (out []books.Posting, err error) {
	if after != "" && r.broken != nil {
		return nil, r.broken
	}
	for _, p := range r.postings {
		if p.BusinessDate == day && p.Serial > after && len(out) < limit {
			out = append(out, p)
		}
	}

	return out, nil
}

func (r *rows) Unposted(_ context.Context, from, to time.Time, after settle.OpenedKey, limit int) (out []books.Transaction, err error) {
	for _, t := range r.transactions { // which are in that order
		posted := slices.ContainsFunc(r.postings, func(p books.Posting) bool { return p.Serial == t.Serial })
		later := t.OpenedAt > after.At || t.OpenedAt == after.At && t.Serial > after.Serial
		if !posted && later && t.OpenedAt >= from.UnixMilli() && t.OpenedAt < to.UnixMilli() && len(out) < limit {
			out = append(out, t)
		}
	}

	return out, nil
}

var china = time.FixedZone("CST", 8*3600)

// posted is a posting of the date.
func posted(serial, account, tender string, amount money.Amount, state posting.State, reason string) books.Posting {
	p := posting.New(mis.Payment{
		Serial: serial, Account: account, Amount: amount, BusinessDate: "20261128", Time: "20261128091011", Tender: tender, Kiosk: "10000001",
	}, time.Time{})
	p.State, p.Reference, p.Reason = state, "M-"+serial[len(serial)-2:], reason

	return books.Posting{Posting: p}
}

// store is a date with all that there can be on it.
func store() *rows {
	sale := posted("10000001000000000003", "1000000003", "bankcard", 10000, posting.Posted, "")
	sale.Card = metercard.Facts{Serial: "1"}
	booking := posted(posting.BookingSerial(sale.Serial), "1000000003", "bankcard", 10000, posting.Posted, "")
	other := posted("10000001000000000009", "1000000001", "cash", 100, posting.Posted, "")
	other.BusinessDate = "20261129"
	at := func(h, m int) int64 { return time.Date(2026, 11, 28, h, m, 0, 0, china).UnixMilli() }

	return &rows{
		postings: []books.Posting{
			posted("10000001000000000001", "1000000001", "cash", 12850, posting.Posted, ""),
			posted("10000001000000000002", "1000000002", "qr", 5, posting.Owed, "=HYPERLINK(\"http://x\")"), sale, booking, other,
		},
		transactions: []books.Transaction{
			{Serial: "10000001000000000001", Name: "@张**"},
			{Serial: "10000001000000000005", Kiosk: "10000001", Account: "1000000004", Tender: "bankcard", Status: books.StatusPosted, Total: 3000, OpenedAt: at(-1, 59), ClosedAt: at(0, 1), Reference: "B1"},
			{Serial: "10000001000000000004", Kiosk: "10000001", Account: "1000000004", Name: "李*", Tender: "cash", Status: books.StatusUndone, Total: 2000, OpenedAt: at(10, 0), ClosedAt: at(10, 5)},
			{Serial: "10000001000000000006", Kiosk: "10000001", Tender: "cash", Status: books.StatusUndone, Total: 9900, OpenedAt: at(23, 59), ClosedAt: at(24, 1)}, // tomorrow's
			{Serial: "10000001000000000007", Kiosk: "10000001", Tender: "cash", Status: books.StatusCancelled, OpenedAt: at(11, 0)},
			{Serial: "10000001000000000008", Kiosk: "10000001", Status: books.StatusPosted, Total: 1, OpenedAt: at(12, 0), Folded: &payments.Transaction{Purpose: payments.Rewrite}},
		},
	}
}

func write(t *testing.T, r *rows, f export.Form) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := export.New(r, china).Write(t.Context(), f, "20261128", &b); err != nil {
		t.Fatal(err)
	}

	return b.Bytes()
}

// table is what csv and xlsx say of the date.
var table = [][]string{
	{"流水号", "终端号", "户号", "户名", "业务", "支付方式", "金额", "账务日期", "支付时间", "状态", "入账编号", "原因"},
	{"10000001000000000001", "10000001", "1000000001", "'@张**", "电费缴纳", "现金", "128.50", "2026-11-28", "2026-11-28 09:10:11", "已入账", "M-01", ""},
	{"10000001000000000002", "10000001", "1000000002", "", "电费缴纳", "扫码", "0.05", "2026-11-28", "2026-11-28 09:10:11", "待退补", "M-02", "'=HYPERLINK(\"http://x\")"},
	{"10000001000000000003", "10000001", "1000000003", "", "购电", "银行卡", "100.00", "2026-11-28", "2026-11-28 09:10:11", "已入账", "M-03", ""},
	{"10000001000000000005", "10000001", "1000000004", "", "电费缴纳", "银行卡", "30.00", "2026-11-28", "2026-11-28 00:01:00", "已入账", "B1", ""},
	{"10000001000000000004", "10000001", "1000000004", "李*", "电费缴纳", "现金", "20.00", "2026-11-28", "2026-11-28 10:05:00", "已退回", "", ""},
}

// TestCSV: the byte order mark has Excel read it as UTF-8, and no cell is a formula.
func TestCSV(t *testing.T) {
	b := write(t, store(), export.CSV)
	rest, marked := bytes.CutPrefix(b, []byte{0xEF, 0xBB, 0xBF})
	if !marked || bytes.Count(rest, []byte("\r\n")) != len(table) {
		t.Errorf("%q", b)
	}
	got, err := csv.NewReader(bytes.NewReader(rest)).ReadAll()
	if d := cmp.Diff(table, got); d != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
}

// TestXLSX: the same, and only amounts are numbers.
func TestXLSX(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(write(t, store(), export.XLSX)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.GetSheetList(); !slices.Equal(got, []string{"2026-11-28"}) {
		t.Errorf("sheets %v", got)
	}
	got, err := f.GetRows("2026-11-28")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range got {
		for len(row) < len(table[0]) { // it leaves out what is empty at the end
			row = append(row, "")
		}
		got[i] = row
	}
	if d := cmp.Diff(table, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	for cell, want := range map[string]excelize.CellType{"A2": excelize.CellTypeInlineString, "C2": excelize.CellTypeInlineString, "G2": excelize.CellTypeUnset, "L3": excelize.CellTypeInlineString} {
		if got, err := f.GetCellType("2026-11-28", cell); err != nil || got != want {
			t.Errorf("%s is %v, %v", cell, got, err)
		}
		if formula, err := f.GetCellFormula("2026-11-28", cell); err != nil || formula != "" {
			t.Errorf("%s: formula %q", cell, formula)
		}
	}
}

// Test104: what stands, as those read it who reconcile by it.
func Test104(t *testing.T) {
	b := write(t, store(), export.Ledger104)
	want := "" +
		"1000000110000001000000000001  20261128012026-11-28         128.5001030101              1000000001       \r\n" +
		"1000000110000001000000000003  20261128022026-11-28         100.0001030205              1000000003       \r\n" +
		"1000000110000001000000000005  20261128012026-11-28          30.0001030105              1000000004       \r\n"
	if d := cmp.Diff(want, string(b)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	s, err := form.Read(form.Ledger104, bytes.NewReader(b), form.Options{Date: "20261128"}, func(form.Entry) error { return nil })
	if err != nil || s.Count != 3 || s.Sum != 25850 {
		t.Errorf("%+v, %v", s, err)
	}
	if b := write(t, &rows{}, export.Ledger104); len(b) != 0 {
		t.Errorf("%q", b)
	}
}

// TestHarmless: each beginning that a program of sheets acts on, also behind a quote or a space
// and where it divides cells at other signs, and those that it does not. Who reads it back reads
// the apostrophe too.
func TestHarmless(t *testing.T) {
	r, want := &rows{}, []string{}
	for i, c := range [][2]string{
		{"=1", "'=1"},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@x", "'@x"},
		{"\tx", " x"},
		{"\t=x", " '=x"},
		{"\r=x", " '=x"},
		{"\n=x", " '=x"},
		{"＝1", "'＝1"},
		{"＋1", "'＋1"},
		{"－1", "'－1"},
		{"＠x", "'＠x"},
		{`"=1`, `"'=1`},
		{`""=1`, `""'=1`},
		{`" "=1`, `" "'=1`},
		{" =1", " '=1"},
		{"\u00a0=1", "\u00a0'=1"},
		{"\ufeff=1", "\ufeff'=1"},
		{"x;=1", "x;'=1"},
		{"x,=1", "x,'=1"},
		{`x";"=1`, `x";"'=1`},
		{"x\r\n=1,y", "x  '=1,y"},
		{"x\u2028=1", "x '=1"},
		{"1", "1"},
		{"", ""},
		{"'=1", "'=1"},
		{"张=1", "张=1"},
		{"a-b", "a-b"},
		{"2-1;b", "2-1;b"},
		{"a@b", "a@b"},
	} {
		r.postings = append(r.postings, posted(fmt.Sprintf("%020d", i), "1", "cash", 1, posting.Disputed, c[0]))
		want = append(want, c[1])
	}
	lines, err := csv.NewReader(bytes.NewReader(write(t, r, export.CSV)[3:])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for name, rows := range map[string][][]string{"csv": lines, "xlsx": sheetOf(t, write(t, r, export.XLSX))} {
		for i, row := range rows[1:] {
			row = append(row, "") // a sheet leaves out what is empty at the end
			if row[11] != want[i] {
				t.Errorf("%s: %q is written as %q, want %q", name, r.postings[i].Reason, row[11], want[i])
			}
		}
	}
}

// sheetOf are the rows of a sheet, in which nothing is a formula.
func sheetOf(t *testing.T, b []byte) [][]string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("2026-11-28")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		for j := range row {
			cell, _ := excelize.CoordinatesToCellName(j+1, i+1)
			if formula, err := f.GetCellFormula("2026-11-28", cell); err != nil || formula != "" {
				t.Errorf("%s is the formula %q, %v", cell, formula, err)
			}
		}
	}

	return rows
}

// TestManyPages: each payment once, whatever the pages.
func TestManyPages(t *testing.T) {
	r := &rows{}
	for i := range 1203 {
		r.postings = append(r.postings, posted(fmt.Sprintf("%020d", i), "1", "cash", 1, posting.Posted, ""))
	}
	for i := range 1001 {
		r.transactions = append(r.transactions, books.Transaction{
			Serial: fmt.Sprintf("9%019d", i), Status: books.StatusUndone, Total: 1, Tender: "cash", OpenedAt: time.Date(2026, 11, 28, 9, 0, i/7, 0, china).UnixMilli(),
		})
	}
	seen := map[string]int{}
	if err := export.New(r, china).Rows(t.Context(), "20261128", func(p export.Row) error { seen[p.Serial]++; return nil }); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1203+1001 {
		t.Errorf("%d payments", len(seen))
	}
	for serial, n := range seen {
		if n != 1 {
			t.Errorf("%s %d times", serial, n)
		}
	}
}

// TestFailures come out, and are no end of the payments.
func TestFailures(t *testing.T) {
	lost := errors.New("the books are away")
	r := &rows{broken: lost}
	for i := range 600 {
		r.postings = append(r.postings, posted(fmt.Sprintf("%020d", i), "1", "cash", 1, posting.Posted, ""))
	}
	wide := &rows{postings: []books.Posting{posted("1000000100000000000100", "1", "cash", 1, posting.Posted, "")}}
	for _, f := range export.Forms() {
		var b bytes.Buffer
		if err := export.New(r, china).Write(t.Context(), f, "20261128", &b); !errors.Is(err, lost) {
			t.Errorf("%s: %v", f, err)
		}
		if err := export.New(r, china).Write(t.Context(), f, "2026-11-28", &b); !errors.Is(err, settle.ErrDate) {
			t.Errorf("%s: %v", f, err)
		}
		err := export.New(wide, china).Write(t.Context(), f, "20261128", &b)
		if errors.Is(err, form.ErrWide) != (f == export.Ledger104) || errors.Is(err, export.ErrFit) != (f == export.Ledger104) {
			t.Errorf("%s: %v", f, err)
		}
	}
	if _, err := export.Parse("pdf"); !errors.Is(err, export.ErrForm) || !strings.Contains(err.Error(), "104, csv or xlsx") {
		t.Error(err)
	}
}

// TestNoColumnIsAFormula: whatever a field holds that comes from kiosks, the MIS, a bank's line or
// people, no cell of either table begins as a formula does, as it is divided by commas or by
// semicolons; and the form of 104 columns, which has no place for an apostrophe, is refused.
func TestNoColumnIsAFormula(t *testing.T) {
	const acts = `1+cmd|' /C calc'!A0`
	for _, begin := range []string{"=", "+", "-", "@", "\t=", "\r=", "\n=", "\v=", "＝", "＋", "－", "＠", `"=`, `"";"=`, " =", "x;=", `x","=`} {
		bad := begin + acts
		p := posted(bad, bad, bad, 12850, posting.Disputed, bad)
		p.Kiosk, p.Reference, p.Reason = bad, bad, bad
		r := &rows{
			postings:     []books.Posting{p},
			transactions: []books.Transaction{{Serial: bad, Kiosk: bad, Account: bad, Name: bad, Tender: bad, Reference: bad}},
		}
		text := write(t, r, export.CSV)[3:]
		lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil || len(lines) != 2 {
			t.Fatal(len(lines), err)
		}
		sheet := sheetOf(t, write(t, r, export.XLSX))
		others := csv.NewReader(bytes.NewReader(text))
		others.Comma, others.LazyQuotes, others.FieldsPerRecord = ';', true, -1
		split, err := others.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for name, row := range map[string][]string{"csv": lines[1], "xlsx": sheet[1], "csv by semicolons": slices.Concat(split[1:]...)} {
			for i, cell := range row {
				if begins := strings.TrimLeft(cell, "\" \t\r\n"); begins != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(begins)[0]) {
					t.Errorf("%q: %q in column %d of %s", begin, cell, i, name)
				}
			}
		}

		p.State = posting.Posted
		r.postings[0] = p
		if err := export.New(r, china).Write(t.Context(), export.Ledger104, "20261128", &bytes.Buffer{}); !errors.Is(err, export.ErrFit) {
			t.Errorf("%q in 104 columns: %v", begin, err)
		}
	}
}

// TestShortFormulas: what would fit a column is no value of one.
func TestShortFormulas(t *testing.T) {
	for _, bad := range []string{"=1+1", "+1", "-1", "@A1"} {
		for field, set := range map[string]func(*books.Posting){
			"serial": func(p *books.Posting) { p.Serial = bad }, "account": func(p *books.Posting) { p.Account = bad }, "kiosk": func(p *books.Posting) { p.Kiosk = bad },
		} {
			p := posted("10000001000000000001", "1", "cash", 1, posting.Posted, "")
			set(&p)
			var b bytes.Buffer
			if err := export.New(&rows{postings: []books.Posting{p}}, china).Write(t.Context(), export.Ledger104, "20261128", &b); !errors.Is(err, export.ErrFit) || b.Len() > 0 {
				t.Errorf("%s %q: %v, %q", field, bad, err, b.String())
			}
		}
	}
}
