package wire_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/uplink/wire"
)

func someRoster() wire.Roster {
	return wire.Roster{
		V: 1, Kiosk: "10000001", Issued: 1764000000000, Office: bytes.Repeat([]byte{4}, 65),
		People: []wire.Person{
			{Number: "1001", Name: "王技术", Role: wire.RoleTechnician, PIN: make([]byte, 32)},
			{Number: "1002", Name: "Li", Role: wire.RoleTechnician, PIN: make([]byte, 32)},
		},
	}
}

func TestRosterIsSigned(t *testing.T) {
	priv := officeKey()
	pub := priv.Public().(ed25519.PublicKey)
	s, err := wire.SignRoster(priv, someRoster())
	if err != nil {
		t.Fatal(err)
	}
	got, err := wire.OpenRoster(pub, s)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(someRoster(), got); d != "" {
		t.Error(d)
	}
	if _, err := wire.OpenJob(pub, s); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("a roster opens as a job: %v", err)
	}
	j, err := wire.SignJob(priv, someJob())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wire.OpenRoster(pub, j); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("a job opens as a roster: %v", err)
	}
	s.Body = bytes.Replace(s.Body, []byte("1002"), []byte("1003"), 1)
	if _, err := wire.OpenRoster(pub, s); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("changed: %v", err)
	}
}

// TestLargestRosterFits: as many people as may be, with the longest fields, are one
// message.
func TestLargestRosterFits(t *testing.T) {
	r := someRoster()
	r.Kiosk, r.People = strings.Repeat("9", 64), nil
	for i := range wire.MaxPeople {
		r.People = append(r.People, wire.Person{
			Number: fmt.Sprintf("%08d", i), Name: strings.Repeat("王", 16), Role: wire.RoleTechnician, PIN: bytes.Repeat([]byte{0xff}, 32),
		})
	}
	s, err := wire.SignRoster(officeKey(), r)
	if err != nil {
		t.Fatal(err)
	}
	b, err := wire.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d bytes", len(b), wire.MaxControl)
	r.People = append(r.People, wire.Person{Number: "99999999", Name: "x", Role: wire.RoleTechnician, PIN: make([]byte, 32)})
	if _, err := wire.SignRoster(officeKey(), r); !errors.Is(err, wire.ErrMessage) {
		t.Errorf("one more: %v", err)
	}
}

func TestRostersAreChecked(t *testing.T) {
	for name, change := range map[string]func(*wire.Roster){
		"version":     func(r *wire.Roster) { r.V = 2 },
		"kiosk":       func(r *wire.Roster) { r.Kiosk = "*" },
		"issued":      func(r *wire.Roster) { r.Issued = 0 },
		"office":      func(r *wire.Roster) { r.Office = r.Office[:33] },
		"no number":   func(r *wire.Roster) { r.People[0].Number = "" },
		"number":      func(r *wire.Roster) { r.People[0].Number = "10O1" },
		"long number": func(r *wire.Roster) { r.People[1].Number = "123456789" },
		"order":       func(r *wire.Roster) { r.People[0].Number = "1003" },
		"twice":       func(r *wire.Roster) { r.People[0].Number = "1002" },
		"no name":     func(r *wire.Roster) { r.People[0].Name = "" },
		"long name":   func(r *wire.Roster) { r.People[0].Name = strings.Repeat("王", 17) },
		"markup":      func(r *wire.Roster) { r.People[0].Name = "<b>" },
		"control":     func(r *wire.Roster) { r.People[0].Name = "a\nb" },
		"role":        func(r *wire.Roster) { r.People[0].Role = "king" },
		"no pin":      func(r *wire.Roster) { r.People[0].PIN = nil },
	} {
		r := someRoster()
		change(&r)
		if _, err := wire.SignRoster(officeKey(), r); !errors.Is(err, wire.ErrMessage) {
			t.Errorf("%s: got %v, want ErrMessage", name, err)
		}
	}
}

func FuzzOpenRoster(f *testing.F) {
	s, err := wire.SignRoster(officeKey(), someRoster())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Body)
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var r wire.Roster
		if wire.Decode(body, &r) != nil || r.Check() != nil {
			return
		}
		s, err := wire.SignRoster(officeKey(), r)
		if err != nil {
			t.Fatal(err)
		}
		back, err := wire.OpenRoster(officeKey().Public().(ed25519.PublicKey), s)
		if err != nil || !cmp.Equal(back, r) {
			t.Fatalf("%+v opens as %+v, %v", r, back, err)
		}
	})
}
