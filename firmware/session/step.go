package session

import (
	"fmt"
	"time"

	"wattkiosk/payments"
	"wattkiosk/payments/receipt"
)

// Intent is one touch: a stable name of the contract, its arguments, and the
// revision of the screen that was touched.
type Intent struct {
	Rev  uint64
	Name string
	Args map[string]string
}

// Refused is why an intent was not taken. Stale means that the screen changed
// meanwhile: the caller shows the present state.
type Refused struct {
	Code    string
	Message string
	Stale   bool
}

// Error implements error.
func (r *Refused) Error() string { return r.Code + ": " + r.Message }

// Effect is what the kiosk must do for the session.
type Effect string

// The effects.
const (
	Verify     Effect = "verify"      // ask head office about Account
	OpenCash   Effect = "open-cash"   // open a transaction for Quote
	FinishCash Effect = "finish-cash" // no more notes
	PrintAgain Effect = "print"       // the slip that failed, again
	End        Effect = "end"         // the visit is over

	AskChallenge Effect = "ask-challenge" // for the technician's login
	CheckStaff   Effect = "check-staff"   // the login of the intent (LoginOf)
	StickInstall Effect = "stick-install" // the bundle Staff.File
	StickDismiss Effect = "stick-dismiss" // the technician is done with the stick
)

// Env is what the session must know of the machine.
type Env struct {
	CanPay   bool // bill payment can be offered now
	HasCash  bool // the live transaction holds credited or undecided notes
	CanClose bool // the total reaches the minimum
	SlipDue  bool // the result's slip was not printed
	Stick    Stick
}

// Touched applies an intent. A *Refused error leaves s as it was.
func Touched(s State, i Intent, env Env, now time.Time) (State, []Effect, error) {
	if i.Rev != s.Rev {
		return s, nil, &Refused{Code: "stale", Message: fmt.Sprintf("the screen is at revision %d", s.Rev), Stale: true}
	}
	if i.Name == "language" {
		return language(s, i)
	}
	if i.Name == "more-time" && s.InVisit() && s.Screen != Processing && s.Screen != StaffProgress {
		s = s.Touch(now)
		return s, nil, nil
	}
	if next, effects, err, ok := onScreen(s, i, env, now); ok {
		return next, effects, err
	}
	if next, effects, err, ok := staffTouched(s, i, env, now); ok {
		return next, effects, err
	}
	return s, nil, &Refused{Code: "not-offered", Message: fmt.Sprintf("%.40q is not offered on screen %s", i.Name, s.Screen)}
}

func language(s State, i Intent) (State, []Effect, error) {
	l := receipt.Lang(i.Args["lang"])
	if l != receipt.Chinese && l != receipt.English {
		return s, nil, &Refused{Code: "bad-language", Message: "lang must be zh or en"}
	}
	s.Lang = l
	return s.Changed(), nil, nil
}

// onScreen is the table of touches; ok is false where there is no entry.
func onScreen(s State, i Intent, env Env, now time.Time) (next State, effects []Effect, err error, ok bool) {
	switch string(s.Screen) + "/" + i.Name {
	case "idle/start":
		return s.show(ChooseService, now), nil, nil, true
	case "idle/pay-bill", "choose-service/pay-bill":
		if !env.CanPay {
			return s, nil, &Refused{Code: "no-cash", Message: "cash payment is not available now"}, true
		}
		return s.show(EnterAccount, now), nil, nil, true
	case "choose-service/back", "choose-service/cancel", "enter-account/cancel", "confirm-account/cancel", "choose-tender/cancel":
		return s.show(Idle, now), []Effect{End}, nil, true
	case "enter-account/back":
		return s.show(ChooseService, now), []Effect{End}, nil, true
	case "enter-account/account":
		next, effects, err = account(s, i, now)
		return next, effects, err, true
	case "confirm-account/back":
		return s.show(EnterAccount, now), nil, nil, true
	case "confirm-account/confirm":
		return s.show(ChooseTender, now), nil, nil, true
	case "choose-tender/back":
		return s.show(ConfirmAccount, now), nil, nil, true
	case "choose-tender/tender":
		next, effects, err = tender(s, i, env, now)
		return next, effects, err, true
	case "insert-cash/finish-cash":
		if env.HasCash && !env.CanClose {
			return s, nil, &Refused{Code: "below-minimum", Message: "the notes so far do not reach the least payable amount"}, true
		}
		return s.show(Processing, now), []Effect{FinishCash}, nil, true
	case "insert-cash/cancel", "insert-cash/back":
		if env.HasCash {
			return s, nil, &Refused{Code: "notes-inside", Message: "notes are already in the machine: finish the payment"}, true
		}
		return s.show(Processing, now), []Effect{FinishCash}, nil, true
	case "done/print", "failed/print":
		next, effects, err = print(s, i, env, now)
		return next, effects, err, true
	case "done/finish", "done/back", "done/cancel", "failed/finish", "failed/back", "failed/cancel":
		return s.show(Idle, now), []Effect{End}, nil, true
	}
	return s, nil, nil, false
}

