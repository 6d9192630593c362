package payments

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
)

const serial = "10000001000000000005"

var opened = Opened{Account: "1000000001", Name: "张**", Arrears: 12850, Online: true, Tender: "cash", Limit: 500000, OpenedAt: 1_764_000_000_000}

// build folds events that must be legal.
func build(t *testing.T, events ...Event) Transaction {
	t.Helper()
	var txn Transaction
	for _, e := range events {
		var err error
		if txn, _, err = Step(txn, serial, e); err != nil {
			t.Fatal(err)
		}
	}
	return txn
}

func states(t *testing.T) map[string]Transaction {
	t.Helper()
	note := []Event{opened, NoteAccepted{0, 10000}, NoteStackedEvent{Note: 0, Value: 10000}}
	closed := CashClosed{Total: 10000, Account: "1000000001", Tender: "cash"}
	return map[string]Transaction{
		"zero":       {},
		"tendering":  build(t, opened),
		"pending":    build(t, opened, NoteAccepted{0, 10000}),
		"credited":   build(t, note...),
		"unresolved": build(t, opened, NoteAccepted{0, 10000}, NoteUnresolvedEvent{Note: 0, Value: 10000}),
		"posting":    build(t, append(note, closed)...),
		"posted":     build(t, append(note, closed, OutcomeLearned{Status: Posted, ToArrears: 10000})...),
		"owed":       build(t, append(note, closed, OutcomeLearned{Status: Owed})...),
		"cancelled":  build(t, opened, CashClosed{Account: "1000000001"}),
	}
}

// TestTruthTable is the table of the package comment, row by row: the status and
// effects after each event in each state; "illegal" where there is no entry.
func TestTruthTable(t *testing.T) {
	events := map[string]Event{
		"opened":      opened,
		"accept":      NoteAccepted{1, 2000},
		"accept-0":    NoteAccepted{0, 10000},
		"stacked":     NoteStackedEvent{Note: 0, Value: 10000},
		"returned":    NoteReturnedEvent{Note: 0, Value: 10000},
		"unresolved":  NoteUnresolvedEvent{Note: 0, Value: 10000},
		"close-0":     CashClosed{Account: "1000000001"},
		"close-100":   CashClosed{Total: 10000, Account: "1000000001"},
		"close-other": CashClosed{Total: 10000, Account: "1000000002"},
		"posted":      OutcomeLearned{Status: Posted, ToArrears: 9000, ToAdvance: 1000},
		"posted-less": OutcomeLearned{Status: Posted, ToArrears: 9000},
		"owed":        OutcomeLearned{Status: Owed},
		"pending":     OutcomeLearned{Status: Posting},
		"slip":        SlipAttempt{Copy: 1},
	}
	type cell struct{ state, event string }
	want := map[cell]string{
		{"zero", "opened"}: "tendering accept-notes",

		{"tendering", "accept-0"}: "tendering stack-note",
		{"tendering", "close-0"}:  "cancelled",
		{"tendering", "slip"}:     "tendering",

		{"pending", "stacked"}:    "tendering confirm-note",
		{"pending", "returned"}:   "tendering",
		{"pending", "unresolved"}: "tendering",
		{"pending", "slip"}:       "tendering",

		{"credited", "accept"}:    "tendering stack-note",
		{"credited", "close-100"}: "posting order-post",
		{"credited", "slip"}:      "tendering",

		{"unresolved", "accept"}:   "tendering stack-note",
		{"unresolved", "stacked"}:  "tendering confirm-note",
		{"unresolved", "returned"}: "tendering",
		{"unresolved", "close-0"}:  "disputed print-slip",
		{"unresolved", "slip"}:     "tendering",

		{"posting", "posted"}: "posted print-slip",
		{"posting", "owed"}:   "owed print-slip",
		{"posting", "slip"}:   "posting",

		{"posted", "slip"}:    "posted",
		{"owed", "slip"}:      "owed",
		{"cancelled", "slip"}: "cancelled",
	}
	for sn, s := range states(t) {
		for en, e := range events {
			next, effects, err := Step(s, serial, e)
			got := string(next.Status)
			for _, f := range effects {
				got += " " + string(f)
			}
			if err != nil {
				if !errors.Is(err, ErrIllegal) {
					t.Errorf("%s/%s: %v does not wrap ErrIllegal", sn, en, err)
				}
				if d := cmp.Diff(s, next); d != "" {
					t.Errorf("%s/%s: an illegal event changed the transaction: %s", sn, en, d)
				}
				got = "illegal"
			}
			w, ok := want[cell{sn, en}]
			if !ok {
				w = "illegal"
			}
			if got != w {
				t.Errorf("%s/%s: got %q, want %q", sn, en, got, w)
			}
		}
	}
}

func TestFoundNoteIsOwedByItsCaseAndNeverCredited(t *testing.T) {
	txn := build(t, opened, NoteAccepted{0, 10000}, NoteUnresolvedEvent{Note: 0, Value: 10000}, NoteStackedEvent{Note: 0, Value: 10000, Evidence: "stacked-late"})
	if txn.Total != 0 || txn.Unresolved() != 10000 || txn.Notes[0].State != NoteFound {
		t.Errorf("total %s, unresolved %s, note %s", txn.Total, txn.Unresolved(), txn.Notes[0].State)
	}
}

