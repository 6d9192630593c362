package updater

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/update"
	"wattkiosk/uplink/wire"
)

// Pauses of fetching that failed.
const (
	leastPause = 10 * time.Second
	mostPause  = 10 * time.Minute
)

// retry spaces the attempts of one job.
type retry struct {
	of       string
	failures int
	rest     time.Duration
	next     time.Duration // by the clock's Elapsed
}

func (r *retry) failed(of string, now time.Duration) {
	if r.of != of {
		*r = retry{of: of}
	}
	r.rest = backoff.Wait(r.failures, leastPause, mostPause)
	r.next = now + r.rest
	r.failures++
}

// turnJob takes the job on by one act.
func (a *Agent) turnJob(ctx context.Context) time.Duration {
	a.mu.Lock()
	rec := a.rec
	a.mu.Unlock()
	if rec == nil || rec.Report.Phase.Final() {
		return lookLater
	}

	r := *rec
	f, err := a.facts(r)
	if err != nil {
		a.log.Warn("cannot tell how far the board is", "err", err)
		return lookSoon
	}

	d := decide(r, f)
	if d.act == actFetch || d.act == actContent {
		if rest := a.retry.next - a.cfg.Clock.Elapsed(); a.retry.of == r.Job.ID && rest > 0 {
			return min(rest, lookLater)
		}
	}

	if d.act == actEnd && f.armed && f.pending.By == r.by() {
		if err := a.locked(a.board.Disarm); err != nil {
			a.log.Warn("cannot take back what is armed", "err", err)
			return lookSoon
		}
	}

	if err := a.report(r.Job.ID, d.apply); err != nil {
		a.log.Error("cannot go on with the job", "err", err)
		return lookSoon
	}

	return a.act(ctx, r, f, d)
}

// apply puts a decision into the report.
func (d decision) apply(r *wire.JobReport) {
	if d.phase != r.Phase {
		r.Phase, r.Percent, r.Detail = d.phase, 0, ""
	}
	r.Percent = max(r.Percent, d.percent)
	if d.act == actEnd {
		r.Code, r.Detail = d.code, detail(d.detail)
		if d.phase == wire.PhaseGood {
			r.Percent = 100
		}
	}
}

func (a *Agent) act(ctx context.Context, r record, f facts, d decision) time.Duration {
	switch d.act {
	case actFetch:
		return a.work(ctx, r, a.stage)
	case actContent:
		return a.work(ctx, r, a.content)
	case actRestart:
		return a.restartJob(ctx, r, f)
	case actEnd:
		return 0
	}
	return d.wait
}

func (a *Agent) facts(r record) (facts, error) {
	s, err := a.board.State()
	if err != nil {
		return facts{}, err
	}

	pending, err := a.board.Pending()
	if err != nil {
		return facts{}, err
	}

	staged, err := a.board.Staged()
	if err != nil {
		return facts{}, err
	}

	list, err := a.board.History()
	if err != nil {
		a.log.Warn("the history is lost", "err", err)
	}

	a.mu.Lock()
	defer a.mu.Unlock()
	f := facts{
		running: a.board.Release.Build, trial: a.board.OnTrial(s), mode: a.board.Running.Mode, pending: pending, armed: pending.Armed(s),
		ended: r.ended(list), staged: staged != nil && staged.By == r.by() && staged.Slot == a.board.Running.Slot.Other(), content: a.cfg.Content != nil,
		window: a.moments.open(r.Job.Window, a.who.Zone),
	}

	f.now, f.known = a.moments.now()
	return f, nil
}

// work does something under the lock that news of the job, a stick or the deadline
// may stop, and reports what came of it.
func (a *Agent) work(ctx context.Context, r record, do func(context.Context, record) error) time.Duration {
	ctx, cancel := a.working(ctx)
	defer cancel()
	a.watchDeadline(ctx, r)
	err := a.locked(func() error { return do(ctx, r) })
	code := update.Code(err)
	switch {
	case err == nil:
		a.retry = retry{}
		return 0
	case ctx.Err() != nil: // what stopped it decides what comes next
		return 0
	case errors.Is(err, update.ErrLocked):
		return lookLater
	case code == "on-trial" || code == "going-back":
		return lookLater
	case code != "":
		a.refused(r, code, err)
		return 0
	}

	a.log.Warn("job interrupted", "id", r.Job.ID, "err", err)
	a.retry.failed(r.Job.ID, a.cfg.Clock.Elapsed())
	if err := a.report(r.Job.ID, func(p *wire.JobReport) { p.Detail = detail(err.Error()) }); err != nil {
		a.log.Error("cannot report", "err", err)
	}

	return a.retry.rest
}

