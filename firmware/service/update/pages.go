package update

import "wattkiosk/firmware/page"

// The technician's screens. They are shown only while an update stick is plugged in.
const (
	AtLogin    page.Screen = "staff-login"    // number, PIN and one-time code
	AtStick    page.Screen = "staff-stick"    // what is on the stick
	AtConfirm  page.Screen = "staff-confirm"  // one bundle, before it is installed
	AtProgress page.Screen = "staff-progress" // it is being installed
	AtResult   page.Screen = "staff-result"   // how that ended
)

// Is reports whether a screen is one of the technician's.
func Is(s page.Screen) bool {
	switch s {
	case AtLogin, AtStick, AtConfirm, AtProgress, AtResult:
		return true
	}

	return false
}

// What the kiosk is asked to do.
const (
	AskChallenge page.Effect = "ask-challenge" // for the login
	CheckStaff   page.Effect = "check-staff"   // the login of the intent (LoginOf)
	Install      page.Effect = "stick-install" // the bundle State.File
	Dismiss      page.Effect = "stick-dismiss" // the technician is done with the stick
)

// State is what a technician's visit has beside its screen.
type State struct {
	Person    Person
	Challenge string // shown at the login, for the one-time code; empty while it is not known
	Stick     string // id of the stick whose File was chosen
	File      string
	Code      string // at the result: why nothing was installed; empty where it was
	Detail    string // of the result, for people
}

// Who is the technician on a page; empty before the login.
type Who struct {
	Number string `json:"staff_number,omitempty"`
	Name   string `json:"staff_name,omitempty"`
}

// Around is what every page of a technician is made of.
type Around struct {
	Frame   page.Frame
	State   State
	Stick   Stick
	Waiting bool
	Home    page.Screen // where leaving goes
	End     page.Effect // what ends the visit
}

// exit is how a technician leaves.
type exit struct {
	home page.Screen
	end  page.Effect
}

// leave is the button for it, which is the end of the stick's business too.
func (e exit) leave(f page.Frame) page.Touch {
	return f.Button("staff-leave", page.Go(e.home, Dismiss, e.end))
}

// Page makes the page of one of the technician's screens; nil for any other.
func (a Around) Page(s page.Screen) page.Page {
	who := Who{a.State.Person.Number, a.State.Person.Name}
	out := exit{a.Home, a.End}
	switch s {
	case AtLogin:
		return a.login(who, out)
	case AtStick:
		return a.offers(who, out)
	case AtConfirm:
		return a.confirm(who, out)
	case AtProgress:
		return a.progress(who)
	case AtResult:
		return a.result(who, out)
	}

	return nil
}

// LoginPage asks for number, PIN and one-time code.
type LoginPage struct {
	page.Frame
	Who
	Challenge   string `json:"challenge"`
	Waiting     bool   `json:"waiting"`
	WaitingText string `json:"waiting_text,omitempty"`

	exit exit
}

func (a Around) login(who Who, out exit) page.Page {
	p := LoginPage{Frame: a.Frame, Who: who, Challenge: a.State.Challenge, Waiting: a.Waiting, exit: out}
	if a.Waiting {
		p.WaitingText = a.Frame.Say("staff.checking")
	}

	return p
}

// Touches implements page.Page.
func (p LoginPage) Touches() []page.Touch {
	check := func(i page.Intent) (page.Move, error) {
		if err := LoginOf(i).check(); err != nil {
			return page.Move{}, err
		}

		return page.Move{Waiting: true, Effects: []page.Effect{CheckStaff}}, nil
	}
	why := &page.Refused{Code: "no-challenge", Message: "nobody can log in before there is a request code"}
	if p.Waiting {
		why = &page.Refused{Code: "busy", Message: "a login is being checked"}
	}

	home := page.Go(p.exit.home, p.exit.end)

	return []page.Touch{
		p.Button("staff-login", check).First().Only(!p.Waiting && p.Challenge != "", why),
		p.Button("staff-leave", home),
		page.Also("back", true, nil, home),
	}
}

// StickPage shows what is on the stick.
type StickPage struct {
	page.Frame
	Who
	Phase   StickPhase  `json:"phase"`
	Message string      `json:"message,omitempty"`
	Offers  []OfferView `json:"offers"`

	exit exit
}

