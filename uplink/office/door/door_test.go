package door_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/door"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a door that greets everybody who comes in with one byte.
type site struct {
	*door.Door
	client *tls.Config
	log    *book
	served sync.WaitGroup
}

// book is a log that is written to by several.
type book struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *book) lines() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Count(b.b.String(), "\n")
}

func open(t *testing.T, cfg door.Config) *site {
	t.Helper()
	authority, err := ca.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	server, err := authority.ServerTLS("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	own, err := authority.ClientTLS("office")
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}

	s := &site{client: own, log: &book{}}
	cfg.TLS = server
	cfg.Log = slog.New(slog.NewTextHandler(s.log, nil))
	s.Door = door.Open(ln, cfg)
	s.served.Go(func() {
		for {
			c, err := s.Accept()
			if err != nil {
				return
			}
			s.served.Go(func() {
				_, _ = c.Write([]byte("!"))
				_ = c.Close()
			})
		}
	})
	t.Cleanup(func() {
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Error(err)
		}
		s.served.Wait()
	})

	return s
}

// visit comes in from an address as one who is known, and says how long that took.
func (s *site) visit(from string, within time.Duration) (time.Duration, error) {
	began := time.Now()
	conn, err := dial(from, s.Addr().String(), within)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(began.Add(within)); err != nil {
		return 0, err
	}
	conf := s.client.Clone()
	conf.ServerName = "127.0.0.1"
	_, err = io.ReadFull(tls.Client(conn, conf), make([]byte, 1))

	return time.Since(began), err
}

func dial(from, to string, within time.Duration) (net.Conn, error) {
	d := net.Dialer{Timeout: within, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	return d.Dial("tcp", to)
}

// attack keeps so many connections open from an address until the end of the test, each
// of which has sent the bytes given, and opens a new one for each that is closed.
func attack(t *testing.T, from, to string, connections int, sends string) {
	t.Helper()
	end := make(chan struct{})
	var all, up sync.WaitGroup
	up.Add(connections)
	for range connections {
		all.Go(func() {
			for first := true; ; first = false {
				c, err := dial(from, to, 10*time.Second)
				if err == nil {
					_, _ = io.WriteString(c, sends)
				}
				if first {
					up.Done()
				}
				if err == nil {
					gone := make(chan struct{})
					go func() {
						_, _ = io.Copy(io.Discard, c)
						close(gone)
					}()
					select {
					case <-gone:
					case <-end:
					}
					_ = c.Close()
					<-gone
				}
				select {
				case <-end:
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
		})
	}
	t.Cleanup(func() {
		close(end)
		all.Wait()
	})
	up.Wait()
}

// clientHello is the beginning of one, which never goes on.
const clientHello = "\x16\x03\x01\x02\x00\x01"

// TestAttackStrangersAtTheDoor: 1,000 connections that say nothing, and 1,000 that begin a
// handshake and stop, from another address, keep nobody out, and fill no log.
func TestAttackStrangersAtTheDoor(t *testing.T) {
	for name, sends := range map[string]string{"silent": "", "slow": clientHello} {
		t.Run(name, func(t *testing.T) {
			s := open(t, door.Config{})
			attack(t, "127.0.0.2", s.Addr().String(), 1000, sends)
			began := time.Now()

			var worst time.Duration
			for range 100 {
				took, err := s.visit("127.0.0.1", door.DefaultHandshake)
				if err != nil {
					t.Fatal(err)
				}
				worst = max(worst, took)
			}
			t.Logf("100 visits beside 1,000 %s connections: the longest took %v; %d lines of log", name, worst, s.log.lines())
			if worst > door.DefaultHandshake/2 {
				t.Errorf("a visit took %v", worst)
			}
			if most := int(time.Since(began)/time.Second) + 5; s.log.lines() > most {
				t.Errorf("%d lines, want %d at the most:\n%s", s.log.lines(), most, s.log.b.String())
			}
		})
	}
}

// TestAttackSilentFromTheSameAddress: whoever says nothing does not keep out those who
// share its address.
func TestAttackSilentFromTheSameAddress(t *testing.T) {
	s := open(t, door.Config{Porch: 64, Handshakes: 4})
	attack(t, "127.0.0.1", s.Addr().String(), 200, "")
	for range 20 {
		if _, err := s.visit("127.0.0.1", door.DefaultHandshake); err == nil {
			return // a visit may make way for a newcomer, and tries again as kiosks do
		}
	}
	t.Error("nobody came in")
}

// TestSilenceEnds: who sends nothing is sent away in time, and who comes too slowly.
func TestSilenceEnds(t *testing.T) {
	for name, sends := range map[string]string{"silent": "", "slow": clientHello} {
		t.Run(name, func(t *testing.T) {
			s := open(t, door.Config{FirstByte: 20 * time.Millisecond, Handshake: 50 * time.Millisecond})
			c, err := dial("127.0.0.1", s.Addr().String(), time.Second)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			if _, err := io.WriteString(c, sends); err != nil {
				t.Fatal(err)
			}
			if err := c.SetDeadline(time.Now().Add(door.DefaultHandshake)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, c); errors.Is(err, net.ErrClosed) || isTimeout(err) {
				t.Errorf("it was not closed: %v", err)
			}
		})
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

func TestSource(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		addr := net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(in), 1))
		if got := door.Source(addr); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
}
