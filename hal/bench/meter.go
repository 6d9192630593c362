package bench

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/hal/card/cardsim/metersim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
)

// Why nothing is done at a meter.
var (
	// ErrNoMeter: there is no meter of that number.
	ErrNoMeter = errors.New("no such meter")
	// ErrUse: no such amount can be used.
	ErrUse = errors.New("cannot use energy")
)

// burnTime is how long a meter takes to use energy for one fen by itself, while the bench
// is open.
const burnTime = 2 * time.Minute

// MeterState is a meter in somebody's flat. Amounts are fen.
type MeterState struct {
	No       string          `json:"meter_no"`
	Customer string          `json:"customer,omitempty"` // 12 digits; empty until it is opened
	Opened   bool            `json:"opened"`
	Count    uint32          `json:"count"` // purchases that it has loaded
	Left     money.Amount    `json:"left"`
	Illegal  uint32          `json:"illegal"` // insertions that it refused
	Loads    []metersim.Load `json:"loads"`   // since the lab began, oldest first
}

// Stay is what a meter did with a card.
type Stay struct {
	MeterState
	Loaded   money.Amount `json:"loaded"` // by this stay, whatever the error says
	Returned bool         `json:"returned"`
	Error    string       `json:"error,omitempty"`    // Err-17
	Number   int          `json:"error_no,omitempty"` // of Error
	Display  string       `json:"display,omitempty"`  // the group of errors that a meter shows: Err-34
	Chinese  string       `json:"text,omitempty"`     // what the error says
	English  string       `json:"text_en,omitempty"`
}

// newMeters are the meters of a new lab: those of its own cards, each with what its card
// says that it has loaded, and before the card's purchase where it wrote nothing back.
func newMeters() map[string]*metersim.Meter {
	meters := map[string]*metersim.Meter{}
	for id, f := range meterCards() {
		if f.Meter == "" || id == OtherUtilityID {
			continue
		}
		m := &metersim.Meter{Number: f.Meter, Customer: f.Customer, Opened: true, Card: f.Serial, Count: f.Loaded, Left: f.Left}
		switch {
		case f.Kind == metercard.OpenAccount:
			m = &metersim.Meter{Number: f.Meter}
		case f.Loaded == 0:
			m.Count, m.Left = f.Count-1, 820
		}
		meters[f.Meter] = m
	}

	return meters
}

// Meters are all meters, in the order of their numbers.
func (b *Bench) Meters() (all []MeterState) {
	b.atReaders(func(now time.Time) {
		b.burn(now)
		for _, no := range slices.Sorted(maps.Keys(b.meters)) {
			all = append(all, meterState(b.meters[no]))
		}
	})

	return all
}

// Meter is one of them; an unknown one is ErrNoMeter.
func (b *Bench) Meter(no string) (s MeterState, err error) {
	err = b.atMeter(no, func(m *metersim.Meter, _ time.Time) error {
		s = meterState(m)
		return nil
	})

	return s, err
}

// PutIntoMeter puts a card of the drawer into a meter and takes it out again when the
// meter is done. A card that is in a reader is ErrHeld.
func (b *Bench) PutIntoMeter(no, card string) (s Stay, err error) {
	err = b.atMeter(no, func(m *metersim.Meter, now time.Time) error {
		c := b.cards[card]
		switch {
		case c == nil:
			return fmt.Errorf("%w: %.40q", ErrNoCard, card)
		case b.at[card] != "":
			return fmt.Errorf("%w: %s is in the %s reader", ErrHeld, card, b.at[card])
		}
		r := m.Insert(c, meterissuersim.TestKeys(), now)
		s = Stay{
			MeterState: meterState(m), Loaded: r.Loaded, Returned: r.Returned,
			Error: r.Error.String(), Number: int(r.Error), Display: display(r.Error), Chinese: r.Error.Chinese(), English: r.Error.English(),
		}

		return nil
	})
	if err == nil {
		b.keep()
	}

	return s, err
}

// display is what a meter shows of an error: the group that it belongs to.
func display(e metersim.Error) string {
	switch e {
	case 0:
		return ""
	case metersim.LowVoltage:
		return "Err-31"
	case metersim.WrongMeter, metersim.WrongCustomer, metersim.WrongSerial, metersim.PurchaseUnopened, metersim.ReplacementUnopened:
		return "Err-33"
	case metersim.WrongCount, metersim.NotEmpty:
		return "Err-34"
	case metersim.NoAnswer, metersim.Communication, metersim.RemovedEarly:
		return "Err-35"
	case metersim.OverHoarding:
		return "Err-36"
	}

	return "Err-32" // not a card for this meter
}

// UseEnergy has a meter use energy for so many fen; what is not there is not used.
func (b *Bench) UseEnergy(no string, fen money.Amount) (s MeterState, err error) {
	err = b.atMeter(no, func(m *metersim.Meter, _ time.Time) error {
		if fen <= 0 {
			return fmt.Errorf("%w: %d fen", ErrUse, int64(fen))
		}
		m.Left -= min(fen, max(0, m.Left))
		s = meterState(m)

		return nil
	})
	if err == nil {
		b.keep()
	}

	return s, err
}

func (b *Bench) atMeter(no string, do func(m *metersim.Meter, now time.Time) error) (err error) {
	b.atReaders(func(now time.Time) {
		m := b.meters[no]
		if m == nil {
			err = fmt.Errorf("%w: %.20q", ErrNoMeter, no)
			return
		}
		b.burn(now)
		err = do(m, now)
	})

	return err
}

// burn has the meters use what they have used since they were looked at.
func (b *Bench) burn(now time.Time) {
	fen := now.Sub(b.burnt) / burnTime
	if fen <= 0 {
		return
	}
	b.burnt = b.burnt.Add(fen * burnTime)
	for _, m := range b.meters {
		m.Left -= min(money.Amount(fen), max(0, m.Left))
	}
}

func meterState(m *metersim.Meter) MeterState {
	return MeterState{
		No: m.Number, Customer: m.Customer, Opened: m.Opened, Count: m.Count, Left: m.Left, Illegal: m.Illegal,
		Loads: append([]metersim.Load{}, m.Loads...),
	}
}
