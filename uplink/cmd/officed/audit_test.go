package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/uplink/office/people"
)

// TestAuditAtTheCommandLine: what is done there is in the log, with who runs it, and the
// log is verified by itself, and against what was kept of it elsewhere.
func TestAuditAtTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	office := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), append(args, "--data", dir), &out, io.Discard)
		return out.String(), err
	}
	right := func(args ...string) string {
		t.Helper()
		out, err := office(args...)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return out
	}
	right("migrate")
	right("enrol-token", "10000001")
	first := right("audit", "verify")
	right("enrol-token", "10000002", "--keep-journal")

	export := right("audit", "export")
	me := osPerson()
	for _, want := range []string{
		`"seq":1,`, `"user":"` + me + `","action":"command enrol-token","object":"10000001"`, `"seq":2,`, `"object":"10000002"`,
	} {
		if !strings.HasPrefix(me, "os:") || !strings.Contains(export, want) {
			t.Errorf("the export lacks %s: %s", want, export)
		}
	}
	_, head, _ := strings.Cut(strings.TrimSpace(first), "end ")
	if out := right("audit", "verify", "--head", head); !strings.HasPrefix(out, "2 acts, end 2:") {
		t.Errorf("verified: %s", out)
	}

	file := filepath.Join(dir, "kept.jsonl")
	for text, whole := range map[string]bool{
		export: true, strings.Replace(export, `"10000001"`, `"10000009"`, 1): false, export + strings.Replace(export, `"seq":1,`, `"seq":3,`, 1): false,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := office("audit", "verify", "--file", file); (err == nil) != whole || err != nil && !errors.Is(err, people.ErrAudit) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := office("audit", "verify", "--head", "1:"+strings.Repeat("0", 64)); !errors.Is(err, people.ErrAudit) {
		t.Errorf("a log that was written anew: %v", err)
	}
}

// TestAuditOfARunningOffice: the act goes into the books that the head office has, wherever
// they are, and no others are made or wanted.
func TestAuditOfARunningOffice(t *testing.T) {
	dir, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "elsewhere.db")
	startOfficeAt(t, "serve", "--data", dir, "--db", "sqlite:"+elsewhere, "--http", "127.0.0.1:0", "--mqtt-listen", "127.0.0.1:0", "--log-level", "error")
	if out, code := exit(t, "reconcile", "--data", dir, "--date", "2026-11-22", "--json"); code == 1 || code == 2 {
		t.Fatalf("exit %d: %s", code, out)
	}

	out, code := exit(t, "audit", "export", "--data", dir, "--db", "sqlite:"+elsewhere)
	if code != 0 || !strings.Contains(out, `"command reconcile"`) || !strings.Contains(out, "--date=2026-11-22") {
		t.Errorf("exit %d: %s", code, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "books.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("books beside those of the head office: %v", err)
	}
}
