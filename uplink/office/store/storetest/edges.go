package storetest

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/store"
)

// replace enrols the kiosk again with an empty journal, and returns that journal.
func replace(t *testing.T, s *store.Store, now time.Time) *Journal {
	t.Helper()
	secret := "board of " + now.String()
	check(t, s.AddToken(t.Context(), secret, Kiosk, false, now.Add(time.Hour)))
	k, err := s.Enrol(t.Context(), fleet.Claim{Token: secret}, now, func(fleet.Kiosk) (identity.Certificate, error) { return identity.Certificate{Key: "key"}, nil })
	check(t, err)
	return &Journal{Kiosk: Kiosk, Head: record.Head{Hash: record.Genesis(Kiosk, k.Incarnation)}, Trust: record.Synchronised}
}

func openCases(t *testing.T, s *store.Store) []books.Case {
	t.Helper()
	cs, err := s.Cases(t.Context(), books.Filter{Open: true})
	check(t, err)
	return cs
}

// strayAgain: two stray notes of one sequence number in two incarnations are two
// cases, and an unknown value says so.
func strayAgain(t *testing.T, s *store.Store) {
	ingest(t, s, NewJournal(Kiosk).Add(t, "stray-note", "", object{"value": 10000, "evidence": "a"}).Recs)
	first := openCases(t, s)
	if len(first) != 1 {
		t.Fatalf("cases %+v", first)
	}
	_, err := Close(t, s, first[0].ID, "settled", T0)
	check(t, err)

	ingest(t, s, replace(t, s, T0).Add(t, "stray-note", "", object{"value": 0, "evidence": "stacked-without-order"}).Recs)
	if got := openCases(t, s); len(got) != 1 || got[0].Amount != 0 || got[0].Text != "stacked without an order, value unknown: stacked-without-order" {
		t.Errorf("after the second stray note: %+v", got)
	}
}

// deadBoard: a board dies with notes inside. Its open transaction is a case when the
// next board enrols; what the old card still holds can be taken in, and closes it.
func deadBoard(t *testing.T, s *store.Store) {
	a := Serial(Kiosk, 1)
	old := NewJournal(Kiosk).Pay(t, 2, "1000000002", 5000)
	old.Add(t, "opened", a, object{"account": "1000000001", "tender": "cash", "limit": 100000, "opened_at": 1})
	old.Add(t, "note-accepted", a, object{"note": 0, "value": 10000}).Add(t, "note-stacked", a, object{"note": 0, "value": 10000})
	old.Add(t, "note-accepted", a, object{"note": 1, "value": 2000})
	ingest(t, s, old.Recs)

	next := replace(t, s, T0.Add(time.Minute))
	got := openCases(t, s)
	if len(got) != 1 || got[0].Class != books.ClassLost || got[0].Serial != a || got[0].Amount != 12000 ||
		got[0].Text != "journal of incarnation 0 lost after record 8, with 100.00 yuan in the cassette" {
		t.Fatalf("cases %+v", got)
	}
	ingest(t, s, next.Add(t, "started", "", object{"boot": 1}).Recs)

	at := T0.Add(-time.Hour).UnixMilli()
	old.Add(t, "note-returned", a, object{"note": 1, "value": 2000, "evidence": "returned"})
	old.Add(t, "cash-closed", a, object{"total": 10000, "account": "1000000001", "tender": "cash", "closed_at": at, "reason": "power-cut"})
	end, err := s.Import(t.Context(), Kiosk, old.Recs, T0.Add(time.Hour))
	if err != nil || end.Incarnation != 0 || end.Head != old.Head {
		t.Fatalf("end of the old journal %+v, %v", end, err)
	}
	if p, err := s.Posting(t.Context(), a); err != nil || p.Amount != 10000 || p.State != posting.Ordered {
		t.Errorf("posting %+v, %v", p, err)
	}
	if got := classes(t, s); got != "" {
		t.Errorf("cases after the old card was taken in: %q", got)
	}

	// What only the card knows to be open has a case as well, which grows with it.
	b := Serial(Kiosk, 3)
	old.Add(t, "opened", b, object{"account": "1000000001", "tender": "cash", "limit": 100000, "opened_at": 1})
	for i, want := range []string{"lost:50.00", "lost:100.00"} {
		old.Add(t, "note-accepted", b, object{"note": i, "value": 5000}).Add(t, "note-stacked", b, object{"note": i, "value": 5000})
		_, err := s.Import(t.Context(), Kiosk, old.Recs, T0.Add(time.Hour))
		check(t, err)
		if got := classes(t, s); got != want {
			t.Errorf("cases after %d notes: %q", i+1, got)
		}
	}

	// The present journal goes on as if nothing had been.
	next.Add(t, "day", "", object{})
	if h := ingest(t, s, next.Recs); h != next.Head {
		t.Errorf("present journal ends at %d", h.Seq)
	}
	if _, err := s.Import(t.Context(), Kiosk, NewJournal("10000002").Pay(t, 1, "1", 100).Recs, T0); !errors.Is(err, record.ErrChain) {
		t.Errorf("another kiosk's journal: %v", err)
	}
}

