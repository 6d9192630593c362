package web

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store/sqlite"
	"wattkiosk/uplink/office/store/storetest"
)

// TestPagesOfAnEarlierRelease renders what the software of the third migration wrote.
func TestPagesOfAnEarlierRelease(t *testing.T) {
	file := filepath.Join(t.TempDir(), "books.db")
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Release3(t, goose.DialectSQLite3, db, os.DirFS("../store/sqlite/migrations"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	w := newTown(t)
	if w.store, err = sqlite.Open(t.Context(), file, books.Rules{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})

	d := openDesk(t, w, nil)
	c := d.as("wang")
	pages := []string{"/transactions", "/postings", "/cases", "/cases?live=1&open=0"}
	for n := range 9 {
		pages = append(pages, "/transactions/"+storetest.Serial(storetest.Kiosk, n+1))
	}
	var all string
	for _, path := range pages {
		if !strings.Contains(path, "?") {
			path += "?live=1" // without the frame
		}
		status, body := d.call(c, "GET", path, nil)
		if status != 200 {
			t.Errorf("%s: %d", path, status)
		}
		all += fmt.Sprintf("== %s\n%s\n", path, pageText(body))
	}
	golden(t, "release3.txt", all)

	// The golden is in today's words, which may change. Whatever they are, what goes back is
	// not said to be on its way in.
	_, back, _ := strings.Cut(all, storetest.Serial(storetest.Kiosk, 5))
	back, _, _ = strings.Cut(back, storetest.Serial(storetest.Kiosk, 4))
	if words := words["pstate.reversing"][zh]; !strings.Contains(back, words) || strings.Contains(back, "入账") {
		t.Errorf("a posting that is being reversed is shown as %q", back)
	}
}
