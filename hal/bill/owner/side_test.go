package owner

import (
	"errors"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

var start = time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)

// all is a device that has every value, none one that has not any.
func all([]int64) bool  { return true }
func none([]int64) bool { return false }

func do(t *testing.T, b *Side, op bill.Op, order *Order, want error) {
	t.Helper()
	if err := b.Do(start, bill.Command{Op: op}, order, all); !errors.Is(err, want) {
		t.Errorf("Do(%v): error %v, want %v", op, err, want)
	}
}

func told(t *testing.T, b *Side, want ...bill.Kind) {
	t.Helper()
	var got []bill.Kind
	for _, ev := range b.Events() {
		got = append(got, ev.Kind)
	}
	if !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

func TestConfirmMeetsAReportOrIsIgnored(t *testing.T) {
	b := &Side{}
	do(t, b, bill.Confirm, nil, nil)
	do(t, b, bill.Confirm, nil, nil)
	for _, k := range []bill.Kind{bill.Stacked, bill.PoweredUpInStacker, bill.Returned, bill.PoweredUpInValidator} {
		if !b.Emit(k, 100, "") || b.Confirmed() {
			t.Errorf("%v is no report that waits", k)
		}
		do(t, b, bill.Confirm, nil, nil)
		if !b.Confirmed() {
			t.Errorf("%v is not confirmed", k)
		}
	}
	for k := bill.Starting; k <= bill.Refused; k++ {
		switch k {
		case bill.Stacked, bill.PoweredUpInStacker, bill.Returned, bill.PoweredUpInValidator:
		default:
			if b.Emit(k, 100, "") || !b.Confirmed() {
				t.Errorf("%v waits for Confirm", k)
			}
		}
	}
	b.Emit(bill.Stacked, 100, "")
	b.Emit(bill.Stacked, 100, "")
	do(t, b, bill.Confirm, nil, nil)
	if b.Confirmed() || b.Reports() != 6 {
		t.Errorf("one Confirm of two reports: confirmed %v, %d reports", b.Confirmed(), b.Reports())
	}
}

func TestOrders(t *testing.T) {
	b := &Side{}
	for _, op := range []bill.Op{bill.Stack, bill.Return, bill.Hold} {
		do(t, b, op, nil, bill.ErrNoNote)
	}
	for _, c := range []struct {
		was, op, now bill.Op
		want         error
	}{
		{0, bill.Stack, bill.Stack, nil},
		{0, bill.Return, bill.Return, nil},
		{bill.Stack, bill.Stack, bill.Stack, nil},
		{bill.Stack, bill.Return, bill.Stack, bill.ErrDecided},
		{bill.Return, bill.Stack, bill.Return, bill.ErrDecided},
		{bill.Stack, bill.Hold, bill.Stack, nil},
	} {
		o := &Order{Op: c.was}
		do(t, b, c.op, o, c.want)
		if o.Op != c.now {
			t.Errorf("%v after %v: order %v, want %v", c.op, c.was, o.Op, c.now)
		}
	}
	if err := b.Do(start, bill.Command{Op: 99}, &Order{}, all); err == nil || err.Error() != "cannot Op(99): unknown command" {
		t.Errorf("error %v", err)
	}
}

func TestDecisionOfANoteNobodyDecidedOn(t *testing.T) {
	b := &Side{MaxHold: time.Minute}
	o := b.Undecided(start)
	for _, c := range []struct {
		after time.Duration
		want  bill.Op
	}{{0, 0}, {time.Minute - 1, 0}, {time.Minute, bill.Return}, {time.Hour, bill.Return}} {
		if got := b.Decision(start.Add(c.after), o); got != c.want {
			t.Errorf("after %v: %v, want %v", c.after, got, c.want)
		}
	}
	if err := b.Do(start.Add(50*time.Second), bill.Command{Op: bill.Hold}, &o, all); err != nil {
		t.Fatal(err)
	}
	if got := b.Decision(start.Add(100*time.Second), o); got != 0 {
		t.Errorf("after Hold: %v, want none", got)
	}
	b.ResetWanted = true
	if got := b.Decision(start, o); got != bill.Return {
		t.Errorf("with a RESET wanted: %v, want return", got)
	}
	o.Op = bill.Stack
	if got := b.Decision(start.Add(time.Hour), o); got != bill.Stack {
		t.Errorf("decided: %v, want stack", got)
	}
}

func TestANoteThatIsNotStackedGoesBack(t *testing.T) {
	b, o := &Side{}, &Order{Op: bill.Stack, Sent: 4}
	b.TurnBack(o, 5)
	told(t, b)
	o.Sent = 5
	b.TurnBack(o, 5)
	if o.Op != bill.Return || o.Sent != 0 {
		t.Errorf("order %+v", *o)
	}
	if ev := b.Events(); len(ev) != 1 || ev[0] != (bill.Event{Kind: bill.Failed, Detail: "does not stack the note"}) {
		t.Errorf("told %v", ev)
	}
	o.Sent = 5
	b.TurnBack(o, 5) // a return is not turned back
	told(t, b)
}

func TestUnheardNoteIsNoCredit(t *testing.T) {
	for _, c := range []struct {
		ordered, doubt bool
		kind           bill.Kind
		detail         string
	}{
		{true, false, bill.Lost, "note unaccounted for: stacking ended without a report"},
		{true, true, bill.Lost, "note unaccounted for: stacking ended without a report"},
		{false, true, bill.Lost, "note unaccounted for: nobody heard that it went back"},
		{false, false, bill.Returned, ""},
	} {
		if k, fen, detail := Unheard(c.ordered, c.doubt, 10000); k != c.kind || fen != 10000 || detail != c.detail {
			t.Errorf("ordered %v, in doubt %v: %v %d %q", c.ordered, c.doubt, k, fen, detail)
		}
	}
}

func TestRestIsToldOnceForEachCommand(t *testing.T) {
	b := &Side{}
	b.EmitRest(true, false)
	b.EmitRest(true, false)
	told(t, b, bill.Disabled)
	do(t, b, bill.Enable, nil, nil)
	b.EmitRest(true, false) // still shut
	told(t, b)
	b.Setting.Used(start)
	b.EmitRest(false, true)
	b.EmitRest(false, true)
	told(t, b, bill.Idling)
	if b.Setting != (Backoff{}) {
		t.Error("the wait did not end")
	}
	do(t, b, bill.Enable, nil, nil)
	b.EmitRest(false, true)
	do(t, b, bill.Disable, nil, nil)
	b.EmitRest(false, true) // still open
	b.EmitRest(true, false)
	do(t, b, bill.Disable, nil, nil)
	b.EmitRest(true, false)
	told(t, b, bill.Idling, bill.Disabled, bill.Disabled)
	b.Announced = 0
	b.EmitStart()
	b.EmitStart()
	b.EmitRest(true, false)
	b.EmitStart()
	told(t, b, bill.Starting, bill.Disabled, bill.Starting)
}

func TestValuesThatTheDeviceDoesNotHave(t *testing.T) {
	b := &Side{}
	if err := b.Do(start, bill.Command{Op: bill.Enable}, nil, none); !errors.Is(err, bill.ErrValues) || b.Enabled {
		t.Errorf("error %v, enabled %v", err, b.Enabled)
	}
	told(t, b, bill.Unusable)
	values := []int64{10000}
	if err := b.Do(start, bill.Command{Op: bill.Enable, Values: values}, nil, all); err != nil {
		t.Fatal(err)
	}
	values[0] = 1
	if !b.Enabled || !slices.Equal(b.Values, []int64{10000}) {
		t.Errorf("enabled %v for %v", b.Enabled, b.Values)
	}
	b.EmitNoValues()
	b.EmitNoValues()
	told(t, b, bill.Unusable)
	do(t, b, bill.Enable, nil, nil)
	b.EmitNoValues()
	told(t, b, bill.Unusable)
}

func TestBackoff(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		use  func(*Backoff)
		want []time.Duration
	}{
		"refused": {func(b *Backoff) { b.Used(start) }, []time.Duration{0, 0, s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s, 60 * s, 60 * s, 60 * s, 60 * s}},
		"fault":   {func(b *Backoff) { b.UsedReset(start) }, []time.Duration{20 * s, 40 * s, 80 * s, 160 * s, 300 * s, 300 * s}},
		"spaced":  {func(b *Backoff) { b.Space(start, 3, s, s) }, []time.Duration{0, 0, s, s, s}},
	} {
		var b Backoff
		for i, want := range c.want {
			if c.use(&b); b.Due(start.Add(want-1)) || !b.Due(start.Add(want)) || b.Tries != i+1 {
				t.Errorf("%s: attempt %d waits until %v, want %v", name, i+1, b.Next.Sub(start), want)
			}
		}
	}
	var b Backoff
	b.Wait(start, FaultReset)
	if b.Due(start.Add(10*s-1)) || !b.Due(start.Add(10*s)) {
		t.Error("the first attempt does not wait for 10 s")
	}
	b.UsedReset(start)
	b.Wait(start.Add(time.Hour), FaultReset)
	if !b.Due(start.Add(20 * s)) {
		t.Error("a later attempt was put off")
	}
}

func TestWantedAndDistinctValues(t *testing.T) {
	for _, c := range []struct {
		value  int64
		values []int64
		want   bool
	}{
		{100, nil, true},
		{100, []int64{}, true},
		{100, []int64{500, 100}, true},
		{100, []int64{500}, false},
		{0, nil, false},
		{0, []int64{0}, false},
		{-100, nil, false},
	} {
		if got := Wanted(c.value, c.values); got != c.want {
			t.Errorf("%d of %v: %v", c.value, c.values, got)
		}
	}
	if got := Distinct([]int64{0, 500, 100, 500, 0, 100}); !slices.Equal(got, []int64{500, 100}) {
		t.Errorf("distinct %v", got)
	}
	if Distinct([]int64{0}) != nil {
		t.Error("a table without values has some")
	}
}
