package ledger

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/payments/qr"
)

const account = "1000000003"

// meterCard is a card after four purchases.
var meterCard = metercard.Facts{Serial: "0102030405060708", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "000000000001", Count: 4, Purse: 5000, Loaded: 4}

// openings are how payments begin.
func openings() []payments.Opened {
	var all []payments.Opened
	for _, tender := range []payments.Tender{payments.Cash, payments.BankCard, payments.QR} {
		bill := payments.Opened{Account: account, Tender: string(tender), Limit: 10000, OpenedAt: 1}
		buys := bill
		buys.Purpose, buys.MeterCard = payments.Purchase, meterCard
		all = append(all, bill, buys)
	}
	public := payments.Opened{Account: account, Tender: string(payments.BankCard), Limit: 10000, OpenedAt: 1, ByBank: true}

	return append(all, public)
}

// next are the events that may come to a transaction now, legal or not.
func next(t payments.Transaction) []payments.Event {
	total, notes, tries := t.Total(), len(t.Cash.Notes), t.Card.Sales
	var all []payments.Event
	switch t.Tender {
	case payments.Cash:
		for i := range notes + 1 {
			v := money.Amount(5000)
			if i < notes {
				v = t.Cash.Notes[i].Value
			}
			all = append(
				all, cash.NoteAccepted{Note: i, Value: 2000}, cash.NoteAccepted{Note: i, Value: 5000}, cash.NoteStacked{Note: i, Value: v},
				cash.NoteReturned{Note: i, Value: v}, cash.NoteUnresolved{Note: i, Value: v, Evidence: "no-report-in-time"},
			)
		}
		all = append(all, cash.Closed{Total: total, Account: account})
	case payments.BankCard:
		taken := money.Amount(0)
		if t.Card.State == bankcard.Approved {
			taken = 10000
		}
		all = append(
			all, bankcard.SaleOrdered{N: tries + 1, Terminal: "1", Batch: "1", Trace: fmt.Sprint(tries), Amount: 10000},
			bankcard.SaleAnswered{N: tries, Approved: true}, bankcard.SaleAnswered{N: tries},
			bankcard.ReversalOrdered{N: tries, Why: bankcard.NoAnswer}, bankcard.ReversalAnswered{N: tries, Done: true}, bankcard.ReversalAnswered{N: tries},
			bankcard.Returned{N: tries}, bankcard.Closed{Total: taken, Account: account},
		)
	case payments.QR:
		all = append(
			all, qr.Ordered{Mode: qr.Shown, Amount: 10000}, qr.Closing{}, qr.Paid{Amount: 10000}, qr.NotPaid{}, qr.Unknown{},
			qr.RefundOrdered{}, qr.RefundAnswered{Done: true}, qr.RefundAnswered{}, qr.Returned{},
		)
	}

	booked := post.Outcome{Status: post.Posted, ToAdvance: t.Post.Amount}
	if t.Purpose == payments.Purchase {
		booked.Sold = metercard.Sold{Number: "S1", Card: meterCard.Serial, Count: 5, Amount: t.Post.Amount, Energy: 1}
	}
	for _, o := range []post.Outcome{booked, {Status: post.Owed}, {Status: post.Disputed}} {
		all = append(all, post.OutcomeLearned(o), post.Resolved{N: t.Post.Resolutions + 1, Resolves: t.Post.State, Outcome: o})
	}
	writes := t.Write.Writes

	return append(
		all, metercard.WriteBegun{N: writes + 1, Card: meterCard.Serial, Count: 5, Amount: t.Write.Sold.Amount},
		metercard.WriteEnded{N: writes, Outcome: metercard.Written, Count: 5, Purse: t.Write.Sold.Amount},
		metercard.WriteEnded{N: writes, Outcome: metercard.Unsure}, metercard.GaveUp{}, metercard.Settled{How: metercard.Remote},
	)
}

