package where

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wattkiosk/payments/compensation"
	"wattkiosk/payments/ledger"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/books"
)

const serial = "10000001000000000042"

// told is parts as a test names them: yuan, place, standing, and what names them.
func told(parts []Part) string {
	var all []string
	for _, p := range parts {
		line := fmt.Sprintf("%d %s %s", p.Amount/100, p.Place, p.Standing)
		for _, more := range []string{p.Collection, p.Number, p.Case, string(p.Through)} {
			if more != "" {
				line += " " + more
			}
		}
		all = append(all, line)
	}

	return strings.Join(all, "; ")
}

func cash(post leg.Fact, booked money.Amount) ledger.Facts {
	return ledger.Facts{
		Facts: compensation.Facts{Money: leg.Done, Post: post}, In: ledger.CashInKiosk, Goods: ledger.PayableMIS, Held: 15000, Booked: booked,
	}
}

func settledBy(f ledger.Facts, how ledger.How, amount money.Amount) ledger.Facts {
	f.Settled = ledger.Settlement{How: how, Amount: amount}
	return f
}

func TestOf(t *testing.T) {
	owed := books.Case{ID: "owed-1", Class: books.ClassOwed, Open: true}
	shut := books.Case{ID: "owed-1", Class: books.ClassOwed, ClosedBy: "zhang, li", ClosedAt: 9}
	posted := &books.Posting{}
	posted.Reference, posted.Amount = "MIS-77", 15000
	given := books.Payout{Case: "owed-1", Serial: serial, Amount: 15000, Number: "p-1", By: "zhang", Approver: "li", At: 9}
	byCard := cash(leg.NotDone, 0)
	byCard.In = ledger.BankReceivable
	undone := ledger.Facts{Facts: compensation.Facts{Money: leg.Undone, Post: leg.NotDone}, In: ledger.AcquirerReceivable}
	doubt := cash(leg.Done, 15000)
	doubt.Notes = []ledger.Note{{Index: 3, Value: 5000}}
	found := cash(leg.Done, 15000)
	found.Notes = []ledger.Note{{Index: 3, Value: 5000, Found: true, Settled: ledger.Settlement{How: ledger.PaidOut, Amount: 5000}}}
	note := books.Case{ID: "note-10000001-" + serial + "-3", Class: books.ClassNote, Open: true}

	for name, c := range map[string]struct {
		of   Known
		want string
	}{
		"on its way":     {Known{Facts: cash(leg.Moving, 0)}, "150 cassette waiting"},
		"booked":         {Known{Facts: cash(leg.Done, 15000), Posting: posted}, "150 cassette booked MIS-77"},
		"collected":      {Known{Facts: cash(leg.Done, 15000), Posting: posted, Taken: []Taken{{"S1", "in-transit", 5, 10000}}}, "100 collected booked S1 MIS-77; 50 cassette booked MIS-77"},
		"owed":           {Known{Facts: cash(leg.NotDone, 0), Cases: []books.Case{owed}}, "150 cassette owed owed-1"},
		"owed by card":   {Known{Facts: byCard, Cases: []books.Case{owed}}, "150 bank owed owed-1"},
		"disputed":       {Known{Facts: cash(leg.Unknown, 0)}, "150 cassette disputed"},
		"less booked":    {Known{Facts: cash(leg.Done, 10000), Posting: posted}, "100 cassette booked MIS-77; 50 cassette disputed"},
		"more booked":    {Known{Facts: cash(leg.Done, 20000), Posting: posted}, "150 cassette booked MIS-77; 50 unknown booked MIS-77"},
		"paid out":       {Known{Facts: settledBy(cash(leg.NotDone, 0), ledger.PaidOut, 15000), Cases: []books.Case{shut}, Payouts: []books.Payout{given}}, "150 cassette paid-out p-1 owed-1"},
		"booked as well": {Known{Facts: settledBy(cash(leg.Done, 15000), ledger.PaidOut, 15000), Posting: posted, Payouts: []books.Payout{given}}, "150 cassette booked MIS-77; 150 customer paid-out p-1 owed-1"},
		"by a person":    {Known{Facts: settledBy(cash(leg.NotDone, 0), ledger.ByPerson, 0), Cases: []books.Case{shut}, Posting: posted}, "150 cassette settled owed-1"},
		"went back":      {Known{Facts: undone, Of: books.Transaction{Total: 15000}}, "150 customer given-back acquirer"},
		"back on a card": {Known{Facts: settledBy(byCard, ledger.WentBack, 0), Cases: []books.Case{shut}, Posting: posted}, "150 customer given-back bank"},
		"never taken":    {Known{Facts: undone, Posting: posted}, "150 customer given-back"},
		"a note in doubt": {
			Known{Facts: doubt, Of: books.Transaction{Serial: serial}, Posting: posted, Cases: []books.Case{note}},
			"150 cassette booked MIS-77; 50 unknown doubt note-10000001-" + serial + "-3",
		},
		"a note found": {
			Known{Facts: found, Of: books.Transaction{Serial: serial}, Posting: posted, Cases: []books.Case{note}, Payouts: []books.Payout{{Case: note.ID, Number: "p-2", Amount: 5000}}},
			"150 cassette booked MIS-77; 50 cassette paid-out p-2 note-10000001-" + serial + "-3",
		},
		"returned": {
			Known{Facts: ledger.Facts{In: ledger.CashInKiosk}, Notes: []books.Note{{Value: 10000, State: books.NoteReturned}, {Value: 5000, State: books.NoteReturned}}},
			"150 customer returned",
		},
		"nothing": {Known{Facts: ledger.Facts{In: ledger.CashInKiosk}}, ""},
	} {
		if got := told(Of(c.of)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestAllOfIt: whatever is known, what lies anywhere adds up to what the facts hold, and
// what the counter gave is told in full.
func TestAllOfIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := func(name string) money.Amount { return money.Amount(rapid.IntRange(0, 400).Draw(t, name)) * 50 }
		fact := func(name string) leg.Fact {
			return rapid.SampledFrom([]leg.Fact{leg.None, leg.Moving, leg.Done, leg.NotDone, leg.Unknown}).Draw(t, name)
		}
		f := ledger.Facts{
			Facts: compensation.Facts{Money: fact("money"), Post: fact("post")}, Held: amount("held"), Booked: amount("booked"), Unsure: amount("unsure"),
			In: rapid.SampledFrom([]ledger.Account{ledger.CashInKiosk, ledger.BankReceivable, ledger.AcquirerReceivable}).Draw(t, "in"),
		}
		f.Settled.How = rapid.SampledFrom([]ledger.How{ledger.Open, ledger.PaidOut, ledger.Kept, ledger.ByPerson}).Draw(t, "how")
		f.Settled.Amount = amount("given")
		for i := range rapid.IntRange(0, 2).Draw(t, "notes") {
			f.Notes = append(f.Notes, ledger.Note{Index: i, Value: 5000, Found: rapid.Bool().Draw(t, "found")})
		}
		k := Known{Facts: f}
		for range rapid.IntRange(0, 2).Draw(t, "collections") {
			k.Taken = append(k.Taken, Taken{Collection: "S", Amount: amount("taken")})
		}

		var lies, given money.Amount
		for _, p := range Of(k) {
			if p.Amount <= 0 || p.Standing == "" || p.Place == "" {
				t.Fatalf("%+v", p)
			}
			if p.Place != Customer {
				lies += p.Amount
			}
			if p.Standing == PaidOut {
				given += p.Amount
			}
		}
		want := max(f.Held, f.Booked) + f.Unsure + money.Amount(5000*len(f.Notes))
		if lies != want {
			t.Fatalf("%s lies somewhere, want %s: %s", lies, want, told(Of(k)))
		}
		if f.Settled.How == ledger.PaidOut && given != f.Settled.Amount {
			t.Fatalf("%s was given, want %s: %s", given, f.Settled.Amount, told(Of(k)))
		}
	})
}
