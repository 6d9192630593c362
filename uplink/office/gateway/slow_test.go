package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/wire"
)

// stalled is a far end that answers nothing before the caller's patience ends, and counts
// the calls that it has at once.
type stalled struct {
	mu       sync.Mutex
	now, top int
	calls    int
}

func (s *stalled) wait(ctx context.Context) error {
	s.mu.Lock()
	s.now++
	s.calls++
	s.top = max(s.top, s.now)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.now--
	}()

	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(30 * time.Second): // as the client of a road gives up
		return errors.New("no answer")
	}
}

// stalledCards and stalledMIS are a stalled card-meter system and a stalled MIS.
type (
	stalledCards struct{ *stalled }
	stalledMIS   struct{ *stalled }
)

func (s stalledCards) Call(ctx context.Context, r cardsystem.Request) (cardsystem.Reply, error) {
	return cardsystem.Reply{Op: r.Op}, s.wait(ctx)
}

func (s stalledMIS) Call(ctx context.Context, r mis.Request) (mis.Reply, error) {
	return mis.Reply{Op: r.Op}, s.wait(ctx)
}

// toldKiosks is what kiosks were answered, and when, after they asked.
type toldKiosks struct {
	atOnce, inTime, late, served int
}

// crowd has n kiosks ask the same at once.
func crowd(t *testing.T, g *gateway.Runtime, n int, r wire.Request) (told toldKiosks) {
	t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	began := time.Now()
	for range n {
		all.Go(func() {
			reply := g.Answer(t.Context(), kiosk, r)
			mu.Lock()
			defer mu.Unlock()
			switch after := time.Since(began); {
			case reply.Error == nil:
				told.served++
			case reply.Error.Code != wire.ErrCodeUnavailable:
				t.Errorf("told %+v", reply.Error)
			case after == 0:
				told.atOnce++
			case after <= 7500*time.Millisecond: // half a second before the kiosk stops waiting
				told.inTime++
			default:
				told.late++
			}
		})
	}
	all.Wait()
	return told
}

// bubble is how many goroutines the bubble of a test has; others of the process come and go.
func bubble() int {
	all := make([]byte, 4<<20)

	return bytes.Count(all[:runtime.Stack(all, true)], []byte(", synctest bubble "))
}

// TestSlowSystemIsToldInTime has a fleet ask a system that answers nobody in time, by
// either road, while the other one is well. Of 300 kiosks that ask at once 32 calls go out
// and 64 wait, all are told that it is unavailable before they stop waiting, and from then
// on one call at a time goes out and the others are told at once. No money is taken on such
// an answer. The other system answers at once all the while, and nothing is left behind.
func TestSlowSystemIsToldInTime(t *testing.T) {
	for _, slow := range []mis.System{mis.MIS, mis.CardSystem} {
		synctest.Test(t, func(t *testing.T) {
			far, cards := &stalled{}, newSeller()
			cards.quote = cardsystem.QuoteResult{Outcome: mis.Done, Code: "0", Quote: cardsystem.Quote{Account: "1000000003", Max: 100000}}
			var bills gateway.Caller = &caller{sim: missim.New(missim.Config{})}
			var sales gateway.CardCaller = cards
			if slow == mis.MIS {
				bills = stalledMIS{far}
			} else {
				sales = stalledCards{far}
			}
			g := gateway.NewRuntime(newBooks(t), "office", bills, 0, slog.New(slog.DiscardHandler), time.Now)
			g.ServeCards(sales, signKey)
			defer running(t, g)()
			asks := map[mis.System]wire.Request{
				mis.MIS:        request(t, wire.OpVerify, 8*time.Second, wire.VerifyBody{Account: "1000000001"}),
				mis.CardSystem: request(t, wire.OpCardQuote, 8*time.Second, wire.CardQuoteBody{Card: meterCard}),
			}
			other := mis.MIS
			if slow == mis.MIS {
				other = mis.CardSystem
			}

			synctest.Wait()
			idle := bubble()
			first := make(chan toldKiosks, 1)
			go func() { first <- crowd(t, g, 300, asks[slow]) }()
			synctest.Wait()
			if got := crowd(t, g, 50, asks[other]); got != (toldKiosks{served: 50}) {
				t.Errorf("%q slow: of the other system %+v", slow, got)
			}
			if got := <-first; got != (toldKiosks{atOnce: 204, inTime: 96}) || far.top != 32 {
				t.Errorf("%q slow: %+v, %d calls at once", slow, got, far.top)
			}

			calls := far.calls
			if got := crowd(t, g, 300, asks[slow]); got != (toldKiosks{atOnce: 299, inTime: 1}) || far.calls-calls != 1 {
				t.Errorf("%q away: %+v with %d calls", slow, got, far.calls-calls)
			}
			synctest.Wait()
			if left := bubble() - idle; left > 0 || idle == 0 {
				t.Errorf("%q: %d goroutines are left", slow, left)
			}
		})
	}
}

