package storetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/qr"
	qrorder "wattkiosk/payments/qr/order"
	"wattkiosk/uplink/office/acquiring"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// want is the n-th payment by QR code of the suite's kiosk.
func want(n int) acquiring.Want {
	return acquiring.Want{Serial: Serial(Kiosk, n), Kiosk: Kiosk, Account: "1000000001", Amount: 8640, Mode: qr.Shown, Acquirers: []string{"bank"}}
}

// post is the order to post it.
func post(n int) books.Order {
	return books.Order{Serial: Serial(Kiosk, n), Account: "1000000001", Kiosk: Kiosk, Tender: "qr", Amount: 8640, PaidAt: T0.UnixMilli()}
}

func placed(t *testing.T, s *store.Store, n int) acquiring.Order {
	t.Helper()
	o, _, err := s.QR.Place(t.Context(), want(n), qrorder.Life, false, "one", T0)
	check(t, err)
	return o
}

func hear(t *testing.T, s *store.Store, n int, e qrorder.Event, at time.Time) acquiring.Order {
	t.Helper()
	o, err := s.QR.Hear(t.Context(), Serial(Kiosk, n), e, "one", at)
	check(t, err)
	return o
}

func answer(to qrorder.Effect, o call.Outcome) qrorder.Event {
	return qrorder.Event{Kind: qrorder.Answered, To: to, Answer: call.Answer{Outcome: o, Code: o.String()}}
}

var notice = qrorder.Event{Kind: qrorder.Noticed, Answer: call.Answer{Outcome: call.Done}, Word: qrorder.Word{Reference: "A1"}}

func qrRows(t *testing.T, s *store.Store) {
	o, effect, err := s.QR.Place(t.Context(), want(1), qrorder.Life, false, "one", T0)
	check(t, err)
	same, none, err := s.QR.Place(t.Context(), want(1), qrorder.Life, false, "two", T0.Add(time.Second))
	check(t, err)
	if effect != qrorder.Place || none != "" || o.Owner != "one" || !cmp.Equal(same, o) {
		t.Errorf("placed %q %+v, again %q %+v", effect, o, none, same)
	}
	other := want(1)
	other.Amount++
	if _, _, err := s.QR.Place(t.Context(), other, qrorder.Life, false, "one", T0); !errors.Is(err, books.ErrConflict) {
		t.Errorf("another order: %v", err)
	}
	if got := classes(t, s); got != "conflict:86.41" {
		t.Errorf("cases %q", got)
	}
	foreign := want(2)
	foreign.Serial = Serial("10000002", 1)
	if _, _, err := s.QR.Place(t.Context(), foreign, qrorder.Life, false, "one", T0); !errors.Is(err, books.ErrOrder) {
		t.Errorf("another kiosk's serial: %v", err)
	}

	o = hear(t, s, 1, qrorder.Event{Kind: qrorder.Answered, To: qrorder.Place, Answer: call.Answer{Outcome: call.Done}, Word: qrorder.Word{Show: "https://qr/1"}}, T0.Add(time.Second))
	read, err := s.QR.Order(t.Context(), o.Serial)
	check(t, err)
	if read != o || o.State != qrorder.Waiting || o.Show != "https://qr/1" || o.Version != 2 || o.Owner != "" {
		t.Errorf("read %+v, want %+v", read, o)
	}
	next, err := s.QR.Next(t.Context())
	check(t, err)
	early, err := s.QR.Due(t.Context(), "one", 10, T0.Add(2*time.Second))
	check(t, err)
	claims, err := s.QR.Due(t.Context(), "two", 10, T0.Add(3*time.Second))
	check(t, err)
	again, err := s.QR.Due(t.Context(), "one", 10, T0.Add(3*time.Second))
	check(t, err)
	if !next.Equal(T0.Add(3*time.Second)) || len(early) != 0 || len(claims) != 1 || claims[0].Effect != qrorder.Ask || claims[0].Owner != "two" || len(again) != 0 {
		t.Errorf("next %v, claims %+v, then %+v", next, claims, again)
	}
	check(t, s.QR.Restarted(t.Context(), "one", T0.Add(4*time.Second)))
	check(t, s.QR.Restarted(t.Context(), "two", T0.Add(4*time.Second)))
	if o, err = s.QR.Order(t.Context(), o.Serial); err != nil || !o.Due(T0.Add(4*time.Second)) {
		t.Errorf("after a restart: %+v, %v", o, err)
	}

	d, err := s.QR.Detail(t.Context(), o.Serial)
	check(t, err)
	var steps []string
	for _, h := range d.History {
		steps = append(steps, h.Event+" "+h.State)
	}
	if got := strings.Join(steps, ", "); got != "ordered placing, place answered waiting" || d.Posting != nil {
		t.Errorf("history %s, posting %v", got, d.Posting)
	}
	placed(t, s, 2)
	all, err := s.QR.Orders(t.Context(), books.Filter{Kiosk: Kiosk, Open: true})
	check(t, err)
	few, err := s.QR.Orders(t.Context(), books.Filter{Account: "2"})
	check(t, err)
	if len(all) != 2 || all[0].Serial != Serial(Kiosk, 2) || len(few) != 0 {
		t.Errorf("%d and %d orders", len(all), len(few))
	}
	if _, err := s.QR.Order(t.Context(), Serial(Kiosk, 9)); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("an order that is not there: %v", err)
	}

	nobody := want(3)
	nobody.Acquirers = nil
	if o, effect, err = s.QR.Place(t.Context(), nobody, qrorder.Life, true, "one", T0); err != nil || o.State != qrorder.NotPaid || o.Why != "bad-code" || effect != "" {
		t.Errorf("a code that nobody takes: %s %+v, %v", effect, o, err)
	}
}

