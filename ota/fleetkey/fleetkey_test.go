package fleetkey_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"wattkiosk/ota/fleetkey"
)

func pair(t testing.TB) fleetkey.Secret {
	t.Helper()
	s, err := fleetkey.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestKnownKey has the pair of RFC 7748, section 6.1 (Bob).
func TestKnownKey(t *testing.T) {
	line := func(mark, digits string) []byte {
		raw, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(mark + base64.StdEncoding.EncodeToString(raw) + "\n")
	}
	s, err := fleetkey.ParseSecret(line("wattkiosk-fleet-secret:", "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Public().MarshalText()
	if want := line("wattkiosk-fleet-public:", "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s %v", got, err)
	}
}

func TestFiles(t *testing.T) {
	s := pair(t)
	text, err := s.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	back, err := fleetkey.ParseSecret(text)
	if err != nil || back.Public().ID() != s.Public().ID() || len(s.Public().ID()) != 16 {
		t.Errorf("%v %v", back.Public().ID(), err)
	}
	if shown := fmt.Sprintf("%v %+v %#v %s", s, s, s, s); strings.Contains(shown, string(text[25:40])) {
		t.Error("the secret prints itself")
	}
	public, err := s.Public().MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "x", string(public), "wattkiosk-fleet-secret:", "wattkiosk-fleet-secret:AAAA", "wattkiosk-fleet-secret:????", strings.Repeat(" ", 2000) + string(text)} {
		if _, err := fleetkey.ParseSecret([]byte(bad)); err == nil {
			t.Errorf("%q was taken for a key", bad)
		}
	}
	if _, err := fleetkey.ParsePublic(text); err == nil {
		t.Error("a secret key was taken for a public one")
	}
}

func TestChunk(t *testing.T) {
	fleet, other := pair(t), pair(t)
	c, err := fleetkey.NewCipher()
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := c.Wrap(fleet.Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Unwrap(wrapped); !errors.Is(err, fleetkey.ErrNotForThisKey) {
		t.Errorf("another key: %v", err)
	}
	back, err := fleet.Unwrap(wrapped)
	if err != nil {
		t.Fatal(err)
	}
	plain := []byte("a chunk that nobody else may read")
	at := fleetkey.Place{Entry: "payload/root", Index: 3}
	seal := func() []byte {
		b, err := c.Seal(plain, at)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	sealed := seal()
	if len(sealed) != len(plain)+40 || bytes.Contains(sealed, plain[:8]) || bytes.Equal(sealed, seal()) {
		t.Errorf("%d bytes", len(sealed))
	}
	for _, wrong := range []fleetkey.Place{{Entry: "payload/root", Index: 2}, {Entry: "delta/root.0", Index: 3}} {
		if _, err := back.Open(bytes.Clone(sealed), wrong); !errors.Is(err, fleetkey.ErrAltered) {
			t.Errorf("at %v: %v", wrong, err)
		}
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := back.Open(bad, at); !errors.Is(err, fleetkey.ErrAltered) {
			t.Errorf("byte %d altered: %v", i, err)
		}
		if _, err := back.Open(bytes.Clone(sealed[:i]), at); !errors.Is(err, fleetkey.ErrAltered) {
			t.Errorf("cut at %d: %v", i, err)
		}
	}
	if got, err := back.Open(sealed, at); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("%q %v", got, err)
	}
}

func FuzzParse(f *testing.F) {
	s := pair(f)
	text, err := s.MarshalText()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	public, err := s.Public().MarshalText()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(public)
	f.Fuzz(func(t *testing.T, text []byte) {
		if k, err := fleetkey.ParsePublic(text); err == nil {
			again, err := k.MarshalText()
			if err != nil || strings.TrimSpace(string(again)) != strings.TrimSpace(string(text)) {
				t.Errorf("%q became %q", text, again)
			}
		}
		if k, err := fleetkey.ParseSecret(text); err == nil && len(k.Public().ID()) != 16 {
			t.Errorf("%q", text)
		}
	})
}
