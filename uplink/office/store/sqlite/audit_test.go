package sqlite_test

import (
	"database/sql"
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
