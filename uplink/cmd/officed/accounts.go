package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/store"
)

// followEvery is how often the records of kiosks are looked at for notes, and watchEvery how
// often for cash that is too long where it is.
const (
	followEvery = 2 * time.Second
	watchEvery  = time.Minute
)

// postEvery is how long what changed of a payment waits for its entry, if the run of the
// business date is not sooner.
const postEvery = 20 * time.Second

// errBooks is what check ends with where something is wrong.
var errBooks = errors.New("the books are wrong")

func booksCommand(o *options) *cobra.Command {
	cmd := &cobra.Command{Use: "books", Short: "The entries that follow from payments, and the dates that are signed"}
	cmd.AddCommand(checkBooksCommand(o), verifyCommand(o))
	return cmd
}

func checkBooksCommand(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "check", Short: "Hold that debits are credits, in every entry and over all; exits 1 where they are not", Args: cmdline.Exactly(0),
		Long: "Hold that debits are credits, in every entry and over all; that no entry was changed or taken away; and that the\n" +
			"balances are the sums of the entries. Then count all notes again out of the kiosks' records, and hold that those in\n" +
			"cassettes, in transit, in the vault and remitted are these. What is wrong is named with its entry, or its kiosk, and\n" +
			"amount, and it exits 1.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				r, err := books.Accounts.Check(cmd.Context())
				if err != nil {
					return err
				}
				if err := proveCash(cmd.Context(), books, &r); err != nil {
					return err
				}
				return errors.Join(printFaults(cmd.OutOrStdout(), r, asJSON), verdict(r))
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one line of JSON")
	return cmd
}

// proveCash adds what is wrong with the notes. As long as records or payments wait, they are
// not where the books say yet.
func proveCash(ctx context.Context, books *store.Store, r *accounts.Report) error {
	proofs, exact, err := books.Cash.Check(ctx)
	if err != nil || !exact || r.Waiting > 0 {
		return err
	}
	for _, p := range proofs {
		for _, f := range p.Faults {
			if len(r.Faults) < accounts.MaxFaults {
				r.Faults = append(r.Faults, accounts.Fault{Key: "cash of " + p.Kiosk, Amount: f.Amount, What: f.What})
			}
		}
	}

	return nil
}

func verdict(r accounts.Report) error {
	if r.Right() {
		return nil
	}
	return fmt.Errorf("%w: %d faults", errBooks, len(r.Faults))
}

func printFaults(out io.Writer, r accounts.Report, asJSON bool) error {
	if asJSON {
		return printJSON(out, struct {
			accounts.Report
			Right bool `json:"right"`
		}{r, r.Right()})
	}

	fmt.Fprintf(out, "%d entries, debits %s, credits %s, %d payments wait for an entry", r.Entries, r.Totals.Debit, r.Totals.Credit, r.Waiting)
	if r.Sealed != "" {
		fmt.Fprintf(out, ", sealed up to %s", r.Sealed)
	}
	fmt.Fprintln(out)
	if r.Right() {
		return nil
	}
	return table(out, func(w io.Writer) {
		fmt.Fprintln(w, "ENTRY\tOF\tAMOUNT\tWHAT")
		for _, f := range r.Faults {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", f.Entry, f.Key, f.Amount, f.What)
		}
	})
}

// keepAccounts posts what changes, until ctx ends. What can not be posted now is tried again, and stays marked in the books.
func (h *house) keepAccounts(ctx context.Context) error {
	tick := time.NewTicker(postEvery)
	defer tick.Stop()
	for {
		if _, err := h.books.Accounts.Post(ctx, h.o.now()); err != nil && ctx.Err() == nil {
			h.log.Error("cannot post entries", "error", err)
		}
		if _, err := h.books.Forgeries.Watch(ctx, h.o.now()); err != nil && ctx.Err() == nil {
			h.log.Error("cannot look after counterfeit cases", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// keepCash follows the notes in the kiosks' records, and makes a case of cash that is too
// long where it is, until ctx ends.
func (h *house) keepCash(ctx context.Context) error {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	watched := time.Time{}
	for {
		now := h.o.now()
		_, err := h.books.Cash.Follow(ctx, now)
		if now.Sub(watched).Abs() >= watchEvery {
			watched = now
			err = errors.Join(err, h.books.Cash.Watch(ctx, now), h.books.Proof.Look(ctx, now))
		}
		if err != nil && ctx.Err() == nil {
			h.log.Error("cannot follow cash", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
