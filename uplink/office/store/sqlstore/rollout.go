package sqlstore

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"

	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// document reads and writes a value as JSON text.
type document struct{ v any }

func (d document) Scan(v any) error {
	switch b := v.(type) {
	case string:
		return json.Unmarshal([]byte(b), d.v)
	case []byte:
		return json.Unmarshal(b, d.v)
	}
	return fmt.Errorf("JSON is a %T", v)
}

func (d document) Value() (driver.Value, error) {
	b, err := json.Marshal(d.v)
	return string(b), err
}

func bundleTable() table[rollout.StoredBundle] {
	return table[rollout.StoredBundle]{
		"bundles", cols("sha256 size kind board version build product variant floor expires notes signers uploaded_by uploaded_at"), 1,
		func(b *rollout.StoredBundle) []any {
			return []any{
				&b.SHA256, &b.Size, (*string)(&b.Kind), &b.Board, &b.Version, &b.Build, &b.Product, &b.Variant, &b.Floor, &b.Expires, &b.Notes,
				&b.Signers, &b.UploadedBy, &b.UploadedAt,
			}
		},
	}
}

func memberTable() table[rollout.Member] {
	return table[rollout.Member]{
		"members", cols("grp kiosk"), 2,
		func(m *rollout.Member) []any { return []any{&m.Group, &m.Kiosk} },
	}
}

func rolloutTable() table[rollout.Rollout] {
	return table[rollout.Rollout]{
		"rollouts", cols(`id spec bundle state wave wave_at wave_done_at reason rolled_back created_by created_at started_by started_at
			ended_at updated_at`), 1,
		func(r *rollout.Rollout) []any {
			return []any{
				&r.ID,
				document{&r.Spec},
				document{&r.Bundle},
				(*string)(&r.State), &r.Wave, &r.WaveAt, &r.WaveDoneAt,
				document{&r.Reason},
				&r.RolledBack, &r.CreatedBy, &r.CreatedAt, &r.StartedBy, &r.StartedAt, &r.EndedAt, &r.UpdatedAt,
			}
		},
	}
}

const jobColumns = "id kind build sent_at deadline withdrawn phase percent code detail from_build to_build kiosk_at reported_at"

func jobFields(j *rollout.Job) []any {
	return []any{
		&j.ID, (*string)(&j.Kind), &j.Build, &j.SentAt, &j.Deadline, &j.Withdrawn, (*string)(&j.Phase), &j.Percent, &j.Code, &j.Detail,
		&j.From, &j.To, &j.KioskAt, &j.ReportedAt,
	}
}

func targetTable() table[rollout.TargetRow] {
	columns := cols("rollout kiosk wave rank skip stay open_until updated_at")
	for _, way := range []string{"up_", "back_"} {
		for _, c := range cols(jobColumns) {
			columns = append(columns, way+c)
		}
	}
	return table[rollout.TargetRow]{
		"rollout_targets", columns, 2,
		func(t *rollout.TargetRow) []any {
			f := []any{&t.Rollout, &t.Kiosk, &t.Wave, &t.Rank, document{&t.Skip}, document{&t.Stay}, &t.OpenUntil, &t.UpdatedAt}
			return append(append(f, jobFields(&t.Up)...), jobFields(&t.Back)...)
		},
	}
}

func (r *rows) Bundle(ctx context.Context, sha256 string) (rollout.StoredBundle, error) {
	return queryOne(ctx, r.q, bundleTable(), "WHERE sha256 = $1", sha256)
}

func (r *rows) Bundles(ctx context.Context, limit int) ([]rollout.StoredBundle, error) {
	return query(ctx, r.q, bundleTable(), "ORDER BY uploaded_at DESC, sha256 LIMIT $1", limit)
}

func (r *rows) PutBundle(ctx context.Context, b rollout.StoredBundle) error {
	return insert(ctx, r, bundleTable(), replace, []rollout.StoredBundle{b})
}

