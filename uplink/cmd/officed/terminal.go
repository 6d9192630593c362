package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
)

func terminalCommand(o *options) *cobra.Command {
	terminal := &cobra.Command{Use: "terminal", Short: "The bank's terminals of the kiosks"}
	terminal.AddCommand(setTerminalCommand(o), settleTerminalCommand(o), listTerminalCommand(o))
	return terminal
}

func setTerminalCommand(o *options) *cobra.Command {
	var user, reason string
	var force bool
	cmd := &cobra.Command{
		Use: "set KIOSK TERMINAL MERCHANT", Short: "Give a kiosk a terminal of the bank's; another kiosk that has it has none afterwards", Args: cmdline.Exactly(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkTerminal(args[0]); err != nil {
				return cmdline.Usage("%w", err)
			}
			return orderedBy(cmd, o, user, people.SetTerminal, func(books *store.Store) error {
				if err := books.Bank.SetTerminal(cmd.Context(), args[0], args[1], args[2], user, reason, force, time.Now()); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "kiosk %s is terminal %s of merchant %s\n", args[0], args[1], args[2])
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "who orders it")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit log")
	cmd.Flags().BoolVar(&force, "force", false, "even while a reversal is open, which the kiosk cannot send any more then")
	return cmd
}

func settleTerminalCommand(o *options) *cobra.Command {
	var user, reason string
	cmd := &cobra.Command{
		Use: "settle KIOSK", Short: "Have a kiosk settle its terminal's batch with the bank now; list says how that ended", Args: cmdline.Exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkTerminal(args[0]); err != nil {
				return cmdline.Usage("%w", err)
			}
			return orderedBy(cmd, o, user, people.SettleBatch, func(books *store.Store) error {
				t, err := books.Bank.OrderSettlement(cmd.Context(), args[0], user, reason, time.Now())
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "kiosk %s is to settle batch %06d of terminal %s\n", args[0], t.SettleBatch, t.Terminal)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "who orders it")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit log")
	return cmd
}

// terminalLine is a terminal as programs get it; times are Unix ms, 0 for never.
type terminalLine struct {
	Kiosk    string     `json:"kiosk"`
	Terminal string     `json:"terminal"`
	Merchant string     `json:"merchant"`
	BoundBy  string     `json:"bound_by"`
	Batch    uint32     `json:"batch"`
	SignInAt int64      `json:"sign_in_at"`
	SignIn   string     `json:"sign_in"`
	Settled  bank.State `json:"settled"`
	At       int64      `json:"settled_at"`
	Reversal string     `json:"open_reversal"`
	Of       uint32     `json:"settled_batch"`
	Ordered  uint32     `json:"settle_batch"` // that a person ordered to be settled last, 0 for none
}

func listTerminalCommand(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the kiosks' terminals and how they are", Args: cmdline.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				all, err := books.Bank.Terminals(cmd.Context())
				if err != nil {
					return err
				}
				lines := make([]terminalLine, len(all))
				for i, t := range all {
					lines[i] = terminalLine{t.Kiosk, t.Terminal, t.Merchant, t.BoundBy, t.Batch, t.SignInAt, t.SignInResult(), t.Settled, t.SettledAt, t.Reversal, t.SettledOf, t.SettleBatch}
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), lines)
				}
				return table(cmd.OutOrStdout(), func(w io.Writer) {
					fmt.Fprintln(w, "KIOSK\tTERMINAL\tMERCHANT\tBATCH\tSIGN-IN\tSETTLED\tOPEN REVERSAL")
					for _, t := range lines {
						fmt.Fprintf(w, "%s\t%s\t%s\t%06d\t%s\t%s\t%s\n", t.Kiosk, t.Terminal, t.Merchant, t.Batch, t.SignIn, t.Settled, t.Reversal)
					}
				})
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one line of JSON")
	return cmd
}
