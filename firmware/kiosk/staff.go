package kiosk

import (
	"time"

	"wattkiosk/firmware/session"
	"wattkiosk/payments/record"
)

// Waits of the technician's screens.
const (
	challengeEvery = time.Minute      // between looks at the challenge while it is shown
	stickPatience  = 10 * time.Minute // for an installation without any progress
)

// staff is what the technician's screens need beside the visit.
type staff struct {
	stick       session.Stick
	stickBy     time.Time // when an installation without progress is given up
	challengeAt time.Time // when the challenge is looked at again
	logins      uint64
	pending     session.Login // being checked: the number only
}

// askChallenge has the challenge of the login looked up.
func (c *Core) askChallenge() {
	c.staff.challengeAt = c.now.Add(challengeEvery)
	c.emit(AskChallenge{})
}

// checkStaff has a login checked; one at a time, as the session waits for it.
func (c *Core) checkStaff(l session.Login) {
	c.staff.logins++
	c.staff.pending = session.Login{Number: l.Number}
	c.emit(CheckStaff{ID: c.staff.logins, Login: l})
}

// onLogin takes the answer to the present login. Who was let in is journaled first,
// and a refusal is: without a record nobody is let in.
func (c *Core) onLogin(e StaffChecked) {
	if e.ID != c.staff.logins || c.visit.Screen != session.StaffLogin || !c.visit.Waiting {
		return
	}
	if c.write(nil, loginDraft(c.staff.pending.Number, e.Code)) != nil && e.Code == "" {
		e = StaffChecked{ID: e.ID, Code: "not-recorded"}
	}
	c.visit = session.LoggedIn(c.visit, e.Person, e.Code, c.staff.stick, c.now)
	if c.visit.Screen == session.StaffLogin {
		c.askChallenge()
	}
	c.emit(Redraw{})
}

// loginDraft records a login. A number that nobody has is left out: it may be a PIN
// that was typed into the wrong field.
func loginDraft(number, code string) record.Draft {
	if code == "unknown" || code == "no-roster" {
		number = ""
	}
	b := mustJSON(map[string]any{"number": number, "ok": code == "", "code": code})
	return record.Draft{Type: "staff-login", Version: 1, Payload: b}
}

// onStick follows what the update agent says of the stick.
func (c *Core) onStick(k session.Stick) {
	c.staff.stick = k
	c.staff.stickBy = c.now.Add(stickPatience)
	c.visit = session.StickSeen(c.visit, k, c.now)
	c.emit(Redraw{})
}

// install orders what the technician chose, once that is journaled.
func (c *Core) install() {
	s := c.visit.Staff
	o, _ := c.staff.stick.Offer(s.File)
	b := mustJSON(map[string]any{"number": s.Person.Number, "file": s.File, "version": o.Version})
	if c.write(nil, record.Draft{Type: "staff-install", Version: 1, Payload: b}) != nil {
		c.visit = session.StickEnded(c.visit, "journal", "", c.now)
		return
	}
	c.staff.stickBy = c.now.Add(stickPatience)
	c.emit(StickInstall{Stick: s.Stick, File: s.File, By: s.Person.Number})
}

// onSessionOfStaff carries out what a touch on a technician's screen asked for.
func (c *Core) onSessionOfStaff(e session.Effect) {
	switch e {
	case session.AskChallenge:
		c.askChallenge()
	case session.StickInstall:
		c.install()
	case session.StickDismiss:
		c.emit(StickDismiss{Stick: c.staff.stick.ID})
	}
}

// runStaffTimers looks at the challenge again, and gives up an installation that
// makes no progress.
func (c *Core) runStaffTimers() {
	switch c.visit.Screen {
	case session.StaffLogin:
		if !c.now.Before(c.staff.challengeAt) {
			c.askChallenge()
		}
	case session.StaffProgress:
		if !c.now.Before(c.staff.stickBy) {
			c.visit = session.StickEnded(c.visit, "silent", "", c.now)
		}
	}
}

// staffWake is when runStaffTimers has something to do; zero for never.
func (c *Core) staffWake() time.Time {
	switch c.visit.Screen {
	case session.StaffLogin:
		return c.staff.challengeAt
	case session.StaffProgress:
		return c.staff.stickBy
	}
	return time.Time{}
}
