package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

const defaultList = 100 // rows of a list without a limit

// filter reads ?kiosk= &account= &open= &limit=.
func filter(r *http.Request) (books.Filter, error) {
	q := r.URL.Query()
	f := books.Filter{Kiosk: q.Get("kiosk"), Account: q.Get("account"), Limit: defaultList}
	if len(f.Kiosk) > maxUser || len(f.Account) > maxUser {
		return f, fmt.Errorf("kiosk or account %w: too long", errInput)
	}
	if v := q.Get("open"); v != "" {
		open, err := strconv.ParseBool(v)
		if err != nil {
			return f, fmt.Errorf("open %w: want true or false", errInput)
		}
		f.Open = open
	}
	if v := q.Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > stored.MaxList {
			return f, fmt.Errorf("limit %w: want 1 to %d", errInput, stored.MaxList)
		}
		f.Limit = n
	}
	return f, nil
}

// list answers with the rows of get under key.
func list[T any](s *hall, w http.ResponseWriter, r *http.Request, key string, get func(context.Context, books.Filter) ([]T, error)) {
	f, err := filter(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	rows, err := get(r.Context(), f)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{key: some(rows)})
}

func (s *booksPages) apiTransactions(w http.ResponseWriter, r *http.Request) {
	list(s.hall, w, r, "transactions", func(ctx context.Context, f books.Filter) ([]transactionView, error) {
		rows, err := s.cfg.Store.Transactions(ctx, f)
		if err != nil {
			return nil, err
		}
		now, err := s.standings(ctx, rows)
		if err != nil {
			return nil, err
		}
		views := make([]transactionView, len(rows))
		for i, t := range rows {
			views[i] = viewTransaction(t, now[i].state)
		}

		return views, nil
	})
}

func (s *booksPages) apiPostings(w http.ResponseWriter, r *http.Request) {
	list(s.hall, w, r, "postings", func(ctx context.Context, f books.Filter) ([]postingView, error) {
		rows, err := s.cfg.Store.Postings(ctx, f)
		views := make([]postingView, len(rows))
		for i, p := range rows {
			views[i] = viewPosting(p)
		}
		return views, err
	})
}

func (s *booksPages) apiCases(w http.ResponseWriter, r *http.Request) {
	list(s.hall, w, r, "cases", func(ctx context.Context, f books.Filter) ([]books.Case, error) {
		cases, err := s.cfg.Store.Cases(ctx, f)
		if err != nil {
			return nil, err
		}

		return s.seen(ctx, cases)
	})
}

func (s *booksPages) apiTransaction(w http.ResponseWriter, r *http.Request) {
	d, err := s.cfg.Store.Detail(r.Context(), r.PathValue("serial"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, viewDetail(d))
}

func (s *overviewPages) apiStats(w http.ResponseWriter, r *http.Request) {
	st, err := s.stats(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, st)
}
