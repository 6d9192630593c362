package door

import (
	"container/list"
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"wattkiosk/boards/ground/httpgate"
)

// ErrMadeWay ends a connection that gave its place to another.
var ErrMadeWay = errors.New("made way for another")

// room has few places for connections, shared among their sources.
type room struct {
	places   int
	patience time.Duration // how long a place is kept for sure against its own source's others

	mu    sync.Mutex
	of    map[string]*list.List // *place by source, the eldest first
	taken int
	queue *list.List // chan struct{} of those who wait: it is woken to look again
}

// place is one connection's place in a room.
type place struct {
	ctx    context.Context // ends when the place is taken away, with ErrMadeWay, or left
	end    context.CancelCauseFunc
	source string
	conn   net.Conn
	since  time.Time
	at     *list.Element // nil after it left
	room   *room
}

func newRoom(places int, patience time.Duration) *room {
	return &room{places: places, patience: patience, of: map[string]*list.List{}, queue: list.New()}
}

// enter takes a place for a connection of source, or waits for one until wait ends. A
// source that has fewer places than another does not wait: the other's eldest goes.
// Those who wait take turns.
func (r *room) enter(wait, life context.Context, source string, conn net.Conn) (*place, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var turn *list.Element
	defer func() { r.quit(turn) }()
	for {
		first := turn == nil && r.queue.Len() == 0 || turn != nil && r.queue.Front() == turn
		if r.free(source, first) {
			return r.take(life, source, conn), nil
		}
		if turn == nil {
			turn = r.queue.PushBack(make(chan struct{}, 1))
		}

		pause := DefaultHandshake // woken before that
		if r.queue.Front() == turn {
			pause = r.untilPatienceEnds()
		}
		r.mu.Unlock()
		timer := time.NewTimer(pause)
		select {
		case <-turn.Value.(chan struct{}):
		case <-timer.C:
		case <-wait.Done():
		}
		timer.Stop()
		r.mu.Lock()

		if err := context.Cause(wait); err != nil {
			return nil, err
		}
	}
}

// quit takes a turn out of the queue, and has the next one look.
func (r *room) quit(turn *list.Element) {
	if turn != nil {
		r.queue.Remove(turn)
	}
	r.wake()
}

func (r *room) wake() {
	if next := r.queue.Front(); next != nil {
		select {
		case next.Value.(chan struct{}) <- struct{}{}:
		default:
		}
	}
}

func (r *room) take(ctx context.Context, source string, conn net.Conn) *place {
	q := r.of[source]
	if q == nil {
		q = list.New()
		r.of[source] = q
	}
	p := &place{source: source, conn: conn, since: time.Now(), room: r}
	p.ctx, p.end = context.WithCancelCause(ctx)
	p.at = q.PushBack(p)
	r.taken++

	return p
}

// free reports whether there is a place for source, and makes one if it may: the eldest
// of the busiest source goes for a source that has fewer, and for whose turn it is when
// it had its time.
func (r *room) free(source string, first bool) bool {
	busiest := list.New()
	for _, q := range r.of {
		if q.Len() > busiest.Len() {
			busiest = q
		}
	}
	own := 0
	if q := r.of[source]; q != nil {
		own = q.Len()
	}

	entitled := own+1 < busiest.Len()
	switch {
	case r.taken < r.places:
		return first || entitled
	case !entitled && !first:
		return false
	}
	p := busiest.Front().Value.(*place)
	if !entitled && time.Since(p.since) < r.patience {
		return false
	}
	r.remove(p, ErrMadeWay)
	_ = p.conn.Close()

	return true
}

// untilPatienceEnds is how long the eldest place of all is still kept for sure.
func (r *room) untilPatienceEnds() time.Duration {
	wait := r.patience
	for _, q := range r.of {
		wait = min(wait, r.patience-time.Since(q.Front().Value.(*place).since))
	}
	return max(wait, time.Millisecond)
}

// leave gives a place back. It may have been taken away before.
func (r *room) leave(p *place) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.remove(p, context.Canceled)
}

func (r *room) remove(p *place, why error) {
	p.end(why)
	if p.at == nil {
		return
	}
	q := r.of[p.source]
	q.Remove(p.at)
	if p.at = nil; q.Len() == 0 {
		delete(r.of, p.source)
	}
	r.taken--
	r.wake()
}

// empty ends all connections that have a place.
func (r *room) empty() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, q := range r.of {
		for e := q.Front(); e != nil; e = e.Next() {
			_ = e.Value.(*place).conn.Close()
		}
	}
}

// why is err, unless it came of the place being taken away.
func (p *place) why(err error) error {
	if errors.Is(context.Cause(p.ctx), ErrMadeWay) {
		return ErrMadeWay
	}
	return err
}

// Source is who a connection is counted for.
func Source(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return a.String()
	}
	return httpgate.SourceOf(tcp.AddrPort().Addr())
}
