package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wattkiosk/boards/ground/cmdline"
)

// needBooks are all verbs that read books, or act on them.
var needBooks = []string{
	"terminal list", "terminal set 10000001 20000001 105290073724601 --user li", "terminal settle 10000001 --user li", "staff list", "staff disable 1001 --user li", "staff enable 1001 --user li",
	"rollout list", "rollout show r", "rollout start r --user li", "rollout pause r --user li", "rollout stop r --user li", "rollout roll-back r --user li",
	"rollout group list", "rollout group set pilot --user li", "rollout create --user li", "enrol-token 10000001", "import journal 10000001 journal.jsonl",
	"backup copy.db", "books check",
}

// TestNoBooks: what is not there is not made by the way.
func TestNoBooks(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, args := range needBooks {
		for where, flags := range map[string][]string{
			filepath.Join("office-data", "books.db"): nil, filepath.Join("typo", "books.db"): {"--data", "typo"}, "typo.db": {"--db", "sqlite:typo.db"},
		} {
			err := run(t.Context(), append(strings.Fields(args), flags...), io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), "no books at "+where) || errors.Is(err, cmdline.ErrUsage) {
				t.Errorf("%s %v: %v", args, flags, err)
			}
		}
	}

	root := verbs()
	root.SetArgs([]string{"user", "add", "li"})
	root.SetIn(strings.NewReader("a long enough password\n"))
	if err := cmdline.Execute(t.Context(), root); err == nil || !strings.Contains(err.Error(), "no books at ") {
		t.Errorf("user add: %v", err)
	}
	root = verbs()
	root.SetArgs([]string{"staff", "add", "1001", "--user", "li"})
	root.SetIn(strings.NewReader("284915\n"))
	if err := cmdline.Execute(t.Context(), root); err == nil || !strings.Contains(err.Error(), "no books at ") {
		t.Errorf("staff add: %v", err)
	}

	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("written: %v, %v", left, err)
	}
}

// TestUserIsMissing: every order names who gives it, or is a wrong command line.
func TestUserIsMissing(t *testing.T) {
	dir := t.TempDir()
	fleetBooks(t, dir, 1)
	orders := []string{"staff add 1001"}
	for _, args := range needBooks {
		if order, found := strings.CutSuffix(args, " --user li"); found {
			orders = append(orders, order)
		}
	}
	for _, args := range orders {
		_, err := command(t, dir, strings.Fields(args)...)
		if !errors.Is(err, cmdline.ErrUsage) || !strings.Contains(err.Error(), "--user is missing") {
			t.Errorf("%s: %v", args, err)
		}
	}
}
