package cash

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	p "wattkiosk/payments"
	"wattkiosk/payments/money"
)

const serial = "10000001000000000005"

func txn(t *testing.T, events ...p.Event) p.Transaction {
	t.Helper()
	var x p.Transaction
	for _, e := range append([]p.Event{p.Opened{Account: "1000000001", Limit: 20000, Tender: "cash"}}, events...) {
		var err error
		if x, _, err = p.Step(x, serial, e); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// TestTable is the table of the package comment, cell by cell.
func TestTable(t *testing.T) {
	accepted := p.NoteAccepted{Note: 0, Value: 10000}
	stacked := p.NoteStackedEvent{Note: 0, Value: 10000}
	empty, pending := txn(t), txn(t, accepted)
	credited := txn(t, accepted, stacked)
	unresolved := txn(t, accepted, p.NoteUnresolvedEvent{Note: 0, Value: 10000})
	for _, c := range []struct {
		name   string
		s      Situation
		r      Report
		v      int64
		order  Order
		events []p.Event
	}{
		{"a note is offered", Situation{Txn: empty}, Escrowed, 10000, Stack, []p.Event{accepted}},
		{"offered over the limit", Situation{Txn: credited}, Escrowed, 20000, Return, nil},
		{"offered while closing", Situation{Txn: empty, Closing: true}, Escrowed, 10000, Return, nil},
		{"offered without a transaction", Situation{}, Escrowed, 10000, Return, nil},
		{"still in escrow after a restart", Situation{Txn: pending, Restarted: true}, Escrowed, 10000, Return, nil},

		{"stacked", Situation{Txn: pending}, Stacked, 10000, Confirm, []p.Event{p.NoteStackedEvent{Note: 0, Value: 10000, Evidence: "stacked"}}},
		{"stacked while closing", Situation{Txn: pending, Closing: true}, Stacked, 10000, Confirm, []p.Event{p.NoteStackedEvent{Note: 0, Value: 10000, Evidence: "stacked"}}},
		{
			"stacked with another value",
			Situation{Txn: pending},
			Stacked, 5000, Confirm,
			[]p.Event{p.NoteUnresolvedEvent{Note: 0, Value: 10000, Evidence: "another-value-stacked"}, p.StrayNote{Value: 5000, Evidence: "value-differs-from-escrow"}},
		},
		{"stacked, value not told", Situation{Txn: pending}, Stacked, 0, Confirm, []p.Event{p.NoteStackedEvent{Note: 0, Value: 10000, Inferred: true, Evidence: "stacked-value-not-told"}}},
		{"repeated after a restart, value not told", Situation{Txn: credited, Restarted: true}, Stacked, 0, Confirm, nil},
		{"repeated after a restart", Situation{Txn: credited, Restarted: true}, Stacked, 10000, Confirm, nil},
		{"another note after a restart", Situation{Txn: credited, Restarted: true}, Stacked, 5000, Confirm, []p.Event{p.StrayNote{Value: 5000, Evidence: "stacked-without-order"}}},
		{"a second note without order", Situation{Txn: credited}, Stacked, 10000, Confirm, []p.Event{p.StrayNote{Value: 10000, Evidence: "stacked-without-order"}}},
		{"given up, then stacked", Situation{Txn: unresolved}, Stacked, 10000, Confirm, []p.Event{p.NoteStackedEvent{Note: 0, Value: 10000, Evidence: "stacked-late"}}},
		{"stacked without any transaction", Situation{Restarted: true}, Stacked, 10000, Confirm, []p.Event{p.StrayNote{Value: 10000, Evidence: "stacked-without-order"}}},

		{"in the stacker after a power cut", Situation{Txn: pending, Restarted: true}, InStacker, 0, Confirm, []p.Event{p.NoteStackedEvent{Note: 0, Value: 10000, Inferred: true, Evidence: "power-up-in-stacker"}}},
		{"in the stacker, already credited", Situation{Txn: credited, Restarted: true}, InStacker, 0, Confirm, nil},

		{"returned", Situation{Txn: pending}, Returned, 10000, Confirm, []p.Event{p.NoteReturnedEvent{Note: 0, Value: 10000, Evidence: "returned"}}},
		{"returned without pending", Situation{Txn: credited}, Returned, 10000, Confirm, nil},
		{"ready, and the note is nowhere", Situation{Txn: pending}, NoNote, 0, None, []p.Event{p.NoteUnresolvedEvent{Note: 0, Value: 10000, Evidence: "ready-without-report"}}},
		{"ready", Situation{Txn: credited}, NoNote, 0, None, nil},
		{"given up", Situation{Txn: pending}, GivenUp, 0, None, []p.Event{p.NoteUnresolvedEvent{Note: 0, Value: 10000, Evidence: "no-report-in-time"}}},
		{"given up with nothing pending", Situation{Txn: credited}, GivenUp, 0, None, nil},
	} {
		d := Decide(c.s, c.r, money.Amount(c.v))
		if d.Order != c.order {
			t.Errorf("%s: order %d, want %d", c.name, d.Order, c.order)
		}
		if diff := cmp.Diff(c.events, d.Events); diff != "" {
			t.Errorf("%s: events %s", c.name, diff)
		}
		next := c.s.Txn
		for _, e := range d.Events {
			if _, stray := e.(p.StrayNote); stray {
				continue
			}
			var err error
			if next, _, err = p.Step(next, next.Serial, e); err != nil {
				t.Errorf("%s: the decision is not legal: %v", c.name, err)
			}
		}
	}
}
