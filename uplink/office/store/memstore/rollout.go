package memstore

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/stored"
)

func (b *rows) Bundle(_ context.Context, sha256 string) (rollout.StoredBundle, error) {
	return one(b.bundles, sha256)
}

func (b *rows) Bundles(_ context.Context, limit int) ([]rollout.StoredBundle, error) {
	return list(b.bundles, func(rollout.StoredBundle) bool { return true }, func(x, y rollout.StoredBundle) int {
		return cmp.Or(cmp.Compare(y.UploadedAt, x.UploadedAt), cmp.Compare(x.SHA256, y.SHA256))
	}, limit), nil
}

func (b *rows) PutBundle(_ context.Context, x rollout.StoredBundle) error {
	put(b, b.bundles, x.SHA256, x)
	return nil
}

func (b *rows) Members(context.Context) ([]rollout.Member, error) {
	var out []rollout.Member
	for _, g := range slices.Sorted(maps.Keys(b.groups)) {
		for _, k := range b.groups[g] {
			out = append(out, rollout.Member{Group: g, Kiosk: k})
		}
	}
	return out, nil
}

func (b *rows) SetGroup(_ context.Context, group string, kiosks []string) error {
	if len(kiosks) == 0 {
		remove(b, b.groups, group)
		return nil
	}
	put(b, b.groups, group, slices.Sorted(slices.Values(kiosks)))
	return nil
}

func (b *rows) Rollout(_ context.Context, id string) (rollout.Rollout, error) {
	return one(b.rollouts, id)
}

func (b *rows) ListRollouts(_ context.Context, limit int) ([]rollout.Rollout, error) {
	return list(b.rollouts, func(rollout.Rollout) bool { return true }, func(x, y rollout.Rollout) int {
		return cmp.Or(cmp.Compare(y.CreatedAt, x.CreatedAt), cmp.Compare(y.ID, x.ID))
	}, limit), nil
}

func (b *rows) ActiveRollouts(context.Context) ([]rollout.Rollout, error) {
	return list(b.rollouts, func(r rollout.Rollout) bool { return r.State.Active() }, func(x, y rollout.Rollout) int {
		return cmp.Compare(x.ID, y.ID)
	}, math.MaxInt), nil
}

func (b *rows) PutRollout(_ context.Context, r rollout.Rollout) error {
	r.Targets = nil
	put(b, b.rollouts, r.ID, r)
	return nil
}

func (b *rows) Targets(_ context.Context, id string) ([]rollout.TargetRow, error) {
	return list(b.targets, func(t rollout.TargetRow) bool { return t.Rollout == id }, func(x, y rollout.TargetRow) int {
		return cmp.Compare(x.Rank, y.Rank)
	}, math.MaxInt), nil
}

func (b *rows) TargetOf(_ context.Context, job string) (rollout.TargetRow, error) {
	for _, t := range b.targets {
		if job != "" && (t.Up.ID == job || t.Back.ID == job) {
			return t, nil
		}
	}
	return rollout.TargetRow{}, stored.ErrNotFound
}

func (b *rows) PutTargets(_ context.Context, rows []rollout.TargetRow) error {
	for _, t := range rows {
		put(b, b.targets, targetKey{t.Rollout, t.Kiosk}, t)
	}
	return nil
}

func (b *rows) OpenTargets(_ context.Context, now int64) ([]rollout.TargetRow, error) {
	return list(b.targets, func(t rollout.TargetRow) bool { return t.OpenUntil > 0 && t.OpenUntil >= now }, func(x, y rollout.TargetRow) int {
		return cmp.Or(cmp.Compare(x.Kiosk, y.Kiosk), cmp.Compare(x.Rollout, y.Rollout))
	}, math.MaxInt), nil
}

func (b *rows) CountTargets(context.Context) ([]rollout.TargetCount, error) {
	counts := map[rollout.TargetCount]int64{}
	for _, t := range b.targets {
		counts[rollout.TargetCount{Rollout: t.Rollout, Phase: t.CountPhase()}]++
	}
	var out []rollout.TargetCount
	for c, n := range counts {
		c.Count = n
		out = append(out, c)
	}
	return out, nil
}
