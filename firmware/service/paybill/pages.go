package paybill

import (
	"fmt"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/tender"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
	"wattkiosk/uplink/wire"
)

// What the kiosk is asked to do.
const (
	Verify     page.Effect = "verify"   // ask about the account that was typed
	Open       page.Effect = "open"     // open a payment for the quote, with the tender that was chosen
	Finish     page.Effect = "finish"   // no more money: the customer said so
	TimeOut    page.Effect = "time-out" // no more money: nobody said anything
	PrintAgain page.Effect = "print"    // the slip that failed, once more
	Choose     page.Effect = "choose"   // one of the station's choices: its place is the argument "n"
)

// Standing is the payment that the pages are about.
type Standing struct {
	Txn       payments.Transaction
	Recovered bool // taken up again after a power cut
	Held      bool // head office checks the order before it posts it
	Slip      Slip
}

// TenderChoice is one tender as it is offered.
type TenderChoice struct {
	Tender profile.Tender
	Here   bool // this kind of terminal has it
	Now    bool // and it can be had now
}

// Around is what every page of the service is made of.
type Around struct {
	Frame    page.Frame
	Quote    Quote
	Tenders  []TenderChoice
	Tender   profile.Tender // as chosen
	Amount   money.Amount   // as chosen
	Goal     Goal           // of a purchase; zero for a bill
	Face     tender.Face    // of the station that takes the money
	Standing Standing
}

// Page makes the page of one of the service's screens; nil for any other.
func (a Around) Page(s page.Screen) page.Page {
	switch s {
	case page.ConfirmAccount:
		return ConfirmPage{a.quoted()}
	case page.ChooseTender:
		return a.chooseTender()
	case page.ChooseAmount:
		return a.amounts()
	case page.EnterAmount:
		return TypedAmountPage{a.amounts()}
	case page.Processing:
		return a.processing()
	case page.Done, page.Failed:
		return a.result()
	}
	for _, r := range rooms {
		if r.at == s {
			return r.page(a)
		}
		if p, ok := r.inside[s]; ok {
			return p(a)
		}
	}

	return nil
}

// RoomOf is the screen on which a tender is taken; false where none is.
func RoomOf(t profile.Tender) (page.Screen, bool) {
	r, ok := rooms[t]

	return r.at, ok
}

// Takes reports whether money is taken on a screen.
func Takes(s page.Screen) bool {
	for _, r := range rooms {
		if _, inside := r.inside[s]; r.at == s || inside && s != page.TakeCard {
			return true
		}
	}

	return false
}

// Shows is the screen for a step of a station, by its own word; false where the step has
// none.
func Shows(t profile.Tender, step string) (page.Screen, bool) {
	s, ok := rooms[t].steps[step]

	return s, ok
}

// Quoted is an account as it was verified. Amounts are in fen, and absent where
// they are not known.
type Quoted struct {
	page.Frame
	Account     string `json:"account"`
	Name        string `json:"name"`
	Address     string `json:"address"`
	Verified    bool   `json:"verified"`
	Fee         *int64 `json:"fee,omitempty"`
	FeeText     string `json:"fee_text,omitempty"`
	Penalty     *int64 `json:"penalty,omitempty"`
	PenaltyText string `json:"penalty_text,omitempty"`
	Advance     *int64 `json:"advance,omitempty"`
	AdvanceText string `json:"advance_text,omitempty"`
	Arrears     *int64 `json:"arrears,omitempty"`
	ArrearsText string `json:"arrears_text,omitempty"`
	Minimum     int64  `json:"minimum"`
	Limit       int64  `json:"limit"`
	Hint        string `json:"hint"`
}

// Owes reports whether something is known to be owed.
func (q Quoted) Owes() bool { return q.Arrears != nil && *q.Arrears > 0 }

