package wire

import (
	"encoding/json"
	"errors"
	"fmt"

	"wattkiosk/boards/ground/strictjson"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/payments/record"
)

// Version is the protocol version of every control message.
const Version = 1

// MaxControl is the largest control message in bytes.
const MaxControl = 32 << 10

// ErrMessage is wrapped by every decoding error of this package.
var ErrMessage = errors.New("malformed message")

// Op names a request.
type Op string

// Requests of a kiosk.
const (
	OpVerify  Op = "verify"  // VerifyBody -> VerifyResult: query, and whether it can be paid now
	OpPost    Op = "post"    // PostBody -> PostState: order a posting (idempotent by serial) and wait for its state
	OpOutcome Op = "outcome" // OutcomeBody -> PostState: what became of a serial
)

// Request is a kiosk's question, on req/<id>.
type Request struct {
	V     int             `json:"v"`
	ID    string          `json:"id"`
	Op    Op              `json:"op"`
	TTLms int64           `json:"ttl_ms"` // the kiosk stops waiting after this
	Body  json.RawMessage `json:"body"`
}

// Reply answers the request of the same id, on rep/<id>.
type Reply struct {
	V     int             `json:"v"`
	ID    string          `json:"id"`
	Error *Error          `json:"error,omitempty"`
	Body  json.RawMessage `json:"body,omitempty"`
}

// Error is a refusal or failure in words. Code is stable, Message is for people.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error implements error.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Error codes of replies.
const (
	ErrCodeUnavailable = "unavailable" // the system behind head office did not answer
	ErrCodeBadRequest  = "bad-request"
	ErrCodeConflict    = "conflict" // a serial that stands for another order
	ErrCodeInternal    = "internal"
	ErrCodeTooMany     = "too-many" // this kiosk asks more often than it may: not now
)

// VerifyBody asks for one account.
type VerifyBody struct {
	Account string `json:"account"`
}

// VerifyResult is what the screen may show. Names and addresses are masked by
// head office.
type VerifyResult struct {
	Payable bool         `json:"payable"`
	Reason  mis.Reason   `json:"reason,omitempty"` // why it is not payable
	Code    string       `json:"code"`             // of the MIS, as information
	Text    string       `json:"text"`
	Account string       `json:"account"`
	Name    string       `json:"name"`
	Address string       `json:"address"`
	Fee     money.Amount `json:"fee"`
	Penalty money.Amount `json:"penalty"`
	Advance money.Amount `json:"advance"`
	Arrears money.Amount `json:"arrears"`
	Minimum money.Amount `json:"minimum"`
	NotNow  []string     `json:"not_now,omitempty"` // tenders that cannot be had now, as far as head office knows
}

// PostBody orders the posting of a payment.
type PostBody struct {
	Serial  string       `json:"serial"`
	Account string       `json:"account"`
	Amount  money.Amount `json:"amount"`
	Tender  string       `json:"tender"`
	PaidAt  int64        `json:"paid_at"` // Unix ms by the kiosk's clock

	// Card is the meter card of a purchase, which the card-meter system sells.
	Card metercard.Facts `json:"card,omitzero"`
}

// OutcomeBody asks for the state of a serial.
type OutcomeBody struct {
	Serial string `json:"serial"`
}

// PostStatus is how far a posting is.
type PostStatus string

// The states of a posting as a kiosk sees them. Pending, and only pending, may change.
const (
	PostPending  PostStatus = "pending"  // head office has the order and works on it
	PostUnknown  PostStatus = "unknown"  // head office has no such order
	PostPosted   PostStatus = "posted"   // booked in the MIS
	PostOwed     PostStatus = "owed"     // definitely not booked; the money is owed to the customer, a case is open
	PostDisputed PostStatus = "disputed" // could not be settled by machine; a case is open
)

// HeldReason is why head office holds an order: a word of its books. A kiosk tells its
// customer that it is being checked, whatever the word is.
type HeldReason string

