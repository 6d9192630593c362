package technician

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/control"
	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/journalkey"
	"wattkiosk/payments/record"
)

// txnPath asks for the records of one transaction.
const txnPath = "/journal/txn/"

func (t *tool) journalCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "journal", Short: "reads and verifies the journal"}
	var n int
	tail := &cobra.Command{Use: "tail", Short: "the last records", Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error {
		if n < 1 {
			return cmdline.Usage("--lines %d: at least 1", n)
		}
		return t.entries(c.Context(), fmt.Sprintf("/journal?limit=%d", n), func(j *journal.Journal) ([]record.Record, error) {
			head := j.Head().Seq
			return j.Read(max(j.First(), head-min(head, uint64(n))+1), n, 8<<20)
		})
	}}
	tail.Flags().IntVarP(&n, "lines", "n", 20, "how many")
	show := &cobra.Command{Use: "show SERIAL", Short: "the records of one transaction", Args: exactly(1), RunE: func(c *cobra.Command, args []string) error {
		return t.entries(c.Context(), txnPath+url.PathEscape(args[0]), func(j *journal.Journal) ([]record.Record, error) { return j.Txn(args[0]) })
	}}
	verify := &cobra.Command{Use: "verify", Short: "checks the chain and the money; exits 1 on a break", Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error {
		return t.verify(c.Context())
	}}
	export := &cobra.Command{Use: "export", Short: "all records, one JSON line each", Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error {
		return t.export(c.Context())
	}}
	cmd.AddCommand(tail, show, verify, export)
	return cmd
}

func (t *tool) entries(ctx context.Context, path string, offline func(*journal.Journal) ([]record.Record, error)) error {
	cfg, err := t.config()
	if err != nil {
		return err
	}

	var list []control.Entry
	err = ask(ctx, cfg, path, &list)
	if errors.Is(err, errDown) {
		err = withJournal(cfg, func(j *journal.Journal) error {
			recs, err := offline(j)
			for _, r := range recs {
				list = append(list, control.EntryOf(r))
			}
			return err
		})
	}

	if err != nil {
		return err
	}

	if len(list) == 0 && strings.HasPrefix(path, txnPath) {
		return fmt.Errorf("the journal has no transaction %.40q", strings.TrimPrefix(path, txnPath))
	}

	return t.print(list, func(w io.Writer) { showEntries(w, list, whenIn(cfg)) })
}

func showEntries(w io.Writer, list []control.Entry, when func(time.Time) string) {
	for _, e := range list {
		shown := e.Time
		if at, err := time.Parse(time.RFC3339Nano, e.Time); err == nil {
			shown = when(at)
		}
		fmt.Fprintf(w, "%6d  %s  boot %-3d  %-16s %-20s %s\n", e.Seq, shown, e.Boot, e.Type, e.Txn, e.Payload)
	}
}

// journalVerdict is what the running kiosk says of its journal, or what that of a stopped one is.
func journalVerdict(ctx context.Context, cfg config.Config) (v control.Verdict, err error) {
	err = ask(ctx, cfg, "/journal/verify", &v)
	if errors.Is(err, errDown) {
		err = withJournal(cfg, func(j *journal.Journal) error {
			v = control.Verify(ctx, j)
			return nil
		})
	}

	return v, err
}

func (t *tool) verify(ctx context.Context) error {
	cfg, err := t.config()
	if err != nil {
		return err
	}
	v, err := journalVerdict(ctx, cfg)
	if err != nil {
		return err
	}

	err = t.print(v, func(w io.Writer) {
		m := v.Money
		fmt.Fprintf(w, "records %d to %d: chain %s\nnotes %s + cards and codes %s = posted %s + not on its meter card %s + pending %s + in hand %s + owed %s + on its way back %s; to be looked for %s; stray %s\n",
			v.Report.First, v.Report.Head.Seq, good(v.OK), m.Stacked, m.Held, m.Posted, m.Unwritten, m.Pending, m.Tendering, m.Owed, m.Returning, m.Unresolved, m.Stray)
	})

	if err == nil && !v.OK {
		err = fmt.Errorf("journal: %s", v.Error)
	}

	return err
}

func good(ok bool) string {
	if ok {
		return "good"
	}
	return "BROKEN"
}

// export prints every record, of a running kiosk too: what it writes meanwhile is the end.
func (t *tool) export(ctx context.Context) error {
	cfg, err := t.config()
	if err != nil {
		return err
	}
	t.json = true

	next := uint64(0) // the first that is stored
	for {
		page, err := exportPage(ctx, cfg, next)
		if errors.Is(err, errDown) && next == 0 {
			return t.exportStopped(cfg)
		}
		if err != nil || len(page) == 0 {
			return err
		}
		for _, e := range page {
			if err := t.print(e, nil); err != nil {
				return err
			}
		}
		next = page[len(page)-1].Seq + 1
	}
}

// exportPage is the next records of a running kiosk; none are the end.
func exportPage(ctx context.Context, cfg config.Config, next uint64) ([]control.Entry, error) {
	var page []control.Entry
	if err := ask(ctx, cfg, fmt.Sprintf("/journal?from=%d&limit=%d", next, control.ListLimit), &page); err != nil {
		return nil, err
	}
	if next > 0 && len(page) > 0 && page[0].Seq != next {
		return nil, fmt.Errorf("records %d to %d went while the journal was exported: export it again", next, page[0].Seq-1)
	}
	return page, nil
}

func (t *tool) exportStopped(cfg config.Config) error {
	return withJournal(cfg, func(j *journal.Journal) error {
		return j.Each(j.First(), func(r record.Record) error { return t.print(control.EntryOf(r), nil) })
	})
}

// withJournal opens the journal of a stopped kiosk to read.
func withJournal(cfg config.Config, f func(*journal.Journal) error) (err error) {
	o := journal.Options{
		Dir: filepath.Join(cfg.StateDir, "journal"), Kiosk: cfg.Kiosk, Incarnation: cfg.Incarnation,
		Clock: time.Now, Trust: func() record.Trust { return record.Untrusted },
	}
	keys, err := boardkey.Of(cfg, nil)
	if err != nil {
		return err
	}
	if o.Key, err = journalkey.Read(keys, cfg.Journal.KeyFile); err != nil {
		return err
	}
	j, err := journal.OpenReadOnly(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	return f(j)
}
