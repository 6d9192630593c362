package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store/sqlite"
	"wattkiosk/uplink/office/store/storetest"
)

// TestBooksCheck: books that balance are right; of those that somebody changed on the disk
// the entry and the amount are named.
func TestBooksCheck(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "books.db")
	s, err := sqlite.Open(t.Context(), file, books.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Register(t.Context(), storetest.Kiosk, 0, storetest.T0)
	if err != nil {
		t.Fatal(err)
	}
	j := storetest.NewJournal(storetest.Kiosk).Pay(t, 1, "1000000001", 10000).Pay(t, 2, "1000000001", 5000)
	if _, err := s.Ingest(t.Context(), storetest.Kiosk, j.Recs, storetest.T0); err != nil {
		t.Fatal(err)
	}
	n, err := s.Accounts.Post(t.Context(), storetest.T0)
	if err := errors.Join(err, s.Close()); n != 2 || err != nil {
		t.Fatal(n, err)
	}

	out, err := command(t, dir, "books", "check")
	if err != nil || out != "2 entries, debits 150.00, credits 150.00, 0 payments wait for an entry\n" {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = command(t, dir, "books", "check", "--json")
	if err != nil || out != `{"entries":2,"totals":{"debit":15000,"credit":15000},"waiting":0,"sealed":"","faults":[],"right":true}`+"\n" {
		t.Errorf("%v\n%s", err, out)
	}

	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	was, forged := []byte(`{"account":"cash-in-kiosk","amount":5000}`), []byte(`{"account":"cash-in-kiosk","amount":4900}`)
	if bytes.Count(raw, was) != 1 {
		t.Fatal("the entry is not in the file")
	}
	if err := os.WriteFile(file, bytes.Replace(raw, was, forged, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err = command(t, dir, "books", "check")
	if !errors.Is(err, errBooks) || !strings.Contains(out, "2      10000001000000000002") || !strings.Contains(out, "-1.00") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = command(t, dir, "books", "check", "--json")
	var got struct {
		Right  bool `json:"right"`
		Faults []struct {
			Entry  int64  `json:"entry"`
			Key    string `json:"key"`
			Amount int64  `json:"amount"`
		} `json:"faults"`
	}
	if bad := json.Unmarshal([]byte(out), &got); bad != nil {
		t.Fatal(bad)
	}
	if err == nil || got.Right || len(got.Faults) != 4 || got.Faults[1].Entry != 2 || got.Faults[1].Key != storetest.Serial(storetest.Kiosk, 2) || got.Faults[1].Amount != -100 {
		t.Errorf("%v\n%s", err, out)
	}
}