func account(s State, i Intent, now time.Time) (State, []Effect, error) {
	n := i.Args["number"]
	if s.Waiting {
		return s, nil, &Refused{Code: "busy", Message: "the account is being looked up"}
	}
	if !payments.ValidAccount(n) {
		return s, nil, &Refused{Code: "bad-account", Message: "an account number has 10 or 12 digits"}
	}
	s = s.Touch(now)
	s.Account, s.Waiting = n, true
	return s, []Effect{Verify}, nil
}

func tender(s State, i Intent, env Env, now time.Time) (State, []Effect, error) {
	switch {
	case i.Args["kind"] != "cash":
		return s, nil, &Refused{Code: "bad-tender", Message: "this kiosk takes cash; bank card and QR are not available"}
	case !env.CanPay:
		return s, nil, &Refused{Code: "no-cash", Message: "cash payment is not available now"}
	}
	return s.show(InsertCash, now), []Effect{OpenCash}, nil
}

func print(s State, i Intent, env Env, now time.Time) (State, []Effect, error) {
	switch i.Args["yes"] {
	case "true", "1", "yes":
		if env.SlipDue {
			return s.Touch(now), []Effect{PrintAgain}, nil
		}
		return s.Touch(now), nil, nil
	case "false", "0", "no":
		return s.show(Idle, now), []Effect{End}, nil
	}
	return s, nil, &Refused{Code: "bad-argument", Message: "yes must be true or false"}
}

// Verified shows the account that head office, or the offline policy, let pass.
func Verified(s State, q Quote, now time.Time) State {
	if s.Screen != EnterAccount || !s.Waiting {
		return s
	}
	s = s.show(ConfirmAccount, now)
	s.Quote = q
	return s
}

// NotPayable stays on the number pad and says why.
func NotPayable(s State, notice string) State {
	if s.Screen != EnterAccount || !s.Waiting {
		return s
	}
	return s.WithNotice(notice)
}

// CashClosed moves to processing, whoever closed it.
func CashClosed(s State, now time.Time) State {
	if s.Screen == Processing {
		return s
	}
	return s.show(Processing, now)
}

// Result shows how a payment ended. good is false where the customer must act.
func Result(s State, good bool, now time.Time) State {
	if good {
		return s.show(Done, now)
	}
	return s.show(Failed, now)
}

// ToIdle ends the visit.
func ToIdle(s State, now time.Time) State {
	if s.Screen == Idle {
		return s
	}
	return s.show(Idle, now)
}

// Block and Unblock switch between idle and out-of-service.
func Block(s State, blocked bool, now time.Time) State {
	switch {
	case blocked && s.Screen == Idle:
		return s.show(OutOfService, now)
	case !blocked && s.Screen == OutOfService:
		return s.show(Idle, now)
	}
	return s
}

// Tick runs the clock: first the question, then the default.
func Tick(s State, now time.Time) (State, []Effect) {
	if s.Deadline.IsZero() || now.Before(s.Deadline) {
		return s, nil
	}
	if !s.Asking && s.Screen != Done && s.Screen != Failed {
		s.Rev++
		s.Asking, s.Deadline = true, now.Add(AskFor)
		return s, nil
	}
	if s.Screen == InsertCash {
		return s.show(Processing, now), []Effect{FinishCash}
	}
	return s.show(Idle, now), []Effect{End}
}
