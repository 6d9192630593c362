package sqlite_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/storetest"
)

func beside(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestAlteredAudit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "books.db")
	storetest.AlteredAudit(t, open(t, file), beside(t, file))
}

func TestAuditOfOlderSoftware(t *testing.T) {
	file := filepath.Join(t.TempDir(), "books.db")
	open(t, file)
	storetest.UnchainedAudit(t, beside(t, file), func() *store.Store { return open(t, file) })
}

func TestOneAuditChain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "books.db")
	storetest.OneAuditChain(t, open(t, file), open(t, file))
}

func TestAlteredPlan(t *testing.T) {
	file := filepath.Join(t.TempDir(), "books.db")
	storetest.AlteredPlan(t, open(t, file), beside(t, file))
}

func TestAlteredDate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "books.db")
	storetest.AlteredDate(t, open(t, file), beside(t, file))
}

func TestOldDeposit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "books.db")
	s, db := open(t, file), beside(t, file)
	storetest.OldDeposit(t, s, db, func() { migratedAgain(t, db) })
}

// migratedAgain carries the migration of deposits out again over the rows that are there.
func migratedAgain(t *testing.T, db *sql.DB) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("migrations", "0059_deposits.sql"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), storetest.Again(t, string(b))); err != nil {
		t.Fatal(err)
	}
}
