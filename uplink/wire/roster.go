package wire

import (
	"crypto"
	"crypto/ed25519"
	"fmt"
	"unicode/utf8"
)

// Bounds of a roster: so many people that it fits a control message, signed.
const (
	MaxPeople      = 128
	MaxStaffNumber = 8  // digits
	MaxStaffName   = 48 // bytes
	PINHash        = 32 // bytes: salt and key, see uplink/credential
	OfficeHalf     = 65 // bytes: an uncompressed point of P-256
)

// Role is what a person may do at a kiosk.
type Role string

// The roles. A technician logs in with a one-time code of head office beside the PIN.
// Collectors log in with the PIN alone, and do nothing alone: it takes two of them.
const (
	RoleTechnician Role = "technician" // may install updates and try devices
	RoleCollector  Role = "collector"  // may take the cash out, with another one
)

// Known reports whether there is such a role.
func (r Role) Known() bool { return r == RoleTechnician || r == RoleCollector }

// Roster is who may log in at a kiosk's staff screens. It travels inside Signed,
// retained on cfg. A kiosk replaces the one it has by one that was issued later, or
// at the same time with other content, and never by an older one.
type Roster struct {
	V      int      `json:"v"`
	Kiosk  string   `json:"kiosk"`
	Issued int64    `json:"issued"` // Unix ms of the last change
	Office []byte   `json:"office"` // head office's public half of the key that one-time codes are made with
	People []Person `json:"people"` // by number
}

// Person is one of a roster.
type Person struct {
	Number string `json:"number"`
	Name   string `json:"name"`
	Role   Role   `json:"role"`
	PIN    []byte `json:"pin"` // hash
}

// rosterContext separates rosters from all else under the same key.
const rosterContext = "wattkiosk roster v1"

// Check says whether a roster makes sense in itself. Whether it is for this kiosk
// and newer than the last one is for the kiosk.
func (r Roster) Check() error {
	switch {
	case r.V != Version:
		return fmt.Errorf("%w: roster: v %d, want %d", ErrMessage, r.V, Version)
	case !PlainName(r.Kiosk):
		return fmt.Errorf("%w: roster: kiosk %.80q", ErrMessage, r.Kiosk)
	case r.Issued <= 0:
		return fmt.Errorf("%w: roster: issued %d", ErrMessage, r.Issued)
	case len(r.Office) != OfficeHalf:
		return fmt.Errorf("%w: roster: office of %d bytes", ErrMessage, len(r.Office))
	case len(r.People) > MaxPeople:
		return fmt.Errorf("%w: roster: %d people", ErrMessage, len(r.People))
	}
	for i, p := range r.People {
		if err := p.check(); err != nil {
			return err
		}
		if i > 0 && p.Number <= r.People[i-1].Number {
			return fmt.Errorf("%w: roster: people not by number, at %s", ErrMessage, p.Number)
		}
	}
	return nil
}

func (p Person) check() error {
	switch {
	case !StaffNumber(p.Number):
		return fmt.Errorf("%w: roster: number %.20q", ErrMessage, p.Number)
	case !StaffName(p.Name):
		return fmt.Errorf("%w: roster: name of %s", ErrMessage, p.Number)
	case !p.Role.Known():
		return fmt.Errorf("%w: roster: role %.20q of %s", ErrMessage, p.Role, p.Number)
	case len(p.PIN) != PINHash:
		return fmt.Errorf("%w: roster: pin of %s", ErrMessage, p.Number)
	}
	return nil
}

// StaffNumber reports whether s is 1 to 8 digits.
func StaffNumber(s string) bool {
	if s == "" || len(s) > MaxStaffNumber {
		return false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// StaffName reports whether s can be the name of a person: UTF-8 of 1 to 48 bytes,
// no control character, and nothing that JSON would make longer.
func StaffName(s string) bool {
	if s == "" || len(s) > MaxStaffName || !utf8.ValidString(s) || hasControl(s) {
		return false
	}
	for _, c := range s {
		switch c {
		case '"', '\\', '<', '>', '&', '\u2028', '\u2029', utf8.RuneError:
			return false
		}
	}
	return true
}

// SignRoster checks r and puts it under head office's key.
func SignRoster(key crypto.Signer, r Roster) (Signed, error) {
	return seal(key, rosterContext, r)
}

// OpenRoster verifies the signature before it reads a byte of the body, then
// decodes and checks the roster. A wrong key or a changed byte is ErrSignature.
func OpenRoster(pub ed25519.PublicKey, s Signed) (Roster, error) {
	return unseal[Roster](pub, rosterContext, "roster", s)
}
