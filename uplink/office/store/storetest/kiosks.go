package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// kioskSearch: kiosks are found by number, site and address, those in trouble first, in
// pages.
func kioskSearch(t *testing.T, s *store.Store) {
	report := func(kiosk string, online bool, text string) {
		t.Helper()
		_, err := s.Register(t.Context(), kiosk, 0, T0)
		check(t, err)
		_, err = s.SaveReports(t.Context(), []fleet.Report{{Kiosk: kiosk, Online: true, Live: true, Text: text, At: T0}})
		check(t, err)
		if !online {
			_, err = s.SaveReports(t.Context(), []fleet.Report{{Kiosk: kiosk, Live: true, Text: `{"v":1,"online":false}`, At: T0}})
			check(t, err)
		}
	}
	report("10000011", true, `{"v":1,"online":true,"screen":"idle","site":"建设路营业厅","address":"建设路8号"}`)
	report("10000012", true, `{"v":1,"online":true,"screen":"idle","alarms":["paper"],"site":"Hall_B 100%"}`)
	report("10000013", false, `{"v":1,"online":true,"screen":"out-of-service","site":"城东营业厅"}`)
	report("10000014", true, `{"v":1,"online":true,"screen":"out-of-service","alarms":["validator"]}`)
	report("10000015", true, `{"v":1,"online":true,"screen":"idle"}`)
	report("10000016", true, `{"v":1,"online":true,"screen":"idle","site":"`+strings.Repeat("长", 40)+`\r\nx"}`)
	j := NewJournal("10000015").Add(t, "alarm", "", object{"code": "door", "on": true, "detail": "open"})
	_, err := s.Ingest(t.Context(), "10000015", j.Recs, T0)
	check(t, err)

	for _, c := range []struct {
		q    fleet.Search
		want string
	}{
		{fleet.Search{}, "7: 10000014 10000001 10000013 10000012 10000015 10000011 10000016"},
		{fleet.Search{Needy: true}, "5: 10000014 10000001 10000013 10000012 10000015"},
		{fleet.Search{Needy: true, Offset: 2, Limit: 2}, "5: 10000013 10000012"},
		{fleet.Search{Offset: 9}, "7:"},
		{fleet.Search{Text: "营业厅"}, "2: 10000013 10000011"},
		{fleet.Search{Text: "建设路8"}, "1: 10000011"},
		{fleet.Search{Text: "0013"}, "1: 10000013"},
		{fleet.Search{Text: "hall_b 100%"}, "1: 10000012"},
		{fleet.Search{Text: "1%3"}, "0:"},
		{fleet.Search{Text: "1000001_"}, "0:"},
		{fleet.Search{Text: "营业厅", Needy: true}, "1: 10000013"},
	} {
		got, err := s.Find(t.Context(), c.q)
		check(t, err)
		said := fmt.Sprintf("%d:", got.Total)
		for _, k := range got.Kiosks {
			said += " " + k.ID
		}
		if said != c.want {
			t.Errorf("%+v: %s, want %s", c.q, said, c.want)
		}
	}
	k, err := s.Kiosk(t.Context(), "10000016")
	check(t, err)
	if k.Place().Site != strings.Repeat("长", 32) {
		t.Errorf("a kiosk's site is %q", k.Place().Site)
	}
	alarms, err := s.AlarmsOf(t.Context(), "10000015", "10000011")
	check(t, err)
	if len(alarms) != 1 || len(alarms["10000015"]) != 1 || alarms["10000015"][0].Code != "door" || !alarms["10000015"][0].On {
		t.Errorf("alarms %+v", alarms)
	}
}

