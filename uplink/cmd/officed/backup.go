package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/office/store/sqlite"
)

func backupCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Copy SQLite books into a new file; an office may be running on them", Args: cmdline.Exactly(1),
		Long: "Copy SQLite books, as they are at one instant, into a new file; an office may be running on them.\n\n" +
			"Copying books.db by itself is no backup while an office runs or after it was killed: the newest part\n" +
			"is in books.db-wal then. PostgreSQL has pg_dump.\n\n" +
			"An office that runs on the copy knows that it is one, and takes no sale of power back before every kiosk has\n" +
			"reported. To books that were copied otherwise, \"restored\" says so.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return backup(cmd.Context(), o, args[0])
		},
	}
}

func backup(ctx context.Context, o *options, to string) error {
	file := o.booksFile()
	if file == "" {
		return cmdline.Usage("--db %q: only SQLite books are copied; use pg_dump", scheme(o.db))
	}
	if err := standing(file); err != nil {
		return err
	}
	if err := sqlite.Backup(ctx, file, to, time.Now()); err != nil {
		return errors.Join(fmt.Errorf("cannot back up to %s", to), err)
	}
	return nil
}
