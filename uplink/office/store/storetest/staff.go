package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/record"
	proof "wattkiosk/uplink/enrolment"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

func enrolment(t *testing.T, s *store.Store) {
	const name = "10000007"
	signed := 0
	sign := func(fleet.Kiosk) (identity.Certificate, error) {
		signed++
		return identity.Certificate{Key: string([]byte{0x30, 0, 0xff, byte(signed)})}, nil
	}
	for i, c := range []struct {
		keep bool
		want uint8
	}{{false, 0}, {false, 1}, {true, 1}} {
		secret := string(rune('a' + i))
		check(t, s.AddToken(t.Context(), secret, name, c.keep, T0.Add(time.Hour)))
		failed := errors.New("no ink")
		if _, err := s.Enrol(t.Context(), fleet.Claim{Token: secret}, T0, func(fleet.Kiosk) (identity.Certificate, error) { return identity.Certificate{}, failed }); !errors.Is(err, failed) {
			t.Errorf("%d: %v", i, err)
		}
		k, err := s.Enrol(t.Context(), fleet.Claim{Token: secret}, T0, sign)
		if err != nil || k.ID != name || k.Incarnation != c.want {
			t.Errorf("%d: %+v, %v", i, k, err)
		}
		if have, err := s.Kiosk(t.Context(), name); err != nil || have.PublicKey != string([]byte{0x30, 0, 0xff, byte(signed)}) {
			t.Errorf("%d: key %x, %v", i, have.PublicKey, err)
		}
		again := func(fleet.Kiosk) (identity.Certificate, error) { return identity.Certificate{Key: k.PublicKey}, nil }
		if twice, err := s.Enrol(t.Context(), fleet.Claim{Token: secret}, T0.Add(time.Minute), again); err != nil || twice.Incarnation != c.want || twice.PublicKey != k.PublicKey {
			t.Errorf("%d: the same key again: %+v, %v", i, twice, err)
		}
		other := func(fleet.Kiosk) (identity.Certificate, error) {
			return identity.Certificate{Key: string([]byte{0x30, 1, 0})}, nil
		}
		if _, err := s.Enrol(t.Context(), fleet.Claim{Token: secret}, T0, other); !errors.Is(err, fleet.ErrToken) {
			t.Errorf("%d: spent by one key and used by another: %v", i, err)
		}
		if _, err := s.Enrol(t.Context(), fleet.Claim{Token: secret}, T0.Add(time.Hour), again); !errors.Is(err, fleet.ErrToken) {
			t.Errorf("%d: the same key after the token's end: %v", i, err)
		}
	}
	for i, key := range [][]byte{{0x30, 0, 0xff, 1}, {0x30, 0, 0xff, 2}} { // a later token made another key the kiosk's
		if _, err := s.Enrol(t.Context(), fleet.Claim{Token: string(rune('a' + i))}, T0, func(fleet.Kiosk) (identity.Certificate, error) { return identity.Certificate{Key: string(key)}, nil }); !errors.Is(err, fleet.ErrToken) {
			t.Errorf("%d: an old key came back: %v", i, err)
		}
	}
	check(t, s.AddToken(t.Context(), "late", name, false, T0))
	for _, secret := range []string{"late", "nobody's"} {
		hash, err := s.TokenHash(t.Context(), proof.ID(proof.Hash(secret)))
		if known := secret == "late"; known != (err == nil) || known && hash != proof.Hash(secret) || !known && !errors.Is(err, fleet.ErrToken) {
			t.Errorf("%s is found as %q, %v", secret, hash, err)
		}
	}
	for _, secret := range []string{"late", "unknown", ""} {
		if _, err := s.Enrol(t.Context(), fleet.Claim{Token: secret}, T0, sign); !errors.Is(err, fleet.ErrToken) {
			t.Errorf("%q: %v", secret, err)
		}
	}
	if signed != 3 {
		t.Errorf("signed %d times", signed)
	}
}

