package web

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
)

// TestAttackPublishedAccounts: an account of the lab that lies in the books of a real head
// office lets nobody in, and a password that was typed as a name is in no log.
func TestAttackPublishedAccounts(t *testing.T) {
	var log bytes.Buffer
	w := newTown(t)
	hash, err := passwd.Hash(passwd.Published)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.PutUser(t.Context(), people.User{Name: "supervisor", Hash: hash, Role: people.RoleOperator}, "officed", noon); err != nil {
		t.Fatal(err)
	}
	for lab, want := range map[bool]int{true: 200, false: 401} {
		d := openDesk(t, w, func(c *Config) { c.Lab, c.Log = lab, slog.New(slog.NewTextHandler(&log, nil)) })
		if status, body := d.call(d.client(), "POST", "/api/v1/login", object{"user": "supervisor", "password": passwd.Published}); status != want {
			t.Errorf("lab %v: %d %s", lab, status, body)
		}
		if status, _ := d.call(d.client(), "POST", "/api/v1/login", object{"user": "MyOwnSecret!7", "password": "supervisor"}); status != 401 {
			t.Errorf("%d", status)
		}
	}
	if said := log.String(); strings.Contains(said, "MyOwnSecret") || !strings.Contains(said, "user=supervisor") {
		t.Errorf("the log says %s", said)
	}
}

// TestAttackTextThatTurnsAround: a text of a kiosk does not have the rest of a line read
// otherwise.
func TestAttackTextThatTurnsAround(t *testing.T) {
	const turned = "10\u202e00\u2066x\u200f\u061c"
	if got := string(harmless([]byte("电费 " + turned))); got != "电费 10\ufffd00\ufffdx\ufffd\ufffd" {
		t.Errorf("%q", got)
	}
}
