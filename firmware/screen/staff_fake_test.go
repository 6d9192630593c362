package screen

import (
	"fmt"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/visit"
	"wattkiosk/payments/receipt"
)

// stick is a technician's stick with so many bundles; the first fits.
func stick(bundles int) update.Stick {
	k := update.Stick{ID: "s1", Phase: update.StickOffered, Running: "1.4.0"}
	for i, o := range []update.Offer{
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
		k.Offers = append(k.Offers, update.Offer{
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
	add := func(name string, screen page.Screen, f func(s *visit.State, k *update.Stick)) {
		s, m, k := visit.New(l, visit.Waits{}), machine(), stick(3)
		s.Rev, s.Screen = 12, screen
		s.Staff = update.State{Challenge: "735104", Stick: "s1", File: k.Offers[0].File, Person: update.Person{Number: "4711", Name: "*师傅"}}
		if update.Is(screen) && screen != update.AtProgress {
			s.Deadline = noon.Add(time.Minute)
		}
		if screen == update.AtLogin {
			s.Staff.Person = update.Person{}
		}
		if screen == page.OutOfService {
			m.Blocks = []condition.Code{condition.Door}
		}
		if f != nil {
			f(&s, &k)
		}
		m.Stick = k
		all = append(all, fixture{name: name, view: visit.Draw(s, m), twin: twins[name]})
	}
	type (
		S = *visit.State
		K = *update.Stick
	)
	add("idle-stick", page.Idle, nil)
	add("out-of-service-stick", page.OutOfService, nil)
	add("staff-login", update.AtLogin, nil)
	add("staff-login-no-challenge", update.AtLogin, func(s S, _ K) { s.Staff.Challenge = ""; s.Notice = "staff-no-roster" })
	add("staff-login-waiting", update.AtLogin, func(s S, _ K) { s.Waiting = true })
	add("staff-login-wrong", update.AtLogin, func(s S, _ K) { s.Notice = "staff-wrong" })
	add("staff-login-locked", update.AtLogin, func(s S, _ K) { s.Notice = "staff-locked" })
	add("staff-stick", update.AtStick, nil)
	add("staff-stick-many", update.AtStick, func(_ S, k K) { *k = stick(8) })
	add("staff-stick-reading", update.AtStick, func(_ S, k K) { k.Phase, k.Offers = update.StickReading, nil })
	add("staff-stick-empty", update.AtStick, func(_ S, k K) { k.Phase, k.Offers = update.StickEmpty, nil })
	add("staff-confirm", update.AtConfirm, nil)
	add("staff-progress", update.AtProgress, func(_ S, k K) { k.Phase, k.Percent = update.StickInstalling, 37 })
	add("staff-result", update.AtResult, nil)
	add("staff-result-failed", update.AtResult, func(s S, _ K) {
		s.Staff.Code, s.Staff.Detail = "chunk-damaged", "payload rootfs, chunk 7 of 512: SHA-256 does not match"
	})
	add("staff-result-gone", update.AtResult, func(s S, _ K) { s.Staff.Code = "stick-gone" })
	return all
}
