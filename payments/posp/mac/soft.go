package mac

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"errors"
	"fmt"
	"log/slog"
)

// Method is a way of making codes.
type Method string

// The methods.
const (
	MethodUnionPay Method = "unionpay"     // under 8 bytes DES, under 16 triple DES
	MethodX99      Method = "x9.9"         // the same
	MethodX919     Method = "x9.19"        // 16 bytes; 8 are X9.9
	MethodSM4      Method = "unionpay-sm4" // UnionPay's method with SM4: see NewCipher
)

// Soft makes codes in software: for simulators and tests. It never prints its key.
type Soft struct{ make func(data []byte) Code }

var _ Maker = Soft{}

// New makes codes under a DES key of 8 or 16 bytes.
func New(m Method, key []byte) (Soft, error) {
	whole, err := Triple(key)
	if err != nil {
		return Soft{}, err
	}
	if m != MethodX919 {
		return NewCipher(m, whole)
	}

	left, err := des.NewCipher(key[:des.BlockSize])
	if err != nil {
		return Soft{}, err
	}
	right, err := des.NewCipher(key[len(key)-des.BlockSize:])
	if err != nil {
		return Soft{}, err
	}
	return Soft{func(data []byte) Code { return X919(left, right, data) }}, nil
}

// NewCipher makes codes with a cipher that the caller brings, such as SM4.
func NewCipher(m Method, key cipher.Block) (Soft, error) {
	switch {
	case m == MethodUnionPay && key.BlockSize() == des.BlockSize, m == MethodSM4 && key.BlockSize() == 2*des.BlockSize:
		return Soft{func(data []byte) Code { return UnionPay(key, data) }}, nil
	case m == MethodX99 && key.BlockSize() == des.BlockSize:
		return Soft{func(data []byte) Code { return X99(key, data) }}, nil
	}
	return Soft{}, fmt.Errorf("method %q cannot be used with a cipher of %d bytes", m, key.BlockSize())
}

// ErrKey is what a key of another length than 8 or 16 bytes is refused with.
var ErrKey = errors.New("a key is 8 or 16 bytes")

// Triple is the cipher of a DES key: single DES under 8 bytes, triple DES with two keys
// under 16.
func Triple(key []byte) (cipher.Block, error) {
	switch len(key) {
	case des.BlockSize:
		return des.NewCipher(key)
	case 2 * des.BlockSize:
		return des.NewTripleDESCipher(bytes.Join([][]byte{key, key[:des.BlockSize]}, nil))
	}
	return nil, ErrKey
}

// MAC makes the code of data. It fails only for the zero Soft, which has no key.
func (s Soft) MAC(data []byte) (Code, error) {
	if s.make == nil {
		return Code{}, ErrKey
	}
	return s.make(data), nil
}

// String hides the key.
func (Soft) String() string { return "mac.Soft" }

// GoString hides the key.
func (Soft) GoString() string { return "mac.Soft" }

// LogValue hides the key.
func (Soft) LogValue() slog.Value { return slog.StringValue("mac.Soft") }
