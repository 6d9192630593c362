package mqttlink_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"wattkiosk/uplink/mqttlink"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

// within returns what ch gives; a test that waits for ever would hold up every other.
func within[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

type event struct {
	up    bool
	cause error
}

// client is a link whose callbacks arrive on channels.
type client struct {
	*mqttlink.Link
	t      *testing.T
	events chan event
	msgs   chan mqttlink.Message
}

func dial(t *testing.T, b *broker, name string, change func(*mqttlink.Config)) *client {
	t.Helper()
	b.pki.issue(t, name, b.pki.cert, b.pki.key)
	conf, err := mqttlink.TLSConfig(b.pki.file("ca.crt"), b.pki.file(name+".crt"), b.pki.file(name+".key"), "")
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, events: make(chan event, 100), msgs: make(chan mqttlink.Message, 1000)}
	cfg := mqttlink.Config{
		Broker: b.url(), TLS: conf, Timeout: 2 * time.Second, MinBackoff: time.Millisecond, MaxBackoff: 20 * time.Millisecond,
		Rand:      func() float64 { return 0.5 },
		OnUp:      func() { c.events <- event{up: true} },
		OnDown:    func(err error) { c.events <- event{cause: err} },
		OnMessage: func(topic string, p []byte) { c.msgs <- mqttlink.Message{Topic: topic, Payload: p} },
	}
	if change != nil {
		change(&cfg)
	}
	if c.Link, err = mqttlink.Dial(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := c.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return c
}

func (c *client) next() event {
	c.t.Helper()
	select {
	case e := <-c.events:
		return e
	case <-time.After(patience):
		c.t.Fatal("no event of the link")
		return event{}
	}
}

func (c *client) wantUp() {
	c.t.Helper()
	if e := c.next(); !e.up {
		c.t.Fatalf("link went down (%v), want up", e.cause)
	}
}

func (c *client) wantDown() error {
	c.t.Helper()
	e := c.next()
	if e.up {
		c.t.Fatal("link came up, want down")
	}
	return e.cause
}

func (c *client) message() mqttlink.Message {
	c.t.Helper()
	select {
	case m := <-c.msgs:
		return m
	case <-time.After(patience):
		c.t.Fatal("no message")
		return mqttlink.Message{}
	}
}

func (c *client) publish(topic, payload string, retained bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	if err := c.Publish(ctx, topic, []byte(payload), 1, retained); err != nil {
		c.t.Fatal(err)
	}
}

func subscribe(filters ...string) func(*mqttlink.Config) {
	return func(c *mqttlink.Config) {
		for _, f := range filters {
			c.Subscriptions = append(c.Subscriptions, mqttlink.Subscription{Filter: f, QoS: 1})
		}
	}
}

func TestMessagesBothWays(t *testing.T) {
	b := newBroker(t)
	office := dial(t, b, "office", subscribe("wk/v1/up/+/rec"))
	office.wantUp()
	kiosk := dial(t, b, "10000001", subscribe("wk/v1/dn/10000001/ack"))
	kiosk.wantUp()
	if got := b.hook.last.Load(); got != "10000001/10000001" {
		t.Errorf("the broker sees client id and user %v, want the common name of the certificate", got)
	}
	for i := range 100 {
		kiosk.publish("wk/v1/up/10000001/rec", fmt.Sprint(i), false)
	}
	for i := range 100 {
		if m := office.message(); string(m.Payload) != fmt.Sprint(i) || m.Topic != "wk/v1/up/10000001/rec" {
			t.Fatalf("message %d is %s on %s", i, m.Payload, m.Topic)
		}
	}
	office.publish("wk/v1/dn/10000001/ack", "yes", false)
	if m := kiosk.message(); string(m.Payload) != "yes" {
		t.Errorf("got %s", m.Payload)
	}
	if s := kiosk.Stats(); s != (mqttlink.Stats{Ups: 1, Received: 1, Handed: 100}) {
		t.Errorf("stats %+v", s)
	}
}

func TestComesBackAfterTheBrokerWasKilled(t *testing.T) {
	b := newBroker(t)
	c := dial(t, b, "10000001", subscribe("echo"))
	c.wantUp()
	for range 3 {
		b.kill()
		if err := c.wantDown(); err == nil {
			t.Error("no cause")
		}
		if err := c.Publish(t.Context(), "echo", nil, 1, false); !errors.Is(err, mqttlink.ErrDown) {
			t.Errorf("publish while down: got %v, want ErrDown", err)
		}
		b.start()
		c.wantUp()
		c.publish("echo", "again", false) // subscribed again before OnUp
		if m := c.message(); string(m.Payload) != "again" {
			t.Errorf("got %s", m.Payload)
		}
	}
	if got := c.Stats().Ups; got != 4 {
		t.Errorf("up %d times, want 4", got)
	}
}

func TestRebuildMakesANewConnection(t *testing.T) {
	b := newBroker(t)
	c := dial(t, b, "10000001", nil)
	c.wantUp()
	c.Rebuild()
	if err := c.wantDown(); !errors.Is(err, mqttlink.ErrRebuild) {
		t.Errorf("cause %v, want ErrRebuild", err)
	}
	c.wantUp()
}

func TestWillIsSentOnABreakAndNotOnClose(t *testing.T) {
	b := newBroker(t)
	office := dial(t, b, "office", subscribe("state/#"))
	office.wantUp()
	will := func(topic string) func(*mqttlink.Config) {
		return func(c *mqttlink.Config) {
			c.Will = &mqttlink.Message{Topic: topic, Payload: []byte("gone"), QoS: 1, Retained: true}
		}
	}
	polite := dial(t, b, "polite", will("state/polite"))
	polite.wantUp()
	polite.publish("state/polite", "bye", true)
	if err := polite.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := polite.wantDown(); !errors.Is(err, mqttlink.ErrClosed) {
		t.Errorf("cause %v, want ErrClosed", err)
	}
	hears := func(want string) {
		t.Helper()
		if m := office.message(); m.Topic+" "+string(m.Payload) != want {
			t.Errorf("got %s %s, want %s", m.Topic, m.Payload, want)
		}
	}
	hears("state/polite bye") // between two clients the broker promises no order
	broken := dial(t, b, "broken", will("state/broken"))
	broken.wantUp()
	broken.Rebuild()
	hears("state/broken gone")
}

func TestSlowReceiverLosesMessagesNotTheLink(t *testing.T) {
	b := newBroker(t)
	release := make(chan struct{})
	started := make(chan struct{}, 100)
	slow := dial(t, b, "slow", func(c *mqttlink.Config) {
		subscribe("flood")(c)
		c.Queue = 4
		c.OnMessage = func(string, []byte) {
			started <- struct{}{}
			<-release
		}
	})
	slow.wantUp()
	slow.publish("flood", "0", false)
	within(t, started) // one is being handled, so four more fit
	witness := dial(t, b, "witness", subscribe("done"))
	witness.wantUp()
	for range 20 {
		slow.publish("flood", "x", false)
	}
	for deadline := time.Now().Add(patience); slow.Stats().Received < 21 && time.Now().Before(deadline); {
		slow.publish("done", "", false) // a round trip through the broker
		witness.message()
	}
	if s := slow.Stats(); s.Received != 21 || s.Dropped != 16 {
		t.Errorf("received %d, dropped %d, want 21 and 16", s.Received, s.Dropped)
	}
	if !slow.Up() {
		t.Error("the link went down")
	}
	close(release)
	for range 4 {
		within(t, started)
	}
}

// TestPublishIsBounded speaks to a broker that confirms nothing after SUBACK.
func TestPublishIsBounded(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte{0x20, 2, 0, 0}) // CONNACK, then silence
			defer conn.Close()
		}
	}()
	up := make(chan struct{}, 10)
	down := make(chan error, 10)
	l, err := mqttlink.Dial(mqttlink.Config{
		Broker: "tcp://" + ln.Addr().String(), ClientID: "10000001", MaxInflight: 4, PubackTimeout: 1500 * time.Millisecond,
		Rand: func() float64 { return 1 }, OnUp: func() { up <- struct{}{} }, OnDown: func(err error) { down <- err },
	})
	if err != nil {
		t.Fatal(err)
	}
	within(t, up)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	n := 0
	for ; n < 100 && err == nil; n++ {
		err = l.Publish(ctx, "x", []byte("y"), 1, false)
	}
	if !errors.Is(err, context.DeadlineExceeded) || n != 5 {
		t.Errorf("publish %d: %v; want the deadline at the fifth", n, err)
	}
	if cause := within(t, down); !strings.Contains(cause.Error(), "does not confirm") {
		t.Errorf("cause %v", cause)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCloseWhileTheBrokerIsAway(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") // accepts, never answers
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	l, err := mqttlink.Dial(mqttlink.Config{Broker: "tcp://" + ln.Addr().String(), ClientID: "a", Rand: func() float64 { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := l.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	b, other := newBroker(t), newPKI(t)
	other.issue(t, "10000001", other.cert, other.key)
	conf, err := mqttlink.TLSConfig(b.pki.file("ca.crt"), other.file("10000001.crt"), other.file("10000001.key"), "")
	if err != nil {
		t.Fatal(err)
	}
	tried := make(chan struct{}, 1000)
	l, err := mqttlink.Dial(mqttlink.Config{
		Broker: b.url(), TLS: conf, MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond,
		Rand: func() float64 { tried <- struct{}{}; return 1 },
		OnUp: func() { t.Error("a stranger's certificate was taken") },
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		within(t, tried)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestDialRefuses(t *testing.T) {
	rng := func() float64 { return 0 }
	p := newPKI(t)
	p.issue(t, "10000001", p.cert, p.key)
	conf, err := mqttlink.TLSConfig(p.file("ca.crt"), p.file("10000001.crt"), p.file("10000001.key"), "broker")
	if err != nil {
		t.Fatal(err)
	}
	if conf.MinVersion != tls.VersionTLS13 || conf.ServerName != "broker" {
		t.Errorf("TLS from %#x for %q", conf.MinVersion, conf.ServerName)
	}
	for name, c := range map[string]mqttlink.Config{
		"scheme":       {Broker: "http://h:1", ClientID: "a", Rand: rng},
		"no host":      {Broker: "tcp://", ClientID: "a", Rand: rng},
		"no client":    {Broker: "tcp://h:1", Rand: rng},
		"no rand":      {Broker: "tcp://h:1", ClientID: "a"},
		"no tls":       {Broker: "tls://h:1", ClientID: "a", Rand: rng},
		"other name":   {Broker: "tls://h:1", TLS: conf, ClientID: "10000002", Rand: rng},
		"will qos":     {Broker: "tcp://h:1", ClientID: "a", Rand: rng, Will: &mqttlink.Message{QoS: 2}},
		"subscription": {Broker: "tcp://h:1", ClientID: "a", Rand: rng, Subscriptions: []mqttlink.Subscription{{Filter: "a", QoS: 2}}},
	} {
		if l, err := mqttlink.Dial(c); err == nil {
			t.Errorf("%s: got no error", name)
			_ = l.Close(t.Context())
		}
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string][3]string{
		"no ca":    {"none", p.file("ca.crt"), p.file("ca.key")},
		"empty ca": {empty, p.file("ca.crt"), p.file("ca.key")},
		"no key":   {p.file("ca.crt"), p.file("ca.crt"), empty},
	} {
		if _, err := mqttlink.TLSConfig(f[0], f[1], f[2], ""); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
