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
	threat   = regexp.MustCompile("`([a-z0-9./]+) (Test[A-Za-z0-9_]+)`")
	declared = regexp.MustCompile(`(?m)^func (Test[A-Z][A-Za-z0-9_]*)\(`)
)

// TestThreatsNameTheirTests: each test that the page of threats names is there, and each
// attack of the tree is on the page.
func TestThreatsNameTheirTests(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root(t), ".docs/threats.md"))
	if err != nil {
		t.Fatal(err)
	}
	there, attacks := map[aTest]bool{}, 0
	for _, d := range tests(t) {
		there[d] = true
	}
	named := map[aTest]bool{}
	for _, m := range threat.FindAllStringSubmatch(string(page), -1) {
		d := aTest{m[1], m[2]}
		named[d] = true
		if !there[d] {
			t.Errorf("%s has no %s", d.pkg, d.name)
		}
	}

	for d := range there {
		if !strings.HasPrefix(d.name, "TestAttack") && !strings.HasPrefix(d.name, "TestImageAttack") {
			continue
		}
		attacks++
		if !named[d] {
			t.Errorf("the page of threats does not name %s %s", d.pkg, d.name)
		}
	}
	if attacks == 0 {
		t.Fatal("no attacks in the tree")
	}
}

// aTest is a test of a package, whose folder is below the root.
type aTest struct{ pkg, name string }

// tests are those of all packages, in the order of the tree.
func tests(t *testing.T) (all []aTest) {
	t.Helper()
	err := filepath.WalkDir(root(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		pkg, err := filepath.Rel(root(t), filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			all = append(all, aTest{filepath.ToSlash(pkg), m[1]})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
