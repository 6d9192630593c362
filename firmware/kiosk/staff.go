package kiosk

import (
	"time"

	"wattkiosk/firmware/service/collect"
	"wattkiosk/firmware/service/reprint"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/visit"
	"wattkiosk/payments/record"
)

// desk is the technician's service with what it asks of others.
type desk struct {
	update.Desk
	stickOrder Effect // StickOpen or StickClose, since the last news of the stick
	opened     string // id of the stick that was opened for a login here, until it waits again
}

// ask has the challenge of the login looked up.
func (d *desk) ask(now time.Time) Effect {
	d.Asked(now)

	return AskChallenge{}
}

// check has a login checked; one at a time, as the visit waits for it.
func (d *desk) check(l update.Login) Effect { return CheckStaff{ID: d.Check(l), Login: l} }

// onLogin takes the answer to the present login. Who was let in is journaled first,
// and a refusal is: without a record nobody is let in.
func (c *Core) onLogin(e StaffChecked) {
	number, ok := c.desk.Checked(e.ID)
	if ok && collect.Is(c.visit.Screen) && c.visit.Waiting {
		collectors{c}.onCollector(number, e)
		return
	}
	if ok && c.visit.Screen == reprint.AtLogin && c.visit.Waiting {
		reprinters{c}.onReprinter(number, e)
		return
	}
	if !ok || c.visit.Screen != update.AtLogin || !c.visit.Waiting {
		return
	}
	if c.write(nil, loginDraft(number, e.Code)) != nil && e.Code == "" {
		e = StaffChecked{ID: e.ID, Code: "not-recorded"}
	}

	c.visit = visit.LoggedIn(c.visit, e.Person, e.Code, c.desk.Stick(), c.now)
	if c.visit.Screen == update.AtLogin {
		c.out.add(c.desk.ask(c.now))
	}
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

// follow tells the update agent what it must know of the visit: a stick is opened for whoever is
// logged in, and closed when nobody is. It is neither mounted nor read without a login. One
// that root opened, at the board itself, is root's to close.
func (d *desk) follow(s visit.State, out *outputs) {
	k := d.Stick()
	var order Effect
	switch inside := update.Is(s.Screen) && s.Screen != update.AtLogin; {
	case k.Phase == update.StickWaiting && inside:
		order, d.opened = StickOpen{Stick: k.ID, By: s.Staff.Person.Number}, k.ID
	case k.Phase == update.StickWaiting:
		d.opened = ""
	case !inside && d.opened == k.ID && (k.Phase == update.StickOffered || k.Phase == update.StickEmpty || k.Phase == update.StickFailed):
		order = StickClose{Stick: k.ID}
	}
	if order != nil && order != d.stickOrder {
		out.add(order)
	}
	d.stickOrder = order
}

// dismiss says that the technician is done with the stick, which closes it as well.
func (d *desk) dismiss() Effect {
	id := d.Stick().ID
	d.stickOrder = StickClose{Stick: id}

	return StickDismiss{Stick: id}
}

// install orders what the technician chose, once that is journaled.
func (c *Core) install() {
	s := c.visit.Staff
	o, _ := c.desk.Stick().Offer(s.File)
	b := mustJSON(map[string]any{"number": s.Person.Number, "file": s.File, "version": o.Version})
	if c.write(nil, record.Draft{Type: "staff-install", Version: 1, Payload: b}) != nil {
		c.visit = visit.StickEnded(c.visit, "journal", "", c.now)
		return
	}
	c.desk.Progress(c.now)
	c.out.add(StickInstall{Stick: s.Stick, File: s.File, By: s.Person.Number})
}
