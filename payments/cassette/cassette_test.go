package cassette

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wattkiosk/payments/cash"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

const (
	payment = "10000001010000000001"
	serial  = "10000001010000000042"
)

var opened = collection.Opened{By: "4711", With: "4712", At: 1000}

// step is an event with the serial of its record.
type step struct {
	of string
	e  leg.Event
}

func stacked(n int, v money.Amount) step { return step{payment, cash.NoteStacked{Note: n, Value: v}} }

// after is a book after steps, which must all be right.
func after(t *testing.T, b Book, steps ...step) Book {
	t.Helper()
	for _, s := range steps {
		if err := b.Take(s.of, s.e); err != nil {
			t.Fatalf("%s: %v", s.e.EventType(), err)
		}
	}

	return b
}

// TestDividedAtExchanged: what came before it is out, what comes after it is in.
func TestDividedAtExchanged(t *testing.T) {
	b := after(t, Book{}, stacked(0, 10000), stacked(1, 5000), step{serial, opened}, stacked(2, 5000))
	due := b.Divide("C-2", collection.BySensor, 2000)
	if got := mustJSON(due); got != `{"out":"","in":"C-2","how":"sensor","inside":[{"value":10000,"notes":1},{"value":5000,"notes":2}],"doubt":0,"doubts":0,"prior":false,"at":2000}` {
		t.Error(got)
	}
	b = after(t, b, step{serial, due}, stacked(3, 2000))
	if got := mustJSON(b.Account.Piles); got != `[{"value":2000,"notes":1}]` || b.Notes != 1 || b.Total != 2000 || b.Number != "C-2" || b.Since != 2000 {
		t.Errorf("%+v", b.Account)
	}
	if c := b.Collections; len(c) != 1 || c[0].Expected() != 20000 || c[0].Stage != collection.Divided {
		t.Errorf("%+v", c)
	}
	if b.Stacked != (Tally{4, 22000}) || b.Collected != (Tally{3, 20000}) || b.Balance() != nil {
		t.Errorf("%+v %+v %v", b.Stacked, b.Collected, b.Balance())
	}
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}

	return string(b)
}

