package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/store/storetest"
)

// exit runs a command line and returns what it printed, and its exit code.
func exit(t *testing.T, args ...string) (out string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = exitCode(run(t.Context(), args, &stdout, &stderr), &stderr)

	return stdout.String() + stderr.String(), code
}

// twoPaid are books in dir with two payments of storetest.Day that were posted, and their
// kiosk's word after it.
func twoPaid(t *testing.T, dir string) {
	t.Helper()
	s, err := openBooks(t.Context(), &options{data: dir})
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.Register(t.Context(), storetest.Kiosk, 0, storetest.T0)
	must(err)
	j := storetest.NewJournal(storetest.Kiosk).Pay(t, 1, "1000000001", 10000).Pay(t, 2, "1000000001", 5000)
	_, err = s.Ingest(t.Context(), storetest.Kiosk, j.Recs, storetest.T0)
	must(err)
	due, err := s.DuePostings(t.Context(), mis.MIS, storetest.T0.Add(time.Hour), 10)
	must(err)
	for _, p := range due {
		for _, e := range []posting.Event{
			{Kind: call.Due, Now: p.NextAt},
			{Kind: call.Answered, Now: p.NextAt, Reply: mis.Reply{Op: mis.OpPost, Post: mis.PostResult{Outcome: mis.Done, Code: "1001", Amount: p.Amount, ToArrears: p.Amount, Reference: "M1"}}},
		} {
			next, _, err := posting.Step(p.Posting, e)
			must(err)
			p.Posting = next
			p, err = s.SavePosting(t.Context(), books.Change{Posting: p, Event: "test", By: "test"}, storetest.T0)
			must(err)
		}
	}
	_, err = s.SaveReports(t.Context(), []fleet.Report{{Kiosk: storetest.Kiosk, Online: true, Live: true, Text: `{"v":1,"online":true,"head":8}`, At: storetest.T0.Add(24 * time.Hour)}})
	must(err)
	must(s.Close())
}

// ledgerFile is a file of the MIS.
func ledgerFile(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}

	return path
}

func content(t *testing.T, r *bytes.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil {
		t.Fatal(err)
	}

	return b.Bytes()
}

// TestReconcile: a date by imported files, without a head office that runs.
func TestReconcile(t *testing.T) {
	dir, files := t.TempDir(), t.TempDir()
	twoPaid(t, dir)
	reconcile := func(code int, want string) (r report) {
		t.Helper()
		out, got := exit(t, "reconcile", "--data", dir, "--date", "2026-11-23", "--json")
		if err := json.Unmarshal([]byte(out), &r); err != nil || got != code || !strings.Contains(out, want) {
			t.Fatalf("exit %d, %s; want %d, %s", got, out, code, want)
		}

		return r
	}
	reconcile(3, `"status":"incomplete"`)

	good := content(t, storetest.Ledger104(t, storetest.Day, 1, 10000, 5000))
	lost := ledgerFile(t, files, "lost.txt", good[:len(good)/2])
	if out, code := exit(t, "import", "mis", lost, "--data", dir, "--date", "2026-11-23", "--json"); code != 0 || !strings.Contains(out, `{"kind":"mis","date":"20261123","count":1,"sum":10000,"sha256":"`) {
		t.Fatalf("exit %d, %s", code, out)
	}
	r := reconcile(3, `"class":"one-sided","serial":"`+storetest.Serial(storetest.Kiosk, 2)+`","account":"1000000001","sides":{"kiosk":5000},"proposal":"repost"`)
	if r.Status != "breaks" || len(r.Breaks) != 1 || len(r.Books) != 2 || r.Books[0].Sum != 15000 || r.Books[1].Count != 1 || r.Date != "2026-11-23" {
		t.Errorf("%+v", r)
	}

	cut := ledgerFile(t, files, "cut.txt", good[:len(good)-9])
	if out, code := exit(t, "import", "mis", cut, "--data", dir, "--date", "2026-11-23"); code != 1 || !strings.Contains(out, "cut.txt, line 2: the last line has no end: the file was cut off") {
		t.Errorf("exit %d, %s", code, out)
	}
	if out, code := exit(t, "import", "mis", ledgerFile(t, files, "all.txt", good), "--data", dir, "--date", "2026-11-23"); code != 0 || !strings.Contains(out, "2 lines, 150.00 yuan") {
		t.Errorf("exit %d, %s", code, out)
	}
	if again := reconcile(0, `"breaks":[]`); again.Status != "balanced" {
		t.Errorf("%+v", again)
	}
	if out, code := exit(t, "books", "verify", "--data", dir); code != 0 || out != "0 signed dates, 0 faults\n" {
		t.Errorf("exit %d, %s", code, out)
	}

	for _, args := range [][]string{
		{"reconcile", "--data", dir},
		{"reconcile", "--data", dir, "--date", "23.11.2026"},
		{"import", "moon", lost, "--data", dir, "--date", "2026-11-23"},
		{"import", "mis", lost, "--data", dir},
	} {
		if out, code := exit(t, args...); code != 2 {
			t.Errorf("%v: exit %d, %s", args, code, out)
		}
	}
}

