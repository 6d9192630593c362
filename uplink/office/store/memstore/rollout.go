package memstore

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/store"
)

func (b *books) Bundle(_ context.Context, sha256 string) (store.Bundle, error) {
	return one(b.bundles, sha256)
}

func (b *books) Bundles(_ context.Context, limit int) ([]store.Bundle, error) {
	return list(b.bundles, func(store.Bundle) bool { return true }, func(x, y store.Bundle) int {
		return cmp.Or(cmp.Compare(y.UploadedAt, x.UploadedAt), cmp.Compare(x.SHA256, y.SHA256))
	}, limit), nil
}

func (b *books) PutBundle(_ context.Context, x store.Bundle) error {
	put(b, b.bundles, x.SHA256, x)
	return nil
}

func (b *books) Members(context.Context) ([]store.Member, error) {
	var out []store.Member
	for _, g := range slices.Sorted(maps.Keys(b.groups)) {
		for _, k := range b.groups[g] {
			out = append(out, store.Member{Group: g, Kiosk: k})
		}
	}
	return out, nil
}

func (b *books) SetGroup(_ context.Context, group string, kiosks []string) error {
	if len(kiosks) == 0 {
		remove(b, b.groups, group)
		return nil
	}
	put(b, b.groups, group, slices.Sorted(slices.Values(kiosks)))
	return nil
}

func (b *books) Rollout(_ context.Context, id string) (rollout.Rollout, error) {
	return one(b.rollouts, id)
}

func (b *books) ListRollouts(_ context.Context, limit int) ([]rollout.Rollout, error) {
	return list(b.rollouts, func(rollout.Rollout) bool { return true }, func(x, y rollout.Rollout) int {
		return cmp.Or(cmp.Compare(y.CreatedAt, x.CreatedAt), cmp.Compare(y.ID, x.ID))
	}, limit), nil
}

func (b *books) ActiveRollouts(context.Context) ([]rollout.Rollout, error) {
	return list(b.rollouts, func(r rollout.Rollout) bool { return r.State.Active() }, func(x, y rollout.Rollout) int {
		return cmp.Compare(x.ID, y.ID)
	}, math.MaxInt), nil
}

func (b *books) PutRollout(_ context.Context, r rollout.Rollout) error {
	r.Targets = nil
	put(b, b.rollouts, r.ID, r)
	return nil
}

func (b *books) Targets(_ context.Context, id string) ([]store.Target, error) {
	return list(b.targets, func(t store.Target) bool { return t.Rollout == id }, func(x, y store.Target) int {
		return cmp.Compare(x.Rank, y.Rank)
	}, math.MaxInt), nil
}

func (b *books) TargetOf(_ context.Context, job string) (store.Target, error) {
	for _, t := range b.targets {
		if job != "" && (t.Up.ID == job || t.Back.ID == job) {
			return t, nil
		}
	}
	return store.Target{}, store.ErrNotFound
}

func (b *books) PutTargets(_ context.Context, rows []store.Target) error {
	for _, t := range rows {
		put(b, b.targets, targetKey{t.Rollout, t.Kiosk}, t)
	}
	return nil
}

func (b *books) OpenTargets(_ context.Context, now int64) ([]store.Target, error) {
	return list(b.targets, func(t store.Target) bool { return t.OpenUntil > 0 && t.OpenUntil >= now }, func(x, y store.Target) int {
		return cmp.Or(cmp.Compare(x.Kiosk, y.Kiosk), cmp.Compare(x.Rollout, y.Rollout))
	}, math.MaxInt), nil
}

func (b *books) CountTargets(context.Context) ([]store.TargetCount, error) {
	counts := map[store.TargetCount]int64{}
	for _, t := range b.targets {
		counts[store.TargetCount{Rollout: t.Rollout, Phase: t.CountPhase()}]++
	}
	var out []store.TargetCount
	for c, n := range counts {
		c.Count = n
		out = append(out, c)
	}
	return out, nil
}
