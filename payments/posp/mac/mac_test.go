package mac_test

import (
	"crypto/des"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"wattkiosk/payments/posp/mac"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	single = "0123456789abcdef"
	double = "0123456789abcdeffedcba9876543210"
)

// TestVectors: every code was made with the openssl command, block by block; those of
// X9.9 also with two other libraries.
func TestVectors(t *testing.T) {
	for name, data := range map[string]struct {
		data []byte
		want map[string]string // by method and key
	}{
		"23 bytes": {unhex(t, "0200302004c020c0981100000000000000000100000001"), map[string]string{
			"unpay " + single: hex.EncodeToString([]byte("766ACEFE")),
			"unpay " + double: hex.EncodeToString([]byte("F3F599E7")),
			"sm4 " + double:   hex.EncodeToString([]byte("AC70A0F2")),
			"x9.9 " + single:  "29c9da3076656316",
			"x9.9 " + double:  "2a6a3a27bc564c34",
			"x9.19 " + single: "29c9da3076656316",
			"x9.19 " + double: "baca26a95ad02d96",
		}},
		"27 bytes": {append(unhex(t, "0200f020000000c08000"), "HELLO WORLD 12345"...), map[string]string{
			"unpay " + single: hex.EncodeToString([]byte("7F6D2481")),
			"unpay " + double: hex.EncodeToString([]byte("8D4CA543")),
			"sm4 " + double:   hex.EncodeToString([]byte("F8D30D33")),
			"x9.9 " + single:  "5e0264c0be61982f",
			"x9.9 " + double:  "584e9222af6f8b82",
			"x9.19 " + single: "5e0264c0be61982f",
			"x9.19 " + double: "f23dc13cfe649feb",
		}},
	} {
		for how, want := range data.want {
			method, key, _ := strings.Cut(how, " ")
			var maker mac.Maker
			var err error
			switch method {
			case "sm4":
				maker, err = mac.NewCipher(mac.MethodSM4, newSM4(unhex(t, key)))
			case "unpay":
				maker, err = mac.New(mac.MethodUnionPay, unhex(t, key))
			default:
				maker, err = mac.New(mac.Method(method), unhex(t, key))
			}
			if err != nil {
				t.Fatalf("%s: %v", how, err)
			}
			code, err := maker.MAC(data.data)
			if err != nil || hex.EncodeToString(code[:]) != want {
				t.Errorf("%s, %s: %x, %v, want %s", name, how, code, err, want)
			}
		}
	}
}

func TestCheckValues(t *testing.T) {
	for key, want := range map[string]string{single: "d5d44ff7", double: "08d7b4fb"} {
		c, err := mac.Triple(unhex(t, key))
		if err != nil {
			t.Fatal(err)
		}
		if got := mac.CheckValue(c); hex.EncodeToString(got[:]) != want {
			t.Errorf("%s: %x, want %s", key, got, want)
		}
	}
	if got := mac.CheckValue(newSM4(unhex(t, double))); hex.EncodeToString(got[:]) != "2677f46b" {
		t.Errorf("SM4: %x", got)
	}
}

func TestEveryByteCounts(t *testing.T) {
	data := []byte("0200 a message of four blocks, all.")
	for _, m := range []mac.Method{mac.MethodUnionPay, mac.MethodX99, mac.MethodX919} {
		maker, err := mac.New(m, unhex(t, double))
		if err != nil {
			t.Fatal(err)
		}
		whole, _ := maker.MAC(data)
		for i := range data {
			data[i] ^= 1
			if code, _ := maker.MAC(data); code.Equal(whole[:]) || code == whole {
				t.Errorf("%s: byte %d does not count", m, i)
			}
			data[i] ^= 1
		}
		if code, _ := maker.MAC(data); !code.Equal(whole[:]) || code.Equal(whole[:4]) || code.Equal(nil) {
			t.Errorf("%s: Equal", m)
		}
	}
}

func TestRefusesKeys(t *testing.T) {
	for _, n := range []int{0, 7, 15, 24} {
		if _, err := mac.New(mac.MethodX919, make([]byte, n)); err == nil {
			t.Errorf("a key of %d bytes", n)
		}
	}
	if _, err := mac.New(mac.MethodSM4, unhex(t, double)); err == nil {
		t.Error("SM4 with a DES key")
	}
	block, err := des.NewCipher(unhex(t, single))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []mac.Method{mac.MethodSM4, mac.MethodX919, "crc"} {
		if _, err := mac.NewCipher(m, block); err == nil {
			t.Errorf("%s with one DES cipher", m)
		}
	}
	if _, err := (mac.Soft{}).MAC(nil); err == nil {
		t.Error("a code without a key")
	}
}

func TestAKeyIsNotPrinted(t *testing.T) {
	maker, err := mac.New(mac.MethodUnionPay, unhex(t, double))
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{fmt.Sprintf("%v %+v %s", maker, maker, maker), fmt.Sprintf("%#v", maker), slog.AnyValue(maker).Resolve().String()} {
		if strings.ReplaceAll(strings.ReplaceAll(said, "mac.Soft", ""), " ", "") != "" {
			t.Errorf("%s", said)
		}
	}
}
