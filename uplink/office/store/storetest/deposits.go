package storetest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// redated: a deposit that was entered with a wrong date stands on the right one, in the collection
// and in the books.
func redated(t *testing.T, s *store.Store) {
	cashiers(t, s)
	bagged(t, s, 2, 0)
	id := remits(t, s, 20000)
	enters := func(date, by string) {
		t.Helper()
		_, err := s.Cash.Deposit(t.Context(), id, cash.BankEntry{Reference: "B1", Amount: 19000, Date: date, By: by}, T0)
		check(t, err)
		followsAll(t, s)
		c, err := s.Cash.Collection(t.Context(), Serial(Kiosk, 2))
		if check(t, err); c.DepositedDate != date {
			t.Errorf("deposited on %s, want %s", c.DepositedDate, date)
		}
		holdAll(t, s, "cash-at-bank 190.00, shortage 10.00, payable-mis -200.00")
	}
	enters("20261124", "sun")
	enters("20261125", "qian")
	enters("20261125", "sun")
	dated := func(key, want string) {
		t.Helper()
		all, err := s.Accounts.Entries(t.Context(), key)
		check(t, err)
		var got []string
		for _, e := range all {
			got = append(got, fmt.Sprintf("%s %s %s", e.Date, e.Lines[0].Account, e.Lines[0].Amount))
		}
		if is := strings.Join(got, ", "); is != want {
			t.Errorf("%s: %s, want %s", key, is, want)
		}
	}
	dated("deposit-"+Serial(Kiosk, 2), "20261124 cash-remitted -200.00, 20261124 cash-remitted 200.00, 20261125 cash-remitted -200.00")
	dated("deposit-"+id, "20261124 cash-at-bank -10.00, 20261124 cash-at-bank 10.00, 20261125 cash-at-bank -10.00")
}

// OldDeposit: the bank's line of a deposit is found, and one that is late too, behind more newer
// remittances than a list has; also of rows that older software wrote, which migrate brings up to
// date.
func OldDeposit(t *testing.T, s *store.Store, db *sql.DB, migrate func()) {
	t.Helper()
	if _, err := s.Register(t.Context(), Kiosk, 0, T0); err != nil {
		t.Fatal(err)
	}
	bagged(t, s, 2, 0)
	id := remits(t, s, 20000)
	bankHas(t, s, id, 20000)
	for i := range stored.MaxList + 1 {
		at := T0.Add(time.Hour).UnixMilli() + int64(i)
		_, err := db.ExecContext(t.Context(), fmt.Sprintf(`INSERT INTO remittances (id, at, matched, body, version, updated_at)
			VALUES ('r%d', %d, TRUE, '{"id":"r%d","at":%d,"deposit":{"reference":"N%d","amount":1,"date":"20261124","at":1},"line":{"reference":"N%d","amount":1,"date":"20261124","at":1},"version":1}', 1, %d)`, i, at, i, at, i, i, at))
		check(t, err)
	}
	migrate()

	check(t, s.Cash.Watch(t.Context(), T0.AddDate(0, 1, 0)))
	if got := classes(t, s); !strings.Contains(got, "cash-late:200.00") {
		t.Errorf("cases a month later: %q", got)
	}
	got, err := s.Cash.TakeStatement(t.Context(), "statement.csv", "qian", strings.NewReader(statement(t, "2026-11-24 B1  200.00")), s.Zone(), T0)
	if check(t, err); got.Matched != 1 || got.Loose != 0 {
		t.Errorf("%+v", got)
	}
	if r, err := s.Cash.Remittance(t.Context(), id); err != nil || !r.Matched() {
		t.Errorf("%+v, %v", r, err)
	}
	if got := classes(t, s); got != "" {
		t.Errorf("cases %q", got)
	}
	var matched int
	check(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM remittances WHERE matched").Scan(&matched))
	if matched != stored.MaxList+2 {
		t.Errorf("%d are matched", matched)
	}
}

// Again is the SQL that takes a migration back, and carries it out again.
func Again(t *testing.T, migration string) string {
	t.Helper()
	up, down, found := strings.Cut(migration, "-- +goose Down")
	if !found {
		t.Fatal("no way back")
	}

	return down + up
}
