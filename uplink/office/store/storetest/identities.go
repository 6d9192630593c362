package storetest

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"testing"
	"time"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// board is a kiosk's key with the certificate of it.
type board struct {
	private ed25519.PrivateKey
	cert    identity.Certificate
}

var serialNumber int

// newBoard is a board whose certificate is issued at a time, for half a year.
func newBoard(t *testing.T, kiosk string, issued time.Time) board {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	der, err := x509.MarshalPKIXPublicKey(public)
	check(t, err)
	serialNumber++

	return board{private, identity.Certificate{
		Serial: fmt.Sprintf("%032x", serialNumber), Kiosk: kiosk, Key: string(der), Issued: issued.UnixMilli(), Ends: issued.Add(halfYear).UnixMilli(),
	}}
}

const (
	halfYear = 183 * 24 * time.Hour
	grace    = 180 * 24 * time.Hour
)

func (b board) proof(kiosk string) []byte {
	return ed25519.Sign(b.private, wire.RenewalText(kiosk, []byte(b.cert.Key)))
}

func (b board) sign() (identity.Certificate, error) { return b.cert, nil }

// enrolBoard has a kiosk enrolled with a board's key.
func enrolBoard(t *testing.T, s *store.Store, b board, at time.Time) {
	t.Helper()
	secret := "board " + b.cert.Serial
	check(t, s.AddToken(t.Context(), secret, b.cert.Kiosk, false, at.Add(time.Hour)))
	_, err := s.Enrol(t.Context(), fleet.Claim{Token: secret}, at, func(fleet.Kiosk) (identity.Certificate, error) { return b.cert, nil })
	check(t, err)
}

func verdict(t *testing.T, s *store.Store, b board, at time.Time) identity.Verdict {
	t.Helper()
	i, err := s.Identities.Identity(t.Context(), b.cert.Kiosk)
	check(t, err)

	return i.Judge(b.cert, grace, at)
}

func wantVerdict(t *testing.T, s *store.Store, what string, b board, at time.Time, want identity.Verdict) {
	t.Helper()
	if got := verdict(t, s, b, at); got != want {
		t.Errorf("%s: verdict %d, want %d", what, got, want)
	}
}

// newestKey: of all keys that were certified for a kiosk only the newest counts, and the next
// one beside it until it has proven itself.
func newestKey(t *testing.T, s *store.Store) {
	ctx := t.Context()
	a, b, c := newBoard(t, Kiosk, T0), newBoard(t, Kiosk, T0.Add(time.Hour)), newBoard(t, Kiosk, T0.Add(2*time.Hour))
	enrolBoard(t, s, a, T0)
	enrolBoard(t, s, b, T0.Add(time.Hour))
	at := T0.Add(2 * time.Hour)
	wantVerdict(t, s, "the board before", a, at, identity.KeyReplaced)
	wantVerdict(t, s, "the board", b, at, identity.Admitted)

	if err := s.Identities.Renew(ctx, Kiosk, a.cert.Key, at, a.sign); !errors.Is(err, identity.ErrKey) {
		t.Errorf("a key that was the kiosk's before is certified: %v", err)
	}
	if err := s.Identities.Renew(ctx, Kiosk, b.cert.Key, at, b.sign); !errors.Is(err, identity.ErrKey) {
		t.Errorf("the same key is certified: %v", err)
	}
	check(t, s.Identities.Renew(ctx, Kiosk, c.cert.Key, at, c.sign))
	check(t, s.Identities.Renew(ctx, Kiosk, c.cert.Key, at, c.sign)) // the answer was lost
	d := newBoard(t, Kiosk, at)
	if err := s.Identities.Renew(ctx, Kiosk, d.cert.Key, at.Add(time.Second), d.sign); !errors.Is(err, identity.ErrSoon) {
		t.Errorf("another key a second later: %v", err)
	}
	wantVerdict(t, s, "the key before it is proven", b, at, identity.Admitted)
	wantVerdict(t, s, "the next key before it is proven", c, at, identity.Admitted)

	if _, err := s.Identities.Confirm(ctx, Kiosk, a.proof(Kiosk), at); !errors.Is(err, identity.ErrKey) {
		t.Errorf("a replaced key proves: %v", err)
	}
	for range 2 { // the answer was lost
		_, err := s.Identities.Confirm(ctx, Kiosk, c.proof(Kiosk), at)
		check(t, err)
	}
	wantVerdict(t, s, "the key before", b, at, identity.KeyReplaced)
	wantVerdict(t, s, "the next key", c, at, identity.Admitted)
	if k, err := s.Kiosk(ctx, Kiosk); err != nil || k.PublicKey != c.cert.Key {
		t.Errorf("codes of technicians are made by another key (%v)", err)
	}
	gone, err := s.Identities.Withdrawn(ctx, at)
	if err != nil || len(gone) != 2 || gone[0].Serial != a.cert.Serial || gone[1].Serial != b.cert.Serial {
		t.Errorf("withdrawn: %v, %v", gone, err)
	}
}

