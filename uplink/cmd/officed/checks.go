package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
)

func forkCommand(o *options) *cobra.Command {
	fork := &cobra.Command{Use: "fork", Short: "Journals that are written twice, by two boards with one key"}
	fork.AddCommand(listForksCommand(o), chooseCommand(o))
	return fork
}

func listForksCommand(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List those about which nobody has decided, with their two sides", Args: cmdline.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), o, func(s *store.Store) error {
				forks, err := s.Forks(cmd.Context())
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), forks)
				}
				return table(cmd.OutOrStdout(), func(w io.Writer) {
					fmt.Fprintln(w, "KIOSK\tSIDE\tRECORDS\tPAYMENTS\tSUM")
					for _, f := range forks {
						for _, side := range []books.Side{f.Journal, f.Branch} {
							fmt.Fprintf(w, "%s\t%s\t%d to %d\t%d\t%s\n", f.Kiosk, side.Name, side.From, side.Upto, side.Payments, side.Sum)
						}
					}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one line of JSON")
	return cmd
}

func chooseCommand(o *options) *cobra.Command {
	return proposal(o, approval.ChooseBranch, &cobra.Command{
		Use: "choose KIOSK SIDE", Short: "Propose which side is the kiosk's journal; another person approves it at head office", Args: cmdline.Exactly(2),
	})
}

func boundsCommand(o *options) *cobra.Command {
	bounds := &cobra.Command{Use: "bounds", Short: "What head office believes of kiosks: what is beyond is held"}
	bounds.AddCommand(listBoundsCommand(o), proposal(o, approval.SetBounds, &cobra.Command{
		Use: "set KIOSK|" + books.Fleet + " NAME=NUMBER…", Short: "Propose bounds; another person approves them at head office", Args: cmdline.AtLeast(2),
	}))
	return bounds
}

func listBoundsCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List what was set, and what holds where nothing was; amounts in yuan", Args: cmdline.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), o, func(s *store.Store) error {
				rows, err := s.BoundsSet(cmd.Context())
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "default %s\n", books.DefaultBounds())
				for _, r := range rows {
					fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", r.Kiosk, r.Bounds)
				}
				return nil
			})
		},
	}
}

// proposal has a command propose a plan about its first argument, told all others.
func proposal(o *options, k approval.Kind, cmd *cobra.Command) *cobra.Command {
	var user, reason string
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return orderedBy(cmd, o, user, people.Act(k), func(s *store.Store) error {
			ask := approval.Ask{Object: args[0], Args: strings.Join(args[1:], " "), Reason: reason, By: user}
			p, err := s.Plans.Propose(cmd.Context(), k, ask, o.now())
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "plan %s waits for a second person\n", p.ID)
			}
			return err
		})
	}
	cmd.Flags().StringVar(&user, "user", "", "who proposes it")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit log")
	return cmd
}
