package emvtest

import "wattkiosk/payments/emv"

// Chip is a card's chip.
type Chip interface {
	Reset(warm bool) (atr []byte)
	Transmit(apdu []byte) []byte
	PowerOff()
}

// Run is how one payment is played.
type Run struct {
	Chip Chip
	// Bank answers GoOnline; nil is a bank that is not reached.
	Bank func(emv.GoOnline) emv.BankAnswer
	// Choose is the place of the application that the customer chooses.
	Choose int
	// PIN is how the entry ends; the zero value is a PIN entered.
	PIN emv.PINResult
	// Pull takes the card out in place of the answer to that APDU, counted from 1; 0 is
	// never. A card that is out stays out.
	Pull int
	// Alter may change what the card answered to an APDU, counted from 1, before the
	// kernel sees it.
	Alter func(n int, s emv.Send, answer []byte) []byte
	// See is called with every step, and with the answer to a Send; may be nil.
	See func(step emv.Step, answer []byte)
}

// maxFetches bounds the GET RESPONSE commands of one answer.
const maxFetches = 4

// Transmit sends an APDU as a reader does: it fetches what waits (61xx) and repeats
// with the right Le (6Cxx).
func Transmit(c Chip, apdu []byte) []byte {
	answer := c.Transmit(apdu)
	for range maxFetches {
		n := len(answer)
		if n != 2 {
			return answer
		}
		switch answer[0] {
		case 0x61:
			answer = c.Transmit([]byte{0x00, 0xC0, 0x00, 0x00, answer[1]})
		case 0x6C:
			again := append([]byte(nil), apdu...)
			again[len(again)-1] = answer[1]
			answer = c.Transmit(again)
		default:
			return answer
		}
	}

	return answer
}

// Play resets the card, plays the payment to its end, and takes the card's power. It
// returns the outcome, how many APDUs the kernel sent, and whether the bank was asked.
func (r Run) Play(k *emv.Kernel) (end emv.Outcome, apdus int, asked bool) {
	r.Chip.Reset(false)
	defer r.Chip.PowerOff()
	pin := r.PIN
	if pin == 0 {
		pin = emv.PINEntered
	}

	step := k.Start()
	for {
		switch s := step.(type) {
		case emv.Send:
			apdus++
			step = r.send(k, apdus, s)
		case emv.Choose:
			r.see(s, nil)
			step = k.Choose(min(r.Choose, len(s.Applications)-1))
		case emv.EnterPIN:
			r.see(s, nil)
			step = k.PIN(pin)
		case emv.GoOnline:
			r.see(s, nil)
			asked = true
			step = k.Bank(r.ask(s))
		case emv.End:
			r.see(s, nil)
			return s.Outcome, apdus, asked
		}
	}
}

func (r Run) send(k *emv.Kernel, n int, s emv.Send) emv.Step {
	if r.Pull > 0 && n >= r.Pull {
		r.Chip.PowerOff()
		return k.CardGone()
	}
	answer := Transmit(r.Chip, s.APDU)
	if r.Alter != nil {
		answer = r.Alter(n, s, answer)
	}
	r.see(s, answer)

	return k.Answer(answer)
}

func (r Run) ask(s emv.GoOnline) emv.BankAnswer {
	if r.Bank == nil {
		return emv.BankAnswer{}
	}

	return r.Bank(s)
}

func (r Run) see(step emv.Step, answer []byte) {
	if r.See != nil {
		r.See(step, answer)
	}
}
