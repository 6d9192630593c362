package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/office/store"
)

func restoredCommand(o *options) *cobra.Command {
	var without, user, reason string
	cmd := &cobra.Command{
		Use: "restored", Short: "Say that the books are out of a backup, or that a kiosk is gone for good after that", Args: cmdline.Exactly(0),
		Long: "Say that the books are out of a backup: until every kiosk has reported, no sale of power is taken back, as its card\n" +
			"may be written. What \"officed backup\" copied says so of itself; say it of books out of pg_dump, or of a copy of\n" +
			"the disk, before \"officed serve\".\n\n" +
			"With --without, do not wait for a kiosk that is gone for good: nor to settle a sale whose card it may have written.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				if without != "" {
					return books.GiveUp(cmd.Context(), without, user, reason, time.Now())
				}
				if err := books.Restored(cmd.Context(), user, reason, time.Now()); err != nil {
					return err
				}
				missing, err := books.Unreported(cmd.Context())
				if err == nil {
					fmt.Fprintf(cmd.OutOrStdout(), "%d kiosks have to report\n", len(missing))
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&without, "without", "", "a kiosk that is gone for good")
	cmd.Flags().StringVar(&user, "user", "", "who says so")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit log")
	return cmd
}
