package fleetkey

import (
	"crypto/cipher"
	"crypto/hpke"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// Overhead is how much longer a chunk gets, in bytes: nonce and tag.
const Overhead = chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

// ErrNotForThisKey tells that a bundle key was sealed for another fleet key, or was
// altered.
var ErrNotForThisKey = errors.New("sealed for another fleet key")

// ErrAltered tells that a chunk is not what was encrypted at this place.
var ErrAltered = errors.New("not what was encrypted at this place")

// context binds a sealed key to its use.
var context = []byte("wattkiosk bundle key 1")

// Cipher encrypts and decrypts the chunks of one bundle.
type Cipher struct {
	key  []byte
	aead cipher.AEAD
}

// NewCipher makes the key of a new bundle.
func NewCipher() (*Cipher, error) {
	key := make([]byte, chacha20poly1305.KeySize)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("cannot make a bundle key: %w", err)
	}
	return newCipher(key)
}

func newCipher(key []byte) (*Cipher, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("cannot use a bundle key: %w", err)
	}
	return &Cipher{key, aead}, nil
}

// Wrap seals the bundle's key for a fleet key.
func (c *Cipher) Wrap(to Public) ([]byte, error) {
	out, err := hpke.Seal(to.key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), context, c.key)
	if err != nil {
		return nil, fmt.Errorf("cannot seal the bundle key: %w", err)
	}
	return out, nil
}

// Unwrap opens a sealed bundle key. The error is ErrNotForThisKey.
func (s Secret) Unwrap(wrapped []byte) (*Cipher, error) {
	key, err := hpke.Open(s.key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), context, wrapped)
	if err != nil || len(key) != chacha20poly1305.KeySize {
		return nil, ErrNotForThisKey
	}
	return newCipher(key)
}

// Place is where a chunk stands.
type Place struct {
	Entry string // of the bundle's tar
	Index int    // of the chunk in the entry
}

func (p Place) bytes() []byte {
	return binary.BigEndian.AppendUint32([]byte(p.Entry+"\x00"), uint32(p.Index))
}

// Seal encrypts a chunk: a random nonce, then the ciphertext.
func (c *Cipher) Seal(chunk []byte, at Place) ([]byte, error) {
	nonce := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(chunk)+chacha20poly1305.Overhead)
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("cannot encrypt: %w", err)
	}
	return c.aead.Seal(nonce, nonce, chunk, at.bytes()), nil
}

// Open decrypts a chunk in place. The error is ErrAltered.
func (c *Cipher) Open(sealed []byte, at Place) ([]byte, error) {
	if len(sealed) < Overhead {
		return nil, ErrAltered
	}
	body := sealed[chacha20poly1305.NonceSizeX:]
	out, err := c.aead.Open(body[:0], sealed[:chacha20poly1305.NonceSizeX], body, at.bytes())
	if err != nil {
		return nil, ErrAltered
	}
	return out, nil
}
