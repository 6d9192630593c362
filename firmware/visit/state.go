package visit

import (
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/buypower"
	"wattkiosk/firmware/service/collect"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/service/reprint"
	"wattkiosk/firmware/service/update"
	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
)

// State is a visit. The zero value is not valid; begin with New.
type State struct {
	Rev     uint64
	Screen  page.Screen
	Lang    receipt.Lang
	Home    receipt.Lang    // of the site: what every visit begins with
	Account string          // as entered
	Notice  string          // code of a message to the customer; empty for none
	Waiting bool            // enter-account: the query is under way; staff-login: the check
	Quote   paybill.Quote   // from confirm-account on
	Service profile.Service // as chosen; empty before
	Card    *buypower.Card  // the meter card in the machine, once it was read; never changed
	Tender  payments.Tender // as chosen
	Amount  money.Amount    // as chosen; 0 where the tender says it by itself
	Staff   update.State    // on the technician's screens
	// On the screens of a collection: who has logged in, and whether they count again.
	Collectors collect.People
	Recounts   bool
	Reprinter  update.Person // on the screens of who prints a slip again
	Weight     paybill.Weight
	Deadline   time.Time // when the kiosk acts by itself; zero for never
	Since      time.Time // when a screen was shown, or a button of it last touched
	Asking     bool      // "do you need more time?" is shown
	Waits      Waits
}

// New is the idle screen. Waits that are zero take their defaults.
func New(lang receipt.Lang, w Waits) State {
	return State{Rev: 1, Screen: page.Idle, Lang: lang, Home: lang, Waits: w}
}

// Waits are the patience of the screens. After Idle without a touch (or Cash
// without money, however it is paid) the kiosk asks; AskFor later it acts.
type Waits struct {
	Idle   time.Duration
	Cash   time.Duration
	Result time.Duration // of a result that needs nothing of the customer; others stay longer
	Staff  time.Duration // of the technician's screens
}

// The defaults of Waits, how long the question is shown, and how long an idle
// screen keeps a language that nobody goes on with.
const (
	Patience      = 60 * time.Second
	StaffPatience = 5 * time.Minute
	CountPatience = 30 * time.Minute // a cassette is counted meanwhile
	CodePatience  = 5 * time.Minute
	SlotPatience  = 30 * time.Second // of the slot that waits for a meter card
	AskFor        = 30 * time.Second
	LanguageKept  = 20 * time.Second
)

// Keys of a keypad that are touched keep a screen too, for TypingKept since it was
// shown or a button was touched: a panel that touches a key by itself keeps nobody
// waiting for ever. What they say within TypingRate of each other is one word.
const (
	TypingKept = 5 * time.Minute
	TypingRate = 3 * time.Second
)

// patience is how long the present screen waits before it asks or ends.
func (s State) patience() time.Duration {
	wait, otherwise := s.Waits.Idle, Patience
	switch {
	case s.result():
		return s.Weight.For
	case s.Screen == page.ShowCode: // the customer acts on the telephone
		return CodePatience
	case s.Screen == page.InsertMeterCard:
		return SlotPatience
	case paybill.Takes(s.Screen):
		wait = s.Waits.Cash
	case s.Screen == collect.AtCount:
		return CountPatience
	case update.Is(s.Screen), collect.Is(s.Screen), reprint.Is(s.Screen):
		wait, otherwise = s.Waits.Staff, StaffPatience
	}
	if wait <= 0 {
		return otherwise
	}

	return wait
}

func (s State) result() bool { return s.Screen == page.Done || s.Screen == page.Failed }

// InVisit reports whether somebody is at the screen: a customer, or a technician.
func (s State) InVisit() bool { return s.Screen != page.Idle && s.Screen != page.OutOfService }

// show moves to a screen: the notice goes, the clock starts again.
func (s State) show(screen page.Screen, now time.Time) State {
	from := s.Screen
	s.Rev++
	s.Screen = screen
	s.Notice = ""
	s.Waiting = false
	s.Asking = false
	s.Deadline = now.Add(s.patience())
	s.Since = now

	switch screen {
	case page.Idle, page.OutOfService:
		s.Account = ""
		s.Quote = paybill.Quote{}
		s.Tender = ""
		s.Amount = 0
		s.Service, s.Card = "", nil
		s.Lang = s.Home
		s.Deadline = time.Time{}
	case page.ChooseService:
		s.Service, s.Card = "", nil
	case page.Processing, page.TakeCard, page.WriteCard, update.AtProgress:
		s.Deadline = time.Time{}
	}
	if !update.Is(screen) {
		s.Staff = update.State{}
	}
	if !collect.Is(screen) {
		s.Collectors = collect.People{}
	}
	if !reprint.Is(screen) {
		s.Reprinter = update.Person{}
	}
	s.Recounts = screen == collect.AtCount && from == collect.AtCheck

	return s
}

// Touch restarts the clock of the present screen and withdraws the question.
func (s State) Touch(now time.Time) State {
	s.Rev++
	s.Asking = false
	s.Notice = ""
	s.Since = now
	if s.InVisit() && !s.Deadline.IsZero() {
		s.Deadline = now.Add(s.patience())
	}

	return s
}

// typing restarts the clock of a screen with a keypad, as a key of it was touched: what
// is said there stays, and the time that it may stay by keys alone is bounded. A word
// that says next to nothing new changes nothing, the revision included.
func (s State) typing(now time.Time) State {
	until := now.Add(s.patience())
	if last := s.Since.Add(TypingKept); until.After(last) {
		until = last
	}
	if s.Deadline.IsZero() || until.Before(s.Deadline.Add(TypingRate)) {
		return s
	}
	s.Rev++
	s.Asking = false
	s.Deadline = until

	return s
}

// types reports whether the screen has a keypad. Where money is taken none has: there
// only money, or a button, says that the customer is still here.
func (s State) types() bool {
	switch s.Screen {
	case page.EnterAccount, page.EnterAmount, update.AtLogin, collect.AtLogin, collect.AtExchange, collect.AtCount, collect.AtSign,
		reprint.AtLogin, reprint.AtFind:
		return true
	}

	return false
}

// WithNotice shows a message on the present screen.
func (s State) WithNotice(code string) State {
	s.Rev++
	s.Notice = code
	s.Waiting = false

	return s
}

// Changed raises the revision because something shown beside the visit did.
func (s State) Changed() State {
	s.Rev++
	return s
}
