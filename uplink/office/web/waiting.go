package web

import (
	"context"
	"slices"

	"wattkiosk/uplink/office/approval"
)

// waiting are plans about something, as its page shows them: an act that waits for a second
// person is shown in place of the form that would propose it again.
type waiting []planRow

// Wait reports whether a plan of one of these kinds waits for a second person.
func (w waiting) Wait(kinds ...string) bool { return len(w.Of(kinds...)) > 0 }

// Of are those of these kinds that wait; all of them where no kind is named.
func (w waiting) Of(kinds ...string) waiting {
	return slices.DeleteFunc(slices.Clone(w), func(p planRow) bool {
		return p.State != approval.Pending || len(kinds) > 0 && !slices.Contains(kinds, string(p.Kind))
	})
}

// About are those about one object.
func (w waiting) About(object string) waiting {
	return slices.DeleteFunc(slices.Clone(w), func(p planRow) bool { return p.Object != object })
}

// planRows are the plans that f lets through, the newest first.
func (s *hall) planRows(ctx context.Context, l lang, f approval.Filter) (waiting, error) {
	plans, err := s.cfg.Store.Plans.Plans(ctx, f, s.now())
	if err != nil {
		return nil, err
	}
	rows := make(waiting, len(plans))
	for i, p := range plans {
		rows[i] = s.planRow(l, p)
	}

	return rows, nil
}

// pendingOf are the plans about an object that wait for a second person.
func (s *hall) pendingOf(ctx context.Context, l lang, object string) (waiting, error) {
	return s.planRows(ctx, l, approval.Filter{Object: object, Pending: true})
}

// pendingKind are those of a kind, whatever they are about.
func (s *hall) pendingKind(ctx context.Context, l lang, k approval.Kind) (waiting, error) {
	return s.planRows(ctx, l, approval.Filter{Kind: k, Pending: true})
}

// plansOf are the plans about a transaction.
func (s *hall) plansOf(ctx context.Context, l lang, serial string) (waiting, error) {
	return s.planRows(ctx, l, approval.Filter{Serial: serial})
}
