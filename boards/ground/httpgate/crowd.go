package httpgate

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
)

// subscriber is the length of an IPv6 network that is one subscriber's.
const subscriber = 64

// Source is who an address is counted for: the address, or of IPv6 the network of its
// subscriber. What is no address is counted as it is written.
func Source(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}

	return SourceOf(ip)
}

// SourceOf is who an address is counted for.
func SourceOf(ip netip.Addr) string {
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	network, err := ip.Prefix(subscriber)
	if err != nil {
		return ip.String()
	}

	return network.String()
}

// crowd bounds the open connections of a server, by source and together.
type crowd struct {
	perSource, total int
	proxies          []netip.Prefix

	mu   sync.Mutex
	all  int
	open map[string][]*guest // by source, eldest first
}

type guest struct {
	conn net.Conn
	busy bool // with a request
}

func newCrowd(c Config) *crowd {
	return &crowd{perSource: c.PerSource, total: c.Total, proxies: c.Proxies, open: map[string][]*guest{}}
}

// note is an http.Server's ConnState.
func (c *crowd) note(conn net.Conn, state http.ConnState) {
	if c.perSource == 0 && c.total == 0 {
		return
	}
	addr := conn.RemoteAddr().String()
	from, proxy := Source(addr), isProxy(c.proxies, Name(addr))
	c.mu.Lock()
	defer c.mu.Unlock()
	at := slices.IndexFunc(c.open[from], func(g *guest) bool { return g.conn == conn })

	switch {
	case state == http.StateNew:
		c.open[from] = append(c.open[from], &guest{conn: conn})
		c.all++
		c.makeRoom(from, proxy)
	case at < 0: // it gave way
	case state == http.StateClosed || state == http.StateHijacked:
		c.drop(from, at)
	default:
		c.open[from][at].busy = state == http.StateActive
	}
}

// makeRoom has connections give way to the last one of a source. A proxy brings those of
// many.
func (c *crowd) makeRoom(from string, proxy bool) {
	if n := len(c.open[from]); c.perSource > 0 && n > c.perSource && !proxy {
		c.giveWay(from, n-1)
	}
	if c.total == 0 || c.all <= c.total {
		return
	}

	busiest, last := from, len(c.open[from])-1
	for s, guests := range c.open {
		if s != from && len(guests) > last {
			busiest, last = s, len(guests)
		}
	}
	c.giveWay(busiest, last)
}

// giveWay closes the eldest of a source's first few that has no request, or the eldest.
func (c *crowd) giveWay(from string, few int) {
	if few < 1 {
		few = len(c.open[from])
	}
	at := max(0, slices.IndexFunc(c.open[from][:few], func(g *guest) bool { return !g.busy }))
	conn := c.open[from][at].conn
	c.drop(from, at)
	if over, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = over.NetConn() // a farewell would wait for whoever does not read
	}
	_ = conn.Close() // nobody to tell
}

func (c *crowd) drop(from string, at int) {
	c.all--
	c.open[from] = slices.Delete(c.open[from], at, at+1)
	if len(c.open[from]) == 0 {
		delete(c.open, from)
	}
}
