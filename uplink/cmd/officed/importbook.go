package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/boards/ground/strictjson"
	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/store"
)

// bookKinds are the books by what a command line calls them.
func bookKinds() map[string]string {
	return map[string]string{
		"mis": settle.MIS, "posp": settle.POSP, "acquirer": settle.Acquirer, "bank": settle.Bank, "card": settle.CardSystem, "cardsystem": settle.CardSystem,
	}
}

// imported is a file that was taken in, as programs get it; the sum is fen.
type imported struct {
	Kind   string       `json:"kind"`
	Date   string       `json:"date"`
	Count  int64        `json:"count"`
	Sum    money.Amount `json:"sum"`
	SHA256 string       `json:"sha256"`
	Fresh  bool         `json:"fresh"` // else the same file was there
}

func importedOf(f settle.File, fresh bool) imported {
	return imported{f.Kind, f.Day, f.Count, f.Sum, f.SHA256, fresh}
}

func importBookCommand(o *options) *cobra.Command {
	var date, part string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "import KIND FILE", Short: "Take in another system's file of a business date, or a journal", Args: cmdline.Exactly(2),
		Long: "Take in a file of a business date, all of it or nothing: mis and card (104 columns), bank (CSV), posp (519 bytes)\n" +
			"or acquirer (bill). It takes the place of the one before it, and the date is run again.",
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, known := bookKinds()[args[0]]
			if !known {
				return cmdline.Usage("import %.20q: want mis, bank, posp, acquirer, card, statement or journal", args[0])
			}
			day, err := dayOf(date)
			if err != nil {
				return err
			}
			in := settle.Incoming{Kind: kind, Part: part, Day: day, Name: filepath.Base(args[1]), By: osPerson()}
			got, err := importBook(cmd.Context(), o, in, args[1])
			var faults *form.Faults
			switch {
			case errors.As(err, &faults) && asJSON:
				return errors.Join(err, printJSON(cmd.OutOrStdout(), struct {
					Faults []form.Fault `json:"faults"`
					More   int64        `json:"more"`
				}{faults.List, faults.More}))
			case errors.As(err, &faults):
				printFileFaults(cmd.ErrOrStderr(), faults)
			}
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), got)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s of %s: %d lines, %s yuan, sha256 %s\n", got.Kind, date, got.Count, got.Sum, got.SHA256)

			return nil
		},
	}
	cmd.Flags().StringVar(&date, "date", "", "business date, YYYY-MM-DD")
	cmd.Flags().StringVar(&part, "part", "", "which of several files that the book has for a date, such as the name of an acquirer")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one line of JSON")
	cmd.Flags().StringVar(&o.bills, "bills", "", billsHelp+"; a running head office goes by its own")
	cmd.Flags().StringVar(&o.pospForm, "posp-form", "", pospFormHelp+"; a running head office goes by its own")

	return cmd
}

// billsHelp says what --bills is.
const billsHelp = "JSON file of the forms of acquirers' bills, by name (--part); bills of others are Alipay's or WeChat Pay's"

// maxBills bounds the file of --bills.
const maxBills = 256 << 10

// readBills reads the forms of acquirers' bills; none where no file is named.
func readBills(path string) (map[string]form.Bill, error) {
	if path == "" {
		return map[string]form.Bill{}, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--bills: %w", err)
	}
	out := map[string]form.Bill{}
	if err := strictjson.Decode(b, maxBills, &out); err != nil {
		return nil, cmdline.Usage("--bills: %w", err)
	}
	for name, bill := range out {
		if err := bill.Check(); err != nil {
			return nil, cmdline.Usage("--bills: %.40q: %w", name, err)
		}
	}

	return out, nil
}

// pospFormHelp says what --posp-form is.
const pospFormHelp = "JSON file of the form of the POSP's lines: which are money that went back; none: all are sales"

// readPOSPForm reads the form of the POSP's lines; nil where no file is named.
func readPOSPForm(path string) (*form.Detail, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // none is named
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--posp-form: %w", err)
	}
	d := &form.Detail{}
	if err := strictjson.Decode(b, maxBills, d); err != nil {
		return nil, cmdline.Usage("--posp-form: %w", err)
	}
	if err := d.Check(); err != nil {
		return nil, cmdline.Usage("--posp-form: %w", err)
	}

	return d, nil
}

// printFileFaults is what is wrong with a file, a line each.
func printFileFaults(out io.Writer, f *form.Faults) {
	for _, one := range f.List {
		where := f.File
		if one.Line > 0 {
			where += fmt.Sprintf(", line %d", one.Line)
		}
		fmt.Fprintln(out, strings.TrimSuffix(where+", "+one.Field, ", ")+": "+one.Text)
	}
	if f.More > 0 {
		fmt.Fprintf(out, "and %d more\n", f.More)
	}
}

// importBook has the running head office take in a file, or does it.
func importBook(ctx context.Context, o *options, in settle.Incoming, path string) (got imported, err error) {
	f, err := os.Open(path)
	if err != nil {
		return got, err
	}
	defer func() { _ = f.Close() }() // only read
	q := url.Values{"kind": {in.Kind}, "part": {in.Part}, "date": {in.Day}, "name": {in.Name}, "by": {in.By}}
	if err := o.ask(ctx, "/import", q, f, &got); !errors.Is(err, errAlone) {
		return got, err
	}

	return got, withBooks(ctx, o, func(books *store.Store) error {
		bills, err := readBills(o.bills)
		if err != nil {
			return err
		}
		detail, err := readPOSPForm(o.pospForm)
		if err != nil {
			return err
		}
		room := settle.WithDetail(settle.WithBills(books.Settle, bills), detail)
		taken, fresh, err := room.Import(ctx, in, f, time.Now)
		got = importedOf(taken, fresh)

		return err
	})
}
