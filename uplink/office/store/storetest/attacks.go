package storetest

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/store"
)

// newestAct is the newest act of the log, as "who: what object: why".
func newestAct(t *testing.T, s *store.Store) string {
	t.Helper()
	log, err := s.AuditLog(t.Context(), 1)
	check(t, err)
	if len(log) == 0 {
		return ""
	}

	return fmt.Sprintf("%s: %s %s: %s", log[0].User, log[0].Action, log[0].Object, log[0].Reason)
}

// planReplayed: one person stays one person in another role, and an approval is of one plan,
// once. Every attempt is in the log.
func planReplayed(t *testing.T, s *store.Store) {
	staffed(t, s)
	p, q := postedOf(t, s, 1), postedOf(t, s, 2)
	one := propose(t, s, approval.Reverse, p.Serial, "wang", "误缴", T0)
	two := propose(t, s, approval.Reverse, q.Serial, "wang", "误缴", T0)
	tries := func(name, by string, plan, hash approval.Plan, want error) {
		t.Helper()
		_, err := s.Plans.Approve(t.Context(), plan.ID, hash.Hash, by, "", T0)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if got, start := newestAct(t, s), by+": approve reverse refused "; !strings.HasPrefix(got, start) {
			t.Errorf("%s: the log ends with %q", name, got)
		}
	}
	roles := func(name, role string) { check(t, s.SetRole(t.Context(), name, role, "root", T0)) }

	for _, role := range []string{people.RoleAdmin, people.RoleOperator} {
		roles("wang", role)
		tries("its proposer as "+role, "wang", one, one, approval.ErrTwoPeople)
	}
	roles("li", people.RoleAccountant)
	tries("an approver who moved on", "li", one, one, approval.ErrNotAllowed)
	roles("li", people.RoleOperator)
	roles("wang", people.RoleAccountant)
	tries("a proposer who moved on", "li", one, one, approval.ErrNotAllowed)
	roles("wang", people.RoleOperator)
	if err := s.AddUser(t.Context(), people.User{Name: "gone", Role: people.RoleOperator}, "root", T0); !errors.Is(err, people.ErrThere) {
		t.Errorf("somebody who left is added anew: %v", err)
	}

	tries("with the approval of another", "li", one, two, approval.ErrAnother)
	_, err := s.Plans.Approve(t.Context(), one.ID, one.Hash, "li", "", T0)
	check(t, err)
	tries("again", "li", one, one, approval.ErrDecided)
	tries("with the approval of one that was done", "li", two, one, approval.ErrAnother)
	for _, c := range []struct {
		serial string
		want   posting.State
	}{{p.Serial, posting.Reversing}, {q.Serial, posting.Posted}} {
		if row, err := s.Posting(t.Context(), c.serial); err != nil || row.State != c.want {
			t.Errorf("%s is %s, %v", c.serial, posting.Word(row.State), err)
		}
	}
}

// refusalsBounded: who is refused again and again does not fill the log, and keeps nobody else
// out of it.
func refusalsBounded(t *testing.T, s *store.Store) {
	staffed(t, s)
	plan := propose(t, s, approval.Reverse, postedOf(t, s, 1).Serial, "wang", "误缴", T0)
	floods := func(by string, n int, now time.Time) {
		t.Helper()
		for range n {
			if _, err := s.Plans.Approve(t.Context(), plan.ID, plan.Hash, by, "", now); err == nil {
				t.Fatal("approved")
			}
		}
	}
	written := func(by string, want int) {
		t.Helper()
		log, err := s.Acts(t.Context(), people.AuditFilter{User: by})
		check(t, err)
		log = slices.DeleteFunc(log, func(a people.Audit) bool { return a.Action != "approve reverse refused" })
		if len(log) != want {
			t.Errorf("%d refusals of %s are in the log, want %d", len(log), by, want)
		}
	}
	floods("wang", 50, T0)
	written("wang", 30)
	if got := newestAct(t, s); !strings.HasSuffix(got, "; what is refused within the hour after it is not written") {
		t.Errorf("the log ends with %q", got)
	}
	floods("zhang", 1, T0)
	written("zhang", 1)
	floods("wang", 2, T0.Add(59*time.Minute))
	written("wang", 30)
	floods("wang", 1, T0.Add(time.Hour))
	written("wang", 31)
	_, err := s.Plans.Approve(t.Context(), plan.ID, plan.Hash, "li", "", T0.Add(time.Hour))
	check(t, err)
}

