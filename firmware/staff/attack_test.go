package staff_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/boards"
	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/staff"
)

// boardOf is a board without a TPM, of a serial number.
func boardOf(t *testing.T, serial string) *boardkey.Board {
	t.Helper()
	path := filepath.Join(t.TempDir(), "serial")
	if err := os.WriteFile(path, []byte(serial), 0o600); err != nil {
		t.Fatal(err)
	}
	return boardkey.New(boardkey.Config{IDs: []boards.ID{{Name: "cpu", Path: path}}})
}

// searchable reports whether a copy of the folder has what a PIN can be searched by, in any
// form that it could have.
func (c *cabinet) searchable() bool {
	c.t.Helper()
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(c.dir, e.Name()))
		if err != nil {
			c.t.Fatal(err)
		}
		var signed struct{ Body []byte }
		_ = json.Unmarshal(b, &signed) // what is sealed is no JSON
		for _, text := range [][]byte{b, signed.Body} {
			if bytes.Contains(text, c.hash) || bytes.Contains(text, []byte(base64.StdEncoding.EncodeToString(c.hash))) {
				return true
			}
		}
	}
	return false
}

// TestAttackPINsOnACopiedDisk: a copy of the kiosk's disk has nothing to search PINs in, and
// on another board nobody can log in by it. The kiosk itself needs no line for that.
func TestAttackPINsOnACopiedDisk(t *testing.T) {
	c := newCabinet(t)
	own := boardOf(t, "100000003d1d1c36")
	c.accept(c.roster(1, nil))
	if !c.searchable() {
		t.Fatal("the test does not find a hash that lies in clear")
	}
	c.sealed = own
	c.open()
	c.enters() // as it was delivered
	if err := c.Seal(); err != nil {
		t.Fatal(err)
	}
	if c.searchable() {
		t.Error("the roster that was there can be searched")
	}
	c.accept(c.roster(2, nil))
	if c.searchable() {
		t.Error("the roster can be searched")
	}
	c.open()
	c.enters()

	c.sealed = boardOf(t, "100000003d1d1c37")
	c.open()
	var r *staff.Refused
	if _, err := c.Login(number, pin, c.code()); c.Ready() || !errors.As(err, &r) || r.Code != staff.NoRoster {
		t.Errorf("on another board: ready %v, %v", c.Ready(), err)
	}

	c.sealed = own
	c.open()
	c.enters()
}

// TestASealedRosterIsStillSigned: the seal is no word of head office's.
func TestASealedRosterIsStillSigned(t *testing.T) {
	c := newCabinet(t)
	c.sealed = boardOf(t, "100000003d1d1c36")
	forged := newCabinet(t).roster(9, nil) // of another head office
	b, err := json.Marshal(forged)
	if err == nil {
		err = c.sealed.Write(filepath.Join(c.dir, "roster.json"), boardkey.Roster, b)
	}
	if err != nil {
		t.Fatal(err)
	}
	c.open()
	if c.Ready() {
		t.Error("a roster that head office did not sign is taken")
	}
}
