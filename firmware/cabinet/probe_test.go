package cabinet

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/firmware/vigil"
)

// stuckJournal is one whose commits do not come round.
type stuckJournal struct{ hold chan struct{} }

func (s stuckJournal) Probe() error { <-s.hold; return nil }

func TestAStuckJournalIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Cabinet{progress: vigil.New(time.Now)}
		ctx, stop := context.WithCancel(t.Context())
		j, ended := stuckJournal{make(chan struct{}, 3)}, make(chan struct{})
		go func() { defer close(ended); c.Probe(ctx, j) }()
		for range 3 {
			j.hold <- struct{}{}
			time.Sleep(probeEvery)
		}
		if late := c.progress.Late(); len(late) != 0 {
			t.Errorf("late %v while commits come round", late)
		}
		time.Sleep(journalLimit + time.Second)
		if late := c.progress.Late(); !slices.Equal(late, []string{"journal"}) {
			t.Errorf("late %v, want the journal", late)
		}
		stop()
		close(j.hold)
		<-ended
	})
}
