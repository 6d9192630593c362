package image

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// plant makes a tree of files: a content that begins with "-> " makes a link.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	tree := t.TempDir()
	for path, content := range files {
		full := filepath.Join(tree, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		to, link := strings.CutPrefix(content, "-> ")
		var err error
		if link {
			err = os.Symlink(to, full)
		} else {
			err = os.WriteFile(full, []byte(content), 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

func TestCommands(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{"#!/bin/sh\n", "/bin/sh"},
		{"#!/usr/bin/perl -w\nnothing of it is read\n", "/usr/bin/perl"},
		{"#!/bin/sh\nset -eu\nA=b\n[ -e \"$A\" ] && cp \"$A\" /tmp # then tar\n", "/bin/sh [ cp"},
		{"#!/bin/sh\nif mount -t vfat /dev/x /run; then\n\tumount /run\nfi\n", "/bin/sh mount umount"},
		{"#!/bin/sh\nword() { sed -n 's/(a;b)/c/p' </x 2>&1; }\nb=$(word slot)\nLC_ALL=C sort x | uniq\n", "/bin/sh sed sort uniq"},
		{"#!/bin/sh\necho \"put it; on (the) stick\" || $B halt\n/usr/bin/kioskctl enrol --office \"$O\"\nexec sleep 5\n", "/bin/sh echo /usr/bin/kioskctl sleep"},
	} {
		if got := strings.Join(commands(c.script), " "); got != c.want {
			t.Errorf("%q: %s, want %s", c.script, got, c.want)
		}
	}
}

// TestCheckFile: what a file of the tree asks for is there, or the error names it.
func TestCheckFile(t *testing.T) {
	dynamic, err := os.ReadFile("/bin/sh")
	if err != nil {
		t.Skip("no program to look at: ", err)
	}
	tree := plant(t, map[string]string{
		"bin":                  "-> usr/bin",
		"usr/bin/busybox":      "x",
		"usr/bin/sh":           "-> busybox",
		"usr/bin/elf":          string(dynamic),
		"etc/good":             "#!/bin/sh\nsh -c x\n",
		"etc/bad":              "#!/bin/sh\nmawk x\n",
		"etc/link":             "-> /bin/sh",
		"etc/dangling":         "-> ../usr/bin/mawk",
		"etc/later":            "-> /run/systemd/resolve/stub-resolv.conf",
		"usr/lib/x/endless":    "-> endless",
		"usr/share/plain.conf": "mawk",
	})
	for path, want := range map[string]string{
		"etc/good": "", "etc/link": "", "etc/later": "", "usr/share/plain.conf": "", "usr/bin/sh": "",
		"etc/bad": "mawk", "etc/dangling": "mawk", "usr/lib/x/endless": "endless", "usr/bin/elf": "usr/bin/elf needs ",
	} {
		err := checkFile(tree, path)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// TestRules: udev's own folder counts, and another rule's value is passed over.
func TestRules(t *testing.T) {
	tree := plant(t, map[string]string{
		"usr/lib/udev/v4l_id": "x",
		"usr/lib/udev/rules.d/60-a.rules": `IMPORT{program}="v4l_id $devnode"` + "\n" + `RUN+="$env{REMOVE_CMD}", RUN{builtin}+="kmod load"` + "\n" +
			`PROGRAM="/bin/sh -c x", IMPORT{builtin}="path_id"` + "\n" + `RUN{program}+="ata_id x"` + "\n",
	})
	var got []string
	for _, err := range checkRules(tree) {
		if err != nil {
			got = append(got, err.Error())
		}
	}
	want := []string{
		"rule 60-a.rules names program /bin/sh, which is not there",
		"rule 60-a.rules names program ata_id, which is not there",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestShells(t *testing.T) {
	tree := plant(t, map[string]string{"usr/bin/sh": "x", "bin": "-> usr/bin", "etc/passwd": "root:x:0:0:root:/root:/bin/sh\none:x:1:1::/:/bin/bash\n"})
	if err := errors.Join(checkShells(tree)...); err == nil || err.Error() != "user one names program /bin/bash, which is not there" {
		t.Error(err)
	}
}