func qrPosted(t *testing.T, s *store.Store) {
	placed(t, s, 1)
	if _, err := s.EnsurePosting(t.Context(), post(1), T0); !errors.Is(err, books.ErrHeld) {
		t.Errorf("posted before it is paid: %v", err)
	}
	if got := classes(t, s); got != "unpaid:86.40" {
		t.Errorf("cases %q", got)
	}
	if o := hear(t, s, 1, notice, T0); o.State != qrorder.Paid || o.Reference != "A1" {
		t.Errorf("order %+v", o)
	}
	other := post(1)
	other.Account = "1000000002"
	if _, err := s.EnsurePosting(t.Context(), other, T0); !errors.Is(err, books.ErrHeld) {
		t.Errorf("posted to another account: %v", err)
	}
	p, err := s.EnsurePosting(t.Context(), post(1), T0)
	if err != nil || p.Tender != "qr" || p.Amount != 8640 {
		t.Errorf("%+v, %v", p, err)
	}
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}

	// The record says the same, in whatever order it comes.
	placed(t, s, 2)
	hear(t, s, 2, notice, T0)
	serial := Serial(Kiosk, 2)
	j := NewJournal(Kiosk).Add(t, "opened", serial, object{"account": "1000000001", "tender": "qr", "limit": 8640, "opened_at": T0.UnixMilli()})
	j.Add(t, "qr-ordered", serial, object{"mode": "shown", "amount": 8640, "at": T0.UnixMilli()})
	j.Add(t, "qr-paid", serial, object{"amount": 8640, "acquirer": "bank", "reference": "A1", "paid_at": T0.UnixMilli()})
	ingest(t, s, j.Recs)
	d, err := s.Detail(t.Context(), serial)
	if err != nil || d.Posting == nil || d.Posting.Amount != 8640 || d.Posting.PaidAt != T0.UnixMilli() {
		t.Errorf("posting of a record: %+v, %v", d.Posting, err)
	}
}

// qrRecalled: restored books take from the kiosk's records that a payment was refused, and
// that its money went back: nobody is owed.
func qrRecalled(t *testing.T, s *store.Store) {
	placed(t, s, 1)
	hear(t, s, 1, notice, T0)
	serial := Serial(Kiosk, 1)
	j := NewJournal(Kiosk).Add(t, "opened", serial, object{"account": "1000000001", "tender": "qr", "limit": 8640, "opened_at": T0.UnixMilli()})
	j.Add(t, "qr-ordered", serial, object{"mode": "shown", "amount": 8640, "at": T0.UnixMilli()})
	j.Add(t, "qr-paid", serial, object{"amount": 8640, "acquirer": "bank", "reference": "A1", "paid_at": T0.UnixMilli()})
	ingest(t, s, j.Add(t, "outcome-learned", serial, object{"status": "owed", "code": "1035"}).Recs)
	if got := classes(t, s); got != "owed:86.40" {
		t.Errorf("cases before it went back %q", got)
	}

	sent := len(j.Recs)
	j.Add(t, "qr-refund-ordered", serial, object{"why": "posting-refused", "at": T0.UnixMilli()})
	ingest(t, s, j.Add(t, "qr-refund-answered", serial, object{"done": true}).Recs[sent:])
	d, err := s.Detail(t.Context(), serial)
	check(t, err)
	if got := classes(t, s); got != "" || d.Transaction.Status != books.StatusUndone {
		t.Errorf("it is %s, cases %q", d.Transaction.Status, got)
	}

	// The kiosk does not ask for it again: these books ask the acquirer by themselves.
	later := T0.Add(11 * time.Minute)
	check(t, s.QR.Watch(t.Context(), 10, later))
	claims, err := s.QR.Due(t.Context(), "one", 10, later)
	if err != nil || len(claims) != 1 || claims[0].Effect != qrorder.Refund {
		t.Fatalf("%+v, %v", claims, err)
	}
	if o := hear(t, s, 1, answer(qrorder.Refund, call.Done), later); o.State != qrorder.Refunded {
		t.Errorf("%+v", o)
	}
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
}

