package kiosk

import (
	"regexp"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/metercard"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/questions"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/tender"
	"wattkiosk/firmware/tender/bankcard"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/card"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/scanner"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// Journal is what the core needs of the journal. AppendWith stores records and
// small named states in one durable step.
type Journal interface {
	AppendWith(state map[string][]byte, drafts ...record.Draft) ([]record.Record, error)
	State(key string) ([]byte, error) // journal.ErrNoState when never set
	Txn(serial string) ([]record.Record, error)
	Head() record.Head
	Boot() uint32 // counts the starts
	Ready() error // nil while there is space for a whole payment
}

// Config is what never changes while the program runs.
type Config struct {
	Terminal    string // 8 digits
	Incarnation uint8
	Version     string
	// Utility, Site, Place and Hotline are what slips say of the issuer and the place;
	// Hotline is on the screen too.
	Utility, Site, Place, Hotline string
	Hours                         string // when the place is open; on the screen only
	Zone                          *time.Location
	Fleet                         receipt.Fleet // whose kiosk it is, as the codes of its slips say
	Lang                          receipt.Lang
	Denominations                 []money.Amount
	MaxTotal                      money.Amount // of one cash payment
	MaxCard, MaxQR                money.Amount // of one payment by bank card, by QR code; 0 is as much as in cash
	Waits                         visit.Waits
	Profile                       profile.Profile // what this kind of terminal has; zero is profile.Lobby
	Card                          bankcard.Config // how the bank knows this terminal; used where the profile takes bank cards
	Meter                         metercard.Config
	ApartFor                      time.Duration  // how long it goes on while head office has another journal of it; 0 is half an hour
	ApartCash                     money.Amount   // and with how much in notes; 0 is 2,000 yuan
	BankPosts                     bool           // the bank itself books payments by bank card (公共支付), and head office posts none
	BillCode                      *regexp.Regexp // of a bill's bar code, its groups hold the account; nil: there is no scanner, or nothing is scanned
}

// rules are what the machine can take of one payment.
func (c Config) rules() paybill.Rules {
	r := paybill.Rules{MaxTotal: c.MaxTotal, Notes: c.Denominations}
	if c.Profile.Has(profile.PayBill, profile.BankCard) || c.Profile.Has(profile.BuyPower, profile.BankCard) {
		r.MaxCard = c.MaxCard
	}
	if c.Profile.Has(profile.PayBill, profile.QR) || c.Profile.Has(profile.BuyPower, profile.QR) {
		r.MaxQR = c.MaxQR
	}

	return r
}

// Event is one input of the core: one of the types below.
type Event interface{ event() }

// Inputs of the core.
type (
	// Validator is a report of the note validator.
	Validator struct{ bill.Event }
	// CardReader is a report of the card reader.
	CardReader struct{ card.Event }
	// PINPad is a report of the PIN pad.
	PINPad struct{ pinpad.Event }
	// MeterReader is a report of the reader that takes meter cards.
	MeterReader struct{ card.Event }
	// Printer is a report of the receipt printer.
	Printer struct{ printer.Event }
	// Link says whether head office's broker can be reached.
	Link struct{ Up bool }
	// Reply is head office's answer to a Request.
	Reply struct{ wire.Reply }
	// Expired says that no answer to a request came in time.
	Expired struct{ ID string }
	// NewPolicy is a verified offline policy.
	NewPolicy struct{ wire.Policy }
	// NewCashStop is a verified order of head office of when no notes are taken.
	NewCashStop struct{ wire.CashStop }
	// Settle is a verified order of head office to settle that batch with the bank now.
	Settle struct {
		Terminal string
		Batch    uint32
	}
	// Void is a verified order of head office to void a sale at the bank.
	Void tender.VoidOrder
	// Mains says that the supply is lost, or back: who is served may finish, nobody
	// new begins.
	Mains struct{ Lost bool }
	// Door is the state of one of the cabinet's inputs: a door, the tamper or the
	// vibration sensor.
	Door struct {
		Name string
		Open bool
	}
	// Warning is a condition that is found outside the core, by its code and, where
	// there may be several, its source: see firmware/condition. Codes without a row
	// there mean nothing.
	Warning struct {
		Code   string
		On     bool
		Detail string
		Source string
	}
	// Clock says how far the time is to be trusted.
	Clock struct{ Trust record.Trust }
	// Scanner is a report of the bar-code scanner.
	Scanner struct{ scanner.Event }
	// Stick is the technician's stick as the update agent sees it; a zero one is none.
	Stick struct{ update.Stick }
	// Challenge answers AskChallenge; empty where nobody can log in.
	Challenge struct{ Text string }
	// StaffChecked answers the CheckStaff of that ID: a person, or the code of a
	// refusal.
	StaffChecked struct {
		ID     uint64
		Person update.Person
		Code   string
	}
	// StickRefused says that the update agent did not take a StickInstall.
	StickRefused struct{ Code, Detail string }
	// Tick says only that time has passed.
	Tick struct{}
)

func (Validator) event()    {}
func (CardReader) event()   {}
func (PINPad) event()       {}
func (MeterReader) event()  {}
func (Printer) event()      {}
func (Link) event()         {}
func (Reply) event()        {}
func (Expired) event()      {}
func (NewPolicy) event()    {}
func (NewCashStop) event()  {}
func (Settle) event()       {}
func (Void) event()         {}
func (Door) event()         {}
func (Mains) event()        {}
func (Warning) event()      {}
func (Clock) event()        {}
func (Scanner) event()      {}
func (Stick) event()        {}
func (Challenge) event()    {}
func (StaffChecked) event() {}
func (StickRefused) event() {}
func (Tick) event()         {}

// Effect is one output of the core: one of the types below. Effects are carried
// out in order; each may be lost (a power cut) and is then asked for again.
type Effect interface{ effect() }

// Outputs of the core.
type (
	// OrderValidator is a command for the note validator.
	OrderValidator struct{ bill.Command }
	// OrderReader is a command for the card reader. It may hold what is secret of a card.
	OrderReader struct{ card.Command }
	// OrderPad is a command for the PIN pad. It may hold what is secret of a card.
	OrderPad struct{ pinpad.Command }
	// OrderMeterReader is a command for the reader that takes meter cards. It may hold what
	// is secret of a card.
	OrderMeterReader struct{ card.Command }
	// Print is a job for the printer.
	Print struct{ printer.Command }
	// Ask is a request to head office; its answer is a Reply, or Expired.
	Ask struct{ questions.Ask }
	// Appended says that the journal grew, so that the outbox may send.
	Appended struct{}
	// Redraw says that the screen changed.
	Redraw struct{}
	// Light switches a guide light: CashLight, CardLight, MeterLight or SlipLight.
	Light struct {
		Name string
		On   bool
	}
	// Still asks for a picture of who pays, under a name of its transaction: one
	// when cash is opened, one when its notes are all in. Nothing depends on it.
	Still struct{ Name string }
	// Scan switches the bar-code scanner's reports.
	Scan struct{ On bool }
	// AskChallenge asks for the challenge of the technician's login.
	AskChallenge struct{}
	// CheckStaff asks who a login is. It holds a PIN, so nobody keeps it.
	CheckStaff struct {
		ID uint64
		update.Login
		Collects bool // of one who takes the cash out: there is no one-time code
	}
	// StickOpen tells the update agent that somebody has logged in, and may see what is on
	// a stick; StickClose, that nobody is logged in any more.
	StickOpen  struct{ Stick, By string }
	StickClose struct{ Stick string }
	// StickInstall has the update agent install a bundle of a stick.
	StickInstall struct{ Stick, File, By string }
	// StickDismiss tells the update agent that the technician is done.
	StickDismiss struct{ Stick string }
	// Restart asks for a new process: the journal can no longer be trusted.
	Restart struct{ Err error }
)

func (OrderValidator) effect()   {}
func (OrderReader) effect()      {}
func (OrderPad) effect()         {}
func (OrderMeterReader) effect() {}
func (Print) effect()            {}
func (Ask) effect()              {}
func (Appended) effect()         {}
func (Redraw) effect()           {}
func (Light) effect()            {}
func (Still) effect()            {}
func (Scan) effect()             {}
func (AskChallenge) effect()     {}
func (CheckStaff) effect()       {}
func (StickOpen) effect()        {}
func (StickClose) effect()       {}
func (StickInstall) effect()     {}
func (StickDismiss) effect()     {}
func (Restart) effect()          {}

// Guide lights, by the names of their lines on the board.
const (
	CashLight  = "cash-light"  // at the note slot: notes are taken
	CardLight  = "card-light"  // at the card slot: a card is taken
	MeterLight = "meter-light" // at the slot of meter cards: a meter card is taken
	SlipLight  = "slip-light"  // at the slip mouth: a slip is there
)

// Codes of Warnings that the daemon finds.
const (
	TooHot   = string(condition.Temperature)
	OnTrial  = string(condition.UpdateTrial)
	FellBack = string(condition.UpdateFallback)
	NoLine   = string(condition.LineSettings)
	NoDesk   = string(condition.Control)
)

// Ends of the names of stills; the transaction's serial stands before them.
const (
	stillBegin = "-begin"
	stillEnd   = "-end"
)

// Waits of the core.
const (
	verifyTTL       = 8 * time.Second
	postTTL         = 20 * time.Second
	outcomeEvery    = 6 * time.Hour    // between questions about a payment that ended without being posted
	resultPatience  = 25 * time.Second // then the customer gets a "posting follows" slip
	printerPatience = 20 * time.Second // for a printer that comes up with the machine, or fell silent a moment ago
	slipPatience    = time.Minute      // for a printer that says nothing of a slip
	slipYoung       = 15 * time.Minute // how long after a payment its customer may come back for the slip
	spaceEvery      = 30 * time.Second // between looks at the journal's space while nothing else happens
	retryJournal    = time.Second
)
