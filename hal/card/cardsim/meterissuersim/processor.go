package meterissuersim

import (
	"bytes"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
	"wattkiosk/payments/mis"
)

// update is one file to write, with its header as far as P2.
type update struct {
	header [4]byte
	purse  bool
	data   func(s *session, sold metercard.Sold) ([]byte, error)
}

// The updates. The purse is the last of them: whatever is cut before it leaves the count
// as it was.
var (
	updateParam = update{header: [4]byte{0x04, 0xD6, 0x81, 0x00}, data: paramFile}
	clearReturn = update{header: [4]byte{0x04, 0xD6, 0x85, 0x00}, data: emptyFile}
	updatePurse = update{header: [4]byte{0x04, 0xD6, 0x82, 0x00}, data: purseFile, purse: true}
)

// paramFile is the card's own file, for a purchase, with nothing to take over.
func paramFile(s *session, _ metercard.Sold) ([]byte, error) {
	const flags = 1
	p := s.param.WithKind(metercard.Purchase)
	p[flags] = 0

	return p.File(), nil
}

func emptyFile(*session, metercard.Sold) ([]byte, error) {
	return make([]byte, userfile.ReturnSize), nil
}

func purseFile(_ *session, sold metercard.Sold) ([]byte, error) {
	return userfile.Purse{Amount: sold.Amount, Count: sold.Count}.Bytes()
}

// Sizes of challenges.
const (
	longChallenge  = 8
	shortChallenge = 4
)

// processor is a round of a processor card.
func (i *Issuer) processor(s *session, o cardsystem.StepsOrder, sold metercard.Sold) cardsystem.StepsResult {
	switch o.Round {
	case 0:
		return next(i.greeting(s)...)
	case 1:
		if r, ok := i.know(s, o, sold); !ok {
			return r
		}
		random := o.Saved[savedRandom]
		if len(random) != longChallenge {
			return refused(mis.NotPayable, "no challenge")
		}
		proof := i.authentication(cardsim.KeyExternal, s.serial, random)

		return next(command(true, "", append([]byte{0x00, 0x82, 0x00, 0x02, 0x08}, proof...)...), challenge(shortChallenge))
	}

	return i.write(s, o, sold)
}

// greeting asks the card who it is.
func (i *Issuer) greeting(s *session) []script.Step {
	return []script.Step{
		command(false, "", 0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00),
		command(false, savedSerial, 0x00, 0xB0, 0x99, 0x01, userfile.SerialSize),
		command(false, "", 0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x01),
		command(false, savedParam, 0x00, 0xB0, 0x81, 0x00, userfile.ParamSize),
		command(false, savedPurse, 0x00, 0xB0, 0x82, 0x00, userfile.PurseSize),
		command(false, savedProof, append([]byte{0x00, 0x88, 0x00, 0x01, 0x08}, s.random...)...),
		challenge(longChallenge),
	}
}

// know checks what the card said of itself.
func (i *Issuer) know(s *session, o cardsystem.StepsOrder, sold metercard.Sold) (cardsystem.StepsResult, bool) {
	if !isCard(o.Saved[savedSerial], sold) {
		return refused(mis.OtherCard, "this is another card"), false
	}
	s.serial = [8]byte(o.Saved[savedSerial])
	if !bytes.Equal(o.Saved[savedProof], i.authentication(cardsim.KeyInternal, s.serial, s.random)) {
		return refused(mis.OtherCard, "the card does not prove itself"), false
	}

	param, err := userfile.DecodeParam(o.Saved[savedParam])
	if err != nil {
		return refused(mis.OtherCard, "the card has no parameter file"), false
	}
	purse, err := userfile.DecodePurse(o.Saved[savedPurse])
	if err != nil {
		return refused(mis.OtherCard, "the card has no purse"), false
	}
	s.param = param

	return due(purse.Count, sold)
}

// write is a round of one update, with a challenge for the one after.
func (i *Issuer) write(s *session, o cardsystem.StepsOrder, sold metercard.Sold) cardsystem.StepsResult {
	const first = 2 // round
	n := o.Round - first
	random := o.Saved[savedRandom]
	if n >= len(i.updates) || len(random) != shortChallenge {
		return refused(mis.NotPayable, "no challenge")
	}

	due := i.updates[n : n+1]
	if i.atOnce {
		due = i.updates
	}
	var steps []script.Step
	for _, u := range due {
		data, err := u.data(s, sold)
		if err != nil {
			return refused(mis.NotPayable, "the card cannot hold this purchase")
		}
		apdu := append(append(u.header[:], byte(len(data)+shortChallenge)), data...)
		apdu = append(apdu, cardsim.TestMAC(i.keys.Processor, s.serial, random, apdu)...)
		step := command(true, "", apdu...)
		step.Purse = u.purse
		steps = append(steps, step)
	}

	if i.atOnce || n == len(i.updates)-1 {
		r := next(steps...)
		r.Last = true

		return r
	}

	return next(append(steps, challenge(shortChallenge))...)
}

func command(changes bool, save string, apdu ...byte) script.Step {
	return script.Step{Op: script.APDU, Data: apdu, Save: save, Changes: changes}
}

func challenge(size byte) script.Step {
	return command(false, savedRandom, 0x00, 0x84, 0x00, 0x00, size)
}
