package source

import (
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/reconcile/form"
)

// lay makes files below a new folder.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[name]), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	return dir
}

func parsed(t *testing.T, text string) Source {
	t.Helper()
	b, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}

	return b.Source
}

// fetch is the whole book of 2026-11-28.
func fetch(t *testing.T, s Source) (string, string, error) {
	t.Helper()
	name, r, err := s.Open(t.Context(), "20261128")
	if err != nil {
		return name, "", err
	}
	b, err := io.ReadAll(r)
	if closed := r.Close(); closed != nil {
		t.Error(closed)
	}

	return name, string(b), err
}

// TestFilesOfADate: a book is what the names say, and nothing else in the folder.
func TestFilesOfADate(t *testing.T) {
	for name, c := range map[string]struct {
		book  string
		files map[string]string
		want  string // "" for none yet
		from  string // name, below the folder
	}{
		"104 by terminal and class": {"mis", map[string]string{
			"WK_10000001_02_01_3301_20261128_2026112901.txt": "a\n", "WK_10000001_02_05_3301_20261128_2026112901.txt": "b\n",
			"dz/hff/WK_10000002_02_01_3301_20261128_2026112901.txt": "c\n", "dz/yff/WK_10000002_01_01_3301_20261128_2026112901.txt": "d\n",
			"WK_10000001_02_01_3301_20261127_2026112801.txt": "yesterday\n", "notes.txt": "x", "WK_10000001_02_01_3301_20261128_2026112901.txt.tmp": "x",
		}, "a\nb\nc\nd\n", " (4)"},
		"104 delivered again": {"cardsystem", map[string]string{
			"WK_10000001_01_01_3301_20261128_2026112902.txt": "second\n", "WK_10000001_01_01_3301_20261128_2026112901.txt": "first\n",
		}, "second\n", "/WK_10000001_01_01_3301_20261128_2026112902.txt"},
		"104 none":          {"mis", map[string]string{"WK_10000001_02_01_3301_20261127_2026112801.txt": "x\n"}, "", ""},
		"104 without lines": {"mis", map[string]string{"WK_10000001_02_01_3301_20261128_2026112901.txt": ""}, "", "/WK_10000001_02_01_3301_20261128_2026112901.txt"},
		"posp":              {"posp", map[string]string{"POSDTLFILE20261128": "p\r\n", "POSDTLFILE20261127": "x", "posp": "x"}, "p\r\n", "/POSDTLFILE20261128"},
		"alipay":            {"acquirer", map[string]string{"2088000000000001_20261128_业务明细.csv": "a", "2088000000000001_20261128_业务明细(汇总).csv": "x"}, "a", "/2088000000000001_20261128_业务明细.csv"},
		"wechat":            {"acquirer", map[string]string{"1900000001All2026-11-28.csv": "w", "1900000001All2026-11-27.csv": "x"}, "w", "/1900000001All2026-11-28.csv"},
		"bank":              {"bank", map[string]string{"DS_20261128.csv": "b", "DS_20261128.csv.ok": "x"}, "b", "/DS_20261128.csv"},
		"no regular file":   {"bank", map[string]string{"DS_20261128.csv/x": "x"}, "", ""},
	} {
		dir := lay(t, c.files)
		from, got, err := fetch(t, parsed(t, c.book+"=file://"+dir))
		if c.from == "" && !errors.Is(err, ErrNotYet) || c.from != "" && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got != c.want || c.from != "" && from != dir+c.from {
			t.Errorf("%s: %q from %s", name, got, from)
		}
	}
}

func TestPattern(t *testing.T) {
	dir := lay(t, map[string]string{"fk-2026-11-28-01.txt": "x", "DS_20261128.csv": "y"})
	if from, got, err := fetch(t, parsed(t, "bank=file://"+dir+"?pattern=fk-{day}-*.txt")); err != nil || got != "x" || from != dir+"/fk-2026-11-28-01.txt" {
		t.Errorf("%q, %v", got, err)
	}
	if _, got, err := fetch(t, parsed(t, "bank=file://"+dir+"?pattern=DS_{date}.csv")); err != nil || got != "y" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestTwoOfADate: nobody here can say which of them holds.
func TestTwoOfADate(t *testing.T) {
	dir := lay(t, map[string]string{"A_20261128.csv": "a", "B_20261128.csv": "b"})
	_, _, err := fetch(t, parsed(t, "bank=file://"+dir))
	if want := dir + "/A_20261128.csv and " + dir + "/B_20261128.csv are both of that date: only one can be the book"; err == nil || err.Error() != want {
		t.Error(err)
	}
}

// TestCutInTheMiddle: a file whose last line has no end does not run on into the next.
func TestCutInTheMiddle(t *testing.T) {
	dir := lay(t, map[string]string{
		"WK_10000001_02_01_3301_20261128_2026112901.txt": "whole\ncut", "WK_10000001_02_05_3301_20261128_2026112901.txt": "next\n",
	})
	_, got, err := fetch(t, parsed(t, "mis=file://"+dir))
	if want := "WK_10000001_02_01_3301_20261128_2026112901.txt: the last line has no end: the file was cut off"; err == nil || err.Error() != want || strings.Contains(got, "next") {
		t.Errorf("%q, %v", got, err)
	}
}

// TestChangesMeanwhile: a file that is still being written is no book.
func TestChangesMeanwhile(t *testing.T) {
	dir := lay(t, map[string]string{"A_20261128.csv": "half"})
	_, r, err := parsed(t, "bank=file://"+dir).Open(t.Context(), "20261128")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadFull(r, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(dir, "A_20261128.csv"), time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, errMoved) {
		t.Error(err)
	}
}

// TestNoFolder is a mistake in the configuration, and no book that comes later.
func TestNoFolder(t *testing.T) {
	_, _, err := fetch(t, parsed(t, "bank=file:///nowhere/at/all"))
	if err == nil || errors.Is(err, ErrNotYet) || err.Error() != "no folder /nowhere/at/all" {
		t.Error(err)
	}
	if _, _, err := parsed(t, "bank=file:///").Open(t.Context(), "2026-11-28"); err == nil || err.Error() != `date "2026-11-28" is not YYYYMMDD` {
		t.Error(err)
	}
}

func TestKinds(t *testing.T) {
	for _, n := range Names() {
		if _, ok := Kind(n); !ok {
			t.Error(n)
		}
	}
	if k, ok := Kind("posp"); k != form.POSPDetail || !ok {
		t.Error(k)
	}
}
