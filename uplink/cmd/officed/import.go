package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/sparekeys"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

const (
	importBatch = 200
	longestLine = 256 << 10 // bytes of one exported record
)

func importCommand(o *options) *cobra.Command {
	cmd := importBookCommand(o)
	cmd.AddCommand(importJournalCommand(o))
	cmd.AddCommand(importStatementCommand(o))

	return cmd
}

func importJournalCommand(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use: "journal KIOSK FILE", Short: "Take in the journal of a board that was replaced: a file of kioskctl journal export, or the folder on its disk", Args: cmdline.Exactly(2),
		Long: "Take in the journal of a board that was replaced.\n\n" +
			"FILE is what kioskctl journal export wrote, or the folder journal on the disk of a board that died. Such a disk\n" +
			"is opened with the spare of the journal's key that the kiosk left with head office; each use of one is in the\n" +
			"audit log, and in the signer's.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkTerminal(args[0]); err != nil {
				return err
			}
			st, err := os.Stat(args[1])
			if err != nil {
				return err
			}
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				if st.IsDir() {
					return o.importDisk(cmd, books, args[0], args[1])
				}
				f, err := os.Open(args[1])
				if err != nil {
					return err
				}
				defer func() { _ = f.Close() }() // only read
				return importJournal(cmd.Context(), books, args[0], f, cmd.OutOrStdout())
			})
		},
	}
	cmd.Flags().StringVar(&o.signer, "signer", "", "socket of officed signer, which has the keys; without it they are in --data")
	cmd.Flags().StringVar(&o.passphrase, "passphrase-file", "", "file of the passphrase that the keys in --data are sealed under")

	return cmd
}

// importDisk takes in the journal on a board's disk.
func (o *options) importDisk(cmd *cobra.Command, books *store.Store, kiosk, dir string) error {
	keys, err := openKeys(cmd.Context(), o)
	if err != nil {
		return err
	}
	disk := deadDisk{books: books, keys: keys, kiosk: kiosk, dir: dir, tell: func(s sparekeys.Spare) error {
		return o.audit(cmd.Context(), people.Audit{
			At: stored.Millis(o.now()), User: osPerson(), Action: "open-spare-key", Object: kiosk, Reason: "key " + s.ID + ", for the journal in " + stored.Text(dir),
		})
	}}
	t := taking{ctx: cmd.Context(), books: books, kiosk: kiosk}
	if err := errors.Join(disk.each(cmd.Context(), t.put), t.take()); err != nil {
		return err
	}

	return t.told(cmd.OutOrStdout())
}

// exported is a record as kioskctl journal export writes it, one on a line.
type exported struct {
	Seq     uint64       `json:"seq"`
	Boot    uint32       `json:"boot"`
	Time    time.Time    `json:"time"`
	Trust   record.Trust `json:"trust"`
	Type    string       `json:"type"`
	Txn     string       `json:"txn"`
	Payload string       `json:"payload"`
	Version uint16       `json:"version"`
	Prev    record.Hash  `json:"prev"`
}

func (e exported) record() record.Record {
	return record.Record{
		Seq: e.Seq, Prev: e.Prev, Boot: e.Boot, Time: e.Time.UTC(), Trust: e.Trust,
		Type: e.Type, Txn: e.Txn, Version: e.Version, Payload: []byte(e.Payload),
	}
}

// taking takes in records batch by batch; what was taken in stays if a later one does not
// follow.
type taking struct {
	ctx   context.Context
	books *store.Store
	kiosk string
	batch []record.Record
	end   uint64
	all   int
}

func (t *taking) put(r record.Record) error {
	if t.batch = append(t.batch, r); len(t.batch) < importBatch {
		return nil
	}
	return t.take()
}

func (t *taking) take() error {
	if len(t.batch) == 0 {
		return nil
	}
	j, err := t.books.Import(t.ctx, t.kiosk, t.batch, time.Now())
	if err != nil {
		return fmt.Errorf("records %d to %d: %w", t.batch[0].Seq, t.batch[len(t.batch)-1].Seq, err)
	}
	t.end, t.all, t.batch = j.Head.Seq, t.all+len(t.batch), nil

	return nil
}

func (t *taking) told(out io.Writer) error {
	_, err := fmt.Fprintf(out, "%d records read; the journal is held up to record %d\n", t.all, t.end)
	return err
}

// importJournal takes in what kioskctl journal export wrote.
func importJournal(ctx context.Context, books *store.Store, kiosk string, from io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, longestLine)
	t := taking{ctx: ctx, books: books, kiosk: kiosk}
	for n := 1; lines.Scan(); n++ {
		var e exported
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return fmt.Errorf("line %d is no record: %w", n, err)
		}
		if err := t.put(e.record()); err != nil {
			return err
		}
	}
	if err := errors.Join(lines.Err(), t.take()); err != nil {
		return err
	}

	return t.told(out)
}
