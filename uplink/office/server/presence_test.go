package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/server"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// eventually waits until ok.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	late := time.After(20 * time.Second)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !ok() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("never: %s", what)
		}
	}
}

func (s *stage) online(t *testing.T) int {
	t.Helper()
	p, err := s.books.Stats(t.Context(), storetest.T0)
	if err != nil {
		t.Fatal(err)
	}
	return int(p.Online)
}

// TestAStormOfStates: when the whole fleet says something at once, the last word of
// each is kept.
func TestAStormOfStates(t *testing.T) {
	const kiosks = 3000
	s := prepare(t, func() time.Time { return storetest.T0 })
	s.line.down = true // policies are not the subject
	s.run(t)
	name := func(n int) string { return fmt.Sprint(20000000 + n) }
	for n := range kiosks {
		if _, err := s.books.Register(t.Context(), name(n), 0, storetest.T0); err != nil {
			t.Fatal(err)
		}
	}

	say := func(n int, online bool) {
		s.OnMessage(wire.Up(name(n), wire.ChanState, ""), fmt.Appendf(nil, `{"v":1,"online":%v}`, online))
	}
	for n := range kiosks {
		say(n, false)
		say(n, true)
	}
	eventually(t, "all are online", func() bool { return s.online(t) == kiosks })
	for n := range kiosks {
		say(n, true)
		say(n, n%3 == 0)
	}
	eventually(t, "a third is online", func() bool { return s.online(t) == kiosks/3 })
	if n := s.Counters().Dropped.Load(); n != 0 {
		t.Errorf("%d messages were dropped", n)
	}
}

// TestNobodyIsOnlineUntilHeard: what the books and the broker remember of the time
// before head office started shows nobody.
func TestNobodyIsOnlineUntilHeard(t *testing.T) {
	s := prepare(t, func() time.Time { return storetest.T0 })
	before := fleet.Report{Kiosk: kiosk, Online: true, Live: true, Text: "{}", At: storetest.T0}
	if _, err := s.books.SaveReports(t.Context(), []fleet.Report{before}); err != nil || s.online(t) != 1 {
		t.Fatal(err)
	}
	s.run(t)
	eventually(t, "offline at the start", func() bool { return s.online(t) == 0 })

	topic, word := wire.Up(kiosk, wire.ChanState, ""), []byte(`{"v":1,"online":true}`)
	s.OnRetained(topic, word)
	eventually(t, "the kept word is in the books", func() bool { return s.Counters().Reports.Load() == 1 })
	if n := s.online(t); n != 0 {
		t.Error("what the broker had kept shows a kiosk online")
	}
	s.OnMessage(topic, word)
	eventually(t, "online once heard", func() bool { return s.online(t) == 1 })
}

// TestASilentKioskGoesOffline while head office runs: a broker that lost its will tells
// nobody that a kiosk is gone.
func TestASilentKioskGoesOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := prepare(t, time.Now)
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan bool)
		go func() { s.Run(ctx, s.line); close(ended) }()
		defer func() { stop(); <-ended }()
		after := func(d time.Duration, want int) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			if n := s.online(t); n != want {
				t.Errorf("%s later %d kiosks are online, want %d", d, n, want)
			}
		}
		beat := func() { s.OnMessage(wire.Up(kiosk, wire.ChanState, ""), []byte(`{"v":1,"online":true}`)) }

		time.Sleep(time.Second)
		beat()
		after(2*time.Minute, 1)
		beat()
		after(2*time.Minute, 1)
		after(2*time.Minute, 0)
		beat()
		after(time.Second, 1)
	})
}

// TestPostsTakeNoPlacesOfLookUps: posts may wait for a slow MIS; whoever looks an
// account up meanwhile is not told that head office is too busy.
func TestPostsTakeNoPlacesOfLookUps(t *testing.T) {
	s := start(t)
	ask := func(k, n int, op wire.Op) {
		id := fmt.Sprint(n)
		s.OnMessage(wire.Up(fmt.Sprint(20000000+k), wire.ChanReq, id), fmt.Appendf(nil, `{"v":1,"id":%q,"op":%q,"ttl_ms":5000,"body":{}}`, id, op))
	}
	for n := range 400 {
		ask(n/4, n, wire.OpPost)
	}
	for n := range 200 {
		ask(n/2, 400+n, wire.OpVerify)
	}
	eventually(t, "all have come in", func() bool { return s.Counters().Requests.Load() == 600 })
	close(s.win.open)
	for range 600 {
		var r wire.Reply
		if m := <-s.line.sent; json.Unmarshal(m.payload, &r) != nil || r.Error != nil {
			t.Fatalf("%s: %s", m.topic, m.payload)
		}
	}
}

// TestPoliciesAfterTheClockWasAhead: the next policy is made at once, by the right
// clock, and follows the one that was made too early.
func TestPoliciesAfterTheClockWasAhead(t *testing.T) {
	var ahead atomic.Bool
	ahead.Store(true)
	future := time.Date(2039, 1, 1, 0, 0, 0, 0, time.UTC)
	s := startAt(t, func() time.Time {
		if ahead.Load() {
			return future
		}
		return storetest.T0
	})
	policy := func(topic string) wire.Policy {
		var signed wire.Signed
		s.line.next(t, topic, &signed)
		p, err := wire.Open(s.pub, signed)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	s.OnUp()
	if p := policy("wk/v1/dn/10000001/policy"); p.Serial != 2177452800000 || p.Issued != 2177452800000 {
		t.Fatalf("%+v", p)
	}

	ahead.Store(false)
	if _, err := s.books.Register(t.Context(), "10000002", 0, storetest.T0); err != nil {
		t.Fatal(err)
	}
	s.OnMessage(wire.Up("10000002", wire.ChanState, ""), []byte(`{"v":1,"online":true}`)) // has policies looked at
	if p := policy("wk/v1/dn/10000001/policy"); p.Serial != 2177452800001 || p.Issued != storetest.T0.UnixMilli() {
		t.Errorf("%+v", p)
	}
	policy("wk/v1/dn/10000002/policy")
}

// TestPolicySerialsAfterARestart: a head office whose clock was ahead before it was
// started again does not begin below what kiosks have.
func TestPolicySerialsAfterARestart(t *testing.T) {
	backend := memstore.NewBackend()
	rows := store.New(backend, books.Rules{})
	if _, err := rows.Register(t.Context(), kiosk, 0, storetest.T0); err != nil {
		t.Fatal(err)
	}
	future := time.Date(2039, 1, 1, 0, 0, 0, 0, time.UTC)
	last := uint64(0)
	for _, now := range []time.Time{storetest.T0, future, storetest.T0, storetest.T0} {
		t.Run(now.Format(time.DateOnly), func(t *testing.T) { // a life of head office
			s := prepare(t, func() time.Time { return now }, func(c *server.Config) { c.Books = rows })
			s.run(t)
			for range 2 { // a connection, and the next one
				s.OnUp()
				var signed wire.Signed
				s.line.next(t, "wk/v1/dn/10000001/policy", &signed)
				p, err := wire.Open(s.pub, signed)
				if err != nil || p.Serial <= last || p.Issued != now.UnixMilli() {
					t.Errorf("%+v, %v; the last serial was %d", p, err, last)
				}
				last = p.Serial
			}
		})
	}
}
