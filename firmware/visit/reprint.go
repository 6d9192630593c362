package visit

import (
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/collect"
	"wattkiosk/firmware/service/reprint"
	"wattkiosk/firmware/service/update"
)

// Reprinter shows how the login of who prints a slip again ended: the slips, or with a code
// why not.
func Reprinter(s State, p update.Person, code string, now time.Time) State {
	if s.Screen != reprint.AtLogin || !s.Waiting {
		return s
	}
	s = s.Touch(now)
	s.Waiting = false
	if code != "" {
		return s.WithNotice(collect.LoginNotice(code))
	}
	s = s.show(reprint.AtList, now)
	s.Reprinter = p

	return s
}

// Reprinting shows the slips that were found, or one of them.
func Reprinting(s State, at page.Screen, now time.Time) State {
	if s.Screen == at {
		return s.Changed()
	}

	return s.show(at, now)
}
