package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

func rolloutCommand(o *options) *cobra.Command {
	cmd := &cobra.Command{Use: "rollout", Short: "Bring a bundle to the fleet, wave by wave"}
	cmd.AddCommand(
		createCommand(o),
		orderCommand(o, rollout.Start, "start ID", "Start a rollout that another person created, or go on after a pause"),
		orderCommand(o, rollout.Pause, "pause ID", "Send no more jobs until it is started again"),
		orderCommand(o, rollout.Stop, "stop ID", "Send no more jobs, and take back those that are not armed"),
		orderCommand(o, rollout.RollBack, "roll-back ID", "Stop, and send back who has the new build"),
		listCommand(o), showCommand(o), groupCommand(o),
	)
	return cmd
}

// orderedBy opens the books that are there around fn, which is what user does by the table of
// people, ordered by a command line.
func orderedBy(cmd *cobra.Command, o *options, user string, act people.Act, fn func(*store.Store) error) error {
	return withBooks(cmd.Context(), o, func(books *store.Store) error {
		if err := mayOrder(cmd.Context(), books, user, act); err != nil {
			return err
		}
		return fn(books)
	})
}

// named refuses a command line without --user.
func named(user string) error {
	if user == "" {
		return cmdline.Usage("--user is missing: who orders it")
	}
	return nil
}

// withBooks opens the books that are there around fn.
func withBooks(ctx context.Context, o *options, fn func(*store.Store) error) error {
	books, err := existingBooks(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(fn(books), books.Close())
}

// mayOrder checks --user, who must be a person with the right to do it.
func mayOrder(ctx context.Context, books *store.Store, name string, act people.Act) error {
	u, err := books.User(ctx, name)
	switch {
	case errors.Is(err, stored.ErrNotFound):
		return fmt.Errorf("--user %.64q: no such person", name)
	case err != nil:
		return err
	case u.Disabled:
		return fmt.Errorf("--user %.64q: disabled", name)
	case !people.May(u.Role, act):
		duty, _ := people.DutyOf(act)
		return fmt.Errorf("--user %.64q: not %s", name, strings.Join(duty.Roles, " or "))
	}
	return nil
}

func orderCommand(o *options, act rollout.Act, use, short string) *cobra.Command {
	var user, reason string
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cmdline.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return orderedBy(cmd, o, user, people.Roll, func(books *store.Store) error {
				r, err := books.OrderRollout(cmd.Context(), args[0], act, user, reason, time.Now())
				if err == nil {
					fmt.Fprintf(cmd.OutOrStdout(), "%s is %s\n", r.ID, r.State)
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "who orders it")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit log")
	return cmd
}

func listCommand(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List rollouts, the newest first", Args: cmdline.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				rs, err := books.Rollouts(cmd.Context(), 0)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), rs)
				}
				return table(cmd.OutOrStdout(), func(w io.Writer) {
					fmt.Fprintln(w, "ID\tSTATE\tWAVE\tVERSION\tBUILD\tTITLE")
					for _, r := range rs {
						fmt.Fprintf(w, "%s\t%s\t%d/%d\t%s\t%d\t%s\n", r.ID, r.State, r.Wave+1, len(r.Spec.Waves), r.Bundle.Version, r.Bundle.Build, r.Spec.Title)
					}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func showCommand(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Report on a rollout, kiosk by kiosk", Args: cmdline.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				r, err := books.Rollout(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				rep := r.Report(time.Now())
				if asJSON {
					return printJSON(cmd.OutOrStdout(), rep)
				}
				return printReport(cmd.OutOrStdout(), rep)
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printReport(out io.Writer, rep rollout.Report) error {
	r := rep.Rollout
	fmt.Fprintf(out, "%s  %s  %s  wave %d of %d  %s build %d\n", r.ID, r.Spec.Title, r.State, r.Wave+1, len(r.Spec.Waves), r.Bundle.Version, r.Bundle.Build)
	if r.Reason.Code != "" {
		fmt.Fprintln(out, "reason:", r.Reason)
	}
	return table(out, func(w io.Writer) {
		fmt.Fprintln(w, "KIOSK\tWAVE\tSTANDING\tPHASE\t%\tFROM\tTO\tBACK\tWHY")
		for _, k := range rep.Kiosks {
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d\t%d\t%d\t%s\t%s\n", k.Kiosk, k.Wave, k.Standing, k.Phase, k.Percent, k.From, k.To, k.Back, k.Why())
		}
	})
}

func groupCommand(o *options) *cobra.Command {
	group := &cobra.Command{Use: "group", Short: "Groups of kiosks"}
	list := &cobra.Command{
		Use: "list", Short: "List groups with their kiosks", Args: cmdline.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				gs, err := books.Groups(cmd.Context())
				for _, g := range gs {
					fmt.Fprintln(cmd.OutOrStdout(), g.Name, strings.Join(g.Kiosks, " "))
				}
				return err
			})
		},
	}
	var user string
	set := &cobra.Command{
		Use: "set NAME [KIOSK…]", Short: "Replace the kiosks of a group; none removes it", Args: cmdline.AtLeast(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return orderedBy(cmd, o, user, people.Roll, func(books *store.Store) error {
				return books.SetGroup(cmd.Context(), args[0], args[1:], user, time.Now())
			})
		},
	}
	set.Flags().StringVar(&user, "user", "", "who orders it")
	group.AddCommand(list, set)
	return group
}

func table(out io.Writer, rows func(io.Writer)) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	rows(w)
	return w.Flush()
}

func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// takeBundle is the SHA-256 of --bundle, which is that already, or a file that is
// put into the depot.
func takeBundle(ctx context.Context, o *options, books *store.Store, name, user string) (string, error) {
	if _, err := books.Bundle(ctx, name); err == nil {
		return name, nil
	}
	d, err := openDepot(o)
	if err != nil {
		return "", err
	}
	f, err := os.Open(filepath.Clean(name))
	if err != nil {
		return "", fmt.Errorf("--bundle: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	b, err := d.Put(f)
	if err != nil {
		return "", err
	}
	b, err = books.AddBundle(ctx, b, user, time.Now())
	return b.SHA256, err
}
