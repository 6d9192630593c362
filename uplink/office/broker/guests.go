package broker

import (
	"errors"
	"log/slog"
	"net"
	"sync"
)

// errFull says that a kiosk has to come back later.
var errFull = errors.New("every place for kiosks is taken")

// Shares of the places for kiosks, in percent: at crowded the log warns, and it may
// warn again once fewer than calm are taken.
const (
	crowded = 80
	calm    = 70
)

// guests is who is connected, over all listeners: one connection for each name, and
// at most so many kiosks. Head office has a place of its own.
type guests struct {
	places int // for kiosks
	log    *slog.Logger

	mu     sync.Mutex
	visits map[string]*visit
	taken  int // by kiosks
	warned bool
}

// visit is a connection of a name.
type visit struct {
	conn net.Conn
	left chan struct{} // closed when the broker is through with it, its will included
}

func newGuests(places int, log *slog.Logger) *guests {
	return &guests{places: places, log: log, visits: map[string]*visit{}}
}

// enter makes conn the connection of name, and returns the one that it takes over
// from, if there is one. With errFull there is no visit; otherwise it is to be left.
func (g *guests) enter(name string, conn net.Conn) (now, before *visit, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()

	before = g.visits[name]
	if before == nil && isKiosk(name) {
		if g.taken >= g.places {
			return nil, nil, errFull
		}
		g.taken++
		g.watch()
	}
	now = &visit{conn: conn, left: make(chan struct{})}
	g.visits[name] = now
	return now, before, nil
}

// leave ends a visit.
func (g *guests) leave(name string, v *visit) {
	g.mu.Lock()
	defer g.mu.Unlock()

	close(v.left)
	if g.visits[name] != v {
		return // taken over
	}
	delete(g.visits, name)
	if isKiosk(name) {
		g.taken--
		g.watch()
	}
}

// watch warns before the places run out; mu is held.
func (g *guests) watch() {
	switch share := g.taken * 100 / g.places; {
	case share >= crowded && !g.warned:
		g.warned = true
		g.log.Warn("the broker's places for kiosks run out", "connected", g.taken, "places", g.places)
	case share < calm:
		g.warned = false
	}
}

func (g *guests) kiosks() (connected, places int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.taken, g.places
}
