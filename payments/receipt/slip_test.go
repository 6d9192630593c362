package receipt

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
)

var update = flag.Bool("update", false, "rewrite the goldens")

const serial = "10000001010000000005"

var (
	china = time.FixedZone("Asia/Shanghai", 8*3600)
	kiosk = Kiosk{Terminal: "10000001", Utility: "示范供电公司", Site: "城东营业厅", Place: "示范市人民路1号", Hotline: "95598", Zone: china, Fleet: FleetOf([]byte("a fleet"))}
	at    = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)
)

func txn(t *testing.T, events ...payments.Event) payments.Transaction {
	t.Helper()

	return txnBy(t, "cash", 500000, events...)
}

func txnBy(t *testing.T, tender string, limit money.Amount, events ...payments.Event) payments.Transaction {
	t.Helper()
	opened := payments.Opened{Account: "1000000001", Name: "张**", Address: "示范市人民路***", Arrears: 12850, Online: true, Tender: tender, Limit: limit, OpenedAt: at.UnixMilli()}
	var x payments.Transaction
	for _, e := range append([]payments.Event{opened}, events...) {
		var err error
		if x, _, err = payments.Step(x, serial, e); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

func TestGoldenSlips(t *testing.T) {
	note := func(i int, v int64) []payments.Event {
		return []payments.Event{cash.NoteAccepted{Note: i, Value: amount(v)}, cash.NoteStacked{Note: i, Value: amount(v)}}
	}
	paidIn := append(append(note(0, 100), note(1, 20)...), note(2, 10)...)
	closed := cash.Closed{Total: 13000, Account: "1000000001", Tender: "cash", ClosedAt: at.UnixMilli()}
	lost := []payments.Event{cash.NoteAccepted{Note: 3, Value: 5000}, cash.NoteUnresolved{Note: 3, Value: 5000}}
	with := func(more ...payments.Event) []payments.Event {
		return append(append([]payments.Event{}, paidIn...), more...)
	}
	for name, c := range map[string]struct {
		events []payments.Event
		copyNo int
	}{
		"paid":       {with(closed, post.OutcomeLearned{Status: post.Posted, Code: "1001", Reference: "M20261123000001", ToArrears: 12850, ToAdvance: 150}), 1},
		"reprint":    {with(closed, post.OutcomeLearned{Status: post.Posted, Code: "1001", Reference: "M20261123000001", ToArrears: 12850, ToAdvance: 150}), 2},
		"pending":    {with(closed), 1},
		"owed":       {with(closed, post.OutcomeLearned{Status: post.Owed, Code: "1035", Text: "不支持部分缴费"}), 1},
		"disputed":   {with(closed, post.OutcomeLearned{Status: post.Disputed}), 1},
		"unresolved": {with(append(lost, closed)...), 1},
	} {
		for _, lang := range []Lang{Chinese, English} {
			got := text(Build(txn(t, c.events...), kiosk, lang, c.copyNo, at))
			golden(t, name, lang, got)
			if !strings.Contains(strings.ReplaceAll(got, " ", ""), serial) || !strings.Contains(got, "130.00") {
				t.Errorf("%s in %s lacks the serial or the amount", name, lang)
			}
		}
	}
}

// TestAPartPaymentSaysWhatIsStillOwed, as the screen does, and no credit of nothing. Where
// the arrears were not known nothing is said of what is left.
func TestAPartPaymentSaysWhatIsStillOwed(t *testing.T) {
	for name, c := range map[string]struct {
		arrears            money.Amount
		online             bool
		toArrears, advance money.Amount
		want, never        []string
	}{
		"part":        {12850, true, 8640, 0, []string{"冲抵欠费: ¥86.40\n仍欠: ¥42.10\n入账编号"}, []string{"转入预收"}},
		"exact":       {8640, true, 8640, 0, []string{"冲抵欠费: ¥86.40\n转入预收: ¥0.00\n"}, []string{"仍欠"}},
		"more":        {5000, true, 5000, 3640, []string{"冲抵欠费: ¥50.00\n转入预收: ¥36.40\n"}, []string{"仍欠"}},
		"put aside":   {12850, true, 5000, 3640, []string{"冲抵欠费: ¥50.00\n仍欠: ¥78.50\n转入预收: ¥36.40\n"}, nil},
		"nobody knew": {12850, false, 8640, 0, []string{"冲抵欠费: ¥86.40\n"}, []string{"仍欠", "42.10", "128.50", "欠费: ¥0.00\n"}},
	} {
		x := payments.Transaction{}
		for _, e := range []payments.Event{
			payments.Opened{Account: "1000000001", Arrears: c.arrears, Online: c.online, Tender: "bankcard", Limit: 8640, OpenedAt: at.UnixMilli()},
			bankcard.SaleOrdered{N: 1, Terminal: "12345678", Merchant: "123456789012345", Batch: "000042", Trace: "000317", Amount: 8640, At: at.UnixMilli()},
			bankcard.SaleAnswered{N: 1, Approved: true, Response: "00", Reference: "120001234567"},
			bankcard.Closed{Total: 8640, Account: "1000000001", ClosedAt: at.UnixMilli(), Reason: "paid"},
			post.OutcomeLearned{Status: post.Posted, Reference: "M1", ToArrears: c.toArrears, ToAdvance: c.advance},
		} {
			var err error
			if x, _, err = payments.Step(x, serial, e); err != nil {
				t.Fatal(name, err)
			}
		}
		got := text(Build(x, kiosk, Chinese, 1, at))
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %q:\n%s", name, want, got)
			}
		}
		for _, never := range c.never {
			if strings.Contains(got, never) {
				t.Errorf("%s has %q:\n%s", name, never, got)
			}
		}
	}
}

