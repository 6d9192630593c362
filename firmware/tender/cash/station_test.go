package cash

import (
	"errors"
	"testing"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/bill"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
)

var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// bench is a station with the leg that its decisions change.
type bench struct {
	t   *testing.T
	s   *Station
	leg cash.Leg
	now time.Time
}

func newBench(t *testing.T) *bench {
	l, err := cash.Open(20000)
	if err != nil {
		t.Fatal(err)
	}
	return &bench{t: t, s: New([]money.Amount{1000, 5000, 10000}), leg: l, now: t0}
}

// heard gives the station a report, settles everything that can be, and returns the
// orders.
func (b *bench) heard(k bill.Kind, fen int64) (orders []bill.Op) {
	b.t.Helper()
	if err := b.s.Heard(b.now, bill.Event{Kind: k, Value: fen}); err != nil {
		b.t.Fatal(err)
	}
	return b.settle()
}

func (b *bench) settle() (orders []bill.Op) {
	b.t.Helper()
	for {
		d, ok := b.s.Decide(b.leg, false)
		if !ok {
			return orders
		}
		for _, e := range d.Events {
			if _, stray := e.(cash.StrayNote); stray {
				continue
			}
			next, _, err := b.leg.Apply(e)
			if err != nil {
				b.t.Fatalf("the decision is not legal: %v", err)
			}
			b.leg = next
		}
		op, _ := b.s.Settle(b.now, d, true)
		if op != 0 {
			orders = append(orders, op)
		}
	}
}

func (b *bench) turn(want Due) bill.Command {
	b.t.Helper()
	due, order := b.s.Turn(b.now, b.leg)
	if due != want {
		b.t.Fatalf("due %d, want %d", due, want)
	}
	return order
}

