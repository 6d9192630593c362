package sqlite_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"wattkiosk/uplink/office/store/storetest"
)

// TestBooksOfAnEarlierRelease: what the software of the third migration wrote is shown
// as it was, and goes on.
func TestBooksOfAnEarlierRelease(t *testing.T) {
	file := filepath.Join(t.TempDir(), "books.db")
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Release3(t, goose.DialectSQLite3, db, os.DirFS("migrations"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	storetest.AfterRelease3(t, open(t, file))
}
