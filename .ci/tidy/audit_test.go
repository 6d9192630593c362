package tidy

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	test     = regexp.MustCompile(`Test[A-Z][A-Za-z0-9]*`)
	declared = regexp.MustCompile(`(?m)^func (Test[A-Z][A-Za-z0-9]*)\(`)
)

// TestTheAuditNamesItsTests: each test that the page of the audit's findings names is in
// the tree, so that no finding is held by what was renamed or dropped.
func TestTheAuditNamesItsTests(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root(t), ".docs/audit.md"))
	if err != nil {
		t.Fatal(err)
	}

	there := allTests(t)
	named := test.FindAllString(string(page), -1)
	if len(named) < 150 {
		t.Fatalf("the page names %d tests, which cannot be all", len(named))
	}
	for _, name := range named {
		if !there[name] {
			t.Errorf("no package has %s", name)
		}
	}
}

// allTests are the names of the tests of all packages, and of this one.
func allTests(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	err := filepath.WalkDir(root(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			out[m[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
