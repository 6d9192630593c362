package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestFaultsThatDoNotCompileAreNamed: whether they can be chosen as the program starts or not, and
// without the good ones beside them.
func TestFaultsThatDoNotCompileAreNamed(t *testing.T) {
	t.Chdir("../..")
	list := filepath.Join(t.TempDir(), "list.txt")
	const of = "\nfile payments/cash/decide.go\ntests ./payments/cash\nwhy of this test\n"
	faults := "mutant good" + of + "-	case s.Refused: // it is the note that was just offered and refused\n+	case false:\n" +
		"mutant type" + of + "-	return p >= 0 && (v == 0 || s.Leg.Notes[p].Value == v)\n+	return p\n" +
		"mutant unused" + of + "-	in := s.Leg.inPath()\n+	in, out := s.Leg.inPath(), 0\n" +
		"mutant constant" + of + "-	noReport       = \"no-report-in-time\"\n+	noReport       = 1 + \"\"\n"
	if err := os.WriteFile(list, []byte(faults), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := load(list)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCompiler(all)
	if err != nil {
		t.Fatal(err)
	}
	broken, err := c.broken(all)
	if err != nil {
		t.Fatal(err)
	}

	var names []string
	for _, why := range broken {
		name, _, _ := strings.Cut(why, " ")
		names = append(names, name)
	}
	slices.Sort(names)
	if want := []string{"constant", "type", "unused"}; !slices.Equal(names, want) {
		t.Errorf("broken are %q, want %q", broken, want)
	}
}
