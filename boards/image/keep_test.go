package image

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestKeeper: links are kept with what they lead to, folders with what is in them,
// and nothing else is.
func TestKeeper(t *testing.T) {
	tree := plant(t, map[string]string{
		"lib":                     "-> usr/lib",
		"usr/lib/t/liba.so.1":     "-> liba.so.1.2",
		"usr/lib/t/liba.so.1.2":   "a",
		"usr/lib/t/libb.so.1":     "b",
		"usr/bin/tool":            "-> /lib/tool/real",
		"usr/lib/tool/real":       "x",
		"usr/lib/tool/other":      "x",
		"usr/share/zone/Asia/One": "x",
		"usr/share/zone/UTC":      "x",
		"usr/share/doc/x":         "x",
		"etc/dangling":            "-> /usr/share/doc/x",
	})
	k := keeper{tree: tree, keep: map[string]bool{"lib": true}}
	for _, pattern := range []string{"usr/bin/tool", "usr/lib/*/liba.so.1", "usr/share/zone", "etc/d*", "usr/none"} {
		if err := k.match(pattern); err != nil {
			t.Fatal(err)
		}
	}
	delete(k.keep, "usr/share/doc/x")
	if err := k.prune(); err != nil {
		t.Fatal(err)
	}
	if err := unlinked(tree, "."); err != nil {
		t.Fatal(err)
	}
	var left []string
	err := filepath.WalkDir(tree, func(path string, e fs.DirEntry, err error) error {
		if rel, _ := filepath.Rel(tree, path); rel != "." {
			left = append(left, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "etc lib usr usr/bin usr/bin/tool usr/lib usr/lib/t usr/lib/t/liba.so.1 usr/lib/t/liba.so.1.2 usr/lib/tool usr/lib/tool/real " +
		"usr/share usr/share/zone usr/share/zone/Asia usr/share/zone/Asia/One usr/share/zone/UTC"
	if got := strings.Join(left, " "); got != want {
		t.Errorf("left %s\nwant %s", got, want)
	}
}

// TestOpened: a library that a kept program names must stay or be on the list of those
// that are not opened.
func TestOpened(t *testing.T) {
	tree := plant(t, map[string]string{
		"usr/bin/tool":            "\x7fELF\x00\x00libkept.so.1\x00/usr/lib/t/libgone.so\x00libnowhere.so.2\x00libsepol.so.2\x00text.so far",
		"usr/bin/text":            "libother.so",
		"usr/lib/t/libkept.so.1":  "",
		"usr/lib/t/libgone.so":    "",
		"usr/lib/t/libother.so":   "",
		"usr/lib/t/libsepol.so.2": "",
	})
	k := keeper{tree: tree, keep: map[string]bool{"usr/bin/tool": true, "usr/bin/text": true, "usr/lib/t/libkept.so.1": true}}
	if err := k.opened(); err == nil || err.Error() != "usr/bin/tool may open libgone.so, which is in the packages and on no list" {
		t.Error(err)
	}
}

func TestApplets(t *testing.T) {
	tree := plant(t, map[string]string{"usr/bin/busybox": "\x00" + strings.Join(applets, "\x00") + "\x00", "usr/bin/sh": "own"})
	if err := linkApplets(tree); err != nil {
		t.Fatal(err)
	}
	if !exists(tree, "/usr/bin/vi") || !exists(tree, "usr/bin/sh") {
		t.Error("no vi or sh")
	}
	short := plant(t, map[string]string{"usr/bin/busybox": "\x00sh\x00"})
	if err := linkApplets(short); err == nil || !strings.Contains(err.Error(), "busybox has no [") {
		t.Error(err)
	}
}

// TestPresent: a package counts if a file of its own is left. A folder, and a link to
// busybox in its place, are not.
func TestPresent(t *testing.T) {
	tree := plant(t, map[string]string{
		"bin": "-> usr/bin", "usr/bin/ls": "-> busybox", "usr/bin/busybox": "x", "usr/bin/login": "x", "usr/lib/empty/x": "x",
	})
	for list, want := range map[string]bool{
		"./\n./bin/\n./bin/login\n": true, "./usr/bin/ls\n": false, "./usr/lib/empty/\n": false, "./usr/bin/busybox\n": true, "": false,
	} {
		if got := ofPackage(tree, list); got != want {
			t.Errorf("%q: %v", list, got)
		}
	}
}
