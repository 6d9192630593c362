package smoke

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline/cmdlinetest"
)

func TestEveryVerbRefuses(t *testing.T) {
	tree := func() *cobra.Command { return command(strings.NewReader(""), io.Discard) }
	cmdlinetest.Refuse(t, cmdlinetest.Program{Tree: tree, Main: func(args []string, out, errs io.Writer) int {
		return Main(t.Context(), args, strings.NewReader(""), out, errs)
	}})
}
