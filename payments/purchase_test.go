package payments

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/post"
	"wattkiosk/payments/qr"
)

// meterCard is a card after four purchases, all of them loaded.
var meterCard = metercard.Facts{Serial: "0102030405060708", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "000000000001", Count: 4, Purse: 5000, Loaded: 4}

// fifth is what is sold onto it for 100.00.
var fifth = metercard.Sold{Number: "S1", Card: meterCard.Serial, Count: 5, Amount: 10000, Energy: 18181}

// purchases are whole purchases and re-writes, by name.
func purchases() map[string]told {
	buys := Opened{Purpose: Purchase, Account: "1000000003", Tender: "cash", Limit: 200000, OpenedAt: 1, MeterCard: meterCard}
	byCard, byCode := buys, buys
	byCard.Tender, byCard.Limit = "bankcard", 10000
	byCode.Tender, byCode.Limit = "qr", 10000
	rewrite := Opened{Purpose: Rewrite, Account: "1000000003", MeterCard: meterCard, Original: "10000001000000000001", Sold: fifth}
	found := rewrite
	found.MeterCard.Count, found.MeterCard.Purse = 5, 10000

	accepted, stacked := cash.NoteAccepted{Note: 0, Value: 10000}, cash.NoteStacked{Note: 0, Value: 10000}
	second, lost := cash.NoteAccepted{Note: 1, Value: 10000}, cash.NoteUnresolved{Note: 1, Value: 10000, Evidence: "x"}
	closed := cash.Closed{Total: 10000, Account: "1000000003"}
	sells := func(to post.State) post.OutcomeLearned {
		o := post.OutcomeLearned{Status: to}
		if to == post.Posted {
			o.ToAdvance, o.Sold = 10000, fifth
		}

		return o
	}
	takesBack := post.Resolved{N: 1, Resolves: post.Posted, By: "two people", Outcome: post.Outcome{Status: post.Owed}}
	write := metercard.WriteBegun{N: 1, Card: meterCard.Serial, Count: 5, Amount: 10000}
	holds := metercard.WriteEnded{N: 1, Outcome: metercard.Written, Count: 5, Purse: 10000}
	holdsNot := metercard.WriteEnded{N: 1, Outcome: metercard.Unwritten, Why: "pulled", Count: 4, Purse: 5000}
	mute := metercard.WriteEnded{N: 1, Outcome: metercard.Unsure, Why: "pulled"}
	left := metercard.GaveUp{Why: "no-card"}

	byNotes := func(more ...Event) []Event { return append([]Event{buys, accepted, stacked, closed}, more...) }
	doubtful := func(more ...Event) []Event {
		return append([]Event{buys, accepted, stacked, second, lost, closed}, more...)
	}
	sale := bankcard.SaleOrdered{N: 1, Terminal: "10000001", Batch: "000001", Trace: "000101", Amount: 10000}
	approved := bankcard.SaleAnswered{N: 1, Approved: true, Response: "00"}
	paid := bankcard.Closed{Total: 10000, Account: "1000000003", Reason: "paid"}
	reverse, reversed := bankcard.ReversalOrdered{N: 1, Why: bankcard.PostingRefused}, bankcard.ReversalAnswered{N: 1, Done: true}
	charged := func(more ...Event) []Event { return append([]Event{byCard, sale, approved, paid}, more...) }

	return map[string]told{
		"power, notes":                                 {byNotes(sells(post.Posted), write, holds), "posted"},
		"power, notes, none":                           {[]Event{buys, cash.Closed{Account: "1000000003"}}, "cancelled"},
		"power, one note lost, none bought":            {[]Event{buys, accepted, cash.NoteUnresolved{Note: 0, Value: 10000, Evidence: "x"}, cash.Closed{Account: "1000000003"}}, "disputed"},
		"power, notes, refused":                        {byNotes(sells(post.Owed)), "owed"},
		"power, notes, nobody knows":                   {byNotes(sells(post.Disputed)), "disputed"},
		"power, notes, second write":                   {byNotes(sells(post.Posted), write, holdsNot, metercard.WriteBegun{N: 2, Card: meterCard.Serial, Count: 5, Amount: 10000}, metercard.WriteEnded{N: 2, Outcome: metercard.Written, Count: 5, Purse: 10000}), "posted"},
		"power, notes, read back later":                {byNotes(sells(post.Posted), write, mute, holds), "posted"},
		"power, notes, left without":                   {byNotes(sells(post.Posted), write, holdsNot, left), "unwritten"},
		"power, notes, left with doubt":                {byNotes(sells(post.Posted), write, mute, left), "unwritten"},
		"power, notes, never written":                  {byNotes(sells(post.Posted), left), "unwritten"},
		"power, notes, written later":                  {byNotes(sells(post.Posted), left, metercard.Settled{How: metercard.Rewritten, By: "10000001000000000009"}), "posted"},
		"power, notes, topped up remotely":             {byNotes(sells(post.Posted), left, metercard.Settled{How: metercard.Remote, By: "zhang, li"}), "posted"},
		"power, notes, settled by hand":                {byNotes(sells(post.Posted), left, metercard.Settled{How: metercard.ByHand, By: "zhang, li"}), "posted"},
		"power, notes, left with doubt, topped up":     {byNotes(sells(post.Posted), write, mute, left, metercard.Settled{How: metercard.Remote, By: "zhang, li"}), "posted"},
		"power, one note lost, topped up remotely":     {doubtful(sells(post.Posted), left, metercard.Settled{How: metercard.Remote, By: "zhang, li"}), "posted"},
		"power, notes, taken back":                     {byNotes(sells(post.Posted), left, takesBack), "owed"},
		"power, notes, taken back in doubt":            {byNotes(sells(post.Posted), write, mute, left, takesBack), "disputed"},
		"power, notes, taken back while written":       {byNotes(sells(post.Posted), write, takesBack, holds), "disputed"},
		"power, one note lost":                         {doubtful(sells(post.Posted), write, holds), "posted"},
		"power, one note lost, refused":                {doubtful(sells(post.Owed)), "owed"},
		"power, one note lost, nobody knows":           {doubtful(sells(post.Disputed)), "disputed"},
		"power, one note lost, left":                   {doubtful(sells(post.Posted), left), "unwritten"},
		"power, one note lost, left in doubt":          {doubtful(sells(post.Posted), write, mute, left), "unwritten"},
		"power, one note lost, taken back":             {doubtful(sells(post.Posted), left, takesBack), "owed"},
		"power, one note lost, written and taken back": {doubtful(sells(post.Posted), write, takesBack, holds), "disputed"},
		"power, one note lost, taken back in doubt":    {doubtful(sells(post.Posted), write, mute, left, takesBack), "disputed"},

		"power, card":                         {charged(sells(post.Posted), write, holds), "posted"},
		"power, card, given up":               {[]Event{byCard, bankcard.Closed{Account: "1000000003"}}, "cancelled"},
		"power, card, refused":                {charged(sells(post.Owed), reverse, reversed), "undone"},
		"power, card, nobody knows":           {charged(sells(post.Disputed)), "disputed"},
		"power, card, left":                   {charged(sells(post.Posted), left), "unwritten"},
		"power, card, left in doubt":          {charged(sells(post.Posted), write, mute, left), "unwritten"},
		"power, card, taken back":             {charged(sells(post.Posted), left, takesBack, reverse, reversed), "undone"},
		"power, card, taken back in doubt":    {charged(sells(post.Posted), write, mute, left, takesBack), "disputed"},
		"power, card, written and taken back": {charged(sells(post.Posted), write, takesBack, holds), "disputed"},
		"power, card, no answer of the bank":  {[]Event{byCard, sale, bankcard.ReversalOrdered{N: 1, Why: bankcard.NoAnswer}, bankcard.Closed{Account: "1000000003"}, reversed}, "undone"},
		"power, card, topped up remotely":     {charged(sells(post.Posted), left, metercard.Settled{How: metercard.Remote, By: "zhang, li"}), "posted"},
		"power, code, nobody knows":           {[]Event{byCode, qr.Ordered{Mode: qr.Shown, Amount: 10000}, qr.Unknown{}}, "disputed"},
		"power, code":                         {[]Event{byCode, qr.Ordered{Mode: qr.Shown, Amount: 10000}, qr.Paid{Amount: 10000, Acquirer: "alipay", PaidAt: 2}, sells(post.Posted), write, holds}, "posted"},

		"re-write":             {[]Event{rewrite, write, holds}, "posted"},
		"re-write, found":      {[]Event{found, write, holds}, "posted"},
		"re-write, not":        {[]Event{rewrite, write, holdsNot, left}, "cancelled"},
		"re-write, in doubt":   {[]Event{rewrite, write, mute, left}, "unwritten"},
		"re-write, slip first": {[]Event{rewrite, SlipAttempt{Copy: 1}, left}, "cancelled"},
	}
}