// TestGoldenSlipsOfCards: whatever became of the sale, the slip has all by which the bank
// finds it.
func TestGoldenSlipsOfCards(t *testing.T) {
	sale := bankcard.SaleOrdered{
		N: 1, Terminal: "12345678", Merchant: "123456789012345", Batch: "000042", Trace: "000317", Amount: 12850, Card: "622588******0019",
		Entry: bankcard.Chip, Application: "PBOC DEBIT", AID: "A000000333010101", At: at.UnixMilli(),
	}
	answer := bankcard.SaleAnswered{N: 1, Approved: true, Response: "00", Reference: "120001234567", Auth: "A12345", SettleDate: "1123"}
	paid := bankcard.Closed{Total: 12850, Account: "1000000001", ClosedAt: at.UnixMilli(), Reason: "paid", Certificate: "0123456789ABCDEF"}
	silent := []payments.Event{
		sale,
		bankcard.ReversalOrdered{N: 1, Why: bankcard.NoAnswer, At: at.UnixMilli()},
		bankcard.Closed{Account: "1000000001", ClosedAt: at.UnixMilli(), Reason: "no-answer"},
	}
	refused := []payments.Event{
		sale, answer, paid,
		post.OutcomeLearned{Status: post.Owed, Code: "1035"},
		bankcard.ReversalOrdered{N: 1, Why: bankcard.PostingRefused, At: at.UnixMilli()},
	}
	done := bankcard.ReversalAnswered{N: 1, Done: true, Response: "00"}
	for name, events := range map[string][]payments.Event{
		"card-paid":      {sale, answer, paid, post.OutcomeLearned{Status: post.Posted, Reference: "M20261123000001", ToArrears: 12850}},
		"card-pending":   {sale, answer, paid},
		"card-unsure":    silent,
		"card-reversed":  append(slices.Clone(silent), done),
		"card-returning": refused,
		"card-returned":  append(slices.Clone(refused), done),
		"card-voided": {
			sale, answer, paid,
			post.OutcomeLearned{Status: post.Posted, Reference: "M20261123000001", ToArrears: 12850},
			bankcard.Evidence{N: 1, What: bankcard.VoidOrdered, Order: "p-1"},
			bankcard.Evidence{N: 1, What: bankcard.Voided, Response: "00", Order: "p-1"},
		},
	} {
		x := txnBy(t, "bankcard", 12850, events...)
		for _, lang := range []Lang{Chinese, English} {
			got := text(Build(x, kiosk, lang, 1, at))
			golden(t, name, lang, got)
			for _, must := range []string{"622588******0019", "PBOC DEBIT", "12345678", "123456789012345", "000042", "000317", "128.50"} {
				if !strings.Contains(got, must) {
					t.Errorf("%s in %s lacks %s", name, lang, must)
				}
			}
		}
	}

	byBank := payments.Opened{
		Account: "1000000001", Name: "张**", Address: "示范市人民路***", Arrears: 12850, Online: true, Tender: "bankcard", Limit: 12850, ByBank: true,
		OpenedAt: at.UnixMilli(),
	}
	var public payments.Transaction
	for _, e := range []payments.Event{byBank, sale, answer, paid} {
		var err error
		if public, _, err = payments.Step(public, serial, e); err != nil {
			t.Fatal(err)
		}
	}
	for _, lang := range []Lang{Chinese, English} {
		golden(t, "card-paid-by-bank", lang, text(Build(public, kiosk, lang, 1, at)))
	}

	declined := []payments.Event{
		sale, bankcard.SaleAnswered{N: 1, Response: "51"}, bankcard.Closed{Account: "1000000001", ClosedAt: at.UnixMilli(), Reason: "declined"},
	}
	if got := KindOf(txnBy(t, "bankcard", 12850, declined...)); got != "" {
		t.Errorf("a declined sale has a slip: %q", got)
	}
}

