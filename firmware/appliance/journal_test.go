package appliance

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/journalkey"
	"wattkiosk/payments/record"
)

// journalConfig is as much of a configuration as the journal needs.
func journalConfig(dir string) (c config.Config) {
	c.Kiosk, c.Incarnation, c.StateDir, c.Journal.KeyFile, c.Journal.RetentionDays = "10000001", 7, dir, filepath.Join(dir, "journal.key"), 180
	return c
}

// opened opens the journal as the program does.
func opened(c config.Config, now func() time.Time) (*journal.Journal, error) {
	key, err := journalkey.ReadOrMake(boardkey.New(boardkey.Config{}), c.Journal.KeyFile, journalDir(c))
	if err != nil {
		return nil, err
	}
	j, _, err := openJournal(c, key, now, slog.New(slog.DiscardHandler))

	return j, err
}

// TestALostJournalIsNotBegunAnew: the program keeps a mark beside the journal, without
// which the serials of a journal that went would be given out again.
func TestALostJournalIsNotBegunAnew(t *testing.T) {
	c := journalConfig(t.TempDir())
	j, err := opened(c, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	_, err = j.Append(record.Draft{Type: "started", Version: 1, Payload: []byte("{}")})
	if err := errors.Join(err, j.Close(), os.RemoveAll(filepath.Join(c.StateDir, "journal"))); err != nil {
		t.Fatal(err)
	}

	j, err = opened(c, time.Now)
	if err == nil {
		_ = j.Close()
	}
	if !errors.Is(err, journal.ErrLost) {
		t.Errorf("without its folder the journal opens with %v, want ErrLost", err)
	}
}

// TestAnOpenPaymentStaysInTheJournal beyond the retention, and all that follows it; what
// lies before it goes.
func TestAnOpenPaymentStaysInTheJournal(t *testing.T) {
	const serial = "10000001070000000002"
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	j, err := opened(journalConfig(t.TempDir()), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, txn := range []string{"10000001070000000001", serial, "10000001070000000003"} {
		if _, err := j.Append(record.Draft{Type: "opened", Txn: txn, Version: 1, Payload: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(j.SetState("open-transactions", []byte(`["`+serial+`"]`)), j.Acknowledge(j.Head())); err != nil {
		t.Fatal(err)
	}

	n, err := j.Trim(now.Add(181 * 24 * time.Hour))
	if err != nil || n != 1 || j.First() != 2 {
		t.Errorf("trimmed %d records, the first is now %d, %v; want 1 and 2", n, j.First(), err)
	}
}
