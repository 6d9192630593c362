package technician

import (
	"io"
	"testing"

	"wattkiosk/boards/ground/cmdline/cmdlinetest"
)

func TestWrongCommandLines(t *testing.T) {
	cmdlinetest.Refuse(t, cmdlinetest.Program{Tree: new(tool).command, Main: func(args []string, out, errs io.Writer) int {
		return Main(t.Context(), "test", args, out, errs)
	}})
}
