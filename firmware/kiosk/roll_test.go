package kiosk

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/printer/escpos"
	"wattkiosk/hal/printer/escpos/escpossim"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/payments/receipt"
)

// rolls are the widths of paper that kiosks have, in columns and in dots.
var rolls = []struct{ columns, dots int }{{48, 576}, {32, 384}}

// TestSlipsFitTheRoll prints each kind of slip on both widths of paper: the verdict, in
// large type, stays on one line, and so do the amount and the twenty digits. With
// WATTKIOSK_SHOTS=dir it keeps pictures.
func TestSlipsFitTheRoll(t *testing.T) {
	base := payments.Transaction{
		Serial: "10000001010000000042", Purpose: payments.Bill, Tender: payments.Cash, Account: "1000000001", Name: "张**", Address: "示范市人民路***",
		Arrears: money.Known(12850), Online: true, Cash: cash.Leg{
			Limit: 500000, Total: 13000, Closed: true, ClosedAt: time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC),
			Notes: []cash.Note{{Value: 10000, State: cash.StateStacked}, {Value: 2000, State: cash.StateStacked}, {Value: 1000, State: cash.StateStacked}},
		},
	}
	house := receipt.Kiosk{Terminal: "10000001", Utility: "示范供电公司", Site: "城东营业厅", Place: "示范市人民路1号", Hotline: "95598"}
	verdicts := map[post.State][2]string{
		post.Posted: {"缴费成功", "PAID"}, post.Ordered: {"已收款 待入账", "MONEY RECEIVED"},
		post.Owed: {"缴费未成功", "NOT COMPLETED"}, post.Disputed: {"正在核实", "BEING CHECKED"},
	}
	for state, verdict := range verdicts {
		x := base
		x.Post = post.Leg{State: state, Amount: 13000, Result: post.Outcome{Status: state}}
		if state == post.Posted {
			x.Post.Result.ToArrears, x.Post.Result.ToAdvance, x.Post.Result.Reference = 12850, 150, "SG20261123000917"
		}
		for i, lang := range []receipt.Lang{receipt.Chinese, receipt.English} {
			for _, roll := range rolls {
				name := fmt.Sprintf("%s-%s-%d", state, lang, roll.columns)
				slip := printed(t, roll.columns, roll.dots, receipt.Build(x, house, lang, 1, x.Cash.ClosedAt))
				for _, want := range []string{verdict[i], "130.00", "1000 0001 0100 0000 0042"} {
					if !onOneLine(slip.Text(), want) {
						t.Errorf("%s: %q is not on one line:\n%s", name, want, slip.Text())
					}
				}
				if dir := os.Getenv("WATTKIOSK_SHOTS"); dir != "" {
					keepPicture(t, filepath.Join(dir, "slips", name+".png"), slip)
				}
			}
		}
	}
}

func printed(t *testing.T, columns, dots int, s receipt.Slip) escpossim.Slip {
	t.Helper()
	job, err := escpos.Layout{Columns: columns}.Encode(Page(s))
	if err != nil {
		t.Fatal(err)
	}
	d := escpossim.New(escpossim.Config{Dots: dots})
	at := time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC)
	d.Receive(at, job.Bytes())
	for end := at.Add(time.Minute); !at.IsZero() && !at.After(end); at = d.Wake() {
		d.Advance(at)
	}
	slips := d.Slips()
	if len(slips) != 1 {
		t.Fatalf("%d slips", len(slips))
	}

	return slips[0]
}

func onOneLine(text, want string) bool {
	for line := range strings.Lines(text) {
		if strings.Contains(line, want) {
			return true
		}
	}

	return false
}

func keepPicture(t *testing.T, file string, s escpossim.Slip) {
	t.Helper()
	png, err := s.PNG()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, png, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