// desk is the books, and beside them an outside world that knows none of this package.
type desk struct {
	t        *rapid.T
	txns     []payments.Transaction
	settled  []Settlement
	posted   map[string][]Line
	totals   map[Account]money.Amount
	cassette money.Amount // what lies in the kiosk, note by note
}

func (d *desk) enter(key string, lines []Line) {
	d.t.Helper()
	if len(lines) == 0 {
		return
	}
	if err := Check(lines); err != nil {
		d.t.Fatalf("%s: %v: %s", key, err, told(lines))
	}
	d.posted[key] = append(d.posted[key], lines...)
	for _, l := range lines {
		d.totals[l.Account] += l.Amount
	}
	var off money.Amount
	for _, sum := range d.totals {
		off += sum
	}
	if off != 0 {
		d.t.Fatalf("after %s, %s: the trial balance is off by %s", key, told(lines), off)
	}
}

func (d *desk) facts(i int) Facts {
	f := FactsOf(d.txns[i])
	f.Settled = d.settled[i]

	return f
}

// post posts one transaction, twice: the second time changes nothing.
func (d *desk) post(i int) {
	d.t.Helper()
	for again := range 2 {
		want, err := Desired(d.facts(i))
		if err != nil {
			d.t.Fatal(err)
		}
		key := fmt.Sprint("payment ", i)
		lines, err := Diff(d.posted[key], want)
		if err != nil {
			d.t.Fatal(err)
		}
		if again == 1 && len(lines) > 0 {
			d.t.Fatalf("%s, posted twice: %s", key, told(lines))
		}
		d.enter(key, lines)
	}
}

func (d *desk) move(n int, m Move, amount money.Amount) {
	d.t.Helper()
	if amount <= 0 {
		return
	}
	lines, err := Moved(m, amount)
	if err != nil {
		d.t.Fatal(err)
	}
	d.enter(fmt.Sprint(m, " ", n), lines)
}

// step lets one thing happen.
func (d *desk) step(n int) {
	what := rapid.IntRange(0, 9).Draw(d.t, "what")
	if len(d.txns) == 0 || what == 0 {
		o := rapid.SampledFrom(openings()).Draw(d.t, "opening")
		t, _, err := payments.Step(payments.Transaction{}, fmt.Sprint(len(d.txns)), o)
		if err != nil {
			d.t.Fatal(err)
		}
		d.txns, d.settled = append(d.txns, t), append(d.settled, Settlement{})

		return
	}

	i := rapid.IntRange(0, len(d.txns)-1).Draw(d.t, "payment")
	switch what {
	case 1, 2:
		d.post(i)
	case 3:
		d.collect(n)
	case 4:
		d.settle(i)
	default:
		d.event(i, rapid.SampledFrom(next(d.txns[i])).Draw(d.t, "event"))
	}
}

// event lets an event happen to a payment if it is legal, and to the cassette.
func (d *desk) event(i int, e payments.Event) bool {
	t, _, err := payments.Step(d.txns[i], fmt.Sprint(i), e)
	if err != nil {
		if !errors.Is(err, payments.ErrIllegal) {
			d.t.Fatal(err)
		}

		return false
	}
	d.txns[i] = t
	if note, is := e.(cash.NoteStacked); is {
		d.cassette += note.Value
	}

	return true
}

// collect empties the cassette as far as it is in the books, counts, and pays in.
func (d *desk) collect(n int) {
	inside := d.totals[CashInKiosk]
	d.move(n, Collect, inside)
	d.cassette -= max(0, inside)

	expected := d.totals[CashInTransit]
	c := Count{Expected: expected}
	off := rapid.SampledFrom([]money.Amount{0, 0, -1000, 1000}).Draw(d.t, "off")
	if expected > 0 && expected+off >= 0 {
		c.Counterfeit = min(expected+off, rapid.SampledFrom([]money.Amount{0, 1000}).Draw(d.t, "counterfeit"))
		c.Counted = expected + off - c.Counterfeit
		lines, err := c.Lines()
		if err != nil {
			d.t.Fatal(err)
		}
		d.enter(fmt.Sprint("count ", n), lines)
	}
	d.move(n, Remit, d.totals[CashCounted])
	d.move(n, Deposit, d.totals[CashRemitted])
	d.move(n, DropShortage, d.totals[Shortage])
	d.move(n, DropCounterfeit, d.totals[Counterfeit])
	d.move(n, RepayCounter, -d.totals[Counter])
}

