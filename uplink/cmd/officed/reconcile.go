package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile"
	"wattkiosk/uplink/office/settle"
	"wattkiosk/uplink/office/settle/source"
	"wattkiosk/uplink/office/store"
)

// exitDiffers is the exit code of officed reconcile where a date is not balanced, or not
// complete.
const exitDiffers = 3

// coded is an error with an exit code of its own, which says nothing more.
type coded int

func (c coded) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// dateForm is how dates are given on a command line.
const dateForm = "2006-01-02"

// dayOf is the business date of --date, YYYYMMDD.
func dayOf(flag string) (string, error) {
	d, err := time.Parse(dateForm, flag)
	if err != nil {
		return "", cmdline.Usage("--date %.20q: want YYYY-MM-DD", flag)
	}

	return d.Format("20060102"), nil
}

// report is a date as programs get it.
type report struct {
	Date    string           `json:"date"`
	Status  settle.State     `json:"status"`
	Run     int64            `json:"run"`
	Books   []settle.Figures `json:"books"`
	Missing []string         `json:"missing"` // why it is incomplete

	Standing []settle.Standing `json:"standing"` // of each book by itself
	Breaks   []breakLine       `json:"breaks"`   // the open ones
}

// breakLine is a break as programs get it; amounts are fen.
type breakLine struct {
	ID       string                  `json:"id"`
	Class    reconcile.Class         `json:"class"`
	Serial   string                  `json:"serial"`
	Batch    string                  `json:"batch,omitempty"`
	Account  string                  `json:"account"`
	Sides    map[string]money.Amount `json:"sides"`
	Proposal reconcile.Proposal      `json:"proposal"`
	Lacks    []string                `json:"lacks"` // the books that must have it and have nothing
}

func reportOf(r settle.Result) report {
	out := report{Status: r.Date.State, Run: r.Date.Run, Books: r.Date.Books, Missing: r.Date.Missing, Standing: r.Date.Standings(), Breaks: []breakLine{}}
	if d, err := time.Parse("20060102", r.Date.Day); err == nil {
		out.Date = d.Format(dateForm)
	}
	if out.Books == nil {
		out.Books = []settle.Figures{}
	}
	if out.Missing == nil {
		out.Missing = []string{}
	}
	if out.Standing == nil {
		out.Standing = []settle.Standing{}
	}
	for _, b := range r.Breaks {
		out.Breaks = append(out.Breaks, breakLine{b.ID, b.Class, b.Serial, b.Batch, b.Account, b.Sides, b.Proposal, b.Lacking()})
	}

	return out
}

func reconcileCommand(o *options) *cobra.Command {
	var date string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "reconcile", Short: "Match the books of a business date", Args: cmdline.Exactly(0),
		Long: "Match the books of a business date, by the clock and with the sources of the head office that runs on the\n" +
			"data folder; without one, by this machine's clock and with the files that were imported.\n\n" +
			"Exit code 0: balanced, or signed; 3: breaks, or not complete; 1: failed.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			day, err := dayOf(date)
			if err != nil {
				return err
			}
			r, err := reconcileNow(cmd.Context(), o, day)
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), r)
			} else {
				err = r.print(cmd.OutOrStdout())
			}
			if err == nil && (r.Status == settle.Broken || r.Status == settle.Incomplete) {
				err = coded(exitDiffers)
			}

			return err
		},
	}
	cmd.Flags().StringVar(&date, "date", "", "business date, YYYY-MM-DD")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one line of JSON")
	_ = cmd.MarkFlagRequired("date") // it is there

	return cmd
}

// A run that is at work already is waited for this long.
const (
	busyEvery = 200 * time.Millisecond
	busyLimit = 2 * time.Minute
)

// reconcileNow has the running head office reconcile a date, or does it.
func reconcileNow(ctx context.Context, o *options, day string) (report, error) {
	ctx, cancel := context.WithTimeout(ctx, busyLimit)
	defer cancel()
	for {
		r, err := reconcileOnce(ctx, o, day)
		if !errors.Is(err, settle.ErrBusy) || backoff.Pause(ctx, busyEvery) != nil {
			return r, err
		}
	}
}

