package visit

import (
	"fmt"
	"slices"
	"strings"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/metercard"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/buypower"
	"wattkiosk/firmware/service/collect"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/service/reprint"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/tender"
	"wattkiosk/payments"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/receipt"
)

// Machine is what the pages show beside the visit.
type Machine struct {
	Profile  profile.Profile
	Stopped  condition.Stops
	Blocks   []condition.Code // what is wrong and stops something
	Online   bool
	CanScan  bool // there is a scanner for the bar code of a bill
	Terminal string
	Hotline  string
	Fleet    receipt.Fleet
	Hours    string           // when the place is open; empty where nobody said
	Face     tender.Face      // of the station that takes the money, or would
	Meter    metercard.Face   // of the reader of meter cards
	Standing paybill.Standing // of the payment in front of the customer, or zero
	Stick    update.Stick
	Cassette collect.Cassette
	Slips    reprint.Shelf // that site staff looked for
}

// Offers reports whether a service can be had now.
func (m Machine) Offers(s profile.Service) bool { return m.Profile.Offers(s, m.Stopped) }

// frame is what every page shows, in the words of what the visit is about.
func (s State) frame(m Machine) page.Frame {
	f := page.NewFrame(s.Lang, m.Terminal, m.Hotline, m.Online, s.Notice, s.Asking)
	f.Fleet = m.Fleet
	if s.Notice == string(mis.MeterCard) && m.Profile.Serves(profile.BuyPower) { // the other tile is what they came for
		f.NoticeText = f.Say("notice.meter-card-here")
	}
	if s.onCard(m) && s.Service != profile.Query { // looking at a card is buying nothing
		t := m.Standing.Txn
		if t.Serial == "" && s.Card != nil && s.Card.Waits() { // nothing else can be had of this card
			t.Purpose = payments.Rewrite
		}

		return f.About(buypower.Words(t)...)
	}

	return f
}

// onCard reports whether the visit is about a meter card.
func (s State) onCard(m Machine) bool {
	if m.Standing.Txn.Serial != "" && s.Screen != page.Idle && s.Screen != page.ChooseService {
		return m.Standing.Txn.Purpose == payments.Purchase || m.Standing.Txn.Purpose == payments.Rewrite
	}

	return s.Service == profile.BuyPower || s.Service == profile.Query || s.Card != nil ||
		s.Screen == page.TakeCard && buypower.Leaving(m.Meter)
}

// Page is the present screen as a value.
func (s State) Page(m Machine) page.Page {
	f := s.frame(m)
	switch s.Screen {
	case page.Idle:
		return m.idlePage(f)
	case page.ChooseService:
		return ServicesPage{Frame: f, corridor: m.corridor(), means: m.means()}
	case page.EnterAccount:
		return accountPage(f, s, m)
	case page.OutOfService:
		return closedPage(f, m)
	}
	if s.onCard(m) {
		if p := m.buypower(f, s).Page(s.Screen); p != nil {
			return p
		}
	} else if p := m.paybill(f, s).Page(s.Screen); p != nil {
		return p
	}
	if collect.Is(s.Screen) {
		return collect.Around{Frame: f, People: s.Collectors, Cassette: m.Cassette, Waiting: s.Waiting, Home: page.Idle, End: page.End}.Page(s.Screen)
	}
	if reprint.Is(s.Screen) {
		return reprint.Around{
			Frame: f, Person: s.Reprinter, Shelf: m.Slips, Waiting: s.Waiting, NoPrint: reasons(f, m.noPrint()), Home: page.Idle, End: page.End,
		}.Page(s.Screen)
	}
	staff := update.Around{Frame: f, State: s.Staff, Stick: m.Stick, Waiting: s.Waiting, Home: page.Idle, End: page.End}

	return staff.Page(s.Screen)
}

func (m Machine) paybill(f page.Frame, s State) paybill.Around {
	a := paybill.Around{Frame: f, Quote: s.Quote, Tender: s.Tender, Amount: s.Amount, Face: m.Face, Standing: m.Standing}
	for _, t := range m.Profile.Tenders {
		a.Tenders = append(a.Tenders, paybill.TenderChoice{
			Tender: t, Here: m.Profile.Has(profile.PayBill, t), Now: m.Profile.Can(profile.PayBill, t, m.Stopped) && s.Quote.Takes(t),
		})
	}

	return a
}

func (m Machine) buypower(f page.Frame, s State) buypower.Around {
	card := buypower.Card{}
	if s.Card != nil {
		card = *s.Card
	}
	a := buypower.Around{Frame: f, Card: card, Face: m.Meter, Looks: s.Service == profile.Query}
	a.Pay = paybill.Around{
		Frame: f, Quote: card.Payer(s.Tender), Tender: s.Tender, Amount: s.Amount, Goal: card.Goal(s.Amount), Face: m.Face, Standing: m.Standing,
	}
	for _, t := range m.Profile.Tenders {
		a.Pay.Tenders = append(a.Pay.Tenders, paybill.TenderChoice{
			Tender: t, Here: m.Profile.Has(profile.BuyPower, t), Now: m.Profile.Can(profile.BuyPower, t, m.Stopped) && card.Takes(t, s.Amount),
		})
	}

	return a
}

