package sqlite

import (
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"wattkiosk/uplink/office/store/sqlstore"
)

// slowUpdate is one that ends when it is let.
type slowUpdate struct {
	began chan struct{}
	let   func()
	ended chan error
}

func slowly(t *testing.T, e *engine) slowUpdate {
	goOn := make(chan struct{})
	u := slowUpdate{make(chan struct{}), sync.OnceFunc(func() { close(goOn) }), make(chan error, 1)}
	t.Cleanup(u.let)
	go func() {
		u.ended <- e.Update(t.Context(), func(sqlstore.Querier) error {
			close(u.began)
			<-goOn
			return nil
		})
	}()
	return u
}

// TestNobodyWaitsForOthersCommits: who leads a group is done with it, though another update
// has come meanwhile and takes its time. The other leads then, and so on until nobody waits.
func TestNobodyWaitsForOthersCommits(t *testing.T) {
	e, err := open(t.Context(), filepath.Join(t.TempDir(), "books.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after all were let
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})

	first := slowly(t, e)
	heard(t, "the first begins", first.began)
	second := slowly(t, e)
	gathered(t, e)
	first.let()
	done(t, "the first", first)
	heard(t, "the second begins", second.began)
	third := slowly(t, e)
	gathered(t, e)
	second.let()
	done(t, "the second", second)
	heard(t, "the third begins", third.began)
	third.let()
	done(t, "the third", third)

	last := slowly(t, e) // and who finds nobody leads at once
	heard(t, "the last begins", last.began)
	last.let()
	done(t, "the last", last)
}

// gathered waits until an update waits for its turn.
func gathered(t *testing.T, e *engine) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		e.group.mu.Lock()
		waits := len(e.group.waiting) > 0
		e.group.mu.Unlock()
		switch {
		case waits:
			return
		case time.Now().After(deadline):
			t.Fatal("no update waits")
		}
	}
}

func done(t *testing.T, which string, u slowUpdate) {
	t.Helper()
	select {
	case err := <-u.ended:
		if err != nil {
			t.Errorf("%s: %v", which, err)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("%s waits for what is not its own", which)
	}
}

func heard(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(10 * time.Second):
		t.Fatal("not so: " + what)
	}
}
