package questions

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"wattkiosk/uplink/wire"
)

var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func posting(serial string) Question {
	return Question{Subject: Subject{wire.OpPost, serial}, TTL: 20 * time.Second}
}

func verify(account string) Question {
	return Question{Subject: Subject{wire.OpVerify, account}, TTL: 8 * time.Second, Once: true, Urgent: true}
}

func linked() *Book {
	b := New(7)
	b.Link(t0, true)
	return b
}

func turn(t *testing.T, b *Book, now time.Time, asks, unanswered int) []Ask {
	t.Helper()
	a, u := b.Turn(now)
	if len(a) != asks || len(u) != unanswered {
		t.Fatalf("%d asked, %d unanswered; want %d, %d", len(a), len(u), asks, unanswered)
	}
	return a
}

// TestAHundredOpenPostingsDoNotAskAtOnce, and the customer's question passes them.
func TestAHundredOpenPostingsDoNotAskAtOnce(t *testing.T) {
	b := New(7)
	for n := range 100 {
		b.Put(t0, posting(fmt.Sprintf("%020d", n)))
	}
	turn(t, b, t0, 0, 0)
	b.Link(t0, true)
	first := turn(t, b, t0, 4, 0)
	turn(t, b, t0, 0, 0)
	b.Put(t0, verify("1000000001"))
	if a := turn(t, b, t0, 1, 0); a[0].Op != wire.OpVerify {
		t.Errorf("asked %s", a[0].Op)
	}
	asked := len(first)
	for now, under := t0, first; len(under) > 0; {
		now = now.Add(time.Second)
		for _, a := range under {
			q, ok := b.Answered(a.ID)
			if !ok {
				t.Fatalf("%s is not waited for", a.ID)
			}
			b.Drop(q.Subject)
		}
		under, _ = b.Turn(now)
		asked += len(under)
		if len(under) > MaxAtOnce {
			t.Fatalf("%d at once", len(under))
		}
	}
	if asked != 100 {
		t.Errorf("%d of 100 were asked", asked)
	}
}

// TestWhatAStationAskedIsOverwritten once it is dropped, replaced or over; what is sent is
// a copy that its taker overwrites. What is asked again is as it was.
func TestWhatAStationAskedIsOverwritten(t *testing.T) {
	secret := func(key string, once bool) Question {
		return Question{Subject: Subject{wire.OpFrame, key}, Asker: "bankcard", Body: []byte(`"6225880000000019"`), TTL: 20 * time.Second, Once: once, Urgent: true}
	}
	gone := func(q Question) bool { return !slices.ContainsFunc(q.Body, func(c byte) bool { return c != 0 }) }

	b := linked()
	dropped, replaced, again, once := secret("1", false), secret("2", false), secret("3", false), secret("4", true)
	for _, q := range []Question{dropped, replaced, again, once} {
		b.Put(t0, q)
	}
	asks := turn(t, b, t0, 4, 0)
	for _, a := range asks {
		if !a.Secret || string(a.Body) != `"6225880000000019"` {
			t.Errorf("sent %s, secret %v", a.Body, a.Secret)
		}
		a.Wipe()
	}
	b.Drop(dropped.Subject)
	b.Put(t0, secret("2", false))
	if !gone(dropped) || !gone(replaced) || gone(again) || gone(once) {
		t.Errorf("%q %q %q %q", dropped.Body, replaced.Body, again.Body, once.Body)
	}

	b.Again(t0, again.Subject)
	if a := turn(t, b, t0.Add(19*time.Second), 2, 0); string(a[0].Body) != `"6225880000000019"` {
		t.Errorf("asked again: %s", a[0].Body)
	}
	q, ok := b.Answered(asks[3].ID)
	if q.Wipe(); !ok || !gone(once) {
		t.Errorf("answered: %q", once.Body)
	}

	plain := verify("1000000001")
	plain.Body = []byte(`{}`)
	b.Put(t0, plain)
	b.Drop(plain.Subject)
	if string(plain.Body) != `{}` {
		t.Errorf("what is not secret is %q", plain.Body)
	}
}

