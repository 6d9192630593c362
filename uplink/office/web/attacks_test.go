package web

import (
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/store/sqlite"
)

// TestRefusedIsInTheLog: who tries to sign and may not, cannot yet, or is somebody else at an
// open page, and who calls what the role may not, is in the audit log.
func TestRefusedIsInTheLog(t *testing.T) {
	w, _ := nightTown(t)
	d := openNight(t, w)
	hash, err := passwd.Hash(password)
	w.check(err)
	w.check(w.store.AddUser(t.Context(), people.User{Name: "auditor", Hash: hash, Role: people.RoleAuditor}, "os:root", night))
	w.reconcile()
	for _, c := range []struct {
		who, password string
		want          people.Audit
	}{
		{"wang", password, people.Audit{Action: "sign-date refused", Object: "/dates/2026-11-23/sign", Reason: "your role may not do this"}},
		{"zhang", "another password", people.Audit{Action: "sign date refused", Object: nightDay, Reason: errSign.Error()}},
		{"zhang", password, people.Audit{Action: "sign date refused", Object: nightDay, Reason: "20261123, book mis: no file: " + settle.ErrIncomplete.Error()}},
		{"auditor", password, people.Audit{Action: "sign-date refused", Object: "/dates/2026-11-23/sign", Reason: "your role may not do this"}},
	} {
		if status, _ := d.signs(t, c.who, c.password); status != http.StatusForbidden && status != http.StatusConflict {
			t.Errorf("%s: %d", c.who, status)
		}
		log, err := w.store.AuditLog(t.Context(), 1)
		w.check(err)
		if got := log[0]; got.User != c.who || got.Action != c.want.Action || got.Object != c.want.Object || got.Reason != c.want.Reason {
			t.Errorf("%s: the log ends with %+v", c.who, got)
		}
	}
}

// TestAlteredIsShown: a signed date that somebody changed below head office says so on its
// page, and an act of the audit log does.
func TestAlteredIsShown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "books.db")
	s, err := sqlite.Open(t.Context(), file, books.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w := newTown(t)
	w.store = s
	serials := w.night()
	w.reports("10000002")
	w.bookOf(map[string]money.Amount{serials[0]: 10000, serials[1]: 5000, serials[2]: 2000, serials[3]: 1000}, serials)
	w.reconcile()
	d := openNight(t, w)
	hash, err := passwd.Hash(password)
	w.check(err)
	w.check(s.AddUser(t.Context(), people.User{Name: "auditor", Hash: hash, Role: people.RoleAuditor}, "os:root", night))
	if status, body := d.signs(t, "zhang", password); status != http.StatusSeeOther {
		t.Fatalf("signed: %d %s", status, body)
	}
	date := func() string { // as a person opens it; a page that is open looks again once a minute
		status, body := d.call(d.as("zhang"), "GET", "/dates/2026-11-23", nil)
		if status != http.StatusOK {
			t.Fatalf("the date: %d", status)
		}

		return pageText(body)
	}
	log := func() string { return d.page(t, "auditor", "/audit") }
	if page := date() + log(); strings.Contains(page, "改动") {
		t.Errorf("changed before anything was: %s", page)
	}

	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	w.check(err)
	t.Cleanup(func() { _ = db.Close() })
	for _, change := range []string{
		"UPDATE settle_dates SET signed_by = 'wang'", "UPDATE settle_lines SET amount = 1 WHERE n = 1",
		"UPDATE account_entries SET lines = replace(lines, '5000', '4900') WHERE n = 2", "UPDATE audit SET who = 'wang' WHERE action = 'sign date'",
	} {
		_, err := db.ExecContext(t.Context(), change)
		w.check(err)
	}
	says(t, date(), "签账后数据被改动过", "日期、对账次数、签账人或签账时间", "对账文件的明细", "分录 2")
	says(t, log(), "此条已被改动，不是当时写下的内容", "发现已签账期被改动")
	if dir := os.Getenv("WATTKIOSK_SHOTS"); dir != "" {
		ctx := browser(t)
		keepShot(ctx, t, dir, "login", d.http.URL+"/login", "main", 1440)
		enterAs(ctx, t, "zhang")
		keepShot(ctx, t, dir, "date-altered", d.http.URL+"/dates/2026-11-23", "main", 1440)
	}
}

