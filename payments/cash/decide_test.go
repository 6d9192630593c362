package cash

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

// with is a leg up to 200.00 after events that must be legal.
func with(t *testing.T, events ...leg.Event) Leg {
	t.Helper()
	l, err := Open(20000)
	if err != nil {
		t.Fatal(err)
	}

	for _, e := range events {
		if l, _, err = l.Apply(e); err != nil {
			t.Fatal(err)
		}
	}

	return l
}

// TestDecide is the table of the package comment, cell by cell.
func TestDecide(t *testing.T) {
	accepted := NoteAccepted{Note: 0, Value: 10000}
	second := NoteAccepted{Note: 1, Value: 5000}
	stacked := NoteStacked{Note: 0, Value: 10000}
	lost := func(evidence string) leg.Event { return NoteUnresolved{Note: 0, Value: 10000, Evidence: evidence} }
	stray := func(v money.Amount, evidence string) leg.Event { return StrayNote{Value: v, Evidence: evidence} }
	late := func(inferred bool) leg.Event {
		return NoteStacked{Note: 0, Value: 10000, Inferred: inferred, Evidence: "stacked-late"}
	}

	empty := with(t)
	pending := with(t, accepted)
	credited := with(t, accepted, stacked)
	waits := with(t, accepted, lost("no-report-in-time"))
	jammed := with(t, accepted, lost("left-in-path"))
	gone := with(t, accepted, lost("unaccounted-for"))
	nowhere := with(t, accepted, lost("ready-without-report"))
	back := with(t, accepted, NoteReturned{Note: 0, Value: 10000})
	replaced := with(t, accepted, lost("another-note-in-escrow"))
	goneBesideWaiting := with(t, accepted, lost("unaccounted-for"), second, NoteUnresolved{Note: 1, Value: 5000, Evidence: "no-report-in-time"})
	pendingBesideWaiting := with(t, accepted, lost("no-report-in-time"), second)
	creditedBesideWaiting := with(t, accepted, lost("no-report-in-time"), second, NoteStacked{Note: 1, Value: 5000})
	twoWait := with(t, accepted, lost("no-report-in-time"), second, NoteUnresolved{Note: 1, Value: 5000})

	for _, c := range []struct {
		name   string
		s      Situation
		r      Report
		v      money.Amount
		order  Order
		events []leg.Event
	}{
		{"a note is offered", Situation{Leg: empty}, Escrowed, 10000, Stack, []leg.Event{accepted}},
		{"offered over the limit", Situation{Leg: credited}, Escrowed, 20000, Return, nil},
		{"offered while closing", Situation{Leg: empty, Closing: true}, Escrowed, 10000, Return, nil},
		{"offered without a transaction", Situation{}, Escrowed, 10000, Return, nil},
		{"the pending note, still in escrow", Situation{Leg: pending, Repeat: true}, Escrowed, 10000, Return, nil},
		{"another note while one is pending", Situation{Leg: pending}, Escrowed, 5000, Return, []leg.Event{lost("another-note-in-escrow")}},
		{"another note while one is pending and closing", Situation{Leg: pending, Closing: true}, Escrowed, 5000, Return, []leg.Event{lost("another-note-in-escrow")}},

		{"stacked", Situation{Leg: pending}, Stacked, 10000, Confirm, []leg.Event{NoteStacked{Note: 0, Value: 10000, Evidence: "stacked"}}},
		{"stacked while closing", Situation{Leg: pending, Closing: true}, Stacked, 10000, Confirm, []leg.Event{NoteStacked{Note: 0, Value: 10000, Evidence: "stacked"}}},
		{"stacked with another value", Situation{Leg: pending}, Stacked, 5000, Confirm, []leg.Event{lost("another-value-stacked"), stray(5000, "value-differs-from-escrow")}},
		{"stacked, value not told", Situation{Leg: pending}, Stacked, 0, Confirm, []leg.Event{NoteStacked{Note: 0, Value: 10000, Inferred: true, Evidence: "stacked-value-not-told"}}},
		{"stacked, the value of one that waits", Situation{Leg: pendingBesideWaiting}, Stacked, 10000, Confirm, []leg.Event{late(false)}},
		{"repeated", Situation{Leg: credited, Repeat: true}, Stacked, 10000, Confirm, nil},
		{"repeated, value not told", Situation{Leg: credited, Repeat: true}, Stacked, 0, Confirm, nil},
		{"another note after a restart", Situation{Leg: credited, Repeat: true}, Stacked, 5000, Confirm, []leg.Event{stray(5000, "stacked-without-order")}},
		{"a second note without order", Situation{Leg: credited}, Stacked, 10000, Confirm, []leg.Event{stray(10000, "stacked-without-order")}},
		{"given up, then stacked", Situation{Leg: waits}, Stacked, 10000, Confirm, []leg.Event{late(false)}},
		{"given up, then another stacked", Situation{Leg: waits}, Stacked, 5000, Confirm, []leg.Event{stray(5000, "stacked-without-order")}},
		{"two given up, then one stacked without its value", Situation{Leg: twoWait}, Stacked, 0, Confirm, []leg.Event{stray(0, "stacked-without-order")}},
		{"stacked without any transaction", Situation{Repeat: true}, Stacked, 10000, Confirm, []leg.Event{stray(10000, "stacked-without-order")}},

		{"in the stacker after a power cut", Situation{Leg: pending, Repeat: true}, InStacker, 0, Confirm, []leg.Event{NoteStacked{Note: 0, Value: 10000, Inferred: true, Evidence: "power-up-in-stacker"}}},
		{"in the stacker, already credited", Situation{Leg: credited, Repeat: true}, InStacker, 0, Confirm, nil},
		{"in the stacker, credited, and another note was seen since", Situation{Leg: credited}, InStacker, 0, Confirm, []leg.Event{stray(0, "stacked-without-order")}},
		{"in the stacker without any note", Situation{Leg: empty, Repeat: true}, InStacker, 0, Confirm, []leg.Event{stray(0, "stacked-without-order")}},
		{"in the stacker without any transaction", Situation{Repeat: true}, InStacker, 0, Confirm, []leg.Event{stray(0, "stacked-without-order")}},
		{"given up, then in the stacker", Situation{Leg: waits}, InStacker, 0, Confirm, []leg.Event{late(true)}},

		{"in the path, pending", Situation{Leg: pending, Repeat: true}, InPath, 10000, Confirm, nil},
		{"in the path, nothing pending", Situation{Leg: credited, Repeat: true}, InPath, 0, Confirm, nil},

		{"returned", Situation{Leg: pending}, Returned, 10000, Confirm, []leg.Event{NoteReturned{Note: 0, Value: 10000, Evidence: "returned"}}},
		{"returned, value not told", Situation{Leg: pending}, Returned, 0, Confirm, []leg.Event{NoteReturned{Note: 0, Value: 10000, Evidence: "returned"}}},
		{"another value returned", Situation{Leg: pending}, Returned, 5000, Confirm, []leg.Event{lost("another-value-returned")}},
		{"returned without pending", Situation{Leg: credited}, Returned, 10000, Confirm, nil},
		{"given up, then returned", Situation{Leg: waits}, Returned, 10000, Confirm, []leg.Event{NoteReturned{Note: 0, Value: 10000, Evidence: "returned-late"}}},
		{"given up, then one of an unknown value returned", Situation{Leg: waits}, Returned, 0, Confirm, []leg.Event{NoteReturned{Note: 0, Value: 10000, Evidence: "returned-late"}}},
		{"left in the path, then returned", Situation{Leg: jammed}, Returned, 0, Confirm, []leg.Event{NoteReturned{Note: 0, Value: 10000, Evidence: "returned-late"}}},
		{"nowhere, then one of that value returned", Situation{Leg: nowhere, Repeat: true}, Returned, 10000, Confirm, nil},
		{"replaced in escrow, then one of that value returned", Situation{Leg: replaced}, Returned, 10000, Confirm, nil},
		{"given up, the next one stacked, then one of that value returned", Situation{Leg: creditedBesideWaiting}, Returned, 10000, Confirm, nil},
		{"given up, then another returned", Situation{Leg: waits}, Returned, 5000, Confirm, nil},
		{"lost, then one of an unknown value returned", Situation{Leg: gone, Repeat: true}, Returned, 0, Confirm, nil},
		{"lost, then one of that value returned", Situation{Leg: gone, Repeat: true}, Returned, 10000, Confirm, nil},
		{"lost, then stacked", Situation{Leg: gone, Repeat: true}, Stacked, 10000, Confirm, []leg.Event{late(false)}},
		{"lost, then in the stacker", Situation{Leg: gone, Repeat: true}, InStacker, 0, Confirm, []leg.Event{stray(0, "stacked-without-order")}},
		{"lost, then another of that value comes in and is stacked", Situation{Leg: gone, Another: true}, Stacked, 10000, Confirm, []leg.Event{stray(10000, "stacked-without-order")}},
		{"lost, then another of that value comes in and is lost", Situation{Leg: gone, Another: true}, Lost, 10000, None, []leg.Event{stray(10000, "unaccounted-for")}},
		{"nowhere, then one of an unknown value stacked", Situation{Leg: nowhere}, Stacked, 0, Confirm, []leg.Event{stray(0, "stacked-without-order")}},
		{"left in the path, then in the stacker", Situation{Leg: jammed, Repeat: true}, InStacker, 0, Confirm, []leg.Event{late(true)}},
		{"one lost and one given up, then one of an unknown value returned", Situation{Leg: goneBesideWaiting}, Returned, 0, Confirm, []leg.Event{NoteReturned{Note: 1, Value: 5000, Evidence: "returned-late"}}},
		{"one lost and one given up, then the other returned", Situation{Leg: goneBesideWaiting}, Returned, 5000, Confirm, []leg.Event{NoteReturned{Note: 1, Value: 5000, Evidence: "returned-late"}}},
		{"given up, then a refused note of that value returned", Situation{Leg: waits, Refused: true}, Returned, 10000, Confirm, nil},

		{"ready, and the note is nowhere", Situation{Leg: pending}, NoNote, 0, None, []leg.Event{lost("ready-without-report")}},
		{"ready", Situation{Leg: credited}, NoNote, 0, None, nil},
		{"given up, then ready", Situation{Leg: waits}, NoNote, 0, None, []leg.Event{lost("ready-without-report")}},
		{"left in the path, then ready", Situation{Leg: jammed}, NoNote, 0, None, []leg.Event{lost("ready-without-report")}},
		{"lost, then ready", Situation{Leg: gone}, NoNote, 0, None, nil},
		{"ready once more", Situation{Leg: nowhere}, NoNote, 0, None, nil},

		{"lost", Situation{Leg: pending}, Lost, 10000, None, []leg.Event{lost("unaccounted-for")}},
		{"another note lost", Situation{Leg: pending}, Lost, 5000, None, []leg.Event{stray(5000, "unaccounted-for")}},
		{"given up, then lost", Situation{Leg: waits}, Lost, 10000, None, []leg.Event{lost("unaccounted-for")}},
		{"given up, then another lost", Situation{Leg: waits}, Lost, 5000, None, []leg.Event{stray(5000, "unaccounted-for")}},
		{"lost, and nowhere already", Situation{Leg: nowhere}, Lost, 10000, None, nil},
		{"lost once more", Situation{Leg: gone}, Lost, 10000, None, nil},
		{"lost without any note", Situation{Leg: empty}, Lost, 10000, None, []leg.Event{stray(10000, "unaccounted-for")}},
		{"lost, value not known", Situation{Leg: pending}, Lost, 0, None, []leg.Event{lost("unaccounted-for")}},
		{"lost without any note, value not known", Situation{Leg: empty, Repeat: true}, Lost, 0, None, []leg.Event{stray(0, "unaccounted-for")}},
		{"lost without a transaction, value not known", Situation{}, Lost, 0, None, []leg.Event{stray(0, "unaccounted-for")}},
		{"credited, then lost, value not known", Situation{Leg: credited}, Lost, 0, None, []leg.Event{stray(0, "unaccounted-for")}},
		{"credited, a start, then lost, value not known", Situation{Leg: credited, Repeat: true}, Lost, 0, None, nil},
		{"lost, then another lost, value not known", Situation{Leg: gone}, Lost, 0, None, []leg.Event{stray(0, "unaccounted-for")}},
		{"lost, a start, then lost, value not known", Situation{Leg: gone, Repeat: true}, Lost, 0, None, nil},
		{"returned, a start, then lost, value not known", Situation{Leg: back, Repeat: true}, Lost, 0, None, []leg.Event{stray(0, "unaccounted-for")}},

		{"left in the path", Situation{Leg: pending}, LeftInPath, 0, None, []leg.Event{lost("left-in-path")}},
		{"left in the path, never accepted", Situation{Leg: empty}, LeftInPath, 0, None, []leg.Event{stray(0, "left-in-path")}},

		{"given up", Situation{Leg: pending}, GivenUp, 0, None, []leg.Event{lost("no-report-in-time")}},
		{"given up with nothing pending", Situation{Leg: credited}, GivenUp, 0, None, nil},
	} {
		d := Decide(c.s, c.r, c.v)
		if d.Order != c.order {
			t.Errorf("%s: order %d, want %d", c.name, d.Order, c.order)
		}
		if diff := cmp.Diff(c.events, d.Events); diff != "" {
			t.Errorf("%s: events %s", c.name, diff)
		}

		for _, e := range d.Events {
			if _, isStray := e.(StrayNote); isStray {
				continue
			}
			if _, _, err := c.s.Leg.Apply(e); err != nil {
				t.Errorf("%s: the decision is not legal: %v", c.name, err)
			}
		}
	}
}