// settle has a person settle a payment that needs it.
func (d *desk) settle(i int) {
	if s := d.txns[i].Status(); s == payments.Owed || s == payments.Disputed {
		d.settled[i] = Settlement{How: rapid.SampledFrom([]How{Open, WentBack, PaidOut, Kept, ByPerson}).Draw(d.t, "how"), Amount: rapid.SampledFrom([]money.Amount{0, 5000, 10000}).Draw(d.t, "amount")}
		if d.settled[i].How == WentBack && d.txns[i].Tender == payments.Cash { // notes do not go back by a call
			d.settled[i].How = PaidOut
		}
	}
}

// finish brings a payment to its end by whatever may still come.
func (d *desk) finish(i int) {
	for range 100 {
		if d.txns[i].Status().Ended() {
			return
		}
		for _, e := range slices.Backward(next(d.txns[i])) {
			if _, again := e.(post.Resolved); !again && d.event(i, e) {
				break
			}
		}
	}
	d.t.Fatalf("%+v does not end", d.txns[i])
}

// TestBooksBalance: whatever happens to payments, by whatever events, and whenever they
// are posted, collected and settled: the trial balance is 0 at every step, the books know
// what is in the cassette, and nothing waits for a place once everything has its end.
func TestBooksBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &desk{t: t, posted: map[string][]Line{}, totals: map[Account]money.Amount{}}
		for n := range rapid.IntRange(1, 120).Draw(t, "steps") {
			d.step(n)
		}

		for i := range d.txns {
			d.post(i)
		}
		if d.totals[CashInKiosk] != d.cassette {
			t.Fatalf("%s in the cassette, %s in the books", d.cassette, d.totals[CashInKiosk])
		}
		d.owes(t)

		for i := range d.txns {
			d.finish(i)
			d.post(i)
		}
		if d.totals[Customers] != 0 {
			t.Fatalf("everything has its end, and %s waits for a place", d.totals[Customers])
		}
		if d.totals[CashInKiosk] != d.cassette {
			t.Fatalf("%s in the cassette, %s in the books", d.cassette, d.totals[CashInKiosk])
		}
	})
}

// owes holds what is booked, and what waits, against the payments one by one.
func (d *desk) owes(t *rapid.T) {
	want := map[Account]money.Amount{}
	for _, x := range d.txns {
		goods := PayableMIS
		if x.Purpose == payments.Purchase {
			goods = PayableCardSystem
		}
		switch s := x.Status(); {
		case x.Post.State == post.Posted:
			want[goods] -= x.Post.Amount
		case x.ByBank && s == payments.Posted:
			want[goods] -= 10000
		case s == payments.Tendering && x.Tender != payments.Cash:
			want[Customers] -= x.Money().Held()
		case s == payments.Tendering || s == payments.Posting || s == payments.Writing:
			want[Customers] -= x.Total()
		}
	}
	for _, a := range []Account{PayableMIS, PayableCardSystem, Customers} {
		if d.totals[a] != want[a] {
			t.Fatalf("%s is %s, the payments make %s", a, d.totals[a], want[a])
		}
	}
}