// qrRecalledNotPaid: restored books hear from the acquirer that a payment is there of which the
// kiosk was told before that it is not, and give it back by themselves.
func qrRecalledNotPaid(t *testing.T, s *store.Store) {
	placed(t, s, 1)
	hear(t, s, 1, notice, T0)
	check(t, s.QR.Watch(t.Context(), 10, T0.Add(10*time.Minute)))
	if got := classes(t, s); got != "unbooked:86.40" {
		t.Errorf("cases before the records came %q", got)
	}
	serial := Serial(Kiosk, 1)
	j := NewJournal(Kiosk).Add(t, "opened", serial, object{"account": "1000000001", "tender": "qr", "limit": 8640, "opened_at": T0.UnixMilli()})
	j.Add(t, "qr-ordered", serial, object{"mode": "shown", "amount": 8640, "at": T0.UnixMilli()})
	j.Add(t, "qr-not-paid", serial, object{"reason": "expired"})
	ingest(t, s, j.Recs)

	later := T0.Add(21 * time.Minute)
	check(t, s.QR.Watch(t.Context(), 10, later))
	claims, err := s.QR.Due(t.Context(), "one", 10, later)
	if err != nil || len(claims) != 1 || claims[0].Effect != qrorder.Refund || claims[0].Why != qrorder.PaidLate {
		t.Fatalf("%+v, %v", claims, err)
	}
	if o := hear(t, s, 1, answer(qrorder.Refund, call.Done), later); o.State != qrorder.Refunded {
		t.Errorf("%+v", o)
	}
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
}

func qrReturned(t *testing.T, s *store.Store) {
	placed(t, s, 1)
	hear(t, s, 1, notice, T0)
	p, err := s.EnsurePosting(t.Context(), post(1), T0)
	check(t, err)
	if _, err := s.QR.Look(t.Context(), want(1), acquiring.Refund, "posting-refused", T0); !errors.Is(err, acquiring.ErrBooked) {
		t.Errorf("given back while it may be booked: %v", err)
	}
	check(t, s.QR.Watch(t.Context(), 10, T0.Add(11*time.Minute)))
	if o, err := s.QR.Order(t.Context(), p.Serial); err != nil || o.WatchAt != T0.Add(21*time.Minute).UnixMilli() {
		t.Errorf("looked at again at %d, %v", o.WatchAt, err)
	}

	p.State, p.NextAt, p.InFlight, p.Reason = posting.Owed, time.Time{}, false, "why"
	_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "one"}, T0)
	check(t, err)
	o, err := s.QR.Look(t.Context(), want(1), acquiring.Refund, "posting-refused", T0)
	if err != nil || o.State != qrorder.Refunding || o.Told {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := Act(t, s, p.Serial, posting.Retry, T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("posted again while it goes back: %v", err)
	}
	claims, err := s.QR.Due(t.Context(), "one", 10, T0)
	if err != nil || len(claims) != 1 || claims[0].Effect != qrorder.Refund {
		t.Fatalf("%+v, %v", claims, err)
	}
	if got := classes(t, s); got != "owed:86.40" {
		t.Errorf("cases %q", got)
	}
	if o = hear(t, s, 1, answer(qrorder.Refund, call.Done), T0); o.State != qrorder.Refunded {
		t.Errorf("%+v", o)
	}
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
	if _, err := s.EnsurePosting(t.Context(), post(1), T0); err != nil { // it stands, owed
		t.Error(err)
	}

	// One that is owed still, and then given back by a person, is in the figures by itself.
	placed(t, s, 2)
	hear(t, s, 2, notice, T0)
	p, err = s.EnsurePosting(t.Context(), post(2), T0)
	check(t, err)
	p.State, p.NextAt, p.InFlight, p.Reason = posting.Owed, time.Time{}, false, "why"
	_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "one"}, T0)
	check(t, err)
	for _, closed := range []money.Amount{0, 8640} {
		st, err := s.Stats(t.Context(), T0)
		check(t, err)
		if st.TodayAmount != 2*8640 || st.TodayPosted != 0 || st.TodayBack != 8640 || st.TodayClosed != closed {
			t.Errorf("%+v, want %s settled by a person", st.Figures, closed)
		}
		open, err := s.Cases(t.Context(), books.Filter{Open: true})
		check(t, err)
		for _, c := range open {
			_, err = Close(t, s, c.ID, "cash at the counter", T0)
			check(t, err)
		}
	}
}

