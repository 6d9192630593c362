package cmdline_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/boards/ground/cmdline/cmdlinetest"
)

func tree() *cobra.Command {
	root := &cobra.Command{Use: "tool", Short: "a tool"}
	group := &cobra.Command{Use: "group", Short: "verbs"}
	need := &cobra.Command{Use: "need", Args: cmdline.Exactly(0), RunE: func(*cobra.Command, []string) error { return nil }}
	need.Flags().String("what", "", "")
	if err := need.MarkFlagRequired("what"); err != nil {
		panic(err)
	}
	group.AddCommand(need, &cobra.Command{Use: "fail FILE", Args: cmdline.Exactly(1), RunE: func(*cobra.Command, []string) error {
		return errors.New("no such file")
	}})
	root.AddCommand(group)
	return root
}

func run(args []string, out, errs io.Writer) int {
	root := tree()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(out)
	return cmdline.Run(context.Background(), root, errs)
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		errs string
	}{
		{[]string{"nonsense"}, 2, "tool: wrong command line: unknown verb \"nonsense\"; see tool --help\n"},
		{[]string{}, 2, "tool: wrong command line: name a verb; see tool --help\n"},
		{[]string{"group"}, 2, "tool: wrong command line: name a verb; see tool group --help\n"},
		{[]string{"group", "nonsense"}, 2, "tool: wrong command line: unknown verb \"nonsense\"; see tool group --help\n"},
		{[]string{"group", "need"}, 2, "tool: wrong command line: required flag(s) \"what\" not set\n"},
		{[]string{"group", "need", "--what", "x"}, 0, ""},
		{[]string{"group", "need", "--what", "x", "y"}, 2, "tool: wrong command line: tool group need takes 0 arguments, not 1: tool group need [flags]\n"},
		{[]string{"group", "fail"}, 2, "tool: wrong command line: tool group fail takes 1 argument, not 0: tool group fail FILE [flags]\n"},
		{[]string{"group", "fail", "x"}, 1, "tool: no such file\n"},
		{[]string{"group", "fail", "--bad"}, 2, "tool: wrong command line: unknown flag: --bad\n"},
		{[]string{"--help"}, 0, ""},
		{[]string{"group", "--help"}, 0, ""},
		{[]string{"help", "group", "fail"}, 0, ""},
		{[]string{"help", "nonsense"}, 2, "tool: wrong command line: unknown verb \"nonsense\"; see tool --help\n"},
		{[]string{"completion"}, 2, "tool: wrong command line: unknown verb \"completion\"; see tool --help\n"},
	} {
		var out, errs bytes.Buffer
		if code := run(c.args, &out, &errs); code != c.code || errs.String() != c.errs {
			t.Errorf("%q: exit %d, %q; want %d, %q", c.args, code, errs.String(), c.code, c.errs)
		}
	}
}

func TestRefuse(t *testing.T) {
	cmdlinetest.Refuse(t, cmdlinetest.Program{Tree: tree, Main: run})
}
