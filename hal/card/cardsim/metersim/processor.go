package metersim

import (
	"bytes"
	"encoding/hex"
	"time"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
)

// processorCard is a processor card in the slot.
type processorCard struct {
	chip   cardsim.Processor
	key    [16]byte
	read   metercard.Facts
	serial [userfile.SerialSize]byte
	blank  bool // the return file
}

// answer sends a command and fetches what the card has to say (T=0); ok says that it
// ended with 9000. No answer at all is Communication.
func (p *processorCard) answer(apdu ...byte) (data []byte, ok bool, err Error) {
	r := p.chip.Transmit(apdu)
	if len(r) == 2 && r[0] == 0x61 {
		r = p.chip.Transmit([]byte{0x00, 0xC0, 0x00, 0x00, r[1]})
	}
	if len(r) < 2 {
		return nil, false, Communication
	}
	n := len(r) - 2

	return r[:n], bytes.Equal(r[n:], []byte{0x90, 0x00}), 0
}

func (p *processorCard) open(m *Meter) Error {
	if len(p.chip.Reset(false)) == 0 {
		return NoAnswer
	}

	saved := map[string]script.Bytes{}
	for _, s := range userfile.Plan(metercard.CPU) {
		data, ok, err := p.answer(s.Data...)
		if err != 0 {
			return err
		}
		if !ok {
			return Unissued
		}
		if s.Save != "" {
			saved[s.Save] = data
		}
	}
	f, err := userfile.Facts(metercard.CPU, saved)
	if err != nil {
		return WrongFormat
	}
	p.read = f
	p.serial = [userfile.SerialSize]byte(saved[userfile.SavedSerial])
	p.blank = len(bytes.Trim(saved[userfile.SavedReturn], "\x00")) == 0

	return p.proves(m)
}

// proves has the card prove itself.
func (p *processorCard) proves(m *Meter) Error {
	random := m.draw()
	data, ok, err := p.answer(append([]byte{0x00, 0x88, 0x00, 0x01, 0x08}, random...)...)
	if err != 0 {
		return err
	}
	if !ok || !bytes.Equal(data, cardsim.TestAuth(p.key, cardsim.KeyInternal, p.serial, random)) {
		return InternalAuth
	}

	return 0
}

func (p *processorCard) facts() metercard.Facts { return p.read }

func (p *processorCard) empty() bool { return p.blank }

func (p *processorCard) trust(*Meter) Error {
	random, ok, err := p.answer(0x00, 0x84, 0x00, 0x00, 0x08)
	if err != 0 {
		return err
	}
	if !ok {
		return ExternalAuth
	}
	proof := cardsim.TestAuth(p.key, cardsim.KeyExternal, p.serial, random)
	_, ok, err = p.answer(append([]byte{0x00, 0x82, 0x00, 0x02, 0x08}, proof...)...)
	if err != 0 {
		return err
	}
	if !ok {
		return ExternalAuth
	}

	return 0
}

func (p *processorCard) giveBack(m *Meter, now time.Time) Error {
	back, err := userfile.Returned{
		Meter: m.Number, Customer: m.Customer, Count: m.Count, Left: m.Left, Illegal: m.Illegal, Time: bcdTime(now),
	}.Return()
	if err != nil {
		return WrongFormat
	}

	random, ok, failed := p.answer(0x00, 0x84, 0x00, 0x00, 0x04)
	if failed != 0 || !ok {
		return RemovedEarly
	}
	file := back.File()
	apdu := append([]byte{0x04, 0xD6, 0x85, 0x00, byte(len(file) + 4)}, file...)
	apdu = append(apdu, cardsim.TestMAC(p.key, p.serial, random, apdu)...)
	_, ok, failed = p.answer(apdu...)
	switch {
	case failed != 0:
		return RemovedEarly
	case !ok:
		return WrongMAC
	}

	return 0
}

// numberOf is a serial in hexadecimal digits as bytes.
func numberOf(serial string) (n [userfile.SerialSize]byte) {
	b, err := hex.DecodeString(serial)
	if err == nil && len(b) == len(n) {
		n = [userfile.SerialSize]byte(b)
	}

	return n
}
