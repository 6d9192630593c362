// Package profile is what a kind of terminal has: which services it offers, which
// tenders it takes for each, and what each pair needs of the machine. It is data;
// nothing here decides anything but by looking it up.
package profile

import (
	"maps"
	"slices"

	"wattkiosk/firmware/condition"
	"wattkiosk/payments"
)

// Service is something that a customer comes for, by the name of its intent.
type Service string

// The services.
const (
	PayBill  Service = "pay-bill"
	BuyPower Service = "buy-power"
	Query    Service = "query"
)

// Tender is how a customer pays (支付方式), by its name in the contract.
type Tender = payments.Tender

// The tenders.
const (
	Cash     = payments.Cash
	BankCard = payments.BankCard
	QR       = payments.QR
	NoTender = payments.NoTender // of what is not paid
)

// Cell is a service with a tender, and what it needs to run.
type Cell struct {
	Service Service
	Tender  Tender
	Needs   condition.Stops
}

// Profile is one kind of terminal.
type Profile struct {
	Services []Service // shown, in this order
	Tenders  []Tender  // shown, in this order
	Cells    []Cell    // that work; whatever else is shown is "not here"
}

// Lobby is the lobby terminal: bills are paid with notes. The other services and
// tenders are shown, so that customers see that they exist, and where not.
func Lobby() Profile {
	return Profile{
		Services: []Service{PayBill, BuyPower, Query},
		Tenders:  []Tender{Cash, BankCard, QR},
		Cells:    []Cell{{PayBill, Cash, condition.Cash | condition.Slip | condition.PayBill}},
	}
}

// With is the profile with bills paid by one tender more, and power where it is bought.
func (p Profile) With(t Tender) Profile {
	sells := p.Serves(BuyPower)
	p = p.and(byLine, func(c Cell) bool { return c.Tender == t })
	if sells {
		return p.WithMeterCards()
	}

	return p
}

// WithMeterCards is the profile of a terminal that takes meter cards: power is bought
// with every tender that pays a bill, and a card can be looked at.
func (p Profile) WithMeterCards() Profile {
	return p.and(onCards, func(c Cell) bool { return c.Service == Query || p.Has(PayBill, c.Tender) })
}

// and is the profile with those of the cells that are wanted, and that it has not.
func (p Profile) and(cells []Cell, wanted func(Cell) bool) Profile {
	had := p
	p.Cells = slices.Clone(p.Cells)
	for _, c := range cells {
		if wanted(c) && !had.Has(c.Service, c.Tender) {
			p.Cells = append(p.Cells, c)
		}
	}

	return p
}

// byLine are the cells of a tender that needs head office while the customer waits.
var byLine = []Cell{
	{PayBill, BankCard, condition.Card | condition.Line | condition.Slip | condition.PayBill},
	{PayBill, QR, condition.Line | condition.Slip | condition.PayBill},
}

// onCards are the cells of a terminal that takes meter cards. A sale is never made
// without head office; what is on a card is read without it.
var onCards = []Cell{
	{BuyPower, Cash, condition.Cash | condition.Line | condition.Slip | condition.BuyPower | condition.Selling},
	{BuyPower, BankCard, condition.Card | condition.Line | condition.Slip | condition.BuyPower | condition.Selling},
	{BuyPower, QR, condition.Line | condition.Slip | condition.BuyPower | condition.Selling},
	{Query, NoTender, condition.BuyPower},
}

// kinds are the kinds of terminal by their names in the configuration. Those that
// need services or tenders which are not built yet are not here.
var kinds = map[string]func() Profile{"lobby": Lobby, "through-wall": Lobby}

// Named is the kind of terminal of that name; false where there is none.
func Named(name string) (Profile, bool) {
	kind, ok := kinds[name]
	if !ok {
		return Profile{}, false
	}

	return kind(), true
}

// Names are the names of all kinds, sorted.
func Names() []string { return slices.Sorted(maps.Keys(kinds)) }

// Has reports whether this kind of terminal has a service with a tender at all.
func (p Profile) Has(s Service, t Tender) bool {
	return slices.ContainsFunc(p.Cells, func(c Cell) bool { return c.Service == s && c.Tender == t })
}

// TakesCash reports whether anything is paid with notes.
func (p Profile) TakesCash() bool {
	return slices.ContainsFunc(p.Cells, func(c Cell) bool { return c.Tender == Cash })
}

// Serves reports whether this kind of terminal has a service at all.
func (p Profile) Serves(s Service) bool {
	return slices.ContainsFunc(p.Cells, func(c Cell) bool { return c.Service == s })
}

// Can reports whether a service can be had with a tender while some things are
// stopped.
func (p Profile) Can(s Service, t Tender, stopped condition.Stops) bool {
	return slices.ContainsFunc(p.Cells, func(c Cell) bool {
		return c.Service == s && c.Tender == t && c.Needs&stopped == 0
	})
}

// Offers reports whether a service can be had with any tender now.
func (p Profile) Offers(s Service, stopped condition.Stops) bool {
	return slices.ContainsFunc(p.Cells, func(c Cell) bool { return c.Service == s && c.Needs&stopped == 0 })
}

// Open reports whether anything can be had now. A terminal with nothing to offer is
// out of service.
func (p Profile) Open(stopped condition.Stops) bool {
	return slices.ContainsFunc(p.Cells, func(c Cell) bool { return c.Needs&stopped == 0 })
}
