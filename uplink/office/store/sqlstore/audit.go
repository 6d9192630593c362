package sqlstore

import (
	"context"
	"fmt"

	"wattkiosk/uplink/office/people"
)

func auditTable() table[people.Audit] {
	return table[people.Audit]{
		"audit", cols("id seq at who action object reason prev hash"), 1,
		func(a *people.Audit) []any {
			return []any{&a.ID, &a.Seq, &a.At, &a.User, &a.Action, &a.Object, &a.Reason, digest{&a.Prev}, digest{&a.Hash}}
		},
	}
}

func (r *rows) AddAudit(ctx context.Context, a people.Audit) error {
	head, err := r.AuditHead(ctx)
	if err != nil {
		return err
	}
	a = a.After(head)
	if _, err := exec(ctx, r.q, "INSERT INTO audit (seq, at, who, action, object, reason, prev, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		a.Seq, a.At, a.User, a.Action, a.Object, a.Reason, digest{&a.Prev}, digest{&a.Hash}); err != nil {
		return fmt.Errorf("cannot write audit: %w", err)
	}
	return r.putAuditHead(ctx, a.Head())
}

func (r *rows) AuditHead(ctx context.Context) (h people.AuditHead, err error) {
	if err := scalar(ctx, r.q, []any{&h.Seq, digest{&h.Hash}}, "SELECT seq, hash FROM audit_head WHERE one = 1"+r.forUpdate); err != nil {
		return h, fmt.Errorf("cannot read audit_head: %w", err)
	}
	return h, nil
}

func (r *rows) putAuditHead(ctx context.Context, h people.AuditHead) error {
	if _, err := exec(ctx, r.q, "UPDATE audit_head SET seq = $1, hash = $2 WHERE one = 1", h.Seq, digest{&h.Hash}); err != nil {
		return fmt.Errorf("cannot write audit_head: %w", err)
	}
	return nil
}

func (r *rows) ListAudit(ctx context.Context, f people.AuditFilter) ([]people.Audit, error) {
	var conditions []string
	var args []any
	narrow := func(condition string, arg any) {
		conditions = append(conditions, condition+nth(args))
		args = append(args, arg)
	}
	if f.User != "" {
		narrow("who = ", f.User)
	}
	if f.Object != "" {
		narrow("object = ", f.Object)
	}
	if f.Before != 0 {
		narrow("seq < ", f.Before)
	}
	return query(ctx, r.q, auditTable(), joined(conditions)+"ORDER BY id DESC LIMIT "+nth(args), append(args, f.Limit)...)
}

func (r *rows) AuditAfter(ctx context.Context, seq int64, limit int) ([]people.Audit, error) {
	return query(ctx, r.q, auditTable(), "WHERE seq > $1 ORDER BY seq LIMIT $2", seq, limit)
}

func (r *rows) UnchainedAudit(ctx context.Context, limit int) ([]people.Audit, error) {
	return query(ctx, r.q, auditTable(), "WHERE seq = 0 ORDER BY id LIMIT $1", limit)
}

func (r *rows) ChainAudit(ctx context.Context, a people.Audit) error {
	if _, err := exec(ctx, r.q, "UPDATE audit SET seq = $1, prev = $2, hash = $3 WHERE id = $4 AND seq = 0", a.Seq, digest{&a.Prev}, digest{&a.Hash}, a.ID); err != nil {
		return fmt.Errorf("cannot chain act %d: %w", a.ID, err)
	}
	return r.putAuditHead(ctx, a.Head())
}
