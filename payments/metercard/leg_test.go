package metercard

import (
	"errors"
	"fmt"
	"testing"

	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

const chip = "0102030405060708"

var sold = Sold{Number: "S1", Card: chip, Count: 5, Amount: 10000, Energy: 18181}

func write(n int) WriteBegun { return WriteBegun{N: n, Card: chip, Count: 5, Amount: 10000} }

func ended(n int, o Outcome) WriteEnded {
	e := WriteEnded{N: n, Outcome: o, Why: "pulled", Count: 4, Purse: 5000}
	if o == Written {
		e.Count, e.Purse = 5, 10000
	}

	return e
}

// with is an ordered leg after events that must be legal.
func with(t *testing.T, events ...leg.Event) Leg {
	t.Helper()
	l, err := Leg{}.Order(sold)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if l, _, err = l.Apply(e); err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
	}

	return l
}

// TestTruthTable is the table of the package comment, with the facts that follow.
func TestTruthTable(t *testing.T) {
	legs := map[string]Leg{
		"not due":      {},
		"due":          with(t),
		"writing":      with(t, write(1)),
		"unwritten":    with(t, write(1), ended(1, Unwritten)),
		"unsure":       with(t, write(1), ended(1, Unsure)),
		"written":      with(t, write(1), ended(1, Written)),
		"left":         with(t, GaveUp{}),
		"left, seen":   with(t, write(1), ended(1, Unwritten), GaveUp{}),
		"left, unsure": with(t, write(1), ended(1, Unsure), GaveUp{}),
		"settled":      with(t, GaveUp{}, Settled{How: Remote, By: "two people"}),
	}
	events := map[string]leg.Event{
		"write 1":     write(1),
		"write 2":     write(2),
		"written 1":   ended(1, Written),
		"unwritten 1": ended(1, Unwritten),
		"unsure 1":    ended(1, Unsure),
		"ended 2":     ended(2, Written),
		"ended so":    WriteEnded{N: 1, Outcome: "so"},

		// What was read back is another thing than the outcome says.
		"written, as before":     WriteEnded{N: 1, Outcome: Written, Count: 4, Purse: 5000},
		"written, another count": WriteEnded{N: 1, Outcome: Written, Count: 6, Purse: 10000},
		"written, another sum":   WriteEnded{N: 1, Outcome: Written, Count: 5, Purse: 10001},
		"written, unread":        WriteEnded{N: 1, Outcome: Written},
		"unwritten, and it is":   WriteEnded{N: 1, Outcome: Unwritten, Count: 5, Purse: 10000},
		"unsure, and it is":      WriteEnded{N: 1, Outcome: Unsure, Count: 5, Purse: 10000},

		"gave up":     GaveUp{Why: "no-card"},
		"settled":     Settled{How: Rewritten, By: "10000001000000000009"},
		"settled so":  Settled{How: "so", By: "x"},
		"by nobody":   Settled{How: Remote},
		"other leg's": other{},
	}
	want := map[string]string{
		"due write 1": "writing moving 0.00", "due gave up": "left not-done 0.00",
		"writing written 1": "written done 0.00", "writing unwritten 1": "unwritten moving 0.00", "writing unsure 1": "unsure moving 0.00",
		"unwritten write 2": "writing moving 0.00", "unwritten gave up": "left not-done 0.00",
		"unsure write 2": "writing moving 0.00", "unsure written 1": "written done 0.00", "unsure unwritten 1": "unwritten moving 0.00",
		"unsure unsure 1": "unsure moving 0.00", "unsure gave up": "left unknown 100.00",
		"left settled": "settled done 0.00", "left, seen settled": "settled done 0.00", "left, unsure settled": "settled done 0.00",
	}
	for state, l := range legs {
		for event, e := range events {
			next, effects, err := l.Apply(e)
			got := fmt.Sprintf("%s %s %s", next.State, next.Fact(), next.Doubt())
			if err != nil {
				got = ""
				if !errors.Is(err, leg.ErrIllegal) || next != l {
					t.Errorf("%s, %s: %v, %+v", state, event, err, next)
				}
			}
			if got != want[state+" "+event] || len(effects) != 0 {
				t.Errorf("%s, %s: %q, want %q", state, event, got, want[state+" "+event])
			}
		}
	}
}

type other struct{}

func (other) EventType() string { return "other" }

// TestUndo: a card that a write began on cannot be made to forget.
func TestUndo(t *testing.T) {
	for l, want := range map[Leg]leg.Undo{with(t): leg.Free, with(t, GaveUp{}): leg.Free, with(t, write(1)): leg.Never, with(t, write(1), ended(1, Unwritten)): leg.Never} {
		if got := l.Undo(); got != want || l.Held() != 0 {
			t.Errorf("%s: %v, held %s", l.State, got, l.Held())
		}
	}
}

// TestWritesAreBounded: a card that is put in again and again is given up at last.
func TestWritesAreBounded(t *testing.T) {
	l := with(t)
	for n := 1; n <= MaxWrites; n++ {
		l, _, _ = l.Apply(write(n))
		l, _, _ = l.Apply(ended(n, Unwritten))
	}
	if _, _, err := l.Apply(write(MaxWrites + 1)); err == nil || l.Writes != 20 {
		t.Errorf("write %d is begun: %v", l.Writes+1, err)
	}
}

// TestOrderedOnce: only what was sold, and once.
func TestOrderedOnce(t *testing.T) {
	for _, s := range []Sold{{}, {Card: chip, Count: 5}, {Card: chip, Amount: 1}, {Count: 5, Amount: 1}} {
		if _, err := (Leg{}).Order(s); err == nil {
			t.Errorf("%+v is written", s)
		}
	}
	if _, err := with(t).Order(sold); err == nil {
		t.Error("ordered twice")
	}
}

// TestFacts: what no card says of itself.
func TestFacts(t *testing.T) {
	good := Facts{Serial: chip, Form: CPU, Kind: Purchase, Meter: "000000000001", Customer: "001000000003", Count: 4, Purse: 5000, Loaded: 4, Left: -100}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Facts){
		"no serial":    func(f *Facts) { f.Serial = "" },
		"long serial":  func(f *Facts) { f.Serial = "01020304050607080" },
		"lower case":   func(f *Facts) { f.Serial = "ab" },
		"letters":      func(f *Facts) { f.Meter = "A" },
		"long number":  func(f *Facts) { f.Customer = "00100000000300000" },
		"no form":      func(f *Facts) { f.Form = "" },
		"no kind":      func(f *Facts) { f.Kind = "gift" },
		"count":        func(f *Facts) { f.Count = MaxCount + 1 },
		"loaded":       func(f *Facts) { f.Loaded = MaxCount + 1 },
		"purse":        func(f *Facts) { f.Purse = -1 },
		"purse, large": func(f *Facts) { f.Purse = money.Max + 1 },
		"left, large":  func(f *Facts) { f.Left = money.Max + 1 },
	} {
		f := good
		change(&f)
		if err := f.Check(); !errors.Is(err, ErrFacts) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