// endedCertificate: what has ended by head office's clock opens a renewal for a grace.
func endedCertificate(t *testing.T, s *store.Store) {
	a := newBoard(t, Kiosk, T0)
	enrolBoard(t, s, a, T0)
	for _, c := range []struct {
		after time.Duration
		want  identity.Verdict
	}{
		{halfYear - time.Second, identity.Admitted},
		{halfYear, identity.RenewalOnly},
		{halfYear + 100*24*time.Hour, identity.RenewalOnly},
		{halfYear + grace - time.Second, identity.RenewalOnly},
		{halfYear + grace, identity.Ended},
	} {
		wantVerdict(t, s, "after "+c.after.String(), a, T0.Add(c.after), c.want)
	}
	i, err := s.Identities.Identity(t.Context(), Kiosk)
	check(t, err)
	if i.Due(T0.Add(121*24*time.Hour)) || !i.Due(T0.Add(123*24*time.Hour)) {
		t.Error("not due once a third of its life is left")
	}
}

// service: who is not in service is nobody; what gives it back takes two people.
func service(t *testing.T, s *store.Store) {
	ctx := t.Context()
	for _, name := range []string{"op", "boss"} {
		check(t, s.PutUser(ctx, people.User{Name: name, Role: people.RoleOperator, Hash: "x"}, "test", T0))
	}
	a := newBoard(t, Kiosk, T0)
	enrolBoard(t, s, a, T0)
	two := func(k approval.Kind) error {
		p, err := s.Plans.Propose(ctx, k, approval.Ask{Object: Kiosk, Reason: "because", By: "op"}, T0)
		if err != nil {
			return err
		}
		if _, err := s.Plans.Approve(ctx, p.ID, p.Hash, "op", "", T0); !errors.Is(err, approval.ErrTwoPeople) {
			t.Errorf("%s by one person: %v", k, err)
		}
		_, err = s.Plans.Approve(ctx, p.ID, p.Hash, "boss", "", T0)
		return err
	}
	possible := func(k approval.Kind, want bool) {
		t.Helper()
		if err := two(k); want != (err == nil) || err != nil && !errors.Is(err, approval.ErrNotPossible) {
			t.Errorf("%s: %v", k, err)
		}
	}

	possible(approval.ResumeKiosk, false)
	_, err := s.Identities.Suspend(ctx, Kiosk, "op", "it was stolen", T0)
	check(t, err)
	wantVerdict(t, s, "suspended", a, T0, identity.OutOfService)
	b := newBoard(t, Kiosk, T0.Add(time.Minute))
	enrolBoard(t, s, b, T0.Add(time.Minute)) // gives it no service
	wantVerdict(t, s, "suspended and enrolled", b, T0, identity.OutOfService)
	possible(approval.ResumeKiosk, true)
	wantVerdict(t, s, "resumed", b, T0, identity.Admitted)
	wantVerdict(t, s, "resumed, the board before", a, T0, identity.KeyReplaced)

	possible(approval.ReplaceKiosk, true)
	wantVerdict(t, s, "replaced", b, T0, identity.OutOfService)
	c := newBoard(t, Kiosk, T0.Add(2*time.Minute))
	enrolBoard(t, s, c, T0.Add(2*time.Minute))
	wantVerdict(t, s, "the other board", c, T0, identity.Admitted)

	check(t, s.AddToken(ctx, "before it is retired", Kiosk, false, T0.Add(time.Hour)))
	possible(approval.RetireKiosk, true)
	wantVerdict(t, s, "retired", c, T0, identity.OutOfService)
	sign := func(fleet.Kiosk) (identity.Certificate, error) { return c.cert, nil }
	if _, err := s.Enrol(ctx, fleet.Claim{Token: "before it is retired"}, T0, sign); !errors.Is(err, fleet.ErrToken) {
		t.Errorf("a retired kiosk enrols: %v", err)
	}
	if err := s.AddToken(ctx, "x", Kiosk, false, T0.Add(time.Hour)); !errors.Is(err, identity.ErrService) {
		t.Errorf("a token for a retired kiosk: %v", err)
	}
	possible(approval.RetireKiosk, false)
	if i, err := s.Identities.Identity(ctx, Kiosk); err != nil || i.By != "op, boss" || i.Reason != "because" {
		t.Errorf("who did it: %+v, %v", i, err)
	}
}

// lostKey: books out of a backup take a certificate that was issued after all that they know
// for the newest, and no older one.
func lostKey(t *testing.T, s *store.Store) {
	ctx := t.Context()
	a, b := newBoard(t, Kiosk, T0), newBoard(t, Kiosk, T0.Add(time.Hour))
	enrolBoard(t, s, b, T0.Add(time.Hour))
	wantVerdict(t, s, "an older certificate", a, T0.Add(time.Hour), identity.KeyReplaced)
	later := newBoard(t, Kiosk, T0.Add(2*time.Hour))
	at := T0.Add(3 * time.Hour)
	wantVerdict(t, s, "a later certificate", later, at, identity.Lost)
	check(t, s.Identities.Adopt(ctx, a.cert, grace, at)) // does nothing
	wantVerdict(t, s, "the one that is known", b, at, identity.Admitted)
	check(t, s.Identities.Adopt(ctx, later.cert, grace, at))
	wantVerdict(t, s, "taken", later, at, identity.Admitted)
	wantVerdict(t, s, "the one before", b, at, identity.KeyReplaced)

	since, err := s.Identities.Since(ctx, 0)
	if err != nil || len(since) != 1 || since[0].Kiosk != Kiosk {
		t.Fatalf("changes: %v, %v", since, err)
	}
	if since, err := s.Identities.Since(ctx, since[0].Rev); err != nil || len(since) != 0 {
		t.Errorf("changes since: %v, %v", since, err)
	}
}

