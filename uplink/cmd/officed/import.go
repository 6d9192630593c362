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
	"wattkiosk/uplink/office/store"
)

const (
	importBatch = 200
	longestLine = 256 << 10 // bytes of one exported record
)

func importCommand(o *options) *cobra.Command {
	cmd := importBookCommand(o)
	cmd.AddCommand(&cobra.Command{
		Use: "journal KIOSK FILE", Short: "Take in the journal of a board that was replaced, as kioskctl journal export wrote it", Args: cmdline.Exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkTerminal(args[0]); err != nil {
				return err
			}
			return withBooks(cmd.Context(), o, func(books *store.Store) error {
				f, err := os.Open(args[1])
				if err != nil {
					return err
				}
				defer func() { _ = f.Close() }() // only read
				return importJournal(cmd.Context(), books, args[0], f, cmd.OutOrStdout())
			})
		},
	})
	cmd.AddCommand(importStatementCommand(o))

	return cmd
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

// importJournal takes in records batch by batch; what was taken in stays if a later
// one does not follow.
func importJournal(ctx context.Context, books *store.Store, kiosk string, from io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, longestLine)
	var batch []record.Record
	end, all := uint64(0), 0
	take := func() error {
		if len(batch) == 0 {
			return nil
		}
		j, err := books.Import(ctx, kiosk, batch, time.Now())
		if err != nil {
			return fmt.Errorf("records %d to %d: %w", batch[0].Seq, batch[len(batch)-1].Seq, err)
		}
		end, all, batch = j.Head.Seq, all+len(batch), batch[:0]
		return nil
	}

	for n := 1; lines.Scan(); n++ {
		var e exported
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return fmt.Errorf("line %d is no record: %w", n, err)
		}
		if batch = append(batch, e.record()); len(batch) < importBatch {
			continue
		}
		if err := take(); err != nil {
			return err
		}
	}
	if err := errors.Join(lines.Err(), take()); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d records read; the journal is held up to record %d\n", all, end)
	return nil
}
