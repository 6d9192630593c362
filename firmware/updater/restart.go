package updater

import (
	"context"
	"errors"
	"time"

	"wattkiosk/ota/update"
	"wattkiosk/uplink/wire"
)

// Times of restarting.
const (
	DownWait      = 10 * time.Minute // without an answer of kioskd, until a job restarts without a hold
	DownWaitStick = 2 * time.Minute  // the same while a technician waits
	holdFor       = 2 * time.Minute
	farewell      = 3 * time.Second // for kioskd to tell head office
	restartWithin = 5 * time.Minute // after that it is tried again
)

// downtime is since when kioskd does not answer.
type downtime struct {
	down  bool
	since time.Duration
}

// hold gets kioskd's hold, or finds that there has been no kioskd for long enough.
func (a *Agent) hold(ctx context.Context, patience time.Duration) error {
	err := a.cfg.Kioskd.Hold(ctx, holdFor)
	if !errors.Is(err, ErrDown) {
		a.down = downtime{}
		return err
	}
	now := a.cfg.Clock.Elapsed()
	if !a.down.down {
		a.down = downtime{down: true, since: now}
	}
	if now-a.down.since < patience {
		return err
	}
	a.log.Warn("no kioskd for long: the board is restarted without a hold", "for", (now - a.down.since).String())
	return nil
}

// release gives a hold back that is not needed.
func (a *Agent) release(ctx context.Context) {
	if err := a.cfg.Kioskd.Release(context.WithoutCancel(ctx)); err != nil && !errors.Is(err, ErrDown) {
		a.log.Warn("cannot give the hold back", "err", err)
	}
}

// restartJob holds the kiosk, arms what is not armed yet, and restarts.
func (a *Agent) restartJob(ctx context.Context, r record, f facts) time.Duration {
	if err := a.hold(ctx, DownWait); err != nil {
		return lookSoon
	}

	if !f.armed {
		if rest, ok := a.armJob(ctx, r); !ok {
			a.release(ctx)
			return rest
		}
	}

	err := a.report(r.Job.ID, wait(0, wire.PhaseArmed).apply)
	if err == nil {
		err = a.hold(ctx, DownWait) // arming reads the slot back, which may outlast the first
	}

	if err == nil {
		err = a.report(r.Job.ID, wait(0, wire.PhaseRebooting).apply)
	}

	if err != nil {
		a.log.Warn("the board is not restarted yet", "err", err)
		a.release(ctx)
		return lookSoon
	}

	return a.restart(ctx, DownWait, func() error { return a.countRestart(r.Job.ID) })
}

// armJob passes the point of no return, unless there is news of the job.
func (a *Agent) armJob(ctx context.Context, r record) (rest time.Duration, ok bool) {
	if !a.commit(r) {
		return 0, false
	}
	defer a.uncommit()
	err := a.locked(func() error {
		if r.Job.Kind == wire.JobRollback {
			return a.board.ArmBack(ctx, r.Job.Build, r.by())
		}
		return a.board.Arm(ctx, r.by())
	})

	code := update.Code(err)
	switch {
	case err == nil:
		return 0, true
	case ctx.Err() != nil, errors.Is(err, update.ErrLocked), code == "on-trial", code == "going-back":
		return lookSoon, false
	case code != "":
		a.refused(r, code, err)
		return 0, false
	}

	a.log.Warn("cannot arm the other slot", "err", err)
	a.retry.failed(r.Job.ID, a.cfg.Clock.Elapsed())
	if err := a.locked(a.board.Unstage); err != nil { // it is written again, where it does not hold
		a.log.Error("cannot forget what was written", "err", err)
	}

	return a.retry.rest, false
}

// commit marks the job as one that cannot be called back, if it still is wanted.
func (a *Agent) commit(r record) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.armed = a.rec.Job.ID == r.Job.ID && !a.rec.Job.Withdrawn
	return a.armed
}

// uncommit leaves it to what is pending.
func (a *Agent) uncommit() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.armed = false
}

// countRestart has each restart be known, even of a board that does not come back.
func (a *Agent) countRestart(id string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	next := *a.rec
	next.Restarts++
	a.log.Info("job restarts the board", "id", id, "restart", next.Restarts)
	return a.keep(next)
}

// restart says goodbye, and restarts the board if the hold can be renewed. Count is
// called just before.
func (a *Agent) restart(ctx context.Context, patience time.Duration, count func() error) time.Duration {
	a.pause(ctx, farewell)
	err := ctx.Err()
	if err == nil {
		err = a.hold(ctx, patience)
	}

	if err == nil {
		err = count()
	}

	if err == nil {
		err = a.cfg.Restart(ctx)
	}

	if err != nil {
		a.log.Warn("the board is not restarted yet", "err", err)
		a.release(ctx)
		return lookSoon
	}

	a.pause(ctx, restartWithin)
	return lookSoon
}

func (a *Agent) pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-a.cfg.Clock.After(d):
	}
}
