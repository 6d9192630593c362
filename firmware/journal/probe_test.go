package journal_test

import (
	"testing"
	"time"

	"wattkiosk/firmware/journal"
)

func TestProbeWritesNothing(t *testing.T) {
	j := mustOpen(t, options(t.TempDir()))
	fill(t, j, 3)
	head := j.Head()
	for range 3 {
		if err := j.Probe(); err != nil {
			t.Fatal(err)
		}
	}
	if j.Head() != head {
		t.Errorf("the head moved from %+v to %+v", head, j.Head())
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	wantErr(t, j.Probe(), journal.ErrClosed)
}

// TestProbeWaitsForTheCommitter: a commit that does not end holds up the probe, and
// nothing else does.
func TestProbeWaitsForTheCommitter(t *testing.T) {
	o := options(t.TempDir())
	inside, release := make(chan struct{}), make(chan struct{})
	stuck := false // guarded by the order of what follows
	o.Clock = func() time.Time {
		if stuck {
			inside <- struct{}{}
			<-release
			stuck = false
		}
		return time.Now()
	}
	j := mustOpen(t, o)
	if err := j.Probe(); err != nil {
		t.Fatal(err)
	}
	stuck = true
	appended, probed := make(chan struct{}), make(chan error, 1)
	go func() { defer close(appended); fill(t, j, 1) }()
	<-inside
	go func() { probed <- j.Probe() }()
	select {
	case err := <-probed:
		t.Fatalf("probed while a commit was under way: %v", err)
	case <-time.After(100 * time.Millisecond): // it must not come; nothing is waited for
	}
	close(release)
	<-appended
	if err := <-probed; err != nil {
		t.Error(err)
	}
}