// TestARepeatIsProvenOrAStray: the same report means another thing when another note
// was seen since the credit.
func TestARepeatIsProvenOrAStray(t *testing.T) {
	for name, c := range map[string]struct {
		between func(b *bench)
		repeat  bool
	}{
		"the device started again":            {func(b *bench) { b.heard(bill.Starting, 0) }, true},
		"and a note was seen before":          {func(b *bench) { b.heard(bill.Accepting, 0); b.heard(bill.Starting, 0) }, false},
		"only with this report":               {func(*bench) {}, true},
		"a refused note, and a power cut":     {func(b *bench) { b.leg.Limit = 10000; b.heard(bill.Escrowed, 5000); b.heard(bill.PoweredUp, 0) }, false},
		"in the path of a restart, with none": {func(b *bench) { b.heard(bill.PoweredUpInValidator, 0) }, true},
	} {
		b := newBench(t)
		b.heard(bill.Escrowed, 10000)
		b.heard(bill.Stacked, 10000)
		c.between(b)
		if err := b.s.Heard(b.now, bill.Event{Kind: bill.PoweredUpInStacker}); err != nil {
			t.Fatal(err)
		}
		d, ok := b.s.Decide(b.leg, false)
		if !ok || d.Order != cash.Confirm || (len(d.Events) == 0) != c.repeat {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// TestARepeatComesBeforeTheFirstRest: once the validator was at rest, a note that a program
// which started since hears of is another one, though nobody saw it come.
func TestARepeatComesBeforeTheFirstRest(t *testing.T) {
	for rest, repeat := range map[bill.Kind]bool{0: true, bill.Silent: true, bill.Disabled: false, bill.Idling: false} {
		b := newBench(t)
		b.heard(bill.Escrowed, 10000)
		b.heard(bill.Stacked, 10000)
		b.s = New([]money.Amount{1000, 5000, 10000})
		if rest != 0 {
			b.heard(rest, 0)
		}
		if err := b.s.Heard(b.now, bill.Event{Kind: bill.Stacked, Value: 10000}); err != nil {
			t.Fatal(err)
		}
		if d, _ := b.s.Decide(b.leg, false); d.Order != cash.Confirm || (len(d.Events) == 0) != repeat {
			t.Errorf("after %v: %+v", rest, d)
		}
	}
}

// TestASecondNoteIsNoRepeat: without a start in between, the same report is another
// note.
func TestASecondNoteIsNoRepeat(t *testing.T) {
	b := newBench(t)
	b.heard(bill.Escrowed, 10000)
	b.heard(bill.Stacked, 10000)
	if err := b.s.Heard(b.now, bill.Event{Kind: bill.Stacked, Value: 10000}); err != nil {
		t.Fatal(err)
	}
	if d, _ := b.s.Decide(b.leg, false); len(d.Events) != 1 || d.Order != cash.Confirm {
		t.Errorf("%+v", d)
	}
}

// TestTheReturnOfARefusedNoteSaysNothingOfAnother, also through a restart of the
// device with it in the path.
func TestTheReturnOfARefusedNoteSaysNothingOfAnother(t *testing.T) {
	b := newBench(t)
	b.heard(bill.Escrowed, 10000) // accepted, and its end is missed
	if op := b.heard(bill.Escrowed, 5000); len(op) != 1 || op[0] != bill.Return {
		t.Fatalf("ordered %v", op)
	}
	b.heard(bill.PoweredUpInValidator, 0)
	b.heard(bill.Returned, 0)
	if s := b.leg.Notes[0].State; s != cash.StateUnresolved {
		t.Errorf("the first note is %s", s)
	}
	b.heard(bill.Returned, 10000) // the first was gone when the second came into escrow
	if s := b.leg.Notes[0].State; s != cash.StateUnresolved {
		t.Errorf("the first note is %s", s)
	}
}

// TestANoteThatWasGivenUpComesOutOnlyUntilTheValidatorIsReady: what comes out after that
// is somebody else's, whatever its value, and also for a program that starts later.
func TestANoteThatWasGivenUpComesOutOnlyUntilTheValidatorIsReady(t *testing.T) {
	givenUp := func() *bench {
		b := newBench(t)
		b.heard(bill.Escrowed, 10000)
		b.heard(bill.Silent, 0)
		b.s.Close(b.now, tender.ByDevice, b.leg)
		b.now = b.now.Add(NotePatience)
		b.turn(Nothing)
		b.settle()
		if n := b.leg.Notes[0]; n.State != cash.StateUnresolved || n.Evidence != "no-report-in-time" {
			t.Fatalf("the note is %s by %s", n.State, n.Evidence)
		}
		return b
	}

	b := givenUp()
	b.heard(bill.Returned, 0)
	if s := b.leg.Notes[0].State; s != cash.StateReturned {
		t.Errorf("it came out first of all, and is %s", s)
	}

	for name, heard := range map[string]bill.Event{
		"ready":              {Kind: bill.Disabled},
		"lost by the driver": {Kind: bill.Lost, Value: 10000},
	} {
		for _, restarted := range []bool{false, true} {
			b := givenUp()
			b.heard(heard.Kind, heard.Value)
			if restarted {
				b.s = New([]money.Amount{1000, 5000, 10000})
			}
			b.s.Open(b.now) // for the next customer, whose note the validator gives back by itself
			b.heard(bill.PoweredUpInValidator, 0)
			b.heard(bill.Returned, 0)
			if s := b.leg.Notes[0].State; s != cash.StateUnresolved {
				t.Errorf("%s, restarted %v: the note is %s", name, restarted, s)
			}
		}
	}
}

// TestAnotherNoteIsNotTheOneThatWasLost: a lost note is found by a late report of it, and
// not by a note of its value that somebody else put in since, even if the device says so
// at once and the journal takes it later.
func TestAnotherNoteIsNotTheOneThatWasLost(t *testing.T) {
	for name, c := range map[string]struct {
		between []bill.Kind
		want    cash.NoteState
	}{
		"late":                           {nil, cash.StateFound},
		"late, after rest":               {[]bill.Kind{bill.Idling}, cash.StateFound},
		"another note comes in":          {[]bill.Kind{bill.Idling, bill.Accepting}, cash.StateUnresolved},
		"another note went, then late":   {[]bill.Kind{bill.Idling, bill.Accepting, bill.Rejected, bill.Idling}, cash.StateFound},
		"another note comes in at once":  {[]bill.Kind{bill.Accepting}, cash.StateUnresolved},
		"it is stacked without an order": {[]bill.Kind{bill.Idling, bill.Accepting, bill.Stacking}, cash.StateUnresolved},
	} {
		b := newBench(t)
		b.heard(bill.Accepting, 0)
		b.heard(bill.Escrowed, 10000)
		b.heard(bill.Lost, 10000)
		for _, k := range c.between {
			b.heard(k, 0)
		}
		if err := b.s.Heard(b.now, bill.Event{Kind: bill.Stacked, Value: 10000}); err != nil {
			t.Fatal(err)
		}
		if err := b.s.Heard(b.now, bill.Event{Kind: bill.Idling}); err != nil { // before the journal took it
			t.Fatal(err)
		}
		b.settle()
		if got := b.leg.Notes[0].State; got != c.want {
			t.Errorf("%s: the lost note is %s, want %s", name, got, c.want)
		}
	}
}

// TestReportsWaitForTheJournalInOrder: an offered note goes back without a record;
// anything else waits, and what comes after it.
func TestReportsWaitForTheJournalInOrder(t *testing.T) {
	b := newBench(t)
	if err := b.s.Heard(t0, bill.Event{Kind: bill.Escrowed, Value: 5000}); err != nil {
		t.Fatal(err)
	}
	d, _ := b.s.Decide(b.leg, false)
	if op, more := b.s.Settle(t0, d, false); op != bill.Return || !more || b.s.Refusal() != "closed" {
		t.Errorf("not durable: %v, %v, %q", op, more, b.s.Refusal())
	}
	b.heard(bill.Returned, 5000)

	b.heard(bill.Escrowed, 10000)
	for _, k := range []bill.Kind{bill.Stacked, bill.Idling, bill.Idling} {
		if err := b.s.Heard(t0, bill.Event{Kind: k, Value: 10000}); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		d, _ = b.s.Decide(b.leg, true)
		if op, more := b.s.Settle(t0, d, false); op != 0 || more || b.s.Waiting() != 2 {
			t.Fatalf("%v, %v, %d wait", op, more, b.s.Waiting())
		}
	}
	if op := b.settle(); len(op) != 1 || op[0] != bill.Confirm || b.leg.Total != 10000 {
		t.Errorf("ordered %v, total %s", op, b.leg.Total)
	}

	for range MaxReports {
		if err := b.s.Heard(t0, bill.Event{Kind: bill.Stacked, Value: 100}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.s.Heard(t0, bill.Event{Kind: bill.Stacked, Value: 100}); !errors.Is(err, ErrReports) {
		t.Errorf("past the bound: %v", err)
	}
}

// TestTheTotalIsFixedWhenNothingMoves: at "disabled", or after its patience; with a
// note on its way only after the note's.
func TestTheTotalIsFixedWhenNothingMoves(t *testing.T) {
	b := newBench(t)
	if b.s.Open(b.now).Op != bill.Enable {
		t.Error("not opened")
	}
	b.heard(bill.Idling, 0)
	b.heard(bill.Escrowed, 10000)
	if !b.s.Close(b.now, tender.ByCustomer, b.leg) || b.s.Close(b.now, tender.ByDevice, b.leg) {
		t.Error("closed not once")
	}
	b.turn(Nothing)
	b.heard(bill.Stacked, 10000)
	b.turn(Nothing) // it has not said that it is shut
	b.now = b.now.Add(ClosePatience - time.Second)
	b.turn(Nothing)
	b.heard(bill.Disabled, 0)
	b.turn(Fix)
	if reason, _ := b.s.Closing(); reason != tender.ByCustomer {
		t.Errorf("because of %q", reason)
	}

	b = newBench(t)
	b.heard(bill.Escrowed, 10000)
	b.s.Close(b.now, tender.ByDevice, b.leg)
	b.now = b.now.Add(NotePatience - time.Second)
	b.turn(Nothing)
	b.now = b.now.Add(time.Second)
	b.turn(Nothing)
	if b.s.Waiting() != 1 {
		t.Fatal("the note was not given up")
	}
	b.settle()
	b.turn(Fix)
	if s := b.leg.Notes[0].State; s != cash.StateUnresolved {
		t.Errorf("the note is %s", s)
	}
}

// TestTheSlotIsProvenAtRest: once after each start of the device, and again while it
// does not open.
func TestTheSlotIsProvenAtRest(t *testing.T) {
	b := newBench(t)
	b.leg = cash.Leg{}
	b.turn(Nothing)
	b.heard(bill.Disabled, 0)
	if o := b.turn(Probe); o.Op != bill.Enable || len(o.Values) != 3 {
		t.Fatalf("ordered %+v", o)
	}
	b.turn(Nothing)
	b.heard(bill.Idling, 0)
	if b.s.Taking() {
		t.Error("the page says that notes are taken, and nobody pays")
	}
	if o := b.turn(Probe); o.Op != bill.Disable {
		t.Fatalf("ordered %+v", o)
	}
	b.heard(bill.Disabled, 0)
	b.turn(Nothing)

	b.heard(bill.PoweredUp, 0)
	b.heard(bill.Disabled, 0)
	b.turn(Probe)
	b.now = b.now.Add(ProbePatience)
	if o := b.turn(Probe); o.Op != bill.Disable || !b.s.Blind() {
		t.Fatalf("ordered %+v, blind %v", o, b.s.Blind())
	}
	b.turn(Nothing)
	b.now = b.now.Add(ProbeEvery)
	if o := b.turn(Probe); o.Op != bill.Enable {
		t.Fatalf("ordered %+v", o)
	}
	b.s.OrderRefused(b.now, bill.Enable)
	if !b.s.Blind() {
		t.Error("the driver refused, and the slot counts as open")
	}
	b.s.OrderRefused(b.now, bill.Stack)
	b.now = b.now.Add(ProbeEvery)
	b.turn(Probe)
	b.heard(bill.Idling, 0)
	if b.s.Blind() {
		t.Error("it opened, and counts as blind")
	}
}

// TestAValidatorStaysBlindUntilItOpens: neither a further try nor a restart of the device
// is news of it.
func TestAValidatorStaysBlindUntilItOpens(t *testing.T) {
	b := newBench(t)
	b.leg = cash.Leg{}
	b.heard(bill.Disabled, 0)
	b.turn(Probe)
	b.heard(bill.Unusable, 0)
	for range 3 {
		for _, k := range []bill.Kind{bill.Starting, bill.PoweredUp, bill.Disabled} {
			b.heard(k, 0)
			if !b.s.Blind() {
				t.Fatalf("%v, and it counts as open", k)
			}
		}
		if o := b.turn(Probe); o.Op != bill.Enable {
			t.Fatalf("ordered %+v", o)
		}
		b.now = b.now.Add(ProbePatience)
		if o := b.turn(Probe); o.Op != bill.Disable || !b.s.Blind() {
			t.Fatalf("ordered %+v, blind %v", o, b.s.Blind())
		}
	}
}

// TestAValidatorThatComesToRestIsTried: it had opened since its start, was unusable and came to
// rest without another: nobody could pay with notes any more until it started again.
func TestAValidatorThatComesToRestIsTried(t *testing.T) {
	b := newBench(t)
	b.leg = cash.Leg{}
	b.heard(bill.Disabled, 0)
	b.turn(Probe)
	b.heard(bill.Idling, 0)
	if o := b.turn(Probe); o.Op != bill.Disable {
		t.Fatalf("ordered %+v", o)
	}
	b.heard(bill.Disabled, 0)
	b.heard(bill.Unusable, 0)
	if !b.s.Blind() {
		t.Error("it is unusable, and counts as open")
	}
	b.heard(bill.Disabled, 0)
	if o := b.turn(Probe); o.Op != bill.Enable {
		t.Fatalf("ordered %+v", o)
	}
	b.heard(bill.Idling, 0)
	if b.s.Blind() {
		t.Error("it opened, and counts as blind")
	}
}

// TestASlotThatOpensForNobodyIsShut: the device was away while it was tried, and its
// driver opens it once it is back.
func TestASlotThatOpensForNobodyIsShut(t *testing.T) {
	for _, away := range []bill.Kind{bill.Silent, bill.Starting, bill.PoweredUp} {
		b := newBench(t)
		b.leg = cash.Leg{}
		b.heard(bill.Disabled, 0)
		b.turn(Probe)
		b.heard(away, 0)
		b.turn(Nothing)
		b.heard(bill.Idling, 0)
		if o := b.turn(Probe); o.Op != bill.Disable {
			t.Errorf("%v: ordered %+v", away, o)
		}
		b.heard(bill.Disabled, 0)
		b.turn(Nothing)
	}
}

// TestASpentLimitTakesNoMore, and a pending note is none of it.
func TestASpentLimitTakesNoMore(t *testing.T) {
	b := newBench(t)
	b.leg.Limit = 10900
	b.heard(bill.Escrowed, 10000)
	if b.s.Spent(b.leg) {
		t.Error("a note is on its way")
	}
	b.heard(bill.Stacked, 10000)
	if !b.s.Spent(b.leg) {
		t.Error("9.00 is left, and the smallest note is 10.00")
	}
	b.leg.Limit = 11000
	if b.s.Spent(b.leg) {
		t.Error("10.00 is left")
	}
}
