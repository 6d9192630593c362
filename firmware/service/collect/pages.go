package collect

import (
	"regexp"
	"slices"
	"strconv"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/reprint"
	"wattkiosk/firmware/service/update"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
)

// Around is what every page is made of.
type Around struct {
	Frame    page.Frame
	People   People
	Cassette Cassette
	Waiting  bool // a login is being checked
	Home     page.Screen
	End      page.Effect
}

// Page makes the page of one of the screens; nil for any other.
func (a Around) Page(s page.Screen) page.Page {
	b := base{Frame: a.Frame, People: a.named(), exit: page.Go(a.Home, a.End)}
	switch s {
	case AtLogin:
		return a.login(b)
	case AtStart:
		return a.start(b)
	case AtExchange:
		return a.exchange(b)
	case AtCount:
		return a.count(b)
	case AtCheck:
		return a.check(b)
	case AtSign:
		return a.sign(b)
	case AtDone:
		return a.done(b)
	}

	return nil
}

// PersonView is one of the two on a page.
type PersonView struct {
	Number string `json:"number"`
	Name   string `json:"name"`
}

func (a Around) named() []PersonView {
	all := []PersonView{}
	for _, p := range a.People {
		if p.Number != "" {
			all = append(all, PersonView{p.Number, p.Name})
		}
	}

	return all
}

// base is what all pages have.
type base struct {
	page.Frame
	People []PersonView `json:"people"`

	exit func(page.Intent) (page.Move, error)
}

func (b base) leave() page.Touch { return b.Button("staff-leave", b.exit) }

// LoginPage asks for number and PIN of the first person, and then of the second. Who came to
// print a customer's slip again goes on from here.
type LoginPage struct {
	base
	Nth         int    `json:"nth"` // whose turn it is: 1 or 2
	Message     string `json:"message"`
	Waiting     bool   `json:"waiting"`
	WaitingText string `json:"waiting_text,omitempty"`
	Open        string `json:"open,omitempty"` // the collection that is to be gone on with
}

func (a Around) login(b base) page.Page {
	p := LoginPage{base: b, Nth: min(len(b.People)+1, 2), Waiting: a.Waiting}
	p.Message = b.Say("collect.login-" + strconv.Itoa(p.Nth))
	if c, open := a.Cassette.Account.Open(); open {
		p.Open = c.Serial
		if p.Nth == 1 {
			p.Message = b.Say("collect.login-again")
		}
	}
	if p.Waiting {
		p.WaitingText = b.Say("staff.checking")
	}

	return p
}

var busy = &page.Refused{Code: "busy", Message: "a login is being checked"}

// Touches implements page.Page.
func (p LoginPage) Touches() []page.Touch {
	all := []page.Touch{p.Button("collect-login", checked).First().Only(!p.Waiting, busy)}
	if p.Nth == 1 { // one alone may do that
		all = append(all, p.Button("reprint", page.Go(reprint.AtLogin)).Only(!p.Waiting, busy))
	}

	return append(all, p.leave(), page.Also("back", true, nil, p.exit))
}

// checked has a login checked that can be one.
func checked(i page.Intent) (page.Move, error) {
	if err := update.LoginOf(i).CheckPIN(); err != nil {
		return page.Move{}, err
	}

	return page.Move{Waiting: true, Effects: []page.Effect{CheckStaff}}, nil
}

// StartPage begins a collection, or prints the last slip again.
type StartPage struct {
	base
	Number  string `json:"number,omitempty"` // of the cassette that is in
	Message string `json:"message"`

	last bool
}

func (a Around) start(b base) page.Page {
	return StartPage{
		base: b, Number: a.Cassette.Account.Number, Message: b.Say("collect.start"), last: a.Cassette.Account.Collection.Stage == collection.Ended,
	}
}

// Touches implements page.Page.
func (p StartPage) Touches() []page.Touch {
	open := func(page.Intent) (page.Move, error) { return page.Move{Effects: []page.Effect{Open}}, nil }
	all := []page.Touch{p.Button("collect-open", open).First()}
	if p.last {
		all = append(all, p.Button("print", page.Go(AtDone, Print)).Labelled(p.Say("action.collect-reprint")))
	}

	return append(all, p.leave())
}

// ExchangePage leads through the exchange of the cassette.
type ExchangePage struct {
	base
	Out     string `json:"out,omitempty"` // number of the cassette that is to come out
	Step    string `json:"step"`          // what is due: door-shut, cassette-in, cassette-out, not-at-rest; empty: the number of the new one
	Message string `json:"message"`

	stayed, back bool
}

func (a Around) exchange(b base) page.Page {
	_, step := a.Cassette.Known()
	p := ExchangePage{base: b, Out: a.Cassette.Account.Number, Step: step, stayed: a.Cassette.Stayed(), back: a.Cassette.Back()}
	key := step
	if key == "" {
		key = "number"
	}
	p.Message = b.Say("collect." + key)

	return p
}

