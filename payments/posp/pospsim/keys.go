package pospsim

import (
	"crypto/cipher"
	"crypto/des"
	"fmt"
	"slices"

	"wattkiosk/payments/posp/mac"
)

// signIn gives out new working keys, and says which batch is open.
func (b *Bank) signIn(t *terminal, m message) message {
	keys := b.newKeys(t, m.digits(60, 8, 11))
	if keys == nil {
		return m.answer("30")
	}
	a := m.answer("00")
	b.stamp(a)
	a.fields[32] = "01020304"
	a.fields[60] = fmt.Sprintf("00%06d%03d", t.batch, m.digits(60, 8, 11))
	a.fields[62] = string(keys)
	return a
}

// The schemes of a sign-in, field 60.3.
const (
	singleLength    = 1
	doubleLength    = 3
	doubleWithTrack = 4
)

// newKeys makes working keys for a scheme and returns field 62; nil for a scheme that
// does not exist.
func (b *Bank) newKeys(t *terminal, scheme int64) []byte {
	pinLen, macLen := 16, 8
	switch scheme {
	case singleLength:
		pinLen = 8
	case doubleLength, doubleWithTrack:
	default:
		return nil
	}
	if b.double && pinLen == 16 {
		macLen = 16
	}

	pin, code := b.random(pinLen), b.random(macLen)
	maker, err := mac.New(b.method, code)
	if err != nil {
		panic(fmt.Sprintf("pospsim: %v", err))
	}
	t.pin, t.mac = tripleDES(pin), maker
	field := append(t.wrap(pin, pinLen), t.wrap(code, pinLen)...)
	if scheme == doubleWithTrack {
		field = append(field, t.wrap(b.random(16), 16)...)
	}
	return field
}

// wrap encrypts a key under the terminal's master key, fills it up with zeros, and adds
// its check value.
func (t *terminal) wrap(key []byte, length int) []byte {
	master := tripleDES(t.Master[:])
	out := make([]byte, length+4)
	for i := 0; i < len(key); i += des.BlockSize {
		master.Encrypt(out[i:], key[i:])
	}
	var zeros [des.BlockSize]byte
	tripleDES(key).Encrypt(zeros[:], zeros[:])
	copy(out[length:], zeros[:4])
	return out
}

func (b *Bank) random(n int) []byte {
	key := make([]byte, n)
	for i := range key {
		key[i] = byte(b.rand.Uint32())
	}
	return key
}

// tripleDES is the cipher of a key of 8 or 16 bytes.
func tripleDES(key []byte) cipher.Block {
	whole := slices.Concat(key, key, key)
	if len(key) == 16 {
		whole = slices.Concat(key, key[:8])
	}
	c, err := des.NewTripleDESCipher(whole[:24])
	if err != nil {
		panic(fmt.Sprintf("pospsim: %v", err))
	}
	return c
}

// clearPIN is the PIN of a block of ISO 9564-1 format 0; false where the block is none
// for that card.
func clearPIN(key cipher.Block, block, pan string) (string, bool) {
	if key == nil || len(block) != des.BlockSize || len(pan) < 13 {
		return "", false
	}
	clear := make([]byte, des.BlockSize)
	key.Decrypt(clear, []byte(block))
	account := "0000" + pan[len(pan)-13:len(pan)-1]
	for i := range clear {
		clear[i] ^= (account[2*i]-'0')<<4 | (account[2*i+1] - '0')
	}

	n := int(clear[0])
	if n < 4 || n > 12 {
		return "", false
	}
	digits := fmt.Sprintf("%X", clear[1:])
	for i, c := range digits {
		if i < n != (c <= '9') || i >= n && c != 'F' {
			return "", false
		}
	}
	return digits[:n], true
}