// enrolmentOfATwin: serials of head office's own would be the same for two kiosks whose
// numbers differ in the first digit only, so the second one is refused: its token, and
// where both had theirs before, its enrolment. Who is enrolled is enrolled again.
func enrolmentOfATwin(t *testing.T, s *store.Store) {
	sign := func(fleet.Kiosk) (identity.Certificate, error) {
		return identity.Certificate{Key: string([]byte{0x30})}, nil
	}
	enrol := func(secret string) error {
		_, err := s.Enrol(t.Context(), fleet.Claim{Token: secret}, T0, sign)
		return err
	}
	for secret, name := range map[string]string{"a": "10000007", "b": "20000007", "c": "10000008"} {
		check(t, s.AddToken(t.Context(), secret, name, false, T0.Add(time.Hour)))
	}
	check(t, enrol("a"))
	const want = "another kiosk's number differs in the first digit only: kiosk 10000007 is enrolled, 20000007 cannot be"
	if err := enrol("b"); !errors.Is(err, fleet.ErrTwin) || err.Error() != want {
		t.Errorf("a twin: %v", err)
	}
	if _, err := s.Kiosk(t.Context(), "20000007"); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("it is known: %v", err)
	}
	check(t, enrol("c"))
	if err := s.AddToken(t.Context(), "d", "90000008", false, T0.Add(time.Hour)); !errors.Is(err, fleet.ErrTwin) {
		t.Errorf("a token for a twin: %v", err)
	}
	check(t, s.AddToken(t.Context(), "e", "10000007", false, T0.Add(time.Hour)))
	check(t, enrol("e"))
}

// enrolmentOfAnOldBoard: nothing up to what the board had is given out, whatever these
// books remember.
func enrolmentOfAnOldBoard(t *testing.T, s *store.Store) {
	had := func(n uint8) *uint8 { return &n }
	for i, c := range []struct {
		kiosk     string
		had       *uint8
		keep      bool
		from, to  uint8 // what may be given
		kept, bad bool
	}{
		{kiosk: "10000011", from: 0, to: 0},
		{kiosk: "10000012", had: had(5), from: 6, to: 17},
		{kiosk: "10000013", had: had(5), keep: true, from: 5, to: 5, kept: true},
		{kiosk: "10000013", had: had(5), keep: true, from: 5, to: 5, kept: true},
		{kiosk: "10000013", had: had(4), keep: true, bad: true},
		{kiosk: "10000013", keep: true, from: 5, to: 5, kept: true},
		{kiosk: "10000013", had: had(2), from: 6, to: 17},
		{kiosk: "10000014", had: had(7), keep: true, from: 7, to: 7, kept: true},
		{kiosk: "10000014", had: had(97), from: 98, to: 99},
		{kiosk: "10000014", had: had(99), bad: true},
	} {
		secret := fmt.Sprint("token ", i)
		check(t, s.AddToken(t.Context(), secret, c.kiosk, c.keep, T0.Add(time.Hour)))
		signed := false
		sign := func(fleet.Kiosk) (identity.Certificate, error) {
			signed = true
			return identity.Certificate{Key: secret}, nil
		}
		k, err := s.Enrol(t.Context(), fleet.Claim{Token: secret, Had: c.had}, T0, sign)
		if c.bad {
			if err == nil || signed {
				t.Errorf("%d: %+v", i, k)
			}
			continue
		}
		if err != nil || k.Incarnation < c.from || k.Incarnation > c.to || k.Kept != c.kept {
			t.Errorf("%d: %d, kept %v, %v; want %d to %d", i, k.Incarnation, k.Kept, err, c.from, c.to)
		}
		have, err := s.Kiosk(t.Context(), c.kiosk)
		if err != nil || have.Incarnation != k.Incarnation || have.Head.Hash != record.Genesis(c.kiosk, k.Incarnation) {
			t.Errorf("%d: the books have %+v, %v", i, have, err)
		}
		again, err := s.Enrol(t.Context(), fleet.Claim{Token: secret, Had: c.had}, T0, sign)
		if err != nil || again.Incarnation != k.Incarnation || again.Kept != c.kept {
			t.Errorf("%d: the same key again: %+v, %v", i, again, err)
		}
		if later := (fleet.Claim{Token: secret, Had: &k.Incarnation}); !c.keep {
			if _, err := s.Enrol(t.Context(), later, T0, sign); !errors.Is(err, fleet.ErrIncarnation) {
				t.Errorf("%d: an incarnation that the board had: %v", i, err)
			}
		}
	}
}

