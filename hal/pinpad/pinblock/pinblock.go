// Package pinblock makes the PIN blocks of ISO 9564-1, formats 0 and 4, and the
// key check values and MACs that go with them. A pad does this inside itself; the
// package is for the simulator, and for tests as an oracle of the layout.
//
// Format 0: 0 | length | PIN | F fill, XOR 0000 | the 12 rightmost digits of the
// account number without its check digit; (3)DES. Format 4: 4 | length | PIN | A
// fill | 8 random bytes, AES, XOR (length-12 | account number | 0 fill), AES.
// A key check value is the first bytes of zeros encrypted (DES), or of the AES-CMAC
// where the bank says so; here the former. MACs are ANSI X9.19 (retail), ANSI X9.9 and
// UnionPay's ECB.
package pinblock

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" // what banks' pads use
	"errors"
	"fmt"
)

// ErrInput is a PIN, account number or key of a length that does not exist.
var ErrInput = errors.New("no such PIN, account number or key")

// cipherOf makes the (3)DES cipher of a key of 8, 16 or 24 bytes.
func cipherOf(key []byte) (cipher.Block, error) {
	switch len(key) {
	case 8:
		return des.NewCipher(key)
	case 16:
		return des.NewTripleDESCipher(append(append([]byte(nil), key...), key[:8]...))
	case 24:
		return des.NewTripleDESCipher(key)
	}
	return nil, fmt.Errorf("%w: key of %d bytes", ErrInput, len(key))
}

// Decrypt takes a key from under another, block by block (ECB), as pads load keys.
func Decrypt(under, cryptogram []byte) ([]byte, error) {
	c, err := cipherOf(under)
	if err != nil {
		return nil, err
	}
	if len(cryptogram) == 0 || len(cryptogram)%8 != 0 {
		return nil, fmt.Errorf("%w: cryptogram of %d bytes", ErrInput, len(cryptogram))
	}
	out := make([]byte, len(cryptogram))
	for i := 0; i < len(out); i += 8 {
		c.Decrypt(out[i:], cryptogram[i:])
	}
	return out, nil
}

// Encrypt is the inverse of Decrypt.
func Encrypt(under, key []byte) ([]byte, error) {
	c, err := cipherOf(under)
	if err != nil {
		return nil, err
	}
	if len(key) == 0 || len(key)%8 != 0 {
		return nil, fmt.Errorf("%w: key of %d bytes", ErrInput, len(key))
	}
	out := make([]byte, len(key))
	for i := 0; i < len(out); i += 8 {
		c.Encrypt(out[i:], key[i:])
	}
	return out, nil
}

// CheckValue is the key check value of a DES key: 8 zero bytes encrypted, of which
// three or four are compared.
func CheckValue(key []byte) ([]byte, error) { return Encrypt(key, make([]byte, 8)) }

// field is the clear field of the PIN: length, digits, filled to n bytes.
func field(control byte, pin string, fill byte, n int) ([]byte, error) {
	if len(pin) < 4 || len(pin) > 12 || !digits(pin) {
		return nil, fmt.Errorf("%w: PIN of %d characters", ErrInput, len(pin))
	}

	b := make([]byte, n)
	nibbles := []byte{control, byte(len(pin))}
	for _, c := range []byte(pin) {
		nibbles = append(nibbles, c-'0')
	}

	for len(nibbles) < 16 {
		nibbles = append(nibbles, fill)
	}

	for i := 0; i < 16; i += 2 {
		b[i/2] = nibbles[i]<<4 | nibbles[i+1]
	}
	return b, nil
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// Format0 is the encrypted block of format 0.
func Format0(key []byte, pin, pan string) ([]byte, error) {
	b, err := Clear0(pin, pan)
	if err != nil {
		return nil, err
	}
	return Encrypt(key, b)
}

// Clear0 is the block of format 0 before encryption.
func Clear0(pin, pan string) ([]byte, error) {
	b, err := field(0, pin, 0xF, 8)
	if err != nil {
		return nil, err
	}
	if len(pan) < 13 || len(pan) > 19 || !digits(pan) {
		return nil, fmt.Errorf("%w: account number of %d characters", ErrInput, len(pan))
	}
	d := pan[len(pan)-13 : len(pan)-1]
	for i := range 6 {
		b[2+i] ^= (d[2*i]-'0')<<4 | (d[2*i+1] - '0')
	}
	return b, nil
}

// Format4 is the encrypted block of format 4 with 8 bytes of random fill, under an
// AES key.
func Format4(key []byte, pin, pan string, random [8]byte) ([]byte, error) {
	c, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("%w: key of %d bytes", ErrInput, len(key))
	}

	b, err := field(4, pin, 0xA, 16)
	if err != nil {
		return nil, err
	}

	copy(b[8:], random[:])
	p, err := panField(pan)
	if err != nil {
		return nil, err
	}

	c.Encrypt(b, b)
	for i := range b {
		b[i] ^= p[i]
	}

	c.Encrypt(b, b)
	return b, nil
}

