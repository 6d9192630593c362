package cardsim

import (
	"crypto/cipher"
	"crypto/des"
	"encoding/hex"
	"fmt"
	"strings"
)

// BankKey is a key of 16 bytes: two DES keys, or one of SM4.
type BankKey [16]byte

// MarshalText writes hexadecimal digits.
func (k BankKey) MarshalText() ([]byte, error) { return Hex(k[:]).MarshalText() }

// UnmarshalText reads 32 hexadecimal digits.
func (k *BankKey) UnmarshalText(text []byte) error {
	if len(text) != 2*len(k) {
		return fmt.Errorf("key of %d digits", len(text))
	}
	_, err := hex.Decode(k[:], text)

	return err
}

// BankAlgorithm says how the keys of a bank card are used. The zero value is PBOC with
// triple DES.
//
// What is certain, what is not: the derivation of a card's key (option A), the common
// session key and the retail MAC are EMV Book 2 (annexes A1.3, A1.4 and A1.2). The
// session keys of PBOC are from general knowledge of JR/T 0025.7 and not checked
// against its text: nothing but this package and its issuer depends on them.
type BankAlgorithm struct {
	SM4    bool `json:"sm4,omitempty"`    // in place of triple DES
	Common bool `json:"common,omitempty"` // EMV's common session keys in place of PBOC's
}

// blockSize is that of the cipher, in bytes.
func (a BankAlgorithm) blockSize() int {
	if a.SM4 {
		return sm4Size
	}

	return des.BlockSize
}

// ecb enciphers whole blocks, each by itself.
func (a BankAlgorithm) ecb(key BankKey, data []byte) []byte {
	out := make([]byte, 0, len(data))
	for size := a.blockSize(); len(data) >= size; data = data[size:] {
		out = append(out, a.block(key, data[:size])...)
	}

	return out
}

func (a BankAlgorithm) block(key BankKey, block []byte) []byte {
	if a.SM4 {
		out := sm4Expand(key).encrypt([sm4Size]byte(block))
		return out[:]
	}
	out := make([]byte, des.BlockSize)
	tripleDES(key).Encrypt(out, block)

	return out
}

// Decipher deciphers whole blocks, each by itself.
func (a BankAlgorithm) Decipher(key BankKey, data []byte) []byte {
	out := make([]byte, 0, len(data))
	for size := a.blockSize(); len(data) >= size; data = data[size:] {
		if a.SM4 {
			clear := sm4Expand(key).reversed().encrypt([sm4Size]byte(data))
			out = append(out, clear[:]...)
			continue
		}
		clear := make([]byte, size)
		tripleDES(key).Decrypt(clear, data[:size])
		out = append(out, clear...)
	}

	return out
}

// tripleDES is triple DES with two keys: the left one, the right one, the left one.
func tripleDES(key BankKey) cipher.Block {
	b, err := des.NewTripleDESCipher(append(clone(key[:]), key[:8]...))
	if err != nil { // not reachable: 24 bytes
		panic(err)
	}

	return b
}

// CardKey is the key of one card, made of an issuer's master key: the last 16 digits
// of PAN and sequence number, and their complement, enciphered (option A).
func (a BankAlgorithm) CardKey(master BankKey, pan, sequence string) BankKey {
	digits := pan + sequence
	digits = strings.Repeat("0", max(0, 16-len(digits))) + digits
	y, err := hex.DecodeString(digits[len(digits)-16:])
	if err != nil {
		panic("cardsim: PAN is not of digits")
	}

	return BankKey(a.ecb(master, append(y, complement(y)...)))
}

func complement(b []byte) []byte {
	c := make([]byte, len(b))
	for i := range b {
		c[i] = ^b[i]
	}

	return c
}

// SessionKey is the key of one payment's cryptograms.
func (a BankAlgorithm) SessionKey(card BankKey, atc uint16) BankKey {
	if a.Common {
		return a.common(card, [8]byte{byte(atc >> 8), byte(atc)})
	}

	return a.byCount(card, atc)
}

// ScriptKey is the key of the scripts of one payment: their MAC, or what they encipher.
func (a BankAlgorithm) ScriptKey(card BankKey, atc uint16, cryptogram [8]byte) BankKey {
	if a.Common {
		return a.common(card, cryptogram)
	}

	return a.byCount(card, atc)
}

// common is EMV's: the third byte is F0 for the left half, 0F for the right one.
func (a BankAlgorithm) common(card BankKey, r [8]byte) BankKey {
	left, right := r, r
	left[2], right[2] = 0xF0, 0x0F

	return BankKey(a.ecb(card, append(left[:], right[:]...)))
}

// byCount is PBOC's: the count, and its complement, after six zeros.
func (a BankAlgorithm) byCount(card BankKey, atc uint16) BankKey {
	b := make([]byte, 16)
	b[6], b[7] = byte(atc>>8), byte(atc)
	b[14], b[15] = ^b[6], ^b[7]

	return BankKey(a.ecb(card, b))
}

// MAC is that of cryptograms and scripts: 80 and zeros fill the last block; DES in CBC
// mode with triple DES in the last block (ISO/IEC 9797-1, algorithm 3), or SM4 in CBC
// mode, of which the first eight bytes are taken.
func (a BankAlgorithm) MAC(key BankKey, data []byte) [8]byte {
	size := a.blockSize()
	data = append(clone(data), 0x80)
	for len(data)%size != 0 {
		data = append(data, 0)
	}

	single, err := des.NewCipher(key[:8])
	if err != nil { // not reachable: 8 bytes
		panic(err)
	}
	sum := make([]byte, size)
	for ; len(data) > 0; data = data[size:] {
		for i := range sum {
			sum[i] ^= data[i]
		}
		if a.SM4 || len(data) == size {
			sum = a.block(key, sum)
		} else {
			single.Encrypt(sum, sum)
		}
	}

	return [8]byte(sum)
}

// Response is the issuer's answer to a cryptogram, ARPC of method 1: the code, filled
// up with zeros, is laid over the cryptogram and enciphered.
func (a BankAlgorithm) Response(session BankKey, cryptogram [8]byte, code [2]byte) [8]byte {
	block := make([]byte, a.blockSize())
	copy(block, cryptogram[:])
	block[0] ^= code[0]
	block[1] ^= code[1]

	return [8]byte(a.block(session, block))
}

// Seal enciphers what a script changes secretly: its length, the bytes, 80 and zeros.
func (a BankAlgorithm) Seal(key BankKey, secret []byte) []byte {
	b := append([]byte{byte(len(secret))}, secret...)
	if len(b)%a.blockSize() != 0 {
		b = append(b, 0x80)
	}
	for len(b)%a.blockSize() != 0 {
		b = append(b, 0)
	}

	return a.ecb(key, b)
}

// Open is what Seal enciphered; false when it is not such.
func (a BankAlgorithm) Open(key BankKey, sealed []byte) (secret []byte, ok bool) {
	if len(sealed) == 0 || len(sealed)%a.blockSize() != 0 {
		return nil, false
	}
	b := a.Decipher(key, sealed)
	if int(b[0]) >= len(b) {
		return nil, false
	}

	return b[1 : 1+int(b[0])], true
}
