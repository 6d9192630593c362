package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/store"
)

func importStatementCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "statement FILE", Short: "Take in the bank's statement of the account that cash is deposited to, and match it with deposits", Args: cmdline.Exactly(1),
		Long: "Take in a statement (CSV, GB18030 or UTF-8), all of it or nothing: 交易日期, 交易时间, 参考号, 摘要, 支出金额, 收入金额, 余额, and a last line\n" +
			"合计, number of lines, what went out, what came in. A line is that of a deposit with the same reference within eight days. What no deposit\n" +
			"is known for is a case, and so is a deposit of a day of the statement that is not in it. Who entered a deposit does not confirm it: another person takes the file in.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer func() { _ = f.Close() }() // only read
				got, err := books.Cash.TakeStatement(cmd.Context(), filepath.Base(args[0]), osPerson(), f, books.Zone(), o.now())
				var faults *form.Faults
				if errors.As(err, &faults) {
					printFileFaults(cmd.ErrOrStderr(), faults)
				}
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), statementSaid(got))

				return nil
			})
		},
	}
}

// statementSaid is what became of a statement.
func statementSaid(got cash.Taken) string {
	again := ""
	if !got.Fresh {
		again = " (it was here)"
	}

	return fmt.Sprintf("%s%s: %d lines, %s yuan came in; %d matched now, %d that no deposit is known for", got.Name, again, got.Count, got.Sum, got.Matched, got.Loose)
}
