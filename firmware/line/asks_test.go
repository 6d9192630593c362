package line

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/journal/journaltest"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/questions"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

func question(id string, op wire.Op, ttl time.Duration) kiosk.Ask {
	return kiosk.Ask{Ask: questions.Ask{TTL: ttl, Request: wire.Request{V: 1, ID: id, Op: op, TTLms: ttl.Milliseconds(), Body: []byte("{}")}}}
}

// TestCustomersGoFirst: a look-up overtakes the posts that wait, which keep their order;
// what goes out says how long it is still waited for.
func TestCustomersGoFirst(t *testing.T) {
	now := time.Unix(1_764_000_000, 0)
	q := newAsks()
	for i := range 3 {
		q.put(now, question(fmt.Sprint("p", i), wire.OpPost, 20*time.Second))
	}
	q.put(now.Add(time.Second), question("v", wire.OpVerify, 10*time.Second))
	var got []string
	for {
		a, any := q.next(now.Add(3 * time.Second))
		if !any {
			break
		}
		got = append(got, fmt.Sprint(a.ID, " ", a.TTLms, " ", a.TTL))
	}
	if want := []string{"v 8000 8s", "p0 17000 17s", "p1 17000 17s", "p2 17000 17s"}; !slices.Equal(got, want) {
		t.Errorf("asked %q, want %q", got, want)
	}
}

// TestNoRequestIsForgotten: each is published, or expires: at once where there is no
// room for it, else when its time is up.
func TestNoRequestIsForgotten(t *testing.T) {
	now := time.Unix(1_764_000_000, 0)
	q := newAsks()
	for i := range askQueue + 2 {
		q.put(now, question(fmt.Sprint(i), wire.OpPost, time.Duration(1+i%2)*time.Second))
	}
	if got := q.expired(now); !slices.Equal(got, []string{"256", "257"}) {
		t.Errorf("no room for %q", got)
	}
	if got := q.wake(); !got.Equal(now.Add(time.Second)) {
		t.Errorf("wake %s", got)
	}
	if n := len(q.expired(now.Add(time.Second))); n != askQueue/2 {
		t.Errorf("%d expired after a second", n)
	}
	if n := len(q.expired(now.Add(2 * time.Second))); n != askQueue/2 {
		t.Errorf("%d expired after two", n)
	}
	if _, any := q.next(now); any || !q.wake().IsZero() {
		t.Error("something is left")
	}
}

// TestManyRequestsAreAskedByAndBy: over a line, never more than six are open, and each
// is asked.
func TestManyRequestsAreAskedByAndBy(t *testing.T) {
	const requests = 100
	l := newLined(t)
	asked := make(chan string, requests)
	l.answer = func(id string) { asked <- id }
	for i := range requests {
		l.up.Ask(question(fmt.Sprint(i), wire.OpPost, time.Minute))
	}
	open := map[string]bool{}
	for n, done := 0, 0; done < requests; {
		for n < requests && len(open) < askAtOnce {
			open[await(t, asked)] = true
			n++
		}
		if len(open)+len(asked) > askAtOnce {
			t.Fatalf("%d open at a time", len(open)+len(asked))
		}
		for id := range open {
			l.publishOnce(wire.ChanRep, id, fmt.Sprintf(`{"v":1,"id":%q}`, id))
			delete(open, id)
			done++
			break
		}
	}
}

// heard is an uplink without a line whose reports to the core are kept.
func heard(t *testing.T) (*Uplink, *journaltest.Memory, *[]kiosk.Event) {
	t.Helper()
	j := journaltest.NewMemory(journal.Options{Kiosk: "10000001", Clock: time.Now, Trust: func() record.Trust { return record.RTC }})
	for range 4 {
		if _, err := j.Append(record.Draft{Type: "note", Version: 1, Payload: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
	}
	u := New("10000001", j, nil, slog.New(slog.DiscardHandler))
	u.judged = true // an acknowledgement has fitted before
	var events []kiosk.Event
	u.send = func(_ context.Context, e kiosk.Event) { events = append(events, e) }
	return u, j, &events
}
