package postgres_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/postgres"
	"wattkiosk/uplink/office/store/storetest"
)

// TestAuditChain: what is altered below the books is found, what older software wrote is
// sealed, and of two head offices that write at once there is one chain.
func TestAuditChain(t *testing.T) {
	url := storetest.StartPostgres(t)
	of := func(t *testing.T, schema string) (open func() *store.Store, db *sql.DB) {
		t.Helper()
		own := fmt.Sprintf("%s&search_path=%s", url, schema)
		db, err := sql.Open("pgx", own)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if _, err := db.ExecContext(t.Context(), "CREATE SCHEMA "+schema); err != nil {
			t.Fatal(err)
		}
		return func() *store.Store {
			s, err := postgres.Open(t.Context(), own, books.Rules{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			return s
		}, db
	}
	t.Run("altered", func(t *testing.T) {
		open, db := of(t, "altered")
		storetest.AlteredAudit(t, open(), db)
	})
	t.Run("of older software", func(t *testing.T) {
		open, db := of(t, "older")
		open()
		storetest.UnchainedAudit(t, db, open)
	})
	t.Run("an altered plan", func(t *testing.T) {
		open, db := of(t, "plans")
		storetest.AlteredPlan(t, open(), db)
	})
	t.Run("an altered date", func(t *testing.T) {
		open, db := of(t, "dates")
		storetest.AlteredDate(t, open(), db)
	})
	t.Run("an old deposit", func(t *testing.T) {
		open, db := of(t, "deposits")
		storetest.OldDeposit(t, open(), db, func() {
			b, err := os.ReadFile(filepath.Join("migrations", "0059_deposits.sql"))
			if err == nil {
				_, err = db.ExecContext(t.Context(), storetest.Again(t, string(b)))
			}
			if err != nil {
				t.Fatal(err)
			}
		})
	})
	t.Run("two at once", func(t *testing.T) {
		open, _ := of(t, "twice")
		storetest.OneAuditChain(t, open(), open())
	})
}
