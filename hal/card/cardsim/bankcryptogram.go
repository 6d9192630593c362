package cardsim

import (
	"bytes"
	"encoding/binary"
)

// Kinds of cryptogram.
const (
	bankAAC  = 0x00
	bankTC   = 0x40
	bankARQC = 0x80
)

// Bits of the second byte of the card's verification results: the second cryptogram,
// the first, and the issuer.
const (
	resultSecondNone = 0x80
	resultSecondTC   = 0x40
	resultFirstARQC  = 0x20
	resultForged     = 0x08
	// Of the third byte.
	resultNotFinished = 0x80 // the last payment that went online
	resultNoTries     = 0x40
)

// GENERATE AC.
func (c *BankCard) cryptogram(q command) ([]byte, uint16) {
	s := &c.session
	switch {
	case q.p2 != 0 || q.p1 != bankAAC && q.p1 != bankTC && q.p1 != bankARQC:
		return nil, swP1P2
	case s.phase == bankOpened:
		return c.firstCryptogram(q)
	case s.phase == bankAsked:
		return c.secondCryptogram(q)
	}

	return nil, swCondition
}

// firstCryptogram: an AAC where one is asked for or the card declines; else an ARQC,
// since this card approves nothing by itself.
func (c *BankCard) firstCryptogram(q command) ([]byte, uint16) {
	s := &c.session
	if len(q.data) != countedSize+restSize {
		return nil, swLength
	}

	kind := byte(bankARQC)
	s.phase = bankAsked
	if q.p1 == bankAAC || s.app.Blocked || s.app.Refuses == RefusesFirst {
		kind = bankAAC
		s.phase = bankFinished
	}
	answer, code := s.app.seal(kind, q.data[:countedSize], s.app.results(kind, resultSecondNone, s.proof))
	s.first = code

	return answer, swOK
}

// secondCryptogram: a TC where one is asked for, the bank's code says approved, and the
// issuer is proved as the application demands; else an AAC.
func (c *BankCard) secondCryptogram(q command) ([]byte, uint16) {
	s := &c.session
	head := codeSize
	if s.app.InSecond {
		head += proofSize
	}
	switch {
	case q.p1 == bankARQC:
		return nil, swP1P2
	case len(q.data) != head+countedSize+restSize:
		return nil, swLength
	}
	if s.app.InSecond && !bytes.Equal(q.data[codeSize:head], make([]byte, proofSize)) {
		c.prove(q.data[codeSize:head])
	}

	kind, second := byte(bankAAC), byte(0)
	if q.p1 == bankTC && s.approves(string(q.data[:codeSize])) {
		kind, second = bankTC, resultSecondTC
	}
	s.phase = bankFinished
	if s.proof == bankProved {
		s.app.OnlineATC = s.app.ATC
	}
	answer, _ := s.app.seal(kind, q.data[head:head+countedSize], s.app.results(bankARQC, second, s.proof))

	return answer, swOK
}

func (s *bankSession) approves(code string) bool {
	approved := code == "00" || code == "10" || code == "11"
	proved := s.proof == bankProved || s.proof == bankUnproved && !s.app.MustProve

	return approved && proved && !s.app.Blocked && s.app.Refuses == RefusesNothing
}

// results are the card's verification results: length and three bytes.
func (a *BankApplication) results(first, second byte, proof bankProof) []byte {
	r := []byte{3, second, 0, a.Scripts << 4}
	if first == bankARQC {
		r[1] |= resultFirstARQC
	}
	if proof == bankForged {
		r[1] |= resultForged
	}
	if a.ATC-a.OnlineATC > 1 {
		r[2] |= resultNotFinished
	}
	if a.Tries == 0 {
		r[2] |= resultNoTries
	}

	return r
}

// Versions of the cryptogram: which session keys it was made with.
const (
	bankVersionPBOC   = 0x01
	bankVersionCommon = 0x12
	bankCipherDES     = 0x01
	bankCipherSM4     = 0x04
	bankKeyIndex      = 0x01
)

// issuerData is what goes to the issuer unread by the terminal: length, key index,
// version, results, cipher.
func (a *BankApplication) issuerData(results []byte) []byte {
	version, cipher := byte(bankVersionPBOC), byte(bankCipherDES)
	if a.Algorithm.Common {
		version = bankVersionCommon
	}
	if a.Algorithm.SM4 {
		cipher = bankCipherSM4
	}

	return append(append([]byte{7, bankKeyIndex, version}, results...), cipher)
}

// seal makes a cryptogram over what the terminal said, profile, count and results.
func (a *BankApplication) seal(kind byte, counted, results []byte) (answer []byte, code [8]byte) {
	data := append(clone(counted), a.profile()...)
	data = binary.BigEndian.AppendUint16(data, a.ATC)
	code = a.Algorithm.MAC(a.Algorithm.SessionKey(a.Key, a.ATC), append(data, results...))
	count := binary.BigEndian.AppendUint16(nil, a.ATC)

	if a.Named {
		return bankObject(0x77, bytes.Join([][]byte{
			bankObject(0x9F27, []byte{kind}), bankObject(0x9F36, count), bankObject(0x9F26, code[:]),
			bankObject(0x9F10, a.issuerData(results)),
		}, nil)), code
	}

	return bankObject(0x80, bytes.Join([][]byte{{kind}, count, code[:], a.issuerData(results)}, nil)), code
}

// EXTERNAL AUTHENTICATE: once, after the ARQC.
func (c *BankCard) authenticate(q command) uint16 {
	s := &c.session
	switch {
	case q.p1 != 0 || q.p2 != 0:
		return swP1P2
	case s.phase != bankAsked || s.app.InSecond || s.proof != bankUnproved:
		return swCondition
	case len(q.data) != proofSize:
		return swLength
	}
	c.prove(q.data)
	if s.proof != bankProved {
		return swNotProved
	}

	return swOK
}

const swNotProved = 0x6300

// prove checks the issuer's answer to the ARQC: ARPC and code.
func (c *BankCard) prove(data []byte) {
	s := &c.session
	a := s.app.Algorithm
	want := a.Response(a.SessionKey(s.app.Key, s.app.ATC), s.first, [2]byte(data[8:]))
	s.proof = bankForged
	if bytes.Equal(want[:], data[:8]) {
		s.proof = bankProved
	}
}
