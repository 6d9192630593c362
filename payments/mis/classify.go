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

type verdict struct {
	outcome Outcome
	retry   bool
}

var (
	done       = verdict{outcome: Done}
	refused    = verdict{outcome: NotDone}
	notNow     = verdict{outcome: NotDone, retry: true}
	unresolved = verdict{}
)

// verdicts is read-only. A code stands under post or reverse as refused only if
// it can mean nothing but "nothing was booked"; what could also be the echo of
// our own earlier call (duplicate serial, already paid) or of a failure half way
// (1002) is left unknown, because asking by serial costs one call and a wrong
// "not done" costs the customer's money.
var verdicts = map[Op]map[Code]verdict{
	OpPost: {
		CodeOK:               done,
		CodeNone:             refused,
		CodeNoUser:           refused,
		CodeBadPacket:        refused,
		CodeDebitInTransit:   refused,
		CodeNoPartial:        refused,
		CodeNoArrears:        refused,
		CodeArrearsFirst:     refused,
		CodeMeterCard:        refused,
		CodeMeterCardHN:      refused,
		CodeNotCalculated:    refused,
		CodeCalculating:      notNow,
		CodeNoUserHN:         refused,
		CodeNoRight:          refused,
		CodeOverLimit:        refused,
		CodeNoRecordHN:       refused,
		CodeNotEnoughToClear: refused,
		CodeCrossArea:        refused,
		CodeFail:             unresolved,
		CodeAlreadyPaid:      unresolved,
		CodeDuplicate:        unresolved,
	},
	OpAsk: {
		CodeOK:         done,
		CodeNone:       notNow,
		CodeNoRecordHN: notNow,
		CodeReversed:   refused,
	},
	OpReverse: {
		CodeOK:              done,
		CodeReversed:        done,
		CodeNone:            refused,
		CodeNoRecordHN:      refused,
		CodeInvalidReversal: refused,
		CodeBadPacket:       refused,
		CodeNoNextDay:       refused,
		CodeOtherOperator:   refused,
		CodeInvoicePrinted:  refused,
		CodeCalculating:     unresolved, // ReverseResult cannot say "later": ask again
		CodeFail:            unresolved,
		CodeDuplicate:       unresolved,
	},
}

// Classify says what a return code means for an operation: its outcome, and
// whether a NotDone is about the moment, so that the same call may be repeated.
//
// For post, ask and reverse a code that is not in the table is Unknown. For
// query and verify, which move nothing, every code but CodeOK is a refusal; an
// empty code is no answer: Unknown.
//
// Ask answering CodeReversed is NotDone: it was posted and then reversed, so the
// caller also sets PostResult.Reversed. Ask answering CodeNone says that the MIS
// had not received the posting when it was asked; a posting that is still on its
// way can arrive afterwards, so a refund waits until no such call is open.
func Classify(op Op, code Code) (outcome Outcome, retry bool) {
	if code == "" {
		return Unknown, false
	}
	if op == OpQuery || op == OpVerify {
		switch code {
		case CodeOK:
			return Done, false
		case CodeCalculating:
			return NotDone, true
		}
		return NotDone, false
	}
	v := verdicts[op][code]
	return v.outcome, v.retry
}
