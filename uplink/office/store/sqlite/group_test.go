package sqlite_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/store/sqlite"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/office/stored"
)

// TestGroupUndoesOneAlone: of many updates that share commits those that fail leave
// nothing, and the others are kept.
func TestGroupUndoesOneAlone(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "books.db"), books.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := s.Register(t.Context(), storetest.Kiosk, 0, storetest.T0); err != nil {
		t.Fatal(err)
	}

	const each = 40
	var all sync.WaitGroup
	for n := range each {
		o := books.Order{Serial: storetest.Serial(storetest.Kiosk, n), Account: "1000000001", Kiosk: storetest.Kiosk, Tender: "cash", Amount: 100, PaidAt: 1}
		all.Go(func() {
			if _, err := s.EnsurePosting(t.Context(), o, storetest.T0); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() { // fails after it has spent the token
			secret := o.Serial
			if err := s.AddToken(t.Context(), secret, "10000009", false, storetest.T0.Add(time.Hour)); err != nil {
				t.Error(err)
			}
			noInk := errors.New("no ink")
			sign := func(fleet.Kiosk) (identity.Certificate, error) { return identity.Certificate{}, noInk }
			if _, err := s.Enrol(t.Context(), fleet.Claim{Token: secret}, storetest.T0, sign); !errors.Is(err, noInk) {
				t.Errorf("enrolment: %v", err)
			}
		})
	}
	all.Wait()

	ps, err := s.Postings(t.Context(), books.Filter{})
	if err != nil || len(ps) != each {
		t.Errorf("%d postings, %v; want %d", len(ps), err, each)
	}
	if k, err := s.Kiosk(t.Context(), "10000009"); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("what was undone: %+v, %v", k, err)
	}
}
