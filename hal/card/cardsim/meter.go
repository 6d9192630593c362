package cardsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// Status words of a MeterCard.
const (
	swOK        = 0x9000
	swLength    = 0x6700
	swSecurity  = 0x6982 // authenticate first
	swBlocked   = 0x6983
	swCondition = 0x6985 // no challenge, or nothing selected
	swMAC       = 0x6988
	swNoFile    = 0x6A82
	swP1P2      = 0x6A86
	swOffset    = 0x6B00
	swINS       = 0x6D00
	swCLA       = 0x6E00
	swMore      = 0x6100
	swLe        = 0x6C00
	swTries     = 0x63C0
)

// authTries is how many wrong EXTERNAL AUTHENTICATE commands in a row block it.
const authTries = 5

// MeterCard is a processor card with the files of the State-Grid user card
// ("13 version"). Its exported fields are what it keeps without power.
//
// Commands: SELECT (3F00, DF01), READ BINARY by SFI and of a selected file, GET
// CHALLENGE (4 or 8), INTERNAL AUTHENTICATE 00 01, EXTERNAL AUTHENTICATE 00 02,
// UPDATE BINARY 04 D6 with MAC, GET RESPONSE. An update needs the external
// authentication (6982) and a challenge (6985); a wrong MAC is 6988. A challenge
// serves one authentication, and updates until the next command that takes it:
// whether a real card lets one challenge serve several updates, as one answer of
// the server for all files suggests, must be checked on a card; StrictChallenge
// makes each update use it up.
type MeterCard struct {
	Files           map[string]Hex `json:"files"`
	Key             [16]byte       `json:"key"`   // of the test algorithm
	Tries           int            `json:"tries"` // EXTERNAL AUTHENTICATE left
	Seed            uint64         `json:"seed"`  // of the challenges
	Drawn           uint64         `json:"drawn"` // challenges given so far
	ATR             Hex            `json:"atr"`   // empty = mute
	T1              bool           `json:"t1"`    // answers without 61xx
	StrictChallenge bool           `json:"strict,omitempty"`
	Worn            bool           `json:"worn,omitempty"`  // updates are answered, as ever, and not kept
	Stale           bool           `json:"stale,omitempty"` // the purse is read once as it was before it was updated

	supply
	before    Hex    // FilePurse, before its last update
	df        string // MF or DF01
	ef        string // selected file, "" = none
	challenge []byte
	trusted   bool   // EXTERNAL AUTHENTICATE succeeded
	waiting   []byte // for GET RESPONSE
}

var _ Processor = (*MeterCard)(nil)

// NewMeterCard returns a card without power, key all 11h. Set T1 and ATR for a card
// that offers T=1 only.
func NewMeterCard(h Holder) *MeterCard {
	m := &MeterCard{Files: h.files(), Tries: authTries, Seed: binary.BigEndian.Uint64(h.Serial[:])}
	m.ATR = Hex{0x3B, 0x6D, 0x00, 0x00, 0x00, 0x81, 0x54, 0x44, 0x47, 0x86, 0x93, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06}
	for i := range m.Key {
		m.Key[i] = 0x11
	}
	return m
}

// Serial is the number that diversifies the keys.
func (m *MeterCard) Serial() (s [8]byte) {
	if f := m.Files[FileSerial]; len(f) == serialSize {
		copy(s[:], f[1:])
	}
	return s
}

// Purse is the amount in fen and the count of purchases in FilePurse.
func (m *MeterCard) Purse() (fen, count uint32) {
	f := m.Files[FilePurse]
	if len(f) != purseSize {
		return 0, 0
	}
	return binary.BigEndian.Uint32(f), binary.BigEndian.Uint32(f[4:])
}

// Reset powers the card, or resets it warm.
func (m *MeterCard) Reset(warm bool) (atr []byte) {
	if warm && !m.on || len(m.ATR) == 0 {
		return nil
	}
	m.forget()
	m.on = true
	return clone(m.ATR)
}

