// Package cmdlinetest checks that a program refuses wrong command lines with exit code 2,
// whatever verb they go to.
package cmdlinetest

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Program is a program to check. Main gets the command line without the program's name.
type Program struct {
	Tree func() *cobra.Command // its verbs, to walk
	Main func(args []string, out, errs io.Writer) int
}

// Refuse gives every verb what it cannot mean.
func Refuse(t *testing.T, p Program) {
	t.Helper()
	walk(t, p, p.Tree(), nil)
}

func walk(t *testing.T, p Program, c *cobra.Command, path []string) {
	t.Helper()
	with := func(more ...string) []string { return append(append([]string{}, path...), more...) }

	if c.DisableFlagParsing {
		return // not built yet: it refuses everything
	}
	p.refuses(t, with("--nonsense"))
	if !c.HasSubCommands() {
		if !strings.Contains(c.Use, "…") { // it takes any number
			p.refuses(t, with("one", "two", "three"))
		}
		return
	}
	p.refuses(t, path)
	p.refuses(t, with("nonsense"))
	for _, verb := range c.Commands() {
		walk(t, p, verb, with(verb.Name()))
	}
}

// refuses wants exit code 2 and one line about it, and nothing where answers go.
func (p Program) refuses(t *testing.T, args []string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := p.Main(args, &out, &errs)
	if code != 2 || strings.Count(errs.String(), "\n") != 1 || out.Len() > 0 {
		t.Errorf("%q: exit %d, answer %q, error %q; want 2, none, and one line", args, code, out.String(), errs.String())
	}
}
