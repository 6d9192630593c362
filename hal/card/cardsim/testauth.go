package cardsim

import "crypto/sha256"

// Purposes of the test algorithm's keys: the P2 of the commands that use them.
const (
	KeyInternal = 0x01
	KeyExternal = 0x02
	KeyMAC      = 0x03
)

// TestAuth is the test algorithm of the authentications: the first 8 bytes of
// SHA-256("test-auth", key, purpose, serial, challenge). It takes the place of a cipher
// that is not public, and protects nothing.
func TestAuth(key [16]byte, purpose byte, serial [8]byte, challenge []byte) []byte {
	return testSum("test-auth", key, purpose, serial, challenge, nil)[:8]
}

// TestMAC is the test algorithm of secure UPDATE BINARY: the first 4 bytes of
// SHA-256("test-mac", key, KeyMAC, serial, challenge, header and data), where the
// challenge is the last one the card gave and the header is CLA INS P1 P2 Lc as
// sent, Lc counting the MAC.
func TestMAC(key [16]byte, serial [8]byte, challenge, headerAndData []byte) []byte {
	return testSum("test-mac", key, KeyMAC, serial, challenge, headerAndData)[:4]
}

func testSum(what string, key [16]byte, purpose byte, serial [8]byte, challenge, data []byte) []byte {
	h := sha256.New()
	h.Write([]byte(what))
	h.Write(key[:])
	h.Write([]byte{purpose})
	h.Write(serial[:])
	h.Write(challenge)
	h.Write(data)
	return h.Sum(nil)
}