// TestPurchases tells whole purchases and re-writes: how each ends, and that no event of
// it was illegal.
func TestPurchases(t *testing.T) {
	for name, c := range purchases() {
		got := story(t, c.events...)
		if end := strings.Fields(got[len(got)-1])[0]; end != c.want || strings.Contains(strings.Join(got, "; "), "illegal") {
			t.Errorf("%s: %s, want %s", name, strings.Join(got, "; "), c.want)
		}
	}
}

// TestPurchaseIsToldStepByStep holds what is due after each event of the plain one.
func TestPurchaseIsToldStepByStep(t *testing.T) {
	got := strings.Join(story(t, purchases()["power, notes"].events...), "; ")
	want := "tendering 0.00 take-money; tendering 0.00 stack-note; tendering 100.00 confirm-note; posting 100.00 order-post; writing 100.00 write-card; writing 100.00; posted 100.00 print-slip"
	if got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
	got = strings.Join(story(t, purchases()["re-write"].events...), "; ")
	if want = "writing 0.00 write-card; writing 0.00; posted 0.00 print-slip"; got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
}

// TestWhatCannotBeMeant: openings, outcomes and writes that are refused.
func TestWhatCannotBeMeant(t *testing.T) {
	buys := Opened{Purpose: Purchase, Account: "1000000003", Tender: "cash", Limit: 200000, MeterCard: meterCard}
	rewrite := Opened{Purpose: Rewrite, Account: "1000000003", MeterCard: meterCard, Original: "10000001000000000001", Sold: fifth}
	with := func(o Opened, change func(*Opened)) []Event {
		change(&o)

		return []Event{o}
	}
	paid := []Event{buys, cash.NoteAccepted{Note: 0, Value: 10000}, cash.NoteStacked{Note: 0, Value: 10000}, cash.Closed{Total: 10000, Account: "1000000003"}}
	sold := func(change func(*metercard.Sold)) []Event {
		s := fifth
		change(&s)

		return append(paid[:4:4], post.OutcomeLearned{Status: post.Posted, ToAdvance: 10000, Sold: s})
	}
	written := func(w metercard.WriteBegun, e metercard.WriteEnded) []Event {
		return append(sold(func(*metercard.Sold) {}), w, e)
	}
	right := metercard.WriteBegun{N: 1, Card: meterCard.Serial, Count: 5, Amount: 10000}

	for name, events := range map[string][]Event{
		"no card":              with(buys, func(o *Opened) { o.MeterCard = metercard.Facts{} }),
		"of another":           with(buys, func(o *Opened) { o.Original = "1" }),
		"the bank posts":       with(buys, func(o *Opened) { o.ByBank, o.Tender = true, "bankcard" }),
		"a bill with a card":   with(opened, func(o *Opened) { o.MeterCard = meterCard }),
		"unknown purpose":      with(buys, func(o *Opened) { o.Purpose = "gift" }),
		"re-write for money":   with(rewrite, func(o *Opened) { o.Tender, o.Limit = "cash", 1 }),
		"re-write of nothing":  with(rewrite, func(o *Opened) { o.Original = "" }),
		"re-write, count":      with(rewrite, func(o *Opened) { o.Sold.Count = 6 }),
		"re-write, other card": with(rewrite, func(o *Opened) { o.Sold.Card = "AA" }),
		"sold onto another":    sold(func(s *metercard.Sold) { s.Card = "AA" }),
		"sold as the sixth":    sold(func(s *metercard.Sold) { s.Count = 6 }),
		"sold for more":        sold(func(s *metercard.Sold) { s.Amount = 10001 }),
		"sold without number":  sold(func(s *metercard.Sold) { s.Number = "" }),
		"other count":          written(metercard.WriteBegun{N: 1, Card: meterCard.Serial, Count: 6, Amount: 10000}, metercard.WriteEnded{}),
		"other amount":         written(metercard.WriteBegun{N: 1, Card: meterCard.Serial, Count: 5, Amount: 9999}, metercard.WriteEnded{}),
		"written otherwise":    written(right, metercard.WriteEnded{N: 1, Outcome: metercard.Written, Count: 5, Purse: 9999}),
		"unwritten, and there": written(right, metercard.WriteEnded{N: 1, Outcome: metercard.Unwritten, Count: 5, Purse: 10000}),
		"given up in writing":  append(sold(func(*metercard.Sold) {}), right, metercard.GaveUp{}),
		"settled too early":    append(sold(func(*metercard.Sold) {}), metercard.Settled{How: metercard.Remote, By: "x"}),
	} {
		got := story(t, events...)
		if strings.Count(strings.Join(got, "; "), "illegal") == 0 {
			t.Errorf("%s: %s", name, strings.Join(got, "; "))
		}
	}
}

