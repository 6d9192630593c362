package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/accounts"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
)

func (r *rows) Postings(ctx context.Context, serials []string) ([]books.Posting, error) {
	return in(ctx, r.q, postingTable(), serials, "")
}

func (r *rows) ListPostings(ctx context.Context, f books.Filter) ([]books.Posting, error) {
	where, args := narrowed(f, "next_at > 0", when(f.Unsold, "card <> '' AND state <> 'posted'")...)
	return query(ctx, r.q, postingTable(), where+"ORDER BY ordered_at DESC, serial DESC LIMIT "+nth(args), append(args, f.Limit)...)
}

func (r *rows) AddPostings(ctx context.Context, ps []books.Posting) error {
	keys := make([]string, len(ps))
	for i, p := range ps {
		keys[i] = accounts.KeyOfPosting(p)
	}
	return errors.Join(insert(ctx, r, postingTable(), fail, ps), mark(ctx, r, keys...))
}

func (r *rows) UpdatePosting(ctx context.Context, p books.Posting) error {
	if err := update(ctx, r.q, postingTable(), p, p.Version-1); err != nil {
		return err
	}
	return mark(ctx, r, accounts.KeyOfPosting(p))
}

func (r *rows) DuePostings(ctx context.Context, system mis.System, now time.Time, limit int) ([]books.Posting, error) {
	return query(ctx, r.q, postingTable(), "WHERE next_at > 0 AND "+ofSystem(system)+" AND (next_at <= $1 OR next_at > $2) ORDER BY next_at, serial LIMIT $3",
		now.UnixMilli(), now.Add(call.Horizon).UnixMilli(), limit)
}

func (r *rows) InFlight(ctx context.Context, owner string) ([]books.Posting, error) {
	return query(ctx, r.q, postingTable(), "WHERE next_at > 0 AND in_flight AND owner = $1 ORDER BY serial", owner)
}

// ofSystem is the condition of the postings of a system: those of the card-meter system
// are of a card.
func ofSystem(system mis.System) string {
	if system == mis.CardSystem {
		return "card <> ''"
	}
	return "card = ''"
}

func (r *rows) NextDue(ctx context.Context, system mis.System) (time.Time, error) {
	var next int64
	if err := scalar(ctx, r.q, []any{&next}, "SELECT coalesce(min(next_at), 0) FROM postings WHERE next_at > 0 AND "+ofSystem(system)); err != nil || next == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(next).UTC(), nil
}

func (r *rows) PutHistory(ctx context.Context, hs []books.History) error {
	return insert(ctx, r, historyTable(), replace, hs)
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
		{[]any{&s.OpenCases, &s.CaseAmount}, "SELECT count(*), CAST(coalesce(sum(abs(amount)), 0) AS BIGINT) FROM cases WHERE is_open = TRUE", nil},
		{[]any{&s.OpenPostings, &s.OpenAmount, &s.OpenSince}, "SELECT count(*), CAST(coalesce(sum(amount), 0) AS BIGINT), coalesce(min(ordered_at), 0) FROM postings WHERE next_at > 0", nil},
		{
			[]any{&s.Today, &s.TodayAmount, &s.TodayPosted},
			`SELECT count(*), CAST(coalesce(sum(amount), 0) AS BIGINT), CAST(coalesce(sum(CASE WHEN state = 'posted' THEN amount ELSE 0 END), 0) AS BIGINT)
			FROM postings WHERE business_date = $1 AND serial NOT LIKE $2`,
			[]any{date, posting.BookingMark + "%"},
		},
		{
			[]any{&s.TodayBack, &s.TodayClosed},
			`SELECT CAST(coalesce(sum(CASE WHEN how IN ($2, $3, $8, $9) THEN amount ELSE 0 END), 0) AS BIGINT),
				CAST(coalesce(sum(CASE WHEN how = 'person' THEN amount ELSE 0 END), 0) AS BIGINT)
			FROM (SELECT p.amount AS amount, (
				SELECT CASE WHEN c.is_open THEN 'open' WHEN c.closed_by <> $4 THEN 'person' ELSE c.resolution END
				FROM cases c WHERE c.serial = p.serial AND (c.class IN ($5, $6) OR c.class = $7 AND c.is_open = FALSE AND c.closed_by <> $4) ORDER BY c.is_open DESC, c.closed_at DESC, c.opened_at DESC, c.id DESC LIMIT 1
			) AS how FROM postings p WHERE p.business_date = $1 AND p.state IN ('owed', 'disputed')) AS ended`,
			[]any{date, books.GivenBack, books.TakenBack, books.ClosedByOffice, books.ClassOwed, books.ClassDisputed, books.ClassUnbooked, books.ReturnedByBank, books.VoidedByBank},
		},
	} {
		if err := scalar(ctx, r.q, q.dest, q.stmt, q.args...); err != nil {
			return s, fmt.Errorf("cannot count: %w", err)
		}
	}
	return s, nil
}

// pulseSlots is how many rows share the pulse.
const pulseSlots = 16

func (r *rows) Pulse(ctx context.Context) (string, error) {
	var n int64
	err := scalar(ctx, r.q, []any{&n}, "SELECT CAST(sum(n) AS BIGINT) FROM pulse")
	return strconv.FormatInt(n, 10), err
}

// beat moves the pulse. It comes last in an update, so that others wait for its row
// only as long as the commit takes.
func beat(ctx context.Context, q Querier, slot uint64) error {
	if _, err := exec(ctx, q, "UPDATE pulse SET n = n + 1 WHERE slot = $1", int64(slot%pulseSlots)); err != nil {
		return fmt.Errorf("cannot move the pulse: %w", err)
	}
	return nil
}

// narrowed is the WHERE of a list: only the conditions that the filter gives and those in
// more, so that the database can plan each by its index.
func narrowed(f books.Filter, open string, more ...string) (where string, args []any) {
	conditions, args := conditionsOf(f)
	conditions = append(conditions, more...)
	if f.Open && open != "" {
		conditions = append(conditions, open)
	}
	return joined(conditions), args
}

// conditionsOf are those on kiosk and account.
func conditionsOf(f books.Filter) (conditions []string, args []any) {
	if f.Kiosk != "" {
		args = append(args, f.Kiosk)
		conditions = append(conditions, fmt.Sprintf("kiosk = $%d", len(args)))
	}
	if f.Account != "" {
		args = append(args, f.Account)
		conditions = append(conditions, fmt.Sprintf("account = $%d", len(args)))
	}

	return conditions, args
}

// joined is a WHERE of all conditions.
func joined(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return "WHERE " + strings.Join(conditions, " AND ") + " "
}

// when is the condition that holds where asked for, and otherwise none.
func when(asked bool, condition string) []string {
	if !asked {
		return nil
	}
	return []string{condition}
}

// nth is the parameter that comes after args.
func nth(args []any) string { return "$" + strconv.Itoa(len(args)+1) }
