package mis

// More return codes of the reference, which Classify knows. HB and GS send four
// digits, HN five.
const (
	CodeDebitInTransit   Code = "1016" // a bank direct debit is in transit
	CodeNotCalculated    Code = "1042" // this month's bill is not calculated yet
	CodeMeterCardHN      Code = "1102" // as CodeMeterCard
	CodeNoUserHN         Code = "11001"
	CodeNoRight          Code = "11002"
	CodeOtherOperator    Code = "11006"
	CodeNoRecordHN       Code = "11009"
	CodeNotEnoughToClear Code = "11056"
	CodeCrossArea        Code = "11057"
	CodeInvoicePrinted   Code = "11065"
)

// Verdict is what a return code means for an operation.
type Verdict struct {
	Outcome  Outcome
	Retry    bool   // NotDone: about the moment, so the same call may be repeated
	Wait     bool   // Unknown: the MIS will know later
	Reversed bool   // NotDone, ask: it was posted and then reversed
	Reason   Reason // NotDone, query, verify and post: why
}

var (
	done       = Verdict{Outcome: Done}
	notNow     = Verdict{Outcome: NotDone, Retry: true, Reason: NotNow}
	none       = Verdict{Outcome: NotDone, Retry: true}
	denied     = Verdict{Outcome: NotDone}
	reversed   = Verdict{Outcome: NotDone, Reversed: true}
	unresolved = Verdict{}
	wait       = Verdict{Wait: true}
)

func refused(r Reason) Verdict { return Verdict{Outcome: NotDone, Reason: r} }

// verdicts is read-only. A code stands under post or reverse as refused only if
// it can mean nothing but "nothing was booked"; what could also be the echo of
// our own earlier call (duplicate serial, already paid) or of a failure half way
// (1002) is left unknown, because asking by serial costs one call and a wrong
// "not done" costs the customer's money. So is "bad packet": the frame may have
// been damaged on its way, and the same order may be sent again after one question.
// Where an answer to ask or reverse only says "later", it is a wait.
var verdicts = map[Op]map[Code]Verdict{
	OpPost: {
		CodeOK:               done,
		CodeNone:             refused(NotPayable),
		CodeNoUser:           refused(NoAccount),
		CodeBadPacket:        unresolved,
		CodeDebitInTransit:   refused(DirectDebit),
		CodeNoPartial:        refused(NoPartial),
		CodeNoArrears:        refused(NothingDue),
		CodeArrearsFirst:     refused(NoAdvance),
		CodeMeterCard:        refused(MeterCard),
		CodeMeterCardHN:      refused(MeterCard),
		CodeNotCalculated:    refused(NotPayable),
		CodeCalculating:      notNow,
		CodeNoUserHN:         refused(NoAccount),
		CodeNoRight:          refused(NotPayable),
		CodeOverLimit:        refused(OverLimit),
		CodeNoRecordHN:       refused(NotPayable),
		CodeNotEnoughToClear: refused(NoPartial),
		CodeCrossArea:        refused(OtherArea),
		CodeFail:             unresolved,
		CodeAlreadyPaid:      unresolved,
		CodeDuplicate:        unresolved,
	},
	OpAsk: {
		CodeOK:          done,
		CodeNone:        none,
		CodeNoRecordHN:  none,
		CodeReversed:    reversed,
		CodeCalculating: wait,
		CodeFail:        wait,
	},
	OpReverse: {
		CodeOK:              done,
		CodeReversed:        done,
		CodeNone:            denied,
		CodeNoRecordHN:      denied,
		CodeInvalidReversal: denied,
		CodeNoNextDay:       denied,
		CodeOtherOperator:   denied,
		CodeInvoicePrinted:  denied,
		CodeBadPacket:       unresolved,
		CodeDuplicate:       unresolved,
		CodeCalculating:     wait,
		CodeFail:            wait,
	},
}

// Classify says what a return code means for an operation.
//
// For post, ask and reverse a code that is not in the table is Unknown. For
// query and verify, which move nothing, every code but CodeOK is a refusal, for
// the reason that a posting would be refused with it; an empty code is no answer:
// Unknown.
//
// Ask answering CodeNone says that the MIS had not received the posting when it
// was asked; a posting that is still on its way can arrive afterwards, so a refund
// waits until no such call is open.
func Classify(op Op, code Code) Verdict {
	switch {
	case code == "":
		return Verdict{}
	case op != OpQuery && op != OpVerify:
		return verdicts[op][code]
	case code == CodeOK:
		return done
	}

	v := verdicts[OpPost][code]
	if v.Reason == "" {
		v.Reason = NotPayable
	}
	return Verdict{Outcome: NotDone, Retry: v.Retry, Reason: v.Reason}
}
