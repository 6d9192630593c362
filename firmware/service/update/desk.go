package update

import (
	"time"

	"wattkiosk/firmware/page"
)

// Waits of the technician's screens.
const (
	ChallengeEvery = time.Minute      // between looks at the challenge while it is shown
	StickPatience  = 10 * time.Minute // for an installation without any progress
)

// Desk is what the service keeps between the screens: the stick, the login that is
// being checked, and what is due by time. The zero value has no stick.
type Desk struct {
	stick       Stick
	silentAt    time.Time // when an installation without progress is given up
	challengeAt time.Time // when the challenge is looked at again
	logins      uint64
	number      string // of the login that is being checked
}

// Stick is the stick as last seen.
func (d *Desk) Stick() Stick { return d.stick }

// Seen takes what the update agent says of the stick.
func (d *Desk) Seen(now time.Time, k Stick) {
	d.stick = k
	d.Progress(now)
}

// Progress starts the patience for an installation again.
func (d *Desk) Progress(now time.Time) { d.silentAt = now.Add(StickPatience) }

// Asked says that the challenge was asked for.
func (d *Desk) Asked(now time.Time) { d.challengeAt = now.Add(ChallengeEvery) }

// Check begins the check of a login and returns its id. Only the newest is
// answered.
func (d *Desk) Check(l Login) uint64 {
	d.logins++
	d.number = l.Number

	return d.logins
}

// Checked is the number of the login with that id; false for one that is over.
func (d *Desk) Checked(id uint64) (number string, ok bool) {
	return d.number, id == d.logins
}

// Due is what time alone asks for on a screen: another look at the challenge, or
// the end of an installation that makes no progress.
func (d *Desk) Due(now time.Time, s page.Screen) (challenge, silent bool) {
	return s == AtLogin && !now.Before(d.challengeAt), s == AtProgress && !now.Before(d.silentAt)
}

// Wake is when Due changes; zero for never.
func (d *Desk) Wake(s page.Screen) time.Time {
	switch s {
	case AtLogin:
		return d.challengeAt
	case AtProgress:
		return d.silentAt
	}

	return time.Time{}
}
