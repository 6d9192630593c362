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

// station is a station with the tender that it takes.
type station struct {
	tender.Station
	of    payments.Tender
	light string
}

// state is the name of what the station keeps in the journal.
func (s station) state() string { return "tender-" + string(s.of) }

// beside is what a decision of the station stores beside its events.
func (s station) beside(d tender.Decision) beside {
	var b beside
	if d.Keep != nil {
		b.state = map[string][]byte{s.state(): d.Keep}
	}
	for _, n := range d.Notes {
		b.drafts = append(b.drafts, record.Draft{Type: n.Type, Version: 1, Payload: n.Body})
	}

	return b
}

// reports are what stations tell technicians, by the tender.
func (all stations) reports() map[payments.Tender]any {
	reports := map[payments.Tender]any{}
	for _, s := range all {
		if r, ok := s.Station.(tender.Reporter); ok {
			reports[s.of] = r.Report()
		}
	}

	return reports
}

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

// choose gives a station that offers choices the one that was touched, by its place. It
// returns the station and what it asks for.
func (all stations) choose(now time.Time, of payments.Tender, place string) (station, []tender.Effect) {
	s, _ := all.find(of)
	chooser, ok := s.Station.(tender.Chooser)
	n, err := strconv.Atoi(place)
	if !ok || err != nil {
		return s, nil
	}

	return s, chooser.Choose(now, n)
}

// recover gives each station what the journal has of it.
func (all stations) recover(now time.Time, money *ledger, live *live) error {
	for _, s := range all {
		kept, err := money.bytes(s.state())
		if err == nil {
			err = s.Recover(now, kept, money.read(s.of, live))
		}
		if err != nil {
			return fmt.Errorf("station of %s: %w", s.of, err)
		}
	}

	return nil
}

// waiting is how many reports the journal has not taken.
func (all stations) waiting() int {
	n := 0
	for _, s := range all {
		n += s.Waiting()
	}

	return n
}

// unsettled is what a restart now could lose sight of; empty for nothing.
func (all stations) unsettled() string {
	for _, s := range all {
		if what := s.Unsettled(); what != "" {
			return what
		}
	}

	return ""
}

// commandEffect is the effect of a station's order, by the device that takes it.
func commandEffect(command any) Effect {
	switch command := command.(type) {
	case bill.Command:
		return OrderValidator{command}
	case card.Command:
		return OrderReader{command}
	case pinpad.Command:
		return OrderPad{command}
	}

	return Restart{Err: fmt.Errorf("no device takes a command of type %T", command)}
}

// reported is an event that a station hears.
type reported interface {
	report() (payments.Tender, tender.Report)
}

func (e Validator) report() (payments.Tender, tender.Report)  { return payments.Cash, e.Event }
func (e CardReader) report() (payments.Tender, tender.Report) { return payments.BankCard, e.Event }
func (e PINPad) report() (payments.Tender, tender.Report)     { return payments.BankCard, e.Event }
