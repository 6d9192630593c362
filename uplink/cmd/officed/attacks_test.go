package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/office/store/storetest"
)

// TestSignedDateIsAttacked: a file for a signed date is refused at the command line and stands
// in the log; of rows that were changed on the disk the commands say which, and exit 1.
func TestSignedDateIsAttacked(t *testing.T) {
	dir, files := t.TempDir(), t.TempDir()
	twoPaid(t, dir)
	good := ledgerFile(t, files, "good.txt", content(t, storetest.Ledger104(t, storetest.Day, 1, 10000, 5000)))
	late := ledgerFile(t, files, "late.txt", content(t, storetest.Ledger104(t, storetest.Day, 1, 10000)))
	right := func(want string, args ...string) {
		t.Helper()
		if out, code := exit(t, append(args, "--data", dir)...); code != 0 || !strings.Contains(out, want) {
			t.Fatalf("%v: exit %d, %s; want %q", args, code, out, want)
		}
	}
	wrong := func(want string, args ...string) {
		t.Helper()
		if out, code := exit(t, append(args, "--data", dir)...); code != 1 || !strings.Contains(out, want) {
			t.Errorf("%v: exit %d, %s; want 1 and %q", args, code, out, want)
		}
	}
	right("2 lines", "import", "mis", good, "--date", "2026-11-23")
	right("balanced", "reconcile", "--date", "2026-11-23")
	s, err := openBooks(t.Context(), &options{data: dir})
	if err == nil {
		_, err = s.Settle.Sign(t.Context(), storetest.Day, "zhang", storetest.T0.Add(24*time.Hour))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	wrong("20261123: the date is signed", "import", "mis", late, "--date", "2026-11-23")
	right(`"user":"`+osPerson()+`","action":"import mis refused","object":"20261123","reason":"late.txt: 20261123: the date is signed: two people have to open it again first"`, "audit", "export")
	wrong("account date: is 20261123, the file is for 20261122", "import", "mis", late, "--date", "2026-11-22")
	right(`"action":"import mis refused","object":"20261122","reason":"late.txt: late.txt, line 1, account date: is 20261123`, "audit", "export")
	right("1 signed dates, 0 faults", "books", "verify")

	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "books.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, c := range []struct {
		change, want string
		command      []string
	}{
		{"UPDATE account_entries SET lines = replace(lines, '5000', '4900') WHERE n = 2", "20261123  entry 2 of the ledger is not the one that was sealed", []string{"books", "verify"}},
		{"UPDATE settle_dates SET signed_by = 'li'", "20261123  day, run or signature were changed", []string{"books", "verify"}},
		{"UPDATE settle_dates SET sealed = replace(sealed, 'zhang', 'li')", "20261123  its seal is not that of what it seals", []string{"books", "verify", "--json"}},
		{"UPDATE audit SET who = 'li' WHERE action = 'sign date'", "by li, is not what was written", []string{"audit", "verify"}},
	} {
		if _, err := db.ExecContext(t.Context(), c.change); err != nil {
			t.Fatal(err)
		}
		want := c.want
		if len(c.command) == 3 {
			want = `"text":"its seal is not that of what it seals","what":"seal"`
		}
		wrong(want, c.command...)
	}
	found := `"user":"` + osPerson() + `","action":"find date altered","object":"20261123","reason":"`
	right(found+"entry 2 of the ledger is not the one that was sealed", "audit", "export")
	right(found+"its seal is not that of what it seals", "audit", "export")
}
