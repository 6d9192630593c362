package storetest

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/store"
)

// escalated: a date that nobody signs is told to others in steps, each once and in the audit
// log; who was told has its case; and nothing is told of a date that is signed.
func escalated(t *testing.T, s *store.Store) {
	Person(t, s, "zhang", people.RoleAccountant)
	Person(t, s, "zhao", people.RoleAccountant)
	Person(t, s, "root", people.RoleAdmin)
	aDay(t, s)
	now := T0
	clerk := settle.Clerk{Room: s.Settle, Owner: "office", Clock: func() time.Time { return now }, Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
	look := func(at time.Time) {
		t.Helper()
		now = at
		check(t, clerk.Look(t.Context()))
	}
	for _, c := range []struct {
		minute int64
		who    string
	}{{7*60 + 59, "person zhao"}, {24 * 60, "person zhao"}, {510, "person nobody"}, {510, "role boss"}, {510, "zhao"}, {510, "role "}} {
		if err := s.Deadlines.SetEscalation(t.Context(), c.minute, c.who, "zhang", T0); !errors.Is(err, settle.ErrEscalation) {
			t.Errorf("%d %s: %v", c.minute, c.who, err)
		}
	}
	check(t, s.Deadlines.SetEscalation(t.Context(), 8*60+30, "role accountant", "zhang", T0))
	check(t, s.Deadlines.SetEscalation(t.Context(), 9*60, "role operator", "zhang", T0))
	check(t, s.Deadlines.SetEscalation(t.Context(), 9*60, "role admin", "zhang", T0)) // changed
	check(t, s.Deadlines.SetEscalation(t.Context(), 10*60, "role cashier", "zhang", T0))
	check(t, s.Deadlines.SetEscalation(t.Context(), 11*60, "person zhao", "zhang", T0))
	check(t, s.Deadlines.DropEscalation(t.Context(), 11*60, "zhang", T0))
	check(t, s.Deadlines.DropEscalation(t.Context(), 11*60, "zhang", T0))

	told := func(owner string, want ...string) {
		t.Helper()
		rows, err := s.Deadlines.Told(t.Context())
		check(t, err)
		var got []string
		for _, r := range rows {
			got = append(got, fmt.Sprintf("%s %s %s", r.Day, r.By, r.Whom))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v: told %q, want %q", now.In(s.Zone()), got, want)
		}
		log, err := s.Acts(t.Context(), people.AuditFilter{User: "office"})
		check(t, err)
		log = slices.DeleteFunc(log, func(a people.Audit) bool { return a.Action != "escalate date" })
		if len(log) != len(want) {
			t.Errorf("%d lines in the audit log: %+v", len(log), log)
		}
		cases, err := s.Cases(t.Context(), books.Filter{Open: true})
		check(t, err)
		for _, c := range cases {
			if c.Class == "unsigned" && c.Owner != owner {
				t.Errorf("%v: the case is %q's, want %q", now.In(s.Zone()), c.Owner, owner)
			}
		}
	}
	look(clockAt(s, 0, 3, 0))
	look(clockAt(s, 1, 2, 0))
	told("")
	look(clockAt(s, 1, 8, 29))
	told("")
	look(clockAt(s, 1, 8, 30))
	look(clockAt(s, 1, 8, 31))
	told("zhang", "20261123 08:30 zhang")
	look(clockAt(s, 1, 9, 0))
	told("root", "20261123 08:30 zhang", "20261123 09:00 root")
	look(clockAt(s, 1, 10, 0)) // there is no cashier
	look(clockAt(s, 1, 10, 1))
	told("root", "20261123 08:30 zhang", "20261123 09:00 root", "20261123 10:00 ")
	if got := newestAct(t, s); got != "office: escalate date 20261123: not signed by 10:00: told nobody (role cashier)" {
		t.Error(got)
	}

	takeIn(t, s, settle.MIS, "mis", Ledger104(t, Day, 1, dayAmounts...), now)
	says(t, s, 12, clockAt(s, 1, 1, 0))
	if got := run(t, s, Day, now); got != "balanced" {
		t.Fatal(got)
	}
	_, err := s.Settle.Sign(t.Context(), Day, "zhao", now)
	check(t, err)
	rows, err := s.Deadlines.Told(t.Context())
	check(t, err)
	if len(rows) != 0 {
		t.Errorf("signed: %+v", rows)
	}
}
