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
	attacked = regexp.MustCompile(`(?m)^func (TestAttack[A-Za-z0-9_]*)\(`)
)

// TestThreatsNameTheirTests: each test that the page of threats names is there, and each
// attack of the tree is on the page.
func TestThreatsNameTheirTests(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root(t), ".docs/threats.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range threat.FindAllStringSubmatch(string(page), -1) {
		named[m[1]+" "+m[2]] = true
		if !has(t, m[1], m[2]) {
			t.Errorf("%s has no %s", m[1], m[2])
		}
	}

	for test := range attacks(t) {
		if !named[test] {
			t.Errorf("the page of threats does not name %s", test)
		}
	}
}

// attacks are the tests of the tree that attack, as "package test".
func attacks(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, top := range []string{"boards", "firmware", "hal", "ota", "payments", "uplink"} {
		err := filepath.WalkDir(filepath.Join(root(t), top), func(path string, d fs.DirEntry, err error) error {
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
			for _, m := range attacked.FindAllStringSubmatch(string(text), -1) {
				out[filepath.ToSlash(pkg)+" "+m[1]] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(out) == 0 {
		t.Fatal("no attacks in the tree")
	}
	return out
}

func has(t *testing.T, pkg, test string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root(t), pkg, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+test+"(") {
			return true
		}
	}
	return false
}
