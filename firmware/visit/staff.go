package visit

import (
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/update"
)

// Challenged shows the challenge of the login. An empty one says that nobody can log
// in here, because the kiosk knows no staff.
func Challenged(s State, challenge string) State {
	if s.Screen != update.AtLogin || challenge != "" && challenge == s.Staff.Challenge {
		return s
	}
	s.Staff.Challenge = challenge
	if challenge == "" {
		return s.WithNotice("staff-no-roster")
	}

	return s.Changed()
}

// LoggedIn shows how a login ended: the stick, or with a code why not.
func LoggedIn(s State, p update.Person, code string, k update.Stick, now time.Time) State {
	if s.Screen != update.AtLogin || !s.Waiting {
		return s
	}
	if code != "" {
		return s.Touch(now).WithNotice(update.LoginNotice(code))
	}
	s = s.show(update.AtStick, now)
	s.Staff.Person = p

	return StickSeen(s, k, now)
}

// StickSeen follows the stick.
func StickSeen(s State, k update.Stick, now time.Time) State {
	to, staff := s.Staff.Follow(s.Screen, k, page.Idle)

	return s.follow(to, staff, now)
}

// StickEnded shows how an installation ended; an empty code is a good end.
func StickEnded(s State, code, detail string, now time.Time) State {
	if s.Screen != update.AtProgress {
		return s
	}

	return s.follow(update.AtResult, s.Staff.Ended(code, detail), now)
}

func (s State) follow(to page.Screen, staff update.State, now time.Time) State {
	if to == s.Screen {
		return s
	}
	s = s.show(to, now)
	if update.Is(to) {
		s.Staff = staff
	}

	return s
}
