package issuersim

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"wattkiosk/hal/card/cardsim"
)

// Errors of an issuer.
var (
	// ErrField55: it cannot be read, or lacks something.
	ErrField55 = errors.New("malformed field 55")
	// ErrCryptogram: the card, or what it was told, is not what the message says.
	ErrCryptogram = errors.New("cryptogram is wrong")
)

// Issuer has the master keys of its cards. It keeps nothing else and may be shared.
type Issuer struct{ masters cardsim.BankMasters }

// New makes an issuer.
func New(masters cardsim.BankMasters) *Issuer { return &Issuer{masters: masters} }

// Kind of a cryptogram.
type Kind byte

// The kinds.
const (
	AAC  Kind = 0x00
	TC   Kind = 0x40
	ARQC Kind = 0x80
)

// Request is a verified field 55.
type Request struct {
	PAN, Sequence string
	Kind          Kind
	Amount        int64 // fen
	Count         uint16
	Cryptogram    [8]byte
	TVR           [5]byte
	Results       [4]byte // of the card's verification
	Algorithm     cardsim.BankAlgorithm
}

// Versions of a cryptogram and ciphers, as the issuer's data (9F10) name them.
const (
	versionPBOC   = 0x01
	versionCommon = 0x12
	cipherDES     = 0x01
	cipherSM4     = 0x04
)

// counted are the tags that a cryptogram is made of, as sent by the terminal, with
// their sizes, in order.
var counted = []struct {
	tag  uint16
	size int
}{
	{0x9F02, 6},
	{0x9F03, 6},
	{0x9F1A, 2},
	{0x95, 5},
	{0x5F2A, 2},
	{0x9A, 3},
	{0x9C, 1},
	{0x9F37, 4},
	{0x82, 2},
	{0x9F36, 2},
}

// Verify checks the cryptogram of a field 55, which may be an ARQC or the TC or AAC that
// ended a payment. Sequence is two digits, "00" for a card without.
func (i *Issuer) Verify(pan, sequence string, field55 []byte) (Request, error) {
	objects, err := read(field55)
	if err != nil {
		return Request{}, err
	}
	var data []byte
	for _, c := range counted {
		if len(objects[c.tag]) != c.size {
			return Request{}, fmt.Errorf("%w: %X has %d bytes", ErrField55, c.tag, len(objects[c.tag]))
		}
		data = append(data, objects[c.tag]...)
	}

	r := Request{PAN: pan, Sequence: sequence, Count: binary.BigEndian.Uint16(objects[0x9F36]), TVR: [5]byte(objects[0x95])}
	own, info, code := objects[0x9F10], objects[0x9F27], objects[0x9F26]
	if len(own) != 8 || own[0] != 7 || len(info) != 1 || len(code) != 8 {
		return Request{}, fmt.Errorf("%w: cryptogram", ErrField55)
	}
	version, cipher := own[2], own[7]
	if version != versionPBOC && version != versionCommon || cipher != cipherDES && cipher != cipherSM4 {
		return Request{}, fmt.Errorf("%w: cryptogram of version %d and cipher %d", ErrField55, version, cipher)
	}
	r.Algorithm = cardsim.BankAlgorithm{Common: version == versionCommon, SM4: cipher == cipherSM4}
	r.Results = [4]byte(own[3:7])
	r.Kind, r.Cryptogram = Kind(info[0]&0xC0), [8]byte(code)
	for _, b := range objects[0x9F02] {
		r.Amount = r.Amount*100 + int64(b>>4)*10 + int64(b&0x0F)
	}

	session := r.Algorithm.SessionKey(i.key(r, i.masters.Key), r.Count)
	if want := r.Algorithm.MAC(session, append(data, r.Results[:]...)); !bytes.Equal(want[:], code) {
		return Request{}, ErrCryptogram
	}

	return r, nil
}

func (i *Issuer) key(r Request, master cardsim.BankKey) cardsim.BankKey {
	return r.Algorithm.CardKey(master, r.PAN, r.Sequence)
}

// Answer is field 55 of the answer: the issuer's proof for that code (field 39), and
// scripts.
func (i *Issuer) Answer(r Request, code string, scripts ...Script) []byte {
	var c [2]byte
	copy(c[:], code)
	proof := r.Algorithm.Response(r.Algorithm.SessionKey(i.key(r, i.masters.Key), r.Count), r.Cryptogram, c)
	field55 := object([]byte{0x91}, append(proof[:], c[:]...))
	for _, s := range scripts {
		field55 = append(field55, i.script(r, s)...)
	}

	return field55
}

// Authorize verifies field 55 of a sale and answers it with the bank's code.
func (i *Issuer) Authorize(pan, sequence string, field55 []byte, code string) (answer []byte, err error) {
	r, err := i.Verify(pan, sequence, field55)
	if err != nil {
		return nil, err
	}
	if r.Kind != ARQC {
		return nil, fmt.Errorf("%w: not an ARQC", ErrCryptogram)
	}

	return i.Answer(r, code), nil
}