func TestAnotherSerialIsIllegal(t *testing.T) {
	txn := build(t, opened)
	if _, _, err := Step(txn, "other", NoteAccepted{0, 10000}); !errors.Is(err, ErrIllegal) {
		t.Errorf("got %v", err)
	}
}

func TestConsider(t *testing.T) {
	full := build(t, opened)
	full.Notes = make([]Note, MaxNotes)
	limited := build(t, opened)
	limited.Total = 495000
	for name, c := range map[string]struct {
		txn   Transaction
		value money.Amount
		want  Refusal
	}{
		"fits":           {build(t, opened), 10000, ""},
		"exactly":        {limited, 5000, ""},
		"over the limit": {limited, 10000, RefuseLimit},
		"too many":       {full, 1000, RefuseTooMany},
		"one is pending": {build(t, opened, NoteAccepted{0, 10000}), 10000, RefusePending},
		"not open":       {Transaction{}, 10000, RefuseClosed},
		"no value":       {build(t, opened), 0, RefuseClosed},
	} {
		if _, got := c.txn.Consider(c.value); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// TestTotalIsTheSumOfStackedNotes drives random events; whatever is legal, the
// total is the sum of stacked notes, and no note leaves an end state.
func TestTotalIsTheSumOfStackedNotes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		txn, _, err := Step(Transaction{}, serial, opened)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			i := rapid.IntRange(-1, len(txn.Notes)).Draw(t, "note")
			v := rapid.SampledFrom([]money.Amount{1000, 5000, 10000}).Draw(t, "value")
			e := rapid.SampledFrom([]Event{
				NoteAccepted{len(txn.Notes), v},
				NoteStackedEvent{Note: i, Value: v},
				NoteReturnedEvent{Note: i, Value: v},
				NoteUnresolvedEvent{Note: i, Value: v},
				CashClosed{Total: txn.Total, Account: txn.Account},
				OutcomeLearned{Status: Posted, ToAdvance: txn.Total},
				OutcomeLearned{Status: Owed},
			}).Draw(t, "event")
			before := txn
			if txn, _, err = Step(txn, serial, e); err != nil {
				continue
			}
			var sum money.Amount
			for _, n := range txn.Notes {
				if n.State == NoteStacked {
					sum += n.Value
				}
			}
			if sum != txn.Total {
				t.Fatalf("total %s, stacked notes %s", txn.Total, sum)
			}
			if before.Status != Tendering && txn.Total != before.Total {
				t.Fatalf("total changed from %s to %s after the cash was closed", before.Total, txn.Total)
			}
		}
	})
}

func TestEventsSurviveTheJournal(t *testing.T) {
	for _, e := range []Event{
		opened,
		NoteAccepted{1, 2000},
		NoteStackedEvent{1, 2000, true, "power-up-in-stacker"},
		NoteReturnedEvent{1, 2000, "returned"},
		NoteUnresolvedEvent{1, 2000, "x"},
		StrayNote{2000, "y"},
		CashClosed{13000, "1000000001", "cash", 1, "customer"},
		OutcomeLearned{Posted, "1001", "ok", "R1", 12850, 150},
		SlipAttempt{1, "paid", "printed"},
	} {
		d, err := Draft(serial, e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeEvent(record.Record{Type: d.Type, Version: d.Version, Payload: d.Payload})
		if err != nil {
			t.Errorf("%s: %v", d.Type, err)
		}
		if diff := cmp.Diff(e, got); diff != "" {
			t.Errorf("%s: %s", d.Type, diff)
		}
	}
}

func TestDecodeEventIsStrict(t *testing.T) {
	for name, r := range map[string]record.Record{
		"unknown field": {Type: "note-accepted", Version: 1, Payload: []byte(`{"note":1,"value":2,"pan":"6222"}`)},
		"version":       {Type: "note-accepted", Version: 2, Payload: []byte(`{"note":1,"value":2}`)},
		"trailing":      {Type: "note-accepted", Version: 1, Payload: []byte(`{"note":1,"value":2}{}`)},
		"float money":   {Type: "note-accepted", Version: 1, Payload: []byte(`{"note":1,"value":2.5}`)},
	} {
		if e, err := DecodeEvent(r); !errors.Is(err, ErrEvent) {
			t.Errorf("%s: got %v, %v", name, e, err)
		}
	}
	if e, err := DecodeEvent(record.Record{Type: "alarm"}); e != nil || err != nil {
		t.Errorf("another record: got %v, %v", e, err)
	}
}

func TestSerialAndAccount(t *testing.T) {
	if got := Serial("10000001", 2, 345); got != "10000001020000000345" {
		t.Error(got)
	}
	for s, want := range map[string]bool{"1000000001": true, "100000000001": true, "": false, "12345678901": false, "10000000０1": false, "100000000a": false} {
		if ValidAccount(s) != want {
			t.Errorf("ValidAccount(%q) = %v", s, !want)
		}
	}
	if got := build(t, opened).OpenedAt; !got.Equal(time.UnixMilli(1_764_000_000_000)) {
		t.Error(got)
	}
}