func qrLate(t *testing.T, s *store.Store) {
	placed(t, s, 1)
	hear(t, s, 1, answer(qrorder.Place, call.NotDone), T0)
	claims, err := s.QR.Due(t.Context(), "one", 10, T0)
	if err != nil || len(claims) != 1 {
		t.Fatalf("%+v, %v", claims, err)
	}
	hear(t, s, 1, answer(qrorder.Ask, call.NotDone), T0)
	o, err := s.QR.Look(t.Context(), want(1), acquiring.Wait, "", T0)
	if err != nil || o.State != qrorder.NotPaid || !o.Told {
		t.Fatalf("%+v, %v", o, err)
	}

	hear(t, s, 1, notice, T0)
	if got := classes(t, s); got != "returning:86.40" {
		t.Errorf("cases %q", got)
	}
	for range 3 {
		hear(t, s, 1, notice, T0)
	}
	if claims, err = s.QR.Due(t.Context(), "one", 10, T0); err != nil || len(claims) != 1 || claims[0].Effect != qrorder.Refund {
		t.Fatalf("%+v, %v", claims, err)
	}
	hear(t, s, 1, answer(qrorder.Refund, call.Done), T0)
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}

	// A refund that the acquirer refuses is a matter for a person.
	placed(t, s, 2)
	hear(t, s, 2, notice, T0)
	if _, err := s.QR.Look(t.Context(), want(2), acquiring.Refund, "posting-refused", T0); err != nil {
		t.Fatal(err)
	}
	for _, to := range []qrorder.Effect{qrorder.Refund, qrorder.AskRefund} {
		if claims, err = s.QR.Due(t.Context(), "one", 10, T0.Add(time.Minute)); err != nil || len(claims) != 1 || claims[0].Effect != to {
			t.Fatalf("%+v, %v", claims, err)
		}
		hear(t, s, 2, answer(to, call.NotDone), T0)
	}
	if got := classes(t, s); got != "kept:86.40" {
		t.Errorf("cases %q", got)
	}
}

func qrWatched(t *testing.T, s *store.Store) {
	placed(t, s, 1)
	placed(t, s, 2)
	placed(t, s, 3)
	hear(t, s, 2, notice, T0)
	hear(t, s, 3, notice, T0)
	_, err := s.EnsurePosting(t.Context(), post(3), T0)
	check(t, err)
	for _, c := range []struct {
		after time.Duration
		want  string
	}{
		{9 * time.Minute, ""},
		{10 * time.Minute, "unbooked:86.40"},
		{61 * time.Minute, "order-late:86.40 unbooked:86.40"},
	} {
		check(t, s.QR.Watch(t.Context(), 10, T0.Add(c.after)))
		if got := classes(t, s); got != c.want && got != "unbooked:86.40 order-late:86.40" {
			t.Errorf("%v: cases %q, want %q", c.after, got, c.want)
		}
	}
	hear(t, s, 1, notice, T0)
	_, err = s.EnsurePosting(t.Context(), post(2), T0)
	check(t, err)
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
}

// qrWatchedAhead: what a clock that is years ahead has put off is a case in time, once the
// clock is right; and a payment that seems years old is not forgotten.
func qrWatchedAhead(t *testing.T, s *store.Store) {
	ahead := T0.AddDate(13, 0, 0)
	placed(t, s, 1)
	placed(t, s, 2)
	hear(t, s, 2, notice, ahead)
	_, _, err := s.QR.Place(t.Context(), want(3), qrorder.Life, false, "one", ahead)
	check(t, err)
	placed(t, s, 4)
	hear(t, s, 4, notice, T0)
	p, err := s.EnsurePosting(t.Context(), post(4), T0)
	check(t, err)
	check(t, s.QR.Watch(t.Context(), 10, ahead.Add(-time.Hour))) // what is open seems to be so for long
	if got := classes(t, s); got != "order-late:86.40" {
		t.Errorf("cases %q", got)
	}

	for _, c := range []struct {
		after time.Duration
		want  string
	}{
		{time.Minute, "order-late:86.40"}, // the clock is right
		{10 * time.Minute, "order-late:86.40"},
		{11 * time.Minute, "order-late:86.40 unbooked:86.40"},
		{62 * time.Minute, "order-late:86.40 order-late:86.40 unbooked:86.40"},
	} {
		check(t, s.QR.Watch(t.Context(), 10, T0.Add(c.after)))
		got := strings.Fields(classes(t, s))
		slices.Sort(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v: cases %q, want %q", c.after, got, c.want)
		}
	}

	if o, err := s.QR.Order(t.Context(), p.Serial); err != nil || o.WatchAt == 0 || o.WatchAt > T0.Add(2*time.Hour).UnixMilli() {
		t.Errorf("a payment whose posting is open is looked at again at %d, %v", o.WatchAt, err)
	}
}

