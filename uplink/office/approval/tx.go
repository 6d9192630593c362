package approval

import (
	"context"

	"wattkiosk/uplink/office/people"
)

// Tx is the rows of plans, inside one database transaction. What a plan does needs more:
// that of a Desk has it.
type Tx interface {
	people.RefusalTx
	people.UserTx

	// Plan locks the row until the end of an Update; it is stored.ErrNotFound for none.
	Plan(ctx context.Context, id string) (Plan, error)
	// PendingPlan is the one of this kind about this object that is not decided, expired
	// or not, or stored.ErrNotFound: there is one at most.
	PendingPlan(ctx context.Context, kind Kind, object string) (Plan, error)
	// ListPlans is newest first. Filter.Pending is by state alone: the caller looks at the
	// time.
	ListPlans(ctx context.Context, f Filter) ([]Plan, error)
	AddPlan(ctx context.Context, p Plan) error
	// UpdatePlan replaces the row with version p.Version-1, else stored.ErrStale.
	UpdatePlan(ctx context.Context, p Plan) error
}