// TestANoteInDoubt is beside the sum until it is heard of, and goes with the cassette that
// was in then.
func TestANoteInDoubt(t *testing.T) {
	lost := step{payment, cash.NoteUnresolved{Note: 1, Value: 5000}}
	b := after(t, Book{}, stacked(0, 10000), lost, lost, step{"", cash.StrayNote{Evidence: "stacked-without-order"}})
	if d := b.Divide("C-2", collection.ByPeople, 1); d.Doubt != 5000 || d.Doubts != 2 || collection.Sum(d.Inside) != 10000 {
		t.Errorf("%+v", d)
	}
	for name, c := range map[string]struct {
		e     leg.Event
		total money.Amount
	}{"found": {cash.NoteStacked{Note: 1, Value: 5000}, 15000}, "returned": {cash.NoteReturned{Note: 1, Value: 5000}, 10000}} {
		a, err := b.Account.Take(payment, c.e)
		if err != nil || a.Doubts != 0 || a.Doubt != 0 || a.Total != c.total || len(b.Waiting) != 1 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

// TestACollectionThatLies is found by whoever has the records.
func TestACollectionThatLies(t *testing.T) {
	b := after(t, Book{}, stacked(0, 10000), stacked(1, 5000), step{serial, opened})
	for name, change := range map[string]func(*collection.Exchanged){
		"a note less":      func(e *collection.Exchanged) { e.Inside = e.Inside[:1] },
		"a note more":      func(e *collection.Exchanged) { e.Inside[1].Notes = 2 },
		"another value":    func(e *collection.Exchanged) { e.Inside[1].Value = 2000 },
		"a note in doubt":  func(e *collection.Exchanged) { e.Doubt, e.Doubts = 100, 1 },
		"another cassette": func(e *collection.Exchanged) { e.Out = "C-9" },
		"moved":            func(e *collection.Exchanged) { e.Moved = 1 },
	} {
		due := b.Divide("C-2", collection.BySensor, 2)
		change(&due)
		if err := b.Take(serial, due); !errors.Is(err, ErrDivided) || b.Total != 15000 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBalanceFindsWhatIsMissing: the sum of the notes is not made of the account.
func TestBalanceFindsWhatIsMissing(t *testing.T) {
	b := after(t, Book{}, stacked(0, 10000), step{serial, opened})
	b = after(t, b, step{serial, b.Divide("C-2", collection.BySensor, 2)}, stacked(1, 5000))
	b.Account.Notes, b.Account.Total = 0, 0
	if err := b.Balance(); !errors.Is(err, ErrBalance) {
		t.Error(err)
	}
}

// TestStateOfOlderSoftware has no denominations: they are older notes, until a collection.
func TestStateOfOlderSoftware(t *testing.T) {
	var a Account
	if err := json.Unmarshal([]byte(`{"notes":3,"total":17000}`), &a); err != nil {
		t.Fatal(err)
	}
	a, _ = a.Take(payment, cash.NoteStacked{Value: 2000})
	n, sum := a.Older()
	e := a.Divide("C-2", collection.ByPeople, 5)
	if n != 3 || sum != 17000 || !e.Prior || e.Older != 17000 || e.OlderNotes != 3 || collection.Sum(e.Inside) != 2000 {
		t.Errorf("%d of %s; %+v", n, sum, e)
	}
	a, _ = a.Take(serial, opened)
	a, err := a.Take(serial, e)
	if n, sum := a.Older(); err != nil || n != 0 || sum != 0 || a.Prior || a.Collection.Expected() != 19000 {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestRecordsThatBeginInTheMiddle: a collection of which only the end is left divides all
// the same, and from there on the account is whole.
func TestRecordsThatBeginInTheMiddle(t *testing.T) {
	e := collection.Exchanged{In: "C-2", How: collection.BySensor, Inside: []collection.Pile{{Value: 10000, Notes: 7}}, At: 9}
	b := after(t, From(100), stacked(0, 10000), step{serial, e}, step{serial, collection.Counted{}}, stacked(1, 5000))
	if b.Prior || b.Notes != 1 || b.Total != 5000 || b.Balance() != nil || b.Collected != (Tally{7, 70000}) {
		t.Errorf("%+v", b)
	}
	less := From(100)
	less = after(t, less, stacked(0, 10000), stacked(1, 10000))
	e.Inside = []collection.Pile{{Value: 10000, Notes: 1}}
	if err := less.Take(serial, e); !errors.Is(err, ErrDivided) {
		t.Errorf("fewer notes than there were records of: %v", err)
	}
}

// TestMovedUnaskedChangesNoSum and is told at the next exchange.
func TestMovedUnaskedChangesNoSum(t *testing.T) {
	b := after(t, Book{}, stacked(0, 10000), step{"", collection.Moved{Out: true, At: 1}})
	if !b.Away || b.Moved != 1 || b.Total != 10000 {
		t.Errorf("%+v", b.Account)
	}
	b = after(t, b, step{"", collection.Moved{At: 2}}, step{serial, opened})
	if e := b.Divide("C-2", collection.BySensor, 3); b.Away || e.Moved != 1 || collection.Sum(e.Inside) != 10000 {
		t.Errorf("%+v", e)
	}
}

// TestPutBack: a cassette that was out in a collection and is in again has its notes still, and was
// out once.
func TestPutBack(t *testing.T) {
	b := after(t, Book{}, step{"10000001010000000041", cash.NoteStacked{Value: 10000}}, step{serial, opened}, step{"", collection.Moved{Out: true, At: 1}},
		step{"", collection.Moved{At: 2}}, step{serial, collection.Abandoned{Reason: "put-back", At: 3}})
	if b.Total != 10000 || b.Moved != 1 || b.Left || b.Away {
		t.Errorf("%+v", b.Account)
	}
	b = after(t, b, step{"10000001010000000043", opened})
	if e := b.Divide("C-2", collection.ByPower, 4); e.Moved != 1 || collection.Sum(e.Inside) != 10000 {
		t.Errorf("%+v", e)
	}
	b = after(t, b, step{"10000001010000000043", collection.Abandoned{Reason: "put-back", At: 5}}) // while the power was off
	if b.Total != 10000 || b.Moved != 2 {
		t.Errorf("%+v", b.Account)
	}
}

// TestOneCollectionAtATime: the second begins after the first one's end.
func TestOneCollectionAtATime(t *testing.T) {
	b := after(t, Book{}, step{serial, opened})
	if err := b.Take("10000001010000000043", opened); !errors.Is(err, leg.ErrIllegal) {
		t.Error(err)
	}
	b = after(t, b, step{serial, collection.Abandoned{At: 1}}, step{"10000001010000000043", opened})
	if len(b.Collections) != 2 || b.Collection.Serial != "10000001010000000043" {
		t.Errorf("%+v", b.Collections)
	}
}

// TestWholeJournalsBalance: whatever happens in whatever order, notes in are notes out and
// inside, note by note, and an account read back from its JSON goes on as it was.
func TestWholeJournalsBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b Book
		inside := map[money.Amount]int64{} // the cassette, counted by hand
		for i := range rapid.IntRange(0, 30).Draw(t, "events") {
			of := "1000000101" + strings.Repeat("0", 9) + "7"
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0, 1:
				v := rapid.SampledFrom([]money.Amount{100, 500, 1000, 2000, 5000, 10000}).Draw(t, "value")
				must(t, b.Take(payment, cash.NoteStacked{Note: i, Value: v}))
				inside[v]++
			case 2:
				must(t, b.Take("", cash.StrayNote{Evidence: "stacked-without-order"}))
				inside[0]++
			case 3:
				if !b.Collection.Open() {
					b.Collection = collection.Collection{}
					must(t, b.Take(of, opened))
				}
			case 4:
				if b.Collection.Stage == collection.Begun {
					e := b.Divide(fmt.Sprintf("C-%d", i), collection.BySensor, int64(i))
					for _, p := range e.Inside {
						if inside[p.Value] != p.Notes {
							t.Fatalf("%d of %s divided, %d inside", p.Notes, p.Value, inside[p.Value])
						}
					}
					must(t, b.Take(of, e))
					inside = map[money.Amount]int64{}
				}
			case 5:
				if b.Collection.Stage == collection.Begun {
					must(t, b.Take(of, collection.Abandoned{}))
				}
			}
			var read Account
			if err := json.Unmarshal([]byte(mustJSON(b.Account)), &read); err != nil || mustJSON(read) != mustJSON(b.Account) {
				t.Fatalf("%v\n%s\n%s", err, mustJSON(read), mustJSON(b.Account))
			}
			if err := b.Balance(); err != nil {
				t.Fatal(err)
			}
		}
		n := int64(0)
		for _, notes := range inside {
			n += notes
		}
		if int64(b.Notes) != n {
			t.Fatalf("%d notes inside, %d by hand", b.Notes, n)
		}
	})
}

func must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
