package server_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// roster is the next message on a cfg topic.
func (s *stage) roster(t *testing.T) wire.Roster {
	t.Helper()
	for {
		select {
		case m := <-s.line.sent:
			addr, err := wire.ParseTopic(m.topic)
			if err != nil || addr.Up || addr.Chan != wire.ChanCfg {
				continue
			}
			var signed wire.Signed
			if err := wire.Decode(m.payload, &signed); err != nil || !m.retained {
				t.Fatalf("%s: retained %t, %v", m.topic, m.retained, err)
			}
			r, err := wire.OpenRoster(s.pub, signed)
			if err != nil || r.Kiosk != addr.Kiosk {
				t.Fatalf("%s: %+v, %v", m.topic, r, err)
			}
			return r
		case <-time.After(5 * time.Second):
			t.Fatal("no roster published")
		}
	}
}

// TestRostersGoOut: to every kiosk when the link comes up and when somebody is added;
// to a kiosk that is new when it is heard of; and not twice.
func TestRostersGoOut(t *testing.T) {
	s := start(t)
	storetest.Fleet(t, s.books, 2)
	if err := s.books.PutTechnician(t.Context(), storetest.Technician("1001"), "li", storetest.T0); err != nil {
		t.Fatal(err)
	}
	s.OnUp()
	want := wire.Roster{
		V: 1, Kiosk: "10000001", Issued: storetest.T0.UnixMilli(), Office: bytes.Repeat([]byte{4}, 65),
		People: []wire.Person{{Number: "1001", Name: "王技术1001", Role: wire.RoleTechnician, PIN: bytes.Repeat([]byte{0, 0xff}, 16)}},
	}
	if d := cmp.Diff(want, s.roster(t)); d != "" {
		t.Error(d)
	}
	if r := s.roster(t); r.Kiosk != "10000002" {
		t.Errorf("%+v", r)
	}
	s.KickRosters() // nothing has changed
	if err := s.books.PutTechnician(t.Context(), storetest.Technician("1002"), "li", storetest.T0); err != nil {
		t.Fatal(err)
	}
	s.KickRosters()
	for _, kiosk := range []string{"10000001", "10000002"} {
		if r := s.roster(t); r.Kiosk != kiosk || r.Issued != storetest.T0.UnixMilli()+1 || len(r.People) != 2 {
			t.Errorf("%+v", r)
		}
	}
	if _, err := s.books.Register(t.Context(), "10000009", 0, storetest.T0); err != nil {
		t.Fatal(err)
	}
	s.OnMessage(wire.Up("10000009", wire.ChanState, ""), []byte(`{"v":1,"online":true}`))
	if r := s.roster(t); r.Kiosk != "10000009" {
		t.Errorf("%+v", r)
	}
	if n := s.Counters().Rosters.Load(); n != 5 {
		t.Errorf("%d rosters", n)
	}
	s.OnUp() // the broker may have forgotten
	for range 3 {
		s.roster(t)
	}
}