// suspected: one case while it is open, and again when it was closed.
func suspected(t *testing.T, s *store.Store) {
	ctx := t.Context()
	for range 3 {
		check(t, s.Identities.Suspect(ctx, Kiosk, "two addresses in turn", T0))
	}
	cases, err := s.Cases(ctx, books.Filter{Open: true})
	if err != nil || len(cases) != 1 || cases[0].Class != books.ClassClone || cases[0].Text != "two addresses in turn" {
		t.Fatalf("cases: %+v, %v", cases, err)
	}
	_, err = s.CloseCase(ctx, cases[0].ID, "op", "the board was found", T0)
	check(t, err)
	check(t, s.Identities.Suspect(ctx, Kiosk, "again", T0.Add(time.Hour)))
	if cases, err := s.Cases(ctx, books.Filter{Open: true}); err != nil || len(cases) != 1 || cases[0].Text != "again" {
		t.Errorf("cases: %+v, %v", cases, err)
	}
}

// tokens are listed without their secret, and taken back by name or by kiosk.
func openTokens(t *testing.T, s *store.Store) {
	ctx := t.Context()
	for _, secret := range []string{"a", "b", "c"} {
		check(t, s.AddToken(ctx, secret, Kiosk, false, T0.Add(time.Hour)))
	}
	check(t, s.AddToken(ctx, "over", Kiosk, false, T0))
	open, err := s.Tokens(ctx, T0)
	if err != nil || len(open) != 3 || len(open[0].Name()) != 12 {
		t.Fatalf("open: %v, %v", open, err)
	}
	if n, err := s.WithdrawToken(ctx, open[0].Name(), T0); n != 1 || err != nil {
		t.Errorf("one by its name: %d, %v", n, err)
	}
	if n, err := s.WithdrawToken(ctx, Kiosk, T0); n != 2 || err != nil {
		t.Errorf("all of the kiosk: %d, %v", n, err)
	}
	if _, err := s.WithdrawToken(ctx, Kiosk, T0); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("none is left: %v", err)
	}
	sign := func(fleet.Kiosk) (identity.Certificate, error) { return identity.Certificate{Key: "key"}, nil }
	if _, err := s.Enrol(ctx, fleet.Claim{Token: "a"}, T0, sign); !errors.Is(err, fleet.ErrToken) {
		t.Errorf("a token that was taken back is spent: %v", err)
	}
}

// givenOnce: no incarnation is ever given out twice, up to the last, and whoever cannot tell
// which were given gives none.
func givenOnce(t *testing.T, s *store.Store) {
	ctx := t.Context()
	n := 0
	enrol := func(kiosk string, had int) (fleet.Enrolled, error) {
		n++
		secret := fmt.Sprint("given ", n)
		check(t, s.AddTokenAbove(ctx, secret, kiosk, false, had, T0.Add(time.Hour)))
		sign := func(fleet.Kiosk) (identity.Certificate, error) { return identity.Certificate{Key: secret}, nil }
		return s.Enrol(ctx, fleet.Claim{Token: secret}, T0, sign)
	}
	last := -1
	for range 100 {
		k, err := enrol(Kiosk, -1)
		if err != nil {
			if last != fleet.MaxIncarnation {
				t.Errorf("after %d: %v", last, err)
			}
			break
		}
		if int(k.Incarnation) <= last {
			t.Fatalf("incarnation %d after %d", k.Incarnation, last)
		}
		last = int(k.Incarnation)
	}

	const restored, other = "10000002", "10000003"
	first, err := enrol(restored, 83)
	if err != nil || first.Incarnation < 84 {
		t.Fatalf("above 83: %d, %v", first.Incarnation, err)
	}
	check(t, s.Restored(ctx, "op", "the disk is new", T0))
	for _, kiosk := range []string{restored, other} {
		if k, err := enrol(kiosk, -1); !errors.Is(err, fleet.ErrFloor) {
			t.Errorf("books out of a backup gave kiosk %s incarnation %d, %v", kiosk, k.Incarnation, err)
		}
	}
	for floor := int(first.Incarnation); floor < fleet.MaxIncarnation; floor++ {
		k, err := enrol(restored, floor)
		if err != nil || int(k.Incarnation) <= floor {
			t.Errorf("a person says %d: %d, %v", floor, k.Incarnation, err)
		}
		if k.Incarnation == fleet.MaxIncarnation {
			break
		}
	}
	if k, err := enrol(restored, 99); err == nil {
		t.Errorf("after the last: %d", k.Incarnation)
	}
}
