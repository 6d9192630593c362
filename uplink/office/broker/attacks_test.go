package broker_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"wattkiosk/boards/ground/child/childtest"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/broker"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
)

// soon is within what a connection that may not be is to be gone.
const soon = 5 * time.Second

// goneSince holds how long a connection took to end against soon, and tells it.
func goneSince(t *testing.T, began time.Time, who string) {
	t.Helper()
	took := time.Since(began)
	t.Logf("%s: gone after %v", who, took.Round(100*time.Microsecond))
	if took > soon {
		t.Errorf("%s: gone after %v, at most %v", who, took, soon)
	}
}

// guard is a doorman who goes by the key of a certificate.
type guard struct {
	mu    sync.Mutex
	as    map[string]broker.Entry // by key
	taken []string
}

func newGuard() *guard { return &guard{as: map[string]broker.Entry{}} }

func (g *guard) Judge(_ string, leaf *x509.Certificate) broker.Entry {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.as[string(leaf.RawSubjectPublicKeyInfo)]
}

func (g *guard) TakenOver(kiosk string, before, now broker.Visitor) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.taken = append(g.taken, fmt.Sprint(kiosk, before.Host, now.Host, before.Leaf.Equal(now.Leaf)))
}

// let has the holder of a certificate let in from now on in this way.
func (g *guard) let(conf *tls.Config, e broker.Entry) {
	leaf, err := x509.ParseCertificate(conf.Certificates[0].Certificate[0])
	if err != nil {
		panic(err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.as[string(leaf.RawSubjectPublicKeyInfo)] = e
}

// guarded is an embedded broker with a doorman; before is called before it starts.
func guarded(t *testing.T, g broker.Doorman, before func(*rig), opts ...ca.Option) (*rig, *broker.Broker) {
	t.Helper()
	a, err := ca.Open(t.TempDir(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{ca: a, embedded: true, log: newLogbook()}
	if before != nil {
		before(r)
	}
	conf, err := r.ca.ServerTLS("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	b, err := broker.Start(broker.Config{Listen: "127.0.0.1:0", TLS: conf, Doorman: g, Now: time.Now, Log: slog.New(slog.NewTextHandler(r.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	r.addr, r.officeAddr = b.Addr().String(), b.OfficeAddr().String()
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})

	return r, b
}

func (r *rig) code(t *testing.T, conf *tls.Config) (byte, error) {
	t.Helper()
	conn, err := r.raw(t, conf)
	if err != nil {
		return 0, err
	}
	defer conn.Close()

	return connack(conn, connect{id: kioskA, level: 4, flags: 2, keepAlive: 30})
}

// TestAttackReplacedCertificate: a certificate of the authority's for the right name opens
// nothing if its key is not the kiosk's, and takes no place from who is the kiosk.
func TestAttackReplacedCertificate(t *testing.T) {
	g := newGuard()
	r, _ := guarded(t, g, nil)
	lost, board := clientTLS(t, r, kioskA), clientTLS(t, r, kioskA)
	g.let(board, broker.Welcome)
	kiosk := r.up(t, kioskA, func(c *mqttlink.Config) { c.TLS = board })

	for range 3 {
		if code, err := r.code(t, lost); code != 5 || err != nil {
			t.Errorf("a replaced certificate: code %d, %v", code, err)
		}
	}
	g.let(lost, broker.Outdated)
	if code, err := r.code(t, lost); code != 4 || err != nil {
		t.Errorf("a certificate that has ended: code %d, %v", code, err)
	}
	select {
	case err := <-kiosk.down:
		t.Errorf("the kiosk lost its connection: %v", err)
	default:
	}
	if g.taken != nil {
		t.Errorf("taken over: %v", g.taken)
	}
}

// TestAttackSuspendedConnection: a connection that stands ends when the doorman changes his
// mind, with its will, and others do not.
func TestAttackSuspendedConnection(t *testing.T) {
	g := newGuard()
	r, b := guarded(t, g, nil)
	office := r.up(t, "office", listening("wk/v1/up/#"))
	board, other := clientTLS(t, r, kioskA), clientTLS(t, r, kioskB)
	g.let(board, broker.Welcome)
	g.let(other, broker.Welcome)
	kiosk := r.up(t, kioskA, func(c *mqttlink.Config) { withWill("gone")(c); c.TLS = board })
	beside := r.up(t, kioskB, func(c *mqttlink.Config) { c.TLS = other })

	g.let(board, broker.Barred)
	began := time.Now()
	if n := b.Recheck(kioskA, kioskB); n != 1 {
		t.Errorf("%d connections ended", n)
	}
	wait(t, kiosk.down, "the connection to end")
	office.expect("wk/v1/up/10000001/state gone")
	goneSince(t, began, "the suspended kiosk, at the embedded broker")
	if code, err := r.code(t, board); code != 5 || err != nil {
		t.Errorf("it comes back: code %d, %v", code, err)
	}
	g.let(other, broker.Barred)
	if n := b.Recheck(); n != 1 {
		t.Errorf("%d of all connections ended", n)
	}
	wait(t, beside.down, "the other connection to end")
}

// TestAttackClone: who takes a place from a kiosk is told of, with where it comes from.
func TestAttackClone(t *testing.T) {
	g := newGuard()
	r, _ := guarded(t, g, nil)
	board := clientTLS(t, r, kioskA)
	g.let(board, broker.Welcome)
	first := r.up(t, kioskA, func(c *mqttlink.Config) { c.TLS = board })
	r.up(t, kioskA, func(c *mqttlink.Config) { c.TLS = board })
	wait(t, first.down, "the first connection to end")
	g.mu.Lock()
	defer g.mu.Unlock()
	if want := "10000001127.0.0.1127.0.0.1true"; len(g.taken) != 1 || g.taken[0] != want {
		t.Errorf("taken over: %v", g.taken)
	}
}

// TestAttackEndedCertificate: a certificate that has ended opens a connection by which
// nothing passes but a request for another one; and none of another authority does.
func TestAttackEndedCertificate(t *testing.T) {
	g := newGuard()
	long := time.Now().Add(-6 * 365 * 24 * time.Hour) // clients' last five years
	shift := time.Until(long)                         // the authority is older than that too
	var ended, oldOffice *tls.Config
	r, _ := guarded(t, g, func(r *rig) {
		ended, oldOffice = clientTLS(t, r, kioskA), clientTLS(t, r, "office")
		shift = 0
	}, ca.WithClock(func() time.Time { return time.Now().Add(shift) }))

	g.let(ended, broker.Renewing)
	office := r.up(t, "office", listening("wk/v1/up/#"))
	kiosk := r.up(t, kioskA, func(c *mqttlink.Config) { c.TLS = ended; listening("wk/v1/dn/10000001/rep/+")(c) })
	kiosk.publish("wk/v1/up/10000001/rec", "records", false)
	kiosk.publish("wk/v1/up/10000001/state", "online", true)
	kiosk.publish("wk/v1/up/10000001/req/7", "an order", false)
	kiosk.publish("wk/v1/up/10000001/req/renew-7", "a request", false)
	office.expect("wk/v1/up/10000001/req/renew-7 a request")
	office.publish("wk/v1/dn/10000001/rep/renew-7", "an answer", false)
	kiosk.expect("wk/v1/dn/10000001/rep/renew-7 an answer")

	foreign := embedded(t)
	stranger := clientTLS(t, foreign, kioskA)
	g.let(stranger, broker.Welcome)
	if code, err := r.code(t, stranger); err == nil {
		t.Errorf("a certificate of another authority: code %d", code)
	}
	if code, err := r.code(t, oldOffice); err == nil {
		t.Errorf("head office's own certificate that has ended: code %d", code)
	}
}

// listed is a mosquitto that goes by lists which head office keeps over books of its own.
func listed(t *testing.T) (*rig, *store.Store, *broker.Lister) {
	t.Helper()
	const bin = "/usr/sbin/mosquitto"
	if _, err := os.Stat(bin); err != nil {
		t.Skip("mosquitto is not installed")
	}
	r := &rig{ca: authority(t), log: newLogbook()}
	dir := t.TempDir()
	if err := r.ca.WriteServer(dir, "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	shop := memstore.New(books.Rules{})
	file := func(name string) string { return filepath.Join(dir, name) }
	lists := broker.Lists{Dir: dir, PIDFile: file("pid")}
	port := childtest.FreePort(t)
	r.addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	lister := broker.NewLister(lists, r.ca, shop.Identities, "tls://"+r.addr, time.Now)
	if err := lister.Write(t.Context()); err != nil {
		t.Fatal(err)
	}

	conf, _ := broker.MosquittoConf(broker.Mosquitto{
		Port: port, Bind: "127.0.0.1", CAFile: file("ca.pem"), CertFile: file("cert.pem"), KeyFile: file("key.pem"), ACLFile: lists.ACLFile(), CRLFile: lists.CRLFile(),
	})
	conf = "log_type information\n" + conf
	if os.Geteuid() == 0 {
		conf = "user root\n" + conf
	}
	if err := os.WriteFile(file("conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
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
	if err := os.WriteFile(file("pid"), fmt.Appendln(nil, cmd.Process.Pid), 0o600); err != nil {
		t.Fatal(err)
	}

	return r, shop, lister
}

// enrolled is a certificate that the books have as the kiosk's newest.
func enrolled(t *testing.T, r *rig, shop *store.Store, kiosk string) *tls.Config {
	t.Helper()
	conf := clientTLS(t, r, kiosk)
	leaf, err := x509.ParseCertificate(conf.Certificates[0].Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	secret := leaf.SerialNumber.String()
	if err := shop.AddToken(t.Context(), secret, kiosk, false, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	_, err = shop.Enrol(t.Context(), fleet.Claim{Token: secret}, now, func(fleet.Kiosk) (identity.Certificate, error) {
		return identity.Certificate{
			Serial: fmt.Sprintf("%x", leaf.SerialNumber), Kiosk: kiosk, Key: string(leaf.RawSubjectPublicKeyInfo), Issued: leaf.NotBefore.UnixMilli(), Ends: leaf.NotAfter.UnixMilli(),
		}, nil
	})
	if err != nil {
		t.Fatal(err)
	}

	return conf
}

// TestAttackMosquitto: the same at a mosquitto: a replaced certificate, and the connection of
// a kiosk that is suspended, which comes back when it is resumed; others stay.
func TestAttackMosquitto(t *testing.T) {
	r, shop, lister := listed(t)
	log := slog.New(slog.NewTextHandler(r.log, nil))
	done := make(chan struct{})
	ctx := t.Context()
	go func() { defer close(done); lister.Run(ctx, log) }()
	t.Cleanup(func() { <-done }) // the test's context has ended

	lost := enrolled(t, r, shop, kioskA)
	thief := r.up(t, kioskA, func(c *mqttlink.Config) { c.TLS = lost })
	beside := r.up(t, kioskB, func(c *mqttlink.Config) { c.TLS = enrolled(t, r, shop, kioskB) })
	board := enrolled(t, r, shop, kioskA)
	began := time.Now()
	lister.Changed([]string{kioskA})
	wait(t, thief.down, "the connection of the replaced board to end")
	goneSince(t, began, "the replaced board, at mosquitto")
	if code, err := r.code(t, lost); err == nil {
		t.Errorf("a replaced certificate: code %d", code)
	}
	kiosk := r.up(t, kioskA, func(c *mqttlink.Config) { c.TLS = board })

	if _, err := shop.Identities.Suspend(ctx, kioskA, "op", "stolen", time.Now()); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	lister.Changed([]string{kioskA})
	wait(t, kiosk.down, "the connection of the suspended kiosk to end")
	goneSince(t, began, "the suspended kiosk, at mosquitto")
	if code, err := r.code(t, board); err == nil {
		t.Errorf("a suspended kiosk: code %d", code)
	}
	if gone := beside.Stats().Ups; gone != 1 || !beside.Up() {
		t.Errorf("another kiosk came up %d times, up %v", gone, beside.Up())
	}
}