// GiveUp is the button that ends it without an exchange: once another cassette could be in, the two
// say that it is the same one, else that it stayed.
func (p ExchangePage) GiveUp() string {
	if p.back {
		return "collect-put-back"
	}

	return "collect-abandon"
}

// Touches implements page.Page.
func (p ExchangePage) Touches() []page.Touch {
	exchange := func(i page.Intent) (page.Move, error) {
		switch n := i.Args["number"]; {
		case !collection.Cassette(n):
			return page.Move{}, &page.Refused{Code: "bad-number", Message: "a cassette's number is 1 to 20 letters, digits or dashes"}
		case n == p.Out:
			return page.Move{}, &page.Refused{Code: "same-cassette", Message: "that is the number of the cassette that comes out: if it is back in, say so"}
		}

		return page.Move{Effects: []page.Effect{Exchange}}, nil
	}
	notYet := &page.Refused{Code: p.Step, Message: "the cassette is not exchanged yet: " + p.Step}
	left := &page.Refused{Code: "cassette-left", Message: "the cassette has left its place: it is counted"}
	none := &page.Refused{Code: p.Step, Message: "no cassette was put back: " + p.Step}
	abandon, back := page.Go("", Abandon), page.Go("", PutBack)

	return []page.Touch{
		p.Button("collect-exchange", exchange).First().Only(p.Step == "", notYet),
		p.Button("collect-abandon", abandon).Only(p.stayed, left),
		p.Button("collect-put-back", back).Only(p.back, none),
		p.leave(),
	}
}

// CountPage asks how many notes of each value were in the cassette that is out. It shows no
// sum: the count is blind.
type CountPage struct {
	base
	Out     string   `json:"out,omitempty"`
	Notes   []string `json:"notes"` // the values in yuan, as the arguments of the count are named
	Message string   `json:"message"`
}

func (a Around) count(b base) page.Page {
	p := CountPage{base: b, Out: a.Cassette.Account.Collection.Out, Message: b.Say("collect.count")}
	for _, v := range Notes {
		p.Notes = append(p.Notes, yuan(v))
	}

	return p
}

func yuan(v money.Amount) string { return strconv.FormatInt(int64(v/100), 10) }

// Touches implements page.Page.
func (p CountPage) Touches() []page.Touch {
	count := func(i page.Intent) (page.Move, error) {
		if _, err := PilesOf(i); err != nil {
			return page.Move{}, err
		}

		return page.Move{Effects: []page.Effect{Count}}, nil
	}

	return []page.Touch{p.Button("collect-count", count).First(), p.leave()}
}

var pileForm = regexp.MustCompile(`^[0-9]{1,5}$`)

// PilesOf takes a count out of its intent. Every value must be told, be it with 0.
func PilesOf(i page.Intent) ([]collection.Pile, error) {
	var piles []collection.Pile
	for _, v := range Notes {
		n, told := i.Args[yuan(v)]
		if !told || !pileForm.MatchString(n) {
			return nil, &page.Refused{Code: "bad-count", Message: "the number of notes of " + yuan(v) + " yuan is missing: up to 5 digits, 0 for none"}
		}
		notes, _ := strconv.ParseInt(n, 10, 64)
		piles = append(piles, collection.Pile{Value: v, Notes: notes})
	}

	return piles, nil
}

// Row is one value of the comparison.
type Row struct {
	Value    string `json:"value"`
	Expected int64  `json:"expected"`
	Counted  int64  `json:"counted"`
}

// CheckPage compares, and asks for a reason.
type CheckPage struct {
	base
	Rows       []Row  `json:"rows"`
	Expected   string `json:"expected"`
	Counted    string `json:"counted"`
	Difference string `json:"difference"`
	Verdict    string `json:"verdict"` // agrees, surplus, shortage, other-notes
	Message    string `json:"message"`
	Doubt      string `json:"doubt,omitempty"` // of notes that nobody could place
	Doubts     int64  `json:"doubts,omitempty"`
	Moved      int64  `json:"moved,omitempty"`
	Reason     string `json:"reason,omitempty"`

	explain bool
}

func (a Around) check(b base) page.Page {
	c := a.Cassette.Account.Collection
	counted, _ := c.Counted()
	d, _ := c.Difference()
	p := CheckPage{
		base: b, Expected: c.Expected().String(), Counted: counted.String(), Difference: d.String(), Doubts: c.Doubts, Moved: c.Moved,
		Reason: reasonIn(b.Frame, c.Reason), Verdict: verdict(c), Rows: rows(c), explain: !c.Agrees() && c.Reason == "",
	}
	p.Message = b.Say("collect." + p.Verdict)
	if c.Doubts > 0 {
		p.Doubt = c.Doubt.String()
	}

	return p
}

