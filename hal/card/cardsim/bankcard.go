package cardsim

import (
	"encoding/binary"
	"errors"
	"strings"
)

// BankCard is the chip of a bank card with contacts (PBOC 3.0, EMV 4.3) as its issuer
// made it: a directory, applications, their keys and counters. Its exported fields are
// what it keeps without power.
//
// It is a card's side of the dialogue, written from the card's point of view and
// sharing nothing with any terminal. It is strict: a command out of order is 6985, data
// that are not as long as its own lists say 6700, a kind of cryptogram that a terminal
// may not ask for 6A86. It gives two cryptograms for one payment and then no more.
//
// Commands: SELECT by name (first and next), READ RECORD, GET PROCESSING OPTIONS,
// GENERATE AC, EXTERNAL AUTHENTICATE, GET DATA, GET RESPONSE, and with a MAC, after the
// first cryptogram: CARD BLOCK, APPLICATION BLOCK and UNBLOCK, PIN CHANGE/UNBLOCK, PUT
// DATA.
type BankCard struct {
	Applications []*BankApplication `json:"applications"`
	Hidden       bool               `json:"hidden,omitempty"`  // has no directory
	Blocked      bool               `json:"blocked,omitempty"` // by its issuer, as a whole
	ATR          Hex                `json:"atr"`               // empty = mute
	T1           bool               `json:"t1,omitempty"`      // answers without 61xx and 6Cxx

	supply
	waiting []byte // for GET RESPONSE
	session bankSession
}

var _ Processor = (*BankCard)(nil)

// Refusal says when a card declines what it could approve.
type Refusal string

// The refusals.
const (
	RefusesNothing Refusal = ""
	RefusesFirst   Refusal = "first"  // it never lets the bank be asked
	RefusesSecond  Refusal = "second" // it never gives a TC, whatever the bank says
)

// BankApplication is one application of a bank card. All keys are the card's own.
type BankApplication struct {
	AID       Hex    `json:"aid"`
	Label     string `json:"label"`
	Priority  byte   `json:"priority"` // 87
	PAN       string `json:"pan"`
	Sequence  string `json:"sequence"`  // two digits
	Effective string `json:"effective"` // YYMMDD
	Expiry    string `json:"expiry"`    // YYMMDD
	Service   string `json:"service"`   // three digits

	Algorithm BankAlgorithm `json:"algorithm"`
	Key       BankKey       `json:"key"`         // of cryptograms
	MACKey    BankKey       `json:"mac_key"`     // of scripts
	Secrecy   BankKey       `json:"secrecy_key"` // of what scripts change secretly

	ATC       uint16         `json:"atc"`        // payments so far
	OnlineATC uint16         `json:"online_atc"` // the last one that the issuer proved its part in
	PIN       string         `json:"pin"`        // the card's own copy; an online PIN is the bank's affair
	Tries     byte           `json:"tries"`      // of the PIN, left
	TryLimit  byte           `json:"try_limit"`
	Blocked   bool           `json:"blocked,omitempty"`
	Data      map[string]Hex `json:"data"` // what PUT DATA may change, by tag
	Scripts   byte           `json:"scripts,omitempty"`
	Refuses   Refusal        `json:"refuses,omitempty"`

	// Named: answers to GPO and GENERATE AC are in format 2.
	Named bool `json:"named,omitempty"`
	// InSecond: the issuer proves itself in the second GENERATE AC, in place of EXTERNAL
	// AUTHENTICATE.
	InSecond bool `json:"in_second,omitempty"`
	// MustProve: without the issuer's proof there is no TC.
	MustProve bool `json:"must_prove,omitempty"`
}

// check says what a stored card could not live with.
func (c *BankCard) check() error {
	for _, app := range c.Applications {
		switch {
		case app == nil || len(app.AID) < 5 || len(app.AID) > 16:
			return errors.New("application without a name")
		case !digits(app.PAN, 12, 19), !digits(app.Sequence, 2, 2), !digits(app.Service, 3, 3),
			!digits(app.Expiry, 6, 6), !digits(app.Effective, 6, 6):
			return errors.New("application with a number or date that is not of digits")
		}
	}

	return nil
}

func digits(s string, shortest, longest int) bool {
	return len(s) >= shortest && len(s) <= longest && strings.Trim(s, "0123456789") == ""
}

// bankPhase is how far a payment is.
type bankPhase int

