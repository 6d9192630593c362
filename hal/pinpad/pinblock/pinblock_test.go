package pinblock_test

import (
	"encoding/hex"
	"testing"

	"wattkiosk/hal/pinpad/pinblock"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func is(t *testing.T, name string, got []byte, err error, want string) {
	t.Helper()
	if err != nil || hex.EncodeToString(got) != want {
		t.Errorf("%s: %x, %v; want %s", name, got, err, want)
	}
}

func TestFormat0(t *testing.T) {
	// PIN 1234, account number 43219876543210987: the example in public
	// descriptions of ISO 9564 format 0 (0412AC89ABCDEF67).
	b, err := pinblock.Clear0("1234", "43219876543210987")
	is(t, "clear block", b, err, "0412ac89abcdef67")
	if b, err = pinblock.Format0(unhex(t, "0123456789abcdeffedcba9876543210"), "1234", "43219876543210987"); err != nil {
		t.Fatal(err)
	}
	b, err = pinblock.Decrypt(unhex(t, "0123456789abcdeffedcba9876543210"), b)
	is(t, "decrypted", b, err, "0412ac89abcdef67")
}

func TestCheckValuesAndMAC(t *testing.T) {
	// Zeros under DES key 0123456789ABCDEF give D5D44FF720683D0D: a known vector.
	b, err := pinblock.CheckValue(unhex(t, "0123456789abcdef"))
	is(t, "check value", b, err, "d5d44ff720683d0d")
	// A double-length key of two equal halves is single DES.
	b, err = pinblock.CheckValue(unhex(t, "0123456789abcdef0123456789abcdef"))
	is(t, "check value of equal halves", b, err, "d5d44ff720683d0d")
	// FIPS 113's example: "7654321 Now is the time for " under 0123456789ABCDEF.
	b, err = pinblock.MAC(unhex(t, "0123456789abcdef"), []byte("7654321 Now is the time for "))
	is(t, "MAC of FIPS 113", b, err, "f1d30f6849312ca4")
}

func TestFormat4UndoneByHand(t *testing.T) {
	key := unhex(t, "00112233445566778899aabbccddeeff")
	b, err := pinblock.Format4(key, "1234", "432198765432109870", [8]byte{1, 2, 3, 4, 5, 6, 7, 8})
	if err != nil || len(b) != 16 {
		t.Fatalf("%x, %v", b, err)
	}
	// Made once with openssl enc -aes-128-ecb -nopad, block by block, from
	// 441234AAAAAAAAAA0102030405060708 and 64321987654321098700000000000000.
	is(t, "block", b, nil, format4Want)
}

func TestWhatIsNone(t *testing.T) {
	key := make([]byte, 16)
	for _, c := range []struct{ pin, pan string }{
		{"123", "4321987654321098"},
		{"1234567890123", "4321987654321098"},
		{"12a4", "4321987654321098"},
		{"1234", "432198765432"},
		{"1234", "43219876543210987654"},
		{"1234", "4321 98765432109"},
	} {
		if _, err := pinblock.Format0(key, c.pin, c.pan); err == nil {
			t.Errorf("%d digits and %d digits: no error", len(c.pin), len(c.pan))
		}
	}
	if _, err := pinblock.Format0(key[:5], "1234", "4321987654321098"); err == nil {
		t.Error("a key of 5 bytes was taken")
	}
	if _, err := pinblock.Format4(key[:5], "1234", "4321987654321098", [8]byte{}); err == nil {
		t.Error("an AES key of 5 bytes was taken")
	}
}

const format4Want = "601c24d01557b84fe505c4c059e30665"