// TestGoldenSlipsOfPurchases: what was sold, and whether it is on the card; and never a
// word of arrears, or the meter's whole number.
func TestGoldenSlipsOfPurchases(t *testing.T) {
	facts := metercard.Facts{Serial: "1122334455667788", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "202600001234", Customer: "1000000003", Count: 4, Purse: 5000, Loaded: 4}
	energy := metercard.Sold{Number: "SD20261123000917", Card: facts.Serial, Count: 5, Amount: 10000, Energy: 18284}
	plain := energy
	plain.Energy = 0
	bought := payments.Opened{
		Purpose: payments.Purchase, Account: "1000000003", Name: "张**", Address: "示范市人民路***", Minimum: 1000, Online: true, Tender: "cash", Limit: 100000,
		OpenedAt: at.UnixMilli(), MeterCard: facts,
	}
	later := payments.Opened{
		Purpose: payments.Rewrite, Account: "1000000003", Name: "张**", Address: "示范市人民路***", Online: true, OpenedAt: at.UnixMilli(), MeterCard: facts,
		Original: "10000001010000000003", Sold: energy,
	}
	paid := []payments.Event{
		bought,
		cash.NoteAccepted{Value: 10000},
		cash.NoteStacked{Value: 10000},
		cash.Closed{Total: 10000, Account: "1000000003", Tender: "cash", ClosedAt: at.UnixMilli()},
	}
	sold := func(s metercard.Sold, more ...payments.Event) []payments.Event {
		return append(append(slices.Clone(paid), post.OutcomeLearned{Status: post.Posted, Reference: s.Number, ToAdvance: 10000, Sold: s}), more...)
	}
	begun := metercard.WriteBegun{N: 1, Card: facts.Serial, Count: 5, Amount: 10000}
	on := metercard.WriteEnded{N: 1, Outcome: metercard.Written, Count: 5, Purse: 10000}
	left := metercard.GaveUp{Why: "no-card", At: at.UnixMilli()}

	for name, c := range map[string]struct {
		events []payments.Event
		copyNo int
		must   []string
	}{
		"purchase":           {sold(energy, begun, on), 1, []string{"100.00", "182.84", "0.5469", "SD20261123000917"}},
		"purchase-plain":     {sold(plain, begun, on), 2, []string{"100.00", "SD20261123000917"}},
		"purchase-pending":   {paid, 1, []string{"100.00"}},
		"purchase-unwritten": {sold(energy, left), 1, []string{"100.00", "SD20261123000917"}},
		"purchase-unsure":    {sold(energy, begun, metercard.WriteEnded{N: 1, Outcome: metercard.Unsure}, left), 1, []string{"100.00"}},
		"purchase-owed":      {append(slices.Clone(paid), post.OutcomeLearned{Status: post.Owed, Code: "11219", Text: "旧卡"}), 1, []string{"100.00"}},
		"rewritten":          {[]payments.Event{later, begun, on}, 1, []string{"100.00", "SD20261123000917", "1000 0001 0100 0000 0003"}},
	} {
		var x payments.Transaction
		for _, e := range c.events {
			var err error
			if x, _, err = payments.Step(x, serial, e); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for _, lang := range []Lang{Chinese, English} {
			got := text(Build(x, kiosk, lang, c.copyNo, at))
			golden(t, name, lang, got)
			for _, must := range append(c.must, "**1234", InFours(serial)) {
				if !strings.Contains(got, must) {
					t.Errorf("%s in %s lacks %s", name, lang, must)
				}
			}
			for _, never := range []string{"202600001234", "欠费", "Owed", "预收", "Credit", "%!"} {
				if strings.Contains(got, never) {
					t.Errorf("%s in %s says %s", name, lang, never)
				}
			}
		}
	}
}

// TestOnlyABookedPaymentHasAnInvoice: a slip about money that was not booked, or was never
// paid, does not send anybody for an invoice.
func TestOnlyABookedPaymentHasAnInvoice(t *testing.T) {
	note := []payments.Event{cash.NoteAccepted{Value: amount(100)}, cash.NoteStacked{Value: amount(100)}}
	closed := cash.Closed{Total: 10000, Account: "1000000001", Tender: "cash", ClosedAt: at.UnixMilli()}
	after := func(more ...payments.Event) payments.Transaction {
		return txn(t, append(append(slices.Clone(note), closed), more...)...)
	}
	unsure := txnBy(t, "bankcard", 12850,
		bankcard.SaleOrdered{
			N: 1, Terminal: "12345678", Merchant: "123456789012345", Batch: "000042", Trace: "000317", Amount: 12850, Card: "622588******0019",
			Entry: bankcard.Chip, At: at.UnixMilli(),
		},
		bankcard.ReversalOrdered{N: 1, Why: bankcard.NoAnswer, At: at.UnixMilli()},
		bankcard.Closed{Account: "1000000001", ClosedAt: at.UnixMilli(), Reason: "no-answer"})
	const now, later = "Not for reimbursement. A service hall exchanges it for an invoice.", "Not for reimbursement. Once booked, a service hall exchanges it for an invoice."
	for _, c := range []struct {
		name string
		of   payments.Transaction
		want string // the only line about an invoice
	}{
		{"paid", after(post.OutcomeLearned{Status: post.Posted, Reference: "M1", ToArrears: 10000}), now},
		{"pending", after(), later},
		{"owed", after(post.OutcomeLearned{Status: post.Owed, Code: "1035"}), ""},
		{"disputed", after(post.OutcomeLearned{Status: post.Disputed}), ""},
		{"unsure", unsure, ""},
	} {
		var got string
		for line := range strings.Lines(text(Build(c.of, kiosk, English, 1, at))) {
			if strings.Contains(line, "invoice") {
				got += strings.TrimSpace(line)
			}
			if c.name == "unsure" && strings.HasPrefix(line, "Paid by") {
				t.Error("a slip says how it was paid, where nobody knows that it was")
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNoSlipWhereNoMoneyStayed(t *testing.T) {
	if got := KindOf(txn(t, cash.Closed{Account: "1000000001"})); got != "" {
		t.Errorf("kind %q", got)
	}
}

// TestEveryWordIsInBothLanguages finds words that one language lacks.
func TestEveryWordIsInBothLanguages(t *testing.T) {
	for key := range words[Chinese] {
		if _, ok := words[English][key]; !ok {
			t.Errorf("English lacks %q", key)
		}
	}
	for key := range words[English] {
		if _, ok := words[Chinese][key]; !ok {
			t.Errorf("Chinese lacks %q", key)
		}
	}
}

func text(s Slip) string {
	var b strings.Builder
	for _, l := range s.Lines {
		switch {
		case l.Style == Rule:
			b.WriteString("----")
		case l.Style == Code:
			b.WriteString("[QR " + l.Value + "]")
		case l.Label != "":
			b.WriteString(l.Label + ": " + l.Value)
		default:
			b.WriteString(l.Value)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func golden(t *testing.T, name string, lang Lang, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+"."+string(lang)+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s in %s:\n%s\nwant:\n%s", name, lang, got, want)
	}
}

func amount(yuan int64) money.Amount { return money.Yuan(yuan) }

// TestMasked shows the last four digits.
func TestMasked(t *testing.T) {
	for digits, want := range map[string]string{"": "", "1234": "1234", "51234": "**1234", "202600001234": "**1234"} {
		if got := Masked(digits); got != want {
			t.Errorf("%s: %s", digits, got)
		}
	}
}