// TestWhoseNoteGoesOut: only the return of a note that was accepted says anything
// of a note that we know.
func TestWhoseNoteGoesOut(t *testing.T) {
	pending := with(t, NoteAccepted{Note: 0, Value: 10000})
	for name, c := range map[string]struct {
		s    Situation
		v    money.Amount
		want bool
	}{
		"refused":                  {Situation{Leg: with(t), Closing: true}, 10000, true},
		"over the limit":           {Situation{Leg: with(t)}, 50000, true},
		"no transaction":           {Situation{}, 10000, true},
		"the pending one":          {Situation{Leg: pending}, 10000, false},
		"the pending one, closing": {Situation{Leg: pending, Closing: true}, 10000, false},
		"another than the pending": {Situation{Leg: pending}, 5000, true},
	} {
		if d := Decide(c.s, Escrowed, c.v); d.Order != Return || d.Refused != c.want {
			t.Errorf("%s: order %d, refused %v, want %v", name, d.Order, d.Refused, c.want)
		}
	}
}

// TestWhatComesOutAfterALostNote: once the driver lost a note, the next one that comes out
// may be any, even of the same value, and closes no case.
func TestWhatComesOutAfterALostNote(t *testing.T) {
	pending := with(t, NoteAccepted{Note: 0, Value: 10000})
	d := Decide(Situation{Leg: pending}, Lost, 10000)
	if !d.Refused {
		t.Fatal("what comes out next is taken for the note that was lost")
	}
	after, _, err := pending.Apply(d.Events[0])
	if err != nil {
		t.Fatal(err)
	}
	if d := Decide(Situation{Leg: after, Refused: d.Refused}, Returned, 10000); len(d.Events) != 0 || d.Order != Confirm {
		t.Errorf("order %d, events %v; want a confirmation alone", d.Order, d.Events)
	}
	if d := Decide(Situation{Leg: after}, Lost, 10000); !d.Refused {
		t.Error("a note that was given up before is lost, and what comes out is taken for it")
	}
	if d := Decide(Situation{Leg: pending}, LeftInPath, 0); d.Refused {
		t.Error("a note that was left in the path is another one")
	}
}

