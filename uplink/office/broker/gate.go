package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/listeners"
)

const (
	// handshakeTimeout bounds the TLS handshake, the end of a connection that is
	// taken over, and the wait for CONNECT, each.
	handshakeTimeout = 10 * time.Second
	maxHandshakes    = 256 // going on at the same time; more are turned away
	// drainTime is what a connection that is taken over has to be read to its
	// end, for the DISCONNECT that may be in there.
	drainTime   = time.Second
	acceptPause = 100 * time.Millisecond
)

// gate is the only listener: mutual TLS, and one connection for each name.
type gate struct {
	ln   net.Listener
	tls  *tls.Config
	log  *slog.Logger
	ctx  context.Context
	stop context.CancelFunc

	handshakes chan struct{}
	done       sync.WaitGroup

	mu     sync.Mutex
	open   map[net.Conn]struct{}
	visits map[string]*visit
}

// visit is a connection of a name.
type visit struct {
	conn net.Conn
	left chan struct{} // closed when the broker is through with it, its will included
}

var _ listeners.Listener = (*gate)(nil)

func newGate(ln net.Listener, cfg *tls.Config, log *slog.Logger) *gate {
	ctx, stop := context.WithCancel(context.Background())
	return &gate{
		ln: ln, tls: cfg, log: log, ctx: ctx, stop: stop,
		handshakes: make(chan struct{}, maxHandshakes),
		open:       map[net.Conn]struct{}{}, visits: map[string]*visit{},
	}
}

// ID names the listener.
func (g *gate) ID() string { return "mqtts" }

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
		switch {
		case errors.Is(err, net.ErrClosed) || g.ctx.Err() != nil:
			if err == nil {
				_ = conn.Close()
			}
			return
		case err != nil: // out of descriptors, most likely
			g.log.Error("cannot accept", "error", err)
			select {
			case <-g.ctx.Done():
			case <-time.After(acceptPause):
			}
		case g.add(conn):
			go g.handle(conn, establish)
		}
	}
}

// Close closes the listener and all connections and waits for their ends. MQTT
// 3.1.1 has no goodbye of the server, so the library's is not used: it can get
// stuck on a client that does not read.
func (g *gate) Close(listeners.CloseFn) {
	g.mu.Lock()
	g.stop()
	_ = g.ln.Close()
	for c := range g.open {
		_ = c.Close()
	}
	g.mu.Unlock()
	g.done.Wait()
}

// add counts a connection in, unless the gate is closed.
func (g *gate) add(conn net.Conn) bool {
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

func (g *gate) handle(conn net.Conn, establish listeners.EstablishFn) {
	defer g.done.Done()
	defer func() {
		_ = conn.Close()
		g.mu.Lock()
		delete(g.open, conn)
		g.mu.Unlock()
	}()
	secured, name, err := g.shake(conn)
	if err != nil {
		g.log.Warn("connection refused", "remote", conn.RemoteAddr().String(), "error", err)
		return
	}
	v, err := g.enter(name, conn)
	defer g.leave(name, v)
	if err != nil {
		g.log.Warn("connection refused", "client", name, "remote", conn.RemoteAddr().String(), "error", err)
		return
	}
	_ = conn.SetDeadline(time.Now().Add(handshakeTimeout)) // for CONNECT; the keep-alive rules after it
	g.log.Info("connection open", "client", name, "remote", conn.RemoteAddr().String())
	err = establish(g.ID(), secured)
	g.log.Info("connection ended", "client", name, "remote", conn.RemoteAddr().String(), "cause", cause(err))
}

// shake makes the handshake and returns the client's name.
func (g *gate) shake(conn net.Conn) (*tls.Conn, string, error) {
	select {
	case g.handshakes <- struct{}{}:
		defer func() { <-g.handshakes }()
	default:
		return nil, "", fmt.Errorf("%d handshakes at the same time", maxHandshakes)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		if err := tcp.SetNoDelay(true); err != nil {
			return nil, "", fmt.Errorf("cannot set TCP_NODELAY: %w", err)
		}
	}
	if err := conn.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return nil, "", fmt.Errorf("cannot set deadline: %w", err)
	}
	secured := tls.Server(conn, g.tls)
	if err := secured.HandshakeContext(g.ctx); err != nil {
		return nil, "", fmt.Errorf("handshake: %w", err)
	}
	name := commonName(secured)
	if !isName(name) {
		return nil, "", fmt.Errorf("name %.80q: neither head office nor a kiosk", name)
	}
	return secured, name, nil
}

// enter makes conn the one connection of name: it ends the one before and waits
// until the broker is through with that. The visit is to be left in any case.
func (g *gate) enter(name string, conn net.Conn) (*visit, error) {
	v := &visit{conn: conn, left: make(chan struct{})}
	g.mu.Lock()
	old := g.visits[name]
	g.visits[name] = v
	g.mu.Unlock()
	if old == nil {
		return v, nil
	}
	g.log.Info("connection taken over", "client", name, "remote", conn.RemoteAddr().String())
	if tcp, ok := old.conn.(*net.TCPConn); ok {
		_ = tcp.CloseRead() // what has arrived is still read
		_ = tcp.SetWriteDeadline(time.Now().Add(drainTime))
		if g.await(old.left, drainTime) {
			return v, nil
		}
	}
	_ = old.conn.Close()
	if !g.await(old.left, handshakeTimeout) {
		return v, errors.New("the connection before does not end")
	}
	return v, nil
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

func (g *gate) leave(name string, v *visit) {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(v.left)
	if g.visits[name] == v {
		delete(g.visits, name)
	}
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
