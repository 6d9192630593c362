package books

import (
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posting"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/stored"
)

// Journal is the end of one journal of a kiosk as head office holds it. A kiosk
// begins a journal with each incarnation; the present one is the highest.
type Journal struct {
	Kiosk       string
	Incarnation uint8
	Head        record.Head
	BeganAt     int64
	GapSince    int64 // records are missing after Head since then; 0 is no gap
	Broken      bool  // what came last did not follow: see Ingest
	ClockLost   bool  // the last record was stamped by a clock that was lost
	RestoredAt  int64 // these books, out of a backup, may lack records after Head; 0 is not
	Forked      int   // its branches that nobody has decided about: see fork.go
	UpdatedAt   int64

	// Of a branch, whose Incarnation is its number: the journal that it left and its first
	// record, 0 for a journal of an incarnation, and that two people have decided.
	Of   uint8
	From uint64
	Left bool
}

// Sealed is a record with its hash.
type Sealed struct {
	record.Record
	Hash record.Hash
}

// Event is one stored journal record as people read it.
type Event struct {
	Kiosk       string `json:"kiosk"`
	Incarnation uint8  `json:"incarnation"`
	Seq         uint64 `json:"seq"`
	At          int64  `json:"at"` // kiosk's clock
	Trust       uint8  `json:"trust"`
	Type        string `json:"type"`
	Txn         string `json:"txn"`
	Version     uint16 `json:"version"`
	Payload     string `json:"payload"`
}

// Status of a transaction, in the words of payments/compensation.
const (
	StatusTendering = string(payments.Tendering)
	StatusPosting   = string(payments.Posting)
	StatusWriting   = string(payments.Writing)
	StatusUnwritten = string(payments.Unwritten)
	StatusPosted    = string(payments.Posted)
	StatusOwed      = string(payments.Owed)
	StatusDisputed  = string(payments.Disputed)
	StatusCancelled = string(payments.Cancelled)
	StatusUndoing   = string(payments.Undoing)
	StatusUndone    = string(payments.Undone)
)

// Transaction is one customer's payment.
type Transaction struct {
	Serial    string                `json:"serial"`
	Kiosk     string                `json:"kiosk"`
	Account   string                `json:"account"`
	Name      string                `json:"name"`    // masked
	Address   string                `json:"address"` // masked
	Arrears   money.Optional        `json:"arrears"` // unknown where the payment was not verified
	Minimum   money.Amount          `json:"minimum"`
	Online    bool                  `json:"online"` // verified with the MIS before the first note
	Tender    string                `json:"tender"`
	Status    string                `json:"status"`
	Total     money.Amount          `json:"total"` // stacked so far; the order's amount once closed
	Doubt     money.Amount          `json:"doubt"` // of notes that are cases of their own
	Reason    string                `json:"reason"`
	OpenedAt  int64                 `json:"opened_at"` // kiosk's clock, as far as it is believed
	ClosedAt  int64                 `json:"closed_at"` // kiosk's clock, 0 while open
	Code      string                `json:"code"`
	Text      string                `json:"text"`
	Reference string                `json:"reference"`
	ToArrears money.Amount          `json:"to_arrears"`
	ToAdvance money.Amount          `json:"to_advance"`
	Copies    int                   `json:"copies"` // slips attempted
	SlipState string                `json:"slip"`   // outcome of the last slip
	UpdatedAt int64                 `json:"updated_at"`
	Folded    *payments.Transaction `json:"-"` // all of it; nil in a row of older software
}

// States of a note.
const (
	NotePending    = string(cash.StatePending)
	NoteStacked    = string(cash.StateStacked)
	NoteReturned   = string(cash.StateReturned)
	NoteUnresolved = string(cash.StateUnresolved)
	NoteFound      = string(cash.StateFound) // unresolved, and later reported stacked: owed by its case
)

// Note is one banknote of a transaction.
type Note struct {
	Serial   string       `json:"serial"`
	Index    int64        `json:"note"`
	Value    money.Amount `json:"value"`
	State    string       `json:"state"`
	Inferred bool         `json:"inferred"`
	Evidence string       `json:"evidence"`
}

// Route is who books a sale with the MIS. It is fixed when the sale is ordered, so that a
// sale is booked once however the setting changes meanwhile.
type Route string

// The routes. A bill has none, nor has a sale that older software took and did not sell.
const (
	BySystem Route = "self" // the card-meter system by itself
	ByOffice Route = "mis"  // head office, by a posting of its own
)

// Posting is a posting row. Version counts its saves from 1; Owner is the head
// office that made the call in flight.
type Posting struct {
	posting.Posting
	PaidAt    int64 // by the kiosk's clock, as ordered; 0 in a row of older software
	Route     Route // of a sale
	Held      Doubt // why there is none yet: of an order that is held; not stored
	Version   int64
	Owner     string
	UpdatedAt int64
}

// History is one step of a posting. A call and what became of it are one step, and so are
// calls in a row that ended alike: then BeganAt is of the first and At of the last.
type History struct {
	Serial  string `json:"serial"`
	Version int64  `json:"version"`
	At      int64  `json:"at"`
	Event   string `json:"event"`
	State   string `json:"state"`
	Code    string `json:"code"`
	Text    string `json:"text"`
	By      string `json:"by"`       // who: an office or a user
	BeganAt int64  `json:"began_at"` // when the call was made that the step ends; 0 if it ends none, or in a row of older software
	Times   int64  `json:"times"`    // how many calls it is; 0 and 1 are once
}

