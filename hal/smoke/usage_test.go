package smoke

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/boards/ground/cmdline/cmdlinetest"
)

func TestEveryVerbRefuses(t *testing.T) {
	tree := func() *cobra.Command { return command(strings.NewReader(""), io.Discard) }
	cmdlinetest.Refuse(t, cmdlinetest.Program{Tree: tree, Main: func(args []string, out, errs io.Writer) int {
		return Main(t.Context(), args, strings.NewReader(""), out, errs)
	}})
}

// TestSerialLineHasAName: a device on a serial line is not looked for under no name.
func TestSerialLineHasAName(t *testing.T) {
	var errs strings.Builder
	if code := Main(t.Context(), []string{"validator"}, strings.NewReader(""), io.Discard, &errs); code != cmdline.ExitUsage || !strings.Contains(errs.String(), "--port") {
		t.Errorf("%d: %s", code, &errs)
	}
}