// TestOrdersToASlowSystemWait: at most as many orders as there are places are out to a
// system that answers nobody, the others wait in the books, and each kiosk that ordered is
// told that its posting is open before it stops waiting. Orders for the other system end.
func TestOrdersToASlowSystemWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &stalled{}
		s := newBooks(t)
		g := gateway.NewRuntime(s, "office", &booker{}, 0, slog.New(slog.DiscardHandler), time.Now)
		g.ServeCards(stalledCards{far}, signKey)
		defer running(t, g)()
		for n := range 200 {
			o := purchaseOf(n + 2)
			o.Amount = 10000 // together less than a cassette holds
			if _, err := s.EnsurePosting(t.Context(), o, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		g.Kick()
		synctest.Wait()

		began := time.Now()
		if got := sendOrder(t, g, purchaseOf(1)); got.Status != wire.PostPending || time.Since(began) > 8*time.Second {
			t.Errorf("%+v after %s", got, time.Since(began))
		}
		began = time.Now()
		if got := sendOrder(t, g, orderOf(300)); got.Status != wire.PostPosted || time.Since(began) != 0 {
			t.Errorf("%+v after %s", got, time.Since(began))
		}
		time.Sleep(10 * time.Minute)
		if far.top != 32 {
			t.Errorf("%d calls at once", far.top)
		}
		if far.calls > 32+10*60/15 {
			t.Errorf("%d calls in ten minutes to a system that is away", far.calls)
		}
		open, err := s.Postings(t.Context(), books.Filter{Open: true, Limit: 500})
		if err != nil || len(open) != 201 {
			t.Errorf("%d open, %v", len(open), err)
		}
	})
}

// TestALookFindsThatASystemIsBack: what waits for a system that was away goes out as soon as
// it has answered anything, be it a look-up, and not at the next look at the books.
func TestALookFindsThatASystemIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := &awayCards{seller: newSeller()}
		away.quote = cardsystem.QuoteResult{Outcome: mis.Done, Code: "0", Quote: cardsystem.Quote{Account: "1000000003", Max: 100000}}
		away.gone.Store(true)
		s := newBooks(t)
		g := gateway.NewRuntime(s, "office", &booker{}, 0, slog.New(slog.DiscardHandler), time.Now)
		g.ServeCards(away, signKey)
		defer running(t, g)()
		for n := range 3 {
			if _, err := s.EnsurePosting(t.Context(), purchaseOf(n+1), time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		g.Kick()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if w := g.Way(mis.CardSystem); !w.Away {
			t.Fatalf("%+v", w)
		}

		for before := away.calls.Load(); away.calls.Load() == before; synctest.Wait() {
			time.Sleep(100 * time.Millisecond) // until just after a try, so that the next is far
		}
		if _, err := s.EnsurePosting(t.Context(), purchaseOf(4), time.Now()); err != nil {
			t.Fatal(err)
		}
		g.Kick()
		synctest.Wait()
		tries := away.calls.Load()
		away.gone.Store(false)
		if r := g.Answer(t.Context(), kiosk, request(t, wire.OpCardQuote, 8*time.Second, wire.CardQuoteBody{Card: meterCard})); r.Error != nil {
			t.Fatalf("%+v", r.Error)
		}
		synctest.Wait()
		if got := away.calls.Load() - tries; got != 2 {
			t.Errorf("%d calls, want the look-up and the order", got)
		}
	})
}

// awayCards is a card-meter system that cannot be reached while it is gone.
type awayCards struct {
	*seller
	gone  atomic.Bool
	calls atomic.Int64
}

func (a *awayCards) Call(ctx context.Context, r cardsystem.Request) (cardsystem.Reply, error) {
	a.calls.Add(1)
	if a.gone.Load() {
		return cardsystem.NotSent(r.Op, true), errors.New("connection refused")
	}

	return a.seller.Call(ctx, r)
}
