package meterissuersim

import (
	"encoding/hex"
	"fmt"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/userfile"
)

// New makes a card of which userfile.Facts says f, under the test keys. f.Serial has 16
// hexadecimal digits. A blank card has no numbers yet; a blank memory card is as its maker
// delivers it, without the serial too. The card has no power.
func New(id string, f metercard.Facts) (*cardsim.Card, error) {
	raw, err := hex.DecodeString(f.Serial)
	if err != nil || len(raw) != userfile.SerialSize {
		return nil, fmt.Errorf("cannot make card %s: serial %.20q", id, f.Serial)
	}

	c := &cardsim.Card{ID: id}
	serial := [userfile.SerialSize]byte(raw)
	switch f.Form {
	case metercard.CPU:
		c.Processor, err = processorCard(serial, f)
	case metercard.SLE4442:
		chip := cardsim.NewSLE4442(TestKeys().SLE4442)
		c.Memory, err = chip, memoryCard(chip, chip.Main, serial, f)
	case metercard.AT88SC102:
		chip := cardsim.NewAT88SC102(TestKeys().AT88SC102)
		c.Memory, err = chip, memoryCard(chip, chip.Main, serial, f)
	default:
		err = fmt.Errorf("form %.20q", f.Form)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot make card %s: %w", id, err)
	}

	return c, nil
}

func processorCard(serial [userfile.SerialSize]byte, f metercard.Facts) (*cardsim.MeterCard, error) {
	if f.Purse < 0 || f.Purse > 1<<32-1 {
		return nil, fmt.Errorf("purse of %s", f.Purse)
	}
	m := cardsim.NewMeterCard(cardsim.Holder{
		Serial: serial, MeterNo: f.Meter, CustomerNo: f.Customer, Fen: uint32(f.Purse), Count: f.Count,
	})
	m.Key = TestKeys().Processor
	if f.Kind == metercard.Blank {
		m.Files[cardsim.FileParam] = make([]byte, userfile.ParamSize)

		return m, nil
	}

	param, err := userfile.DecodeParam(m.Files[cardsim.FileParam])
	if err != nil {
		return nil, err
	}
	m.Files[cardsim.FileParam] = param.WithKind(f.Kind).File()
	if f.Loaded == 0 {
		return m, nil
	}

	back, err := userfile.Returned{Meter: f.Meter, Customer: f.Customer, Count: f.Loaded, Left: f.Left}.Return()
	if err != nil {
		return nil, err
	}
	m.Files[cardsim.FileReturned] = back.File()

	return m, nil
}

// memoryCard fills the main memory of a chip.
func memoryCard(chip cardsim.Memory, main []byte, serial [userfile.SerialSize]byte, f metercard.Facts) error {
	if f.Kind == metercard.Blank {
		return nil
	}
	l, _ := userfile.LayoutOf(f.Form)
	identity, err := userfile.Identity{Number: serial, Customer: f.Customer, Meter: f.Meter}.Bytes()
	if err != nil {
		return err
	}
	copy(main[l.Identity:], identity)
	if s, ok := chip.(*cardsim.SLE4442); ok {
		for i := l.Identity; i < l.Identity+userfile.IdentitySize; i++ {
			s.Protection[i/8] &^= 1 << (i % 8)
		}
	}
	if f.Kind == metercard.Other {
		return nil
	}

	bought := userfile.Bought{Kind: f.Kind, Count: f.Count, Amount: f.Purse}
	b, err := bought.Bytes(serial)
	if err != nil {
		return err
	}
	copy(main[bought.Place(l):], b)
	if f.Loaded == 0 {
		return nil
	}

	loaded := userfile.Loaded{Count: f.Loaded, Left: f.Left}
	if b, err = loaded.Bytes(serial); err != nil {
		return err
	}
	copy(main[loaded.Place(l):], b)

	return nil
}