// TestOnePersonIsNotTwo: who entered a deposit does not enter the bank's line, and who claimed of
// a maker does not enter that it paid, in no role that may; each attempt is in the audit log. The
// same entered again changes nothing.
func TestOnePersonIsNotTwo(t *testing.T) {
	d, w, serial := cashTown(t)
	receives(t, w, serial, `{"genuine":[{"value":10000,"notes":2},{"value":5000,"notes":1},{"value":2000,"notes":1}]}`)
	remitted := cash.RemittanceID([]string{serial})
	p, err := w.store.Plans.Propose(t.Context(), approval.Remit, approval.Ask{Object: remitted, Args: serial, Reason: "按日解款", By: "he"}, noon)
	w.check(err)
	_, err = w.store.Plans.Approve(t.Context(), p.ID, p.Hash, "root", "", noon)
	w.check(err)
	bank := object{"reference": "DS1", "amount": 27000, "date": "2026-11-23"}
	tries := func(who, path string, in object, want int, logged string) {
		t.Helper()
		if status, body := d.call(d.as(who), "POST", api+path, in); status != want {
			t.Errorf("%s by %s: %d %s", path, who, status, body)
		}
		log, err := w.store.AuditLog(t.Context(), 1)
		w.check(err)
		if got := log[0].User + ": " + log[0].Action + " " + log[0].Object + ": " + log[0].Reason; !strings.HasPrefix(got, who+": "+logged) {
			t.Errorf("the log ends with %q, want %q", got, logged)
		}
	}
	tries("zhang", "/remittances/"+remitted+"/deposit", bank, http.StatusOK, "enter deposit "+remitted)
	for _, role := range []string{people.RoleAccountant, people.RoleAdmin, people.RoleCashier} {
		w.check(w.store.SetRole(t.Context(), "zhang", role, "test", noon))
		tries("zhang", "/remittances/"+remitted+"/bank-line", bank, http.StatusForbidden, "enter bank line refused "+remitted+": "+cash.ErrOther.Error())
	}
	w.check(w.store.SetRole(t.Context(), "zhang", people.RoleAccountant, "test", noon))
	tries("he", "/remittances/"+remitted+"/bank-line", bank, http.StatusOK, "enter bank line "+remitted)
	tries("he", "/remittances/"+remitted+"/bank-line", bank, http.StatusConflict, "enter bank line refused "+remitted)
}

// TestOneClaimIsPaidByAnother: as above, of what a maker pays.
func TestOneClaimIsPaidByAnother(t *testing.T) {
	d, w, serial := cashTown(t)
	c := borne(t, w, serial)
	_, err := w.store.Forgeries.ClaimFrom(t.Context(), c.ID, "函 7 号", "zhang", noon)
	w.check(err)
	for _, role := range []string{people.RoleAccountant, people.RoleAdmin, people.RoleCashier} {
		w.check(w.store.SetRole(t.Context(), "zhang", role, "test", noon))
		if status, body := d.call(d.as("zhang"), "POST", api+"/counterfeits/"+c.ID+"/paid", object{"amount": 10000, "reference": "P1"}); status != http.StatusForbidden {
			t.Errorf("as %s: %d %s", role, status, body)
		}
		log, err := w.store.AuditLog(t.Context(), 1)
		w.check(err)
		if a := log[0]; a.User != "zhang" || a.Action != "counterfeit paid refused" || a.Object != c.ID || !strings.Contains(a.Reason, "another") {
			t.Errorf("the log ends with %+v", a)
		}
	}
}

// TestWordsOfWhatIsWrong: each thing that can be wrong with a signed date has words.
func TestWordsOfWhatIsWrong(t *testing.T) {
	codes := settle.Whats()
	if len(codes) != len(slices.Compact(slices.Sorted(slices.Values(codes)))) {
		t.Errorf("%v", codes)
	}
	saidInBoth(t, "datewrong", strings.Join(codes, " "))
}