func (a Around) offers(who Who, out exit) page.Page {
	p := StickPage{Frame: a.Frame, Who: who, Phase: a.Stick.Phase, Offers: []OfferView{}, exit: out}
	if p.Phase == StickWaiting { // who sees this has logged in: it is being opened
		p.Phase = StickReading
	}
	if p.Phase == StickReading || p.Phase == StickEmpty {
		p.Message = p.Say("stick." + string(p.Phase))
	}
	for _, o := range a.Stick.Offers {
		p.Offers = append(p.Offers, a.Stick.view(o, p.Lang()))
	}

	return p
}

// Touches implements page.Page.
func (p StickPage) Touches() []page.Touch {
	var all []page.Touch
	for _, o := range p.Offers {
		choose := func(page.Intent) (page.Move, error) { return page.Move{To: AtConfirm, Typed: o.File}, nil }
		t := p.Button("staff-install", choose).First().With(map[string]string{"file": o.File})
		if o.Refused != "" {
			t = t.Only(false, &page.Refused{Code: "not-installable", Message: "the bundle cannot be installed: " + o.Refused})
		}
		t.Quiet = !t.Enabled
		if p.Phase == StickOffered {
			all = append(all, t)
		}
	}
	all = append(all, page.Also("staff-install", false, &page.Refused{Code: "no-such-file", Message: "the stick has no such bundle"}, nil))

	return append(all, p.exit.leave(p.Frame))
}

// ConfirmPage shows one bundle before it is installed.
type ConfirmPage struct {
	page.Frame
	Who
	Offer OfferView `json:"offer"`
	Hint  string    `json:"hint"`

	fits bool
	exit exit
}

func (a Around) confirm(who Who, out exit) page.Page {
	o, there := a.Stick.Offer(a.State.File)

	return ConfirmPage{
		Frame: a.Frame, Who: who, Offer: a.Stick.view(o, a.Frame.Lang()), Hint: a.Frame.Say("hint.staff-confirm"), exit: out,
		fits: there && o.Refused == "" && a.Stick.ID == a.State.Stick,
	}
}

// Touches implements page.Page.
func (p ConfirmPage) Touches() []page.Touch {
	gone := &page.Refused{Code: "not-installable", Message: "the bundle cannot be installed any more"}

	return []page.Touch{
		p.Button("confirm", page.Go(AtProgress, Install)).Labelled(p.Say("action.staff-confirm")).First().Only(p.fits, gone),
		p.Button("back", page.Go(AtStick)),
		p.exit.leave(p.Frame),
	}
}

// ProgressPage watches an installation. Nothing is touched on it.
type ProgressPage struct {
	page.Frame
	Who
	Percent int        `json:"percent"`
	Message string     `json:"message"`
	Hint    string     `json:"hint"`
	Offer   *OfferView `json:"offer,omitempty"`
}

func (a Around) progress(who Who) page.Page {
	p := ProgressPage{Frame: a.Frame, Who: who, Message: a.Frame.Say("staff.installing"), Hint: a.Frame.Say("hint.staff-progress")}
	if a.Stick.Phase == StickInstalling {
		p.Percent = min(max(a.Stick.Percent, 0), 100)
	}
	if o, ok := a.Stick.Offer(a.State.File); ok {
		v := a.Stick.view(o, a.Frame.Lang())
		p.Offer = &v
	}

	return p
}

// Touches implements page.Page.
func (ProgressPage) Touches() []page.Touch { return nil }

// ResultPage says how an installation ended.
type ResultPage struct {
	page.Frame
	Who
	Installed  bool   `json:"installed"`
	ResultText string `json:"result_text"`
	Message    string `json:"message"`
	Code       string `json:"code,omitempty"`
	Detail     string `json:"detail,omitempty"`

	exit exit
}

func (a Around) result(who Who, out exit) page.Page {
	p := ResultPage{Frame: a.Frame, Who: who, Installed: a.State.Code == "", Code: a.State.Code, Detail: a.State.Detail, exit: out}
	if p.Installed {
		p.ResultText, p.Message = p.Say("staff.installed"), p.Say("staff.installed-next")
		return p
	}
	p.ResultText, p.Message = p.Say("staff.failed"), reason(p.Lang(), p.Code)

	return p
}

// Touches implements page.Page.
func (p ResultPage) Touches() []page.Touch { return []page.Touch{p.exit.leave(p.Frame).First()} }