func qrAnew(t *testing.T, s *store.Store) {
	two := want(1)
	two.Acquirers, two.Unshown, two.Mode = []string{"bank", "wallet"}, true, qr.Scanned
	o, err := s.QR.Look(t.Context(), two, acquiring.Close, "customer", T0)
	if err != nil || o.State != qrorder.Waiting || o.Acquirer != "bank" || o.Untried != "wallet" {
		t.Fatalf("%+v, %v", o, err)
	}
	for _, acquirer := range []string{"bank", "wallet"} {
		claims, err := s.QR.Due(t.Context(), "one", 10, T0)
		if err != nil || len(claims) != 1 || claims[0].Effect != qrorder.Ask || claims[0].Acquirer != acquirer {
			t.Fatalf("%s: %+v, %v", acquirer, claims, err)
		}
		e := answer(qrorder.Ask, call.NotDone)
		e.Answer.Retry = true
		o = hear(t, s, 1, e, T0)
	}
	if o.State != qrorder.NotPaid || o.Told {
		t.Errorf("%+v", o)
	}

	if o, err = s.QR.Look(t.Context(), want(2), acquiring.Refund, "posting-refused", T0); err != nil || o.State != qrorder.Waiting {
		t.Errorf("a refund of an order that nobody knows: %+v, %v", o, err)
	}
	// A code may have been shown, and nobody has scanned it yet: only its time decides.
	claims, err := s.QR.Due(t.Context(), "one", 10, T0)
	if err != nil || len(claims) != 1 || claims[0].Effect != qrorder.Ask {
		t.Fatalf("%+v, %v", claims, err)
	}
	e := answer(qrorder.Ask, call.NotDone)
	e.Answer.Retry = true
	if o = hear(t, s, 2, e, T0); o.State != qrorder.Waiting {
		t.Errorf("%+v", o)
	}

	// The kiosk has one paid of which the acquirer knew nothing: it is asked again.
	if o, err = s.QR.Look(t.Context(), two, acquiring.Adopt, "", T0.Add(time.Second)); err != nil || o.State != qrorder.NotPaid {
		t.Errorf("asked again at once: %+v, %v", o, err)
	}
	if o, err = s.QR.Look(t.Context(), two, acquiring.Refund, "", T0.Add(time.Minute)); err != nil || o.State != qrorder.Waiting || o.Told {
		t.Errorf("not asked again: %+v, %v", o, err)
	}

	nobody := want(3)
	nobody.Acquirers = nil
	if _, err := s.QR.Look(t.Context(), nobody, acquiring.Wait, "", T0); !errors.Is(err, acquiring.ErrNowhere) {
		t.Errorf("nobody to ask: %v", err)
	}
	other := want(2)
	other.Account = "1000000002"
	if _, err := s.QR.Look(t.Context(), other, acquiring.Wait, "", T0); !errors.Is(err, books.ErrConflict) {
		t.Errorf("another order: %v", err)
	}
}

// qrTwoPeople: a payment goes back on the word of two people, once, and not while it is
// booked or may be. What changes between the two stops it.
func qrTwoPeople(t *testing.T, s *store.Store) {
	Person(t, s, "li", people.RoleOperator)
	Person(t, s, "wang", people.RoleOperator)
	propose := func(n int) (approval.Plan, error) {
		return s.Plans.Propose(t.Context(), approval.RefundQR, approval.Ask{Object: Serial(Kiosk, n), Reason: "kiosk gone", By: "li"}, T0)
	}
	refused := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	placed(t, s, 1)
	_, err := propose(1)
	refused("not paid yet", err, approval.ErrNotPossible)
	hear(t, s, 1, notice, T0)

	p, err := propose(1)
	check(t, err)
	if p.Amount != 8640 || p.Serial != Serial(Kiosk, 1) || !strings.Contains(p.Body, `"acquirer":"one","reference":"A1"`) {
		t.Errorf("%+v", p)
	}
	_, err = propose(1)
	refused("proposed twice", err, approval.ErrPending)
	_, err = s.Plans.Approve(t.Context(), p.ID, p.Hash, "li", "agreed", T0)
	refused("the same person", err, approval.ErrTwoPeople)
	o, err := s.QR.Order(t.Context(), Serial(Kiosk, 1))
	if check(t, err); o.State != qrorder.Paid {
		t.Errorf("one person gave it back: %+v", o)
	}
	_, err = s.Plans.Approve(t.Context(), p.ID, p.Hash, "wang", "agreed", T0)
	check(t, err)
	_, err = s.Plans.Approve(t.Context(), p.ID, p.Hash, "wang", "agreed", T0)
	refused("approved twice", err, approval.ErrDecided)
	d, err := s.QR.Detail(t.Context(), Serial(Kiosk, 1))
	check(t, err)
	last := d.History[len(d.History)-1]
	if d.Order.State != qrorder.Refunding || d.Order.Why != acquiring.ByPerson || last.Event != "refund ordered" || last.By != "li, wang" {
		t.Errorf("%+v, %+v", d.Order, last)
	}
	if _, err := s.EnsurePosting(t.Context(), post(1), T0); !errors.Is(err, books.ErrHeld) {
		t.Errorf("posted while it goes back: %v", err)
	}
	_, err = propose(1)
	refused("it goes back already", err, approval.ErrNotPossible)

	placed(t, s, 2)
	hear(t, s, 2, notice, T0)
	p, err = propose(2)
	check(t, err)
	_, err = s.EnsurePosting(t.Context(), post(2), T0)
	check(t, err)
	_, err = s.Plans.Approve(t.Context(), p.ID, p.Hash, "wang", "agreed", T0)
	refused("booked meanwhile", err, approval.ErrNotPossible)
	if o, err := s.QR.Order(t.Context(), Serial(Kiosk, 2)); err != nil || o.State != qrorder.Paid {
		t.Errorf("given back though it is booked: %+v, %v", o, err)
	}
	_, err = propose(2)
	refused("being posted", err, approval.ErrNotPossible)
}

