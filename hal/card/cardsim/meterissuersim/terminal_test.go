package meterissuersim_test

import (
	"errors"
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
)

const (
	sale    = "00000042010000000007"
	session = "00112233445566778899aabbccddeeff"
)

var now = time.Date(2026, 11, 30, 2, 45, 0, 0, time.UTC)

// before is the card as it comes to the kiosk: purchase 4 is in the meter.
func before(form metercard.Form) metercard.Facts {
	return metercard.Facts{
		Serial: "0102030405060708", Form: form, Kind: metercard.Purchase, Meter: "000000123456", Customer: "001000000003",
		Count: 4, Purse: 5000, Loaded: 4, Left: 12000,
	}
}

var sold = metercard.Sold{Number: "S1", Card: "0102030405060708", Count: 5, Amount: 10000}

func formOf(c *cardsim.Card) metercard.Form {
	switch {
	case c.Processor != nil:
		return metercard.CPU
	case c.Memory.Chip() == card.SLE4442:
		return metercard.SLE4442
	}

	return metercard.AT88SC102
}

// reader is a reader with a card in it.
type reader interface {
	on() // power, from nothing
	off()
	carry(s script.Step) script.Answer
	holds() *cardsim.Card
}

// bare is a card without a reader: it does what a reader and its driver do.
type bare struct{ *cardsim.Card }

func (b bare) holds() *cardsim.Card { return b.Card }

func (b bare) off() { b.PowerOff() }

func (b bare) on() {
	if b.Processor != nil {
		b.Processor.Reset(false)

		return
	}
	b.Memory.PowerOn()
}

func (b bare) carry(s script.Step) script.Answer {
	pulled := script.Answer{Outcome: script.Unknown, Why: "pulled"}
	var data []byte
	var err error
	switch s.Op {
	case script.APDU:
		data = b.Processor.Transmit(s.Data)
		if len(data) == 2 && data[0] == 0x61 {
			data = b.Processor.Transmit([]byte{0x00, 0xC0, 0x00, 0x00, data[1]})
		}
		if data == nil {
			return pulled
		}
	case script.Read:
		data, err = b.Memory.Read(card.Area(s.Area), s.Address, s.Length)
	case script.Write:
		err = b.Memory.Write(card.Area(s.Area), s.Address, s.Data)
	case script.Verify:
		var ok bool
		if ok, err = b.Memory.Verify(s.Data); err == nil && !ok {
			return script.Answer{Outcome: script.Refused, Why: "code"}
		}
	}
	if err != nil && !errors.Is(err, cardsim.ErrPower) {
		return script.Answer{Outcome: script.Refused, Why: err.Error()}
	}
	if err != nil {
		return pulled
	}

	return script.Answer{Outcome: script.Done, Data: data}
}

func drive(r reader, run *script.Run) {
	for s, due := run.Next(); due; s, due = run.Next() {
		run.Heard(r.carry(s))
	}
}

// read powers a card on and off; false when it was pulled meanwhile.
func read(r reader) (metercard.Facts, bool) {
	form := formOf(r.holds())
	defer r.off()
	r.on()
	run := script.NewRun(script.ReadOnly(form))
	if run.Take(userfile.Plan(form), true) != nil {
		return metercard.Facts{}, false
	}
	drive(r, run)
	if !run.Through() {
		return metercard.Facts{}, false
	}
	f, err := userfile.Facts(form, run.Saved())

	return f, err == nil
}