// twoSigned are Day with three payments and the quiet day after it, both signed by zhang.
func twoSigned(t *testing.T, s *store.Store) (first, second settle.Date) {
	t.Helper()
	aDay(t, s)
	two := clockAt(s, 2, 2, 0)
	takeIn(t, s, settle.MIS, "mis", Ledger104(t, Day, 1, dayAmounts...), two)
	says(t, s, 12, clockAt(s, 2, 1, 0))
	quiet := settle.Incoming{Kind: settle.MIS, Day: "20261124", Name: "nothing", By: "office", Quiet: true}
	_, _, err := s.Settle.Import(t.Context(), quiet, bytes.NewReader(nil), always(two))
	check(t, err)
	sign := func(day string) settle.Date {
		if got := run(t, s, day, two); got != "balanced" {
			t.Fatalf("%s: %s", day, got)
		}
		d, err := s.Settle.Sign(t.Context(), day, "zhang", two)
		check(t, err)

		return d
	}
	first = sign(Day)

	return first, sign("20261124")
}

// backDated: a file for a signed date changes nothing, and is in the log. It is taken in once
// two people have opened the date again.
func backDated(t *testing.T, s *store.Store) {
	_, last := twoSigned(t, s)
	Person(t, s, "zhang", people.RoleAccountant)
	Person(t, s, "root", people.RoleAdmin)
	now := clockAt(s, 2, 3, 0)
	had := files(t, s)
	brings := func(day, of string) error {
		_, _, err := s.Settle.Import(t.Context(), settle.Incoming{Kind: settle.MIS, Day: day, Name: "late.txt", By: "os:li"}, Ledger104(t, of, 1, 5), always(now))
		return err
	}
	for _, c := range []struct {
		day, of, want string
	}{
		{last.Day, last.Day, "os:li: import mis refused 20261124: late.txt: 20261124: the date is signed: two people have to open it again first"},
		{last.Day, Day, "os:li: import mis refused 20261124: late.txt: late.txt, line 1, account date: is 20261123, the file is for 20261124"},
		{"20261125", last.Day, "os:li: import mis refused 20261125: late.txt: late.txt, line 1, account date: is 20261124, the file is for 20261125"},
	} {
		err := brings(c.day, c.of)
		if got := newestAct(t, s); err == nil || got != c.want {
			t.Errorf("%v; the log ends with %q, want %q", err, got, c.want)
		}
	}
	d, err := s.Settle.Detail(t.Context(), last.Day)
	check(t, err)
	if got := files(t, s); got != had || d.Date.Seal != last.Seal || d.Date.Version != last.Version || d.Date.State != settle.Signed {
		t.Errorf("files %s; %+v", got, d.Date)
	}

	plan := propose(t, s, approval.ReopenDate, last.Day, "zhang", "补一笔", now)
	for _, role := range []string{people.RoleAdmin, people.RoleAccountant} {
		check(t, s.SetRole(t.Context(), "zhang", role, "root", now))
		if _, err := s.Plans.Approve(t.Context(), plan.ID, plan.Hash, "zhang", "", now); !errors.Is(err, approval.ErrTwoPeople) {
			t.Errorf("who signed opens it again alone, as %s: %v", role, err)
		}
		if got := newestAct(t, s); !strings.HasPrefix(got, "zhang: approve reopen-date refused 20261124: ") {
			t.Errorf("the log ends with %q", got)
		}
	}
	_, err = s.Plans.Approve(t.Context(), plan.ID, plan.Hash, "root", "", now)
	check(t, err)
	log, err := s.Acts(t.Context(), people.AuditFilter{Object: last.Day})
	check(t, err)
	if !slices.ContainsFunc(log, func(a people.Audit) bool {
		return a.Action == "open date again" && a.User == "zhang" && a.Reason == "补一笔; approved by root; its seal was "+last.Seal
	}) {
		t.Errorf("it is not in the log that the date was opened: %+v", log)
	}
	check(t, brings(last.Day, last.Day))
	if _, err := s.Plans.Approve(t.Context(), plan.ID, plan.Hash, "root", "", now); !errors.Is(err, approval.ErrDecided) {
		t.Errorf("opened by the same approval again: %v", err)
	}
}

