package update

import "wattkiosk/firmware/page"

// Follow is where a technician's screen goes when the stick changes: one whose
// stick was pulled is done, an installation that ended is shown, and what is
// confirmed is what is still there. It returns the screen it was given where
// nothing changes.
func (s State) Follow(at page.Screen, k Stick, home page.Screen) (page.Screen, State) {
	switch at {
	case AtLogin:
		if !k.There() {
			return home, s
		}
	case AtStick, AtConfirm:
		return s.atStick(at, k, home)
	case AtProgress:
		return s.atProgress(k)
	}

	return at, s
}

func (s State) atStick(at page.Screen, k Stick, home page.Screen) (page.Screen, State) {
	offer, there := k.Offer(s.File)
	switch {
	case !k.There():
		return home, s
	case k.Phase == StickInstalling || k.Phase == StickInstalled || k.Phase == StickFailed:
		s.Stick, s.File = k.ID, k.File
		return s.atProgress(k)
	case at == AtConfirm && (k.ID != s.Stick || !there || offer.Refused != ""):
		return AtStick, s
	}

	return at, s
}

func (s State) atProgress(k Stick) (page.Screen, State) {
	switch {
	case k.ID != s.Stick:
		return AtResult, s.Ended("stick-gone", "")
	case k.Phase == StickInstalled:
		return AtResult, s.Ended("", k.Detail)
	case k.Phase == StickFailed && k.Code == "":
		return AtResult, s.Ended("unknown", k.Detail)
	case k.Phase == StickFailed:
		return AtResult, s.Ended(k.Code, k.Detail)
	}

	return AtProgress, s
}

// Ended is the state of a result; an empty code is a good end.
func (s State) Ended(code, detail string) State {
	s.Code, s.Detail = code, detail

	return s
}