// TestReconcileByTheRunningOffice: commands go by the clock, and with the sources, of the head
// office that runs on the data folder.
func TestReconcileByTheRunningOffice(t *testing.T) {
	dir, files := t.TempDir(), t.TempDir()
	twoPaid(t, dir)
	ledgerFile(t, files, "S_"+storetest.Kiosk+"_02_01_3340101_20261123_2026112301.txt", content(t, storetest.Ledger104(t, storetest.Day, 1, 10000, 5000)))
	cards := t.TempDir()
	ledgerFile(t, cards, "S_"+storetest.Kiosk+"_01_01_3340101_20261123_2026112301.txt", nil) // nothing was sold
	startOffice(t, "serve", "--data", dir, "--http", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0", "--log-level", "error", "--books", "mis=file://"+files, "--books", "cardsystem=file://"+cards)

	out, code := exit(t, "reconcile", "--data", dir, "--date", "2026-11-23", "--json")
	if code != 0 || !strings.Contains(out, `"status":"balanced"`) || !strings.Contains(out, `{"name":"mis","count":2,"sum":15000,`) || !strings.Contains(out, `{"name":"cardsystem","count":0,`) {
		t.Errorf("exit %d, %s", code, out)
	}
	other := ledgerFile(t, files, "by-hand.txt", content(t, storetest.Ledger104(t, storetest.Day, 1, 10000)))
	if out, code := exit(t, "import", "mis", other, "--data", dir, "--date", "2026-11-23"); code != 0 {
		t.Errorf("exit %d, %s", code, out)
	}
	if out, code = exit(t, "reconcile", "--data", dir, "--date", "2026-11-23"); code != 3 || !strings.Contains(out, "one-sided") {
		t.Errorf("what a person brought takes the place of what was fetched: exit %d, %s", code, out)
	}
	if info, err := os.Stat(filepath.Join(dir, socketName)); err != nil || info.Mode().Perm() != socketMode {
		t.Errorf("%v, %v", info, err)
	}
}

// TestSocketIsTakenOver: a socket that a killed head office left is in nobody's way, one that
// is served stays.
func TestSocketIsTakenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), socketName)
	left, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	left.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := left.Close(); err != nil {
		t.Fatal(err)
	}
	ln, err := listenSocket(path)
	if err != nil || ln == nil {
		t.Fatalf("%v, %v", ln, err)
	}
	if second, err := listenSocket(path); second != nil || err != nil {
		t.Errorf("%v, %v", second, err)
	}
	if err := ln.Close(); err != nil {
		t.Error(err)
	}
	if err := (&options{data: filepath.Dir(path)}).ask(t.Context(), "/reconcile", nil, nil, nil); !errors.Is(err, errAlone) {
		t.Errorf("%v", err)
	}
}