func (a Around) quoted() Quoted {
	q := a.Quote
	v := Quoted{
		Frame: a.Frame, Account: q.Account, Name: q.Name, Address: q.Address, Verified: q.Online,
		Minimum: int64(q.Minimum), Limit: int64(q.Limit),
	}
	v.Fee, v.FeeText = sum(q.Fee)
	v.Penalty, v.PenaltyText = sum(q.Penalty)
	v.Advance, v.AdvanceText = sum(q.Advance)
	v.Arrears, v.ArrearsText = sum(q.Arrears)

	arrears, known := q.Arrears.Get()
	switch {
	case !q.Online && q.Why == WhyMIS:
		v.Hint = v.Say("hint.unverified-mis")
	case !q.Online && v.Frame.Online: // the line is back since
		v.Hint = v.Say("hint.unverified-line") + v.Say("hint.look-up-again")
	case !q.Online:
		v.Hint = v.Say("hint.unverified-line")
	case known && arrears == 0:
		v.Hint = v.Say("hint.no-arrears")
	case q.Minimum > 0:
		v.Hint = v.Say("hint.minimum") + q.Minimum.String()
	default:
		v.Hint = v.Say("hint.surplus")
	}

	return v
}

// sum is an amount as the two fields of a page; both empty where it is unknown.
func sum(o money.Optional) (*int64, string) {
	s := page.SumOf(o)

	return s.Fen, s.Text
}

// ConfirmPage shows the account, so that the customer says whether it is theirs.
type ConfirmPage struct{ Quoted }

// Touches implements page.Page.
func (p ConfirmPage) Touches() []page.Touch {
	return []page.Touch{
		p.Button("confirm", page.Go(page.ChooseTender)).First(),
		p.Button("back", page.Go(page.EnterAccount)),
		p.Button("cancel", page.Go(page.Idle, page.End)),
	}
}

// TenderPage asks how the customer pays.
type TenderPage struct {
	Quoted

	tenders []TenderChoice
}

func (a Around) chooseTender() page.Page {
	p := TenderPage{Quoted: a.quoted(), tenders: a.Tenders}
	switch {
	case p.Verified: // else the page before has said it in full
	case a.Quote.Why == WhyMIS:
		p.Hint = p.Say("hint.tender-mis")
	case p.Online:
		p.Hint = p.Say("hint.tender-line-up")
	default:
		p.Hint = p.Say("hint.tender-line")
	}

	return p
}

// room is where a tender is taken.
type room struct {
	at    page.Screen
	page  func(Around) page.Page
	shut  page.Refused // while it cannot be had
	fixed bool         // the amount is chosen before it is taken

	inside map[page.Screen]func(Around) page.Page // further screens, to which the station leads
	steps  map[string]page.Screen                 // by Face.Step
}

// rooms are the tenders that the service takes.
var rooms = map[profile.Tender]room{
	profile.Cash: {at: page.InsertCash, page: Around.cash, shut: page.Refused{Code: "no-cash", Message: "cash payment is not available now"}},
	profile.BankCard: {
		at: page.InsertCard, page: Around.insertCard, shut: page.Refused{Code: "no-card", Message: "payment by bank card is not available now"}, fixed: true,
		inside: map[page.Screen]func(Around) page.Page{page.ChooseCard: Around.chooseCard, page.EnterPIN: Around.enterPIN, page.TakeCard: Around.takeCard},
		steps:  cardSteps,
	},
	profile.QR: {
		at: page.ShowCode, page: Around.code, shut: page.Refused{Code: "no-qr", Message: "payment by QR code is not available now"}, fixed: true,
		steps: map[string]page.Screen{string(wire.QRPaid): page.Processing}, // nobody is to scan it any more
	},
}

// Ready says what the service lacks to be paid with a tender.
func Ready(t profile.Tender) error {
	r, ok := rooms[t]
	switch _, route := payments.RouteOf(payments.Bill, t); {
	case !ok:
		return fmt.Errorf("no page takes %q for a bill", t)
	case !route:
		return fmt.Errorf("a bill has no route for %q", t)
	case !page.Has("tender."+string(t)) || !page.Has("title."+string(r.at)):
		return fmt.Errorf("the screen has no words for %q", t)
	}

	return nil
}

// enter opens a payment with the tender, or asks for the amount first.
func (r room) enter(t profile.Tender, asks bool) func(page.Intent) (page.Move, error) {
	return func(page.Intent) (page.Move, error) {
		if r.fixed && asks {
			return page.Move{To: page.ChooseAmount, Typed: string(t)}, nil
		}

		return page.Move{To: r.at, Typed: string(t), Effects: []page.Effect{Open}}, nil
	}
}

