package credential_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"testing"

	"wattkiosk/uplink/credential"
)

// Keys and codes were computed by other means: arithmetic on P-256 in Python's
// integers, HKDF and HMAC by Python's hmac.
const (
	kioskKey   = "d99cff6fc8a2f1fbc39e1c8f4f9eb28d692c40900bbb3486b426a13da37b79a0"
	officeKey  = "5cc3f82838ba7260203e4590ce03d00e1663d41f6a5167144f5c95d6be2166a0"
	kioskHalf  = "04594a61b116474b7464f24c2626b85ca44ed9fefeb36f32fa1c016cf79b12fddc57b6c165845fe76a220e249c63386041f27e72dc8ae7a79f23b2bec13697e39f"
	officeHalf = "04778d0383e75a24b6a98204ccc0b6ce1965564bf7942f3978ccc488e359257c1f9250fd3412c5d0be678c03f8d44b6188b051b2665a6f77f37aac24cd536ecdcf"
)

func TestCodesAreThoseOfAnotherTool(t *testing.T) {
	for _, c := range []struct{ private, half string }{{kioskKey, officeHalf}, {officeKey, kioskHalf}} {
		private, err := ecdh.P256().NewPrivateKey(unhex(t, c.private))
		if err != nil {
			t.Fatal(err)
		}
		public, err := credential.ParseHalf(unhex(t, c.half))
		if err != nil {
			t.Fatal(err)
		}
		k, err := credential.Agree(private, public)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct{ kiosk, number, challenge, code string }{
			{"10000001", "1001", "482913", "59833498"},
			{"10000001", "1001", "000000", "62151315"},
			{"10000002", "1001", "482913", "51950723"},
			{"10000001", "1002", "482913", "62826170"},
		} {
			if got := k.Code(x.kiosk, x.number, x.challenge); got != x.code {
				t.Errorf("%+v: got %s", x, got)
			}
			if !k.Match(x.kiosk, x.number, x.challenge, x.code) {
				t.Errorf("%+v does not match", x)
			}
			for _, wrong := range []string{"", "0" + x.code, x.code[:7], "59833499"} {
				if k.Match(x.kiosk, x.number, x.challenge, wrong) {
					t.Errorf("%+v: %q matches", x, wrong)
				}
			}
		}
	}
}

func TestKeysOfCertificates(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a, err := credential.Agree(ec, &other.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	half, err := credential.Half(&ec.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public, err := credential.ParseHalf(half)
	if err != nil {
		t.Fatal(err)
	}
	b, err := credential.Agree(other, public)
	if err != nil || a.Code("1", "2", "3") != b.Code("1", "2", "3") {
		t.Errorf("they do not agree: %v", err)
	}
	ed, edKey, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	x, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, private := range map[string]crypto.PrivateKey{"nil": nil, "nil ECDSA": (*ecdsa.PrivateKey)(nil), "Ed25519": edKey, "P-384": p384, "X25519": x} {
		if _, err := credential.Agree(private, &ec.PublicKey); !errors.Is(err, credential.ErrKey) || !errors.Is(credential.CheckPrivate(private), credential.ErrKey) {
			t.Errorf("private %s: %v", name, err)
		}
	}
	for name, public := range map[string]crypto.PublicKey{"nil": nil, "nil ECDSA": (*ecdsa.PublicKey)(nil), "Ed25519": ed, "P-384": &p384.PublicKey, "X25519": x.PublicKey()} {
		if _, err := credential.Half(public); !errors.Is(err, credential.ErrKey) {
			t.Errorf("public %s: %v", name, err)
		}
	}
	for _, bad := range [][]byte{nil, half[:64], append([]byte{4}, make([]byte, 64)...), bytes.Repeat([]byte{4}, 65)} {
		if _, err := credential.ParseHalf(bad); !errors.Is(err, credential.ErrKey) {
			t.Errorf("half %x: %v", bad, err)
		}
	}
}

// TestPINIsArgon2id: the vector is of the reference implementation,
// argon2 saltsaltsaltsalt -id -t 2 -k 19456 -p 1 -l 16.
func TestPINIsArgon2id(t *testing.T) {
	hash := append([]byte("saltsaltsaltsalt"), unhex(t, "b189a34e516baca574fa7fd997db1ce7")...)
	if !credential.MatchPIN(hash, "284915") {
		t.Error("the PIN does not match")
	}
	for _, wrong := range []string{"", "284916", "28491", "2849150", "284915284915284915"} {
		if credential.MatchPIN(hash, wrong) {
			t.Errorf("%q matches", wrong)
		}
	}
	if credential.MatchPIN(hash[:31], "284915") || credential.MatchPIN(nil, "") {
		t.Error("a malformed hash matches")
	}
}

func TestPINs(t *testing.T) {
	a, err := credential.HashPIN("284915")
	if err != nil {
		t.Fatal(err)
	}
	b, err := credential.HashPIN("284915")
	if err != nil || bytes.Equal(a, b) || len(a) != 32 {
		t.Errorf("%x, then %x, %v", a, b, err)
	}
	if !credential.MatchPIN(a, "284915") || !credential.MatchPIN(b, "284915") {
		t.Error("they do not match")
	}
	for _, bad := range []string{"", "28491", "2849152849152", "28491a", "２８４９１５", "000000", "123456", "987654", "111111111111"} {
		if _, err := credential.HashPIN(bad); !errors.Is(err, credential.ErrPIN) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, good := range []string{"001122", "123457", "135790", "112233445566"} {
		if _, err := credential.HashPIN(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

func TestChallenges(t *testing.T) {
	seen := map[string]bool{}
	for range 50 {
		c, err := credential.NewChallenge()
		if err != nil || !credential.IsChallenge(c) {
			t.Fatalf("%q, %v", c, err)
		}
		seen[c] = true
	}
	if len(seen) < 45 {
		t.Errorf("%d different ones of 50", len(seen))
	}
	for _, bad := range []string{"", "12345", "1234567", "12345x", "12 456"} {
		if credential.IsChallenge(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
