package session

import (
	"fmt"
	"log/slog"
	"regexp"
	"time"
)

// The technician's screens. They are shown only while an update stick is plugged in.
const (
	StaffLogin    Screen = "staff-login"    // number, PIN and one-time code
	StaffStick    Screen = "staff-stick"    // what is on the stick
	StaffConfirm  Screen = "staff-confirm"  // one bundle, before it is installed
	StaffProgress Screen = "staff-progress" // it is being installed
	StaffResult   Screen = "staff-result"   // how that ended
)

// OfStaff reports whether a screen is one of the technician's.
func (s Screen) OfStaff() bool {
	switch s {
	case StaffLogin, StaffStick, StaffConfirm, StaffProgress, StaffResult:
		return true
	}
	return false
}

// Person is a member of staff who has logged in. The zero value is nobody.
type Person struct {
	Number string
	Name   string
	Role   string
}

// Staff is what a technician's visit has beside its screen.
type Staff struct {
	Person    Person
	Challenge string // shown at the login, for the one-time code; empty while it is not known
	Stick     string // id of the stick whose File was chosen
	File      string
	Code      string // staff-result: why nothing was installed; empty where it was
	Detail    string // of the result, for people
}

// Login is what a technician typed. It prints as the number only.
type Login struct {
	Number string
	PIN    string
	Code   string // one-time, for the challenge on the screen
}

var (
	_ fmt.Formatter  = Login{}
	_ slog.LogValuer = Login{}
)

// LoginOf takes a login out of its intent, whose arguments nobody else may keep.
func LoginOf(i Intent) Login {
	return Login{Number: i.Args["number"], PIN: i.Args["pin"], Code: i.Args["code"]}
}

// Format prints the number whatever the verb.
func (l Login) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "login of %s", l.Number) }

// LogValue stands in a log.
func (l Login) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(l)) }

// MarshalText stands in JSON.
func (l Login) MarshalText() ([]byte, error) { return []byte(fmt.Sprint(l)), nil }

var (
	numberForm = regexp.MustCompile(`^[0-9]{1,8}$`)
	pinForm    = regexp.MustCompile(`^[0-9]{6,12}$`)
	codeForm   = regexp.MustCompile(`^[0-9]{8}$`)
)

// staffTouched is the table of touches that concern staff; ok is false where there
// is no entry.
func staffTouched(s State, i Intent, env Env, now time.Time) (next State, effects []Effect, err error, ok bool) {
	switch string(s.Screen) + "/" + i.Name {
	case "idle/staff", "out-of-service/staff":
		if !env.Stick.There() {
			return s, nil, &Refused{Code: "no-stick", Message: "no update stick is plugged in"}, true
		}
		return s.show(StaffLogin, now), []Effect{AskChallenge}, nil, true
	case "staff-login/staff-login":
		next, effects, err = login(s, i, now)
		return next, effects, err, true
	case "staff-login/staff-leave", "staff-login/back":
		return s.show(Idle, now), []Effect{End}, nil, true
	case "staff-stick/staff-install":
		next, err = choose(s, i, env, now)
		return next, nil, err, true
	case "staff-confirm/back":
		return s.show(StaffStick, now), nil, nil, true
	case "staff-confirm/confirm":
		if o, fits := env.Stick.Offer(s.Staff.File); !fits || o.Refused != "" || env.Stick.ID != s.Staff.Stick {
			return s, nil, &Refused{Code: "not-installable", Message: "the bundle cannot be installed any more"}, true
		}
		return s.show(StaffProgress, now), []Effect{StickInstall}, nil, true
	case "staff-stick/staff-leave", "staff-confirm/staff-leave", "staff-result/staff-leave":
		return s.show(Idle, now), []Effect{StickDismiss, End}, nil, true
	}
	return s, nil, nil, false
}

