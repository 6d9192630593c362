package mac

import (
	"crypto/cipher"
	"crypto/subtle"
	"encoding/hex"
)

// Size is the length of a code, in bytes.
const Size = 8

// Code is a message authentication code as field 64 has it.
type Code [Size]byte

// Equal compares in constant time.
func (c Code) Equal(other []byte) bool { return subtle.ConstantTimeCompare(c[:], other) == 1 }

// Maker makes codes under one key. It may ask a device, so it can fail.
type Maker interface {
	MAC(data []byte) (Code, error)
}

// UnionPay is UnionPay's ECB method. The blocks of data, the last filled up with
// zeros, are added by XOR; the sum in hexadecimal characters is two blocks, of which
// the first is encrypted, added to the second, and encrypted again. The code is the
// first eight hexadecimal characters of that. A block is that of the cipher.
func UnionPay(key cipher.Block, data []byte) Code {
	n := key.BlockSize()
	sum := make([]byte, n)
	for len(data) > 0 {
		data = data[subtle.XORBytes(sum, sum, data[:min(n, len(data))]):]
	}

	var code Code
	copy(code[:], upperHex(twice(key, upperHex(sum))))
	return code
}

// twice encrypts the first block, adds the second and encrypts again.
func twice(key cipher.Block, two []byte) []byte {
	n := key.BlockSize()
	r := make([]byte, n)
	key.Encrypt(r, two[:n])
	subtle.XORBytes(r, r, two[n:])
	key.Encrypt(r, r)
	return r
}

// upperHex is b in the characters 0 to 9 and A to F.
func upperHex(b []byte) []byte {
	out := hex.AppendEncode(nil, b)
	for i, c := range out {
		if c >= 'a' {
			out[i] = c - 'a' + 'A'
		}
	}
	return out
}

// X99 is ANSI X9.9: CBC over data with zeros after it; the code is the last block. The
// cipher's block must be of eight bytes.
func X99(key cipher.Block, data []byte) Code {
	var code Code
	for len(data) > 0 {
		data = data[subtle.XORBytes(code[:], code[:], data[:min(Size, len(data))]):]
		key.Encrypt(code[:], code[:])
	}
	return code
}

// X919 is ANSI X9.19: X99 under the left key, whose result is decrypted under the
// right key and encrypted under the left one.
func X919(left, right cipher.Block, data []byte) Code {
	code := X99(left, data)
	right.Decrypt(code[:], code[:])
	left.Encrypt(code[:], code[:])
	return code
}

// CheckValue is the key check value: the first four bytes of zeros encrypted.
func CheckValue(key cipher.Block) [4]byte {
	zeros := make([]byte, key.BlockSize())
	key.Encrypt(zeros, zeros)
	return [4]byte(zeros)
}
