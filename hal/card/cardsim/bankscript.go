package cardsim

import (
	"bytes"
	"encoding/binary"
)

// Instructions of scripts.
const (
	BankBlockCard          = 0x16
	BankUnblockApplication = 0x18
	BankBlockApplication   = 0x1E
	BankChangePIN          = 0x24 // P2 00: give the tries back; 02: change the PIN as well
	BankPutData            = 0xDA
)

// swData: the data of a script are not what it needs.
const swData = 0x6A80

// script carries out a command with MAC, after the first cryptogram. A wrong MAC ends
// scripts until the card is reset.
func (c *BankCard) script(q command) uint16 {
	s := &c.session
	switch {
	case s.app == nil || s.phase < bankAsked:
		return swCondition
	case q.cla == bankPut != (q.ins == BankPutData):
		return swCLA
	case s.tampered:
		return swMAC
	case len(q.data) < macSize:
		return swLength
	}

	data, mac := q.data[:len(q.data)-macSize], q.data[len(q.data)-macSize:]
	if !bytes.Equal(mac, s.app.scriptMAC(s.first, [4]byte{q.cla, q.ins, q.p1, q.p2}, data)) {
		s.tampered = true
		return swMAC
	}
	status := c.carryOut(q, data)
	if status == swOK && s.app.Scripts < 0x0F {
		s.app.Scripts++
	}

	return status
}

// scriptMAC is the MAC of a script's command: over the header with the length that
// counts the MAC, the count of payments, the first cryptogram, and the data.
func (a *BankApplication) scriptMAC(first [8]byte, header [4]byte, data []byte) []byte {
	b := append(header[:], byte(len(data)+macSize))
	b = binary.BigEndian.AppendUint16(b, a.ATC)
	b = append(append(b, first[:]...), data...)
	sum := a.Algorithm.MAC(a.Algorithm.ScriptKey(a.MACKey, a.ATC, first), b)

	return sum[:macSize]
}

func (c *BankCard) carryOut(q command, data []byte) uint16 {
	app := c.session.app
	plain := q.p1 == 0 && q.p2 == 0 && len(data) == 0
	switch q.ins {
	case BankBlockCard:
		if !plain {
			return swData
		}
		c.Blocked = true
	case BankBlockApplication, BankUnblockApplication:
		if !plain {
			return swData
		}
		app.Blocked = q.ins == BankBlockApplication
	case BankChangePIN:
		return app.changePIN(q, data, c.session.first)
	case BankPutData:
		tag := bankTag(uint16(q.p1)<<8 | uint16(q.p2))
		old, ok := app.Data[tag]
		if !ok {
			return swReference
		}
		if len(old) != len(data) {
			return swData
		}
		app.Data[tag] = clone(data)
	default:
		return swINS
	}

	return swOK
}

// Ways of BankChangePIN.
const (
	pinTriesOnly = 0x00
	pinNew       = 0x02
	pinBlockSize = 8
)

func (a *BankApplication) changePIN(q command, data []byte, first [8]byte) uint16 {
	switch {
	case q.p1 != 0:
		return swP1P2
	case q.p2 == pinTriesOnly && len(data) == 0:
		a.Tries = a.TryLimit
		return swOK
	case q.p2 != pinNew:
		return swP1P2
	}

	block, ok := a.Algorithm.Open(a.Algorithm.ScriptKey(a.Secrecy, a.ATC, first), data)
	pin, good := bankPIN(block)
	if !ok || !good {
		return swData
	}
	a.PIN, a.Tries = pin, a.TryLimit

	return swOK
}

// bankPIN reads a PIN block of format 2: 2, the length, the digits, filled up with F.
func bankPIN(block []byte) (pin string, ok bool) {
	if len(block) != pinBlockSize || block[0]>>4 != 2 {
		return "", false
	}
	n := int(block[0] & 0x0F)
	for i := range 2*pinBlockSize - 2 {
		d := block[1+i/2] >> 4
		if i%2 == 1 {
			d = block[1+i/2] & 0x0F
		}
		switch {
		case i < n && d <= 9:
			pin += string('0' + rune(d))
		case i < n || d != 0x0F:
			return "", false
		}
	}

	return pin, n >= 4 && n <= 12
}
