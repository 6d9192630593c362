package postgres_test

import (
	"database/sql"
	"os"
	"testing"

	"github.com/pressly/goose/v3"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store/postgres"
	"wattkiosk/uplink/office/store/storetest"
)

// TestBooksOfAnEarlierRelease: what the software of the third migration wrote is shown
// as it was, and goes on.
func TestBooksOfAnEarlierRelease(t *testing.T) {
	url := storetest.StartPostgres(t)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Release3(t, goose.DialectPostgres, db, os.DirFS("migrations"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	s, err := postgres.Open(t.Context(), url, books.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	storetest.AfterRelease3(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
