package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"wattkiosk/firmware/config"
	"wattkiosk/payments/collect/collectsim"
	"wattkiosk/payments/money"
	"wattkiosk/payments/outsidesim/booksim"
)

// dayBook is what one simulated system hands out of a business date, on a socket of its
// own.
type dayBook struct {
	sim  *booksim.Server
	addr string // host:port
	done chan error
}

// openDayBook serves the book of a system until ctx ends.
func openDayBook(ctx context.Context, form booksim.Form, now func() time.Time, lines func(date string) []booksim.Line) (*dayBook, error) {
	d := &dayBook{sim: booksim.New(form, now, lines), done: make(chan error, 1)}
	a, err := listening(ctx, d.sim, d.done)
	if err != nil {
		return nil, fmt.Errorf("cannot start a day-book: %w", err)
	}
	d.addr = a.String()

	return d, nil
}

// billOf is the form of the acquirer's bill: that of the protocol which head office speaks
// to it. Ours has none, and takes Alipay's.
func billOf(protocol string) booksim.Form {
	if protocol == "wechat" {
		return booksim.WeChatBill()
	}

	return booksim.AlipayBill()
}

// openDayBooks serves those of all systems, by the names that head office has for them.
func (l *lab) openDayBooks(own context.Context) error {
	l.books = map[string]*dayBook{}
	l.places.Books = map[string]string{}
	for name, b := range map[string]struct {
		form  booksim.Form
		lines func(date string) []booksim.Line
	}{
		"mis":        {booksim.Ledger104(), l.mis.sim.DayBook},
		"cardsystem": {booksim.Ledger104(), l.cards.sim.DayBook},
		"posp":       {booksim.POSPDetail(), l.posp.sim.DayBook},
		"acquirer":   {billOf(l.opt.acquirer), l.acquirer.sim.DayBook},
		"bank":       {booksim.BankCSV(), l.collect.sim.DayBook},
	} {
		d, err := openDayBook(own, b.form, l.clock.Now, b.lines)
		if err != nil {
			return err
		}
		l.books[name], l.places.Books[name] = d, d.addr
	}

	return nil
}

// bookFlags are head office's, of where the books are.
func (l *lab) bookFlags() []string {
	var flags []string
	for _, name := range slices.Sorted(maps.Keys(l.books)) {
		flags = append(flags, "--books", name+"=tcp://"+l.books[name].addr)
	}

	return flags
}

// withBook is a system and the book that it hands out.
type withBook struct {
	system
	book *booksim.Server
}

// set implements system. A system that is down until it is cleared hands out no book
// either.
func (w withBook) set(fault string, requests int) error {
	f := booksim.Fault(fault)
	if f != booksim.Down && slices.Contains(bookFaults(), f) {
		return w.book.SetFor(f, requests)
	}
	if err := w.system.set(fault, requests); err != nil || f != booksim.Down || requests > 0 {
		return err
	}

	return w.book.SetFor(f, requests)
}

// bookFaults are those of any form.
func bookFaults() []booksim.Fault { return booksim.BankCSV().Faults() }

// state implements system.
func (w withBook) state() systemState {
	s := w.system.state()
	for _, f := range faultsOn(bookFaults(), w.book.On) {
		if !slices.Contains(s.Faults, f) {
			s.Faults = append(s.Faults, f)
		}
	}

	return s
}

// collect is the bank's collection server. All it does is hand out its book.
type collect struct{ sim *collectsim.Server }

func openCollect(ledger string) (*collect, error) {
	c := &collect{collectsim.New(ledger)}

	return c, c.sim.Err()
}

// set implements system: withBook has its faults.
func (*collect) set(fault string, _ int) error {
	if fault == string(booksim.Down) {
		return nil
	}

	return fmt.Errorf("unknown fault %.32q", fault)
}

// ledger implements system.
func (c *collect) ledger() any { return c.sim.Ledger() }

// state implements system.
func (c *collect) state() systemState {
	l := c.sim.Ledger()
	s := systemState{Faults: []string{}, Entries: len(l.Entries)}
	for _, e := range l.Entries {
		if !e.Reversed {
			s.Total += e.Amount
		}
	}
	if err := c.sim.Err(); err != nil {
		s.Error = err.Error()
	}

	return s
}

// collectEntry has the bank collect something at its own counter, today.
func (l *lab) collectEntry(r *http.Request) (any, error) {
	var in struct {
		Serial  string       `json:"serial"`
		Account string       `json:"account"`
		Amount  money.Amount `json:"amount"` // fen
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	zone, err := config.Default().Location()
	if err != nil {
		return nil, err
	}
	now := l.clock.Now().In(zone)
	err = l.collect.sim.Record(collectsim.Entry{Serial: in.Serial, Account: in.Account, Amount: in.Amount, Tender: "cash", Date: now.Format("20060102"), Time: now})
	if errors.Is(err, collectsim.ErrEntry) {
		return nil, unknown("%s", err)
	}

	return okay{true}, err
}
