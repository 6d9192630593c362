package door

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// guest is a connection in a room.
type guest struct {
	net.Conn
	place *place
	err   error
	in    bool
}

// come has a connection of source enter, and lets everything settle.
func come(r *room, ctx context.Context, source string) *guest {
	ours, theirs := net.Pipe()
	_ = theirs.Close()
	g := &guest{Conn: ours}
	go func() {
		g.place, g.err = r.enter(ctx, context.Background(), source, ours)
		g.in = g.err == nil
	}()
	synctest.Wait()

	return g
}

func (g *guest) sentAway() bool {
	return g.in && errors.Is(context.Cause(g.place.ctx), ErrMadeWay)
}

// TestTheBusiestMakesWay: who has the most places gives its eldest up for one who has
// fewer, and nobody gives one up for its equal.
func TestTheBusiestMakesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(4, time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		a := []*guest{come(r, ctx, "a"), come(r, ctx, "a"), come(r, ctx, "a"), come(r, ctx, "a")}
		b1 := come(r, ctx, "b")
		if !b1.in || !a[0].sentAway() || a[1].sentAway() {
			t.Fatalf("b came: in %v, the eldest sent away %v, the next %v", b1.in, a[0].sentAway(), a[1].sentAway())
		}
		b2 := come(r, ctx, "b")
		if !b2.in || !a[1].sentAway() {
			t.Fatal("b has one of four, and a three")
		}

		b3, a5 := come(r, ctx, "b"), come(r, ctx, "a")
		if b3.in || a5.in || a[2].sentAway() || b1.sentAway() {
			t.Fatal("two of four each: nobody makes way")
		}
		r.leave(b1.place)
		synctest.Wait()
		if !b3.in || a5.in || a[2].sentAway() {
			t.Fatalf("a place is free: who waited longest has it; b %v, a %v", b3.in, a5.in)
		}
		cancel()
		synctest.Wait()
		if !errors.Is(a5.err, context.Canceled) {
			t.Errorf("who waited went with %v", a5.err)
		}
		if r.taken != 4 || r.queue.Len() != 0 {
			t.Errorf("%d taken, %d wait", r.taken, r.queue.Len())
		}
	})
}

// TestPatienceEnds: who was long about it makes way for its equals too, one for each.
func TestPatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(2, time.Minute)
		first, second := come(r, t.Context(), "a"), come(r, t.Context(), "a")
		third := come(r, t.Context(), "a")
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if third.in {
			t.Fatal("too early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if !third.in || !first.sentAway() || second.sentAway() {
			t.Errorf("third %v, first sent away %v, second %v", third.in, first.sentAway(), second.sentAway())
		}
	})
}

// TestLeftTwice: a place that was taken away is given back once.
func TestLeftTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(1, 0)
		first := come(r, t.Context(), "a")
		second := come(r, t.Context(), "a")
		r.leave(first.place)
		r.leave(first.place)
		if !second.in || r.taken != 1 {
			t.Errorf("second in %v, %d taken", second.in, r.taken)
		}
	})
}
