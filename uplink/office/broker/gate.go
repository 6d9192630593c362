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
	// maxHandshakes go on at the same time. More connections wait in the system's
	// queue: whoever is turned away would begin its back-off.
	maxHandshakes = 256
	// drainTime is what a connection that is taken over has to be read to its
	// end, for the DISCONNECT that may be in there.
	drainTime   = time.Second
	acceptPause = 100 * time.Millisecond
)

// gate is a listener: mutual TLS, and one connection for each name that it knows.
type gate struct {
	id     string
	ln     net.Listener
	tls    *tls.Config
	guests *guests
	knows  func(commonName string) bool
	log    *slog.Logger
	ctx    context.Context
	stop   context.CancelFunc

	handshakes chan struct{}
	done       sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]struct{}
}

var _ listeners.Listener = (*gate)(nil)

func newGate(id string, ln net.Listener, cfg *tls.Config, who *guests, knows func(string) bool, log *slog.Logger) *gate {
	ctx, stop := context.WithCancel(context.Background())
	return &gate{
		id: id, ln: ln, tls: cfg, guests: who, knows: knows, log: log, ctx: ctx, stop: stop,
		handshakes: make(chan struct{}, maxHandshakes), open: map[net.Conn]struct{}{},
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

// Serve accepts connections until Close. It takes no connection before there is
// room for its handshake.
func (g *gate) Serve(establish listeners.EstablishFn) {
	for {
		select {
		case <-g.ctx.Done():
			return
		case g.handshakes <- struct{}{}:
		}

		conn, err := g.ln.Accept()
		if err == nil && g.add(conn) {
			go g.handle(conn, establish)
			continue
		}
		<-g.handshakes
		if g.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return
		}
		g.log.Error("cannot accept", "error", err) // out of descriptors, most likely
		g.pause(acceptPause)
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

// handle serves one connection to its end. It gives the place of the handshake back
// as soon as that is made.
func (g *gate) handle(conn net.Conn, establish listeners.EstablishFn) {
	defer g.done.Done()
	defer func() {
		_ = conn.Close()
		g.mu.Lock()
		delete(g.open, conn)
		g.mu.Unlock()
	}()

	remote := conn.RemoteAddr().String()
	secured, name, err := g.shake(conn)
	<-g.handshakes
	if err != nil {
		g.log.Warn("connection refused", "remote", remote, "error", err)
		return
	}

	v, err := g.enter(name, secured)
	if v != nil {
		defer g.guests.leave(name, v)
	}
	if err != nil {
		g.log.Warn("connection refused", "client", name, "remote", remote, "error", err)
		return
	}

	_ = conn.SetDeadline(time.Now().Add(handshakeTimeout)) // for CONNECT; the keep-alive rules after it
	g.log.Info("connection open", "client", name, "remote", remote)
	err = establish(g.ID(), secured)
	g.log.Info("connection ended", "client", name, "remote", remote, "cause", cause(err))
}

// shake makes the handshake and returns the client's name.
func (g *gate) shake(conn net.Conn) (*tls.Conn, string, error) {
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
	if !g.knows(name) {
		return nil, "", fmt.Errorf("name %.80q: neither head office nor a kiosk", name)
	}
	return secured, name, nil
}

// enter makes a connection the one of its name: it ends the one before and waits
// until the broker is through with that. A visit is to be left, error or not.
func (g *gate) enter(name string, conn *tls.Conn) (*visit, error) {
	v, old, err := g.guests.enter(name, conn.NetConn())
	if err != nil {
		sayBusy(conn)
		return nil, err
	}
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

// sayBusy answers a CONNECT of any version with "server unavailable", so that the
// client's log says why. It reads no more of it than a first piece.
func sayBusy(conn *tls.Conn) {
	first := make([]byte, netBuffer)
	if _, err := conn.Read(first); err == nil {
		_, _ = conn.Write([]byte{0x20, 2, 0, 3}) // CONNACK of MQTT 3.1.1, section 3.2
	}
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

// pause waits for d, or for the gate to close.
func (g *gate) pause(d time.Duration) { g.await(nil, d) }

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
