package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/postgres"
	"wattkiosk/uplink/office/store/sqlite"
)

const (
	dataMode       = 0o700
	terminalDigits = 8
	defaultToken   = 24 * time.Hour
	longestToken   = 30 * 24 * time.Hour
)

// booksFile is the file of the books, if they are in one: else it is empty.
func (o *options) booksFile() string {
	if o.db == "" {
		return filepath.Join(o.data, "books.db")
	}
	file, _ := strings.CutPrefix(o.db, "sqlite:")
	if file == o.db {
		return ""
	}
	return file
}

// existingBooks is openBooks for what only reads books, or acts on them: it makes none,
// so that a wrong --data is noticed.
func existingBooks(ctx context.Context, o *options) (*store.Store, error) {
	if file := o.booksFile(); file != "" {
		if err := standing(file); err != nil {
			return nil, err
		}
	}
	return openBooks(ctx, o)
}

func standing(file string) error {
	_, err := os.Stat(file)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("no books at %s: check --data and --db (serve and migrate make new ones)", file)
	}
	if err != nil {
		return fmt.Errorf("cannot open books: %w", err)
	}
	return nil
}

// openBooks opens what --db names, makes it if it is not there, and migrates it.
func openBooks(ctx context.Context, o *options) (*store.Store, error) {
	file, isFile := strings.CutPrefix(o.db, "sqlite:")
	switch {
	case o.db == "":
		if err := os.MkdirAll(o.data, dataMode); err != nil {
			return nil, fmt.Errorf("cannot make data folder: %w", err)
		}
		return sqlite.Open(ctx, filepath.Join(o.data, "books.db"), o.rules())
	case isFile && file != "":
		return sqlite.Open(ctx, file, o.rules())
	case strings.HasPrefix(o.db, "postgres://"), strings.HasPrefix(o.db, "postgresql://"):
		return postgres.Open(ctx, o.db, o.rules())
	}
	return nil, cmdline.Usage("--db %q: want sqlite:FILE or postgres://…", scheme(o.db))
}

// rules are what the books go by.
func (o *options) rules() books.Rules { return books.Rules{BookSales: o.cardPosts == postsMIS} }

// scheme is the part of a URL that holds no password.
func scheme(url string) string {
	s, _, _ := strings.Cut(url, ":")
	return s
}

func migrateCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "Bring the books' schema up to date", Args: cmdline.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := openBooks(cmd.Context(), o)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "books are up to date")
			return s.Close()
		},
	}
}

func tokenCommand(o *options) *cobra.Command {
	var t tokenOrder
	cmd := &cobra.Command{
		Use: "enrol-token NAME", Short: "Make a one-time token for the kiosk with this terminal number", Args: cmdline.AtMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := t.check(args); err != nil {
				return err
			}
			return withBooks(cmd.Context(), o, func(books *store.Store) error { return t.carryOut(cmd, o, books, args) })
		},
	}
	f := cmd.Flags()
	f.BoolVar(&t.keep, "keep-journal", false, "the board keeps its journal (a new certificate only)")
	f.DurationVar(&t.life, "valid", defaultToken, "how long the token may be used")
	f.IntVar(&t.had, "had", -1, "the incarnation that the kiosk had at least, digits 9 and 10 of its last slip's serial: where the books are out of a backup and the board does not say")
	f.BoolVar(&t.list, "list", false, "list the tokens that may still be used, by their names")
	f.StringVar(&t.withdraw, "withdraw", "", "take back the token of this name, or all of this kiosk")

	return cmd
}

// tokenOrder is what is to be done with tokens.
type tokenOrder struct {
	keep, list bool
	life       time.Duration
	had        int
	withdraw   string
}

func (t tokenOrder) check(args []string) error {
	switch {
	case t.list && t.withdraw != "" || (t.list || t.withdraw != "") && len(args) > 0:
		return cmdline.Usage("want NAME, --list or --withdraw")
	case t.list || t.withdraw != "":
		return nil
	case len(args) == 0:
		return cmdline.Usage("want the terminal number of a kiosk")
	case t.life <= 0 || t.life > longestToken:
		return cmdline.Usage("--valid %s: want up to %s", t.life, longestToken)
	case t.had < -1 || t.had > fleet.MaxIncarnation:
		return cmdline.Usage("--had %d: want 0 to %d", t.had, fleet.MaxIncarnation)
	}

	return checkTerminal(args[0])
}

func (t tokenOrder) carryOut(cmd *cobra.Command, o *options, books *store.Store, args []string) error {
	now := o.now()
	switch {
	case t.list:
		open, err := books.Tokens(cmd.Context(), now)
		if err != nil {
			return err
		}
		return table(cmd.OutOrStdout(), func(w io.Writer) {
			fmt.Fprintln(w, "NAME\tKIOSK\tUNTIL\tKEEPS JOURNAL")
			for _, t := range open {
				fmt.Fprintf(w, "%s\t%s\t%s\t%t\n", t.Name(), t.Kiosk, time.UnixMilli(t.ExpiresAt).Format(time.DateTime), t.KeepJournal)
			}
		})
	case t.withdraw != "":
		n, err := books.WithdrawToken(cmd.Context(), t.withdraw, now)
		if err == nil {
			fmt.Fprintf(cmd.OutOrStdout(), "%d taken back\n", n)
		}
		return err
	}

	secret := rand.Text()
	if err := books.AddTokenAbove(cmd.Context(), secret, args[0], t.keep, t.had, now.Add(t.life)); err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), secret)

	return nil
}

func checkTerminal(name string) error {
	if len(name) != terminalDigits || strings.Trim(name, "0123456789") != "" {
		return fmt.Errorf("kiosk %.20q: want a terminal number of %d digits", name, terminalDigits)
	}
	return nil
}
