package mis

// Verdict is what an answer means for an operation.
type Verdict struct {
	Outcome  Outcome
	Retry    bool   // NotDone: about the moment, so the same call may be repeated
	Wait     bool   // Unknown: the MIS will know later
	Reversed bool   // NotDone, ask: it was posted and then reversed
	Reason   Reason // NotDone, query, verify and post: why
}

var (
	done     = Verdict{Outcome: Done}
	notNow   = Verdict{Outcome: NotDone, Retry: true, Reason: NotNow}
	none     = Verdict{Outcome: NotDone, Retry: true}
	denied   = Verdict{Outcome: NotDone}
	reversed = Verdict{Outcome: NotDone, Reversed: true}
	open     = Verdict{}
	wait     = Verdict{Wait: true}
)

func refused(r Reason) Verdict { return Verdict{Outcome: NotDone, Reason: r} }

// ruling is what a meaning means for each call that moves money.
type ruling struct{ post, ask, reverse Verdict }

// rulings is read-only. A meaning is refused under post or reverse only if it can
// say nothing but "nothing was carried out"; what could also be the echo of our
// own earlier call (duplicate serial, already paid) or of a failure half way is
// left open, because asking by serial costs one call and a wrong "not done" costs
// the customer's money. So is "bad packet": the frame may have been damaged on its
// way. Where an answer to ask or reverse only says "later", it is a wait.
var rulings = map[Meaning]ruling{
	SaysOK:              {done, done, done},
	SaysFailed:          {open, wait, wait},
	SaysNone:            {refused(NotPayable), none, denied},
	SaysNoUser:          {refused(NoAccount), open, open},
	SaysNoRight:         {refused(NotPayable), open, denied},
	SaysBadPacket:       {open, open, open},
	SaysDuplicate:       {open, open, open},
	SaysReversed:        {open, reversed, done},
	SaysInvalidReversal: {open, open, denied},
	SaysNoNextDay:       {open, open, denied},
	SaysInvoicePrinted:  {open, open, denied},
	SaysOtherOperator:   {open, open, denied},
	SaysDebitInTransit:  {refused(DirectDebit), open, open},
	SaysNoPartial:       {refused(NoPartial), open, open},
	SaysNoArrears:       {refused(NothingDue), open, open},
	SaysArrearsFirst:    {refused(NoAdvance), open, open},
	SaysMeterCard:       {refused(MeterCard), open, open},
	SaysNotCalculated:   {refused(NotPayable), open, open},
	SaysCalculating:     {notNow, wait, wait},
	SaysAlreadyPaid:     {open, open, open},
	SaysOverLimit:       {refused(OverLimit), open, open},
	SaysCrossArea:       {refused(OtherArea), open, open},
}

func (m Meaning) known() bool {
	_, ok := rulings[m]
	return ok
}

// Judge says what an answer means for an operation. A meaning that is not known
// is Unknown for post, ask and reverse; for query and verify, which move nothing,
// everything but SaysOK is a refusal, for the reason that a posting would be
// refused with it.
//
// Ask answered with SaysNone says that the MIS had not received the posting when
// it was asked; a posting that is still on its way can arrive afterwards.
func Judge(op Op, m Meaning) Verdict {
	r := rulings[m]
	switch op {
	case OpPost:
		return r.post
	case OpAsk:
		return r.ask
	case OpReverse:
		return r.reverse
	case OpQuery, OpVerify:
		return judgeQuery(m, r.post)
	}
	return Verdict{}
}

func judgeQuery(m Meaning, post Verdict) Verdict {
	if m == SaysOK {
		return done
	}
	v := Verdict{Outcome: NotDone, Retry: post.Retry, Reason: post.Reason}
	if v.Reason == "" {
		v.Reason = NotPayable
	}
	return v
}
