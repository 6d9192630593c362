package ledger

import (
	"fmt"
	"strings"
	"testing"

	"wattkiosk/payments/compensation"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

// told is lines as a test names them: yuan, debits above 0.
func told(lines []Line) string {
	var all []string
	for _, l := range lines {
		all = append(all, fmt.Sprintf("%s %d", l.Account, l.Amount/100))
	}

	return strings.Join(all, ", ")
}

// of are the facts of a payment of 100, with a note of 50 that nobody can place where
// there is doubt.
func of(c compensation.Facts) Facts {
	f := Facts{Facts: c, In: CashInKiosk, Goods: PayableMIS}
	if c.Route == compensation.OfPurchase {
		f.Goods = PayableCardSystem
	}
	switch c.Money {
	case leg.Moving, leg.Done:
		f.Held = 10000
	case leg.Undoing:
		f.In, f.Held = BankReceivable, 10000
	case leg.Unknown:
		f.In, f.Unsure = BankReceivable, 10000
	case leg.Undone:
		f.In = BankReceivable
	}
	if c.Back || c.Route == compensation.OfPublic {
		f.In = BankReceivable
	}
	if c.Post == leg.Done || c.Route == compensation.OfPublic && c.Money == leg.Done {
		f.Booked = 10000
	}
	if c.Doubt {
		f.Notes = []Note{{Value: 5000}}
	}

	return f
}

const (
	waits    = "cash-in-kiosk 100, customers -100"
	booked   = "cash-in-kiosk 100, payable-mis -100"
	sold     = "cash-in-kiosk 100, payable-cardsystem -100"
	owed     = "cash-in-kiosk 100, refunds-due -100"
	disputed = "cash-in-kiosk 100, suspense -100"

	waitsBank    = "bank-receivable 100, customers -100"
	bookedBank   = "bank-receivable 100, payable-mis -100"
	soldBank     = "bank-receivable 100, payable-cardsystem -100"
	owedBank     = "bank-receivable 100, refunds-due -100"
	disputedBank = "bank-receivable 100, suspense -100"

	doubt          = "suspense 50, refunds-due -50"
	waitsDoubt     = "cash-in-kiosk 100, suspense 50, customers -100, refunds-due -50"
	bookedDoubt    = "cash-in-kiosk 100, suspense 50, payable-mis -100, refunds-due -50"
	soldDoubt      = "cash-in-kiosk 100, suspense 50, payable-cardsystem -100, refunds-due -50"
	owedDoubt      = "cash-in-kiosk 100, suspense 50, refunds-due -150"
	disputedDoubt  = "cash-in-kiosk 100, suspense -50, refunds-due -50" // 100 in dispute, 50 in doubt
	unknown        = "suspense 100, refunds-due -100"
	nothing        = ""
	bookedNotThere = "suspense 100, payable-mis -100"
	soldNotThere   = "suspense 100, payable-cardsystem -100"
)

// cells are what the books hold for every cell of the table that can be, and for those
// that head office's own knowledge of a posting can come to.
var cells = map[compensation.Facts]string{
	{Money: leg.None}:                 nothing,
	{Money: leg.Moving}:               waits,
	{Money: leg.Moving, Doubt: true}:  waitsDoubt,
	{Money: leg.NotDone}:              nothing,
	{Money: leg.NotDone, Doubt: true}: doubt,

	{Money: leg.Done}:                    waits,
	{Money: leg.Done, Post: leg.Moving}:  waits,
	{Money: leg.Done, Post: leg.Done}:    booked,
	{Money: leg.Done, Post: leg.NotDone}: owed,
	{Money: leg.Done, Post: leg.Unknown}: disputed,

	{Money: leg.Done, Doubt: true}:                    waitsDoubt,
	{Money: leg.Done, Doubt: true, Post: leg.Moving}:  waitsDoubt,
	{Money: leg.Done, Doubt: true, Post: leg.Done}:    bookedDoubt,
	{Money: leg.Done, Doubt: true, Post: leg.NotDone}: owedDoubt,
	{Money: leg.Done, Doubt: true, Post: leg.Unknown}: disputedDoubt,

	{Money: leg.Done, Back: true}:                    waitsBank,
	{Money: leg.Done, Back: true, Post: leg.Moving}:  waitsBank,
	{Money: leg.Done, Back: true, Post: leg.Done}:    bookedBank,
	{Money: leg.Done, Back: true, Post: leg.NotDone}: owedBank,
	{Money: leg.Done, Back: true, Post: leg.Unknown}: disputedBank,

	{Money: leg.Undoing}:                    owedBank,
	{Money: leg.Undoing, Post: leg.NotDone}: owedBank,
	{Money: leg.Undone}:                     nothing,
	{Money: leg.Undone, Post: leg.NotDone}:  nothing,
	{Money: leg.Unknown}:                    unknown,

	{Route: compensation.OfPublic, Money: leg.None}:             nothing,
	{Route: compensation.OfPublic, Money: leg.Moving}:           waitsBank,
	{Route: compensation.OfPublic, Money: leg.NotDone}:          nothing,
	{Route: compensation.OfPublic, Money: leg.Done}:             bookedBank,
	{Route: compensation.OfPublic, Money: leg.Done, Back: true}: bookedBank,
	{Route: compensation.OfPublic, Money: leg.Undoing}:          owedBank,
	{Route: compensation.OfPublic, Money: leg.Undone}:           nothing,
	{Route: compensation.OfPublic, Money: leg.Unknown}:          unknown,

	{Route: compensation.OfPurchase, Money: leg.None}:                 nothing,
	{Route: compensation.OfPurchase, Money: leg.Moving}:               waits,
	{Route: compensation.OfPurchase, Money: leg.Moving, Doubt: true}:  waitsDoubt,
	{Route: compensation.OfPurchase, Money: leg.NotDone}:              nothing,
	{Route: compensation.OfPurchase, Money: leg.NotDone, Doubt: true}: doubt,
	{Route: compensation.OfPurchase, Money: leg.Unknown}:              unknown,

	{Route: compensation.OfPurchase, Money: leg.Done}:                                       waits,
	{Route: compensation.OfPurchase, Money: leg.Done, Post: leg.Moving}:                     waits,
	{Route: compensation.OfPurchase, Money: leg.Done, Post: leg.Unknown}:                    disputed,
	{Route: compensation.OfPurchase, Money: leg.Done, Post: leg.Done}:                       sold,
	{Route: compensation.OfPurchase, Money: leg.Done, Post: leg.Done, Card: leg.Moving}:     sold,
	{Route: compensation.OfPurchase, Money: leg.Done, Post: leg.Done, Card: leg.Done}:       sold,
	{Route: compensation.OfPurchase, Money: leg.Done, Post: leg.Done, Card: leg.NotDone}:    sold,
	{Route: compensation.OfPurchase, Money: leg.Done, Post: leg.Done, Card: leg.Unknown}:    sold,
	{Route: compensation.OfPurchase, Money: leg.Done, Post: leg.NotDone}:                    owed,
	{Route: compensation.OfPurchase, Money: leg.Done, Post: leg.NotDone, Card: leg.Moving}:  waits,
	{Route: compensation.OfPurchase, Money: leg.Done, Post: leg.NotDone, Card: leg.Done}:    disputed,
	{Route: compensation.OfPurchase, Money: leg.Done, Post: leg.NotDone, Card: leg.NotDone}: owed,
	{Route: compensation.OfPurchase, Money: leg.Done, Post: leg.NotDone, Card: leg.Unknown}: disputed,

	{Route: compensation.OfPurchase, Money: leg.Done, Doubt: true}:                                       waitsDoubt,
	{Route: compensation.OfPurchase, Money: leg.Done, Doubt: true, Post: leg.Moving}:                     waitsDoubt,
	{Route: compensation.OfPurchase, Money: leg.Done, Doubt: true, Post: leg.Unknown}:                    disputedDoubt,
	{Route: compensation.OfPurchase, Money: leg.Done, Doubt: true, Post: leg.Done}:                       soldDoubt,
	{Route: compensation.OfPurchase, Money: leg.Done, Doubt: true, Post: leg.Done, Card: leg.Moving}:     soldDoubt,
	{Route: compensation.OfPurchase, Money: leg.Done, Doubt: true, Post: leg.Done, Card: leg.Done}:       soldDoubt,
	{Route: compensation.OfPurchase, Money: leg.Done, Doubt: true, Post: leg.Done, Card: leg.NotDone}:    soldDoubt,
	{Route: compensation.OfPurchase, Money: leg.Done, Doubt: true, Post: leg.Done, Card: leg.Unknown}:    soldDoubt,
	{Route: compensation.OfPurchase, Money: leg.Done, Doubt: true, Post: leg.NotDone}:                    owedDoubt,
	{Route: compensation.OfPurchase, Money: leg.Done, Doubt: true, Post: leg.NotDone, Card: leg.Moving}:  waitsDoubt,
	{Route: compensation.OfPurchase, Money: leg.Done, Doubt: true, Post: leg.NotDone, Card: leg.Done}:    disputedDoubt,
	{Route: compensation.OfPurchase, Money: leg.Done, Doubt: true, Post: leg.NotDone, Card: leg.NotDone}: owedDoubt,
	{Route: compensation.OfPurchase, Money: leg.Done, Doubt: true, Post: leg.NotDone, Card: leg.Unknown}: disputedDoubt,

	{Route: compensation.OfPurchase, Money: leg.Done, Back: true}:                                       waitsBank,
	{Route: compensation.OfPurchase, Money: leg.Done, Back: true, Post: leg.Moving}:                     waitsBank,
	{Route: compensation.OfPurchase, Money: leg.Done, Back: true, Post: leg.Unknown}:                    disputedBank,
	{Route: compensation.OfPurchase, Money: leg.Done, Back: true, Post: leg.Done}:                       soldBank,
	{Route: compensation.OfPurchase, Money: leg.Done, Back: true, Post: leg.Done, Card: leg.Moving}:     soldBank,
	{Route: compensation.OfPurchase, Money: leg.Done, Back: true, Post: leg.Done, Card: leg.Done}:       soldBank,
	{Route: compensation.OfPurchase, Money: leg.Done, Back: true, Post: leg.Done, Card: leg.NotDone}:    soldBank,
	{Route: compensation.OfPurchase, Money: leg.Done, Back: true, Post: leg.Done, Card: leg.Unknown}:    soldBank,
	{Route: compensation.OfPurchase, Money: leg.Done, Back: true, Post: leg.NotDone}:                    owedBank,
	{Route: compensation.OfPurchase, Money: leg.Done, Back: true, Post: leg.NotDone, Card: leg.Moving}:  waitsBank,
	{Route: compensation.OfPurchase, Money: leg.Done, Back: true, Post: leg.NotDone, Card: leg.Done}:    disputedBank,
	{Route: compensation.OfPurchase, Money: leg.Done, Back: true, Post: leg.NotDone, Card: leg.NotDone}: owedBank,
	{Route: compensation.OfPurchase, Money: leg.Done, Back: true, Post: leg.NotDone, Card: leg.Unknown}: disputedBank,

	{Route: compensation.OfPurchase, Money: leg.Undoing}:                                       owedBank,
	{Route: compensation.OfPurchase, Money: leg.Undoing, Post: leg.NotDone}:                    owedBank,
	{Route: compensation.OfPurchase, Money: leg.Undoing, Post: leg.NotDone, Card: leg.NotDone}: owedBank,
	{Route: compensation.OfPurchase, Money: leg.Undone}:                                        nothing,
	{Route: compensation.OfPurchase, Money: leg.Undone, Post: leg.NotDone}:                     nothing,
	{Route: compensation.OfPurchase, Money: leg.Undone, Post: leg.NotDone, Card: leg.NotDone}:  nothing,

	{Route: compensation.OfRewrite, Card: leg.None}:    nothing,
	{Route: compensation.OfRewrite, Card: leg.Moving}:  nothing,
	{Route: compensation.OfRewrite, Card: leg.Done}:    nothing,
	{Route: compensation.OfRewrite, Card: leg.NotDone}: nothing,
	{Route: compensation.OfRewrite, Card: leg.Unknown}: nothing,
}

// never are cells that only what head office knows of a posting can come to, and not the
// journal by itself.
var never = map[compensation.Facts]string{
	{Money: leg.Undone, Post: leg.Done}:                                  bookedNotThere,
	{Money: leg.NotDone, Post: leg.Done}:                                 bookedNotThere,
	{Money: leg.Unknown, Post: leg.Done}:                                 "suspense 200, payable-mis -100, refunds-due -100",
	{Money: leg.Moving, Post: leg.Unknown}:                               disputed,
	{Money: leg.Undoing, Post: leg.Unknown}:                              disputedBank,
	{Money: leg.Undone, Post: leg.Unknown}:                               nothing,
	{Route: compensation.OfPurchase, Money: leg.Undone, Post: leg.Done}:  soldNotThere,
	{Route: compensation.OfPurchase, Money: leg.Moving, Card: leg.Done}:  disputed,
	{Route: compensation.OfPublic, Money: leg.Undoing, Post: leg.Moving}: disputedBank,
}

func TestEveryCell(t *testing.T) {
	for f, want := range never {
		holds(t, of(f), want)
		if cell(f).Never == "" {
			t.Errorf("%#v can be", f)
		}
	}

	both, seen := []bool{false, true}, 0
	for route := compensation.OfBill; route <= compensation.OfRewrite; route++ {
		for m := leg.None; m <= leg.Undone; m++ {
			for p := leg.None; p <= leg.Unknown; p++ {
				for c := leg.None; c <= leg.Unknown; c++ {
					for _, doubt := range both {
						for _, back := range both {
							f := compensation.Facts{Route: route, Money: m, Doubt: doubt, Back: back, Post: p, Card: c}
							if cell(f).Never != "" {
								balances(t, of(f))
								continue
							}
							seen++
							want, has := cells[f]
							if !has {
								t.Errorf("%#v: no line in the table", f)
							}
							holds(t, of(f), want)
						}
					}
				}
			}
		}
	}
	if seen != len(cells) {
		t.Errorf("%d cells can be, the table has %d", seen, len(cells))
	}
}

func holds(t *testing.T, f Facts, want string) {
	t.Helper()
	balances(t, f)
	lines, err := Desired(f)
	if got := told(lines); got != want || err != nil {
		t.Errorf("%#v:\n%s, %v\nwant %s", f, got, err, want)
	}
}

func balances(t *testing.T, f Facts) {
	t.Helper()
	lines, err := Desired(f)
	if err == nil && len(lines) > 0 {
		err = Check(lines)
	}
	if err != nil {
		t.Errorf("%#v: %s: %v", f, told(lines), err)
	}
}

// TestSettled: what people did about what is owed, disputed, or in doubt.
func TestSettled(t *testing.T) {
	owes := of(compensation.Facts{Money: leg.Done, Post: leg.NotDone})
	disputes := of(compensation.Facts{Money: leg.Done, Post: leg.Unknown})
	kept := of(compensation.Facts{Money: leg.Unknown})
	kept.Held, kept.Unsure = 10000, 0 // the bank took it, and refused to give it back
	tells := of(compensation.Facts{Money: leg.Unknown})
	waitsFor := of(compensation.Facts{Money: leg.Done, Post: leg.Moving})
	isBooked := of(compensation.Facts{Money: leg.Done, Post: leg.Done})

	for _, c := range []struct {
		of   Facts
		by   Settlement
		want string
	}{
		{owes, Settlement{}, owed},
		{owes, Settlement{How: PaidOut, Amount: 10000}, "cash-in-kiosk 100, counter -100"},
		{owes, Settlement{How: PaidOut, Amount: 4000}, "cash-in-kiosk 100, refunds-due -60, counter -40"},
		{owes, Settlement{How: PaidOut, Amount: 20000}, "cash-in-kiosk 100, suspense 100, counter -200"}, // the counter gave too much
		{owes, Settlement{How: Kept}, "cash-in-kiosk 100, surplus -100"},
		{owes, Settlement{How: ByPerson}, "cash-in-kiosk 100, suspense -100"},
		{owes, Settlement{How: WentBack}, nothing},

		{disputes, Settlement{}, disputed},
		{disputes, Settlement{How: PaidOut, Amount: 10000}, "cash-in-kiosk 100, counter -100"},
		{disputes, Settlement{How: Kept}, "cash-in-kiosk 100, surplus -100"},
		{disputes, Settlement{How: ByPerson}, disputed},

		{kept, Settlement{}, owedBank},
		{kept, Settlement{How: PaidOut, Amount: 10000}, "bank-receivable 100, counter -100"},
		{kept, Settlement{How: WentBack}, nothing},
		{tells, Settlement{}, unknown},
		{tells, Settlement{How: PaidOut, Amount: 10000}, "suspense 100, counter -100"},
		{tells, Settlement{How: ByPerson}, nothing}, // nobody has it, nobody is owed it
		{tells, Settlement{How: WentBack}, nothing},

		{waitsFor, Settlement{How: ByPerson}, waits}, // a case of something else
		{waitsFor, Settlement{How: PaidOut, Amount: 10000}, "cash-in-kiosk 100, suspense 100, customers -100, counter -100"},
		{isBooked, Settlement{How: PaidOut, Amount: 10000}, "cash-in-kiosk 100, suspense 100, payable-mis -100, counter -100"}, // given, and booked after all
		{isBooked, Settlement{How: WentBack}, bookedNotThere},
	} {
		c.of.Settled = c.by
		holds(t, c.of, c.want)
	}
}

// TestNotes: a note in doubt is owed until its case is settled, wherever it is.
func TestNotes(t *testing.T) {
	for _, c := range []struct {
		note Note
		want string
	}{
		{Note{Value: 5000}, doubt},
		{Note{Value: 5000, Found: true}, "cash-in-kiosk 50, refunds-due -50"},
		{Note{Value: 5000, Found: true, Settled: Settlement{How: PaidOut, Amount: 5000}}, "cash-in-kiosk 50, counter -50"},
		{Note{Value: 5000, Found: true, Settled: Settlement{How: Kept}}, "cash-in-kiosk 50, surplus -50"},
		{Note{Value: 5000, Found: true, Settled: Settlement{How: ByPerson}}, "cash-in-kiosk 50, suspense -50"},
		{Note{Value: 5000, Settled: Settlement{How: PaidOut, Amount: 5000}}, "suspense 50, counter -50"},
		{Note{Value: 5000, Settled: Settlement{How: ByPerson}}, nothing},
		{Note{Value: 5000, Settled: Settlement{How: WentBack}}, nothing},
	} {
		f := of(compensation.Facts{Money: leg.NotDone, Doubt: true})
		f.Notes = []Note{c.note}
		holds(t, f, c.want)
	}
}

// TestAmountsThatCannotBe are refused, and never wrap around.
func TestAmountsThatCannotBe(t *testing.T) {
	most := money.Amount(1<<63 - 1)
	f := of(compensation.Facts{Money: leg.NotDone, Doubt: true})
	f.Notes = []Note{{Value: most}, {Value: 1}}
	if lines, err := Desired(f); err == nil {
		t.Errorf("%v", lines)
	}
	f = of(compensation.Facts{Money: leg.Undone, Post: leg.Done})
	f.Booked, f.Held = most, -2
	if lines, err := Desired(f); err == nil {
		t.Errorf("%v", lines)
	}
}
