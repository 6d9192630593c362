package appliance

import (
	"context"
	"errors"
	"log/slog"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/staff"
)

// desk checks technicians' logins on a goroutine of its own, one after the other:
// the check of a PIN is slow on purpose. Neither PIN nor code is kept or logged.
type desk struct {
	staff Staff // nil: nobody can log in
	log   *slog.Logger
	send  func(context.Context, kiosk.Event)

	challenges chan struct{}
	logins     chan kiosk.CheckStaff
}

func newDesk(staff Staff, log *slog.Logger, send func(context.Context, kiosk.Event)) *desk {
	return &desk{staff: staff, log: log, send: send, challenges: make(chan struct{}, 1), logins: make(chan kiosk.CheckStaff, 1)}
}

// AskChallenge has the challenge sent to the core; it never blocks.
func (d *desk) AskChallenge() {
	select {
	case d.challenges <- struct{}{}:
	default: // one that is asked for already answers this one too
	}
}

// CheckStaff has a login checked and answered; it never blocks. The visit has one
// at a time; one that it gave up makes way for the next.
func (d *desk) CheckStaff(e kiosk.CheckStaff) {
	select {
	case <-d.logins:
	default:
	}
	d.logins <- e
}

// run works until ctx ends.
func (d *desk) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.challenges:
			d.send(ctx, kiosk.Challenge{Text: d.challenge()})
		case e := <-d.logins:
			d.send(ctx, d.check(e))
		}
	}
}

func (d *desk) challenge() string {
	if d.staff == nil || !d.staff.Ready() {
		return ""
	}
	return d.staff.Challenge()
}

// notPossible is the code of a login that could not be checked.
const notPossible = "refused"

func (d *desk) check(e kiosk.CheckStaff) kiosk.StaffChecked {
	if d.staff == nil {
		return kiosk.StaffChecked{ID: e.ID, Code: string(staff.NoRoster)}
	}
	p, err := d.staff.Login(e.Number, e.PIN, e.Login.Code)
	if err == nil {
		d.log.Info("staff logged in", "number", p.Number)
		return kiosk.StaffChecked{ID: e.ID, Person: update.Person{Number: p.Number, Name: p.Name, Role: string(p.Role)}}
	}
	code := notPossible
	if r, ok := errors.AsType[*staff.Refused](err); ok {
		code = string(r.Code)
	} else {
		d.log.Error("cannot check a login", "err", err)
	}
	d.log.Warn("staff login refused", "code", code)
	return kiosk.StaffChecked{ID: e.ID, Code: code}
}

// counter is everything that serves staff: the desk, and the update agent behind it.
type counter struct {
	*desk
	*relay
}

var _ Service = counter{}

// run works until ctx ends.
func (c counter) run(ctx context.Context) {
	done := make(chan struct{})
	go func() { defer close(done); c.desk.run(ctx) }()
	c.relay.run(ctx)
	<-done
}