// serialTwice: a wiped or copied board uses a serial again. Account and amount are
// equal by chance, the time of payment is not: it is another order.
func serialTwice(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000)
	ingest(t, s, j.Recs)
	p, err := s.Posting(t.Context(), Serial(Kiosk, 1))
	check(t, err)
	o := books.Order{Serial: p.Serial, Account: "1000000001", Kiosk: Kiosk, Tender: "cash", Amount: 10000, PaidAt: p.PaidAt}
	if same, err := s.EnsurePosting(t.Context(), o, T0.Add(time.Hour)); err != nil || same != p {
		t.Errorf("the same order: %+v, %v", same, err)
	}

	o.PaidAt += 86_400_000
	if _, err := s.EnsurePosting(t.Context(), o, T0.Add(24*time.Hour)); !errors.Is(err, books.ErrConflict) {
		t.Errorf("the serial's second life: %v", err)
	}
	got := openCases(t, s)
	if len(got) != 1 || got[0].Class != books.ClassConflict || got[0].Amount != 10000 || !strings.HasSuffix(got[0].Text, ", paid 86400000 ms apart") {
		t.Errorf("cases %+v", got)
	}
}

// conflictsBounded: a kiosk that orders something else under one serial again and again has
// twenty cases of it, and one more that counts the rest.
func conflictsBounded(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000)
	ingest(t, s, j.Recs)
	p, err := s.Posting(t.Context(), Serial(Kiosk, 1))
	check(t, err)
	for range 2 { // said again, it is the same
		for n := range 20 {
			orderLater(t, s, p, int64(n)+1)
		}
	}
	for n := range 3 {
		orderLater(t, s, p, int64(n)+21)
	}

	got := openCases(t, s)
	counted := 0
	for _, c := range got {
		if strings.HasSuffix(c.Text, ", paid 23000 ms apart (×3)") {
			counted++
		}
	}
	if len(got) != 21 || counted != 1 {
		t.Errorf("%d cases, %d that count: %+v", len(got), counted, got)
	}
}

// orderLater orders a posting under its serial as if it had been paid seconds later.
func orderLater(t *testing.T, s *store.Store, p books.Posting, seconds int64) {
	t.Helper()
	o := books.Order{Serial: p.Serial, Account: "1000000001", Kiosk: Kiosk, Tender: "cash", Amount: 10000, PaidAt: p.PaidAt + 1000*seconds}
	if _, err := s.EnsurePosting(t.Context(), o, T0); !errors.Is(err, books.ErrConflict) {
		t.Errorf("another order under the serial: %v", err)
	}
}

