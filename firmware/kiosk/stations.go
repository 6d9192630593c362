package kiosk

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/tender"
	"wattkiosk/firmware/tender/bankcard"
	"wattkiosk/firmware/tender/cash"
	"wattkiosk/firmware/tender/qr"
	"wattkiosk/firmware/visit"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/card"
	"wattkiosk/hal/pinpad"
	"wattkiosk/payments"
	"wattkiosk/payments/record"
)

// kind is one row of the table of tenders.
type kind struct {
	station func(Config) (tender.Station, error)
	light   string // guide light at its device; empty for none
}

// kinds are the tenders that can be taken.
var kinds = map[payments.Tender]kind{
	payments.Cash:     {station: func(cfg Config) (tender.Station, error) { return cash.NewTill(cfg.Denominations), nil }, light: CashLight},
	payments.BankCard: {station: byCard, light: CardLight},
	payments.QR:       {station: func(cfg Config) (tender.Station, error) { return qr.New(cfg.BillCode != nil), nil }},
}

func byCard(cfg Config) (tender.Station, error) { return bankcard.New(cfg.Card) }

// place is a place with devices of its own, with what Core needs to know of it.
type place struct {
	tender.Place
	name string          // of what it keeps, and of its questions
	of   payments.Tender // that it takes money by; empty for the card desk
}

// meterCards is the name of the card desk.
const meterCards = "meter-card"

// state is the name of what the place keeps in the journal.
func (p place) state() string { return "tender-" + p.name }

// beside is what a decision of the place stores beside its events.
func (p place) beside(d tender.Decision) beside {
	var b beside
	if d.Keep != nil {
		b.state = map[string][]byte{p.state(): d.Keep}
	}
	for _, n := range d.Notes {
		b.drafts = append(b.drafts, record.Draft{Type: n.Type, Version: 1, Payload: n.Body})
	}

	return b
}

// places are all of one kiosk: its stations, in the order of its profile, and the card
// desk.
type places []place

// find is the place of that name.
func (all places) find(name string) (place, bool) {
	i := slices.IndexFunc(all, func(p place) bool { return p.name == name })
	if i < 0 {
		return place{}, false
	}

	return all[i], true
}

// reports are what places tell technicians, by their names.
func (all places) reports() map[string]any {
	reports := map[string]any{}
	for _, p := range all {
		if r, ok := p.Place.(tender.Reporter); ok {
			reports[p.name] = r.Report()
		}
	}

	return reports
}

// recover gives each place what the journal has of it.
func (all places) recover(now time.Time, money *ledger, live *live) error {
	for _, p := range all {
		kept, err := money.bytes(p.state())
		if err == nil {
			err = p.Recover(now, kept, money.read(p.of, live))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}

	return nil
}

// waiting is how many reports the journal has not taken.
func (all places) waiting() int {
	n := 0
	for _, p := range all {
		n += p.Waiting()
	}

	return n
}

// unsettled is what a restart now could lose sight of; empty for nothing.
func (all places) unsettled() string {
	for _, p := range all {
		if what := p.Unsettled(); what != "" {
			return what
		}
	}

	return ""
}

// station is a station with the tender that it takes.
type station struct {
	tender.Station
	of    payments.Tender
	light string
}

// place is the station as a place.
func (s station) place() place { return place{Place: s.Station, name: string(s.of), of: s.of} }

// stations are those of one kiosk, in the order of its profile.
type stations []station

// check says what a profile promises that is not built: a cell without its page, its
// words, its route or its station.
func check(p profile.Profile, of map[payments.Tender]kind) error {
	for _, c := range p.Cells {
		err := visit.Ready(c)
		if _, ok := of[c.Tender]; !ok && c.Tender != payments.NoTender && err == nil {
			err = errNoStation
		}
		if err != nil {
			return fmt.Errorf("%s with %s: %w", c.Service, c.Tender, err)
		}
	}

	return nil
}

var errNoStation = errors.New("no station takes it")

// stationsOf makes the stations that a kind of terminal has.
func stationsOf(cfg Config, of map[payments.Tender]kind) (stations, error) {
	var all stations
	for _, c := range cfg.Profile.Cells {
		k, ok := of[c.Tender]
		if _, made := all.find(c.Tender); !ok || made {
			continue
		}
		s, err := k.station(cfg)
		if err != nil {
			return nil, fmt.Errorf("station of %s: %w", c.Tender, err)
		}
		all = append(all, station{Station: s, of: c.Tender, light: k.light})
	}

	return all, nil
}

// find is the station of a tender.
func (all stations) find(t payments.Tender) (station, bool) {
	i := slices.IndexFunc(all, func(s station) bool { return s.of == t })
	if i < 0 {
		return station{}, false
	}

	return all[i], true
}

// serving is what the station of a payment shows until its result is shown; false for
// none.
func (all stations) serving(l *live) (tender.Face, bool) {
	s, ok := all.find(l.tender())
	if !ok || l.shown {
		return tender.Face{}, false
	}

	return s.Face(l.txn), true
}

// settle hands head office's order to settle on.
func (all stations) settle(now time.Time, e Settle) {
	for _, s := range all {
		if settler, ok := s.Station.(tender.Settler); ok {
			settler.SettleNow(now, e.Terminal, e.Batch)
		}
	}
}

// void hands head office's order to void a sale on.
func (all stations) void(now time.Time, e Void) {
	for _, s := range all {
		if voider, ok := s.Station.(tender.Voider); ok {
			voider.VoidNow(now, tender.VoidOrder(e))
		}
	}
}

// choose gives a station that offers choices the one that was touched, by its number. It
// returns the station and what it asks for.
func (all stations) choose(now time.Time, of payments.Tender, number string) (place, []tender.Effect) {
	s, _ := all.find(of)
	chooser, ok := s.Station.(tender.Chooser)
	n, err := strconv.Atoi(number)
	if !ok || err != nil {
		return s.place(), nil
	}

	return s.place(), chooser.Choose(now, n)
}

// commandEffect is the effect of a place's order, by the device that takes it.
func commandEffect(p place, command any) Effect {
	switch command := command.(type) {
	case bill.Command:
		return OrderValidator{command}
	case card.Command:
		if p.name == meterCards {
			return OrderMeterReader{command}
		}

		return OrderReader{command}
	case pinpad.Command:
		return OrderPad{command}
	}

	return Restart{Err: fmt.Errorf("no device takes a command of type %T", command)}
}

// reported is an event that a place hears, by its name.
type reported interface {
	report() (name string, r tender.Report)
}

func (e Validator) report() (string, tender.Report)   { return string(payments.Cash), e.Event }
func (e CardReader) report() (string, tender.Report)  { return string(payments.BankCard), e.Event }
func (e PINPad) report() (string, tender.Report)      { return string(payments.BankCard), e.Event }
func (e MeterReader) report() (string, tender.Report) { return meterCards, e.Event }
