package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// Person adds somebody who works with head office.
func Person(t testing.TB, s *store.Store, name, role string) {
	t.Helper()
	if err := s.PutUser(t.Context(), people.User{Name: name, Hash: "h", Role: role}, "setup", T0); err != nil {
		t.Fatal(err)
	}
}

// history is what happened to a case, in short.
func history(t *testing.T, s *store.Store, id string) string {
	t.Helper()
	d, err := s.CaseDetail(t.Context(), id)
	check(t, err)
	var out []string
	for _, e := range d.Events {
		out = append(out, fmt.Sprintf("%d %s %s: %s", e.N, e.By, e.What, e.Text))
	}
	return strings.Join(out, "\n")
}

// caseWork: a case gets an owner and a next step, is talked about and closed, and its
// history says so.
func caseWork(t *testing.T, s *store.Store) {
	Person(t, s, "li", people.RoleAccountant)
	Person(t, s, "audit", people.RoleAuditor)
	check(t, s.Reach(t.Context(), "office", "", true, T0))
	id := books.ClassMISAway + "--office"
	const opened = "1 office opened: the MIS gives no answer, and postings wait for it"
	if got := history(t, s, id); got != opened {
		t.Errorf("a case without events:\n%s", got)
	}

	work := books.Assignment{Owner: "li", NextStep: "打电话给营销", DueAt: T0.Add(48 * time.Hour).UnixMilli(), Contact: "13900000000"}
	c, err := s.AssignCase(t.Context(), id, work, "wang", T0.Add(time.Minute))
	check(t, err)
	if c.Owner != "li" || c.NextStep != "打电话给营销" || c.DueAt != work.DueAt || c.Contact != "13900000000" {
		t.Errorf("assigned %+v", c)
	}
	for name, bad := range map[string]books.Assignment{
		"nobody": {Owner: "nobody"}, "an auditor": {Owner: "audit"}, "long ago": {DueAt: T0.Add(-72 * time.Hour).UnixMilli()},
		"a long contact": {Contact: strings.Repeat("1", 61)}, "two lines": {NextStep: "a\nb"},
	} {
		if _, err := s.AssignCase(t.Context(), id, bad, "wang", T0); !errors.Is(err, books.ErrCase) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = s.CommentCase(t.Context(), id, "他们在换线路", "li", T0.Add(2*time.Minute))
	check(t, err)
	check(t, s.Reach(t.Context(), "office", "", false, T0.Add(3*time.Minute)))
	if _, err := s.AssignCase(t.Context(), id, books.Assignment{}, "wang", T0); !errors.Is(err, books.ErrConflict) {
		t.Errorf("closed, and assigned: %v", err)
	}
	check(t, s.Reach(t.Context(), "office", "", true, T0.Add(4*time.Minute)))

	want := opened + `
2 wang assigned: li: 打电话给营销
3 li commented: 他们在换线路
4 office closed: it answers again
5 office reopened: the MIS gives no answer, and postings wait for it`
	if got := history(t, s, id); got != want {
		t.Errorf("history\n%s\nwant\n%s", got, want)
	}
	d, err := s.CaseDetail(t.Context(), id)
	if err != nil || !d.Case.Open || d.Case.Owner != "li" || d.Case.OpenedAt != T0.Add(4*time.Minute).UnixMilli() || d.Of != nil {
		t.Errorf("open again: %+v, %v", d.Case, err)
	}
	if _, err := s.CaseDetail(t.Context(), "none"); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("no case: %v", err)
	}
}

// caseAges: open cases are counted by age, and listed by age and owner.
func caseAges(t *testing.T, s *store.Store) {
	Person(t, s, "li", people.RoleAccountant)
	day := 24 * time.Hour
	for i, age := range []time.Duration{day - time.Second, day, 2 * day, 3 * day, 6 * day, 7 * day, 29 * day, 30 * day, 300 * day} {
		check(t, s.Reach(t.Context(), fmt.Sprint("office-", i), "", true, T0.Add(-age)))
	}
	check(t, s.Reach(t.Context(), "office-8", "", false, T0))
	counts, err := s.CaseCounts(t.Context(), T0)
	check(t, err)
	if got := fmt.Sprint(counts); got != "[{1 0.00} {2 0.00} {2 0.00} {2 0.00} {1 0.00}]" {
		t.Errorf("counts %s", got)
	}
	_, err = s.AssignCase(t.Context(), "mis-away--office-3", books.Assignment{Owner: "li"}, "li", T0)
	check(t, err)
	f := books.OfAge(2, T0)
	list, err := s.Cases(t.Context(), f)
	if err != nil || len(list) != 2 || list[0].ID != "mis-away--office-3" || list[1].ID != "mis-away--office-4" || list[0].Age(T0) != 2 {
		t.Errorf("of three to seven days: %+v, %v", list, err)
	}
	f.Owner = "li"
	if list, err = s.Cases(t.Context(), f); err != nil || len(list) != 1 {
		t.Errorf("of li: %+v, %v", list, err)
	}
	if list, err = s.Cases(t.Context(), books.Filter{Class: books.ClassOwed}); err != nil || len(list) != 0 {
		t.Errorf("owed: %+v, %v", list, err)
	}
}
