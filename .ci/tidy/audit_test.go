package tidy

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var test = regexp.MustCompile(`Test[A-Z][A-Za-z0-9]*`)

// TestTheAuditNamesItsTests: each test that the page of the audit's findings names is in
// the tree, so that no finding is held by what was renamed or dropped.
func TestTheAuditNamesItsTests(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root(t), ".docs/audit.md"))
	if err != nil {
		t.Fatal(err)
	}

	there := map[string]bool{}
	for _, d := range tests(t) {
		there[d.name] = true
	}
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