// fork: a copied board's journal does not follow. Its closings are cases, its new
// orders are held, and the journal that follows goes on.
func fork(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000)
	twin := &Journal{Kiosk: Kiosk, Head: j.Head, Trust: record.Synchronised}
	ingest(t, s, j.Recs)
	j.Pay(t, 5, "1000000001", 5000)
	ingest(t, s, j.Recs[4:])
	twin.Pay(t, 6, "1000000002", 2000)
	for i, note := range []object{{"note": 0, "value": 100, "evidence": "nowhere"}, {"note": 1, "value": 500, "evidence": "nowhere"}} {
		twin.Add(t, "note-unresolved", Serial(Kiosk, 9+i), note)
	}
	twin.Add(t, "stray-note", "", object{"value": 1000, "evidence": "c"})

	end, err := s.Ingest(t.Context(), Kiosk, twin.Recs, T0)
	if err != nil || end.Head != twin.Head || !end.Forked {
		t.Fatalf("branch: %+v, %v", end, err)
	}
	if got := classes(t, s); got != "fork:0.00 stray-note:10.00 unreadable:0.00 unreadable:0.00" {
		t.Errorf("cases of the branch %q", got)
	}
	if p, err := s.Posting(t.Context(), Serial(Kiosk, 6)); err != nil || p.Amount != 2000 {
		t.Errorf("a payment of the branch is posted as %+v, %v", p, err)
	}
	o := books.Order{Serial: Serial(Kiosk, 7), Account: "1000000003", Kiosk: Kiosk, Tender: "cash", Amount: 700, PaidAt: T0.UnixMilli()}
	if _, err := s.EnsurePosting(t.Context(), o, T0); !errors.Is(err, books.ErrHeld) {
		t.Errorf("order that no record orders, of a kiosk whose journal forks: %v", err)
	}
	o5 := books.Order{Serial: Serial(Kiosk, 5), Account: "1000000001", Kiosk: Kiosk, Tender: "cash", Amount: 5000, PaidAt: T0.Add(34 * time.Second).UnixMilli()}
	if p, err := s.EnsurePosting(t.Context(), o5, T0); err != nil || p.Amount != 5000 {
		t.Errorf("an order that is held already: %+v, %v", p, err)
	}

	j.Pay(t, 8, "1000000004", 1000)
	if h, err := s.Ingest(t.Context(), Kiosk, j.Recs[8:], T0); err != nil || h.Head != j.Head || !h.Forked {
		t.Errorf("the journal goes on: %+v, %v", h, err)
	}
	twin.Pay(t, 8, "1000000005", 2000)
	if h, err := s.Ingest(t.Context(), Kiosk, twin.Recs[len(twin.Recs)-4:], T0); err != nil || h.Head != twin.Head {
		t.Errorf("its branch goes on: %+v, %v", h, err)
	}
	if got := classes(t, s); got != "branch:20.00 fork:0.00 held:7.00 stray-note:10.00 unreadable:0.00 unreadable:0.00" {
		t.Errorf("cases once both use one serial %q", got)
	}
	if h, err := s.Ingest(t.Context(), Kiosk, twin.Recs, T0); err != nil || h.Head != twin.Head {
		t.Errorf("the branch once more: %+v, %v", h, err)
	}
}

// noteBeforeTheFork: a note was in doubt when the disk was copied, and both boxes say so
// once more. It is one note and one case; the next one, of the same place and value in the
// copy alone, is another.
func noteBeforeTheFork(t *testing.T, s *store.Store) {
	a := Serial(Kiosk, 1)
	opened := object{"account": "1000000001", "tender": "cash", "limit": 100000, "opened_at": 1}
	j := NewJournal(Kiosk).Add(t, "opened", a, opened)
	j.Add(t, "note-accepted", a, object{"note": 0, "value": 2000}).Add(t, "note-unresolved", a, object{"note": 0, "value": 2000, "evidence": "no-report-in-time"})
	twin := &Journal{Kiosk: Kiosk, Head: j.Head, Trust: record.Synchronised}
	ingest(t, s, j.Recs)

	said := object{"note": 0, "value": 2000, "evidence": "ready-without-report"}
	ingest(t, s, j.Add(t, "started", "", object{"boot": 2}).Add(t, "note-unresolved", a, said).Recs[3:])
	b := Serial(Kiosk, 2)
	ingest(t, s, j.Add(t, "opened", b, opened).Add(t, "note-accepted", b, object{"note": 0, "value": 1000}).Add(t, "note-unresolved", b, object{"note": 0, "value": 1000, "evidence": "jam"}).Recs[5:])

	twin.Add(t, "note-unresolved", a, said).Add(t, "opened", b, opened)
	twin.Add(t, "note-accepted", b, object{"note": 0, "value": 1000}).Add(t, "note-unresolved", b, object{"note": 0, "value": 1000, "evidence": "jam"})
	if h, err := s.Ingest(t.Context(), Kiosk, twin.Recs, T0); err != nil || h.Head != twin.Head {
		t.Fatalf("branch: %+v, %v", h, err)
	}
	got := map[string]int{}
	for _, c := range openCases(t, s) {
		got[c.Class+" "+c.Amount.String()]++
	}
	if want := (map[string]int{"note 20.00": 1, "note 10.00": 1, "branch 10.00": 1, "fork 0.00": 1}); !maps.Equal(got, want) {
		t.Errorf("cases %v, want %v", got, want)
	}
}

