package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
)

// Two has li propose something and wang approve it.
func Two(t testing.TB, s *store.Store, k approval.Kind, object, reason string, now time.Time) error {
	t.Helper()
	Person(t, s, "li", people.RoleOperator)
	Person(t, s, "wang", people.RoleOperator)
	p, err := s.Plans.Propose(t.Context(), k, approval.Ask{Object: object, Reason: reason, By: "li"}, now)
	if err != nil {
		return fmt.Errorf("cannot propose: %w", err)
	}
	_, err = s.Plans.Approve(t.Context(), p.ID, p.Hash, "wang", "agreed", now)

	return err
}

// Act has people act on a posting: one hastens it, two do the rest.
func Act(t testing.TB, s *store.Store, serial string, a posting.Action, now time.Time) (books.Posting, error) {
	t.Helper()
	if a == posting.Retry {
		if p, err := s.Hasten(t.Context(), serial, "li", "sooner", now); !errors.Is(err, books.ErrTwoPeople) {
			return p, err
		}
	}
	if err := Two(t, s, approval.Kind(a), serial, "the customer asks for it", now); err != nil {
		return books.Posting{}, err
	}

	return s.Posting(t.Context(), serial)
}

// Close has people close a case: one does, or two where it has an amount.
func Close(t testing.TB, s *store.Store, id, resolution string, now time.Time) (books.Case, error) {
	t.Helper()
	if c, err := s.CloseCase(t.Context(), id, "li", resolution, now); !errors.Is(err, books.ErrTwoPeople) {
		return c, err
	}
	if err := Two(t, s, approval.CloseCase, id, resolution, now); err != nil {
		return books.Case{}, err
	}
	d, err := s.CaseDetail(t.Context(), id)

	return d.Case, err
}