func reconcileOnce(ctx context.Context, o *options, day string) (r report, err error) {
	err = o.ask(ctx, "/reconcile", url.Values{"date": {day}}, nil, &r)
	if !errors.Is(err, errAlone) {
		return r, err
	}

	return r, withBooks(ctx, o, func(books *store.Store) error {
		found, err := books.Settle.Run(ctx, day, "officed reconcile", time.Now)
		r = reportOf(found)

		return err
	})
}

// print is a date for people.
func (r report) print(out io.Writer) error {
	fmt.Fprintf(out, "%s is %s (run %d)\n", r.Date, r.Status, r.Run)
	for _, m := range r.Missing {
		fmt.Fprintf(out, "missing  %s\n", m)
	}
	for _, s := range r.Standing {
		fmt.Fprintf(out, "%s  %s\n", strings.TrimSpace(s.Book+" "+s.Part), s.State)
	}

	return table(out, func(w io.Writer) {
		for _, b := range r.Books {
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", b.Name, b.Count, b.Sum, b.SHA256)
		}
		for _, b := range r.Breaks {
			var sides []string
			for n := range reconcile.MaxBooks {
				if a, has := b.Sides[reconcile.BookName(n)]; has {
					sides = append(sides, reconcile.BookName(n)+" "+a.String())
				} else if slices.Contains(b.Lacks, reconcile.BookName(n)) {
					sides = append(sides, reconcile.BookName(n)+" nothing")
				}
			}
			fmt.Fprintf(w, "%s\t%s\t%s%s\t%s\t%s\n", b.Class, b.Account, b.Serial, b.Batch, strings.Join(sides, ", "), b.Proposal)
		}
	})
}

func verifyCommand(o *options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "verify", Short: "Recompute the chain of signed dates; exit code 1 if anything is not as it was sealed, which the audit log has then", Args: cmdline.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				signed, wrong, err := books.Settle.Verify(cmd.Context())
				if err == nil {
					err = books.AuditOnce(cmd.Context(), settle.Acts(wrong, osPerson(), o.now()))
				}
				if err != nil {
					return err
				}
				if asJSON {
					err = printJSON(cmd.OutOrStdout(), struct {
						Signed int            `json:"signed"`
						Wrong  []settle.Wrong `json:"wrong"`
					}{signed, append([]settle.Wrong{}, wrong...)})
				} else {
					for _, w := range wrong {
						fmt.Fprintf(cmd.OutOrStdout(), "%s  %s\n", w.Day, w.Text)
					}
					fmt.Fprintf(cmd.OutOrStdout(), "%d signed dates, %d faults\n", signed, len(wrong))
				}
				if err == nil && len(wrong) > 0 {
					err = fmt.Errorf("%d faults in the chain of signed dates", len(wrong))
				}

				return err
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one line of JSON")

	return cmd
}

// newClerk is the clerk of a running head office, with the sources of --books.
func newClerk(o *options, books *store.Store, log *slog.Logger) (*settle.Clerk, error) {
	all, err := source.ParseAll(o.books)
	if err != nil {
		return nil, cmdline.Usage("--books %w", err)
	}
	c := &settle.Clerk{Owner: o.owner, Clock: o.now, Dir: o.data, Log: log}
	required := map[string]bool{
		settle.MIS: true, settle.POSP: o.posp != "", settle.Acquirer: len(o.acquirers) > 0, settle.CardSystem: o.cardSystem != "",
	}
	for _, b := range all {
		c.Sources = append(c.Sources, settle.Source{Book: b.Name, Part: b.Part, Source: b.Source})
		required[b.Name] = true
	}
	var need []settle.Book
	for _, b := range all {
		if b.Part != "" {
			need = append(need, settle.Book{Name: b.Name, Part: b.Part, Required: true})
			required[b.Name] = false // each part is, by itself
		}
	}
	bills, err := readBills(o.bills)
	if err != nil {
		return nil, err
	}
	detail, err := readPOSPForm(o.pospForm)
	if err != nil {
		return nil, err
	}
	for _, name := range source.Names() {
		if required[name] {
			need = append(need, settle.Book{Name: name, Required: true})
		}
	}
	c.Room = settle.WithDetail(settle.WithBills(books.Settle.With(need, o.data), bills), detail)

	return c, nil
}
