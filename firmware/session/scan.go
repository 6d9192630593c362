package session

import "time"

// TakesScan reports whether a bar code would be taken on the present screen.
func (s State) TakesScan() bool {
	switch s.Screen {
	case Idle, ChooseService:
		return true
	case EnterAccount:
		return !s.Waiting
	}
	return false
}

// Scanned fills in the account of a bill whose bar code was scanned, as if it had
// been typed and sent. An empty account is a code that is no bill's.
func Scanned(s State, account string, env Env, now time.Time) (State, []Effect) {
	if !s.TakesScan() || !env.CanPay {
		return s, nil
	}
	if s.Screen != EnterAccount {
		s = s.show(EnterAccount, now)
	}
	s = s.Touch(now)
	if account == "" {
		return s.WithNotice("not-a-bill"), nil
	}
	s.Account, s.Waiting = account, true
	return s, []Effect{Verify}
}
