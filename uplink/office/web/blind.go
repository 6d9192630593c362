package web

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// errBlind says that a cashier does not see yet what was counted, or expected.
var errBlind = errors.New("it is shown once the second count is in")

// blind reports whether who is logged in counts a collection blind: a cashier, who may receive
// it, sees neither what is expected nor what was counted at the kiosk before the second count
// is in, which is when somebody proposed to receive it.
func (s *hall) blind(ctx context.Context, c cash.Collection) (bool, error) {
	if !s.counts(ctx) || c.Phase() != cash.Underway && c.Phase() != cash.InTransit {
		return false, nil
	}
	plans, err := s.cfg.Store.Plans.Plans(ctx, approval.Filter{Object: c.Serial}, s.now())
	if err != nil {
		return false, err
	}

	return !slices.ContainsFunc(plans, func(p approval.Plan) bool { return p.Kind == approval.Receive }), nil
}

// counts reports whether who is logged in may count collections again.
func (s *hall) counts(ctx context.Context) bool {
	return s.cfg.Store.Plans.MayPropose(approval.Receive, person(ctx).Role)
}

// hidden is a collection without what a blind count must not know.
func hidden(c cash.Collection) cash.Collection {
	c.Told, c.Odd = nil, 0
	c.Doubtful, c.Doubt = 0, 0
	c.Kept.Counts, c.Kept.Inside = nil, nil
	c.Kept.OlderNotes, c.Kept.Reason = 0, ""
	c.Refused = ""

	return c
}

// blindClasses are of cases that say what is expected of a collection, or was counted: one of
// cash that is too long in transit says how much that is.
var blindClasses = []string{books.ClassCollection, books.ClassCount, books.ClassCashLate}

// blindCase reports whether a case tells who is logged in what they are to count blind.
func (s *hall) blindCase(ctx context.Context, c books.Case) (bool, error) {
	_, serial, is := strings.Cut(c.ID, c.Kiosk+"-")
	if !is || !s.counts(ctx) || !slices.Contains(blindClasses, c.Class) {
		return false, nil
	}
	serial, _, _ = strings.Cut(serial, "-") // the place goes after it where cash is late
	of, err := s.cfg.Store.Cash.Collection(ctx, serial)
	if errors.Is(err, stored.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("cannot read the collection of a case: %w", err)
	}

	return s.blind(ctx, of)
}

// seen are the cases of a list that tell nobody what they are to count blind.
func (s *hall) seen(ctx context.Context, cases []books.Case) ([]books.Case, error) {
	out := make([]books.Case, 0, len(cases))
	for _, c := range cases {
		hide, err := s.blindCase(ctx, c)
		if err != nil {
			return nil, err
		}
		if !hide {
			out = append(out, c)
		}
	}

	return out, nil
}

// stats are the sums of the books. Those of cases are of the cases that who is logged in sees:
// what a list leaves out could be told from its sum.
func (s *hall) stats(ctx context.Context) (store.Stats, error) {
	st, err := s.cfg.Store.Stats(ctx, s.now())
	if err != nil || !s.counts(ctx) {
		return st, err
	}
	for _, class := range blindClasses {
		cases, err := s.cfg.Store.Cases(ctx, books.Filter{Open: true, Class: class, Limit: stored.MaxList})
		if err != nil {
			return st, fmt.Errorf("cannot read cases: %w", err)
		}
		for _, c := range cases {
			hide, err := s.blindCase(ctx, c)
			if err != nil {
				return st, err
			}
			if hide {
				st.OpenCases--
				st.CaseAmount -= max(c.Amount, -c.Amount)
			}
		}
	}

	return st, nil
}

// caseDetail is all that is held of a case; errBlind of one that is not shown yet.
func (s *hall) caseDetail(ctx context.Context, id string) (books.CaseDetail, error) {
	d, err := s.cfg.Store.CaseDetail(ctx, id)
	if err != nil {
		return d, err
	}
	hide, err := s.blindCase(ctx, d.Case)
	if err == nil && hide {
		err = errBlind
	}
	if err == nil {
		d.Others, err = s.seen(ctx, d.Others)
	}

	return d, err
}
