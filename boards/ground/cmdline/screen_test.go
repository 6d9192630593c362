package cmdline

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestAttackTextForATerminal: a text of somebody else carries nothing out on a terminal, however
// it is cut into writes.
func TestAttackTextForATerminal(t *testing.T) {
	for in, want := range map[string]string{
		"kiosk\t10000001\n":          "kiosk\t10000001\n",
		"停用 suspended\x1b[2K\x1b[1A": "停用 suspended\ufffd[2K\ufffd[1A",
		"\x1b]0;title\a":             "\ufffd]0;title\ufffd",
		"\u009b31m":                  "\ufffd31m",
		"gone\rhere":                 "gone\ufffdhere",
		"paid \u202e00.01":           "paid \ufffd00.01",
		"\xff\x9b31m":                "\ufffd\ufffd31m",
		"sum \u2066\u200f":           "sum \ufffd\ufffd",
		"\U0001f600 backspace\b\b\b, delete\x7f end": "\U0001f600 backspace\ufffd\ufffd\ufffd, delete\ufffd end",
	} {
		for cut := range len(in) + 1 {
			var out bytes.Buffer
			p := &plain{to: &out}
			for _, part := range []string{in[:cut], in[cut:]} {
				if n, err := p.Write([]byte(part)); n != len(part) || err != nil {
					t.Fatal(n, err)
				}
			}
			if out.String() != want {
				t.Errorf("%q, cut at %d: %q", in, cut, out.String())
			}
		}
	}
}

// TestScreenIsAFile: what goes into a file is as it was written.
func TestScreenIsAFile(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if Screen(f) != f {
		t.Error("a file is taken for a terminal")
	}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if _, ok := Screen(null).(*plain); !ok {
		t.Error("a character device is written as a file is")
	}
}

// TestRedraw: a program's own line of progress goes back to its beginning, on a terminal too;
// what comes with it as text does not.
func TestRedraw(t *testing.T) {
	var out bytes.Buffer
	Redraw(&plain{to: &out}, "writing \r 10 %")
	Redraw(&out, "writing 11 %")
	if out.String() != "\rwriting \ufffd 10 %\rwriting 11 %" {
		t.Errorf("%q", out.String())
	}
}
