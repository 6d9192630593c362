package main_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"wattkiosk/payments/cardsystem/odbc"
	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/store/postgrestest"
	"wattkiosk/uplink/wire"
)

// lostCommit is what happens to the next COMMIT on its way.
type lostCommit struct {
	arrives time.Duration // at the database, so long after it was sent; negative: never
	cut     bool          // the connection ends, instead of falling silent
	refuses bool          // what is sold again is refused: the customer owes something by then
}

// TestODBCLostCommit has a kiosk order a sale through head office and its books, and takes
// the answer to COMMIT, or COMMIT itself, off the connection between the driver and
// PostgreSQL. Kiosk, books and the card-meter system say the same of it, and there is one
// sale, or none where it was refused.
func TestODBCLostCommit(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a database and processes")
	}
	d, pg := newPostgres(t)
	pg.Query("UPDATE card SET arrears = 0")
	owes, pays := buyer{"1000000005", cardFacts("AA02", 2)}, buyer{"1000000003", cardFacts("AA01", 4)}

	for n, one := range []struct {
		name   string
		buyer  buyer
		lost   lostCommit
		told   wire.PostStatus
		orders int // that head office gave
		state  posting.State
		sales  string // code and how many, at the card-meter system
	}{
		{"carried out, and the connection ends", pays, lostCommit{cut: true}, wire.PostPosted, 1, posting.Posted, "0000|1"},
		{"carried out, and no answer comes", pays, lostCommit{}, wire.PostPosted, 1, posting.Posted, "0000|1"},
		{"not carried out, and the connection ends", pays, lostCommit{arrives: -1, cut: true}, wire.PostPosted, 2, posting.Posted, "0000|1"},
		{"carried out after it was looked for", pays, lostCommit{arrives: 3500 * time.Millisecond}, wire.PostPosted, 1, posting.Posted, "0000|1"},
		// It stays open until an order that is late can be there no more; then it is asked for, and owed.
		{"not carried out, and refused when it is said again", owes, lostCommit{arrives: -1, cut: true, refuses: true}, wire.PostPending, 2, posting.Asking, "1214|1"},
	} {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			pg := pg.In(t)
			line := newTap(t, pg, one.lost)
			mine := &database{t: t, settings: d.settings, query: pg.Query}
			mine.settings.Connect = strings.Replace(d.settings.Connect, "Server="+pg.Dir+";Port=5432", line.place()+";SSLmode=disable", 1)
			o := newOffice(t, far{cards: mine.client(3*time.Second, func(s *odbc.Settings) { s.Children = 2 }), buyer: one.buyer})
			for range n {
				o.next() // each office has a serial of its own
			}
			patience := 20 * time.Second
			if one.told == wire.PostPending {
				patience = 7 * time.Second
			}

			s, e := o.order(mis.CardSystem, one.buyer, patience)
			if e != nil || s.Status != one.told || one.told == wire.PostPosted && (s.Sold.Number != "SD"+s.Serial || s.Sold.Amount != 5000) {
				t.Errorf("the kiosk is told %+v, %+v, want %s", s, e, one.told)
			}
			if !line.took.Load() {
				t.Fatal("no COMMIT was lost")
			}
			row, err := o.books.Posting(t.Context(), s.Serial)
			if err != nil || row.State != one.state || row.Calls != one.orders || one.lost.refuses && row.Why != call.Refused {
				t.Errorf("books: %s after %d orders, %q, %v", row.State, row.Calls, row.Why, err)
			}
			if got := pg.Query("SELECT trim(code), count(*) FROM sale WHERE serial = '" + s.Serial + "' GROUP BY 1"); got != one.sales {
				t.Errorf("the card-meter system has %q, want %q", got, one.sales)
			}
		})
	}
}

// tap is the line between the driver and PostgreSQL, which loses a COMMIT.
type tap struct {
	t  *testing.T
	pg *postgrestest.Server
	ln net.Listener

	lose lostCommit
	took atomic.Bool
}

func newTap(t *testing.T, pg *postgrestest.Server, l lostCommit) *tap {
	t.Helper()
	w := &tap{t: t, pg: pg, lose: l}
	var err error
	if w.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := w.ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() { w.carry(ctx, c) })
		}
	})
	t.Cleanup(func() { cancel(); _ = w.ln.Close(); all.Wait() })

	return w
}

// place is where a driver connects to.
func (w *tap) place() string {
	host, port, _ := net.SplitHostPort(w.ln.Addr().String())

	return "Server=" + host + ";Port=" + port
}

// takes reports whether what is on its way to the database is the COMMIT to be lost: the first.
func (w *tap) takes(b []byte) bool {
	return bytes.Contains(b, []byte("COMMIT\x00")) && w.took.CompareAndSwap(false, true)
}

// carry carries one connection until either end closes it.
func (w *tap) carry(ctx context.Context, driver net.Conn) {
	server, err := net.Dial("unix", w.pg.Dir+"/.s.PGSQL.5432")
	if err != nil {
		_ = driver.Close()
		return
	}
	shut := func() { _ = driver.Close(); _ = server.Close() }
	defer shut()
	defer context.AfterFunc(ctx, shut)()

	var deaf atomic.Bool // the driver hears nothing more
	answers := make(chan struct{}, 1)
	var back sync.WaitGroup
	back.Go(func() {
		pump(server, func(b []byte) bool {
			if deaf.Load() {
				answers <- struct{}{}
				return false
			}
			_, err := driver.Write(b)
			return err == nil
		})
	})
	defer back.Wait()
	defer shut()

	pump(driver, func(b []byte) bool {
		if !w.takes(b) {
			_, err := server.Write(b)
			return err == nil
		}
		deaf.Store(true)
		if w.lose.refuses {
			w.pg.Query("UPDATE card SET arrears = 12.5 WHERE card = 'AA02'")
		}
		if w.lose.arrives >= 0 {
			wait(ctx, time.After(w.lose.arrives))
			_, _ = server.Write(b)
			wait(ctx, answers) // it is committed
		}
		if !w.lose.cut {
			pump(driver, func([]byte) bool { return true }) // until the driver gives up
		}

		return false
	})
}

func wait[T any](ctx context.Context, c <-chan T) {
	select {
	case <-c:
	case <-ctx.Done():
	}
}

// pump hands on what comes until there is nothing more, or who takes it has enough.
func pump(from net.Conn, take func([]byte) bool) {
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if n > 0 && !take(b[:n]) || err != nil {
			return
		}
	}
}