// AlteredDate changes what two signed dates stand on below s, whose database is db, and wants
// each change found, with its date.
func AlteredDate(t *testing.T, s *store.Store, db *sql.DB) {
	t.Helper()
	if _, err := s.Register(t.Context(), Kiosk, 0, T0); err != nil {
		t.Fatal(err)
	}
	twoSigned(t, s)
	verify := func() string {
		t.Helper()
		_, wrong, err := s.Settle.Verify(t.Context())
		check(t, err)
		var out []string
		for _, w := range wrong {
			out = append(out, w.Day+" "+w.Text)
		}
		return strings.Join(out, "; ")
	}
	if got := verify(); got != "" {
		t.Fatalf("before anything was changed: %s", got)
	}

	for _, c := range []struct{ alter, back, want string }{
		{"UPDATE settle_dates SET signed_by = 'li' WHERE day = '20261123'", "UPDATE settle_dates SET signed_by = 'zhang' WHERE day = '20261123'", "20261123 day, run or signature were changed"},
		{"UPDATE settle_dates SET signed_at = signed_at - 1 WHERE day = '20261124'", "UPDATE settle_dates SET signed_at = signed_at + 1 WHERE day = '20261124'", "20261124 day, run or signature were changed"},
		{
			"UPDATE settle_dates SET sealed = replace(sealed, 'zhang', 'li') WHERE day = '20261124'",
			"UPDATE settle_dates SET sealed = replace(sealed, '\"li\"', '\"zhang\"') WHERE day = '20261124'", "20261124 its seal is not that of what it seals",
		},
		{"UPDATE settle_dates SET settlements = '[{\"terminal\":\"20000001\"}]' WHERE day = '20261123'", "UPDATE settle_dates SET settlements = '[]' WHERE day = '20261123'", "20261123 the totals of settlements were changed"},
		{"UPDATE settle_dates SET books = replace(books, '30300', '30301') WHERE day = '20261123'", "UPDATE settle_dates SET books = replace(books, '30301', '30300') WHERE day = '20261123'", "20261123 the books' figures were changed"},
		{"UPDATE settle_lines SET amount = amount + 1 WHERE n = 2", "UPDATE settle_lines SET amount = amount - 1 WHERE n = 2", "20261123 lines of the file "},
		{"UPDATE settle_files SET sum = sum + 1 WHERE day = '20261123'", "UPDATE settle_files SET sum = sum - 1 WHERE day = '20261123'", "20261123 the file of mis is not the one that was sealed"},
		{"UPDATE account_entries SET lines = replace(lines, '10100', '10000') WHERE n = 2", "UPDATE account_entries SET lines = replace(lines, '10000', '10100') WHERE n = 2", "20261123 entry 2 of the ledger is not the one that was sealed"},
		{"UPDATE account_entries SET n = 99 WHERE n = 3", "UPDATE account_entries SET n = 3 WHERE n = 99", "20261123 entry 3 of the ledger is not the one that was sealed"},
		{"UPDATE settle_dates SET state = 'balanced' WHERE day = '20261124'", "UPDATE settle_dates SET state = 'signed' WHERE day = '20261124'", "20261124 is not signed, and its entries are sealed"},
		{"UPDATE settle_dates SET state = 'balanced' WHERE day = '20261123'", "UPDATE settle_dates SET state = 'signed' WHERE day = '20261123'", "20261123 is not signed, and a later date is; 20261124 is chained to a date that is not here"},
		{"UPDATE settle_dates SET day = '19990101' WHERE day = '20261124'", "UPDATE settle_dates SET day = '20261124' WHERE day = '19990101'", "20261124 is not here, and its entries are sealed; "},
	} {
		_, err := db.ExecContext(t.Context(), c.alter)
		check(t, err)
		if got := verify(); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q; want %q", c.alter, got, c.want)
		}
		_, err = db.ExecContext(t.Context(), c.back)
		check(t, err)
	}
	if got := verify(); got != "" {
		t.Errorf("put right: %s", got)
	}
	onAltered(t, s, db)
}

// onAltered: no date is signed on top of one that was changed below head office, until it is put
// right; and what was found is in the log, once.
func onAltered(t *testing.T, s *store.Store, db *sql.DB) {
	t.Helper()
	three := clockAt(s, 3, 3, 0)
	says(t, s, 13, clockAt(s, 3, 1, 0))
	quiet := settle.Incoming{Kind: settle.MIS, Day: "20261125", Name: "nothing", By: "office", Quiet: true}
	_, _, err := s.Settle.Import(t.Context(), quiet, bytes.NewReader(nil), always(three))
	check(t, err)
	if got := run(t, s, "20261125", three); got != "balanced" {
		t.Fatal(got)
	}
	changes := func(sql string) {
		t.Helper()
		_, err := db.ExecContext(t.Context(), sql)
		check(t, err)
	}

	changes("UPDATE settle_dates SET signed_at = signed_at - 1 WHERE day = '20261124'")
	if _, err := s.Settle.Sign(t.Context(), "20261125", "zhang", three); !errors.Is(err, settle.ErrAltered) {
		t.Errorf("signed on top of a date that was changed: %v", err)
	}
	_, wrong, err := s.Settle.Verify(t.Context())
	check(t, err)
	for _, by := range []string{"zhang", "li"} {
		check(t, s.AuditOnce(t.Context(), settle.Acts(wrong, by, three)))
	}
	log, err := s.Acts(t.Context(), people.AuditFilter{Object: "20261124"})
	check(t, err)
	log = slices.DeleteFunc(log, func(a people.Audit) bool { return a.Action != "find date altered" })
	if len(log) != 1 || log[0].User != "zhang" || log[0].Reason != "day, run or signature were changed" {
		t.Errorf("the log has %+v", log)
	}
	changes("UPDATE settle_dates SET signed_at = signed_at + 1 WHERE day = '20261124'")
	_, err = s.Settle.Sign(t.Context(), "20261125", "zhang", three)
	check(t, err)
}