// heldLate: the record of an order that was held comes after others that followed, and
// ends its case all the same.
func heldLate(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000)
	twin := &Journal{Kiosk: Kiosk, Head: j.Head, Trust: record.Synchronised}
	ingest(t, s, j.Recs)
	j.Pay(t, 2, "1000000002", 5000)
	ingest(t, s, j.Recs[4:])
	if h, err := s.Ingest(t.Context(), Kiosk, twin.Add(t, "day", "", object{}).Recs, T0); err != nil || !h.Forked {
		t.Fatalf("branch: %+v, %v", h, err)
	}

	at := len(j.Recs)
	j.Add(t, "day", "", object{}).Pay(t, 3, "1000000003", 700)
	o := books.Order{Serial: Serial(Kiosk, 3), Account: "1000000003", Kiosk: Kiosk, Tender: "cash", Amount: 700, PaidAt: T0.Add(39 * time.Second).UnixMilli()}
	if _, err := s.EnsurePosting(t.Context(), o, T0); !errors.Is(err, books.ErrHeld) {
		t.Fatalf("order of a kiosk whose journal does not follow: %v", err)
	}
	ingest(t, s, j.Recs[at:at+1])
	if got := classes(t, s); got != "fork:0.00 held:7.00" {
		t.Errorf("cases before the record of the order %q", got)
	}
	ingest(t, s, j.Recs[at+1:])
	if got := classes(t, s); got != "fork:0.00" {
		t.Errorf("cases after the record of the order %q", got)
	}
}

// lateBatch: a batch that the board before had on its way says nothing about the journal
// of the new one, whether its numbers are new there or not. What else does not follow is
// a branch without what the old journal holds.
func lateBatch(t *testing.T, s *store.Store) {
	old := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000).Pay(t, 2, "1000000002", 5000)
	ingest(t, s, old.Recs)
	next := replace(t, s, T0).Add(t, "day", "", object{}).Add(t, "day", "", object{})
	ingest(t, s, next.Recs)

	for _, batch := range [][]record.Record{old.Recs[:1], old.Recs, old.Recs[4:], old.Recs[2:3]} {
		h, err := s.Ingest(t.Context(), Kiosk, batch, T0.Add(time.Hour))
		if err != nil || h.Head != next.Head {
			t.Errorf("records %d to %d of the old board: %v, %v", batch[0].Seq, batch[len(batch)-1].Seq, h, err)
		}
	}
	if got := classes(t, s); got != "" {
		t.Errorf("cases of repeats %q", got)
	}

	old.Pay(t, 3, "1000000003", 700)
	if _, err := s.Ingest(t.Context(), Kiosk, old.Recs, T0); !errors.Is(err, record.ErrChain) {
		t.Errorf("the unsent end of the old board: %v", err)
	}
	if got := classes(t, s); got != "branch:7.00 chain:0.00" {
		t.Errorf("cases of the unsent end %q", got)
	}
}

// lastingGap: records that are missing for more than a minute are an alarm and a
// case; records that follow end the alarm.
func lastingGap(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 10000)
	h := ingest(t, s, j.Recs[:1])
	for i, after := range []time.Duration{0, 30 * time.Second, 61 * time.Second, 5 * time.Minute} {
		got, err := s.Ingest(t.Context(), Kiosk, j.Recs[2:], T0.Add(after))
		if !errors.Is(err, books.ErrGap) || got.Head != h {
			t.Errorf("after %s: %v, %v", after, got, err)
		}
		alarms, err := s.Alarms(t.Context())
		check(t, err)
		if on := len(alarms) == 1 && alarms[0].Code == books.AlarmGap; on != (i >= 2) {
			t.Errorf("after %s: alarms %+v", after, alarms)
		}
	}
	if got := openCases(t, s); len(got) != 1 || got[0].Class != books.ClassGap || got[0].Text != "records from 2 to 2 are missing" {
		t.Errorf("cases %+v", got)
	}
	ingest(t, s, j.Recs[1:])
	if alarms, err := s.Alarms(t.Context()); err != nil || len(alarms) != 0 {
		t.Errorf("alarms %+v, %v", alarms, err)
	}
	if got := openCases(t, s); len(got) != 0 {
		t.Errorf("the records came, and cases are open: %+v", got)
	}
}