// PowerOff takes the power.
func (m *MeterCard) PowerOff() {
	m.forget()
	m.on = false
}

func (m *MeterCard) forget() {
	m.df, m.ef, m.challenge, m.trusted, m.waiting = "MF", "", nil, false, nil
}

// Transmit answers an APDU. An update is one write: a cut leaves all of it or
// nothing.
func (m *MeterCard) Transmit(apdu []byte) []byte {
	var answer []byte
	if err := m.step(func() { answer = m.answer(apdu) }); err != nil {
		m.forget()
		return nil
	}
	return answer
}

// answer carries a command out.
func (m *MeterCard) answer(apdu []byte) []byte {
	q, ok := parse(apdu)
	if !ok {
		return sw(swLength)
	}
	if q.ins == 0xC0 {
		return m.getResponse(q)
	}

	m.waiting = nil
	data, status := m.run(q)
	switch {
	case status != swOK || len(data) == 0:
		return sw(status)
	case len(q.data) > 0 && !m.T1: // data both ways: T=0 makes the host fetch it
		m.waiting = data
		return sw(swMore | uint16(byte(len(data))))
	}
	return append(data, byte(status>>8), byte(status&0xFF))
}

func (m *MeterCard) run(q command) ([]byte, uint16) {
	switch {
	case q.cla != 0x00 && (q.cla != 0x04 || q.ins != 0xD6):
		return nil, swCLA
	case q.ins == 0xA4:
		return m.selectFile(q)
	case q.ins == 0xB0:
		return m.read(q)
	case q.ins == 0x84:
		return m.getChallenge(q)
	case q.ins == 0x88:
		return m.internalAuth(q)
	case q.ins == 0x82:
		return nil, m.externalAuth(q)
	case q.ins == 0xD6:
		return nil, m.update(q)
	}

	return nil, swINS
}

func (m *MeterCard) getResponse(q command) []byte {
	switch n := len(m.waiting); {
	case n == 0:
		return sw(swCondition)
	case q.le != n:
		return sw(swLe | uint16(byte(n)))
	}
	r := append(m.waiting, swOK>>8, swOK&0xFF)
	m.waiting = nil
	return r
}

func (m *MeterCard) selectFile(q command) ([]byte, uint16) {
	if q.p1 != 0 || len(q.data) != 2 {
		return nil, swP1P2
	}

	switch {
	case bytes.Equal(q.data, []byte{0x3F, 0x00}):
		m.df, m.ef, m.trusted = "MF", "", false
	case bytes.Equal(q.data, []byte{0xDF, 0x01}):
		m.df, m.ef, m.trusted = "DF01", "", false
	default:
		name := m.df + "/EF" + hexByte(q.data[1])
		if _, ok := m.Files[name]; !ok || q.data[0] != 0 && q.data[0] != 0xEF {
			return nil, swNoFile
		}
		m.ef = name
	}

	return []byte{0x6F, 0x04, 0x84, 0x02, q.data[0], q.data[1]}, swOK
}

// place finds file and offset by P1 P2: SFI in P1, or the selected file.
func (m *MeterCard) place(q command) (name string, offset int, status uint16) {
	name, offset = m.ef, int(q.p1)<<8|int(q.p2)
	if q.p1&0x80 != 0 {
		// The SFI 19h of the reference is EF19: the low five bits, in hexadecimal.
		name, offset = m.df+"/EF"+hexByte(q.p1&0x1F), int(q.p2)
	}
	if name == "" {
		return "", 0, swCondition
	}
	if _, ok := m.Files[name]; !ok {
		return "", 0, swNoFile
	}
	return name, offset, swOK
}