// TestTheWaitGrowsAndIsBounded.
func TestTheWaitGrowsAndIsBounded(t *testing.T) {
	b, now := linked(), t0
	b.Put(now, posting("1"))
	var waits []time.Duration
	ids := map[string]bool{}
	for range 9 {
		a := turn(t, b, now, 1, 0)
		ids[a[0].ID] = true
		b.Unanswered(now, a[0].ID)
		waits = append(waits, b.Wake().Sub(now))
		now = b.Wake()
	}
	s := time.Second
	if want := []time.Duration{5 * s, 10 * s, 20 * s, 40 * s, 80 * s, 160 * s, 300 * s, 300 * s, 300 * s}; !slices.Equal(waits, want) {
		t.Errorf("waits %v, want %v", waits, want)
	}
	if len(ids) != 9 || !ids["7-1"] {
		t.Errorf("ids %v", ids)
	}
}

// TestSilenceIsNoticedEvenIfNobodySaysSo: the sender may have dropped the request.
func TestSilenceIsNoticedEvenIfNobodySaysSo(t *testing.T) {
	b := linked()
	b.Put(t0, verify("1000000001"))
	b.Put(t0, posting("1"))
	turn(t, b, t0, 2, 0)
	if w := b.Wake(); !w.Equal(t0.Add(10 * time.Second)) {
		t.Errorf("wakes at %v", w)
	}
	turn(t, b, t0.Add(9*time.Second), 0, 0)
	turn(t, b, t0.Add(10*time.Second), 0, 1)
	turn(t, b, t0.Add(22*time.Second), 0, 0)
	turn(t, b, t0.Add(27*time.Second), 1, 0)
}

// TestOnlyTheRunningTryIsAnswered: not an earlier one, nor one of another run.
func TestOnlyTheRunningTryIsAnswered(t *testing.T) {
	b := linked()
	b.Put(t0, posting("1"))
	first := turn(t, b, t0, 1, 0)[0].ID
	b.Unanswered(t0.Add(20*time.Second), first)
	second := turn(t, b, t0.Add(25*time.Second), 1, 0)[0].ID
	for _, id := range []string{first, "6-2", "", "7-99"} {
		if _, ok := b.Answered(id); ok {
			t.Errorf("an answer to %q was taken", id)
		}
	}
	if q, ok := b.Answered(second); !ok || q.Key != "1" {
		t.Errorf("the answer was not taken: %+v", q)
	}
	if _, ok := b.Answered(second); ok {
		t.Error("an answer was taken twice")
	}
}

// TestALostLineEndsWhatIsAskedOnce and keeps the rest, which is due when it returns.
func TestALostLineEndsWhatIsAskedOnce(t *testing.T) {
	b := linked()
	b.Put(t0, verify("1000000001"))
	b.Put(t0, posting("1"))
	turn(t, b, t0, 2, 0)
	lost := b.Link(t0.Add(time.Second), false)
	if len(lost) != 1 || lost[0].Key != "1000000001" || b.Has(Subject{wire.OpVerify, "1000000001"}) {
		t.Errorf("lost %+v", lost)
	}
	turn(t, b, t0.Add(time.Hour), 0, 0)
	b.Link(t0.Add(time.Hour), true)
	turn(t, b, t0.Add(time.Hour), 1, 0)
}

// TestAnUrgentQuestionDoesNotWaitForALine: a sale that waited for the line would reach the
// bank after its kiosk has taken it back.
func TestAnUrgentQuestionDoesNotWaitForALine(t *testing.T) {
	b := New(7)
	sale := Subject{wire.OpFrame, "10000001000000000005"}
	b.Put(t0, Question{Subject: sale, Asker: "bankcard", TTL: 45 * time.Second, Once: true, Urgent: true})
	b.Put(t0, posting("1"))
	if asks, over := b.Turn(t0); len(asks) != 0 || len(over) != 1 || over[0].Subject != sale || b.Has(sale) {
		t.Errorf("%d asked, over %+v", len(asks), over)
	}
	b.Link(t0.Add(time.Minute), true)
	if asks := turn(t, b, t0.Add(time.Minute), 1, 0); asks[0].Op != wire.OpPost {
		t.Errorf("asked %s", asks[0].Op)
	}
}

// TestALaterTimeIsKept: a question put for later is not asked before, unless the
// line returns meanwhile.
func TestALaterTimeIsKept(t *testing.T) {
	b := linked()
	b.Put(t0.Add(6*time.Hour), posting("1"))
	turn(t, b, t0.Add(5*time.Hour), 0, 0)
	b.Link(t0.Add(5*time.Hour), false)
	b.Link(t0.Add(5*time.Hour), true)
	turn(t, b, t0.Add(5*time.Hour), 1, 0)
}
