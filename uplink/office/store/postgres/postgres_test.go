package postgres_test

import (
	"database/sql"
	"fmt"
	"testing"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/postgres"
	"wattkiosk/uplink/office/store/storetest"
)

func TestConformance(t *testing.T) {
	url := storetest.StartPostgres(t)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	n := 0
	storetest.Run(t, func(t *testing.T) *store.Store {
		n++
		if _, err := db.ExecContext(t.Context(), fmt.Sprintf("CREATE SCHEMA s%d", n)); err != nil {
			t.Fatal(err)
		}
		s, err := postgres.Open(t.Context(), fmt.Sprintf("%s&search_path=s%d", url, n), books.Rules{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	})
}
