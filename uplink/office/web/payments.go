package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"wattkiosk/uplink/office/books"
)

const (
	paymentsShown = 50   // on a page
	paymentsRead  = 100  // at once
	paymentsMost  = 2000 // read for one page of a state, which may be rare
)

// paymentStates are the states that a list of payments may be narrowed to.
var paymentStates = []string{
	books.StatusTendering, books.StatusPosting, books.StatusPosted, books.StatusOwed, books.StatusDisputed, books.StatusWriting, books.StatusUnwritten,
	books.StatusUndoing, books.StatusUndone, books.StatusCancelled, stateRefunded, stateSettled,
}

// paymentsAsked is what a list of payments is narrowed to, as it stands in its address.
type paymentsAsked struct {
	Kiosk, Account, State string
	Day                   string // YYYY-MM-DD, when they were opened
	Before                books.Mark
}

// path is the list with before in place of the present one.
func (a paymentsAsked) path(before books.Mark) string {
	v := url.Values{}
	for name, value := range map[string]string{"kiosk": a.Kiosk, "account": a.Account, "state": a.State, "day": a.Day} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if before != (books.Mark{}) {
		v.Set("before", strconv.FormatInt(before.OpenedAt, 10)+"."+before.Serial)
	}
	if len(v) == 0 {
		return "/transactions"
	}

	return "/transactions?" + v.Encode()
}

// readPayments reads what is asked for, and the filter that it is for the books.
func (s *booksPages) readPayments(r *http.Request) (paymentsAsked, books.Filter, error) {
	q := r.URL.Query()
	f, err := filter(r)
	a := paymentsAsked{Kiosk: f.Kiosk, Account: f.Account, State: q.Get("state"), Day: q.Get("day")}
	if err != nil {
		return a, f, err
	}
	if a.State != "" && !slices.Contains(paymentStates, a.State) {
		return a, f, fmt.Errorf("state %w: not one of the states", errInput)
	}
	if a.Day != "" {
		day, err := time.ParseInLocation(time.DateOnly, a.Day, s.cfg.Store.Zone())
		if err != nil {
			return a, f, fmt.Errorf("day %w: want YYYY-MM-DD", errInput)
		}
		f.OpenedAfter, f.OpenedBy = day.UnixMilli()-1, day.AddDate(0, 0, 1).UnixMilli()-1
	}
	if v := q.Get("before"); v != "" {
		at, serial, _ := strings.Cut(v, ".")
		ms, err := strconv.ParseInt(at, 10, 64)
		if err != nil || ms < 0 || serial == "" || len(serial) > maxUser {
			return a, f, fmt.Errorf("before %w: want a time and a serial", errInput)
		}
		a.Before = books.Mark{OpenedAt: ms, Serial: serial}
	}
	f.Before = a.Before

	return a, f, nil
}

type transactionsData struct {
	paymentsAsked
	Rows         []txnRow
	Newest, Next string // where the other pages are; empty for none
	States       []string
	Narrowed     bool
	None         bool // of all that were looked through on this page; there may be more
}

// transactionsPage lists payments; a serial in the search goes to that payment.
func (s *booksPages) transactionsPage(w http.ResponseWriter, r *http.Request) {
	if serial := strings.Join(strings.Fields(r.URL.Query().Get("serial")), ""); serial != "" {
		http.Redirect(w, r, "/transactions/"+pathEscape(serial), http.StatusSeeOther)
		return
	}
	a, f, err := s.readPayments(r)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d := transactionsData{paymentsAsked: a, States: paymentStates, Narrowed: a != paymentsAsked{Before: a.Before}}
	rows, next, err := s.paymentRows(r.Context(), f, a.State)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	d.Rows, d.None = rows, len(rows) == 0
	if a.Before != (books.Mark{}) {
		d.Newest = a.path(books.Mark{})
	}
	if next != (books.Mark{}) {
		d.Next = a.path(next)
	}
	s.show(w, r, http.StatusOK, "transactions", page{Title: language(r).t("txns"), Nav: "txns"}, d)
}

// paymentRows is a page of the payments in a state, all if it is empty, and where the next
// page begins: the zero Mark if there is none. What state a payment is in, only its posting
// and its cases tell together, so that payments are read until the page is full; the page
// of a rare state may be short, and there is a next one all the same.
func (s *booksPages) paymentRows(ctx context.Context, f books.Filter, state string) (rows []txnRow, next books.Mark, err error) {
	f.Limit = paymentsRead
	for read := 0; read < paymentsMost; read += f.Limit {
		some, err := s.txnRows(ctx, f)
		if err != nil {
			return nil, next, err
		}
		for i, row := range some {
			f.Before = books.Mark{OpenedAt: row.OpenedAt, Serial: row.Serial}
			if state != "" && row.State != state {
				continue
			}
			if rows = append(rows, row); len(rows) < paymentsShown {
				continue
			}
			if i == len(some)-1 && len(some) < f.Limit {
				return rows, books.Mark{}, nil
			}

			return rows, f.Before, nil
		}
		if len(some) < f.Limit {
			return rows, books.Mark{}, nil
		}
	}

	return rows, f.Before, nil
}
