package session

import (
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
)

// Screen is a stable screen id of the published contract.
type Screen string

// The screens of the main flow.
const (
	Idle           Screen = "idle"
	ChooseService  Screen = "choose-service"
	EnterAccount   Screen = "enter-account"
	ConfirmAccount Screen = "confirm-account"
	ChooseTender   Screen = "choose-tender"
	InsertCash     Screen = "insert-cash"
	Processing     Screen = "processing"
	Done           Screen = "done"
	Failed         Screen = "failed"
	OutOfService   Screen = "out-of-service"
)

// Quote is the account as it was verified, or as the offline policy lets it pass.
type Quote struct {
	Account string
	Name    string // masked
	Address string // masked
	Fee     money.Amount
	Penalty money.Amount
	Advance money.Amount
	Arrears money.Amount
	Minimum money.Amount
	Online  bool
	Limit   money.Amount // most that may be paid now
}

// State is a visit. The zero value is not valid; begin with New.
type State struct {
	Rev      uint64
	Screen   Screen
	Lang     receipt.Lang
	Account  string    // as entered
	Notice   string    // code of a message to the customer; empty for none
	Waiting  bool      // enter-account: the query is under way; staff-login: the check
	Quote    Quote     // from confirm-account on
	Staff    Staff     // on the technician's screens
	Deadline time.Time // when the kiosk acts by itself; zero for never
	Asking   bool      // "do you need more time?" is shown
	Waits    Waits
}

// New is the idle screen. Waits that are zero take their defaults.
func New(lang receipt.Lang, w Waits) State {
	return State{Rev: 1, Screen: Idle, Lang: lang, Waits: w}
}

// Waits are the patience of the screens. After Idle without a touch (or Cash
// without a note) the kiosk asks; AskFor later it acts.
type Waits struct {
	Idle   time.Duration
	Cash   time.Duration
	Result time.Duration // how long a result is shown
	Staff  time.Duration // of the technician's screens
}

// The defaults of Waits, and how long the question is shown.
const (
	Patience      = 60 * time.Second
	ResultShown   = 30 * time.Second
	StaffPatience = 5 * time.Minute
	AskFor        = 15 * time.Second
)

// patience is how long the present screen waits before it asks or ends.
func (s State) patience() time.Duration {
	wait, otherwise := s.Waits.Idle, Patience
	switch s.Screen {
	case InsertCash:
		wait = s.Waits.Cash
	case Done, Failed:
		wait, otherwise = s.Waits.Result, ResultShown
	}
	if s.Screen.OfStaff() {
		wait, otherwise = s.Waits.Staff, StaffPatience
	}
	if wait <= 0 {
		return otherwise
	}
	return wait
}

// InVisit reports whether somebody is at the screen: a customer, or a technician.
func (s State) InVisit() bool { return s.Screen != Idle && s.Screen != OutOfService }

// show moves to a screen: the notice goes, the clock starts anew.
func (s State) show(screen Screen, now time.Time) State {
	s.Rev++
	s.Screen, s.Notice, s.Waiting, s.Asking = screen, "", false, false
	s.Deadline = now.Add(s.patience())
	switch screen {
	case Idle, OutOfService:
		s.Account, s.Quote, s.Deadline = "", Quote{}, time.Time{}
	case Processing, StaffProgress:
		s.Deadline = time.Time{}
	}
	if !screen.OfStaff() {
		s.Staff = Staff{}
	}
	return s
}

// Touch restarts the clock of the present screen and withdraws the question.
func (s State) Touch(now time.Time) State {
	s.Rev++
	s.Asking, s.Notice = false, ""
	if !s.Deadline.IsZero() {
		s.Deadline = now.Add(s.patience())
	}
	return s
}

// WithNotice shows a message on the present screen.
func (s State) WithNotice(code string) State {
	s.Rev++
	s.Notice, s.Waiting = code, false
	return s
}

// Changed raises the revision because something shown beside the session did.
func (s State) Changed() State { s.Rev++; return s }
