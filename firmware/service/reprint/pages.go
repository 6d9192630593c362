package reprint

import (
	"fmt"
	"regexp"
	"strconv"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/update"
	"wattkiosk/payments"
	"wattkiosk/payments/receipt"
)

// Around is what every page is made of.
type Around struct {
	Frame   page.Frame
	Person  update.Person
	Shelf   Shelf
	Waiting bool   // a login is being checked
	NoPrint string // why the printer can print nothing now, in words; empty where it can
	Home    page.Screen
	End     page.Effect
}

// Page makes the page of one of the screens; nil for any other.
func (a Around) Page(s page.Screen) page.Page {
	b := base{Frame: a.Frame, Who: update.Who{Number: a.Person.Number, Name: a.Person.Name}, exit: page.Go(a.Home, a.End)}
	switch s {
	case AtLogin:
		return a.login(b)
	case AtList:
		return a.list(b)
	case AtFind:
		return FindPage{base: b, Message: b.Say("reprint.find")}
	case AtSlip:
		return a.slip(b)
	}

	return nil
}

// base is what all pages have.
type base struct {
	page.Frame
	update.Who

	exit func(page.Intent) (page.Move, error)
}

func (b base) leave() page.Touch { return b.Button("staff-leave", b.exit) }

// LoginPage asks for number and PIN.
type LoginPage struct {
	base
	Message     string `json:"message"`
	Waiting     bool   `json:"waiting"`
	WaitingText string `json:"waiting_text,omitempty"`
}

func (a Around) login(b base) page.Page {
	p := LoginPage{base: b, Message: b.Say("reprint.login"), Waiting: a.Waiting}
	if p.Waiting {
		p.WaitingText = b.Say("staff.checking")
	}

	return p
}

var busy = &page.Refused{Code: "busy", Message: "a login is being checked"}

// Touches implements page.Page.
func (p LoginPage) Touches() []page.Touch {
	check := func(i page.Intent) (page.Move, error) {
		if err := update.LoginOf(i).CheckPIN(); err != nil {
			return page.Move{}, err
		}

		return page.Move{Waiting: true, Effects: []page.Effect{CheckStaff}}, nil
	}

	return []page.Touch{
		p.Button("reprint-login", check).First().Only(!p.Waiting, busy),
		p.leave(),
		page.Also("back", true, nil, p.exit),
	}
}

// SlipView is a slip on a page.
type SlipView struct {
	Serial  string `json:"serial"`
	When    string `json:"when"`
	Day     string `json:"day"`  // the same without its year
	What    string `json:"what"` // what was paid for, and how
	Account string `json:"account"`
	Verdict string `json:"verdict"` // as its title would say now
	Copies  string `json:"copies"`
}

func (r Row) view(f page.Frame) SlipView {
	t := r.Txn
	v := SlipView{
		Serial: t.Serial, When: r.At.Format("2006-01-02 15:04"), Day: r.At.Format("01-02 15:04"), What: f.Say("reprint." + string(t.Purpose)),
		Account: receipt.Masked(t.Account), Verdict: receipt.Verdict(t, f.Lang()), Copies: f.Say("reprint.never"),
	}
	if t.Purpose != payments.Rewrite {
		v.What += " · " + f.Say("tender."+string(t.Tender))
	}
	if t.Copies > 0 {
		v.Copies = fmt.Sprintf(f.Say("reprint.copies"), t.Copies)
	}

	return v
}

// ListPage shows the slips that were found, some at a time.
type ListPage struct {
	base
	Typed   string     `json:"typed,omitempty"`
	Rows    []SlipView `json:"rows"`
	Message string     `json:"message"`

	older, newer int // where the page before and the page after begin; -1 for none
}

func (a Around) list(b base) page.Page {
	s := a.Shelf
	p := ListPage{base: b, Typed: s.Typed, Rows: []SlipView{}, Message: b.Say("reprint.choose"), older: -1, newer: -1}
	for _, r := range s.Rows {
		p.Rows = append(p.Rows, r.view(b.Frame))
	}
	if len(p.Rows) == 0 {
		p.Message = b.Say("reprint.empty")
	}
	if s.From+PerPage < s.Count {
		p.older = s.From + PerPage
	}
	if s.From > 0 {
		p.newer = max(0, s.From-PerPage)
	}

	return p
}