// panField is the account number of format 4: how many digits beyond 12, the
// digits, and zeros.
func panField(pan string) ([]byte, error) {
	if len(pan) > 19 || len(pan) < 1 || !digits(pan) {
		return nil, fmt.Errorf("%w: account number of %d characters", ErrInput, len(pan))
	}

	for len(pan) < 12 {
		pan = "0" + pan
	}

	nibbles := make([]byte, 32)
	nibbles[0] = byte(len(pan) - 12)
	for i, c := range []byte(pan) {
		nibbles[1+i] = c - '0'
	}

	b := make([]byte, 16)
	for i := range b {
		b[i] = nibbles[2*i]<<4 | nibbles[2*i+1]
	}
	return b, nil
}

// MAC is the retail MAC of ANSI X9.19: DES CBC with the left half of a key of 16
// bytes, zero padding, and at the end decrypted by the right half and encrypted by
// the left. With a key of 8 bytes it is X9.9.
func MAC(key, data []byte) ([]byte, error) {
	if len(key) != 8 && len(key) != 16 {
		return nil, fmt.Errorf("%w: key of %d bytes", ErrInput, len(key))
	}

	left, err := des.NewCipher(key[:8])
	if err != nil {
		return nil, err
	}

	var m [8]byte
	for i := 0; i < len(data); i += 8 {
		for k, c := range data[i:min(i+8, len(data))] {
			m[k] ^= c
		}
		left.Encrypt(m[:], m[:])
	}

	if len(key) == 16 {
		right, err := des.NewCipher(key[8:])
		if err != nil {
			return nil, err
		}
		right.Decrypt(m[:], m[:])
		left.Encrypt(m[:], m[:])
	}
	return m[:], nil
}

// MACX99 is the MAC of ANSI X9.9: CBC with zero padding, of triple DES under a key of
// 16 bytes.
func MACX99(key, data []byte) ([]byte, error) {
	c, err := cipherOf(key)
	if err != nil {
		return nil, err
	}

	var m [8]byte
	for i := 0; i < len(data); i += 8 {
		for k, b := range data[i:min(i+8, len(data))] {
			m[k] ^= b
		}
		c.Encrypt(m[:], m[:])
	}
	return m[:], nil
}

// MACUnionPay is UnionPay's ECB method: the XOR of all blocks, written as 16 hex
// characters; the first 8 are encrypted, XORed with the last 8 and encrypted again; the
// MAC is the first 8 hex characters of that.
func MACUnionPay(key, data []byte) ([]byte, error) {
	c, err := cipherOf(key)
	if err != nil {
		return nil, err
	}

	var sum [8]byte
	for i, b := range data {
		sum[i%8] ^= b
	}
	text := fmt.Appendf(nil, "%X", sum)

	m := text[:8]
	c.Encrypt(m, m)
	for i, b := range text[8:] {
		m[i] ^= b
	}
	c.Encrypt(m, m)
	return fmt.Appendf(nil, "%X", m[:4]), nil
}
