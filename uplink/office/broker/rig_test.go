package broker_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wattkiosk/boards/ground/child/childtest"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/broker"
	"wattkiosk/uplink/office/ca"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

const (
	kioskA = "10000001"
	kioskB = "10000002"
)

// rig is a running broker, embedded or mosquitto.
type rig struct {
	ca         *ca.Authority
	addr       string
	officeAddr string // head office's own listener; "" where there is none
	embedded   bool
	log        *logbook
}

// logbook is a log that can be waited on.
type logbook struct {
	mu    sync.Mutex
	b     bytes.Buffer
	wrote chan struct{}
}

func newLogbook() *logbook { return &logbook{wrote: make(chan struct{}, 1)} }

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.wrote <- struct{}{}:
	default:
	}
	return l.b.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logbook) await(t *testing.T, text string) {
	t.Helper()
	for !strings.Contains(l.String(), text) {
		wait(t, l.wrote, text)
	}
}

// both runs a test against each broker.
func both(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { test(t, embedded(t)) })
	t.Run("mosquitto", func(t *testing.T) { test(t, mosquitto(t)) })
}

func authority(t *testing.T) *ca.Authority {
	t.Helper()
	a, err := ca.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func embedded(t *testing.T) *rig {
	t.Helper()
	return embeddedFor(t, 0)
}

// embeddedFor is an embedded broker with so many places for kiosks.
func embeddedFor(t *testing.T, kiosks int) *rig {
	t.Helper()
	r := &rig{ca: authority(t), embedded: true, log: newLogbook()}
	conf, err := r.ca.ServerTLS("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	b, err := broker.Start(broker.Config{
		Listen: "127.0.0.1:0", TLS: conf, Kiosks: kiosks,
		Log: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.addr, r.officeAddr = b.Addr().String(), b.OfficeAddr().String()
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func mosquitto(t *testing.T) *rig {
	t.Helper()
	return mosquittoFor(t, 0)
}

// mosquittoFor is a mosquitto with so many places for kiosks and a listener for head
// office; with 0 it has one listener without a limit.
func mosquittoFor(t *testing.T, kiosks int) *rig {
	t.Helper()
	bin := "/usr/sbin/mosquitto"
	if _, err := os.Stat(bin); err != nil {
		t.Skip("mosquitto is not installed")
	}
	r := &rig{ca: authority(t), log: newLogbook()}
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	if err := r.ca.WriteServer(dir, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	port, officePort := childtest.FreePort(t), 0
	if kiosks > 0 {
		officePort = childtest.FreePort(t)
		r.officeAddr = net.JoinHostPort("127.0.0.1", strconv.Itoa(officePort))
	}
	conf, acl := broker.MosquittoConf(broker.Mosquitto{
		Port: port, Kiosks: kiosks, OfficePort: officePort, Bind: "127.0.0.1", CAFile: file("ca.pem"), CertFile: file("cert.pem"), KeyFile: file("key.pem"),
		ACLFile: file("acl"), PersistenceDir: dir,
	})
	conf = "log_type information\n" + conf // says when it listens
	if os.Geteuid() == 0 {
		conf = "user root\n" + conf // else it cannot read its key
	}
	for name, text := range map[string]string{"conf": conf, "acl": acl} {
		if err := os.WriteFile(file(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(bin, "-c", file("conf"))
	cmd.Stderr = r.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(r.log)
		}
	})
	r.log.await(t, " running")
	r.addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	return r
}

// client is a link whose callbacks arrive on channels.
type client struct {
	*mqttlink.Link
	t    *testing.T
	ups  chan struct{}
	down chan error
	msgs chan mqttlink.Message
	log  *logbook
}

// dial starts a link that, when it has lost a connection, stays away for a minute.
func (r *rig) dial(t *testing.T, name string, change func(*mqttlink.Config)) *client {
	t.Helper()
	conf, err := r.ca.ClientTLS(name)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{
		t: t, ups: make(chan struct{}, 100), down: make(chan error, 100), msgs: make(chan mqttlink.Message, 1000), log: newLogbook(),
	}
	cfg := mqttlink.Config{
		Broker: "tls://" + r.addr, TLS: conf, Timeout: 5 * time.Second, MinBackoff: time.Minute,
		Rand:      func() float64 { return 1 },
		OnUp:      func() { c.ups <- struct{}{} },
		OnDown:    func(err error) { c.down <- err },
		OnMessage: func(topic string, p []byte) { c.msgs <- mqttlink.Message{Topic: topic, Payload: p} },
		Logger:    slog.New(slog.NewTextHandler(c.log, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	if c.Link, err = mqttlink.Dial(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.hangUp)
	return c
}

// listening is a change that subscribes.
func listening(filters ...string) func(*mqttlink.Config) {
	return func(c *mqttlink.Config) {
		for _, f := range filters {
			c.Subscriptions = append(c.Subscriptions, mqttlink.Subscription{Filter: f, QoS: 1})
		}
	}
}

// up dials and waits until the link is up.
func (r *rig) up(t *testing.T, name string, change func(*mqttlink.Config)) *client {
	t.Helper()
	c := r.dial(t, name, change)
	wait(t, c.ups, name+" to come up")
	return c
}

func (c *client) hangUp() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.Close(ctx); err != nil {
		c.t.Error(err)
	}
}

func wait[T any](t *testing.T, ch <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

func (c *client) publish(topic, payload string, retained bool) {
	c.t.Helper()
	if err := c.Publish(c.t.Context(), topic, []byte(payload), 1, retained); err != nil {
		c.t.Fatal(err)
	}
}

// expect checks that the next messages are exactly these, "topic payload" each.
func (c *client) expect(want ...string) {
	c.t.Helper()
	for _, w := range want {
		m := wait(c.t, c.msgs, w)
		if got := m.Topic + " " + string(m.Payload); got != w {
			c.t.Errorf("got message %.100q, want %.100q", got, w)
		}
	}
}

// raw is a TLS connection without a library behind it.
func (r *rig) raw(t *testing.T, conf *tls.Config) (*tls.Conn, error) {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(t.Context(), "tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	conf = conf.Clone()
	conf.ServerName = "127.0.0.1"
	c := tls.Client(conn, conf)
	return c, c.Handshake()
}

// connect is the bytes of a CONNECT.
type connect struct {
	id                 string
	level, flags       byte
	keepAlive          byte
	willTopic, willMsg string
}

func (c connect) bytes() []byte {
	str := func(s string) []byte { return append([]byte{byte(len(s) >> 8), byte(len(s))}, s...) }
	body := append(str("MQTT"), c.level, c.flags, 0, c.keepAlive)
	if c.level == 5 {
		body = append(body, 0) // no properties
	}
	body = append(body, str(c.id)...)
	if c.flags&4 != 0 {
		body = append(append(body, str(c.willTopic)...), str(c.willMsg)...)
	}
	return append([]byte{0x10, byte(len(body))}, body...)
}

// connack sends c and returns the code of the answer, or an error if there is
// none.
func connack(conn io.ReadWriter, c connect) (byte, error) {
	if _, err := conn.Write(c.bytes()); err != nil {
		return 0, err
	}
	head := make([]byte, 4)
	if _, err := io.ReadFull(conn, head); err != nil {
		return 0, err
	}
	if head[0] != 0x20 {
		return 0, fmt.Errorf("packet %#x, want CONNACK", head[0])
	}
	return head[3], nil
}

// ends reports whether the peer closes conn in time.
func ends(conn net.Conn) bool {
	_, err := io.Copy(io.Discard, conn)
	return err == nil || !errors.Is(err, os.ErrDeadlineExceeded)
}

func count(haystack, needle string) int { return strings.Count(haystack, needle) }
