package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"wattkiosk/boards/ground/cmdline/cmdlinetest"
)

func TestWrongCommandLines(t *testing.T) {
	cmdlinetest.Refuse(t, cmdlinetest.Program{Tree: command, Main: func(args []string, out, errs io.Writer) int {
		return execute(t.Context(), args, strings.NewReader(""), out, errs)
	}})
}

// TestTheFileComesFirst: that there is none is what a person is told, before a flag that
// is missing too.
func TestTheFileComesFirst(t *testing.T) {
	for _, args := range [][]string{{"verify", "nowhere.wkb"}, {"unpack", "nowhere.wkb"}, {"flash", "nowhere.wkb", "disk"}} {
		var out, errs bytes.Buffer
		code := execute(t.Context(), args, strings.NewReader(""), &out, &errs)
		if code != 1 || !strings.Contains(errs.String(), "nowhere.wkb: no such file") {
			t.Errorf("%v: exit %d, %s", args, code, errs.String())
		}
	}
}
