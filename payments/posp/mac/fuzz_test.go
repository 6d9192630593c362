package mac_test

import (
	"bytes"
	"testing"

	"wattkiosk/payments/posp/mac"
)

// FuzzPadding: zeros up to a whole block change no code, whatever the data.
func FuzzPadding(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("12345678"))
	f.Add([]byte("0200 and more"))
	f.Fuzz(func(t *testing.T, data []byte) {
		full := append(bytes.Clone(data), make([]byte, (16-len(data)%16)%16)...)
		maker, err := mac.NewCipher(mac.MethodSM4, newSM4([]byte("a key of 16 byte")))
		if err != nil {
			t.Fatal(err)
		}
		short, _ := maker.MAC(data)
		long, _ := maker.MAC(full)
		if short != long {
			t.Fatalf("%x, %x", short, long)
		}
	})
}
