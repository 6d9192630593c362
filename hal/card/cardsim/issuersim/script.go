package issuersim

import (
	"encoding/binary"

	"wattkiosk/hal/card/cardsim"
)

// Script is a list of commands for the card, carried out before or after the second
// GENERATE AC.
type Script struct {
	After    bool
	ID       [4]byte
	Commands []Command
}

// Command is one command for the card, without its MAC.
type Command struct {
	header [4]byte
	data   []byte
	secret bool // the data are enciphered
}

// BlockCard makes the card refuse everything from then on.
func BlockCard() Command {
	return Command{header: [4]byte{0x84, cardsim.BankBlockCard}}
}

// BlockApplication makes the application decline everything.
func BlockApplication() Command {
	return Command{header: [4]byte{0x84, cardsim.BankBlockApplication}}
}

// UnblockApplication ends that.
func UnblockApplication() Command {
	return Command{header: [4]byte{0x84, cardsim.BankUnblockApplication}}
}

// UnblockPIN gives all tries back.
func UnblockPIN() Command {
	return Command{header: [4]byte{0x84, cardsim.BankChangePIN}}
}

// ChangePIN writes a PIN of 4 to 12 digits, and gives all tries back.
func ChangePIN(pin string) Command {
	block := []byte{0x20 | byte(len(pin)), 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
	for i := range min(len(pin), 14) {
		place, d := &block[1+i/2], pin[i]-'0'
		if i%2 == 0 {
			*place = d<<4 | 0x0F
		} else {
			*place = *place&0xF0 | d
		}
	}

	return Command{header: [4]byte{0x84, cardsim.BankChangePIN, 0, 2}, data: block, secret: true}
}

// PutData writes a data object of the card.
func PutData(tag uint16, value []byte) Command {
	return Command{header: [4]byte{0x04, cardsim.BankPutData, byte(tag >> 8), byte(tag)}, data: value}
}

const macSize = 4

// script is a template 71 or 72.
func (i *Issuer) script(r Request, s Script) []byte {
	content := object([]byte{0x9F, 0x18}, s.ID[:])
	for _, c := range s.Commands {
		content = append(content, object([]byte{0x86}, i.sealed(r, c))...)
	}
	tag := byte(0x71)
	if s.After {
		tag = 0x72
	}

	return object([]byte{tag}, content)
}

// sealed is the APDU of a command, with its MAC.
func (i *Issuer) sealed(r Request, c Command) []byte {
	data := c.data
	if c.secret {
		data = r.Algorithm.Seal(r.Algorithm.ScriptKey(i.key(r, i.masters.Secrecy), r.Count, r.Cryptogram), data)
	}
	apdu := append(c.header[:], byte(len(data)+macSize))
	covered := binary.BigEndian.AppendUint16(append([]byte(nil), apdu...), r.Count)
	covered = append(append(covered, r.Cryptogram[:]...), data...)
	mac := r.Algorithm.MAC(r.Algorithm.ScriptKey(i.key(r, i.masters.MAC), r.Count, r.Cryptogram), covered)

	return append(append(apdu, data...), mac[:macSize]...)
}
