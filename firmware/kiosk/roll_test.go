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
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/metercard"
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
		rolled(t, string(state), x, verdict, "130.00", "1000 0001 0100 0000 0042")
	}
}

// TestSlipsOfCardsFitTheRoll: so do the chip's own name, number and certificate; also on the
// slip of a sale that two people had voided.
func TestSlipsOfCardsFitTheRoll(t *testing.T) {
	paid := payments.Transaction{
		Serial: "10000001010000000042", Purpose: payments.Bill, Tender: payments.BankCard, Account: "1000000001", Name: "张**", Address: "示范市人民路***",
		Arrears: money.Known(8640), Online: true,
		Card: bankcard.Leg{
			Amount: 8640, State: bankcard.Approved, Sales: 1, Closed: true, Total: 8640, Reason: "paid", ClosedAt: time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC), Certificate: "A47A7D75417A2B55",
			Sale: bankcard.SaleOrdered{
				N: 1, Terminal: "12345678", Merchant: "105290073724601", Batch: "000001", Trace: "087654", Amount: 8640, Card: "622588******0019",
				Entry: bankcard.Chip, Application: "UNIONPAY CREDIT", AID: "A000000333010102",
			},
			Answer: bankcard.SaleAnswered{N: 1, Approved: true, Response: "00", Reference: "261201000002", Auth: "185021"},
		},
		Post: post.Leg{State: post.Posted, Amount: 8640, Result: post.Outcome{Status: post.Posted, ToArrears: 8640, Reference: "MIS20261201000000001"}},
	}
	voided := paid
	voided.Card.Evidence = []bankcard.Evidence{{N: 1, What: bankcard.VoidOrdered}, {N: 1, What: bankcard.Voided, Response: "00"}}
	rolled(t, "card-paid", paid, [2]string{"缴费成功", "PAID"}, "86.40", "A000000333010102", "A47A7D75417A2B55", "622588******0019", "UNIONPAY CREDIT")
	rolled(t, "card-voided", voided, [2]string{"消费已撤销", "SALE VOIDED"}, "86.40", "A000000333010102", "A47A7D75417A2B55", "622588******0019")
}

// TestSlipsOfPurchasesFitTheRoll: the count, the energy and both numbers stay on a line of
// their own too, wherever a line has room for the label and the value.
func TestSlipsOfPurchasesFitTheRoll(t *testing.T) {
	sold := metercard.Sold{Number: "SD20261123000917", Card: "1122334455667788", Count: 5, Amount: 10000, Energy: 18284}
	bought := payments.Transaction{
		Serial: "10000001010000000042", Purpose: payments.Purchase, Tender: payments.Cash, Account: "1000000003", Name: "张**", Address: "示范市人民路***", Online: true,
		MeterCard: metercard.Facts{Serial: sold.Card, Meter: "202600001234"},
		Cash: cash.Leg{
			Limit: 500000, Total: 10000, Closed: true, ClosedAt: time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC),
			Notes: []cash.Note{{Value: 10000, State: cash.StateStacked}},
		},
		Post:  post.Leg{State: post.Posted, Amount: 10000, Result: post.Outcome{Status: post.Posted, ToAdvance: 10000, Sold: sold}},
		Write: metercard.Leg{State: metercard.On, Sold: sold, Writes: 1},
	}
	unwritten, unsure, pending := bought, bought, bought
	unwritten.Write.State, unwritten.Write.Sure = metercard.GoneAway, true
	unsure.Write.State = metercard.GoneAway
	pending.Post, pending.Write = post.Leg{State: post.Ordered, Amount: 10000}, metercard.Leg{}
	again := payments.Transaction{
		Serial: bought.Serial, Purpose: payments.Rewrite, Account: bought.Account, Online: true, MeterCard: bought.MeterCard, Original: "10000001010000000007",
		Carried: sold, Write: bought.Write, OpenedAt: bought.Cash.ClosedAt,
	}

	facts := []string{"182.84", "0.5469", "SD20261123000917", "**1234", "1000 0001 0100 0000 0042", "100.00"}
	rolled(t, "purchase", bought, [2]string{"购电成功", "BOUGHT"}, facts...)
	rolled(t, "purchase-unwritten", unwritten, [2]string{"已售电 未写卡", "NOT ON THE CARD"}, facts...)
	rolled(t, "purchase-unsure", unsure, [2]string{"已售电 待核对", "CHECK THE CARD"}, facts...)
	rolled(t, "purchase-pending", pending, [2]string{"已收款 待售电", "MONEY RECEIVED"}, "**1234", "100.00")
	rolled(t, "rewritten", again, [2]string{"补写成功", "CARD WRITTEN"}, append(facts, "1000 0001 0100 0000 0007")...)
}

// rolled prints the slip of a transaction in both languages on every width of paper. The
// verdict and the facts must stand on one line each.
func rolled(t *testing.T, name string, x payments.Transaction, verdict [2]string, facts ...string) {
	t.Helper()
	house := receipt.Kiosk{Terminal: "10000001", Utility: "示范供电公司", Site: "城东营业厅", Place: "示范市人民路1号", Hotline: "95598", Fleet: receipt.FleetOf([]byte("a fleet"))}
	for i, lang := range []receipt.Lang{receipt.Chinese, receipt.English} {
		for _, roll := range rolls {
			slip := printed(t, roll.columns, roll.dots, receipt.Build(x, house, lang, 1, x.Cash.ClosedAt))
			for _, want := range append([]string{verdict[i]}, facts...) {
				if !onOneLine(slip.Text(), want) {
					t.Errorf("%s %s %d: %q is not on one line:\n%s", name, lang, roll.columns, want, slip.Text())
				}
			}
			if dir := os.Getenv("WATTKIOSK_SHOTS"); dir != "" {
				keepPicture(t, filepath.Join(dir, "slips", fmt.Sprintf("%s-%s-%d.png", name, lang, roll.columns)), slip)
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