// recalled: books that were restored take an outcome from the kiosk's records before
// they call anybody: what was owed is not posted again.
func recalled(t *testing.T, s *store.Store) {
	a := Serial(Kiosk, 1)
	j := NewJournal(Kiosk)
	j.Add(t, "opened", a, object{"account": "1000000001", "tender": "cash", "limit": 100000, "opened_at": 1})
	j.Add(t, "note-accepted", a, object{"note": 0, "value": 5000}).Add(t, "note-stacked", a, object{"note": 0, "value": 5000})
	j.Add(t, "cash-closed", a, object{"total": 5000, "account": "1000000001", "tender": "cash", "closed_at": 2})
	ingest(t, s, j.Recs)
	if due, err := s.DuePostings(t.Context(), mis.MIS, T0, 9); err != nil || len(due) != 0 {
		t.Errorf("called before the kiosk could speak: %+v, %v", due, err)
	}
	sent := len(j.Recs)
	j.Add(t, "outcome-learned", a, object{"status": "owed", "code": "1035"})
	ingest(t, s, j.Recs[sent:])

	p, err := s.Posting(t.Context(), a)
	check(t, err)
	if p.State != posting.Owed || p.Calls != 0 {
		t.Errorf("posting %s after %d calls", p.State, p.Calls)
	}
	if got := openCases(t, s); len(got) != 1 || got[0].Class != books.ClassOwed || got[0].Amount != 5000 {
		t.Errorf("cases %+v", got)
	}
}

// contradicted: restored books had brought a posting to an end before the kiosk's records
// told them of another, by which the customer went. That is a case beside what the end
// asks for, once; where the end is the same, or the books know both, there is none.
func contradicted(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk).Pay(t, 1, "1000000001", 5000).Pay(t, 2, "1000000002", 2000).Pay(t, 3, "1000000003", 1000).Pay(t, 4, "1000000004", 700)
	ingest(t, s, j.Recs)
	for n, states := range [][]posting.State{{posting.Owed}, {posting.Posted}, {posting.Posted}, {posting.Posted, posting.Owed}} {
		p, err := s.Posting(t.Context(), Serial(Kiosk, n+1))
		check(t, err)
		for _, state := range states {
			p.State, p.NextAt, p.Reason = state, time.Time{}, "why"
			p, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "reverse answered", By: "one"}, T0)
			check(t, err)
		}
	}

	sent := len(j.Recs)
	for n, told := range []object{
		{"status": "posted", "to_arrears": 5000}, {"status": "owed"}, {"status": "posted", "to_arrears": 1000}, {"status": "posted", "to_arrears": 700},
	} {
		j.Add(t, "outcome-learned", Serial(Kiosk, n+1), told)
	}
	ingest(t, s, j.Recs[sent:])
	sent = len(j.Recs)
	ingest(t, s, j.Add(t, "slip", Serial(Kiosk, 1), object{"copy": 1, "kind": "payment", "outcome": "printed"}).Recs[sent:])

	texts := map[string]string{}
	for _, c := range openCases(t, s) {
		texts[c.Class+" "+c.Serial[18:]+" "+c.Amount.String()] += c.Text
	}
	want := map[string]string{
		"owed 01 50.00": "why", "owed 04 7.00": "why",
		"evidence 01 50.00": "the customer was told that it is posted, before these books were restored; it is owed",
		"evidence 02 20.00": "the customer was told that it is owed, before these books were restored, and may have been given it back; it is posted",
	}
	if !maps.Equal(texts, want) {
		t.Errorf("cases %q, want %q", texts, want)
	}
}