// noPrint is why the printer can print nothing now.
func (m Machine) noPrint() []condition.Code {
	return slices.DeleteFunc(slices.Clone(m.Blocks), func(c condition.Code) bool {
		return c != condition.StartingPrinter && c != condition.Printer && c != condition.Paper
	})
}

// corridor is what the pages of the corridor know of the machine.
type corridor struct {
	profile profile.Profile
	stopped condition.Stops
	blocks  []condition.Code
	staff   bool // a stick is plugged in
	cash    bool // there is a cassette that two people may take out
}

// means are the ways in which a bill can be paid beside notes.
type means struct {
	ByCard bool `json:"by_card,omitempty"`
	ByCode bool `json:"by_code,omitempty"` // a QR code
}

func (m Machine) means() means {
	return means{ByCard: m.Profile.Has(profile.PayBill, profile.BankCard), ByCode: m.Profile.Has(profile.PayBill, profile.QR)}
}

// Means name the ways beside notes, as words about them are named: card, code, card-code;
// empty for none.
func (m means) Means() string {
	switch {
	case m.ByCard && m.ByCode:
		return "card-code"
	case m.ByCard:
		return "card"
	case m.ByCode:
		return "code"
	}

	return ""
}

func (m Machine) corridor() corridor {
	return corridor{m.Profile, m.Stopped, m.Blocks, m.Stick.There(), m.Profile.TakesCash()}
}

// room is a service that is built.
type room struct {
	at    page.Screen                // where it begins
	ready func(profile.Tender) error // what it lacks to be paid with a tender
}

// rooms are the services along the corridor.
var rooms = map[profile.Service]room{
	profile.PayBill:  {page.EnterAccount, paybill.Ready},
	profile.BuyPower: {page.InsertMeterCard, buypower.Ready},
	profile.Query:    {page.InsertMeterCard, buypower.Shows},
}

// Ready says what the screen lacks for a cell of a profile.
func Ready(c profile.Cell) error {
	r, ok := rooms[c.Service]
	switch {
	case !ok:
		return fmt.Errorf("no page begins the service %q", c.Service)
	case !page.Has("action." + string(c.Service)):
		return fmt.Errorf("the screen has no words for the service %q", c.Service)
	}

	return r.ready(c.Tender)
}

func (c corridor) service(f page.Frame, s profile.Service) page.Touch {
	why := &page.Refused{Code: "no-cash", Message: "cash payment is not available now"}
	if s != profile.PayBill {
		why = &page.Refused{Code: "not-now", Message: "this service is not available now"}
	}
	here := c.profile.Serves(s)
	if !here {
		why = &page.Refused{Code: "not-here", Message: "this kiosk does not offer this service"}
	}
	begin := func(page.Intent) (page.Move, error) { return page.Move{To: rooms[s].at, Typed: string(s)}, nil }
	t := f.Button(string(s), begin).Only(here && c.profile.Offers(s, c.stopped), why)
	t.Primary = here
	t.Note = reasons(f, c.profile.Why(s, c.stopped, c.blocks))
	if s == profile.Query && here { // so far, it is what is on a meter card
		t.Label = f.Say("action.query-card")
	}

	return t
}

// reasons are conditions in words, as one text.
func reasons(f page.Frame, why []condition.Code) string {
	all := make([]string, len(why))
	for i, c := range why {
		all[i] = condition.Text(f.Lang(), c)
	}

	if f.Lang() == receipt.English {
		return strings.Join(all, "; ")
	}

	return strings.Join(all, "、")
}

// off says what cannot be had here now that this machine has, and why: services, and of a
// bill that can be paid the ways to pay it.
func (c corridor) off(f page.Frame) []string {
	var all []string
	say := func(what string, why []condition.Code) {
		if len(why) > 0 {
			all = append(all, fmt.Sprintf(f.Say("service.off"), what, reasons(f, why)))
		}
	}
	for _, s := range c.profile.Services {
		say(c.service(f, s).Label, c.profile.Why(s, c.stopped, c.blocks))
	}
	if c.profile.Offers(profile.PayBill, c.stopped) {
		for _, t := range c.profile.Tenders {
			say(f.Say("tender."+string(t)), c.profile.WhyNot(profile.PayBill, t, c.stopped, c.blocks))
		}
	}

	return all
}

// technician is the way in for a technician, where a stick is plugged in.
func (c corridor) technician(f page.Frame) page.Touch {
	t := f.Button("staff", page.Go(update.AtLogin, update.AskChallenge)).
		Only(c.staff, &page.Refused{Code: "no-stick", Message: "no update stick is plugged in"})
	t.Quiet = !c.staff

	return t
}

