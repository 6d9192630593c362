package appliance

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// trims notes when it is trimmed.
type trims struct {
	start time.Time
	at    []time.Duration
}

func (t *trims) Trim(now time.Time) (int, error) {
	t.at = append(t.at, now.Sub(t.start))
	return 0, nil
}

func (t *trims) Compact() error { return nil }

// TestTrimsThoughSwitchedOffEveryNight: ten hours a day are enough.
func TestTrimsThoughSwitchedOffEveryNight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &trims{start: time.Now()}
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Hour)
			if err := trimJournal(ctx, j, slog.New(slog.DiscardHandler)); err != nil {
				t.Fatal(err)
			}
			cancel()
		}
		if want := []time.Duration{5 * time.Minute, 10*time.Hour + 5*time.Minute}; !slices.Equal(j.at, want) {
			t.Errorf("trimmed %v after the start, want %v", j.at, want)
		}
	})
}

func TestTrimsOnceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &trims{start: time.Now()}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Hour)
		defer cancel()
		if err := trimJournal(ctx, j, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		if want := []time.Duration{5 * time.Minute, 24*time.Hour + 5*time.Minute, 48*time.Hour + 5*time.Minute}; !slices.Equal(j.at, want) {
			t.Errorf("trimmed %v after the start, want %v", j.at, want)
		}
	})
}
