package storetest

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"wattkiosk/uplink/office/store"
)

func enrolment(t *testing.T, s *store.Store) {
	const name = "10000007"
	signed := 0
	sign := func(store.Kiosk) error { signed++; return nil }
	for i, c := range []struct {
		keep bool
		want uint8
	}{{false, 0}, {false, 1}, {true, 1}} {
		secret := string(rune('a' + i))
		check(t, s.AddToken(t.Context(), secret, name, c.keep, T0.Add(time.Hour)))
		failed := errors.New("no ink")
		if _, err := s.Enrol(t.Context(), secret, T0, func(store.Kiosk) error { return failed }); !errors.Is(err, failed) {
			t.Errorf("%d: %v", i, err)
		}
		k, err := s.Enrol(t.Context(), secret, T0, sign)
		if err != nil || k.ID != name || k.Incarnation != c.want {
			t.Errorf("%d: %+v, %v", i, k, err)
		}
		if _, err := s.Enrol(t.Context(), secret, T0, sign); !errors.Is(err, store.ErrToken) {
			t.Errorf("%d: spent twice: %v", i, err)
		}
	}
	check(t, s.AddToken(t.Context(), "late", name, false, T0))
	for _, secret := range []string{"late", "unknown", ""} {
		if _, err := s.Enrol(t.Context(), secret, T0, sign); !errors.Is(err, store.ErrToken) {
			t.Errorf("%q: %v", secret, err)
		}
	}
	if signed != 3 {
		t.Errorf("signed %d times", signed)
	}
}

func people(t *testing.T, s *store.Store) {
	u := store.User{Name: "李会计", Hash: "h", Role: store.RoleAccountant, CreatedAt: 5}
	check(t, s.PutUser(t.Context(), u, "setup", T0))
	got, err := s.User(t.Context(), "李会计")
	check(t, err)
	if got != u {
		t.Errorf("%+v", got)
	}
	if _, err := s.User(t.Context(), "nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	row := store.Session{Token: "t", Data: []byte{0, 255}, ExpiresAt: T0.Add(time.Hour).UnixMilli()}
	check(t, s.PutSession(t.Context(), row, T0))
	have, err := s.Session(t.Context(), "t", T0)
	if err != nil || !bytes.Equal(have.Data, row.Data) {
		t.Errorf("%+v, %v", have, err)
	}
	if _, err := s.Session(t.Context(), "t", T0.Add(time.Hour)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("expired: %v", err)
	}
	check(t, s.DeleteSession(t.Context(), "t"))
	if _, err := s.Session(t.Context(), "t", T0); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleted: %v", err)
	}
	check(t, s.Audit(t.Context(), store.Audit{At: 7, User: "li", Action: "retry", Object: "s", Reason: "why"}))
	log, err := s.AuditLog(t.Context(), 10)
	check(t, err)
	if len(log) != 2 || log[0].Action != "retry" || log[0].Reason != "why" || log[1].Action != "put user" || log[0].ID <= log[1].ID {
		t.Errorf("%+v", log)
	}
}
