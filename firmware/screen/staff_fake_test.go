package screen

import (
	"fmt"
	"time"

	"wattkiosk/firmware/session"
	"wattkiosk/payments/receipt"
)

// stick is a technician's stick with so many bundles; the first fits.
func stick(bundles int) session.Stick {
	k := session.Stick{ID: "s1", Phase: session.StickOffered, Running: "1.4.0"}
	for i, o := range []session.Offer{
		{File: "wattkiosk-rpicm4-1.5.0.wkb", Version: "1.5.0", Board: "rpicm4", Size: 182_449_999, Signers: []string{"build-2026", "release-2026"}},
		{File: "wattkiosk-rpicm4-1.3.2.wkb", Version: "1.3.2", Board: "rpicm4", Size: 181_000_000, Signers: []string{"build-2026", "release-2026"}, Refused: "not-newer"},
		{File: "wattkiosk-qemuarm64-1.5.0.wkb", Version: "1.5.0", Board: "qemuarm64", Size: 96_500_000, Signers: []string{"build-2026", "release-2026"}, Refused: "wrong-board"},
		{File: "found-on-the-internet.wkb", Version: "9.9", Board: "rpicm4", Size: 1_200_000, Refused: "keyring-untrusted"},
	} {
		if i < bundles {
			k.Offers = append(k.Offers, o)
		}
	}
	for i := len(k.Offers); i < bundles; i++ {
		k.Offers = append(k.Offers, session.Offer{
			File: fmt.Sprintf("wattkiosk-rpicm4-1.6.0-rc%d.wkb", i), Version: fmt.Sprintf("1.6.0-rc%d", i), Board: "rpicm4", Size: 183_000_000,
			Signers: []string{"build-2026", "release-2026"},
		})
	}
	return k
}

// twins are screens that look like another one.
var twins = map[string]bool{"staff-login": true, "staff-login-no-challenge": true, "staff-login-locked": true, "staff-result-gone": true, "staff-stick-empty": true}

// staffFixtures are the technician's screens, and the way there.
func staffFixtures(l receipt.Lang) []fixture {
	var all []fixture
	add := func(name string, screen session.Screen, f func(s *session.State, k *session.Stick)) {
		s, m, k := session.New(l, session.Waits{}), machine(), stick(3)
		s.Rev, s.Screen = 12, screen
		s.Staff = session.Staff{Challenge: "735104", Stick: "s1", File: k.Offers[0].File, Person: session.Person{Number: "4711", Name: "*师傅"}}
		if screen.OfStaff() && screen != session.StaffProgress {
			s.Deadline = noon.Add(time.Minute)
		}
		if screen == session.StaffLogin {
			s.Staff.Person = session.Person{}
		}
		if screen == session.OutOfService {
			m.Blocks = []string{"door"}
		}
		if f != nil {
			f(&s, &k)
		}
		m.Env.Stick = k
		all = append(all, fixture{name: name, view: session.Draw(s, m), twin: twins[name]})
	}
	type (
		S = *session.State
		K = *session.Stick
	)
	add("idle-stick", session.Idle, nil)
	add("out-of-service-stick", session.OutOfService, nil)
	add("staff-login", session.StaffLogin, nil)
	add("staff-login-no-challenge", session.StaffLogin, func(s S, _ K) { s.Staff.Challenge = ""; s.Notice = "staff-no-roster" })
	add("staff-login-waiting", session.StaffLogin, func(s S, _ K) { s.Waiting = true })
	add("staff-login-wrong", session.StaffLogin, func(s S, _ K) { s.Notice = "staff-wrong" })
	add("staff-login-locked", session.StaffLogin, func(s S, _ K) { s.Notice = "staff-locked" })
	add("staff-stick", session.StaffStick, nil)
	add("staff-stick-many", session.StaffStick, func(_ S, k K) { *k = stick(8) })
	add("staff-stick-reading", session.StaffStick, func(_ S, k K) { k.Phase, k.Offers = session.StickReading, nil })
	add("staff-stick-empty", session.StaffStick, func(_ S, k K) { k.Phase, k.Offers = session.StickEmpty, nil })
	add("staff-confirm", session.StaffConfirm, nil)
	add("staff-progress", session.StaffProgress, func(_ S, k K) { k.Phase, k.Percent = session.StickInstalling, 37 })
	add("staff-result", session.StaffResult, nil)
	add("staff-result-failed", session.StaffResult, func(s S, _ K) {
		s.Staff.Code, s.Staff.Detail = "chunk-damaged", "payload rootfs, chunk 7 of 512: SHA-256 does not match"
	})
	add("staff-result-gone", session.StaffResult, func(s S, _ K) { s.Staff.Code = "stick-gone" })
	return all
}
