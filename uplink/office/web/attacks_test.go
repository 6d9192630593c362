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
	"wattkiosk/uplink/office/books"
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
	says(t, log(), "此条已被改动，不是当时写下的内容")
	if dir := os.Getenv("WATTKIOSK_SHOTS"); dir != "" {
		ctx := browser(t)
		keepShot(ctx, t, dir, "login", d.http.URL+"/login", "main", 1440)
		enterAs(ctx, t, "zhang")
		keepShot(ctx, t, dir, "date-altered", d.http.URL+"/dates/2026-11-23", "main", 1440)
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
