package collection

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

const serial = "10000001010000000042"

var (
	opened    = Opened{By: "4711", With: "4712", At: 1000}
	inside    = []Pile{{Value: 10000, Notes: 3}, {Value: 5000, Notes: 2}}
	exchanged = Exchanged{Out: "KA-001", In: "KA-002", How: BySensor, Inside: inside, Doubt: 2000, Doubts: 1, At: 2000}
	right     = Counted{Piles: []Pile{{Value: 5000, Notes: 2}, {Value: 2000}, {Value: 10000, Notes: 3}}, At: 3000}
	short     = Counted{Piles: []Pile{{Value: 10000, Notes: 2}, {Value: 5000, Notes: 2}}, At: 3000}
	explained = Explained{Reason: "一张一百元破损，另袋封存", At: 4000}
	one       = Signed{By: "4712", At: 5000}
	other     = Signed{By: "4711", At: 6000}
	closed    = Closed{Head: strings.Repeat("0a", 32), At: 7000}
	abandoned = Abandoned{Reason: "no key", At: 2000}
	slip      = Slip{Copy: 1, Outcome: "printed", At: 8000}
)

// after is a collection after events, which must all be right.
func after(t *testing.T, events ...leg.Event) Collection {
	t.Helper()
	var c Collection
	for _, e := range events {
		var err error
		if c, err = c.Apply(serial, e); err != nil {
			t.Fatalf("%s: %v", e.EventType(), err)
		}
	}

	return c
}

func TestWholeCollection(t *testing.T) {
	c := after(t, opened, exchanged, short, explained, one, other, closed)
	want := Collection{
		Serial: serial, Stage: Ended, By: "4711", With: "4712", OpenedAt: 1000, Out: "KA-001", In: "KA-002", How: BySensor,
		Inside: inside, Doubt: 2000, Doubts: 1, DividedAt: 2000, Counts: []Counted{short}, Reason: explained.Reason,
		Signed: []string{"4712", "4711"}, Head: closed.Head, EndedAt: 7000,
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("%+v\nwant %+v", c, want)
	}
	if d, is := c.Difference(); !is || d != -10000 || c.Expected() != 40000 {
		t.Errorf("difference %s, %v; expected %s", d, is, c.Expected())
	}
}

// TestTruthTable has every event follow every stage: what may, and what may not.
func TestTruthTable(t *testing.T) {
	events := []leg.Event{opened, exchanged, right, short, explained, one, closed, abandoned, slip}
	for _, row := range []struct {
		stage string
		done  []leg.Event
		may   string // one mark an event, in their order
	}{
		{"nothing", nil, "x........"},
		{"begun", []leg.Event{opened}, ".x.....x."},
		{"divided", []leg.Event{opened, exchanged}, "..xx....."},
		{"counted right", []leg.Event{opened, exchanged, right}, "..xx.x..."},
		{"counted short", []leg.Event{opened, exchanged, short}, "..xxx...."},
		{"explained", []leg.Event{opened, exchanged, short, explained}, "..xxxx..."},
		{"signed by one", []leg.Event{opened, exchanged, right, one}, "........."},
		{"signed by both", []leg.Event{opened, exchanged, right, one, other}, "......x.."},
		{"closed", []leg.Event{opened, exchanged, right, one, other, closed}, "........x"},
		{"abandoned", []leg.Event{opened, abandoned}, "........."},
	} {
		c := after(t, row.done...)
		got := ""
		for _, e := range events {
			next, err := c.Apply(serial, e)
			switch {
			case err == nil:
				got += "x"
			case !errors.Is(err, leg.ErrIllegal):
				t.Errorf("%s: %s: %v", row.stage, e.EventType(), err)
			case !reflect.DeepEqual(next, c):
				t.Errorf("%s: %s was refused and changed it", row.stage, e.EventType())
			default:
				got += "."
			}
		}
		if got != row.may {
			t.Errorf("%s: %s, want %s", row.stage, got, row.may)
		}
	}
}

// TestAnotherCountAsksForAnotherReason: a reason is of the count that it was given for.
func TestAnotherCountAsksForAnotherReason(t *testing.T) {
	c := after(t, opened, exchanged, short, explained, short)
	if c.Reason != "" || c.CanSign("4711") || len(c.Counts) != 2 {
		t.Errorf("%+v", c)
	}
}

// TestSameSumOtherNotes: 400 yuan in other notes is not what the records say.
func TestSameSumOtherNotes(t *testing.T) {
	c := after(t, opened, exchanged, Counted{Piles: []Pile{{Value: 10000, Notes: 4}}})
	if d, _ := c.Difference(); d != 0 || c.Agrees() || c.CanSign("4711") {
		t.Errorf("difference %s, agrees %v", d, c.Agrees())
	}
}

