package mac_test

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"testing"
)

// sm4 is the cipher of GB/T 32907, one direction, plainly: the tests bring it.
type sm4 [32]uint32

const sboxHex = "d690e9fecce13db716b614c228fb2c052b679a762abe04c3aa441326498606999c4250f491ef987a33540b43edcfac62e4b31ca9c908e89580df94fa758f3fa6" +
	"4707a7fcf37317ba83593c19e6854fa8686b81b27164da8bf8eb0f4b70569d351e240e5e6358d1a225227c3b01217887d40046579fd327524c3602e7a0c4c89e" +
	"eabf8ad240c738b5a3f7f2cef96115a1e0ae5da49b341a55ad933230f58cb1e31df6e22e8266ca60c02923ab0d534e6fd5db3745defd8e2f03ff6a726d6c5b51" +
	"8d1baf92bbddbc7f11d95c411f105ad80ac13188a5cd7bbd2d74d012b8e5b4b08969974a0c96777e65b9f109c56ec68418f07dec3adc4d2079ee5f3ed7cb3948"

var sbox, _ = hex.DecodeString(sboxHex)

func substitute(x uint32) uint32 {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], x)
	for i := range b {
		b[i] = sbox[b[i]]
	}
	return binary.BigEndian.Uint32(b[:])
}

func newSM4(key []byte) *sm4 {
	var k [36]uint32
	for i, fk := range [4]uint32{0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc} {
		k[i] = binary.BigEndian.Uint32(key[4*i:]) ^ fk
	}
	var c sm4
	for i := range c {
		var ck uint32
		for j := range 4 {
			ck = ck<<8 | uint32((4*i+j)*7%256)
		}
		t := substitute(k[i+1] ^ k[i+2] ^ k[i+3] ^ ck)
		k[i+4] = k[i] ^ t ^ bits.RotateLeft32(t, 13) ^ bits.RotateLeft32(t, 23)
		c[i] = k[i+4]
	}
	return &c
}

func (c *sm4) BlockSize() int { return 16 }

func (c *sm4) Encrypt(dst, src []byte) {
	var x [36]uint32
	for i := range 4 {
		x[i] = binary.BigEndian.Uint32(src[4*i:])
	}
	for i, k := range c {
		t := substitute(x[i+1] ^ x[i+2] ^ x[i+3] ^ k)
		x[i+4] = x[i] ^ t ^ bits.RotateLeft32(t, 2) ^ bits.RotateLeft32(t, 10) ^ bits.RotateLeft32(t, 18) ^ bits.RotateLeft32(t, 24)
	}
	for i := range 4 {
		binary.BigEndian.PutUint32(dst[4*i:], x[35-i])
	}
}

func (c *sm4) Decrypt(_, _ []byte) { panic("no code is decrypted") }

// TestSM4 is example 1 of GB/T 32907: the cipher of these tests is right.
func TestSM4(t *testing.T) {
	key := unhex(t, "0123456789abcdeffedcba9876543210")
	got := make([]byte, 16)
	newSM4(key).Encrypt(got, key)
	if hex.EncodeToString(got) != "681edf34d206965e86b3e94f536e4246" {
		t.Errorf("%x", got)
	}
}