// Touches implements page.Page.
func (p TenderPage) Touches() []page.Touch {
	return append(Tenders(p.Frame, p.tenders, true),
		p.Button("back", page.Go(page.ConfirmAccount)),
		p.Button("cancel", page.Go(page.Idle, page.End)))
}

// Tenders are the touches that choose a tender. asks says that the amount is chosen after
// it, where the tender does not say it by itself.
func Tenders(f page.Frame, choices []TenderChoice, asks bool) []page.Touch {
	var all []page.Touch
	unknown := &page.Refused{Code: "bad-tender", Message: "this kiosk does not take this tender"}
	for _, c := range choices {
		why := unknown
		r, built := rooms[c.Tender]
		if c.Here && built {
			why = &r.shut
		}
		t := f.Button("tender", r.enter(c.Tender, asks)).Labelled(f.Say("tender."+string(c.Tender))).
			With(map[string]string{"kind": string(c.Tender)}).Only(c.Now && built, why)
		t.Primary = c.Here
		all = append(all, t)
	}

	return append(all, page.Also("tender", false, unknown, nil))
}

// Paid is a payment as it stands. Amounts are in fen; the arrears are those of when
// it began, and absent where they are not known.
type Paid struct {
	page.Frame
	Account     string  `json:"account"`
	Name        string  `json:"name"`
	Serial      string  `json:"serial"`
	Arrears     *int64  `json:"arrears,omitempty"`
	ArrearsText string  `json:"arrears_text,omitempty"`
	Minimum     int64   `json:"minimum"`
	MinimumText string  `json:"minimum_text"`
	Total       int64   `json:"total"`
	TotalText   string  `json:"total_text"`
	Notes       []int64 `json:"notes"` // credited, in their order
	Verified    bool    `json:"verified"`
}

// Owes reports whether something was known to be owed.
func (p Paid) Owes() bool { return p.Arrears != nil && *p.Arrears > 0 }

func (a Around) paid() Paid {
	t := a.Standing.Txn
	v := Paid{
		Frame: a.Frame, Account: t.Account, Name: t.Name, Serial: t.Serial, Verified: t.Online,
		Minimum: int64(t.Minimum), MinimumText: t.Minimum.String(), Total: int64(t.Total()), TotalText: t.Total().String(), Notes: []int64{},
	}
	if t.Purpose == payments.Bill || t.Purpose == "" && a.Goal == (Goal{}) {
		v.Arrears, v.ArrearsText = sum(t.Arrears)
	} else { // it was read off a card, and not typed by who stands here
		v.Account = receipt.Masked(t.Account)
	}
	for _, n := range t.Cash.Notes {
		if n.State == cash.StateStacked {
			v.Notes = append(v.Notes, int64(n.Value))
		}
	}

	return v
}

// underWay names the words of what is going on: nothing is said to be booked before
// the money is there.
func (a Around) underWay() string {
	t := a.Standing.Txn
	taking := t.Status() == payments.Tendering
	switch {
	case t.Status() == payments.Writing:
		return "processing.writing"
	case t.Status() == payments.Posting, t.Tender == payments.Cash && Held(t):
		return "processing"
	case a.Standing.Recovered:
		return "processing.power-cut"
	case taking && t.Tender == payments.BankCard:
		return a.atBank()
	case taking && t.Tender == payments.Cash:
		return "processing.cash"
	}

	return "processing.undoing"
}

// ProcessingPage is shown while the outcome is waited for. Nothing is touched on
// it.
type ProcessingPage struct {
	Paid
	Message    string `json:"message"`
	AmountText string `json:"amount_text,omitempty"` // that the bank is asked for
}

func (a Around) processing() page.Page {
	p := ProcessingPage{Paid: a.paid(), Message: a.Frame.Say(a.underWay())}
	if t := a.Standing.Txn; t.Tender == payments.BankCard && t.Taking() {
		p.AmountText = t.Card.Amount.String()
	}

	return p
}

// Touches implements page.Page.
func (ProcessingPage) Touches() []page.Touch { return nil }
