package rollout

import (
	"context"

	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/people"
)

// Tx is bundles, groups of kiosks, and rollouts with their targets.
type Tx interface {
	fleet.KioskTx
	people.AuditTx

	Bundle(ctx context.Context, sha256 string) (StoredBundle, error)
	// Bundles is newest first.
	Bundles(ctx context.Context, limit int) ([]StoredBundle, error)
	PutBundle(ctx context.Context, b StoredBundle) error
	// Members is by group and kiosk.
	Members(ctx context.Context) ([]Member, error)
	// SetGroup replaces the members of a group.
	SetGroup(ctx context.Context, group string, kiosks []string) error
	// Rollout is without its targets. It locks the row until the end of an Update.
	Rollout(ctx context.Context, id string) (Rollout, error)
	// ListRollouts is newest first, without targets.
	ListRollouts(ctx context.Context, limit int) ([]Rollout, error)
	// ActiveRollouts are those that Decide has something to do with, by id.
	ActiveRollouts(ctx context.Context) ([]Rollout, error)
	PutRollout(ctx context.Context, r Rollout) error
	// Targets is by rank.
	Targets(ctx context.Context, id string) ([]TargetRow, error)
	// TargetOf is the target that has a job of this id.
	TargetOf(ctx context.Context, job string) (TargetRow, error)
	PutTargets(ctx context.Context, rows []TargetRow) error
	// OpenTargets are those with a job that is open at now, by kiosk and
	OpenTargets(ctx context.Context, now int64) ([]TargetRow, error)
	// CountTargets counts the targets of every rollout by how far they are.
	CountTargets(ctx context.Context) ([]TargetCount, error)
}
