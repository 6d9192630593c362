package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"

	"wattkiosk/uplink/office/door"
)

const (
	// connectTimeout bounds the end of a connection that is taken over, and the wait
	// for CONNECT, each.
	connectTimeout = 10 * time.Second
	// drainTime is what a connection that is taken over has to be read to its
	// end, for the DISCONNECT that may be in there.
	drainTime = time.Second
)

// gate is a listener: mutual TLS, and one connection for each name that it knows.
type gate struct {
	id     string
	ln     net.Listener // a door: its connections have made their handshakes
	guests *guests
	knows  func(commonName string) bool
	// doorman is nil where every certificate of the authority's is welcome.
	doorman Doorman
	log     *slog.Logger
	ctx     context.Context
	stop    context.CancelFunc

	done sync.WaitGroup

	mu   sync.Mutex
	open map[*tls.Conn]struct{}
}

var _ listeners.Listener = (*gate)(nil)

func newGate(id string, ln net.Listener, cfg *tls.Config, who *guests, knows func(string) bool, log *slog.Logger) *gate {
	ctx, stop := context.WithCancel(context.Background())
	return &gate{
		id: id, ln: door.Open(ln, door.Config{TLS: cfg, Log: log}), guests: who, knows: knows, log: log, ctx: ctx, stop: stop,
		open: map[*tls.Conn]struct{}{},
	}
}

// ID names the listener.
func (g *gate) ID() string { return g.id }

// Address is where it listens.
func (g *gate) Address() string { return g.ln.Addr().String() }

// Protocol is for the library's log.
func (g *gate) Protocol() string { return "tls" }

// Init has nothing to do: the listener is open already.
func (g *gate) Init(*slog.Logger) error { return nil }

// Serve accepts connections until Close.
func (g *gate) Serve(establish listeners.EstablishFn) {
	for {
		conn, err := g.ln.Accept()
		if err != nil {
			return
		}
		if secured, ok := conn.(*tls.Conn); ok && g.add(secured) {
			go g.handle(secured, establish)
		}
	}
}

// Close closes the listener and all connections and waits for their ends. MQTT
// 3.1.1 has no goodbye of the server, so the library's is not used: it can get
// stuck on a client that does not read.
func (g *gate) Close(listeners.CloseFn) {
	g.mu.Lock()
	g.stop()
	for c := range g.open {
		_ = c.NetConn().Close() // not the TLS one's, which would wait for who does not read
	}
	g.mu.Unlock()
	_ = g.ln.Close()
	g.done.Wait()
}

// add counts a connection in, unless the gate is closed.
func (g *gate) add(conn *tls.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ctx.Err() != nil {
		_ = conn.Close()
		return false
	}
	g.open[conn] = struct{}{}
	g.done.Add(1)
	return true
}

// handle serves one connection to its end.
func (g *gate) handle(conn *tls.Conn, establish listeners.EstablishFn) {
	defer g.done.Done()
	defer func() {
		_ = conn.NetConn().Close() // whoever does not read gets no goodbye
		g.mu.Lock()
		delete(g.open, conn)
		g.mu.Unlock()
	}()

	remote := conn.RemoteAddr().String()
	name := commonName(conn)
	if !g.knows(name) {
		g.log.Warn("connection refused", "client", clip(name), "remote", remote, "error", "neither head office nor a kiosk")
		return
	}
	v, err := g.enter(name, conn)
	if v != nil {
		defer g.guests.leave(v)
	}
	if err != nil {
		g.log.Warn("connection refused", "client", name, "remote", remote, "error", err)
		return
	}

	_ = conn.SetDeadline(time.Now().Add(connectTimeout)) // for CONNECT; the keep-alive rules after it
	g.log.Info("connection open", "client", name, "remote", remote)
	err = establish(g.ID(), conn)
	g.log.Info("connection ended", "client", name, "remote", remote, "cause", cause(err))
}

// enter makes a connection the one of its name, if the doorman lets it in: it ends the one
// before and waits until the broker is through with that. A visit is to be left, error or not.
func (g *gate) enter(name string, conn *tls.Conn) (*visit, error) {
	e, err := g.admit(name, conn)
	if err != nil {
		return nil, err
	}
	v := newVisit(name, conn.NetConn(), conn.ConnectionState().PeerCertificates[0], e)
	old, err := g.guests.enter(v)
	if err != nil {
		sayNo(conn, codeBusy)
		return nil, err
	}
	if old != nil {
		if err := g.takeOver(v, old); err != nil {
			return v, err
		}
	}
	if g.judge(name, v.leaf) != e { // Recheck may have come before the visit
		sayNo(conn, codeBarred)
		return v, errBarred
	}

	return v, nil
}

// takeOver ends the visit before.
func (g *gate) takeOver(v, old *visit) error {
	g.log.Info("connection taken over", "client", v.name, "remote", v.conn.RemoteAddr().String())
	if g.doorman != nil && isKiosk(v.name) {
		g.doorman.TakenOver(v.name, Visitor{host(old.conn), old.leaf}, Visitor{host(v.conn), v.leaf})
	}
	if tcp, ok := old.conn.(*net.TCPConn); ok {
		_ = tcp.CloseRead() // what has arrived is still read
		_ = tcp.SetWriteDeadline(time.Now().Add(drainTime))
		if g.await(old.left, drainTime) {
			return nil
		}
	}
	_ = old.conn.Close()
	if !g.await(old.left, connectTimeout) {
		return errors.New("the connection before does not end")
	}

	return nil
}

// await reports whether left is closed in time and before the gate.
func (g *gate) await(left <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-left:
		return true
	case <-timer.C:
	case <-g.ctx.Done():
	}
	return false
}

func commonName(c *tls.Conn) string {
	certs := c.ConnectionState().PeerCertificates
	if len(certs) == 0 {
		return ""
	}
	return certs[0].Subject.CommonName
}

func cause(err error) string {
	if err == nil {
		return "disconnect"
	}
	return clip(err.Error())
}