func (r *rows) Members(ctx context.Context) ([]rollout.Member, error) {
	return query(ctx, r.q, memberTable(), "ORDER BY grp, kiosk")
}

func (r *rows) SetGroup(ctx context.Context, group string, kiosks []string) error {
	if _, err := exec(ctx, r.q, "DELETE FROM members WHERE grp = $1", group); err != nil {
		return fmt.Errorf("cannot write members: %w", err)
	}
	ms := make([]rollout.Member, len(kiosks))
	for i, k := range kiosks {
		ms[i] = rollout.Member{Group: group, Kiosk: k}
	}
	return insert(ctx, r, memberTable(), fail, ms)
}

func (r *rows) Rollout(ctx context.Context, id string) (rollout.Rollout, error) {
	return queryOne(ctx, r.q, rolloutTable(), "WHERE id = $1"+r.forUpdate, id)
}

func (r *rows) ListRollouts(ctx context.Context, limit int) ([]rollout.Rollout, error) {
	return query(ctx, r.q, rolloutTable(), "ORDER BY created_at DESC, id DESC LIMIT $1", limit)
}

func (r *rows) ActiveRollouts(ctx context.Context) ([]rollout.Rollout, error) {
	return query(ctx, r.q, rolloutTable(), "WHERE state IN ($1, $2, $3) ORDER BY id",
		string(rollout.Running), string(rollout.Paused), string(rollout.RollingBack))
}

func (r *rows) PutRollout(ctx context.Context, x rollout.Rollout) error {
	return insert(ctx, r, rolloutTable(), replace, []rollout.Rollout{x})
}

func (r *rows) Targets(ctx context.Context, id string) ([]rollout.TargetRow, error) {
	return query(ctx, r.q, targetTable(), "WHERE rollout = $1 ORDER BY rank", id)
}

func (r *rows) TargetOf(ctx context.Context, job string) (rollout.TargetRow, error) {
	if job == "" {
		return rollout.TargetRow{}, stored.ErrNotFound
	}
	return queryOne(ctx, r.q, targetTable(), "WHERE (up_id = $1 AND up_id <> '') OR (back_id = $1 AND back_id <> '')", job)
}

func (r *rows) PutTargets(ctx context.Context, ts []rollout.TargetRow) error {
	return insert(ctx, r, targetTable(), replace, ts)
}

func (r *rows) OpenTargets(ctx context.Context, now int64) ([]rollout.TargetRow, error) {
	return query(ctx, r.q, targetTable(), "WHERE open_until > 0 AND open_until >= $1 ORDER BY kiosk, rollout", now)
}

func (r *rows) CountTargets(ctx context.Context) ([]rollout.TargetCount, error) {
	rs, err := r.q.QueryContext(ctx, `SELECT rollout, up_id <> '', skip <> '{}', up_phase, count(*) FROM rollout_targets
		GROUP BY rollout, up_id <> '', skip <> '{}', up_phase`)
	if err != nil {
		return nil, fmt.Errorf("cannot count rollout_targets: %w", err)
	}
	defer func() { _ = rs.Close() }() // Err below is what counts
	var out []rollout.TargetCount
	for rs.Next() {
		var c rollout.TargetCount
		var sent, skipped bool
		var phase string
		if err := rs.Scan(&c.Rollout, &sent, &skipped, &phase, &c.Count); err != nil {
			return nil, fmt.Errorf("cannot count rollout_targets: %w", err)
		}
		t := rollout.TargetRow{}
		if sent {
			t.Up.ID, t.Up.Phase = "x", wire.Phase(phase)
		}
		if skipped {
			t.Skip.Code = "x"
		}
		c.Phase = t.CountPhase()
		out = append(out, c)
	}
	if err := rs.Err(); err != nil {
		return nil, fmt.Errorf("cannot count rollout_targets: %w", err)
	}
	return out, nil
}
