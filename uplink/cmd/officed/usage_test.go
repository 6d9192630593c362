package main

import (
	"io"
	"testing"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/boards/ground/cmdline/cmdlinetest"
)

func TestWrongCommandLines(t *testing.T) {
	cmdlinetest.Refuse(t, cmdlinetest.Program{Tree: verbs, Main: func(args []string, out, errs io.Writer) int {
		return cmdline.Report("officed", run(t.Context(), args, out, errs), errs)
	}})
}
