package visit

import (
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/paybill"
)

// TakesScan reports whether a bar code would be taken on the present screen.
func (s State) TakesScan() bool {
	switch s.Screen {
	case page.Idle, page.ChooseService:
		return true
	case page.EnterAccount:
		return !s.Waiting
	}

	return false
}

// Scanned fills in the account of a bill whose bar code was scanned, as if it had
// been typed and sent. An empty account is a code that is no bill's.
func Scanned(s State, account string, m Machine, now time.Time) (State, []page.Effect) {
	if !s.TakesScan() || !m.Offers(profile.PayBill) {
		return s, nil
	}
	if s.Screen != page.EnterAccount {
		s = s.show(page.EnterAccount, now)
	}
	s = s.Touch(now)
	if account == "" {
		return s.WithNotice("not-a-bill"), nil
	}
	s.Account = account
	s.Waiting = true

	return s, []page.Effect{paybill.Verify}
}
