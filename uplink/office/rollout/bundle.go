package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// Bounds of groups.
const (
	MaxGroupMembers = MaxTargets
	maxGroups       = 200
)

// StoredBundle is a bundle that head office has on disk.
type StoredBundle struct {
	Bundle
	Product    string `json:"product"`
	Variant    string `json:"variant"`
	Floor      uint64 `json:"floor"`
	Expires    int64  `json:"expires"` // Unix ms
	Notes      string `json:"notes"`
	Signers    string `json:"signers"` // that head office has verified; "" is not verified
	UploadedBy string `json:"uploaded_by"`
	UploadedAt int64  `json:"uploaded_at"`
}

// Member says that a kiosk is in a group.
type Member struct {
	Group string `json:"group"`
	Kiosk string `json:"kiosk"`
}

// Group is a named set of kiosks.
type Group struct {
	Name   string   `json:"name"`
	Kiosks []string `json:"kiosks"`
}

// AddBundle makes a bundle known, and audits who brought it. One that is known
// already stays as it is.
func (p *Planner) AddBundle(ctx context.Context, b StoredBundle, by string, now time.Time) (StoredBundle, error) {
	b.UploadedBy, b.UploadedAt, b.Notes = by, stored.Millis(now), stored.Text(b.Notes)
	err := p.b.Update(ctx, func(tx Tx) error {
		old, err := tx.Bundle(ctx, b.SHA256)
		if err == nil {
			b = old
			return nil
		}
		if !errors.Is(err, stored.ErrNotFound) {
			return err
		}
		if err := tx.PutBundle(ctx, b); err != nil {
			return err
		}
		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: by, Action: "upload bundle", Object: b.SHA256, Reason: fmt.Sprintf("%s build %d", b.Version, b.Build)})
	})
	return b, err
}

// Bundle returns one bundle by the SHA-256 of its file, or stored.ErrNotFound.
func (p *Planner) Bundle(ctx context.Context, sha256 string) (StoredBundle, error) {
	return stored.View(ctx, p.b, func(tx Tx) (StoredBundle, error) { return tx.Bundle(ctx, sha256) })
}

// Bundles are the newest first.
func (p *Planner) Bundles(ctx context.Context, limit int) ([]StoredBundle, error) {
	return stored.View(ctx, p.b, func(tx Tx) ([]StoredBundle, error) { return tx.Bundles(ctx, stored.Limit(limit)) })
}

// Groups are by name.
func (p *Planner) Groups(ctx context.Context) ([]Group, error) {
	return stored.View(ctx, p.b, func(tx Tx) ([]Group, error) { return groups(ctx, tx) })
}

func groups(ctx context.Context, tx Tx) ([]Group, error) {
	rows, err := tx.Members(ctx)
	var out []Group
	for _, m := range rows {
		if n := len(out); n == 0 || out[n-1].Name != m.Group {
			out = append(out, Group{Name: m.Group})
		}
		last := &out[len(out)-1]
		last.Kiosks = append(last.Kiosks, m.Kiosk)
	}
	return out, err
}

// SetGroup replaces the members of a group; none removes it. A name that is no
// kiosk is books.ErrUnknown, a name that no group can have ErrSpec.
func (p *Planner) SetGroup(ctx context.Context, name string, kiosks []string, by string, now time.Time) error {
	kiosks = slices.Compact(slices.Sorted(slices.Values(kiosks)))
	if !wire.PlainName(name) || len(kiosks) > MaxGroupMembers {
		return fmt.Errorf("%w: group %.80q of %d kiosks", ErrSpec, name, len(kiosks))
	}
	return p.b.Update(ctx, func(tx Tx) error {
		have, err := groups(ctx, tx)
		if err != nil {
			return err
		}
		if len(have) >= maxGroups && !slices.ContainsFunc(have, func(g Group) bool { return g.Name == name }) {
			return fmt.Errorf("%w: more than %d groups", ErrSpec, maxGroups)
		}
		known, err := fleetIDs(ctx, tx)
		if err != nil {
			return err
		}
		for _, k := range kiosks {
			if _, ok := slices.BinarySearch(known, k); !ok {
				return fmt.Errorf("%w: %.64q", books.ErrUnknown, k)
			}
		}
		if err := tx.SetGroup(ctx, name, kiosks); err != nil {
			return err
		}
		return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: by, Action: "set group", Object: name, Reason: fmt.Sprintf("%d kiosks", len(kiosks))})
	})
}

func fleetIDs(ctx context.Context, tx Tx) ([]string, error) {
	ks, err := tx.Kiosks(ctx)
	out := make([]string, len(ks))
	for i, k := range ks {
		out[i] = k.ID
	}
	return out, err
}
