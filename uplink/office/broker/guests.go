package broker

import (
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
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

	renewing atomic.Int64 // visits that may only renew
}

// visit is a connection of a name.
type visit struct {
	name  string
	conn  net.Conn
	leaf  *x509.Certificate // nil in tests of places alone
	entry Entry
	left  chan struct{} // closed when the broker is through with it, its will included
}

func newGuests(places int, log *slog.Logger) *guests {
	return &guests{places: places, log: log, visits: map[string]*visit{}}
}

// enter makes v the connection of its name, and returns the one that it takes over
// from, if there is one. With errFull there is no visit; otherwise it is to be left.
func (g *guests) enter(now *visit) (before *visit, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()

	name := now.name
	before = g.visits[name]
	if before == nil && isKiosk(name) {
		if g.taken >= g.places {
			return nil, errFull
		}
		g.taken++
		g.watch()
	}
	g.visits[name] = now
	if now.entry == Renewing {
		g.renewing.Add(1)
	}
	return before, nil
}

func newVisit(name string, conn net.Conn, leaf *x509.Certificate, e Entry) *visit {
	return &visit{name: name, conn: conn, leaf: leaf, entry: e, left: make(chan struct{})}
}

// of are the visits of these kiosks, or of all.
func (g *guests) of(kiosks []string) []*visit {
	g.mu.Lock()
	defer g.mu.Unlock()

	var out []*visit
	if len(kiosks) == 0 {
		for name, v := range g.visits {
			if isKiosk(name) {
				out = append(out, v)
			}
		}
	}
	for _, name := range kiosks {
		if v := g.visits[name]; v != nil && isKiosk(name) {
			out = append(out, v)
		}
	}

	return out
}

// mayOnlyRenew reports whether the connection of a name is for a renewal only.
func (g *guests) mayOnlyRenew(name string) bool {
	if g.renewing.Load() == 0 {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	v := g.visits[name]

	return v != nil && v.entry == Renewing
}

// leave ends a visit.
func (g *guests) leave(v *visit) {
	g.mu.Lock()
	defer g.mu.Unlock()

	name := v.name
	close(v.left)
	if v.entry == Renewing {
		g.renewing.Add(-1)
	}
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