func (m *MeterCard) read(q command) ([]byte, uint16) {
	name, offset, status := m.place(q)
	if status != swOK {
		return nil, status
	}

	f := m.Files[name]
	if name == FilePurse && m.Stale && len(m.before) == len(f) {
		f, m.Stale = m.before, false
	}
	left := min(len(f)-offset, 256)
	switch {
	case left <= 0:
		return nil, swOffset
	case q.le > left:
		return nil, swLe | uint16(byte(left))
	case q.le == 0:
		return nil, swLength
	}
	return clone(f[offset : offset+q.le]), swOK
}

func (m *MeterCard) getChallenge(q command) ([]byte, uint16) {
	if q.le != 4 && q.le != 8 {
		return nil, swLength
	}
	m.Drawn++
	b := binary.BigEndian.AppendUint64([]byte("challenge"), m.Seed)
	h := sha256.Sum256(binary.BigEndian.AppendUint64(b, m.Drawn))
	m.challenge = h[:q.le]
	return clone(m.challenge), swOK
}

func (m *MeterCard) internalAuth(q command) ([]byte, uint16) {
	switch {
	case q.p1 != 0 || q.p2 != KeyInternal:
		return nil, swP1P2
	case len(q.data) != 8:
		return nil, swLength
	}
	return TestAuth(m.Key, KeyInternal, m.Serial(), q.data), swOK
}

func (m *MeterCard) externalAuth(q command) uint16 {
	c := m.challenge
	m.challenge = nil
	switch {
	case q.p1 != 0 || q.p2 != KeyExternal:
		return swP1P2
	case len(q.data) != 8:
		return swLength
	case m.Tries == 0:
		return swBlocked
	case len(c) != 8:
		return swCondition
	case !bytes.Equal(q.data, TestAuth(m.Key, KeyExternal, m.Serial(), c)):
		m.Tries--
		return swTries | uint16(m.Tries)
	}

	m.Tries, m.trusted = authTries, true
	return swOK
}

// macSize is the MAC at the end of a secure update.
const macSize = 4

func (m *MeterCard) update(q command) uint16 {
	name, offset, status := m.place(q)
	c := m.challenge
	switch {
	case status != swOK:
		return status
	case q.cla != 0x04 || !m.trusted || name == FileSerial:
		return swSecurity
	case len(q.data) <= macSize:
		return swLength
	case c == nil:
		return swCondition
	}

	data, mac := q.data[:len(q.data)-macSize], q.data[len(q.data)-macSize:]
	if m.StrictChallenge {
		m.challenge = nil
	}

	header := []byte{q.cla, q.ins, q.p1, q.p2, byte(len(q.data))}
	switch f := m.Files[name]; {
	case !bytes.Equal(mac, TestMAC(m.Key, m.Serial(), c, append(header, data...))):
		m.challenge = nil
		return swMAC
	case offset+len(data) > len(f):
		return swOffset
	case m.Worn:
	default:
		if name == FilePurse {
			m.before = clone(f)
		}
		copy(f[offset:], data)
	}

	return swOK
}

// command is a parsed APDU; le is 256 for 00.
type command struct {
	cla, ins, p1, p2 byte
	data             []byte
	le               int
}

func parse(a []byte) (command, bool) {
	if len(a) < 4 {
		return command{}, false
	}

	q := command{cla: a[0], ins: a[1], p1: a[2], p2: a[3]}
	le := func(b byte) int { return (int(b)+255)%256 + 1 }
	switch {
	case len(a) == 4:
	case len(a) == 5:
		q.le = le(a[4])
	case len(a) == 5+int(a[4]):
		q.data = a[5:]
	case len(a) == 6+int(a[4]):
		q.data, q.le = a[5:len(a)-1], le(a[len(a)-1])
	default:
		return command{}, false
	}

	return q, true
}

func sw(status uint16) []byte { return []byte{byte(status >> 8), byte(status)} }

func hexByte(b byte) string {
	const digits = "0123456789ABCDEF"
	return string([]byte{digits[b>>4], digits[b&0x0F]})
}
