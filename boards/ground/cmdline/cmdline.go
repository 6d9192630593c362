// Package cmdline is what the programs with verbs have in common: how a wrong command
// line is refused. Each of them exits 0 when all is well, 1 when not, and 2 for a
// command line that cannot be meant: an unknown verb or flag, a verb left out, too many
// arguments or too few.
//
// cobra by itself answers an unknown verb of a group with the group's help and exit
// code 0, and marks no error as one of usage. It is the one package of the ground floor
// that imports more than the standard library.
package cmdline

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	ExitOK     = 0
	ExitFailed = 1
	ExitUsage  = 2
)

// ErrUsage marks a wrong command line.
var ErrUsage = errors.New("wrong command line")

// Usage is a wrong command line, in words.
func Usage(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrUsage, fmt.Errorf(format, args...))
}

// Run carries out the command line that root was given and returns the exit code. What
// goes wrong is said on errs, after the program's name.
func Run(ctx context.Context, root *cobra.Command, errs io.Writer) int {
	return Report(root.Name(), Execute(ctx, root), errs)
}

// Report says on errs, after the program's name, what went wrong, and returns the exit
// code.
func Report(program string, err error, errs io.Writer) int {
	if err == nil {
		return ExitOK
	}
	fmt.Fprintf(errs, "%s: %v\n", program, err)
	if errors.Is(err, ErrUsage) {
		return ExitUsage
	}
	return ExitFailed
}

// Execute carries out the command line that root was given. A wrong one is an
// ErrUsage.
func Execute(ctx context.Context, root *cobra.Command) error {
	root.SilenceErrors = true
	root.SilenceUsage = true
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return Usage("%w", err) })
	root.SetHelpCommand(helpCommand(root))
	refuse(root)
	return root.ExecuteContext(ctx)
}

// refuse has a command and those below it refuse what they do not know.
func refuse(c *cobra.Command) {
	group := !c.Runnable()
	if group {
		c.RunE = func(c *cobra.Command, _ []string) error {
			return Usage("name a verb; see %s --help", c.CommandPath())
		}
	}

	check := c.Args
	c.Args = func(c *cobra.Command, args []string) error {
		if err := c.ValidateRequiredFlags(); err != nil {
			return Usage("%w", err)
		}
		if len(args) > 0 && group && c.HasSubCommands() {
			return Usage("unknown verb %q; see %s --help", args[0], c.CommandPath())
		}
		if check == nil {
			return nil
		}
		return check(c, args)
	}

	for _, verb := range c.Commands() {
		refuse(verb)
	}
}

// helpCommand is cobra's, but for a verb that is not there.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [VERB]", Short: "help about a verb",
		RunE: func(_ *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return Usage("unknown verb %q; see %s --help", args[len(args)-max(len(rest), 1)], root.Name())
			}
			return c.Help()
		},
	}
}

// Exactly wants n arguments. cobra's own checks of their number are not marked as usage.
func Exactly(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return Usage("%s takes %s, not %d: %s", c.CommandPath(), arguments(n), len(args), c.UseLine())
		}
		return nil
	}
}

// AtLeast wants n arguments or more.
func AtLeast(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < n {
			return Usage("%s takes at least %s, not %d: %s", c.CommandPath(), arguments(n), len(args), c.UseLine())
		}
		return nil
	}
}

// AtMost wants n arguments or fewer.
func AtMost(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > n {
			return Usage("%s takes at most %s, not %d: %s", c.CommandPath(), arguments(n), len(args), c.UseLine())
		}
		return nil
	}
}

func arguments(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}
