package payments

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/payments/qr"
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
	note := []Event{opened, cash.NoteAccepted{Note: 0, Value: 10000}, cash.NoteStacked{Note: 0, Value: 10000}}
	lost := []Event{opened, cash.NoteAccepted{Note: 0, Value: 10000}, cash.NoteUnresolved{Note: 0, Value: 10000}}
	closed := cash.Closed{Total: 10000, Account: "1000000001", Tender: "cash"}
	learned := func(s post.State) []Event {
		o := post.OutcomeLearned{Status: s}
		if s == post.Posted {
			o.ToArrears = 10000
		}

		return append(note[:3:3], closed, o)
	}

	return map[string]Transaction{
		"zero":       {},
		"tendering":  build(t, opened),
		"pending":    build(t, opened, cash.NoteAccepted{Note: 0, Value: 10000}),
		"credited":   build(t, note...),
		"unresolved": build(t, lost...),
		"posting":    build(t, append(note[:3:3], closed)...),
		"posted":     build(t, learned(post.Posted)...),
		"owed":       build(t, learned(post.Owed)...),
		"cancelled":  build(t, opened, cash.Closed{Account: "1000000001"}),
		"doubtful":   build(t, append(lost, cash.Closed{Account: "1000000001"})...),
	}
}

// TestStep walks all events over all states: the status and the effects due after
// each; "illegal" where there is no entry.
func TestStep(t *testing.T) {
	events := map[string]Event{
		"opened":      opened,
		"by cheque":   Opened{Account: "1000000001", Tender: "cheque", Limit: 1},
		"no limit":    Opened{Account: "1000000001", Tender: "cash"},
		"accept":      cash.NoteAccepted{Note: 1, Value: 2000},
		"accept-0":    cash.NoteAccepted{Note: 0, Value: 10000},
		"stacked":     cash.NoteStacked{Note: 0, Value: 10000},
		"returned":    cash.NoteReturned{Note: 0, Value: 10000},
		"unresolved":  cash.NoteUnresolved{Note: 0, Value: 10000},
		"close-0":     cash.Closed{Account: "1000000001"},
		"close-100":   cash.Closed{Total: 10000, Account: "1000000001"},
		"close-other": cash.Closed{Total: 10000, Account: "1000000002"},
		"posted":      post.OutcomeLearned{Status: post.Posted, ToArrears: 9000, ToAdvance: 1000},
		"posted-less": post.OutcomeLearned{Status: post.Posted, ToArrears: 9000},
		"owed":        post.OutcomeLearned{Status: post.Owed},
		"pending":     post.OutcomeLearned{Status: post.Ordered},
		"resolved":    post.Resolved{N: 1, Resolves: post.Owed, Outcome: post.Outcome{Status: post.Posted, ToArrears: 10000}},
		"undone":      post.Resolved{N: 1, Resolves: post.Posted, Outcome: post.Outcome{Status: post.Owed}},
		"slip":        SlipAttempt{Copy: 1},
	}
	type cell struct{ state, event string }
	want := map[cell]string{
		{"zero", "opened"}: "tendering take-money",

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

		{"posted", "undone"}: "owed",
		{"posted", "slip"}:   "posted",

		{"owed", "resolved"}: "posted",
		{"owed", "slip"}:     "owed",

		{"cancelled", "slip"}: "cancelled",

		{"doubtful", "stacked"}:  "disputed confirm-note",
		{"doubtful", "returned"}: "cancelled",
		{"doubtful", "slip"}:     "disputed",
	}

	for sn, s := range states(t) {
		for en, e := range events {
			next, effects, err := Step(s, serial, e)
			got := string(next.Status())
			for _, f := range effects {
				got += " " + string(f)
			}
			if err != nil {
				if !errors.Is(err, ErrIllegal) {
					t.Errorf("%s/%s: %v does not wrap ErrIllegal", sn, en, err)
				}
				if d := cmp.Diff(text(t, s), text(t, next)); d != "" {
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

// text is a transaction as it is kept.
func text(t *testing.T, x Transaction) string {
	t.Helper()
	b, err := json.MarshalIndent(x, "", " ")
	if err != nil {
		t.Fatal(err)
	}

	return string(b)
}

func TestAFoldedTransactionIsKeptAsItIs(t *testing.T) {
	for name, x := range states(t) {
		var back Transaction
		if err := json.Unmarshal([]byte(text(t, x)), &back); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(text(t, x), text(t, back)); d != "" || back.Status() != x.Status() {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestAnotherSerialIsIllegal(t *testing.T) {
	txn := build(t, opened)
	if _, _, err := Step(txn, "other", cash.NoteAccepted{Note: 0, Value: 10000}); !errors.Is(err, ErrIllegal) {
		t.Errorf("got %v", err)
	}
}

func TestAStrayNoteChangesNoTransaction(t *testing.T) {
	txn := build(t, opened)
	next, effects, err := Step(txn, "other", cash.StrayNote{Value: 10000})
	if err != nil || len(effects) > 0 || cmp.Diff(text(t, txn), text(t, next)) != "" {
		t.Errorf("%v, %v", effects, err)
	}
}

// TestUnknownArrearsAreNotZero: nobody looked the account up, so nobody knows what
// stays owed.
func TestUnknownArrearsAreNotZero(t *testing.T) {
	offline := opened
	offline.Online = false
	offline.Arrears = 0
	note := []Event{cash.NoteAccepted{Note: 0, Value: 20000}, cash.NoteStacked{Note: 0, Value: 20000}}

	for name, c := range map[string]struct {
		events      []Event
		short, over money.Optional
	}{
		"online, nothing in":  {[]Event{opened}, money.Known(12850), money.Known(0)},
		"online, more than":   {append([]Event{opened}, note...), money.Known(0), money.Known(7150)},
		"offline, nothing in": {[]Event{offline}, money.Optional{}, money.Optional{}},
		"offline, 200 in":     {append([]Event{offline}, note...), money.Optional{}, money.Optional{}},
	} {
		short, over := build(t, c.events...).Short()
		if short != c.short || over != c.over {
			t.Errorf("%s: short %+v, over %+v", name, short, over)
		}
	}
}

// TestTheRouteOfEachTenderIsKnown: a transaction that has no route cannot be opened.
func TestTheRouteOfEachTenderIsKnown(t *testing.T) {
	if slots, ok := RouteOf(Bill, Cash); !ok || len(slots) != 2 || slots[0] != "money" || slots[1] != "post" {
		t.Errorf("bill by cash: %v, %v", slots, ok)
	}
	if slots, ok := RouteOf(Bill, "gold"); ok || slots != nil {
		t.Errorf("bill by gold: %v", slots)
	}
}

// TestNoMoneyWithoutAnEnd drives random events: the total is never posted in part,
// and what ended with money in it is posted, owed or disputed.
func TestNoMoneyWithoutAnEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		txn, _, err := Step(Transaction{}, serial, opened)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			i := rapid.IntRange(-1, len(txn.Cash.Notes)).Draw(t, "note")
			v := rapid.SampledFrom([]money.Amount{1000, 5000, 10000}).Draw(t, "value")
			e := rapid.SampledFrom([]Event{
				cash.NoteAccepted{Note: len(txn.Cash.Notes), Value: v},
				cash.NoteStacked{Note: i, Value: v},
				cash.NoteReturned{Note: i, Value: v},
				cash.NoteUnresolved{Note: i, Value: v},
				cash.Closed{Total: txn.Total(), Account: txn.Account},
				post.OutcomeLearned{Status: post.Posted, ToAdvance: txn.Total()},
				post.OutcomeLearned{Status: post.Owed},
				post.Resolved{N: txn.Post.Resolutions + 1, Resolves: txn.Post.State, Outcome: post.Outcome{Status: post.Owed}},
			}).Draw(t, "event")

			if txn, _, err = Step(txn, serial, e); err != nil {
				continue
			}
			s := txn.Status()
			if s.Ended() && txn.Total() > 0 && s != Posted && s != Owed && s != Disputed {
				t.Fatalf("%s with %s inside", s, txn.Total())
			}
			if r := txn.Post.Result; s == Posted && r.ToArrears+r.ToAdvance != txn.Total() {
				t.Fatalf("posted %s + %s of %s", r.ToArrears, r.ToAdvance, txn.Total())
			}
		}
	})
}

func everyEvent() []Event {
	return []Event{
		opened,
		cash.NoteAccepted{Note: 1, Value: 2000},
		cash.NoteStacked{Note: 1, Value: 2000, Inferred: true, Evidence: "power-up-in-stacker"},
		cash.NoteReturned{Note: 1, Value: 2000, Evidence: "returned"},
		cash.NoteUnresolved{Note: 1, Value: 2000, Evidence: "x"},
		cash.StrayNote{Value: 2000, Evidence: "y"},
		cash.Closed{Total: 13000, Account: "1000000001", Tender: "cash", ClosedAt: 1, Reason: "customer"},
		bankcard.SaleOrdered{N: 1, Terminal: "10000001", Merchant: "123456789012345", Batch: "000001", Trace: "000101", Amount: 8640, Card: "622588******1234", Entry: bankcard.Chip, At: 2},
		bankcard.SaleAnswered{N: 1, Approved: true, Response: "00", Reference: "000000000101", Auth: "A1B2C3", SettleDate: "1129"},
		bankcard.ReversalOrdered{N: 1, Why: bankcard.NoAnswer, At: 3},
		bankcard.ReversalAnswered{N: 1, Done: true, Response: "00"},
		bankcard.Returned{N: 1, By: "zhang", Reason: "bank's letter"},
		bankcard.Evidence{N: 1, What: "approved-late", Response: "00"},
		bankcard.Closed{Total: 8640, Account: "1000000001", ClosedAt: 4, Reason: "paid"},
		bankcard.Captured{Card: "622588******1234", Why: "forgotten", At: 5},
		qr.Ordered{Mode: qr.Shown, Amount: 8640, At: 6},
		qr.Closing{Why: "expired", At: 7},
		qr.Paid{Amount: 8640, Acquirer: "alipay", Reference: "A1", PaidAt: 8},
		qr.NotPaid{Reason: "closed"},
		qr.Unknown{Text: "no word"},
		qr.RefundOrdered{Why: "posting-refused", At: 9},
		qr.RefundAnswered{Done: true, Text: "ok"},
		qr.Returned{By: "zhang", Reason: "paid out"},
		post.OutcomeLearned{Status: post.Posted, Code: "1001", Text: "ok", Reference: "R1", ToArrears: 12850, ToAdvance: 150},
		post.Resolved{N: 1, Resolves: post.Owed, By: "zhang", Reason: "tried again", Outcome: post.Outcome{Status: post.Posted, Code: "1001", Text: "ok", Reference: "R1", ToArrears: 12850, ToAdvance: 150}},
		SlipAttempt{Copy: 1, Kind: "paid", Outcome: "printed"},
		Opened{Purpose: Purchase, Account: "1000000003", Tender: "cash", Limit: 200000, OpenedAt: 1, MeterCard: meterCard},
		Opened{Purpose: Rewrite, Account: "1000000003", MeterCard: meterCard, Original: "10000001000000000001", Sold: fifth},
		post.OutcomeLearned{Status: post.Posted, ToAdvance: 10000, Sold: fifth},
		metercard.WriteBegun{N: 1, Card: "0102030405060708", Count: 5, Amount: 10000, At: 10},
		metercard.WriteEnded{N: 1, Outcome: metercard.Written, Why: "pulled", Count: 5, Purse: 10000, Steps: "ab"},
		metercard.GaveUp{Why: "no-card", At: 11},
		metercard.Settled{How: metercard.Rewritten, By: "10000001000000000009", Reason: "written"},
		collection.Opened{By: "4711", With: "4712", At: 1},
		collection.Exchanged{Out: "C-1", In: "C-2", How: collection.BySensor, Inside: []collection.Pile{{Value: 10000, Notes: 3}}, Doubt: 5000, Doubts: 1, At: 2},
		collection.Exchanged{
			In: "C-2", How: collection.ByPeople, Inside: []collection.Pile{{Value: 10000, Notes: 3}}, Prior: true, Older: 7000, OlderNotes: 2, Moved: 1, At: 2,
		},
		collection.Counted{Piles: []collection.Pile{{Value: 10000, Notes: 2}}, At: 3},
		collection.Explained{Reason: "torn", At: 4},
		collection.Signed{By: "4711", At: 5},
		collection.Closed{Head: strings.Repeat("0a", 32), At: 6},
		collection.Abandoned{Reason: "nobody came", At: 7},
		collection.Slip{Copy: 1, Outcome: "printed", At: 8},
		collection.Moved{Out: true, At: 9},
	}
}

func TestEventsSurviveTheJournal(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range everyEvent() {
		seen[e.EventType()] = true
		d, err := Draft(serial, e)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(record.Record{Type: d.Type, Txn: d.Txn, Version: d.Version, Payload: d.Payload})
		if err != nil {
			t.Errorf("%s: %v", d.Type, err)
		}
		if diff := cmp.Diff(e, got); diff != "" {
			t.Errorf("%s: %s", d.Type, diff)
		}
	}
	for _, typ := range Types() {
		if !seen[typ] {
			t.Errorf("%s is not tried", typ)
		}
	}
}

// TestPayloadsStayAsTheyAre holds the bytes of each event: journals of all releases
// are read for ever.
func TestPayloadsStayAsTheyAre(t *testing.T) {
	want := []string{
		`opened 1 {"account":"1000000001","name":"张**","address":"","arrears":12850,"minimum":0,"online":true,"tender":"cash","limit":500000,"opened_at":1764000000000}`,
		`note-accepted 1 {"note":1,"value":2000}`,
		`note-stacked 1 {"note":1,"value":2000,"inferred":true,"evidence":"power-up-in-stacker"}`,
		`note-returned 1 {"note":1,"value":2000,"evidence":"returned"}`,
		`note-unresolved 1 {"note":1,"value":2000,"evidence":"x"}`,
		`stray-note 1 {"value":2000,"evidence":"y"}`,
		`cash-closed 1 {"total":13000,"account":"1000000001","tender":"cash","closed_at":1,"reason":"customer"}`,
		`card-sale-ordered 1 {"n":1,"terminal":"10000001","merchant":"123456789012345","batch":"000001","trace":"000101","amount":8640,"card":"622588******1234","entry":"chip","at":2}`,
		`card-sale-answered 1 {"n":1,"approved":true,"response":"00","reference":"000000000101","auth":"A1B2C3","settle_date":"1129"}`,
		`card-reversal-ordered 1 {"n":1,"why":"no-answer","at":3}`,
		`card-reversal-answered 1 {"n":1,"done":true,"response":"00"}`,
		`card-returned 1 {"n":1,"by":"zhang","reason":"bank's letter"}`,
		`card-evidence 1 {"n":1,"what":"approved-late","response":"00"}`,
		`card-closed 1 {"total":8640,"account":"1000000001","closed_at":4,"reason":"paid"}`,
		`card-captured 1 {"card":"622588******1234","why":"forgotten","at":5}`,
		`qr-ordered 1 {"mode":"shown","amount":8640,"at":6}`,
		`qr-closing 1 {"why":"expired","at":7}`,
		`qr-paid 1 {"amount":8640,"acquirer":"alipay","reference":"A1","paid_at":8}`,
		`qr-not-paid 1 {"reason":"closed"}`,
		`qr-unknown 1 {"text":"no word"}`,
		`qr-refund-ordered 1 {"why":"posting-refused","at":9}`,
		`qr-refund-answered 1 {"done":true,"text":"ok"}`,
		`qr-returned 1 {"by":"zhang","reason":"paid out"}`,
		`outcome-learned 1 {"status":"posted","code":"1001","text":"ok","reference":"R1","to_arrears":12850,"to_advance":150}`,
		`outcome-resolved 1 {"n":1,"resolves":"owed","by":"zhang","reason":"tried again","status":"posted","code":"1001","text":"ok","reference":"R1","to_arrears":12850,"to_advance":150}`,
		`slip 1 {"copy":1,"kind":"paid","outcome":"printed"}`,
		`opened 1 {"purpose":"purchase","account":"1000000003","name":"","address":"","arrears":0,"minimum":0,"online":false,"tender":"cash","limit":200000,"opened_at":1,"meter_card":{"serial":"0102030405060708","form":"cpu","kind":"purchase","meter":"000000000001","count":4,"purse":5000,"loaded":4}}`,
		`opened 1 {"purpose":"rewrite","account":"1000000003","name":"","address":"","arrears":0,"minimum":0,"online":false,"tender":"","limit":0,"opened_at":0,"meter_card":{"serial":"0102030405060708","form":"cpu","kind":"purchase","meter":"000000000001","count":4,"purse":5000,"loaded":4},"original":"10000001000000000001","sold":{"number":"S1","card":"0102030405060708","count":5,"amount":10000,"energy":18181}}`,
		`outcome-learned 1 {"status":"posted","code":"","text":"","reference":"","to_arrears":0,"to_advance":10000,"sold":{"number":"S1","card":"0102030405060708","count":5,"amount":10000,"energy":18181}}`,
		`meter-write-begun 1 {"n":1,"card":"0102030405060708","count":5,"amount":10000,"at":10}`,
		`meter-write-ended 1 {"n":1,"outcome":"written","why":"pulled","count":5,"purse":10000,"steps":"ab"}`,
		`meter-gave-up 1 {"why":"no-card","at":11}`,
		`meter-settled 1 {"how":"rewritten","by":"10000001000000000009","reason":"written"}`,
		`collection-opened 1 {"by":"4711","with":"4712","at":1}`,
		`collection-exchanged 1 {"out":"C-1","in":"C-2","how":"sensor","inside":[{"value":10000,"notes":3}],"doubt":5000,"doubts":1,"prior":false,"at":2}`,
		`collection-exchanged 1 {"out":"","in":"C-2","how":"stated","inside":[{"value":10000,"notes":3}],"doubt":0,"doubts":0,"prior":true,"older":7000,"older_notes":2,"moved":1,"at":2}`,
		`collection-counted 1 {"piles":[{"value":10000,"notes":2}],"at":3}`,
		`collection-explained 1 {"reason":"torn","at":4}`,
		`collection-signed 1 {"by":"4711","at":5}`,
		`collection-closed 1 {"head":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","at":6}`,
		`collection-abandoned 1 {"reason":"nobody came","at":7}`,
		`collection-slip 1 {"copy":1,"outcome":"printed","at":8}`,
		`cassette-moved 1 {"out":true,"at":9}`,
	}
	for i, e := range everyEvent() {
		d, err := Draft(serial, e)
		if err != nil {
			t.Fatal(err)
		}
		version := map[uint16]string{1: "1"}[d.Version]
		if got := d.Type + " " + version + " " + string(d.Payload); got != want[i] {
			t.Errorf("got  %s\nwant %s", got, want[i])
		}
	}
}

func TestDecodeIsStrict(t *testing.T) {
	for name, r := range map[string]record.Record{
		"unknown field":              {Type: "note-accepted", Version: 1, Payload: []byte(`{"note":1,"value":2,"pan":"6222"}`)},
		"version":                    {Type: "note-accepted", Version: 2, Payload: []byte(`{"note":1,"value":2}`)},
		"no version":                 {Type: "note-accepted", Payload: []byte(`{"note":1,"value":2}`)},
		"trailing":                   {Type: "note-accepted", Version: 1, Payload: []byte(`{"note":1,"value":2}{}`)},
		"float money":                {Type: "note-accepted", Version: 1, Payload: []byte(`{"note":1,"value":2.5}`)},
		"unknown type with a serial": {Type: "card-written", Txn: serial, Version: 1, Payload: []byte(`{}`)},
	} {
		if e, err := Decode(r); !errors.Is(err, ErrEvent) {
			t.Errorf("%s: got %v, %v", name, e, err)
		}
	}
	if e, err := Decode(record.Record{Type: "alarm"}); e != nil || err != nil {
		t.Errorf("another record: got %v, %v", e, err)
	}
}

// TestFold reads records as they come: other records pass, a stray note changes
// nothing, and an error leaves the transaction as it was.
func TestFold(t *testing.T) {
	rec := func(serial string, e Event) record.Record {
		d, err := Draft(serial, e)
		if err != nil {
			t.Fatal(err)
		}

		return record.Record{Type: d.Type, Txn: d.Txn, Version: d.Version, Payload: d.Payload}
	}

	var txn Transaction
	for _, r := range []record.Record{
		{Type: "started", Version: 1},
		rec(serial, opened),
		rec(serial, cash.NoteAccepted{Note: 0, Value: 10000}),
		rec("", cash.StrayNote{Value: 5000}),
		rec(serial, cash.NoteStacked{Note: 0, Value: 10000}),
		rec(serial, cash.Closed{Total: 10000, Account: "1000000001"}),
	} {
		var err error
		if txn, _, err = Fold(txn, r); err != nil {
			t.Fatal(err)
		}
	}
	if txn.Status() != Posting || txn.Total() != 10000 || txn.Post.Amount != 10000 {
		t.Errorf("%s, %s, ordered %s", txn.Status(), txn.Total(), txn.Post.Amount)
	}

	next, _, err := Fold(txn, rec(serial, cash.NoteStacked{Note: 0, Value: 10000}))
	if !errors.Is(err, ErrIllegal) || !strings.Contains(err.Error(), serial) || cmp.Diff(text(t, txn), text(t, next)) != "" {
		t.Errorf("%v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, e := range everyEvent() {
		d, err := Draft(serial, e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(d.Type, d.Payload)
	}
	f.Fuzz(func(t *testing.T, typ string, payload []byte) {
		e, err := Decode(record.Record{Type: typ, Txn: serial, Version: 1, Payload: payload})
		if err != nil {
			return
		}
		d, err := Draft(serial, e)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(record.Record{Type: d.Type, Txn: serial, Version: d.Version, Payload: d.Payload})
		if err != nil || cmp.Diff(e, again) != "" {
			t.Fatalf("%v: %s", err, cmp.Diff(e, again))
		}
	})
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
