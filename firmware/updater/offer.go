package updater

import (
	"errors"
	"fmt"
	"time"

	"wattkiosk/firmware/updater/agentapi"
	"wattkiosk/ota/update"
	"wattkiosk/uplink/wire"
)

// errNewer stops what is done for a job that was taken back or replaced.
var errNewer = errors.New("there is news of the job")

func refuse(code agentapi.ErrorCode, format string, args ...any) error {
	return &agentapi.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Offer takes a job as it came from head office, durably, or says why not. Nil says
// that head office wants nothing more: a finished job is not reported any more; one
// that is not goes on, for only a signed job takes it back.
func (a *Agent) Offer(s *wire.Signed) error {
	if s == nil {
		return a.quiet()
	}

	who := a.cfg.Who()
	if who.Key == nil {
		return refuse(agentapi.CodeNoKey, "this kiosk is not enrolled")
	}

	j, err := wire.OpenJob(who.Key, *s)
	switch {
	case errors.Is(err, wire.ErrSignature):
		return refuse(agentapi.CodeSignature, "%v", err)
	case err != nil:
		return refuse(agentapi.CodeBadRequest, "%v", err)
	case j.Kiosk != who.Kiosk:
		return refuse(agentapi.CodeWrongKiosk, "the job is for kiosk %s; this is %s", j.Kiosk, who.Kiosk)
	}

	a.mu.Lock()
	defer a.mu.Unlock()
	a.who = who
	return a.take(j)
}

func (a *Agent) quiet() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.rec == nil || a.rec.Quiet || !a.rec.Report.Phase.Final() {
		return nil
	}
	next := *a.rec
	next.Quiet = true
	return a.keep(next)
}

// take has a.mu.
func (a *Agent) take(j wire.Job) error {
	switch old := a.rec; {
	case old != nil && j.Issued < old.Job.Issued:
		return refuse(agentapi.CodeOlder, "job %s was issued before job %s, which is known", j.ID, old.Job.ID)
	case old != nil && j.ID == old.Job.ID:
		a.moments.hear(time.UnixMilli(j.Issued))
		return a.again(j)
	case old != nil && !old.Report.Phase.Final() && (a.armed || pending(a.board, *old)):
		return refuse(agentapi.CodeArmed, "job %s is about to be tried, or on trial", old.Job.ID)
	}

	a.moments.hear(time.UnixMilli(j.Issued))
	now, _ := a.moments.now()
	if err := a.keep(newRecord(j, a.board.Release.Build, now, a.cfg.Rand())); err != nil {
		return err
	}

	a.log.Info("job taken", "id", j.ID, "kind", string(j.Kind), "build", j.Build)
	a.interrupt(errNewer)
	return nil
}

// pending reports whether a job cannot be called back. What cannot be read counts
// as that.
func pending(b *update.Board, r record) bool {
	p, err := b.Pending()
	return err != nil || p != nil && p.By == r.by()
}

// again takes over what head office may change of a job that it sent before.
func (a *Agent) again(j wire.Job) error {
	next := *a.rec
	next.Quiet = false
	next.Job.Issued, next.Job.Deadline, next.Job.Withdrawn = j.Issued, j.Deadline, j.Withdrawn
	if j.Bundle != nil && next.Job.Bundle != nil {
		b := *next.Job.Bundle
		b.URL = j.Bundle.URL
		next.Job.Bundle = &b
	}

	stop := j.Withdrawn && !a.rec.Job.Withdrawn && !a.armed
	if err := a.keep(next); err != nil {
		return err
	}

	if stop {
		a.interrupt(errNewer)
	}

	a.kick()
	return nil
}

// keep has a.mu: the record is durable before anybody learns of it.
func (a *Agent) keep(r record) error {
	if err := saveRecord(a.board.Store, r); err != nil {
		return err
	}
	a.rec = &r
	a.tell()
	return nil
}
