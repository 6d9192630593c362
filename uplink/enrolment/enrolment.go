package enrolment

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// Path is where head office is asked, below its address.
const Path = "/api/v1/enrolments"

const (
	idBytes  = sha256.Size / 2
	MaxToken = 128 // bytes
	keySize  = 32

	sealing   = "wattkiosk enrolment 2: the board's proof"
	answering = "wattkiosk enrolment 2: head office's answer"
)

// Errors of both sides.
var (
	// ErrProof says that a request was not made with the token that it names.
	ErrProof = errors.New("the request was not made with this token")
	// ErrAnswer says that an answer was not made by the head office that gave the token, or
	// not to this request.
	ErrAnswer = errors.New("the answer is not of the head office that gave the token")
)

// Request is what a board asks.
type Request struct {
	ID          string `json:"id"`
	CSR         string `json:"csr_pem"`
	Incarnation *uint8 `json:"incarnation,omitempty"` // of the journal that the board had; nil if it had none
	Proof       []byte `json:"proof"`
}

// Answer is what head office says: JSON, and the proof that it is head office's.
type Answer struct {
	Body []byte `json:"answer"`
	MAC  []byte `json:"mac"`
}

// Hash is what head office keeps of a token, in hex.
func Hash(token string) string {
	sum := sha256.Sum256([]byte("wattkiosk enrolment\x00" + token))

	return hex.EncodeToString(sum[:])
}

// ID is the part of a hash by which a token is found.
func ID(hash string) string { return hash[:min(len(hash), 2*idBytes)] }

// IsID reports whether a text can be an ID.
func IsID(id string) bool {
	b, err := hex.DecodeString(id)

	return err == nil && len(b) == idBytes && hex.EncodeToString(b) == id
}

// Ask makes the request of a board that has this token.
func Ask(token, csrPEM string, had *uint8) (Request, error) {
	hash := Hash(token)
	r := Request{ID: ID(hash), CSR: csrPEM, Incarnation: had}
	seal, err := sealer(hash)
	if err != nil {
		return Request{}, err
	}
	nonce := make([]byte, seal.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	r.Proof = seal.Seal(nonce, nonce, []byte(token), r.asked())

	return r, nil
}

// Token opens the proof of a request by the hash that head office keeps: it is the token
// itself. ErrProof is that of a request that was made without it, or changed.
func (r Request) Token(hash string) (string, error) {
	seal, err := sealer(hash)
	if err != nil {
		return "", err
	}
	n := seal.NonceSize()
	if len(r.Proof) < n || len(r.Proof) > n+MaxToken+seal.Overhead() || r.ID != ID(hash) {
		return "", ErrProof
	}
	token, err := seal.Open(nil, r.Proof[:n], r.Proof[n:], r.asked())
	if err != nil || !hmac.Equal([]byte(Hash(string(token))), []byte(hash)) {
		return "", ErrProof
	}

	return string(token), nil
}

// Answer makes head office's answer to a request.
func (r Request) Answer(hash string, body []byte) (Answer, error) {
	mac, err := r.mac(hash, body)

	return Answer{body, mac}, err
}

// Read is the body of an answer to a request that was made with this token. ErrAnswer is
// that of anybody else's.
func (r Request) Read(token string, a Answer) ([]byte, error) {
	want, err := r.mac(Hash(token), a.Body)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(want, a.MAC) {
		return nil, ErrAnswer
	}

	return a.Body, nil
}

// asked is what the proof covers.
func (r Request) asked() []byte {
	had := ""
	if r.Incarnation != nil {
		had = fmt.Sprint(*r.Incarnation)
	}

	return joined([]byte(r.ID), []byte(r.CSR), []byte(had))
}

func (r Request) mac(hash string, body []byte) ([]byte, error) {
	key, err := derive(hash, answering)
	if err != nil {
		return nil, err
	}
	m := hmac.New(sha256.New, key)
	m.Write(joined(r.asked(), r.Proof, body))

	return m.Sum(nil), nil
}

// joined has each part after its length, so that no two lists are one text.
func joined(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = binary.BigEndian.AppendUint64(out, uint64(len(p)))
		out = append(out, p...)
	}

	return out
}

func sealer(hash string) (cipher.AEAD, error) {
	key, err := derive(hash, sealing)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}

	return cipher.NewGCM(block)
}

func derive(hash, purpose string) ([]byte, error) {
	secret, err := hex.DecodeString(hash)
	if err != nil || len(secret) != sha256.Size {
		return nil, errors.New("not the hash of a token")
	}

	return hkdf.Key(sha256.New, secret, nil, purpose, keySize)
}
