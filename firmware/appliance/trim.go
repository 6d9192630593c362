package appliance

import (
	"context"
	"log/slog"
	"time"
)

// When the journal is trimmed: some minutes after the start, so that a kiosk that is
// switched off every night is trimmed too, and once a day from then on.
const (
	trimAfterStart = 5 * time.Minute
	trimEvery      = 24 * time.Hour
)

// trimmer is what trimming needs of the journal.
type trimmer interface {
	Trim(now time.Time) (removed int, err error)
	Compact() error
}

// trimJournal removes old acknowledged records until ctx ends.
func trimJournal(ctx context.Context, j trimmer, log *slog.Logger) error {
	t := time.NewTimer(trimAfterStart)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			t.Reset(trimEvery)
			n, err := j.Trim(time.Now())
			if err == nil && n > 0 {
				err = j.Compact()
			}
			if err != nil {
				log.Warn("journal not trimmed", "records", n, "err", err)
			} else {
				log.Info("journal trimmed", "records", n)
			}
		}
	}
}