const (
	bankIdle     bankPhase = iota // nothing, or the directory, is selected
	bankSelected                  // an application is
	bankOpened                    // GET PROCESSING OPTIONS was done
	bankAsked                     // an ARQC was given
	bankFinished                  // the last cryptogram was given
)

// bankProof is what is known of the issuer.
type bankProof int

const (
	bankUnproved bankProof = iota
	bankProved
	bankForged
)

// bankSession is what a loss of power ends.
type bankSession struct {
	app       *BankApplication
	directory bool
	phase     bankPhase
	first     [8]byte // the first cryptogram
	proof     bankProof
	tampered  bool // a script had a wrong MAC
}

// Reset powers the card, or resets it warm.
func (c *BankCard) Reset(warm bool) (atr []byte) {
	if warm && !c.on || len(c.ATR) == 0 {
		return nil
	}
	c.waiting, c.session = nil, bankSession{}
	c.on = true

	return clone(c.ATR)
}

// PowerOff takes the power.
func (c *BankCard) PowerOff() {
	c.waiting, c.session = nil, bankSession{}
	c.on = false
}

// Transmit answers an APDU. What a command changes is changed as a whole or not at all.
func (c *BankCard) Transmit(apdu []byte) []byte {
	var answer []byte
	if err := c.step(func() { answer = c.answer(apdu) }); err != nil {
		c.waiting, c.session = nil, bankSession{}
		return nil
	}

	return answer
}

func (c *BankCard) answer(apdu []byte) []byte {
	q, ok := parse(apdu)
	if !ok {
		return sw(swLength)
	}
	if q.ins == 0xC0 {
		return c.getResponse(q)
	}

	c.waiting = nil
	data, status := c.run(q)
	switch {
	case status != swOK || len(data) == 0:
		return sw(status)
	case c.T1:
	case len(q.data) > 0: // data both ways: T=0 makes the host fetch them
		c.waiting = data
		return sw(swMore | uint16(byte(len(data))))
	case q.le != len(data):
		return sw(swLe | uint16(byte(len(data))))
	}

	return append(data, swOK>>8, swOK&0xFF)
}

func (c *BankCard) getResponse(q command) []byte {
	switch n := len(c.waiting); {
	case n == 0:
		return sw(swCondition)
	case q.le != n:
		return sw(swLe | uint16(byte(n)))
	}
	r := append(c.waiting, swOK>>8, swOK&0xFF)
	c.waiting = nil

	return r
}

// Classes of the instructions.
const (
	bankPlain  = 0x00
	bankOwn    = 0x80
	bankSealed = 0x84 // with MAC
	bankPut    = 0x04 // PUT DATA, with MAC
)

func (c *BankCard) run(q command) ([]byte, uint16) {
	switch [2]byte{q.cla, q.ins} {
	case [2]byte{bankPlain, 0xA4}:
		return c.selectName(q)
	case [2]byte{bankPlain, 0xB2}:
		return c.readRecord(q)
	case [2]byte{bankOwn, 0xCA}:
		return c.getData(q)
	case [2]byte{bankOwn, 0xA8}:
		return c.open(q)
	case [2]byte{bankOwn, 0xAE}:
		return c.cryptogram(q)
	case [2]byte{bankPlain, 0x82}:
		return nil, c.authenticate(q)
	}
	if q.cla == bankSealed || q.cla == bankPut {
		return nil, c.script(q)
	}
	if q.cla != bankPlain && q.cla != bankOwn {
		return nil, swCLA
	}

	return nil, swINS
}

// getData reads counters, and what PUT DATA may change.
func (c *BankCard) getData(q command) ([]byte, uint16) {
	app := c.session.app
	if app == nil {
		return nil, swCondition
	}
	tag := uint16(q.p1)<<8 | uint16(q.p2)
	switch tag {
	case 0x9F36:
		return bankObject(0x9F36, binary.BigEndian.AppendUint16(nil, app.ATC)), swOK
	case 0x9F13:
		return bankObject(0x9F13, binary.BigEndian.AppendUint16(nil, app.OnlineATC)), swOK
	case 0x9F17:
		return bankObject(0x9F17, []byte{app.Tries}), swOK
	}
	if value, ok := app.Data[bankTag(tag)]; ok {
		return bankObject(tag, value), swOK
	}

	return nil, swReference
}

// swReference: there is no such data object.
const swReference = 0x6A88
