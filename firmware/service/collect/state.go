package collect

import (
	"slices"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/update"
	"wattkiosk/payments/cassette"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/money"
)

// The screens.
const (
	AtLogin    page.Screen = "staff-collect-login"
	AtStart    page.Screen = "staff-collect-start"
	AtExchange page.Screen = "staff-collect-exchange"
	AtCount    page.Screen = "staff-collect-count"
	AtCheck    page.Screen = "staff-collect-check"
	AtSign     page.Screen = "staff-collect-sign"
	AtDone     page.Screen = "staff-collect-done"
)

// Is reports whether a screen is one of these.
func Is(s page.Screen) bool {
	return slices.Contains([]page.Screen{AtLogin, AtStart, AtExchange, AtCount, AtCheck, AtSign, AtDone}, s)
}

// What the kiosk is asked to do. What was typed is in the intent.
const (
	CheckStaff page.Effect = "collect-login" // who comes next, or who signs
	Open       page.Effect = "collect-open"
	Exchange   page.Effect = "collect-exchange"
	Count      page.Effect = "collect-count"
	Explain    page.Effect = "collect-explain"
	Abandon    page.Effect = "collect-abandon"
	PutBack    page.Effect = "collect-put-back" // the cassette was out, and is in again with its notes
	Print      page.Effect = "collect-print"
)

// People are who has logged in, in the order in which they did. Two make a collection.
type People [2]update.Person

// Has reports whether a person of that number has logged in.
func (p People) Has(number string) bool {
	return p[0].Number == number || p[1].Number == number
}

// Both reports whether there are two.
func (p People) Both() bool { return p[1].Number != "" }

// And is the people with one more, who comes first where there was nobody.
func (p People) And(one update.Person) People {
	if p[0].Number == "" {
		p[0] = one
	} else {
		p[1] = one
	}

	return p
}

// May says why a person cannot join those who have logged in, as the code of a notice;
// empty where they can. A collection that is open is that of the two who opened it.
func (p People) May(number string, open collection.Collection) (notice string) {
	switch {
	case p.Has(number):
		return "collect-same"
	case open.Open() && number != open.By && number != open.With:
		return "collect-others"
	}

	return ""
}

// Cassette is what is known of the cassette while it is exchanged.
type Cassette struct {
	Account cassette.Account
	Door    bool // there is a door sensor, and it has not said open since
	Silent  bool // the validator says nothing: the two people alone know
	Powered bool // the power was off since the collection was opened: it may have been exchanged meanwhile
	Busy    bool // a note is on its way, or a device is not ready
}

// Known is how it would be known now that the cassette was exchanged, and why it cannot be
// said yet, as the code of a refusal.
func (k Cassette) Known() (how collection.How, why string) {
	switch {
	case k.Door:
		return "", "door-shut"
	case k.Account.Away:
		return "", "cassette-out"
	case k.Busy:
		return "", "not-at-rest"
	case k.Account.Left:
		return collection.BySensor, ""
	case k.Powered:
		return collection.ByPower, ""
	case k.Silent:
		return collection.ByPeople, ""
	}

	return "", "cassette-in"
}

// Stayed reports whether two people may say that the cassette never left its place.
func (k Cassette) Stayed() bool { return !k.Account.Left && !k.Account.Away }

// Back reports whether two people may say that the cassette which is in is the one that was
// in, with its notes: wherever they could say that it is another one.
func (k Cassette) Back() bool {
	_, why := k.Known()

	return why == ""
}

// At is the screen of a collection as it stands, for two people who have logged in.
func At(c collection.Collection) page.Screen {
	switch c.Stage {
	case collection.Begun:
		return AtExchange
	case collection.Divided:
		return AtCount
	case collection.Counting:
		if len(c.Signed) > 0 {
			return AtSign
		}

		return AtCheck
	}

	return AtStart
}

// Notes are the denominations that are counted, the largest first: those of the currency,
// whatever this machine takes.
var Notes = []money.Amount{10000, 5000, 2000, 1000, 500, 100}

// LoginNotice is what the screen says of a refused login. Which of number and PIN was wrong
// is not said.
func LoginNotice(code string) string {
	if code == "unknown" || code == "pin" {
		return "collect-wrong"
	}

	return update.LoginNotice(code)
}