func verdict(c collection.Collection) string {
	d, _ := c.Difference()
	switch {
	case c.Agrees():
		return "agrees"
	case d > 0:
		return "surplus"
	case d < 0:
		return "shortage"
	}

	return "other-notes"
}

func rows(c collection.Collection) []Row {
	var all []Row
	for _, v := range Notes {
		r := Row{yuan(v), of(c.Inside, v), 0}
		if n := len(c.Counts); n > 0 {
			r.Counted = of(c.Counts[n-1].Piles, v)
		}
		if r.Expected > 0 || r.Counted > 0 {
			all = append(all, r)
		}
	}

	return all
}

func of(piles []collection.Pile, v money.Amount) int64 {
	for _, p := range piles {
		if p.Value == v {
			return p.Notes
		}
	}

	return 0
}

// Reasons are why a count may differ; each has words, which the record holds.
var Reasons = []string{"jammed", "damaged", "counterfeit", "unknown"}

// ReasonOf is the reason in the words of the record, which are Chinese whatever the screen
// speaks; false for none of Reasons.
func ReasonOf(i page.Intent) (string, bool) {
	for _, r := range Reasons {
		if i.Args["reason"] == r {
			return page.Text(receipt.Chinese, "collect.reason-"+r), true
		}
	}

	return "", false
}

// reasonIn is a recorded reason in the words of the page.
func reasonIn(f page.Frame, recorded string) string {
	for _, r := range Reasons {
		if page.Text(receipt.Chinese, "collect.reason-"+r) == recorded {
			return f.Say("collect.reason-" + r)
		}
	}

	return recorded
}

// Touches implements page.Page.
func (p CheckPage) Touches() []page.Touch {
	var all []page.Touch
	if p.explain {
		for _, r := range Reasons {
			all = append(all, p.Button("collect-explain", page.Go("", Explain)).Labelled(p.Say("collect.reason-"+r)).With(map[string]string{"reason": r}))
		}
	}
	why := &page.Refused{Code: "no-reason", Message: "the difference has no reason yet"}
	sign := p.Button("collect-sign", page.Go(AtSign)).First().Only(!p.explain, why)

	return append(all, sign, p.Button("collect-recount", page.Go(AtCount)), p.leave())
}

// SignPage asks for the signatures.
type SignPage struct {
	base
	Counted    string       `json:"counted"`
	Difference string       `json:"difference"`
	Message    string       `json:"message"` // what is asked of the next one to sign
	Signed     []PersonView `json:"signed"`
	Waiting    bool         `json:"waiting"`
}

func (a Around) sign(b base) page.Page {
	c := a.Cassette.Account.Collection
	counted, _ := c.Counted()
	d, _ := c.Difference()
	p := SignPage{base: b, Counted: counted.String(), Difference: d.String(), Signed: []PersonView{}, Waiting: a.Waiting}
	p.Message = b.Say("collect.sign-" + strconv.Itoa(min(len(c.Signed)+1, 2)))
	for _, v := range b.People {
		if slices.Contains(c.Signed, v.Number) {
			p.Signed = append(p.Signed, v)
		}
	}

	return p
}

// Touches implements page.Page.
func (p SignPage) Touches() []page.Touch {
	back := &page.Refused{Code: "signed", Message: "one has signed: the count stands"}

	return []page.Touch{
		p.Button("collect-sign", checked).First().Only(!p.Waiting, busy),
		p.Button("back", page.Go(AtCheck)).Only(len(p.Signed) == 0, back),
		p.leave(),
	}
}

// DonePage says how it ended.
type DonePage struct {
	base
	Serial     string `json:"serial"`
	Counted    string `json:"counted"`
	Difference string `json:"difference"`
	Verdict    string `json:"verdict"`
	ResultText string `json:"result_text"`
	Slip       string `json:"slip,omitempty"`
	SlipText   string `json:"slip_text"`
	Copies     int    `json:"copies"`
}

func (a Around) done(b base) page.Page {
	c := a.Cassette.Account.Collection
	counted, _ := c.Counted()
	d, _ := c.Difference()
	p := DonePage{
		base: b, Serial: c.Serial, Counted: counted.String(), Difference: d.String(), Verdict: verdict(c), ResultText: b.Say("collect.done"),
		Slip: c.Slip, SlipText: b.Say("collect.slip-none"), Copies: c.Copies,
	}
	switch c.Slip {
	case "started":
		p.SlipText = b.Say("collect.slip-printing")
	case "printed", "retracted":
		p.SlipText = b.Say("collect.slip-printed")
	}

	return p
}

// Touches implements page.Page.
func (p DonePage) Touches() []page.Touch {
	again := p.Button("print", page.Go("", Print)).Labelled(p.Say("action.collect-reprint"))

	return []page.Touch{p.leave().First(), again}
}
