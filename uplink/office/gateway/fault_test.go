package gateway_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
)

// broken is books with a posting that is due and cannot be read.
type broken struct {
	gateway.Orders
	looks, reports int
}

func (b *broken) InFlight(context.Context, string) ([]books.Posting, error) { return nil, nil }

func (b *broken) DuePostings(_ context.Context, system mis.System, _ time.Time, _ int) ([]books.Posting, error) {
	if system == mis.MIS {
		b.looks++
	}
	return nil, errors.New("disk")
}

func (b *broken) DueReports(context.Context, time.Time, int) ([]books.Say, error) {
	b.reports++
	return nil, errors.New("disk")
}

func (b *broken) NextDue(context.Context, mis.System) (time.Time, error) { return time.Unix(1, 0), nil }

func TestAFailingStoreIsNotAskedWithoutPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &broken{}
		g := gateway.NewRuntime(b, "office", gateway.NoMIS(), 0, slog.New(slog.DiscardHandler), time.Now)
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if err := g.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if b.looks < 5 || b.looks > 20 || b.reports < 5 || b.reports > 20 {
			t.Errorf("looked for postings %d times in a minute, for reports %d times", b.looks, b.reports)
		}
	})
}

// TestStoppedBeforeItBegan: a head office that is stopped while it starts ends well.
func TestStoppedBeforeItBegan(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	g := gateway.NewRuntime(newBooks(t), "office", gateway.NoMIS(), 0, slog.New(slog.DiscardHandler), time.Now)
	if err := g.Run(ctx); err != nil {
		t.Error(err)
	}
}