// qrAway: a case for people while an acquirer does not answer, each time once.
func qrAway(t *testing.T, s *store.Store) {
	reach := func(away bool, at time.Duration) string {
		t.Helper()
		check(t, s.QR.Reach(t.Context(), "bank", away, "no answer", T0.Add(at)))
		return classes(t, s)
	}
	if got := reach(false, 0); got != "" {
		t.Errorf("it answers: %q", got)
	}
	for range 2 {
		if got := reach(true, time.Minute); got != "away:0.00" {
			t.Errorf("it does not: %q", got)
		}
	}
	if got := reach(false, 2*time.Minute); got != "" {
		t.Errorf("it answers again: %q", got)
	}
	if got := reach(true, 3*time.Minute); got != "away:0.00" {
		t.Errorf("it does not, once more: %q", got)
	}

	cases, err := s.Cases(t.Context(), books.Filter{Open: true})
	if check(t, err); len(cases) != 1 || cases[0].Text != "bank: no answer" || cases[0].OpenedAt != stored.Millis(T0.Add(3*time.Minute)) {
		t.Fatalf("%+v", cases)
	}
	_, err = Close(t, s, cases[0].ID, "the bank knows", T0.Add(4*time.Minute))
	check(t, err)
	if got := reach(true, 5*time.Minute); got != "" {
		t.Errorf("a person closed it, and it is open again: %q", got)
	}
	check(t, s.QR.Reach(t.Context(), "other", true, "no answer", T0))
	if got := classes(t, s); got != "away:0.00" {
		t.Errorf("another acquirer: %q", got)
	}
}

// qrReceived: a journal comes to books out of a backup, which know of none of its orders.
// What the acquirer turns out to have is posted, or stays as its kiosk was told.
func qrReceived(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk)
	paid := func(n int) string {
		serial := Serial(Kiosk, n)
		j.Add(t, "opened", serial, object{"account": "1000000001", "tender": "qr", "limit": 8640, "opened_at": T0.UnixMilli()})
		j.Add(t, "qr-ordered", serial, object{"mode": "shown", "amount": 8640, "at": T0.UnixMilli()})
		j.Add(t, "qr-paid", serial, object{"amount": 8640, "acquirer": "bank", "reference": "A1", "paid_at": T0.UnixMilli()})

		return serial
	}
	owed := object{"status": "owed", "code": "1035", "text": "no"}
	posted := paid(1)
	j.Add(t, "outcome-learned", posted, object{"status": "posted", "reference": "M1", "to_advance": 8640})
	back := paid(2)
	j.Add(t, "outcome-learned", back, owed)
	j.Add(t, "qr-refund-ordered", back, object{"why": "posting-refused", "at": T0.UnixMilli()})
	j.Add(t, "qr-refund-answered", back, object{"done": true})
	kept := paid(3)
	j.Add(t, "outcome-learned", kept, owed)
	j.Add(t, "qr-refund-ordered", kept, object{"why": "posting-refused", "at": T0.UnixMilli()})
	j.Add(t, "qr-refund-answered", kept, object{"done": false})
	ingest(t, s, j.Recs)
	if got := classes(t, s); strings.Count(got, "unpaid:86.40") != 3 {
		t.Fatalf("cases %q", got)
	}

	held, err := s.Received(t.Context(), T0)
	check(t, err)
	var serials []string
	for _, o := range held {
		serials = append(serials, o.Serial)
		if o.Amount != 8640 || o.Account != "1000000001" || o.Kiosk != Kiosk || o.Tender != "qr" || o.PaidAt != T0.UnixMilli() {
			t.Errorf("held %+v", o)
		}
	}
	slices.Sort(serials)
	if !slices.Equal(serials, []string{posted, kept}) {
		t.Errorf("held are %v", serials)
	}
	if got := classes(t, s); strings.Count(got, "unpaid:86.40") != 2 {
		t.Errorf("the customer has one back, and the cases are %q", got)
	}

	for _, n := range []int{1, 3} {
		_, err := s.QR.Look(t.Context(), want(n), acquiring.Adopt, "", T0)
		check(t, err)
		hear(t, s, n, notice, T0)
	}
	held, err = s.Received(t.Context(), T0)
	if check(t, err); len(held) != 0 || strings.Contains(classes(t, s), "unpaid") {
		t.Errorf("paid, and held are %+v; cases %q", held, classes(t, s))
	}
	if p, err := s.Posting(t.Context(), posted); err != nil || p.State.Final() {
		t.Errorf("its kiosk has it posted, and the MIS is to be asked: %s, %v", posting.Word(p.State), err)
	}
	if p, err := s.Posting(t.Context(), kept); err != nil || p.State != posting.Owed {
		t.Errorf("its kiosk was told that it is refused: %s, %v", posting.Word(p.State), err)
	}
	if _, err := s.Posting(t.Context(), back); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("what was given back has a posting: %v", err)
	}
}

