package cardsystem

import "wattkiosk/payments/mis"

var (
	done     = mis.Verdict{Outcome: mis.Done}
	none     = mis.Verdict{Outcome: mis.NotDone, Retry: true}
	notNow   = mis.Verdict{Outcome: mis.NotDone, Retry: true, Reason: mis.NotNow}
	denied   = mis.Verdict{Outcome: mis.NotDone}
	reversed = mis.Verdict{Outcome: mis.NotDone, Reversed: true}
	open     = mis.Verdict{}
	wait     = mis.Verdict{Wait: true}
)

func refused(r mis.Reason) mis.Verdict { return mis.Verdict{Outcome: mis.NotDone, Reason: r} }

// ruling is what a meaning means for each call.
type ruling struct{ quote, sell, ask, reverse, steps mis.Verdict }

// rulings is read-only. A sale is refused only by what can say nothing but "nothing was
// sold"; what could be the echo of our own earlier call, or of a failure half way, is left
// open, because asking by serial costs one call. So are keys that are away: some systems
// sell first and encrypt then. Where an answer to ask or reverse only says "later", it is
// a wait. A reversal is denied only by what says that nothing was reversed.
var rulings = map[Meaning]ruling{
	SaysOK:              {done, done, done, done, done},
	SaysFailed:          {notNow, open, wait, wait, open},
	SaysBadPacket:       {open, open, open, open, open},
	SaysNone:            {refused(mis.NotPayable), refused(mis.NotPayable), none, denied, refused(mis.NotPayable)},
	SaysNoUser:          {refused(mis.NoAccount), refused(mis.NoAccount), open, open, refused(mis.NoAccount)},
	SaysBusy:            {notNow, notNow, wait, wait, refused(mis.NotNow)},
	SaysInProcess:       {notNow, open, wait, wait, refused(mis.NotNow)},
	SaysDuplicate:       {refused(mis.NotPayable), open, open, open, refused(mis.NotPayable)},
	SaysBought:          {refused(mis.NotPayable), open, open, open, refused(mis.NotPayable)},
	SaysReversed:        {refused(mis.NotPayable), open, reversed, done, refused(mis.NotPayable)},
	SaysInvalidReversal: {refused(mis.NotPayable), open, open, denied, open},
	SaysNoNextDay:       {refused(mis.NotPayable), open, open, denied, open},
	SaysNotLoaded:       card(mis.NotLoaded),
	SaysOldCard:         card(mis.OldCard),
	SaysNotOpened:       card(mis.NotOpened),
	SaysBlankCard:       card(mis.BlankCard),
	SaysOtherCard:       card(mis.OtherCard),
	SaysCountDiffers:    card(mis.CountDiffers),
	SaysArrearsFirst:    card(mis.ArrearsFirst),
	SaysOverHoarding:    card(mis.OverHoarding),
	SaysBelowMinimum:    card(mis.BelowMinimum),
	SaysFixedAmount:     card(mis.FixedAmount),
	SaysNotMultiple:     card(mis.NotMultiple),
	SaysTariffDue:       card(mis.TariffDue),
	SaysUnwritten:       card(mis.Unwritten),
	SaysTwoRecords:      {refused(mis.CountDiffers), open, open, open, refused(mis.CountDiffers)},
	SaysWritten:         {refused(mis.NotPayable), open, open, denied, refused(mis.Written)},
	SaysKeysAway:        {refused(mis.KeysAway), open, open, open, refused(mis.KeysAway)},
}

// card is a refusal for what the card or the amount is: nobody asks or reverses by it.
func card(r mis.Reason) ruling {
	return ruling{quote: refused(r), sell: refused(r), ask: open, reverse: open, steps: refused(r)}
}

func (m Meaning) known() bool {
	_, ok := rulings[m]

	return ok
}

// Judge says what an answer means for an operation. A meaning that is not known is a
// refusal of a quote, not payable, and Unknown for everything else. Report and totals are
// done by SaysOK, refused by what can never become true, and open with everything else:
// they may be said again.
//
// Ask answered with SaysNone says that the system had not received the sale when it was
// asked; one that is still on its way can arrive afterwards.
func Judge(op Op, m Meaning) mis.Verdict {
	r, ok := rulings[m]
	switch op {
	case OpQuote:
		if !ok {
			return refused(mis.NotPayable)
		}

		return r.quote
	case OpSell:
		return r.sell
	case OpAsk:
		return r.ask
	case OpReverse:
		return r.reverse
	case OpSteps:
		return r.steps
	case OpReport, OpTotals:
		return judgeWord(m)
	}

	return mis.Verdict{}
}

// judgeWord is for what moves nothing and only says something.
func judgeWord(m Meaning) mis.Verdict {
	switch m {
	case SaysOK, SaysWritten:
		return done
	case SaysNone, SaysReversed, SaysOtherCard, SaysCountDiffers:
		return denied
	}

	return open
}

// Classify says what a code means for an operation; an empty code is no answer.
func (c Codes) Classify(op Op, code mis.Code) mis.Verdict {
	if code == "" {
		return mis.Verdict{}
	}

	return Judge(op, c.Meaning(code))
}
