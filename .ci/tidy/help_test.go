package tidy

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestHelpNamesEveryTarget: "make help" lists targets by groups, each target once.
func TestHelpNamesEveryTarget(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	groups := regexp.MustCompile(`(?m)^HELP_GROUPS := ((?:.*\\\n)*.*)$`).FindSubmatch(text)
	if groups == nil {
		t.Fatal("the Makefile has no HELP_GROUPS")
	}
	var listed []string
	for _, g := range strings.Fields(strings.ReplaceAll(string(groups[1]), "\\\n", " ")) {
		_, names, _ := strings.Cut(g, "=")
		listed = append(listed, strings.Split(names, ",")...)
	}

	var targets []string
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):.*## `).FindAllSubmatch(text, -1) {
		targets = append(targets, string(m[1]))
	}
	slices.Sort(listed)
	slices.Sort(targets)
	if !slices.Equal(listed, targets) {
		t.Errorf("make help lists %v, the Makefile has %v", listed, targets)
	}
}
