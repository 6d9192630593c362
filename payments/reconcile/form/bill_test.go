package form

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"wattkiosk/payments/reconcile"
)

// unionBill and bankBill are two forms of bills that differ in all that can differ.
var (
	unionBill = Bill{
		Serial: "商户订单号", Reference: "系统流水号", Amount: "交易金额", Time: "交易时间", Layout: "20060102150405", Kind: "交易类型", Paid: []string{"消费"}, Back: []string{"退货", "撤销"},
		Totals: BillTotals{Begins: "合计", Count: 2, Sum: 3, Backs: 4, Back: 5},
	}
	bankBill = Bill{
		Serial: "order", Amount: "fen", Time: "at", Layout: "2006-01-02 15:04:05", Fen: true, Kind: "type", Paid: []string{"PAY"},
		Totals: BillTotals{Begins: "TOTAL", Count: 2, Sum: 3},
	}
)

const unionText = "商户订单号,系统流水号,交易时间,交易类型,交易金额\n" +
	"10000001000000000001,U1,20261123090000,消费,86.40\n" +
	"10000001000000000002,U2,20261123090100,消费,10.00\n" +
	"10000001000000000002,U3,20261123090200,退货,-10.00\n" +
	"合计,2,96.40,1,-10.00\n"

const bankText = "type,order,at,fen\nPAY,10000001000000000001,2026-11-23 09:00:00,8640\nTOTAL,1,8640,\n"

func readBill(b Bill, content []byte) (entries []Entry, sum Summary, err error) {
	sum, err = Read(Acquirer, bytes.NewReader(content), Options{Name: "bill", Date: "20261123", Bill: &b}, func(e Entry) error {
		entries = append(entries, e)

		return nil
	})

	return entries, sum, err
}

// TestBillsAsData reads two bills whose forms are data, one of them in GB18030.
func TestBillsAsData(t *testing.T) {
	at := func(m int) time.Time { return time.Date(2026, 11, 23, 9, m, 0, 0, time.UTC) }
	chinese, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(unionText))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"UTF-8": []byte(unionText), "GB18030": chinese} {
		got, sum, err := readBill(unionBill, content)
		want := []Entry{
			{Line: 2, Serial: "10000001000000000001", Reference: "U1", Amount: 8640, Date: "20261123", At: at(0)},
			{Line: 3, Serial: "10000001000000000002", Reference: "U2", Amount: 1000, Date: "20261123", At: at(1)},
			{Line: 4, Serial: "10000001000000000002", Reference: "U3", Amount: 1000, Date: "20261123", At: at(2), State: reconcile.Reversed},
		}
		if d := cmp.Diff(want, got); d != "" || err != nil || sum.Count != 3 || sum.Sum != 9640 {
			t.Errorf("%s: %+v, %v (-want +got):\n%s", name, sum, err, d)
		}
	}
	got, sum, err := readBill(bankBill, []byte(bankText))
	want := []Entry{{Line: 2, Serial: "10000001000000000001", Amount: 8640, Date: "20261123", At: at(0)}}
	if d := cmp.Diff(want, got); d != "" || err != nil || sum.Count != 1 || sum.Sum != 8640 {
		t.Errorf("%+v, %v (-want +got):\n%s", sum, err, d)
	}
}

// TestFaultsOfBills: what is wrong with a bill is said by line and field, and refuses it.
func TestFaultsOfBills(t *testing.T) {
	for name, c := range map[string]struct {
		bill Bill
		text string
		want []Fault
	}{
		"cut off": {bankBill, bankText[:len(bankText)-len("TOTAL,1,8640,\n")], []Fault{{2, "", "no line with the totals: the file was cut off"}}},
		"wrong totals": {unionBill, unionText[:len(unionText)-len("合计,2,96.40,1,-10.00\n")] + "合计,3,86.40,0,0.00\n", []Fault{
			{5, "合计", "does not match the 2 lines"},
			{5, "合计", "does not match the sum of the lines, 96.40"},
			{5, "合计", "does not match the 1 lines"},
			{5, "合计", "does not match the sum of the lines, 10.00"},
		}},
		"more after the totals": {bankBill, bankText + bankText[len("type,order,at,fen\n"):], []Fault{
			{4, "", "follows the line with the totals"},
			{5, "", "follows the line with the totals"},
		}},
		"no header": {unionBill, bankText, []Fault{{3, "", "no header with 商户订单号, 交易金额, 交易时间, 交易类型, 系统流水号"}}},
		"of everything": {bankBill, "type,order,at,fen\nGIFT,x,yesterday,86.40\nPAY,10000001000000000001,2026-11-24 09:00:00,86.40\nPAY\nTOTAL,2,0\n", []Fault{
			{2, "at", "is no time of the form 2006-01-02 15:04:05"},
			{2, "type", "is none of PAY"},
			{3, "date", "is 20261124, the file is for 20261123"},
			{3, "fen", "is no amount in fen"},
			{4, "", "has 1 values, the header 4"},
		}},
	} {
		entries, _, err := readBill(c.bill, []byte(c.text))
		var faults *Faults
		if !errors.As(err, &faults) {
			t.Errorf("%s: %v, %v", name, entries, err)
			continue
		}
		if d := cmp.Diff(c.want, faults.List); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// TestFormsOfBills refuses forms by which no bill can be read, or none be known to be whole.
func TestFormsOfBills(t *testing.T) {
	for name, change := range map[string]func(*Bill){
		"no serial":      func(b *Bill) { b.Serial = "" },
		"no time":        func(b *Bill) { b.Layout = " " },
		"nothing paid":   func(b *Bill) { b.Paid = nil },
		"paid and back":  func(b *Bill) { b.Back = slices.Clone(b.Paid) },
		"no totals":      func(b *Bill) { b.Totals = BillTotals{} },
		"totals too far": func(b *Bill) { b.Totals.Sum = 65 },
		"a first cell":   func(b *Bill) { b.Totals.Count = 1 },
	} {
		b := unionBill
		change(&b)
		if _, _, err := readBill(b, []byte(unionText)); !errors.Is(err, ErrBill) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzBill(f *testing.F) {
	f.Add([]byte(unionText), true)
	f.Add([]byte(bankText), false)
	f.Fuzz(func(t *testing.T, content []byte, union bool) {
		b := bankBill
		if union {
			b = unionBill
		}
		entries, sum, err := readBill(b, content)
		if err == nil && int64(len(entries)) != sum.Count {
			t.Errorf("%d entries, counted %d", len(entries), sum.Count)
		}
	})
}
