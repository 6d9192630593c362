package updater

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/ota/update"
	"wattkiosk/ota/usb"
)

// Sticks are the board's USB sticks.
type Sticks interface {
	// Events tells which disks come and go; at first those that are there.
	Events() <-chan usb.Event
	usb.Mounter
}

// installStick writes a bundle from a stick into the idle slot, checking it again as
// it is read, arms it, and leaves a report.
func (a *Agent) installStick(ctx context.Context, s *stick, c agentapi.Choice) {
	work, cancel := a.working(ctx)
	err := a.locked(func() error { return a.stageStick(work, s, c) })
	cancel()
	if err != nil && ctx.Err() != nil {
		return // the agent stops: nothing is armed
	}

	code := stickCode(err)
	if err != nil {
		e := update.Entry{What: update.EntryRefused, By: byStick + c.By, From: a.board.Release.Version, Code: code, Detail: err.Error()}
		if err := a.board.Record(e); err != nil {
			a.log.Error("cannot keep the history", "err", err)
		}
	}

	a.log.Info("a stick was installed from", "file", c.File, "by", c.By, "code", code, "err", err)
	reported := a.writeReport(s, c.By, err)
	if reported != nil {
		a.log.Warn("no report on the stick", "err", reported)
	}

	a.showStick(s, func(p *agentapi.Stick) {
		p.Phase, p.Percent = agentapi.StickInstalled, 100
		if err != nil {
			p.Phase, p.Percent, p.Code, p.Detail = agentapi.StickFailed, 0, code, detail(err.Error())
		} else if reported != nil {
			p.Detail = detail("no report could be written: " + reported.Error())
		}
	})
}

// errRead marks what went wrong at the stick, and not at the board.
var errRead = errors.New("the stick could not be read to the end")

func stickCode(err error) string {
	code := update.Code(err)
	switch {
	case err == nil || code != "":
		return code
	case errors.Is(err, update.ErrLocked):
		return codeBusy
	case errors.Is(err, errRead):
		return codeUnreadable
	}
	return codeBoard
}

func (a *Agent) stageStick(ctx context.Context, s *stick, c agentapi.Choice) (err error) {
	dir, unmount, err := a.cfg.Sticks.Mount(s.part, false)
	if err != nil {
		return errors.Join(errRead, err)
	}
	defer func() {
		if e := unmount(); e != nil {
			a.log.Warn("the stick was let go in use", "err", e)
		}
	}()

	f, size, err := usb.Open(dir, c.File)
	if err != nil {
		return errors.Join(errRead, err)
	}
	defer f.Close()
	src := &failing{bounded: bounded{ctx, f}}
	bd, err := a.board.Check(src, size, false)
	if err == nil {
		err = a.board.Install(ctx, bd, byStick+c.By, func(p update.Progress) {
			a.showStick(s, func(show *agentapi.Stick) { show.Percent = int(100 * p.Done / max(p.All, 1)) })
		})
	}

	if err != nil && src.failed {
		return errors.Join(errRead, err)
	}

	return err
}

// failing is a stick's file that remembers whether it could not be read.
type failing struct {
	bounded
	failed bool
}

// ReadAt implements io.ReaderAt.
func (f *failing) ReadAt(p []byte, at int64) (int, error) {
	n, err := f.bounded.ReadAt(p, at)
	f.failed = f.failed || err != nil && !errors.Is(err, io.EOF)
	return n, err
}

// restartStick restarts the board into what came from a stick. Busy says that there
// is such a thing.
func (a *Agent) restartStick(ctx context.Context) (rest time.Duration, busy bool) {
	p, err := a.board.Pending()
	if err != nil || p == nil || !strings.HasPrefix(p.By, byStick) || a.pressed >= MaxRestarts {
		return 0, false
	}
	s, err := a.board.State()
	if err != nil || !p.Armed(s) {
		return 0, false
	}
	if err := a.hold(ctx, DownWaitStick); err != nil {
		return lookSoon, true
	}
	return a.restart(ctx, DownWaitStick, func() error { a.pressed++; return nil }), true
}
