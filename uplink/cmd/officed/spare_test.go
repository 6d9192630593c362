package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/signer"
	"wattkiosk/uplink/office/sparekeys"
	"wattkiosk/uplink/office/store/sqlite"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/sparekey"
)

// deadBoard is a disk with an encrypted journal of two payments, the second of which head
// office has not heard of, and head office's folder with the spare that the kiosk left.
func deadBoard(t *testing.T) (data, disk string, keys *signer.Keys) {
	t.Helper()
	dir := t.TempDir()
	data, disk = filepath.Join(dir, "office"), filepath.Join(dir, "disk")
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	j, err := journal.Open(journal.Options{
		Dir: disk, Kiosk: storetest.Kiosk, Key: key, BallastBytes: -1,
		Clock: func() time.Time { return storetest.T0 }, Trust: func() record.Trust { return record.RTC },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range storetest.NewJournal(storetest.Kiosk).Pay(t, 1, "1000000001", 10000).Pay(t, 2, "1000000002", 5000).Recs {
		if _, err := j.Append(record.Draft{Type: r.Type, Txn: r.Txn, Version: r.Version, Payload: r.Payload}); err != nil {
			t.Fatal(err)
		}
	}
	heard, err := j.Read(1, 4, 1<<20)
	if err := errors.Join(err, j.Close()); err != nil {
		t.Fatal(err)
	}

	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if keys, err = signer.Open(filepath.Join(data, keyFolder)); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), filepath.Join(data, "books.db"), books.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := sparekey.Seal(keys.SparesFor(), storetest.Kiosk, key)
	if err != nil {
		t.Fatal(err)
	}
	_, registered := s.Register(t.Context(), storetest.Kiosk, 0, storetest.T0)
	_, ingested := s.Ingest(t.Context(), storetest.Kiosk, heard, storetest.T0)
	older := sparekeys.Spare{Kiosk: storetest.Kiosk, ID: sparekey.ID(key), For: sparekeys.Office(keys.SparesFor()), Sealed: string(sealed), At: 1}
	newer := sparekeys.Spare{Kiosk: storetest.Kiosk, ID: strings.Repeat("0", 32), For: "lost", Sealed: "junk", At: 2} // of another journal
	if err := errors.Join(registered, ingested, s.Spares.Keep(t.Context(), older), s.Spares.Keep(t.Context(), newer), s.Close()); err != nil {
		t.Fatal(err)
	}
	return data, disk, keys
}

// hasPayment wants the books to know the payment that only the disk had, or not to.
func hasPayment(t *testing.T, data string, want bool) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(data, "books.db"), books.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.Posting(t.Context(), storetest.Serial(storetest.Kiosk, 2))
	if got := err == nil && p.Amount == 5000; got != want {
		t.Errorf("the payment on the disk: %+v, %v; want %v", p, err, want)
	}
	var uses []string
	if err := s.EachAudit(t.Context(), 0, func(a people.Audit) error {
		if a.Action == "open-spare-key" {
			uses = append(uses, a.Object+" "+a.Reason)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if want && (len(uses) != 2 || !strings.HasPrefix(uses[1], storetest.Kiosk+" key ")) {
		t.Errorf("the audit log has %q", uses)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestDiskOfADeadBoard: head office reads it with the spare key that the kiosk left, by keys
// of its own folder or by the signer's, and the audit log has each use.
func TestDiskOfADeadBoard(t *testing.T) {
	for _, apart := range []bool{false, true} {
		data, disk, keys := deadBoard(t)
		args := []string{"import", "journal", "--data", data, storetest.Kiosk, disk}
		if apart {
			socket := serveKeys(t, keys)
			args = append(args, "--signer", socket)
		}
		hasPayment(t, data, false)
		var out bytes.Buffer
		if err := run(t.Context(), args, &out, &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "8 records read; the journal is held up to record 8") {
			t.Errorf("said %q", out.String())
		}
		hasPayment(t, data, true)
	}
}

// TestAttackDiskElsewhere: without head office's own key of spares, and under the name of
// another kiosk, the disk stays shut and nothing is taken in.
func TestAttackDiskElsewhere(t *testing.T) {
	data, disk, _ := deadBoard(t)
	if err := os.Remove(filepath.Join(data, keyFolder, "spare.key")); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"import", "journal", "--data", data, storetest.Kiosk, disk}, &out, &out); !errors.Is(err, errNoSpare) {
		t.Errorf("%v, %s", err, out.String())
	}
	hasPayment(t, data, false)
	if err := run(t.Context(), []string{"import", "journal", "--data", data, "10000009", disk}, &out, &out); !errors.Is(err, errNoSpare) {
		t.Errorf("another kiosk: %v", err)
	}
}

// serveKeys has keys in a signer of their own.
func serveKeys(t *testing.T, keys *signer.Keys) (socket string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "keys") // a short path: it holds a socket
	if err != nil {
		t.Fatal(err)
	}
	socket = filepath.Join(dir, "s")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: signer.Handler(keys, time.Now, slog.New(slog.DiscardHandler)), ReadHeaderTimeout: time.Second}
	served := make(chan struct{})
	go func() { _ = srv.Serve(ln); close(served) }()
	t.Cleanup(func() {
		_ = srv.Shutdown(context.Background())
		<-served
		_ = os.RemoveAll(dir)
	})
	return socket
}