// Classes of cases.
const (
	ClassOwed       = "owed"        // taken, definitely not booked
	ClassDisputed   = "disputed"    // could not be settled by machine
	ClassEvidence   = "evidence"    // what the MIS said contradicts what the books hold
	ClassLate       = "late"        // a posting open longer than call.EscalateAfter
	ClassNote       = "note"        // a note that nobody can place
	ClassStrayNote  = "stray-note"  // stacked without an order
	ClassConflict   = "conflict"    // one serial, two orders
	ClassChain      = "chain"       // a journal that does not follow
	ClassDifference = "difference"  // the total is not the sum of the notes
	ClassUnreadable = "unreadable"  // a money record that cannot be read
	ClassForeign    = "foreign-txn" // a serial of another kiosk
	ClassLost       = "lost"        // its end is in a journal that is lost
	ClassHeld       = "held"        // ordered by a kiosk whose journal does not follow
	ClassBranch     = "branch"      // closed on a branch of a journal
	ClassGap        = "gap"         // records are missing for long
	ClassUnproven   = "unproven"    // posted, and no record of the money, or of another sum (package proof)
	ClassCassette   = "cassette"    // the cash that a kiosk reports is not that of its records (package proof)
	ClassClone      = "clone"       // something else may use a kiosk's identity (package identity)

	ClassUnpaid    = "unpaid"     // ordered for a payment that the acquirer or the bank does not have
	ClassUnbooked  = "unbooked"   // the acquirer or the bank has a payment, and no posting was ordered
	ClassReturning = "returning"  // a payment came too late and goes back
	ClassKept      = "kept"       // the acquirer refused a refund
	ClassOrderLate = "order-late" // an order at an acquirer is open for long
	ClassAway      = "away"       // an acquirer does not answer

	ClassMISAway   = "mis-away"         // the MIS does not answer a head office, and postings wait
	ClassCardsAway = "card-system-away" // nor does the card-meter system

	ClassNotWritten   = "card-not-written" // sold, and not on its meter card, or perhaps not
	ClassUnbookedSale = "unbooked-sale"    // sold by the card-meter system, and not booked with the MIS

	ClassBreak       = "break"       // a difference between the books of a date (package settle)
	ClassUnsigned    = "unsigned"    // a date that nobody signed in time
	ClassCounterfeit = "counterfeit" // notes that are (package counterfeit)

	ClassBookFile = "book-file" // a book of a date goes by an old file: a newer one is refused, or cannot be fetched

	// Of cash (package cash).
	ClassCollection = "collection"         // a kiosk says of a collection what its records do not
	ClassCount      = "count-difference"   // counted at the kiosk, and not what was expected
	ClassReceipt    = "receipt-difference" // counted again, and not what was counted at the kiosk
	ClassDeposit    = "deposit-difference" // the bank has something else than was remitted
	ClassBankLine   = "bank-line"          // the bank has something that nobody deposited
	ClassCashLate   = "cash-late"          // cash is too long where it is
)

// TenderQR is the tender of payments that an acquirer takes, as orders name it.
const TenderQR = string(payments.QR)

// Receipt is a payment that an acquirer, or the bank, has for us now. The bank does not
// know for which account it is.
type Receipt struct {
	Serial, Kiosk, Account string
	Tender                 string
	Amount                 money.Amount
}

// of reports whether it is the payment that o is to post.
func (r Receipt) of(o Order) bool {
	same := r.Account == o.Account || r.Tender == TenderBankCard
	return same && r.Serial == o.Serial && r.Kiosk == o.Kiosk && r.Tender == o.Tender && r.Amount == o.Amount
}

// Head office's own alarms.
const (
	AlarmChain = "journal-chain" // the kiosk's journal does not follow
	AlarmGap   = "journal-gap"   // records are missing, and do not come
)

// Alarm is the last word on one alarm of one kiosk.
type Alarm struct {
	Kiosk     string `json:"kiosk"`
	Code      string `json:"code"`
	On        bool   `json:"on"`
	Detail    string `json:"detail"`
	At        int64  `json:"at"` // of the last change
	UpdatedAt int64  `json:"updated_at"`
}

// Mark is a place in a list of transactions: one of them. The zero Mark is before all.
type Mark struct {
	OpenedAt int64
	Serial   string
}

// Filter narrows a list. Zero fields do not narrow; Limit is capped at stored.MaxList.
type Filter struct {
	Kiosk   string
	Account string
	Open    bool // cases and postings: only open ones
	Unsold  bool // postings: only those of purchases that nothing was sold for

	// Of cases: who has them, and their class. Of cases and transactions: when they were
	// opened, in Unix milliseconds, with OpenedBy and without OpenedAfter.
	Owner, Class          string
	OpenedBy, OpenedAfter int64

	// Before goes on after a list of transactions: with those that come after this one.
	Before Mark

	Limit int
}

// Figures are sums over the books.
type Figures struct {
	AlarmsOn     int64        `json:"alarms_on"`
	OpenCases    int64        `json:"open_cases"`
	CaseAmount   money.Amount `json:"case_amount"`
	OpenPostings int64        `json:"open_postings"`
	OpenAmount   money.Amount `json:"open_amount"`
	OpenSince    int64        `json:"open_since"`   // when the oldest of these was ordered; 0 for none
	Today        int64        `json:"today"`        // orders of the business date
	TodayAmount  money.Amount `json:"today_amount"` // ordered on the business date
	TodayPosted  money.Amount `json:"today_posted"` // of these, posted
	TodayBack    money.Amount `json:"today_back"`   // of these, given back the way it came
	TodayClosed  money.Amount `json:"today_closed"` // of these, settled by a person
	BusinessDate string       `json:"business_date"`
}

func (f Filter) capped() Filter {
	f.Limit = stored.Limit(f.Limit)
	return f
}
