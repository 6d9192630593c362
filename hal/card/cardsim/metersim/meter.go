package metersim

import (
	"encoding/hex"
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
)

// Meter is one meter.
type Meter struct {
	Number   string       `json:"number"`   // 12 digits
	Customer string       `json:"customer"` // 12 digits; of an unopened meter empty
	Opened   bool         `json:"opened"`
	Card     string       `json:"card,omitempty"` // serial of the card that belongs to it
	Count    uint32       `json:"count"`          // purchases loaded
	Left     money.Amount `json:"left"`
	Limit    money.Amount `json:"limit"` // hoarding limit; 0 is none
	Illegal  uint32       `json:"illegal,omitempty"`
	Drawn    uint64       `json:"drawn,omitempty"` // challenges given
	Loads    []Load       `json:"loads,omitempty"`
}

// Load is one purchase that went in.
type Load struct {
	Card   string       `json:"card"`
	Count  uint32       `json:"count"`
	Amount money.Amount `json:"amount"`
}

// Result is what one stay of a card came to.
type Result struct {
	Error    Error        // 0: none
	Loaded   money.Amount // by this stay, whatever Error says
	Returned bool         // the return file was written, and taken by the card
	Left     money.Amount // in the meter afterwards
}

// slot is a card in the meter: what the two kinds of card have in common.
type slot interface {
	// open powers the card, has it prove itself, and reads it.
	open(m *Meter) Error
	facts() metercard.Facts
	empty() bool // the return file
	// trust proves the meter to the card. Afterwards giveBack can be called.
	trust(m *Meter) Error
	giveBack(m *Meter, now time.Time) Error
}

// Insert puts a card in until the meter is done with it, and takes its power away. now is
// written into the return file.
func (m *Meter) Insert(c *cardsim.Card, keys meterissuersim.Keys, now time.Time) Result {
	defer c.PowerOff()
	before := m.Left

	err, returned := m.work(slotOf(c, keys), now)
	if err != 0 && err != Communication && err != RemovedEarly {
		m.Illegal++
	}

	return Result{Error: err, Loaded: m.Left - before, Returned: returned, Left: m.Left}
}

func slotOf(c *cardsim.Card, keys meterissuersim.Keys) slot {
	switch {
	case c.Processor != nil:
		return &processorCard{chip: c.Processor, key: keys.Processor}
	case c.Memory == nil:
		return nil
	case c.Memory.Chip() == card.SLE4442:
		return &memoryCard{chip: c.Memory, form: metercard.SLE4442, code: keys.SLE4442[:]}
	case c.Memory.Chip() == card.AT88SC102:
		return &memoryCard{chip: c.Memory, form: metercard.AT88SC102, code: keys.AT88SC102[:]}
	}

	return nil
}

func (m *Meter) work(s slot, now time.Time) (Error, bool) {
	if s == nil {
		return NoAnswer, false
	}
	if err := s.open(m); err != 0 {
		return err, false
	}
	f := s.facts()
	if err := m.belongs(f); err != 0 {
		return err, false
	}
	if err := m.due(f, s.empty()); err != 0 {
		return err, false
	}
	if err := s.trust(m); err != 0 {
		return err, false
	}

	m.load(f)
	if err := s.giveBack(m, now); err != 0 {
		return err, false
	}

	return 0, true
}

// belongs checks whose card it is.
func (m *Meter) belongs(f metercard.Facts) Error {
	switch {
	case f.Kind == metercard.Blank:
		return Unissued
	case f.Meter == "":
		return WrongFormat
	case f.Kind == metercard.Other:
		return WrongType
	case f.Meter != m.Number:
		return WrongMeter
	case !m.Opened && f.Kind == metercard.Purchase:
		return PurchaseUnopened
	case !m.Opened && f.Kind == metercard.Replacement:
		return ReplacementUnopened
	case m.Opened && f.Customer != m.Customer:
		return WrongCustomer
	case m.Opened && f.Kind != metercard.Replacement && f.Serial != m.Card:
		return WrongSerial
	}

	return 0
}

// due checks the purchase: the next one, or the last one where that was not returned.
func (m *Meter) due(f metercard.Facts, empty bool) Error {
	opening := !m.Opened && f.Count == 0 // opened without a purchase
	switch {
	case m.Opened && f.Count == m.Count && f.Loaded != m.Count:
		return 0
	case !opening && f.Count != m.Count+1:
		return WrongCount
	case !empty:
		return NotEmpty
	case m.Limit > 0 && m.Left+f.Purse > m.Limit:
		return OverHoarding
	}

	return 0
}

// load is one step: all of it, or nothing. The purchase that it loaded last it does not
// load again.
func (m *Meter) load(f metercard.Facts) {
	m.Opened, m.Customer, m.Card = true, f.Customer, f.Serial
	if f.Count == m.Count {
		return
	}
	m.Count = f.Count
	m.Left += f.Purse
	m.Loads = append(m.Loads, Load{Card: f.Serial, Count: f.Count, Amount: f.Purse})
}

// draw is the next challenge.
func (m *Meter) draw() []byte {
	m.Drawn++
	b := []byte{'m', 'e', 't', 'e', 0, 0, 0, 0}
	for i := range 4 {
		b[4+i] = byte(m.Drawn >> (8 * (3 - i)))
	}

	return b
}

// bcdTime is YYMMDDhhmm.
func bcdTime(now time.Time) [5]byte {
	b, err := hex.DecodeString(now.UTC().Format("0601021504"))
	if err != nil { // not reachable: digits only
		return [5]byte{}
	}

	return [5]byte(b)
}