// qrSettledOnce: a payment that is owed is settled by a person or goes back by itself, and
// never both.
func qrSettledOnce(t *testing.T, s *store.Store) {
	owed := func(n int) string {
		placed(t, s, n)
		hear(t, s, n, notice, T0)
		p, err := s.EnsurePosting(t.Context(), post(n), T0)
		check(t, err)
		p.State, p.NextAt, p.InFlight, p.Reason = posting.Owed, time.Time{}, false, "why"
		_, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "post answered", By: "one"}, T0)
		check(t, err)
		cases, err := s.Cases(t.Context(), books.Filter{Open: true})
		check(t, err)
		for _, c := range cases {
			if c.Serial == p.Serial && c.Class == books.ClassOwed {
				return c.ID
			}
		}
		t.Fatalf("no case of %s among %+v", p.Serial, cases)

		return ""
	}

	id := owed(1)
	_, err := Close(t, s, id, "refunded at the counter", T0)
	check(t, err)
	o, err := s.QR.Look(t.Context(), want(1), acquiring.Refund, "posting-refused", T0)
	if !errors.Is(err, acquiring.ErrBooked) || errors.Is(err, acquiring.ErrBooking) || o.State != qrorder.Paid {
		t.Errorf("given back after a person has: %s, %v", o.State, err)
	}

	id = owed(2)
	o, err = s.QR.Look(t.Context(), want(2), acquiring.Refund, "posting-refused", T0)
	if check(t, err); o.State != qrorder.Refunding {
		t.Fatalf("%+v", o)
	}
	if _, err := Close(t, s, id, "refunded at the counter", T0); !errors.Is(err, posting.ErrAction) {
		t.Errorf("settled by a person while it goes back: %v", err)
	}
	claims, err := s.QR.Due(t.Context(), "one", 10, T0)
	if check(t, err); len(claims) != 1 {
		t.Fatalf("claims %+v", claims)
	}
	hear(t, s, 2, answer(qrorder.Refund, call.NotDone), T0)
	claims, err = s.QR.Due(t.Context(), "one", 10, T0.Add(qrorder.AskEvery))
	if check(t, err); len(claims) != 1 || claims[0].Effect != qrorder.AskRefund {
		t.Fatalf("claims %+v", claims)
	}
	if o = hear(t, s, 2, answer(qrorder.AskRefund, call.NotDone), T0.Add(qrorder.AskEvery)); o.State != qrorder.Kept {
		t.Fatalf("%+v", o)
	}
	if _, err := Close(t, s, id, "refunded at the counter", T0); err != nil {
		t.Errorf("the acquirer keeps it, and a person may not settle it: %v", err)
	}
}

// qrUnorderedOnce: what people say became of a payment that no kiosk ordered to be posted is the
// last word: it does not go back as well, and is posted only if two people release it.
func qrUnorderedOnce(t *testing.T, s *store.Store) {
	staffed(t, s)
	unbooked := func(n int) string {
		t.Helper()
		placed(t, s, n)
		hear(t, s, n, notice, T0)
		check(t, s.QR.Watch(t.Context(), 10, T0.Add(11*time.Minute)))

		return caseOf(t, s, n, books.ClassUnbooked).ID
	}
	check(t, twoAsk(t, s, approval.CloseCase, unbooked(1), string(books.PaidOut)))
	if err := twoAsk(t, s, approval.RefundQR, Serial(Kiosk, 1), ""); !errors.Is(err, acquiring.ErrBooked) {
		t.Errorf("given back by people after a counter has: %v", err)
	}
	if o, err := s.QR.Look(t.Context(), want(1), acquiring.Refund, "posting-refused", T0); !errors.Is(err, acquiring.ErrBooked) || o.State != qrorder.Paid {
		t.Errorf("given back by the kiosk after a counter has: %s, %v", o.State, err)
	}
	settledFirst(t, s, post(1))

	check(t, twoAsk(t, s, approval.CloseCase, unbooked(3), ""))
	if _, err := s.EnsurePosting(t.Context(), post(3), T0); !errors.Is(err, books.ErrHeld) {
		t.Errorf("posted after people settled it: %v", err)
	}
	check(t, twoAsk(t, s, approval.ReleaseOrder, caseOf(t, s, 3, books.ClassHeld).ID, ""))
	if p, err := s.EnsurePosting(t.Context(), post(3), T0); err != nil || p.State != posting.Ordered {
		t.Errorf("released, and not posted: %+v, %v", p, err)
	}

	// It goes back, and nobody settles it meanwhile.
	serial := Serial(Kiosk, 2)
	ingest(t, s, NewJournal(Kiosk).Add(t, "opened", serial, object{"account": "1000000001", "tender": "qr", "limit": 8640, "opened_at": T0.UnixMilli()}).Recs)
	id := unbooked(2)
	check(t, twoAsk(t, s, approval.RefundQR, serial, ""))
	if err := twoAsk(t, s, approval.CloseCase, id, string(books.PaidOut)); !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("settled while it goes back: %v", err)
	}
}

