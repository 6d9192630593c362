package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/stored"
)

func (r *rows) Postings(ctx context.Context, serials []string) ([]books.Posting, error) {
	return in(ctx, r.q, postingTable(), serials, "")
}

func (r *rows) ListPostings(ctx context.Context, f books.Filter) ([]books.Posting, error) {
	return query(ctx, r.q, postingTable(), `WHERE ($1 = '' OR kiosk = $1) AND ($2 = '' OR account = $2) AND (NOT $3 OR next_at > 0)
		ORDER BY ordered_at DESC, serial DESC LIMIT $4`, f.Kiosk, f.Account, f.Open, f.Limit)
}

func (r *rows) AddPostings(ctx context.Context, ps []books.Posting) error {
	return insert(ctx, r, postingTable(), fail, ps)
}

func (r *rows) UpdatePosting(ctx context.Context, p books.Posting) error {
	t := postingTable()
	args := t.fields(&p)
	stmt := "UPDATE " + t.name + " SET "
	for i, c := range t.columns[t.keys:] {
		if i > 0 {
			stmt += ", "
		}
		stmt += c + " = $" + strconv.Itoa(i+t.keys+1)
	}
	stmt += fmt.Sprintf(" WHERE serial = $1 AND version = $%d", len(args)+1)
	n, err := exec(ctx, r.q, stmt, append(args, p.Version-1)...)
	if err == nil && n == 0 {
		err = stored.ErrStale
	}
	return err
}

func (r *rows) DuePostings(ctx context.Context, now time.Time, limit int) ([]books.Posting, error) {
	return query(ctx, r.q, postingTable(), "WHERE next_at > 0 AND (next_at <= $1 OR next_at > $2) ORDER BY next_at, serial LIMIT $3",
		now.UnixMilli(), now.Add(call.Horizon).UnixMilli(), limit)
}

func (r *rows) InFlight(ctx context.Context, owner string) ([]books.Posting, error) {
	return query(ctx, r.q, postingTable(), "WHERE next_at > 0 AND in_flight AND owner = $1 ORDER BY serial", owner)
}

func (r *rows) NextDue(ctx context.Context) (time.Time, error) {
	var next int64
	if err := scalar(ctx, r.q, []any{&next}, "SELECT coalesce(min(next_at), 0) FROM postings WHERE next_at > 0"); err != nil || next == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(next).UTC(), nil
}

func (r *rows) AddHistory(ctx context.Context, hs []books.History) error {
	return insert(ctx, r, historyTable(), fail, hs)
}

func (r *rows) History(ctx context.Context, serial string) ([]books.History, error) {
	return query(ctx, r.q, historyTable(), "WHERE serial = $1 ORDER BY version", serial)
}

func (r *rows) Presence(ctx context.Context) (fleet.Presence, error) {
	var p fleet.Presence
	err := scalar(ctx, r.q, []any{&p.Kiosks, &p.Online}, "SELECT count(*), coalesce(sum(CASE WHEN online THEN 1 ELSE 0 END), 0) FROM kiosks")
	return p, err
}

func (r *rows) Figures(ctx context.Context, date string) (books.Figures, error) {
	s := books.Figures{BusinessDate: date}
	for _, q := range []struct {
		dest []any
		stmt string
		args []any
	}{
		{[]any{&s.AlarmsOn}, "SELECT count(*) FROM alarms WHERE is_on", nil},
		{[]any{&s.OpenCases, &s.CaseAmount}, "SELECT count(*), CAST(coalesce(sum(amount), 0) AS BIGINT) FROM cases WHERE is_open", nil},
		{[]any{&s.OpenPostings, &s.OpenAmount}, "SELECT count(*), CAST(coalesce(sum(amount), 0) AS BIGINT) FROM postings WHERE next_at > 0", nil},
		{
			[]any{&s.Today, &s.TodayAmount, &s.TodayPosted},
			`SELECT count(*), CAST(coalesce(sum(amount), 0) AS BIGINT), CAST(coalesce(sum(CASE WHEN state = 'posted' THEN amount ELSE 0 END), 0) AS BIGINT)
			FROM postings WHERE business_date = $1`,
			[]any{date},
		},
	} {
		if err := scalar(ctx, r.q, q.dest, q.stmt, q.args...); err != nil {
			return s, fmt.Errorf("cannot count: %w", err)
		}
	}
	return s, nil
}

func (r *rows) Pulse(ctx context.Context) (string, error) {
	var k, h, t, p, c, a, o, j, b, w int64
	err := scalar(ctx, r.q, []any{&k, &h, &t, &p, &c, &a, &o, &j, &b, &w}, `SELECT
		(SELECT coalesce(max(updated_at), 0) FROM kiosks), (SELECT coalesce(max(updated_at), 0) FROM journals), (SELECT coalesce(max(updated_at), 0) FROM transactions),
		(SELECT coalesce(max(updated_at), 0) FROM postings), (SELECT coalesce(max(updated_at), 0) FROM cases),
		(SELECT coalesce(max(updated_at), 0) FROM alarms), (SELECT coalesce(max(updated_at), 0) FROM rollouts),
		(SELECT coalesce(max(updated_at), 0) FROM rollout_targets), (SELECT count(*) FROM bundles),
		(SELECT coalesce(max(updated_at), 0) FROM technicians)`)
	return fmt.Sprint(k, h, t, p, c, a, o, j, b, w), err
}