// PostState is the state of one posting.
type PostState struct {
	Serial    string       `json:"serial"`
	Status    PostStatus   `json:"status"`
	Reason    mis.Reason   `json:"reason,omitempty"` // why the MIS refused it, if it is owed
	Code      string       `json:"code"`             // of the MIS, as information
	Text      string       `json:"text"`
	Reference string       `json:"reference"`
	ToArrears money.Amount `json:"to_arrears"`
	ToAdvance money.Amount `json:"to_advance"`

	// Held says of one that is pending that head office does not post it before people, or the
	// kiosk's records, have cleared a doubt; empty for the usual wait.
	Held HeldReason `json:"held,omitempty"`

	// Sold is what the card-meter system sold, of a purchase that is posted.
	Sold metercard.Sold `json:"sold,omitzero"`
	// Settled says of a purchase that is posted that the customer has what was sold by
	// something else than this transaction's own writing. Only OpOutcome says it.
	Settled metercard.Settled `json:"settled,omitzero"`
}

// AckRepeats is how often in a row head office says that it has less than it once
// acknowledged before a kiosk believes it: a single word of that kind may be an old
// one that was overtaken.
const AckRepeats = 3

// Ack says that head office committed all records up to Upto, on ack. It answers
// records, and a State whose Head is above what head office has.
type Ack struct {
	V    int         `json:"v"`
	Upto uint64      `json:"upto"`
	Hash record.Hash `json:"hash"`

	// Fork says that head office has two journals under this kiosk's name from some record
	// on, and people have not chosen yet. Kiosks before 2026-11-30 refuse such a message.
	Fork bool `json:"fork,omitempty"`
}

// State is birth, heartbeat and last will, retained on state.
type State struct {
	V        int          `json:"v"`
	Online   bool         `json:"online"`
	Version  string       `json:"version,omitempty"`
	Boot     uint32       `json:"boot,omitempty"`
	Screen   string       `json:"screen,omitempty"`
	Services []string     `json:"services,omitempty"`
	Alarms   []string     `json:"alarms,omitempty"` // codes of what is wrong
	Cash     money.Amount `json:"cash,omitempty"`   // in the cassette by the journal, fen
	Notes    int          `json:"notes,omitempty"`
	Head     uint64       `json:"head,omitempty"` // last journal sequence
	Paper    string       `json:"paper,omitempty"`
	Board    string       `json:"board,omitempty"`       // name of the board package, as in a bundle's manifest
	Build    uint64       `json:"build,omitempty"`       // that runs
	Other    uint64       `json:"other_build,omitempty"` // in the slot that does not run; 0 is none, or not known
	Site     string       `json:"site,omitempty"`        // where it stands, by its settings: the name of the place
	Address  string       `json:"address,omitempty"`     // of the place
	Keys     string       `json:"keys,omitempty"`        // how its keys are kept: "tpm", "board" (bound to its numbers) or "clear"
}

// Policy is what a kiosk may do without head office. It travels inside Signed.
type Policy struct {
	V          int          `json:"v"`
	Kiosk      string       `json:"kiosk"` // or "*"
	Serial     uint64       `json:"serial"`
	Issued     int64        `json:"issued"`  // Unix ms
	Expires    int64        `json:"expires"` // Unix ms
	OfflinePay bool         `json:"offline_pay"`
	PerTxn     money.Amount `json:"per_txn"`     // largest offline payment
	PerAccount money.Amount `json:"per_account"` // unposted offline total of one account
	Total      money.Amount `json:"total"`       // unposted offline total of the kiosk
}

// Signed is a message under head office's Ed25519 key: a Policy, a Job or a Roster,
// each with a context of its own.
type Signed struct {
	V    int    `json:"v"`
	Body []byte `json:"body"` // the exact bytes signed
	Sig  []byte `json:"sig"`
}

// Encode is json.Marshal with the size limit.
func Encode(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMessage, err)
	}
	if len(b) > MaxControl {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrMessage, len(b), MaxControl)
	}
	return b, nil
}

// Decode reads exactly one JSON value into v, refusing unknown fields, trailing
// data and oversized input.
func Decode(b []byte, v any) error {
	if err := strictjson.Decode(b, MaxControl, v); err != nil {
		return fmt.Errorf("%w: %w", ErrMessage, err)
	}
	return nil
}