// TestPurchaseInAnyOrder: whatever events come in whatever order, a card is written only
// for a sale, with the count and the amount of it, and a transaction says posted only of
// what is on the card or was settled.
func TestPurchaseInAnyOrder(t *testing.T) {
	var all []Event
	for _, p := range purchases() {
		all = append(all, p.events...)
	}
	rapid.Check(t, func(t *rapid.T) {
		var txn Transaction
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			next, _, err := Step(txn, serial, rapid.SampledFrom(all).Draw(t, "event"))
			if err != nil {
				if !errors.Is(err, ErrIllegal) {
					t.Fatal(err)
				}

				continue
			}
			txn = next

			w := txn.Write
			if w.State != "" && txn.Purpose == Purchase && (txn.Post.Result.Sold != w.Sold && txn.Post.State == post.Posted || w.Sold != fifth) {
				t.Fatalf("card leg of %+v with sale %+v", w, txn.Post)
			}
			if txn.Purpose == Purchase && txn.Status() == Posted && (w.State != metercard.On && w.State != metercard.SettledAs || txn.Post.State != post.Posted) {
				t.Fatalf("posted with card %s, sale %s", w.State, txn.Post.State)
			}
			if txn.Purpose == Rewrite && txn.Total() != 0 {
				t.Fatalf("a re-write took %s", txn.Total())
			}
		}
	})
}
