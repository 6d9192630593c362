package server_test

import (
	"sync/atomic"
	"testing"
	"time"

	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// cashOrder is the next message on a topic of orders about cash.
func (s *stage) cashOrder(t *testing.T) wire.CashStop {
	t.Helper()
	for {
		select {
		case m := <-s.line.sent:
			addr, err := wire.ParseTopic(m.topic)
			if err != nil || addr.Up || addr.Chan != wire.ChanCmd || addr.ID != wire.CmdCash {
				continue
			}
			var signed wire.Signed
			if err := wire.Decode(m.payload, &signed); err != nil || !m.retained {
				t.Fatalf("%s: retained %t, %v", m.topic, m.retained, err)
			}
			o, err := wire.OpenCash(s.pub, signed)
			if err != nil || o.Kiosk != addr.Kiosk {
				t.Fatalf("%s: %+v, %v", m.topic, o, err)
			}

			return o
		case <-time.After(5 * time.Second):
			t.Fatal("no order about cash published")
		}
	}
}

// TestOrdersAboutCash go out ahead of their time, again when they begin and at half of their
// life, and as soon as the date is signed or the rule is taken away. One alike is not sent
// twice, and serials rise.
func TestOrdersAboutCash(t *testing.T) {
	var after atomic.Int64 // ms after T0, 09:00 of the 23rd in Shanghai
	now := func() time.Time { return storetest.T0.Add(time.Duration(after.Load()) * time.Millisecond) }
	s := startAt(t, now)
	if err := s.books.Settle.Plan(t.Context(), now()); err != nil {
		t.Fatal(err)
	}
	if err := s.books.Deadlines.SetCashRule(t.Context(), settle.Fleet, 8*60, "zhang", now()); err != nil {
		t.Fatal(err)
	}
	const hour = 3_600_000
	t0, last := storetest.T0.UnixMilli(), uint64(0)
	sent := func(what string, issued, from, expires int64, date string) {
		t.Helper()
		s.KickCash()
		o := s.cashOrder(t)
		if o.Serial <= last {
			t.Errorf("%s: serial %d after %d", what, o.Serial, last)
		}
		last, o.Serial = o.Serial, 0
		if want := (wire.CashStop{V: 1, Kiosk: kiosk, Issued: issued, From: from, Expires: expires, Date: date}); o != want {
			t.Errorf("%s: %+v, want %+v", what, o, want)
		}
	}
	eight := t0 + 23*hour // of the 24th
	sent("a day ahead", t0, eight, eight+24*hour, "20261123")
	s.KickCash() // nothing has changed

	after.Store(17 * hour) // 02:00 of the 24th
	sent("half of its life is over", t0+17*hour, eight, eight+24*hour, "20261123")
	if err := s.books.Settle.Plan(t.Context(), now()); err != nil {
		t.Fatal(err)
	}
	after.Store(23 * hour)
	sent("it begins", eight, eight, eight+24*hour, "20261123")

	room := s.books.Settle.With(nil, t.TempDir())
	if _, err := room.Run(t.Context(), "20261123", "office", now); err != nil {
		t.Fatal(err)
	}
	after.Store(24 * hour)
	if _, err := room.Sign(t.Context(), "20261123", "zhang", now()); err != nil {
		t.Fatal(err)
	}
	sent("signed", t0+24*hour, eight+24*hour, eight+48*hour, "20261124")
	s.OnUp() // the broker may have forgotten
	sent("again", t0+24*hour, eight+24*hour, eight+48*hour, "20261124")
	if err := s.books.Deadlines.DropCashRule(t.Context(), settle.Fleet, "zhang", now()); err != nil {
		t.Fatal(err)
	}
	sent("no rule any more", t0+24*hour, 0, 0, "")
}