// refused ends a job that the board does not take: refused if nothing was written,
// else failed.
func (a *Agent) refused(r record, code string, why error) {
	err := a.report(r.Job.ID, func(p *wire.JobReport) {
		phase := wire.PhaseRefused
		if begun(p.Phase) {
			phase = wire.PhaseFailed
		}
		end(phase, code, why.Error()).apply(p)
	})
	e := update.Entry{What: update.EntryRefused, By: r.by(), From: a.board.Release.Version, To: r.Job.Version, Build: r.Job.Build, Code: code, Detail: why.Error()}
	if err := errors.Join(err, a.board.Record(e)); err != nil {
		a.log.Error("cannot report", "err", err)
	}
}

// watchDeadline stops work that takes longer than head office wants it.
func (a *Agent) watchDeadline(ctx context.Context, r record) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now, known := a.moments.now()
	if !known {
		return
	}
	stop, over := a.stop, a.cfg.Clock.After(time.UnixMilli(r.Job.Deadline).Sub(now))
	go func() {
		select {
		case <-over:
			stop(context.DeadlineExceeded)
		case <-ctx.Done():
		}
	}()
}

// open fetches a bundle's head and checks its signatures.
func (a *Agent) open(ctx context.Context, r record, check func(io.ReaderAt, int64) (*bundle.Bundle, error)) (*bundle.Bundle, error) {
	src, size, err := a.cfg.Fetch.Open(ctx, r.Job.Bundle.URL, r.Job.BytesPerSecond)
	if err != nil {
		return nil, err
	}

	if size != r.Job.Bundle.Size {
		return nil, &update.Refusal{Code: codeWrongFile, Detail: fmt.Sprintf("head office's file has %d bytes, not %d", size, r.Job.Bundle.Size)}
	}

	bd, err := check(src, size)
	if err != nil {
		return nil, err
	}

	return bd, a.report(r.Job.ID, func(p *wire.JobReport) {
		if p.Phase == wire.PhaseDownloading {
			wait(0, wire.PhaseChecked).apply(p)
		}
	})
}

// stage writes the job's bundle into the idle slot.
func (a *Agent) stage(ctx context.Context, r record) error {
	bd, err := a.open(ctx, r, func(f io.ReaderAt, size int64) (*bundle.Bundle, error) { return a.board.Check(f, size, false) })
	if err != nil {
		return err
	}
	if m := bd.Manifest(); m.Build != r.Job.Build {
		return &update.Refusal{Code: codeWrongBuild, Detail: fmt.Sprintf("the bundle brings build %d, the job wants %d", m.Build, r.Job.Build)}
	}
	if slices.ContainsFunc(bd.Manifest().Payloads, isFirmware) {
		return &update.Refusal{Code: codeMixed, Detail: "firmware of devices comes in a bundle that fills no slot"}
	}
	if err := a.writing(r, 0); err != nil {
		return err
	}
	return a.board.Stage(ctx, bd, r.by(), func(p update.Progress) { a.progress(r, p.Done, p.All) })
}

// content installs what stands beside the software: packs, then firmware of devices.
func (a *Agent) content(ctx context.Context, r record) error {
	bd, err := a.open(ctx, r, a.board.Trusted)
	if err != nil {
		return err
	}

	if hasImages(bd.Manifest()) {
		return &update.Refusal{Code: codeWrongBuild, Detail: "the bundle is no content: it fills a slot"}
	}

	if err := a.writing(r, 0); err != nil {
		return err
	}

	if err := a.cfg.Content.InstallContent(ctx, bd, r.by(), func(done, all int64) { a.progress(r, done, all) }); err != nil {
		return err
	}

	flashed, err := a.flash(ctx, r, bd)
	if err != nil {
		return err
	}

	if err := a.board.Accept(bd); err != nil {
		return err
	}

	return a.report(r.Job.ID, end(wire.PhaseGood, "", flashed).apply)
}

func hasImages(m manifest.Manifest) bool {
	for _, p := range m.Payloads {
		if p.Kind == manifest.Boot || p.Kind == manifest.Root {
			return true
		}
	}
	return false
}

func (a *Agent) writing(r record, percent int) error {
	return a.report(r.Job.ID, func(p *wire.JobReport) {
		p.Phase, p.Percent, p.Detail = wire.PhaseWriting, percent, ""
	})
}

// progress reports how much is written. Failing to report it is not fatal.
func (a *Agent) progress(r record, done, all int64) {
	if err := a.writing(r, int(100*done/max(all, 1))); err != nil {
		a.log.Error("cannot report", "err", err)
	}
}
