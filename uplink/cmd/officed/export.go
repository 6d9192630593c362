package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/boards/ground/durable"
	"wattkiosk/uplink/office/settle/export"
	"wattkiosk/uplink/office/store"
)

func exportCommand(o *options) *cobra.Command {
	var date, out string
	cmd := &cobra.Command{
		Use: "export FORM", Short: "Write the payments of a business date out: 104, csv or xlsx", Args: cmdline.Exactly(1),
		Long: "Write the payments of a business date out, as head office has them now; an office may be running.\n\n" +
			"FORM is 104 (the form of 104 columns: what is booked), csv (UTF-8, every payment with its state) or xlsx.\n" +
			"The file is there whole or not at all; one that was there is replaced. How large it is and its SHA-256 are printed.",
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := export.Parse(args[0])
			if err != nil {
				return cmdline.Usage("%w", err)
			}
			day, err := dayOf(date)
			if err != nil {
				return err
			}
			if out == "" {
				return cmdline.Usage("--out: want a file")
			}

			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				size, sum, err := exportTo(cmd.Context(), books.Export, f, day, out)
				if err == nil {
					fmt.Fprintf(cmd.OutOrStdout(), "%s: %d bytes, sha256 %x\n", out, size, sum)
				}

				return err
			})
		},
	}
	cmd.Flags().StringVar(&date, "date", "", "business date, YYYY-MM-DD")
	cmd.Flags().StringVar(&out, "out", "", "file to write")

	return cmd
}

// exportTo writes a file, whole or not at all, and returns its bytes and their SHA-256.
func exportTo(ctx context.Context, desk *export.Desk, form export.Form, day, path string) (size int64, sum []byte, err error) {
	f, err := durable.Begin(filepath.Dir(path))
	if err != nil {
		return 0, nil, fmt.Errorf("cannot export: %w", err)
	}
	defer f.Discard()
	hash := sha256.New()
	if err := desk.Write(ctx, form, day, io.MultiWriter(f, hash)); err != nil {
		return 0, nil, fmt.Errorf("cannot export: %w", err)
	}
	if err := f.Replace(path); err != nil {
		return 0, nil, fmt.Errorf("cannot export: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, nil, fmt.Errorf("cannot look at the export: %w", err)
	}

	return info.Size(), hash.Sum(nil), nil
}
