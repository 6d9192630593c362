package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/boards/ground/cmdline"
)

// TestExport: a file is whole, and one that cannot be made leaves nothing behind.
func TestExport(t *testing.T) {
	dir := t.TempDir()
	call := func(args ...string) error { return run(t.Context(), args, io.Discard, io.Discard) }
	data, out := filepath.Join(dir, "data"), filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := call("migrate", "--data", data); err != nil {
		t.Fatal(err)
	}
	for form, name := range map[string]string{"104": "a.txt", "csv": "a.csv", "xlsx": "a.xlsx"} {
		path, said := filepath.Join(out, name), &bytes.Buffer{}
		if err := run(t.Context(), []string{"export", form, "--date", "2026-11-28", "--out", path, "--data", data}, said, io.Discard); err != nil {
			t.Errorf("%s: %v", form, err)
		}
		b, err := os.ReadFile(path)
		if want := fmt.Sprintf("%s: %d bytes, sha256 %x\n", path, len(b), sha256.Sum256(b)); err != nil || said.String() != want {
			t.Errorf("%s: said %q, %v", form, said, err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(out, "a.csv")); err != nil || string(b) != "\uFEFF流水号,终端号,户号,户名,业务,支付方式,金额,账务日期,支付时间,状态,入账编号,原因\r\n" {
		t.Errorf("%q, %v", b, err)
	}

	file := filepath.Join(out, "b.csv")
	for _, c := range []struct {
		args  []string
		usage bool
	}{
		{[]string{"pdf", "--date", "2026-11-28", "--out", file}, true},
		{[]string{"csv", "--date", "28.11.2026", "--out", file}, true},
		{[]string{"csv", "--out", file}, true},
		{[]string{"csv", "--date", "2026-11-28"}, true},
		{[]string{"--date", "2026-11-28", "--out", file}, true},
		{[]string{"csv", "--date", "2026-11-28", "--out", filepath.Join(out, "none", "b.csv")}, false},
	} {
		if err := call(append([]string{"export", "--data", data}, c.args...)...); err == nil || errors.Is(err, cmdline.ErrUsage) != c.usage {
			t.Errorf("%v: %v", c.args, err)
		}
	}
	if err := call("export", "csv", "--date", "2026-11-28", "--out", file, "--data", filepath.Join(dir, "nothing")); err == nil {
		t.Error("books that are not there were exported")
	}
	entries, err := os.ReadDir(out)
	if err != nil || len(entries) != 3 {
		t.Errorf("%v, %v", entries, err)
	}
}
