package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"wattkiosk/uplink/office/store/sqlstore"
)

// maxGroup is how many updates share one commit at most.
const maxGroup = 64

// group is the updates that wait for the one writer. Whoever finds nobody at work
// leads: it runs those that have gathered, each under a savepoint of its own, and
// commits them together. A commit is a sync of the disk, so that those who wait at the
// same time wait for one sync and not for one each. The first of those that have gathered
// meanwhile leads next: nobody waits for a commit that is not its own, however many come.
type group struct {
	mu      sync.Mutex
	waiting []*update
	led     bool
}

// update is a function on its way, and what became of it.
type update struct {
	fn   func(sqlstore.Querier) error
	err  error
	done chan struct{}
	lead chan struct{} // its caller leads
}

// Update runs fn, and returns when it is durable or undone. fn of one caller may run
// in the goroutine of another. A transaction that has begun is not left open by a
// context that ends.
func (e *engine) Update(ctx context.Context, fn func(sqlstore.Querier) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	u := &update{fn: fn, done: make(chan struct{}), lead: make(chan struct{})}
	e.group.join(u)
	select {
	case <-u.done:
		return u.err
	case <-u.lead:
	}

	next := e.group.take()
	e.mu.Lock()
	err := e.commit(context.WithoutCancel(ctx), next)
	e.mu.Unlock()
	for _, w := range next {
		if err != nil && w.err == nil {
			w.err = err
		}
		close(w.done)
	}
	e.group.pass()
	return u.err
}

// join adds an update, which leads if nobody does.
func (g *group) join(u *update) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, u)
	if !g.led {
		g.led = true
		close(u.lead)
	}
}

// take is what is to be committed next: that of who leads, and what waits after it.
func (g *group) take() []*update {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), maxGroup)
	next := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	return next
}

// pass has the first of those that wait lead, or nobody.
func (g *group) pass() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.led = len(g.waiting) > 0; g.led {
		close(g.waiting[0].lead)
	}
}

// commit runs updates in one transaction. An update that fails is undone by itself; an
// error of commit is that of all the others.
func (e *engine) commit(ctx context.Context, updates []*update) error {
	if err := e.run(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("cannot begin: %w", err)
	}
	err := e.each(ctx, updates)
	if err == nil {
		if err = e.run(ctx, "COMMIT"); err == nil {
			return nil
		}
		err = fmt.Errorf("cannot commit: %w", err)
	}
	if undo := e.run(ctx, "ROLLBACK"); undo != nil {
		err = errors.Join(err, fmt.Errorf("cannot roll back: %w", undo))
	}
	return err
}

// each runs updates, each so that it can be undone alone.
func (e *engine) each(ctx context.Context, updates []*update) error {
	if len(updates) == 1 { // undone with the transaction itself
		return updates[0].fn((*writer)(e))
	}

	for _, u := range updates {
		if err := e.run(ctx, "SAVEPOINT one"); err != nil {
			return fmt.Errorf("cannot set a savepoint: %w", err)
		}
		if u.err = u.fn((*writer)(e)); u.err != nil {
			if err := e.run(ctx, "ROLLBACK TO one"); err != nil {
				return fmt.Errorf("cannot undo an update: %w", err)
			}
		}
		if err := e.run(ctx, "RELEASE one"); err != nil {
			return fmt.Errorf("cannot end a savepoint: %w", err)
		}
	}
	return nil
}

// run runs a statement without parameters or rows.
func (e *engine) run(ctx context.Context, statement string) error {
	_, err := (*writer)(e).ExecContext(ctx, statement)
	return err
}