// caseOf is the case of a class of the n-th payment.
func caseOf(t *testing.T, s *store.Store, n int, class string) books.Case {
	t.Helper()
	all, err := s.CasesOf(t.Context(), []string{Serial(Kiosk, n)})
	check(t, err)
	i := slices.IndexFunc(all[Serial(Kiosk, n)], func(c books.Case) bool { return c.Class == class })
	if i < 0 {
		t.Fatalf("no case of class %s among %+v", class, all)
	}

	return all[Serial(Kiosk, n)][i]
}

// settledFirst has an order come of a payment that a counter paid out: it is held, not released,
// and where it is refused it is owed no more: no case says so, and its own keeps the refusal.
func settledFirst(t *testing.T, s *store.Store, o books.Order) {
	t.Helper()
	for range 2 {
		if _, err := s.EnsurePosting(t.Context(), o, T0); !errors.Is(err, books.ErrHeld) || classes(t, s) != "held:86.40" {
			t.Fatalf("ordered after people settled it: %v, cases %q", err, classes(t, s))
		}
	}
	if why, err := s.WhyHeld(t.Context(), o); err != nil || why != books.DoubtSettled {
		t.Errorf("held because of %q, %v", why, err)
	}
	held := caseOf(t, s, 1, books.ClassHeld)
	var had books.PaidOutError
	if err := twoAsk(t, s, approval.ReleaseOrder, held.ID, ""); !errors.As(err, &had) || !errors.Is(err, approval.ErrNotPossible) {
		t.Errorf("released after a counter paid it out: %v", err)
	}
	check(t, twoAsk(t, s, approval.RefuseOrder, held.ID, ""))
	if got := classes(t, s); got != "" {
		t.Errorf("settled, and refused after that: cases %q", got)
	}
	p, err := s.Posting(t.Context(), o.Serial)
	if check(t, err); p.State != posting.Owed {
		t.Errorf("refused: %s", p.State)
	}
	settled := caseOf(t, s, 1, books.ClassUnbooked)
	if got := evidenceOf(t, s, settled.ID); !slices.Equal(got, []string{"office: not posted, as li, wang ordered: the customer asks for it"}) {
		t.Errorf("its case was told %q", got)
	}
	all, err := s.CasesOf(t.Context(), []string{o.Serial})
	check(t, err)
	if how, c := books.SettlementOf(all[o.Serial], true); how != books.ByPerson || c.ID != settled.ID {
		t.Errorf("settled by %v, %s", how, c.ID)
	}
	sum, err := s.Stats(t.Context(), p.OrderedAt)
	if check(t, err); sum.TodayClosed != 8640 || sum.TodayBack != 0 {
		t.Errorf("closed by people %s, went back %s", sum.TodayClosed, sum.TodayBack)
	}
	if _, err := payOut(t, s, settled.ID, "张三", T0); !errors.As(err, &had) {
		t.Errorf("paid out twice: %v", err)
	}
	from := map[string]string{"qr": "acquirer-receivable", "bankcard": "bank-receivable"}[o.Tender]
	stands(t, s, o.Serial, from+" 86.40, counter -86.40")
}

// cardUnorderedOnce is qrUnorderedOnce for what the bank has: a kiosk that takes such a sale
// back all the same gives the customer the money a second time.
func cardUnorderedOnce(t *testing.T, s *store.Store) {
	staffed(t, s)
	sold(t, s, 1, 101)
	settledBatch(t, s) // its kiosk cannot take it back any more
	check(t, s.Bank.Watch(t.Context(), 10, T0.Add(bank.OpenAfter)))
	check(t, twoAsk(t, s, approval.CloseCase, caseOf(t, s, 1, books.ClassUnbooked).ID, string(books.PaidOut)))
	settledFirst(t, s, byCard(1))
	take(t, s, asked(posp.Reversal, 1, 101), T0)
	if got := classes(t, s); got != "taken-back:86.40 reversal-open:86.40" && got != "taken-back:86.40" {
		t.Errorf("cases %q", got)
	}
}