// TestAnyOrderOfTruth: what is known in between, how often it is posted, and in which
// order the payments are, changes no balance.
func TestAnyOrderOfTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &desk{t: t, posted: map[string][]Line{}, totals: map[Account]money.Amount{}}
		var told [][]Facts // of each payment, as its truth became known
		for range rapid.IntRange(1, 6).Draw(t, "payments") {
			o := rapid.SampledFrom(openings()).Draw(t, "opening")
			x, _, err := payments.Step(payments.Transaction{}, "1", o)
			if err != nil {
				t.Fatal(err)
			}
			d.txns, d.settled = append(d.txns, x), append(d.settled, Settlement{})
			i, of := len(d.txns)-1, []Facts{}
			for range rapid.IntRange(1, 25).Draw(t, "events") {
				d.event(i, rapid.SampledFrom(next(d.txns[i])).Draw(t, "event"))
				d.settle(i)
				of = append(of, d.facts(i))
			}
			told = append(told, of)
		}

		straight, winding := map[Account]money.Amount{}, map[Account]money.Amount{}
		for _, of := range told {
			takes(t, straight, nil, of[len(of)-1])
		}
		posted := map[int][]Line{}
		for range 40 { // rumours
			i := rapid.IntRange(0, len(told)-1).Draw(t, "payment")
			posted[i] = takes(t, winding, posted[i], rapid.SampledFrom(told[i]).Draw(t, "truth"))
		}
		for _, i := range rapid.Permutation(slices.Collect(maps.Keys(posted))).Draw(t, "order") {
			posted[i] = takes(t, winding, posted[i], told[i][len(told[i])-1])
		}
		for i, of := range told {
			takes(t, winding, posted[i], of[len(of)-1])
		}
		maps.DeleteFunc(straight, func(_ Account, sum money.Amount) bool { return sum == 0 })
		maps.DeleteFunc(winding, func(_ Account, sum money.Amount) bool { return sum == 0 })
		if !maps.Equal(straight, winding) {
			t.Fatalf("straight %v, winding %v", straight, winding)
		}
	})
}

// takes brings the balances to what one truth wants, and returns what is posted then.
func takes(t *rapid.T, balances map[Account]money.Amount, posted []Line, f Facts) []Line {
	want, err := Desired(f)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := Diff(posted, want)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		balances[l.Account] += l.Amount
	}

	return want
}

// TestFactsOf: what a transaction's own legs report.
func TestFactsOf(t *testing.T) {
	var x payments.Transaction
	for _, e := range []payments.Event{
		payments.Opened{Account: account, Tender: "cash", Limit: 200000, OpenedAt: 1},
		cash.NoteAccepted{Note: 0, Value: 10000},
		cash.NoteStacked{Note: 0, Value: 10000},
		cash.NoteAccepted{Note: 1, Value: 5000},
		cash.NoteUnresolved{Note: 1, Value: 5000, Evidence: "x"},
		cash.NoteAccepted{Note: 2, Value: 2000},
		cash.NoteUnresolved{Note: 2, Value: 2000, Evidence: "x"},
		cash.NoteStacked{Note: 2, Value: 2000},
		cash.Closed{Total: 10000, Account: account},
		post.OutcomeLearned{Status: post.Posted, ToArrears: 10000},
	} {
		var err error
		if x, _, err = payments.Step(x, "1", e); err != nil {
			t.Fatalf("%T: %v", e, err)
		}
	}
	got := FactsOf(x)
	want := Facts{
		Facts: compensation.Facts{Money: leg.Done, Doubt: true, Post: leg.Done}, In: CashInKiosk, Goods: PayableMIS,
		Held: 10000, Booked: 10000, Notes: []Note{{Index: 1, Value: 5000}, {Index: 2, Value: 2000, Found: true}},
	}
	if !reflect.DeepEqual(got, want) || got.String() != "posted" {
		t.Errorf("%s, %#v\nwant %#v", got, got, want)
	}
	if got := (Facts{Facts: compensation.Facts{Money: leg.Undone, Post: leg.Done}}).String(); got != "money undone, posting done, card none" {
		t.Error(got)
	}
	holds(t, got, "cash-in-kiosk 120, suspense 50, payable-mis -100, refunds-due -70")
}