// TestOlderNotesAgreeByNumberAndSum: where the account does not tell the denominations,
// their number and sum are what a count is held against.
func TestOlderNotesAgreeByNumberAndSum(t *testing.T) {
	older := Exchanged{In: "KA-2", How: BySensor, Inside: []Pile{{Value: 10000, Notes: 1}}, Prior: true, Older: 7000, OlderNotes: 2}
	c := after(t, opened, older, Counted{Piles: []Pile{{Value: 10000, Notes: 1}, {Value: 5000, Notes: 1}, {Value: 2000, Notes: 1}}})
	if d, _ := c.Difference(); c.Expected() != 17000 || d != 0 || !c.Agrees() {
		t.Errorf("expected %s, difference %s, agrees %v", c.Expected(), d, c.Agrees())
	}
	c = after(t, opened, older, Counted{Piles: []Pile{{Value: 10000, Notes: 1}, {Value: 1000, Notes: 7}}})
	if d, _ := c.Difference(); d != 0 || c.Agrees() {
		t.Errorf("another number of notes: difference %s, agrees %v", d, c.Agrees())
	}
}

func TestCopiesOfTheSlip(t *testing.T) {
	c := after(t, opened, exchanged, right, one, other, closed, Slip{Copy: 1, Outcome: "started"}, slip, Slip{Copy: 2, Outcome: "started"})
	if c.Copies != 2 || c.Slip != "started" || c.Stage != Ended {
		t.Errorf("%+v", c)
	}
	if _, err := c.Apply(serial, Slip{Outcome: "started"}); !errors.Is(err, ErrEvent) {
		t.Errorf("copy 0: %v", err)
	}
}

func TestRefused(t *testing.T) {
	many := make([]Pile, maxPiles+1)
	for i := range many {
		many[i] = Pile{Value: money.Amount(i + 1), Notes: 1}
	}
	begun, counted := []leg.Event{opened}, []leg.Event{opened, exchanged, short}
	for name, c := range map[string]struct {
		done []leg.Event
		e    leg.Event
	}{
		"one person":             {nil, Opened{By: "4711", With: "4711"}},
		"no number":              {nil, Opened{By: "4711"}},
		"letters":                {nil, Opened{By: "4711", With: "47x1"}},
		"a long number":          {nil, Opened{By: "4711", With: "123456789"}},
		"the same cassette":      {begun, Exchanged{Out: "KA-1", In: "KA-1", How: BySensor}},
		"no cassette":            {begun, Exchanged{Out: "KA-1", How: BySensor}},
		"a sentence":             {begun, Exchanged{In: "KA 1", How: BySensor}},
		"nobody knows how":       {begun, Exchanged{In: "KA-1", How: "guess"}},
		"doubt without a note":   {begun, Exchanged{In: "KA-1", How: BySensor, Doubt: 100}},
		"a denomination twice":   {begun, Exchanged{In: "KA-1", How: BySensor, Inside: []Pile{{100, 1}, {100, 2}}}},
		"older without prior":    {begun, Exchanged{In: "KA-1", How: BySensor, Older: 100, OlderNotes: 1}},
		"older without a note":   {begun, Exchanged{In: "KA-1", How: BySensor, Prior: true, Older: 100}},
		"moved less than never":  {begun, Exchanged{In: "KA-1", How: BySensor, Moved: -1}},
		"less than no note":      {begun, Exchanged{In: "KA-1", How: BySensor, Inside: []Pile{{100, -1}}}},
		"a note of nothing":      {begun, Exchanged{In: "KA-1", How: BySensor, Inside: []Pile{{0, 1}}}},
		"too many notes":         {begun, Exchanged{In: "KA-1", How: BySensor, Inside: []Pile{{100, maxNotes + 1}}}},
		"too much money":         {begun, Exchanged{In: "KA-1", How: BySensor, Inside: []Pile{{money.Max, 1}, {1, 1}}}},
		"too many denominations": {begun, Exchanged{In: "KA-1", How: BySensor, Inside: many}},
		"no reason":              {counted, Explained{}},
		"a reason of lines":      {counted, Explained{Reason: "a\nb"}},
		"a novel":                {counted, Explained{Reason: strings.Repeat("长", maxReason+1)}},
		"half a hash":            {[]leg.Event{opened, exchanged, right, one, other}, Closed{Head: "0a"}},
	} {
		before := after(t, c.done...)
		next, err := before.Apply(serial, c.e)
		if !errors.Is(err, ErrEvent) || !reflect.DeepEqual(next, before) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, e := range map[string]leg.Event{"a stranger": Signed{By: "4713"}, "the same again": one} {
		if _, err := after(t, opened, exchanged, right, one).Apply(serial, e); !errors.Is(err, leg.ErrIllegal) {
			t.Errorf("signed by %s: %v", name, err)
		}
	}
	if _, err := after(t, opened).Apply("10000001010000000043", exchanged); !errors.Is(err, leg.ErrIllegal) {
		t.Errorf("of another collection: %v", err)
	}
	counts := after(t, opened, exchanged)
	for range maxCounts {
		counts, _ = counts.Apply(serial, short)
	}
	if _, err := counts.Apply(serial, short); !errors.Is(err, leg.ErrIllegal) || len(counts.Counts) != maxCounts {
		t.Errorf("%d counts, and one more: %v", len(counts.Counts), err)
	}
}
