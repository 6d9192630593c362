package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
	"wattkiosk/uplink/office/stored"
)

// console is officed with a data folder and a standard input.
func console(t *testing.T, dir, in string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := verbs()
	root.SetArgs(append(args, "--data", dir))
	root.SetIn(strings.NewReader(in))
	root.SetOut(&out)
	root.SetErr(io.Discard)
	err := cmdline.Execute(t.Context(), root)

	return out.String(), err
}

func TestUserCommands(t *testing.T) {
	dir := t.TempDir()
	mustCommand(t, dir, "migrate")
	const long = "tortoises walk at dawn\n"
	for _, c := range []struct {
		in   string
		args string
		out  string
		err  error
	}{
		{long, "user add li --role operator --json", `{"name":"li","role":"operator","disabled":false,`, nil},
		{long, "user add li --role admin", "", people.ErrThere},
		{"12345678\n", "user add wang", "", passwd.ErrLength},
		{"Password2026!\n", "user add wang", "", passwd.ErrCommon},
		{"Password2026!\n", "user password li", "", passwd.ErrCommon},
		{"", "user disable li --json", `{"name":"li","role":"operator","disabled":true,`, nil},
		{long, "user password li", "", nil},
		{"", "user list --json", `[{"name":"li","role":"operator","disabled":true,`, nil}, // another password lets nobody in again
		{"", "user enable li --json", `{"name":"li","role":"operator","disabled":false,`, nil},
		{"", "user role li --to auditor --json", `{"name":"li","role":"auditor","disabled":false,`, nil},
		{"", "user role li --to king", "", cmdline.ErrUsage},
		{"", "user sessions li --json", "[]\n", nil},
		{"", "user sessions li --end --json", "[]\n", nil},
		{"", "user sessions nobody --end", "", stored.ErrNotFound},
		{"", "user disable nobody", "", stored.ErrNotFound},
	} {
		out, err := console(t, dir, c.in, strings.Fields(c.args)...)
		if !errors.Is(err, c.err) || err != nil && c.err == nil || !strings.HasPrefix(out, c.out) {
			t.Errorf("%s: %q, %v", c.args, out, err)
		}
	}
	out, err := console(t, dir, "", "user", "list")
	if err != nil || !strings.HasPrefix(out, "NAME  ROLE     DISABLED  SESSIONS\nli    auditor  false     0\n") {
		t.Errorf("list: %q, %v", out, err)
	}
}

// TestEveryCommandIsInTheAuditLog: which command, about what, who ran it as the operating
// system knows it, and that --user is a claim. What is refused is there too.
func TestEveryCommandIsInTheAuditLog(t *testing.T) {
	dir := t.TempDir()
	mustCommand(t, dir, "migrate")
	for _, args := range []string{
		"backup " + dir + "/copy.db", "restored --user li --reason moved", "reconcile --date 2026-11-22", "import mis nothing.txt --date 2026-11-22",
		"import journal 10000001 nothing.jsonl", "enrol-token 10000001 --keep-journal", "staff disable 1001 --user li",
	} {
		_, _ = command(t, dir, strings.Fields(args)...) // some of them fail, and are in the log all the same
	}

	var got [][3]string
	for line := range strings.Lines(mustCommand(t, dir, "audit", "export")) {
		var a people.Audit
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		if name, ok := strings.CutPrefix(a.Action, "command "); ok {
			got = append(got, [3]string{name, a.Object, a.Reason})
			if a.User != osPerson() || !strings.HasPrefix(a.User, "os:") {
				t.Errorf("%s by %s", a.Action, a.User)
			}
		}
	}
	want := [][3]string{
		{"backup", dir + "/copy.db", ""},
		{"restored", "", "--reason=moved as li, claimed at the console"},
		{"reconcile", "", "--date=2026-11-22"},
		{"import", "mis nothing.txt", "--date=2026-11-22"},
		{"import journal", "10000001 nothing.jsonl", ""},
		{"enrol-token", "10000001", "--keep-journal=true"},
		{"staff disable", "1001", "as li, claimed at the console"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestLooking: what the audit log leaves out are commands that are there, and takes nothing out.
func TestLooking(t *testing.T) {
	var all []string
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		all = append(all, verb(c))
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(verbs())
	for _, name := range looking() {
		if !slices.Contains(all, name) {
			t.Errorf("there is no command %q", name)
		}
	}
	if slices.Contains(looking(), "export") {
		t.Error("who takes payments out is not in the audit log")
	}
}
