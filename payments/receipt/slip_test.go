package receipt

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
)

var update = flag.Bool("update", false, "rewrite the goldens")

const serial = "10000001010000000005"

var (
	china = time.FixedZone("Asia/Shanghai", 8*3600)
	kiosk = Kiosk{Terminal: "10000001", Utility: "示范供电公司", Site: "城东营业厅", Place: "示范市人民路1号", Hotline: "95598", Zone: china}
	at    = time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)
)

func txn(t *testing.T, events ...payments.Event) payments.Transaction {
	t.Helper()
	opened := payments.Opened{Account: "1000000001", Name: "张**", Address: "示范市人民路***", Arrears: 12850, Online: true, Tender: "cash", Limit: 500000, OpenedAt: at.UnixMilli()}
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
			if !strings.Contains(strings.ReplaceAll(got, " ", ""), serial) || !strings.Contains(got, "130.00") {
				t.Errorf("%s in %s lacks the serial or the amount", name, lang)
			}
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

func amount(yuan int64) money.Amount { return money.Yuan(yuan) }