// collector is the way in for site staff, who take the cash out or print a slip again: no
// customer is asked to touch it, so no button of the page is it. It is the terminal's number
// in the foot of the page.
func (c corridor) collector(f page.Frame) page.Touch {
	to := collect.AtLogin
	if !c.cash { // there is nothing to take out
		to = reprint.AtLogin
	}
	t := f.Button("collect", page.Go(to))
	t.Quiet = true

	return t
}

// IdlePage waits for a customer.
type IdlePage struct {
	page.Frame
	corridor
	means
	Hours string `json:"hours,omitempty"` // when the place is open
	Sells bool   `json:"sells,omitempty"` // power can be bought onto a meter card here
	// Off says what this machine has and cannot do now, and why; NoBills that a bill is part
	// of that.
	Off     []string `json:"off,omitempty"`
	NoBills bool     `json:"no_bills,omitempty"`
}

func (m Machine) idlePage(f page.Frame) IdlePage {
	c := m.corridor()

	return IdlePage{
		Frame: f, corridor: c, means: m.means(), Hours: m.Hours, Sells: m.Offers(profile.BuyPower),
		Off: c.off(f), NoBills: !m.Offers(profile.PayBill),
	}
}

// Touches implements page.Page.
func (p IdlePage) Touches() []page.Touch {
	all := []page.Touch{p.Button("start", page.Go(page.ChooseService)).First()}
	for _, s := range p.profile.Services { // the short way to what is offered
		if p.profile.Serves(s) {
			t := p.service(p.Frame, s)
			t.Quiet = true
			all = append(all, t)
		}
	}

	return append(all, p.technician(p.Frame), p.collector(p.Frame))
}

// ServicesPage asks what the customer came for.
type ServicesPage struct {
	page.Frame
	corridor
	means
}

// Touches implements page.Page.
func (p ServicesPage) Touches() []page.Touch {
	var all []page.Touch
	for _, s := range p.profile.Services {
		all = append(all, p.service(p.Frame, s))
	}
	home := page.Go(page.Idle, page.End)

	return append(all, p.Button("back", home), page.Also("cancel", true, nil, home))
}

// AccountPage asks for the account.
type AccountPage struct {
	page.Frame
	Account     string `json:"account"`
	Waiting     bool   `json:"waiting"`
	WaitingText string `json:"waiting_text,omitempty"`
	Scan        bool   `json:"scan,omitempty"` // a bar code is taken too
}

func accountPage(f page.Frame, s State, m Machine) page.Page {
	p := AccountPage{Frame: f, Account: s.Account, Waiting: s.Waiting, Scan: m.CanScan}
	if p.Waiting {
		p.WaitingText = f.Say("waiting")
	}

	return p
}

// Touches implements page.Page.
func (p AccountPage) Touches() []page.Touch {
	typed := func(i page.Intent) (page.Move, error) {
		n := i.Args["number"]
		if !payments.ValidAccount(n) {
			return page.Move{}, &page.Refused{Code: "bad-account", Message: "an account number has 10 or 12 digits"}
		}

		return page.Move{Waiting: true, Typed: n, Effects: []page.Effect{paybill.Verify}}, nil
	}
	busy := &page.Refused{Code: "busy", Message: "the account is being looked up"}

	return []page.Touch{
		p.Button("account", typed).First().Only(!p.Waiting, busy),
		p.Button("back", page.Go(page.ChooseService, page.End)),
		p.Button("cancel", page.Go(page.Idle, page.End)),
	}
}

// ClosedPage says why nothing is offered.
type ClosedPage struct {
	page.Frame
	corridor
	Message string           `json:"message"`
	Blocks  []condition.Code `json:"blocks"`
	Reasons []string         `json:"reasons"`
}

func closedPage(f page.Frame, m Machine) page.Page {
	p := ClosedPage{Frame: f, corridor: m.corridor(), Blocks: m.Blocks, Message: f.Say("out-of-service")}
	for _, c := range m.Blocks {
		if c == condition.Update { // the message says it: a short pause
			p.Message = f.Say("out-of-service.update")
			continue
		}
		p.Reasons = append(p.Reasons, condition.Text(f.Lang(), c))
	}

	return p
}

// Updating reports whether the pause is an update.
func (p ClosedPage) Updating() bool {
	for _, c := range p.Blocks {
		if c == condition.Update {
			return true
		}
	}

	return false
}

// Title says that the pause is a short one.
func (p ClosedPage) Title() string {
	if p.Updating() {
		return p.Say("title.update")
	}

	return ""
}

// Touches implements page.Page.
func (p ClosedPage) Touches() []page.Touch {
	return []page.Touch{p.technician(p.Frame), p.collector(p.Frame)}
}

// otherLanguage is the language that the button of the page's head changes to.
func otherLanguage(l receipt.Lang) receipt.Lang {
	if l == receipt.English {
		return receipt.Chinese
	}

	return receipt.English
}
