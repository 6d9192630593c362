package sqlite

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/sqlstore"
)

// planner is a file whose last reading statement is remembered, with its arguments.
type planner struct {
	*engine
	query string
	args  []any
}

func (p *planner) View(ctx context.Context, fn func(sqlstore.Querier) error) error {
	return p.engine.View(ctx, func(q sqlstore.Querier) error { return fn(spy{q, p}) })
}

type spy struct {
	sqlstore.Querier
	p *planner
}

func (s spy) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s.p.query, s.p.args = query, args
	return s.Querier.QueryContext(ctx, query, args...)
}

// plan is how SQLite reaches the rows of the statement.
func (p *planner) plan(t *testing.T) string {
	t.Helper()
	rows, err := p.readers.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+p.query, p.args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var id, parent, unused int
	var step string
	if !rows.Next() {
		t.Fatalf("no plan for %s: %v", p.query, rows.Err())
	}
	if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
		t.Fatal(err)
	}
	return step
}

// TestListsAreReadByAnIndex: no filter of a list reads a table from end to end. Where the
// newest are asked for, the index is read from its end up to the limit.
func TestListsAreReadByAnIndex(t *testing.T) {
	e, err := open(t.Context(), filepath.Join(t.TempDir(), "books.db"))
	if err != nil {
		t.Fatal(err)
	}
	p := &planner{engine: e}
	s, err := store.Open(t.Context(), sqlstore.New(p), books.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})

	kiosk, account, open, all := books.Filter{Kiosk: "10000001"}, books.Filter{Account: "1000000001"}, books.Filter{Open: true}, books.Filter{}
	for _, c := range []struct {
		list string
		f    books.Filter
		want string
	}{
		{"transactions", all, "SCAN transactions USING INDEX transactions_opened"},
		{"transactions", kiosk, "SEARCH transactions USING INDEX transactions_kiosk_opened (kiosk=?)"},
		{"transactions", account, "SEARCH transactions USING INDEX transactions_account_opened (account=?)"},
		{"transactions", books.Filter{OpenedBy: 2, OpenedAfter: 1, Before: books.Mark{OpenedAt: 2, Serial: "1"}}, "SEARCH transactions USING INDEX transactions_opened (opened_at>? AND (opened_at,serial)<(?,?))"},
		{"transactions", books.Filter{Kiosk: "10000001", OpenedBy: 2, OpenedAfter: 1}, "SEARCH transactions USING INDEX transactions_kiosk_opened (kiosk=? AND opened_at>? AND opened_at<?)"},
		{"postings", all, "SCAN postings USING INDEX postings_ordered"},
		{"postings", kiosk, "SEARCH postings USING INDEX postings_kiosk_ordered (kiosk=?)"},
		{"postings", account, "SEARCH postings USING INDEX postings_account_ordered (account=?)"},
		{"postings", open, "SCAN postings USING INDEX postings_open"},
		{"postings", books.Filter{Unsold: true}, "SCAN postings USING INDEX postings_unsold"},
		{"cases", open, "SEARCH cases USING INDEX cases_open (is_open=?)"},
		{"cases", books.Filter{Open: true, Kiosk: "10000001"}, "SEARCH cases USING INDEX cases_open (is_open=?)"},
		{"cases", books.Filter{Owner: "wang"}, "SEARCH cases USING INDEX cases_owner (owner=?)"},
		{"cases", all, "SCAN cases USING INDEX cases_open"},
		{"open cases by age", all, "SEARCH cases USING INDEX cases_open (is_open=? AND opened_at<?)"},
		{"deliveries", all, "SCAN deliveries USING INDEX deliveries_sold"},
		{"deliveries", kiosk, "SEARCH deliveries USING INDEX deliveries_kiosk (kiosk=?)"},
		{"deliveries", account, "SEARCH deliveries USING INDEX deliveries_account (account=?)"},
		{"deliveries", open, "SCAN deliveries USING INDEX deliveries_open"},
	} {
		var err error
		switch c.list {
		case "transactions":
			_, err = s.Transactions(t.Context(), c.f)
		case "postings":
			_, err = s.Postings(t.Context(), c.f)
		case "cases":
			_, err = s.Cases(t.Context(), c.f)
		case "open cases by age":
			_, err = s.CaseCounts(t.Context(), time.Now())
		case "deliveries":
			_, err = s.Deliveries(t.Context(), c.f)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := p.plan(t); got != c.want {
			t.Errorf("%s by %+v:\n%s\nwant %s", c.list, c.f, got, c.want)
		}
	}
}