func login(s State, i Intent, now time.Time) (State, []Effect, error) {
	l := LoginOf(i)
	switch {
	case s.Waiting:
		return s, nil, &Refused{Code: "busy", Message: "a login is being checked"}
	case !numberForm.MatchString(l.Number):
		return s, nil, &Refused{Code: "bad-number", Message: "a staff number has 1 to 8 digits"}
	case !pinForm.MatchString(l.PIN):
		return s, nil, &Refused{Code: "bad-pin", Message: "a PIN has 6 to 12 digits"}
	case !codeForm.MatchString(l.Code):
		return s, nil, &Refused{Code: "bad-code", Message: "a one-time code has 8 digits"}
	}
	s = s.Touch(now)
	s.Waiting = true
	return s, []Effect{CheckStaff}, nil
}

func choose(s State, i Intent, env Env, now time.Time) (State, error) {
	o, ok := env.Stick.Offer(i.Args["file"])
	switch {
	case !ok || env.Stick.Phase != StickOffered:
		return s, &Refused{Code: "no-such-file", Message: "the stick has no such bundle"}
	case o.Refused != "":
		return s, &Refused{Code: "not-installable", Message: "the bundle cannot be installed: " + o.Refused}
	}
	s.Staff.Stick, s.Staff.File = env.Stick.ID, o.File
	return s.show(StaffConfirm, now), nil
}

// Challenged shows the challenge of the login. An empty one says that nobody can log
// in here, because the kiosk knows no staff.
func Challenged(s State, challenge string) State {
	if s.Screen != StaffLogin || challenge != "" && challenge == s.Staff.Challenge {
		return s
	}
	s.Staff.Challenge = challenge
	if challenge == "" {
		return s.WithNotice("staff-no-roster")
	}
	return s.Changed()
}

// loginNotice is what the screen says of a refused login. Which of number, PIN and
// code was wrong nobody is told who may be guessing.
func loginNotice(code string) string {
	switch code {
	case "unknown", "pin", "code":
		return "staff-wrong"
	case "locked", "no-roster":
		return "staff-" + code
	}
	return "staff-refused"
}

// LoggedIn shows how a login ended: the stick, or with a code why not.
func LoggedIn(s State, p Person, code string, k Stick, now time.Time) State {
	if s.Screen != StaffLogin || !s.Waiting {
		return s
	}
	if code != "" {
		return s.Touch(now).WithNotice(loginNotice(code))
	}
	s = s.show(StaffStick, now)
	s.Staff.Person = p
	return StickSeen(s, k, now)
}

// StickSeen follows the stick: a technician whose stick was pulled is done, an
// installation that ended is told, and what is confirmed is what is still there.
func StickSeen(s State, k Stick, now time.Time) State {
	switch s.Screen {
	case StaffLogin:
		if !k.There() {
			return s.show(Idle, now)
		}
	case StaffStick, StaffConfirm:
		return s.atStick(k, now)
	case StaffProgress:
		switch {
		case k.ID != s.Staff.Stick:
			return StickEnded(s, "stick-gone", "", now)
		case k.Phase == StickInstalled:
			return StickEnded(s, "", k.Detail, now)
		case k.Phase == StickFailed:
			return StickEnded(s, orUnknown(k.Code), k.Detail, now)
		}
	}
	return s
}

func (s State) atStick(k Stick, now time.Time) State {
	offer, there := k.Offer(s.Staff.File)
	switch {
	case !k.There():
		return s.show(Idle, now)
	case k.Phase == StickInstalling || k.Phase == StickInstalled || k.Phase == StickFailed:
		s.Staff.Stick, s.Staff.File = k.ID, k.File
		return StickSeen(s.show(StaffProgress, now), k, now)
	case s.Screen == StaffConfirm && (k.ID != s.Staff.Stick || !there || offer.Refused != ""):
		return s.show(StaffStick, now)
	}
	return s
}

// StickEnded shows how an installation ended; an empty code is a good end.
func StickEnded(s State, code, detail string, now time.Time) State {
	if s.Screen != StaffProgress {
		return s
	}
	s = s.show(StaffResult, now)
	s.Staff.Code, s.Staff.Detail = code, detail
	return s
}

func orUnknown(code string) string {
	if code == "" {
		return "unknown"
	}
	return code
}
