package image

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReach: wants, requirements, sockets, templates, drop-ins and links lead to
// units; masked ones and those that nobody names do not.
func TestReach(t *testing.T) {
	tree := plant(t, map[string]string{
		"lib":                               "-> usr/lib",
		"etc/systemd/system/default.target": "-> /usr/lib/systemd/system/multi-user.target",
		"etc/systemd/system/multi-user.target.wants/a.service": "-> /usr/lib/systemd/system/a.service",
		"etc/systemd/system/masked.service":                    "-> /dev/null",
		"etc/systemd/system/a.service.d/x.conf":                "[Service]\nExecStartPre=-/usr/bin/pre\n",
		"usr/lib/systemd/system/multi-user.target":             "[Unit]\nRequires=basic.target\n# Wants=comment.service\n",
		"usr/lib/systemd/system/basic.target":                  "[Unit]\nWants=in.socket \\\n masked.service getty@tty1.service\n",
		"usr/lib/systemd/system/in.socket":                     "[Socket]\n",
		"usr/lib/systemd/system/in.service":                    "[Service]\nExecStart=@!/usr/bin/in in --flag\n",
		"usr/lib/systemd/system/getty@.service":                "[Service]\nExecStart=\nExecStart=-agetty -o x\n",
		"usr/lib/systemd/system/a.service":                     "[Unit]\nAfter=only-after.service\n[Service]\nExecStart=/usr/bin/a\n",
		"usr/lib/systemd/system/masked.service":                "[Unit]\nWants=behind.service\n[Service]\nExecStart=/usr/bin/masked\n",
		"usr/lib/systemd/system/behind.service":                "[Service]\nExecStart=/usr/bin/behind\n",
		"usr/lib/systemd/system/only-after.service":            "[Service]\nExecStart=/usr/bin/after\n",
		"usr/lib/systemd/system/basic.target.wants/gone":       "-> ../gone",
		"usr/lib/systemd/system/other.target.wants/x":          "-> ../a.service",
	})
	u, err := reach(tree)
	if err != nil {
		t.Fatal(err)
	}
	programs, err := u.programs()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		got = append(got, name+": "+strings.Join(programs[name], " "))
	}
	want := []string{"a.service: /usr/bin/a /usr/bin/pre", "getty@.service: agetty", "in.service: /usr/bin/in"}
	if !slices.Equal(got, want) {
		t.Errorf("programs %q, want %q", got, want)
	}
	if err := u.prune(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(tree, "usr/lib/systemd/system"))
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if s := strings.Join(left, " "); s != "a.service basic.target basic.target.wants getty@.service in.service in.socket multi-user.target" {
		t.Errorf("left: %s", s)
	}
}
