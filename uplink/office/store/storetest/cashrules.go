package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// cashRules: from when kiosks take no notes, by fleet, group and kiosk; that one person makes
// a rule and two lift it; that it is lifted by the signature; and that it cannot be taken away
// while a date waits.
func cashRules(t *testing.T, s *store.Store) {
	Person(t, s, "zhang", people.RoleAccountant)
	Person(t, s, "zhao", people.RoleAccountant)
	Person(t, s, "wang", people.RoleOperator)
	for n := range 3 { // enrolled, and not heard of yet
		_, err := s.Register(t.Context(), fmt.Sprintf("1000000%d", n+1), 0, T0)
		check(t, err)
	}
	room := s.Settle.With(nil, t.TempDir())
	one, two := clockAt(s, 0, 1, 0), clockAt(s, 1, 2, 0)
	zone := s.Zone()
	stops := func(now time.Time, want ...string) {
		t.Helper()
		all, err := s.Deadlines.CashStops(t.Context(), now)
		check(t, err)
		var got []string
		for _, c := range all {
			from := "-"
			if !c.From.IsZero() {
				from = c.From.In(zone).Format("0102 15:04 ") + c.Day[4:]
			}
			got = append(got, c.Kiosk[7:]+" "+from)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("at %v: %q, want %q", now.In(zone), got, want)
		}
	}
	is := func(err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}

	check(t, room.Plan(t.Context(), one))
	stops(one)
	for _, bad := range []string{"", "site", "group ", "group a b", "kiosk 1", "kiosk 1000000x", "Fleet"} {
		is(s.Deadlines.SetCashRule(t.Context(), bad, 480, "zhang", one), settle.ErrCashRule)
	}
	is(s.Deadlines.SetCashRule(t.Context(), settle.Fleet, 1440, "zhang", one), settle.ErrCashRule)
	is(s.Deadlines.DropCashRule(t.Context(), settle.Fleet, "zhang", one), stored.ErrNotFound)

	check(t, s.SetGroup(t.Context(), "lobby", []string{"10000002"}, "wang", one))
	check(t, s.Deadlines.SetCashRule(t.Context(), "group lobby", 8*60, "zhang", one))
	check(t, s.Deadlines.SetCashRule(t.Context(), "kiosk 10000003", 9*60+30, "zhang", one))
	stops(one, "1 -", "2 1124 08:00 1123", "3 1124 09:30 1123")
	check(t, s.Deadlines.SetCashRule(t.Context(), settle.Fleet, 10*60, "zhang", one))
	stops(one, "1 1124 10:00 1123", "2 1124 08:00 1123", "3 1124 09:30 1123")
	check(t, s.Deadlines.DropCashRule(t.Context(), settle.Fleet, "zhang", one))
	check(t, s.Deadlines.DropCashRule(t.Context(), settle.Fleet, "zhang", one)) // again
	is(twoDo(t, s, approval.LiftCash, "group lobby", "", "zhang", "zhao"), approval.ErrNotPossible)

	check(t, room.Plan(t.Context(), two)) // the 23rd is over
	stops(two, "1 -", "2 1124 08:00 1123", "3 1124 09:30 1123")
	is(s.Deadlines.SetCashRule(t.Context(), "group lobby", 8*60+1, "zhang", two), settle.ErrCashOwed)
	is(s.Deadlines.DropCashRule(t.Context(), "group lobby", "zhang", two), settle.ErrCashOwed)
	check(t, s.Deadlines.SetCashRule(t.Context(), "group lobby", 7*60, "zhang", two))
	stops(two, "1 -", "2 1124 07:00 1123", "3 1124 09:30 1123")

	for _, c := range []struct {
		by, approver string
		want         error
	}{{"wang", "zhao", approval.ErrNotAllowed}, {"zhang", "wang", approval.ErrNotAllowed}, {"zhang", "zhang", approval.ErrTwoPeople}} {
		is(twoDo(t, s, approval.LiftCash, "group lobby", "", c.by, c.approver), c.want)
		pending, err := s.Plans.Plans(t.Context(), approval.Filter{Pending: true}, T0)
		check(t, err)
		for _, p := range pending {
			_, err := s.Plans.Refuse(t.Context(), p.ID, p.By, "no", T0)
			check(t, err)
		}
	}
	stops(two, "1 -", "2 1124 07:00 1123", "3 1124 09:30 1123")
	check(t, twoDo(t, s, approval.LiftCash, "group lobby", "", "zhang", "zhao"))
	stops(two, "1 -", "2 1125 07:00 1124", "3 1124 09:30 1123")
	is(twoDo(t, s, approval.LiftCash, "group lobby", "", "zhang", "zhao"), approval.ErrNotPossible)
	check(t, s.Deadlines.SetCashRule(t.Context(), "group lobby", 8*60, "zhang", two)) // it is lifted for what waits

	if got := run(t, &store.Store{Settle: room}, Day, two); got != "balanced" {
		t.Fatal(got)
	}
	stops(clockAt(s, 1, 9, 45), "1 -", "2 1125 08:00 1124", "3 1124 09:30 1123")
	_, err := room.Sign(t.Context(), Day, "zhang", two)
	check(t, err)
	stops(two, "1 -", "2 1125 08:00 1124", "3 1125 09:30 1124")
	check(t, s.Deadlines.DropCashRule(t.Context(), "group lobby", "zhao", two))
	check(t, s.Deadlines.DropCashRule(t.Context(), "kiosk 10000003", "zhao", two))
	stops(two, "1 -", "2 -", "3 -") // each is told that there is none any more
	if got := newestAct(t, s); got != "zhao: drop cash rule kiosk 10000003: was from 09:30" {
		t.Error(got)
	}
}