// lateTruth: what becomes known of a note after its case was closed is a case of its
// own, and a note given back after all says so.
func lateTruth(t *testing.T, s *store.Store) {
	a := Serial(Kiosk, 1)
	j := NewJournal(Kiosk).Add(t, "opened", a, object{"account": "1000000001", "tender": "cash", "limit": 100000, "opened_at": 1})
	for i := range 2 {
		j.Add(t, "note-accepted", a, object{"note": i, "value": 5000}).Add(t, "note-unresolved", a, object{"note": i, "value": 5000, "evidence": "jam"})
	}
	ingest(t, s, j.Recs)
	_, err := Close(t, s, books.ClassNote+"-"+Kiosk+"-"+a+"-1", "refunded 50.00", T0)
	check(t, err)

	j.Add(t, "note-returned", a, object{"note": 0, "value": 5000, "evidence": "returned"})
	j.Add(t, "note-stacked", a, object{"note": 1, "value": 5000, "evidence": "stacked-late"})
	ingest(t, s, j.Recs)
	texts := map[string]string{}
	for _, c := range openCases(t, s) {
		texts[c.Class] = c.Text
	}
	if len(texts) != 2 || texts[books.ClassNote] != "the note was given back after all: returned" ||
		texts[books.ClassEvidence] != "the note is in the cassette after all: stacked-late" {
		t.Errorf("cases %q", texts)
	}
}

// wrongClock: a clock that counts as right, kept by a battery or set by the net, and is
// wrong all the same dates nothing that cannot be: neither in 2039 nor in 2025. What is
// ten minutes ahead at most is a clock that is fast.
func wrongClock(t *testing.T, s *store.Store) {
	now := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	ahead, before := time.Date(2039, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	fast := now.Add(9 * time.Minute)
	j := NewJournal(Kiosk)
	rows := []struct {
		trust  record.Trust
		at     time.Time
		paid   string // at the kiosk, by Chinese time
		opened time.Time
	}{
		{record.RTC, ahead, "20261123140000", now},
		{record.Synchronised, ahead, "20261123140000", now},
		{record.RTC, now.Add(11 * time.Minute), "20261123140000", now},
		{record.RTC, fast, "20261123140900", fast},
		{record.RTC, before, "20261123140000", now},
		{record.Synchronised, T0, "20261123090000", T0},
	}
	for i, row := range rows {
		a, at := Serial(Kiosk, i+1), row.at.UnixMilli()
		j.Trust = row.trust
		j.Add(t, "opened", a, object{"account": "1000000001", "tender": "cash", "limit": 500000, "opened_at": at})
		j.Add(t, "note-accepted", a, object{"note": 0, "value": 10000}).Add(t, "note-stacked", a, object{"note": 0, "value": 10000, "evidence": "stacked report"})
		j.Add(t, "cash-closed", a, object{"total": 10000, "account": "1000000001", "tender": "cash", "closed_at": at, "reason": "customer"})
	}
	_, err := s.Ingest(t.Context(), Kiosk, j.Recs, now)
	check(t, err)

	for i, row := range rows {
		d, err := s.Detail(t.Context(), Serial(Kiosk, i+1))
		check(t, err)
		if d.Posting == nil || d.Posting.Time != row.paid || d.Transaction.OpenedAt != row.opened.UnixMilli() {
			t.Errorf("row %d: paid %+v, want %s; opened at %d, want %d", i, d.Posting, row.paid, d.Transaction.OpenedAt, row.opened.UnixMilli())
		}
	}
}

// lostClock: a record whose clock was lost dates nothing.
func lostClock(t *testing.T, s *store.Store) {
	a := Serial(Kiosk, 1)
	j := NewJournal(Kiosk)
	j.Trust = record.Untrusted
	j.Pay(t, 1, "1000000001", 10000)
	now := T0.Add(5 * time.Hour)
	_, err := s.Ingest(t.Context(), Kiosk, j.Recs, now)
	check(t, err)
	d, err := s.Detail(t.Context(), a)
	check(t, err)
	if d.Posting == nil || d.Posting.Time != "20261123140000" || d.Transaction.OpenedAt != now.UnixMilli() {
		t.Errorf("paid %+v, opened at %d", d.Posting, d.Transaction.OpenedAt)
	}

	o := order(2)
	if p, err := s.EnsurePosting(t.Context(), o, now); err != nil || p.Time != "20261123140000" {
		t.Errorf("ordered by request: %+v, %v", p, err)
	}
}
