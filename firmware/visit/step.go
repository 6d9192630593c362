package visit

import (
	"fmt"
	"strconv"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
)

// Touched applies an intent: the touch of that name on the present page. A
// *page.Refused error leaves s as it was.
func Touched(s State, i page.Intent, m Machine, now time.Time) (State, []page.Effect, error) {
	if i.Rev != s.Rev {
		return s, nil, &page.Refused{Code: "stale", Message: fmt.Sprintf("the screen is at revision %d", s.Rev), Stale: true}
	}
	switch {
	case i.Name == "language":
		return language(s, i, now)
	case i.Name == "still-here" && s.types(): // what was typed stays with the page
		return s.typing(now), nil, nil
	}

	t, err := page.Find(touches{s.Page(m), s.moreTime()}, s.Screen, i)
	if err != nil {
		return s, nil, err
	}
	move, err := t.Do(i)
	if err != nil {
		return s, nil, err
	}

	return s.make(move, m, now), move.Effects, nil
}

// make makes a move. What was typed belongs to the screen that it was typed on.
func (s State) make(m page.Move, machine Machine, now time.Time) State {
	from := s.Screen
	if m.To != "" {
		s = s.show(m.To, now)
	} else {
		s = s.Touch(now)
	}
	s.Waiting = m.Waiting
	if from == page.MeterCard && m.Waiting {
		s.Card = s.Card.Again()
	}

	switch {
	case m.Typed == "":
	case from == page.Done || from == page.Failed: // the same bill, in another way
		s.Service, s.Account = profile.PayBill, m.Typed
	case from == page.Idle || from == page.ChooseService:
		s.Service = profile.Service(m.Typed)
	case from == page.EnterAccount:
		s.Account = m.Typed
	case from == page.ChooseTender:
		s.Tender = payments.Tender(m.Typed)
		if s.Service != profile.BuyPower { // its amount is chosen before
			s.Amount = 0
		}
	case from == page.ChooseAmount || from == page.EnterAmount:
		fen, _ := strconv.ParseInt(m.Typed, 10, 64) // the page wrote it
		s.Amount = money.Amount(fen)
	default:
		s.Staff.Stick, s.Staff.File = machine.Stick.ID, m.Typed
	}

	return s
}

func language(s State, i page.Intent, now time.Time) (State, []page.Effect, error) {
	l := receipt.Lang(i.Args["lang"])
	if l != receipt.Chinese && l != receipt.English {
		return s, nil, &page.Refused{Code: "bad-language", Message: "lang must be zh or en"}
	}
	s.Lang = l
	if !s.InVisit() {
		s.Deadline = time.Time{}
		if l != s.Home {
			s.Deadline = now.Add(LanguageKept)
		}
	}

	return s.Changed(), nil, nil
}

// Verified shows the account that head office, or the offline policy, let pass, or
// says on the number pad why it cannot be paid.
func Verified(s State, a paybill.Answer, now time.Time) State {
	switch {
	case s.Screen != page.EnterAccount || !s.Waiting:
		return s
	case a.Notice != "":
		return s.WithNotice(a.Notice)
	}
	s = s.show(page.ConfirmAccount, now)
	s.Quote = a.Quote

	return s
}

// Taking goes back to where the tender is taken that was chosen.
func Taking(s State, now time.Time) State {
	at, ok := paybill.RoomOf(s.Tender)
	if !ok {
		return s
	}

	return s.show(at, now)
}

// Follow goes where the station leads that the customer pays at.
func Follow(s State, of payments.Tender, step string, now time.Time) State {
	to, ok := paybill.Shows(of, step)
	if !ok || to == s.Screen || !s.paying() {
		return s
	}

	return s.show(to, now)
}

// paying reports whether the customer is where money is taken, or waits for its outcome.
func (s State) paying() bool {
	return paybill.Takes(s.Screen) || s.Screen == page.Processing || s.Screen == page.TakeCard
}

// CashClosed moves to processing, whoever closed it.
func CashClosed(s State, now time.Time) State {
	if s.Screen == page.Processing {
		return s
	}

	return s.show(page.Processing, now)
}

// Result shows how a payment ended. good is false where the customer must act.
func Result(s State, good bool, w paybill.Weight, now time.Time) State {
	s.Weight = w
	if good {
		return s.show(page.Done, now)
	}

	return s.show(page.Failed, now)
}

// Weigh gives the result on the screen the time that it needs now, such as when
// its slip turns out not to be printed.
func Weigh(s State, w paybill.Weight, now time.Time) State {
	if !s.result() || s.Weight == w {
		return s
	}
	s.Weight = w
	if !s.Asking {
		s.Deadline = now.Add(s.patience())
	}

	return s.Changed()
}

// ToIdle ends the visit, once a meter card that is inside was taken.
func ToIdle(s State, now time.Time) State {
	switch {
	case s.Screen == page.Idle:
		return s
	case s.Card != nil:
		return s.show(page.TakeCard, now)
	}

	return s.show(page.Idle, now)
}

// Block switches between idle and out-of-service.
func Block(s State, blocked bool, now time.Time) State {
	switch {
	case blocked && s.Screen == page.Idle:
		return s.show(page.OutOfService, now)
	case !blocked && s.Screen == page.OutOfService:
		return s.show(page.Idle, now)
	}

	return s
}

// Tick runs the clock: first the question, then the default.
func Tick(s State, now time.Time) (State, []page.Effect) {
	switch {
	case s.Deadline.IsZero() || now.Before(s.Deadline):
		return s, nil
	case !s.InVisit(): // a language that nobody went on with
		return s.show(s.Screen, now), nil
	case !s.Asking && (!s.result() || s.Weight.Asks):
		s.Rev++
		s.Asking = true
		s.Deadline = now.Add(AskFor)

		return s, nil
	case paybill.Takes(s.Screen):
		return s.show(page.Processing, now), []page.Effect{paybill.TimeOut}
	case s.Card != nil && !s.result():
		return s.show(page.TakeCard, now), nil
	}

	return s.show(page.Idle, now), []page.Effect{page.End}
}