// TestEveryNoteIsAccountedFor plays random reports against a cassette that counts
// by itself. Whatever comes in which order, what the device said it stacked is
// credited, found, stray, or a proven repeat, and nothing is credited that is not
// in the cassette.
func TestEveryNoteIsAccountedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, err := Open(1_000_000)
		if err != nil {
			t.Fatal(err)
		}
		var inside, strays int64 // fen that the device stacked; fen of stray notes

		for range rapid.IntRange(1, 80).Draw(t, "reports") {
			r := rapid.SampledFrom([]Report{Escrowed, Stacked, InPath, Returned, NoNote, Lost, GivenUp}).Draw(t, "report")
			v := rapid.SampledFrom([]money.Amount{1000, 5000, 10000}).Draw(t, "value")
			d := Decide(Situation{Leg: l, Closing: rapid.Bool().Draw(t, "closing")}, r, v)
			if r == Stacked {
				inside += int64(v)
			}

			for _, e := range d.Events {
				if s, ok := e.(StrayNote); ok {
					if r == Stacked {
						strays += int64(s.Value)
					}
					continue
				}
				if l, _, err = l.Apply(e); err != nil {
					t.Fatalf("%v: %v", e, err)
				}
			}
			if held := int64(l.Held()); held+strays != inside {
				t.Fatalf("in the cassette %d, held %d, stray %d", inside, held, strays)
			}
		}
	})
}
