package handover

import (
	"context"
	"errors"
	"log/slog"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/staff"
)

// LoginDesk checks technicians' logins on a goroutine of its own, one after the other:
// the check of a PIN is slow on purpose. Neither PIN nor code is kept or logged.
type LoginDesk struct {
	staff Staff // nil: nobody can log in
	log   *slog.Logger
	send  func(context.Context, kiosk.Event)

	challenges chan struct{}
	logins     chan kiosk.CheckStaff
}

// NewLoginDesk makes a desk; staff is nil where nobody can log in, send takes events for
// the core.
func NewLoginDesk(staff Staff, log *slog.Logger, send func(context.Context, kiosk.Event)) *LoginDesk {
	return &LoginDesk{staff: staff, log: log, send: send, challenges: make(chan struct{}, 1), logins: make(chan kiosk.CheckStaff, 1)}
}

// AskChallenge has the challenge sent to the core; it never blocks.
func (d *LoginDesk) AskChallenge() {
	select {
	case d.challenges <- struct{}{}:
	default: // one that is asked for already answers this one too
	}
}

// CheckStaff has a login checked and answered; it never blocks. The visit has one
// at a time; one that it gave up makes way for the next.
func (d *LoginDesk) CheckStaff(e kiosk.CheckStaff) {
	select {
	case <-d.logins:
	default:
	}
	d.logins <- e
}

// Run works until ctx ends.
func (d *LoginDesk) Run(ctx context.Context) {
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

func (d *LoginDesk) challenge() string {
	if d.staff == nil || !d.staff.Ready() {
		return ""
	}
	return d.staff.Challenge()
}

// notPossible is the code of a login that could not be checked.
const notPossible = "refused"

func (d *LoginDesk) check(e kiosk.CheckStaff) kiosk.StaffChecked {
	if d.staff == nil {
		return kiosk.StaffChecked{ID: e.ID, Code: string(staff.NoRoster)}
	}

	p, err := d.enter(e)
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

func (d *LoginDesk) enter(e kiosk.CheckStaff) (staff.Person, error) {
	if e.Collects {
		return d.staff.Enter(e.Number, e.PIN)
	}

	return d.staff.Login(e.Number, e.PIN, e.Login.Code)
}