var noMore = &page.Refused{Code: "no-more", Message: "there are no more slips that way"}

// Touches implements page.Page.
func (p ListPage) Touches() []page.Touch {
	var all []page.Touch
	for _, r := range p.Rows {
		choose := p.Button("reprint-choose", page.Go("", Choose))
		all = append(all, choose.First().With(map[string]string{"serial": r.Serial}))
	}
	all = append(all, page.Also("reprint-choose", false, &page.Refused{Code: "no-such-slip", Message: "that slip is not on the page"}, nil))

	turn := func(name string, from int) page.Touch {
		t := p.Button(name, page.Go("", Turn)).Only(from >= 0, noMore)
		if from >= 0 {
			t = t.With(map[string]string{"from": strconv.Itoa(from)})
		}

		return t
	}
	all = append(all, turn("reprint-newer", p.newer), turn("reprint-older", p.older))
	if p.Typed != "" {
		all = append(all, p.Button("reprint-all", page.Go("", Find)))
	}

	return append(all, p.Button("reprint-number", page.Go(AtFind)), p.leave())
}

// FindPage asks for the number of a slip.
type FindPage struct {
	base
	Message string `json:"message"`
}

var digitsForm = regexp.MustCompile(fmt.Sprintf(`^[0-9]{%d,%d}$`, MinDigits, MaxDigits))

// Touches implements page.Page.
func (p FindPage) Touches() []page.Touch {
	find := func(i page.Intent) (page.Move, error) {
		if !digitsForm.MatchString(i.Args["number"]) {
			return page.Move{}, &page.Refused{Code: "bad-number", Message: "a slip is found by 4 to 20 digits of its number"}
		}

		return page.Move{Effects: []page.Effect{Find}}, nil
	}

	return []page.Touch{p.Button("reprint-find", find).First(), p.Button("back", page.Go(AtList, Turn)), p.leave()}
}

// SlipPage shows one slip, and what became of printing it.
type SlipPage struct {
	base
	Slip    SlipView `json:"slip"`
	Outcome Outcome  `json:"outcome"`
	Message string   `json:"message"`

	can bool
}

func (a Around) slip(b base) page.Page {
	p := SlipPage{base: b, Slip: a.Shelf.Chosen.view(b.Frame), Outcome: a.Shelf.Outcome}
	p.can = a.NoPrint == "" && p.Outcome != Printing
	switch {
	case p.Outcome != None:
		p.Message = b.Say("reprint.outcome-" + string(p.Outcome))
		if a.Shelf.Copy > 0 {
			p.Message = fmt.Sprintf(b.Say("reprint.copy"), a.Shelf.Copy) + p.Message
		}
		switch {
		case a.NoPrint == "" || p.Outcome == Printing:
		case p.Outcome == Printed:
			p.Message += fmt.Sprintf(b.Say("reprint.no-more"), a.NoPrint)
		default:
			p.Message += fmt.Sprintf(b.Say("reprint.because"), a.NoPrint)
		}
	case a.NoPrint != "":
		p.Message = fmt.Sprintf(b.Say("reprint.cannot"), a.NoPrint)
	default:
		p.Message = b.Say("reprint.ready")
	}

	return p
}

// Touches implements page.Page.
func (p SlipPage) Touches() []page.Touch {
	why := &page.Refused{Code: "no-printer", Message: "the printer can print nothing now"}
	if p.Outcome == Printing {
		why = &page.Refused{Code: "busy", Message: "a slip is being printed"}
	}
	again := p.Button("print", page.Go("", Print)).Labelled(p.Say("action.reprint")).First().Only(p.can, why)

	return []page.Touch{again, p.Button("back", page.Go(AtList, Turn)), p.leave()}
}