// kioskPlace: where a kiosk stands is what a person says, else what the kiosk says, and
// outlives the board.
func kioskPlace(t *testing.T, s *store.Store) {
	say := func(at time.Time) {
		t.Helper()
		_, err := s.SaveReports(t.Context(), []fleet.Report{{Kiosk: Kiosk, Online: true, Live: true, Text: `{"v":1,"online":true,"site":"建设路营业厅","address":"建设路8号"}`, At: at}})
		check(t, err)
	}
	place := func(want fleet.Place, by string) {
		t.Helper()
		k, err := s.Kiosk(t.Context(), Kiosk)
		check(t, err)
		if k.Place() != want || k.SetBy != by {
			t.Errorf("it stands at %+v by %q, want %+v by %q", k.Place(), k.SetBy, want, by)
		}
	}
	place(fleet.Place{}, "")
	say(T0)
	place(fleet.Place{Site: "建设路营业厅", Address: "建设路8号"}, "")
	_, err := s.SetPlace(t.Context(), Kiosk, fleet.Place{Site: " 城东营业厅 "}, "wang", T0.Add(time.Minute))
	check(t, err)
	say(T0.Add(2 * time.Minute))
	place(fleet.Place{Site: "城东营业厅", Address: "建设路8号"}, "wang")

	check(t, s.AddToken(t.Context(), "secret", Kiosk, false, T0.Add(time.Hour)))
	_, err = s.Enrol(t.Context(), fleet.Claim{Token: "secret"}, T0.Add(3*time.Minute), func(fleet.Kiosk) (identity.Certificate, error) { return identity.Certificate{Key: "key"}, nil })
	check(t, err)
	place(fleet.Place{Site: "城东营业厅", Address: "建设路8号"}, "wang")

	for _, bad := range []fleet.Place{{Site: strings.Repeat("长", 33)}, {Address: "a\nb"}, {Site: "a\x00b"}} {
		if _, err := s.SetPlace(t.Context(), Kiosk, bad, "wang", T0); !errors.Is(err, fleet.ErrPlace) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := s.SetPlace(t.Context(), "10000099", fleet.Place{Site: "x"}, "wang", T0); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("a kiosk that is not known: %v", err)
	}
	acts, err := s.Acts(t.Context(), people.AuditFilter{Object: Kiosk})
	check(t, err)
	acts = slices.DeleteFunc(acts, func(a people.Audit) bool { return a.Action != "set place" })
	if len(acts) != 1 || acts[0].User != "wang" || acts[0].Reason != "城东营业厅" {
		t.Errorf("the log has %+v", acts)
	}
}

// walked: a list of transactions goes on where it ended, without a gap and without a
// repeat, also where several were opened in one instant.
func walked(t *testing.T, s *store.Store) {
	j := NewJournal(Kiosk)
	var want []string
	for n := range 7 {
		at := T0.Add(time.Duration(n/2) * time.Second) // two in one instant
		serial := fmt.Sprintf("%s00%010d", Kiosk, n+1)
		j.Add(t, "opened", serial, object{"account": "1", "tender": "cash", "limit": 1, "online": true, "opened_at": at.UnixMilli()})
		want = append([]string{serial}, want...)
	}
	_, err := s.Ingest(t.Context(), Kiosk, j.Recs, T0.Add(time.Minute))
	check(t, err)

	var got []string
	f := books.Filter{Limit: 3}
	for {
		rows, err := s.Transactions(t.Context(), f)
		check(t, err)
		for _, r := range rows {
			got = append(got, r.Serial)
		}
		if len(rows) < f.Limit {
			break
		}
		f.Before = books.Mark{OpenedAt: rows[2].OpenedAt, Serial: rows[2].Serial}
	}
	if !slices.Equal(got, want) {
		t.Errorf("walked %v, want %v", got, want)
	}

	ms := T0.UnixMilli()
	for _, c := range []struct {
		f    books.Filter
		want []string
	}{
		{books.Filter{OpenedAfter: ms, OpenedBy: ms + 2000}, want[1:5]},
		{books.Filter{OpenedAfter: ms - 1, OpenedBy: ms}, want[5:]},
		{books.Filter{OpenedAfter: ms, OpenedBy: ms + 2000, Before: books.Mark{OpenedAt: ms + 2000, Serial: want[1]}}, want[2:5]},
		{books.Filter{OpenedBy: ms, Before: books.Mark{OpenedAt: ms + 2000, Serial: want[1]}}, want[5:]},
		{books.Filter{OpenedAfter: ms + 9000}, nil},
	} {
		rows, err := s.Transactions(t.Context(), c.f)
		check(t, err)
		got = nil
		for _, r := range rows {
			got = append(got, r.Serial)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.f, got, c.want)
		}
	}
}
