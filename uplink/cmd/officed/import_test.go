package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/store/sqlite"
	"wattkiosk/uplink/office/store/storetest"
)

// TestOldCardIsTakenIn: the board was replaced while a payment had not been reported.
// Its card is found, exported and taken in, from a backup of the books as well.
func TestOldCardIsTakenIn(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "books.db")
	s, err := sqlite.Open(t.Context(), file, books.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Register(t.Context(), storetest.Kiosk, 0, storetest.T0); err != nil {
		t.Fatal(err)
	}
	j := storetest.NewJournal(storetest.Kiosk).Pay(t, 1, "1000000001", 10000).Pay(t, 2, "1000000002", 5000)
	if _, err := s.Ingest(t.Context(), storetest.Kiosk, j.Recs[:4], storetest.T0); err != nil {
		t.Fatal(err)
	}
	if err := s.AddToken(t.Context(), "token", storetest.Kiosk, false, storetest.T0.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Enrol(t.Context(), fleet.Claim{Token: "token"}, storetest.T0, func(fleet.Kiosk) (identity.Certificate, error) { return identity.Certificate{Key: "key"}, nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "copy.db")
	if err := run(t.Context(), []string{"backup", "--data", dir, copied}, &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}

	var lines bytes.Buffer
	for _, r := range j.Recs {
		b, err := json.Marshal(exported{r.Seq, r.Boot, r.Time, r.Trust, r.Type, r.Txn, string(r.Payload), r.Version, r.Prev})
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(b, '\n'))
	}
	export := filepath.Join(dir, "old-card.jsonl")
	if err := os.WriteFile(export, lines.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	forged := filepath.Join(dir, "forged.jsonl")
	if err := os.WriteFile(forged, bytes.Replace(lines.Bytes(), []byte("1000000002"), []byte("1000000009"), 1), 0o600); err != nil {
		t.Fatal(err)
	}

	var out bytes.Buffer
	if err := run(t.Context(), []string{"import", "journal", "--db", "sqlite:" + copied, storetest.Kiosk, forged}, &out, &out); err == nil {
		t.Errorf("a changed export was taken in: %s", out.String())
	}
	out.Reset()
	if err := run(t.Context(), []string{"import", "journal", "--db", "sqlite:" + copied, storetest.Kiosk, export}, &out, &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.Contains(got, "8 records read; the journal is held up to record 8") {
		t.Errorf("said %q", got)
	}
	s, err = sqlite.Open(t.Context(), copied, books.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := s.Posting(t.Context(), storetest.Serial(storetest.Kiosk, 2)); err != nil || p.Amount != 5000 || p.Account != "1000000002" {
		t.Errorf("the payment on the old card: %+v, %v", p, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
