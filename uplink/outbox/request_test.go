package outbox_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"wattkiosk/uplink/outbox"
)

func TestRequestsAreAnsweredOrExpireOnce(t *testing.T) {
	var p outbox.Pending
	for i, id := range []string{"c", "a", "b", "d"} {
		if err := p.Start(start, id, []time.Duration{3, 2, 2, 9}[i]*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, "wake", p.Wake(), start.Add(2*time.Second))
	expect(t, "too early", p.Expired(start.Add(2*time.Second-1)), []string(nil))
	expect(t, "reply", p.Reply("d"), true)
	expect(t, "second reply", p.Reply("d"), false)
	expect(t, "unasked reply", p.Reply("x"), false)
	expect(t, "expired", p.Expired(start.Add(3*time.Second)), []string{"a", "b", "c"})
	expect(t, "expired again", p.Expired(start.Add(3*time.Second)), []string(nil))
	expect(t, "late reply", p.Reply("a"), false)
	expect(t, "wake of none", p.Wake(), time.Time{})
}

func TestRequestsAreBounded(t *testing.T) {
	var p outbox.Pending
	for i := range outbox.MaxPending {
		if err := p.Start(start, fmt.Sprint(i), time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Start(start, "more", time.Second); !errors.Is(err, outbox.ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
	p.Reply("0")
	for name, c := range map[string]struct {
		id  string
		ttl time.Duration
	}{"open": {"1", time.Second}, "no id": {"", time.Second}, "no ttl": {"x", 0}, "long": {"x", time.Hour}} {
		if err := p.Start(start, c.id, c.ttl); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if err := p.Start(start, "more", time.Second); err != nil {
		t.Error(err)
	}
}