// serials: none is given twice, whoever asks and whatever the clock says.
func serials(t *testing.T, s *store.Store) {
	take := func(n uint64, now time.Time) uint64 {
		first, err := s.PolicySerials(t.Context(), n, now)
		check(t, err)
		return first
	}
	ahead := time.Date(2039, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, c := range []struct {
		n    uint64
		now  time.Time
		want uint64
	}{
		{10, T0, 1795395600000},
		{10, T0, 1795395600010},
		{10, T0.Add(time.Second), 1795395601000},
		{1, T0, 1795395601010},
		{5, ahead, 2177452800000},
		{5, T0, 2177452800005},
		{1, T0, 2177452800010},
	} {
		if got := take(c.n, c.now); got != c.want {
			t.Errorf("%d: from %d, want %d", i, got, c.want)
		}
	}

	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[uint64]bool{}
	for range 4 {
		all.Go(func() {
			for range 5 {
				first, err := s.PolicySerials(t.Context(), 3, T0)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for n := range uint64(3) {
					seen[first+n] = true
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(seen) != 60 {
		t.Errorf("%d different serials of 60", len(seen))
	}
}

// idle is longer than any session of these tests.
const idle = time.Hour

func staff(t *testing.T, s *store.Store) {
	u := people.User{Name: "李会计", Hash: "h", Role: people.RoleAccountant, CreatedAt: 5, Version: 1}
	check(t, s.PutUser(t.Context(), u, "setup", T0))
	got, err := s.User(t.Context(), "李会计")
	check(t, err)
	if got != u {
		t.Errorf("%+v", got)
	}
	if _, err := s.User(t.Context(), "nobody"); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	row := people.Session{Token: "t", Data: []byte{0, 255}, ExpiresAt: T0.Add(time.Hour).UnixMilli(), Who: u.Name, Source: "127.0.0.1", BeganAt: T0.UnixMilli(), SeenAt: T0.UnixMilli()}
	check(t, s.PutSession(t.Context(), row, T0))
	have, err := s.Session(t.Context(), "t", T0, idle)
	if err != nil || !bytes.Equal(have.Data, row.Data) {
		t.Errorf("%+v, %v", have, err)
	}
	if _, err := s.Session(t.Context(), "t", T0.Add(time.Hour), 2*idle); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("expired: %v", err)
	}
	check(t, s.DeleteSession(t.Context(), "t"))
	if _, err := s.Session(t.Context(), "t", T0, idle); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("deleted: %v", err)
	}
	check(t, s.Audit(t.Context(), people.Audit{At: 7, User: "li", Action: "retry", Object: "s", Reason: "why"}))
	log, err := s.AuditLog(t.Context(), 10)
	check(t, err)
	if len(log) != 2 || log[0].Action != "retry" || log[0].Reason != "why" || log[1].Action != "put user" || log[0].ID <= log[1].ID {
		t.Errorf("%+v", log)
	}
}

// Technician is one with a PIN that nothing was hashed to.
func Technician(number string) people.Technician {
	return people.Technician{Number: number, Name: "王技术" + number, Role: wire.RoleTechnician, PIN: strings.Repeat("\x00\xff", wire.PINHash/2)}
}

func technicians(t *testing.T, s *store.Store) {
	if people, issued, err := s.Roster(t.Context()); err != nil || len(people) != 0 || issued != 0 {
		t.Errorf("%+v, %d, %v", people, issued, err)
	}
	check(t, s.PutTechnician(t.Context(), Technician("1002"), "li", T0))
	check(t, s.PutTechnician(t.Context(), Technician("1001"), "li", T0.Add(-time.Hour))) // the clock was set back
	person := func(number string) wire.Person {
		return wire.Person{Number: number, Name: "王技术" + number, Role: wire.RoleTechnician, PIN: bytes.Repeat([]byte{0, 0xff}, 16)}
	}
	roster := func(issued int64, want ...wire.Person) {
		t.Helper()
		got, at, err := s.Roster(t.Context())
		check(t, err)
		if d := cmp.Diff(want, got); d != "" || at != issued {
			t.Errorf("issued %d, want %d: %s", at, issued, d)
		}
	}
	at := T0.UnixMilli()
	roster(at+1, person("1001"), person("1002"))
	gone := Technician("1001")
	gone.Disabled, gone.PIN = true, ""
	check(t, s.PutTechnician(t.Context(), gone, "li", T0.Add(time.Minute)))
	roster(at+60_000, person("1002"))
	all, err := s.Technicians(t.Context())
	check(t, err)
	if len(all) != 2 || !all[0].Disabled || all[0].PIN != Technician("1001").PIN || all[0].CreatedAt != T0.Add(-time.Hour).UnixMilli() {
		t.Errorf("%+v", all)
	}
	for name, bad := range map[string]people.Technician{
		"number": {Number: "10O1", Name: "x", Role: wire.RoleTechnician}, "name": {Number: "1", Role: wire.RoleTechnician},
		"role": {Number: "1", Name: "x", Role: "king"}, "no PIN": {Number: "1", Name: "x", Role: wire.RoleTechnician},
	} {
		if name != "no PIN" {
			bad.PIN = Technician("1").PIN
		}
		if err := s.PutTechnician(t.Context(), bad, "li", T0); !errors.Is(err, people.ErrTechnician) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range wire.MaxPeople - 1 {
		check(t, s.PutTechnician(t.Context(), Technician(fmt.Sprint(2000+i)), "li", T0))
	}
	if err := s.PutTechnician(t.Context(), Technician("9999"), "li", T0); !errors.Is(err, people.ErrTechnician) {
		t.Errorf("one too many: %v", err)
	}
	log, err := s.AuditLog(t.Context(), wire.MaxPeople)
	check(t, err)
	if a := log[wire.MaxPeople-1]; a.User != "li" || a.Action != "put technician" || a.Object != "1001" || a.Reason != "王技术1001, disabled" {
		t.Errorf("%+v", a)
	}
}

// changes: whatever changes about a person ends that person's sessions and no other's, and
// makes those dead that are being begun.
func changes(t *testing.T, s *store.Store) {
	ctx, hour := t.Context(), T0.Add(time.Hour).UnixMilli()
	for _, name := range []string{"li", "wang"} {
		check(t, s.AddUser(ctx, people.User{Name: name, Hash: "h", Role: people.RoleOperator}, "os:root", T0))
	}
	if err := s.AddUser(ctx, people.User{Name: "li", Hash: "other", Role: people.RoleAdmin}, "os:root", T0); !errors.Is(err, people.ErrThere) {
		t.Errorf("the same name again: %v", err)
	}
	for _, u := range []people.User{
		{Role: people.RoleAdmin},
		{Name: "a b", Role: people.RoleAdmin},
		{Name: "os:root", Role: people.RoleAdmin},
		{Name: strings.Repeat("x", 65), Role: people.RoleAdmin},
		{Name: "zhao", Role: "king"},
		{Name: "zhao"},
	} {
		if err := s.AddUser(ctx, u, "os:root", T0); !errors.Is(err, people.ErrUser) {
			t.Errorf("%+v: %v", u, err)
		}
	}
	if err := s.SetRole(ctx, "li", "king", "os:root", T0); !errors.Is(err, people.ErrUser) {
		t.Errorf("a role that is none: %v", err)
	}
	if err := s.SetPassword(ctx, "nobody", "h", "os:root", T0); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("nobody's password: %v", err)
	}

	for i, c := range []struct {
		act  string
		why  string
		do   func() error
		want people.User
	}{
		{"set password", "", func() error { return s.SetPassword(ctx, "li", "h2", "root", T0) }, people.User{Hash: "h2", Role: people.RoleOperator}},
		{"set role", "operator to auditor", func() error { return s.SetRole(ctx, "li", people.RoleAuditor, "root", T0) }, people.User{Hash: "h2", Role: people.RoleAuditor}},
		{"disable user", "auditor", func() error { return s.SetDisabled(ctx, "li", true, "root", T0) }, people.User{Hash: "h2", Role: people.RoleAuditor, Disabled: true}},
		{"enable user", "auditor", func() error { return s.SetDisabled(ctx, "li", false, "root", T0) }, people.User{Hash: "h2", Role: people.RoleAuditor}},
		{"end sessions", "", func() error { return s.EndSessions(ctx, "li", "root", T0) }, people.User{Hash: "h2", Role: people.RoleAuditor}},
	} {
		for _, who := range []string{"li", "wang"} {
			check(t, s.PutSession(ctx, people.Session{Token: who, Data: []byte{1}, ExpiresAt: hour, Who: who, BeganAt: 1, SeenAt: T0.UnixMilli()}, T0))
		}
		check(t, c.do())
		c.want.Name, c.want.CreatedAt, c.want.Version = "li", T0.UnixMilli(), int64(i)+2
		if u, err := s.User(ctx, "li"); err != nil || u != c.want {
			t.Errorf("%s: %+v, %v", c.act, u, err)
		}
		if _, err := s.Session(ctx, "li", T0, idle); !errors.Is(err, stored.ErrNotFound) {
			t.Errorf("%s: the session goes on: %v", c.act, err)
		}
		if _, err := s.Session(ctx, "wang", T0, idle); err != nil {
			t.Errorf("%s: another's session ended: %v", c.act, err)
		}
		log, err := s.AuditLog(ctx, 1)
		check(t, err)
		if a := log[0]; a.Action != c.act || a.Object != "li" || a.User != "root" || a.Reason != c.why {
			t.Errorf("%s: in the log as %+v", c.act, a)
		}
	}
	all, err := s.Users(ctx)
	if check(t, err); len(all) != 2 || all[0].Name != "li" || all[1].Name != "wang" {
		t.Errorf("people: %+v", all)
	}
}

// sessions: they end by idleness and at their end, and one that has ended is not begun
// anew by a late word that its person did something.
func sessions(t *testing.T, s *store.Store) {
	ctx := t.Context()
	at := func(m int) time.Time { return T0.Add(time.Duration(m) * time.Minute) }
	begin := func(token, who string, m int) {
		check(t, s.PutSession(ctx, people.Session{
			Token: token, Data: []byte(token), ExpiresAt: at(60).UnixMilli(), Who: who, Source: "10.0.0.7", BeganAt: at(m).UnixMilli(), SeenAt: at(m).UnixMilli(),
		}, at(m)))
	}
	alive := func(token string, m int) bool {
		_, err := s.Session(ctx, token, at(m), 15*time.Minute)
		if err != nil && !errors.Is(err, stored.ErrNotFound) {
			t.Fatal(err)
		}

		return err == nil
	}
	begin("a", "li", 0)
	begin("b", "li", 10)
	begin("c", "wang", 10)
	if !alive("a", 14) || alive("a", 15) {
		t.Error("idleness does not end a session after 15 minutes")
	}
	check(t, s.TouchSession(ctx, "a", at(14)))
	check(t, s.TouchSession(ctx, "a", at(3))) // a late word
	if !alive("a", 28) || alive("a", 29) {
		t.Error("an act does not keep a session alive, or a late one takes it back")
	}

	list, err := s.Sessions(ctx, "li", at(20), 15*time.Minute)
	if check(t, err); len(list) != 2 || list[0].Token != "b" || list[1].Token != "a" || list[1].SeenAt != at(14).UnixMilli() || list[0].Source != "10.0.0.7" {
		t.Errorf("sessions of li: %+v", list)
	}
	if list, err := s.Sessions(ctx, "", at(26), 15*time.Minute); err != nil || len(list) != 1 || list[0].Token != "a" {
		t.Errorf("everybody's sessions: %+v, %v", list, err)
	}

	if err := s.EndSession(ctx, "wang", "a", "wang", at(20)); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("wang ends a session of li: %v", err)
	}
	check(t, s.EndSession(ctx, "li", "a", "li", at(20)))
	check(t, s.TouchSession(ctx, "a", at(21)))
	if alive("a", 21) {
		t.Error("a session that was ended goes on")
	}
	check(t, s.TouchSession(ctx, "b", at(59)))
	if !alive("b", 59) || alive("b", 60) {
		t.Error("a session does not end at its end")
	}
}
