package cardsim

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
)

// bankObject is a data object: the tag in one byte or two, the length in one or two.
func bankObject(tag uint16, value []byte) []byte {
	var b []byte
	if tag > 0xFF {
		b = append(b, byte(tag>>8))
	}
	b = append(b, byte(tag))
	if len(value) > 0x7F {
		b = append(b, 0x81)
	}

	return append(append(b, byte(len(value))), value...)
}

func bankTag(tag uint16) string { return fmt.Sprintf("%04X", tag) }

// bankHex is bytes that stand in this package as text.
func bankHex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic("cardsim: not hexadecimal: " + s)
	}

	return b
}

// bankDigits is digits in BCD, an odd one filled with F.
func bankDigits(s string) []byte {
	if len(s)%2 != 0 {
		s += "F"
	}

	return bankHex(s)
}

const bankDirectory = "1PAY.SYS.DDF01"

// Lists of what the card wants to be given. The first eight of both CDOLs, after the
// bank's code and its proof, are what its cryptograms are made of.
const (
	bankPDOL     = "9F7A01 9F0206 5F2A02 9F1A02 DF6901"
	bankPDOLSize = 12
	bankCounted  = "9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704"
	bankRest     = "9F2103 9F4E14"
	countedSize  = 29
	restSize     = 23
	codeSize     = 2
	proofSize    = 10 // ARPC and code
)

// SELECT by name.
func (c *BankCard) selectName(q command) ([]byte, uint16) {
	switch {
	case c.Blocked:
		return nil, swNoFunction
	case q.p1 != 0x04 || q.p2 != 0x00 && q.p2 != 0x02:
		return nil, swP1P2
	case len(q.data) < 5 || len(q.data) > 16:
		return nil, swLength
	}

	from := 0
	if q.p2 == 0x02 {
		for i, app := range c.Applications {
			if app == c.session.app {
				from = i + 1
			}
		}
	}
	c.session = bankSession{}
	if string(q.data) == bankDirectory && !c.Hidden && from == 0 {
		c.session.directory = true
		return bankFCI(q.data, bankObject(0x88, []byte{1})), swOK
	}

	for _, app := range c.Applications[from:] {
		if !bytes.HasPrefix(app.AID, q.data) {
			continue
		}
		c.session.app, c.session.phase = app, bankSelected
		if app.Blocked {
			return nil, swDeactivated
		}
		return bankFCI(app.AID, append(app.name(), bankObject(0x9F38, bankHex(bankPDOL))...)), swOK
	}

	return nil, swNoFile
}

// Status words of SELECT.
const (
	swNoFunction  = 0x6A81 // the card is blocked
	swDeactivated = 0x6283 // the application is
	swNoRecord    = 0x6A83
)

func bankFCI(name, proprietary []byte) []byte {
	return bankObject(0x6F, append(bankObject(0x84, name), bankObject(0xA5, proprietary)...))
}

func (a *BankApplication) name() []byte {
	b := append(bankObject(0x50, []byte(a.Label)), bankObject(0x87, []byte{a.Priority})...)

	return append(b, bankObject(0x5F2D, []byte("zhen"))...)
}

// READ RECORD: of the directory, or of an application that is open.
func (c *BankCard) readRecord(q command) ([]byte, uint16) {
	if q.p2&0x07 != 0x04 || q.p1 == 0 {
		return nil, swP1P2
	}
	var file [][]byte
	switch sfi := q.p2 >> 3; {
	case c.session.directory && sfi == 1:
		file = c.directory()
	case c.session.app != nil && c.session.phase < bankOpened:
		return nil, swCondition
	case c.session.app != nil:
		file = c.session.app.files()[sfi]
	}
	switch {
	case file == nil:
		return nil, swNoFile
	case int(q.p1) > len(file):
		return nil, swNoRecord
	}

	return file[q.p1-1], swOK
}

// directory has a record for each application.
func (c *BankCard) directory() [][]byte {
	var file [][]byte
	for _, app := range c.Applications {
		entry := append(bankObject(0x4F, app.AID), app.name()...)
		file = append(file, bankObject(0x70, bankObject(0x61, entry)))
	}

	return file
}

// files are the records of an application by SFI.
func (a *BankApplication) files() map[byte][][]byte {
	record := func(objects ...[]byte) []byte { return bankObject(0x70, bytes.Join(objects, nil)) }
	track := bankDigits(a.PAN + "D" + a.Expiry[:4] + a.Service + "0000000")
	second := "8A02"
	if a.InSecond {
		second += "910A"
	}

	return map[byte][][]byte{
		1: {record(
			bankObject(0x57, track),
			bankObject(0x5F20, []byte("TEST/CARD")),
			bankObject(0x9F1F, []byte("0000000")),
		)},
		2: {
			record(
				bankObject(0x5A, bankDigits(a.PAN)),
				bankObject(0x5F34, bankHex(a.Sequence)),
				bankObject(0x5F24, bankHex(a.Expiry)),
				bankObject(0x5F25, bankHex(a.Effective)),
				bankObject(0x5F28, []byte{0x01, 0x56}),
				bankObject(0x9F07, []byte{0xFF, 0x00}),
				bankObject(0x9F08, []byte{0x00, 0x30}),
				bankObject(0x9F42, []byte{0x01, 0x56}),
				bankObject(0x8E, bankHex("00000000 00000000 4203 1E03 1F00")),
				bankObject(0x9F0D, bankHex("D86004A800")),
				bankObject(0x9F0E, bankHex("0010180000")),
				bankObject(0x9F0F, bankHex("D86804F800")),
			),
			record(
				bankObject(0x8C, bankHex(bankCounted+bankRest)),
				bankObject(0x8D, bankHex(second+bankCounted+bankRest)),
			),
		},
	}
}

// GET PROCESSING OPTIONS begins a payment: it counts.
func (c *BankCard) open(q command) ([]byte, uint16) {
	app := c.session.app
	switch {
	case q.p1 != 0 || q.p2 != 0:
		return nil, swP1P2
	case app == nil || c.session.phase != bankSelected:
		return nil, swCondition
	case len(q.data) != 2+bankPDOLSize || q.data[0] != 0x83 || int(q.data[1]) != bankPDOLSize:
		return nil, swLength
	case app.ATC == 0xFFFF, app.Algorithm.SM4 && q.data[len(q.data)-1] != 1:
		return nil, swCondition // worn out, or the terminal does not let it use its cipher
	}
	app.ATC++
	c.session.phase = bankOpened

	profile, files := app.profile(), bankHex("08010100 10010201")
	if app.Named {
		return bankObject(0x77, append(bankObject(0x82, profile), bankObject(0x94, files)...)), swOK
	}

	return bankObject(0x80, append(profile, files...)), swOK
}

// profile: cardholder verification and terminal risk management; the issuer proves
// itself by EXTERNAL AUTHENTICATE.
func (a *BankApplication) profile() []byte {
	p := []byte{0x1C, 0x00}
	if a.InSecond {
		p[0] &^= 0x04
	}

	return p
}
