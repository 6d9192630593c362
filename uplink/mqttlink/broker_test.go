package mqttlink_test

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// broker is a mochi broker with mutual TLS that can be killed and started again
// on the same port.
type broker struct {
	t    *testing.T
	pki  *pki
	addr string
	srv  *mochi.Server
	hook *swallow
}

// swallow makes a broker that confirms and forgets.
type swallow struct {
	mochi.HookBase
	on   atomic.Bool
	last atomic.Value
}

func (h *swallow) ID() string { return "swallow" }

func (h *swallow) Provides(b byte) bool {
	return b == mochi.OnPublish || b == mochi.OnSessionEstablished
}

func (h *swallow) OnPublish(_ *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	if h.on.Load() {
		return pk, packets.CodeSuccessIgnore
	}
	return pk, nil
}

func (h *swallow) OnSessionEstablished(cl *mochi.Client, _ packets.Packet) {
	h.last.Store(cl.ID + "/" + string(cl.Properties.Username))
}

func newBroker(t *testing.T) *broker {
	b := &broker{t: t, pki: newPKI(t), addr: "127.0.0.1:0"}
	b.start()
	t.Cleanup(b.kill)
	return b
}

func (b *broker) start() {
	b.t.Helper()
	var ln net.Listener
	var err error
	for range 100 { // the port may still be in the kernel's hands
		if ln, err = tls.Listen("tcp", b.addr, b.pki.server(b.t)); err == nil {
			break
		}
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.addr = ln.Addr().String()
	b.srv = mochi.New(&mochi.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	b.hook = new(swallow)
	if err := b.srv.AddHook(new(auth.AllowHook), nil); err != nil {
		b.t.Fatal(err)
	}
	if err := b.srv.AddHook(b.hook, nil); err != nil {
		b.t.Fatal(err)
	}
	if err := b.srv.AddListener(listeners.NewNet("tls", ln)); err != nil {
		b.t.Fatal(err)
	}
	if err := b.srv.Serve(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *broker) kill() {
	if b.srv != nil {
		if err := b.srv.Close(); err != nil {
			b.t.Error(err)
		}
		b.srv = nil
	}
}

func (b *broker) url() string { return "tls://" + b.addr }

// pki is an authority in a folder.
type pki struct {
	dir         string
	key         *ecdsa.PrivateKey
	cert        *x509.Certificate
	from, until time.Time // of what is issued next; zero is an hour ago, and in an hour
}

func newPKI(t *testing.T) *pki {
	t.Helper()
	p := &pki{dir: t.TempDir()}
	p.key, p.cert = p.issue(t, "ca", nil, nil)
	return p
}

// issue writes NAME.crt and NAME.key.
func (p *pki) issue(t *testing.T, name string, ca *x509.Certificate, caKey *ecdsa.PrivateKey) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: cmp.Or(p.from, time.Now().Add(-time.Hour)), NotAfter: cmp.Or(p.until, time.Now().Add(time.Hour)),
		IsCA: ca == nil, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if ca == nil {
		ca, caKey = tmpl, key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, ca, key.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	kder, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for ext, block := range map[string]*pem.Block{"crt": {Type: "CERTIFICATE", Bytes: der}, "key": {Type: "PRIVATE KEY", Bytes: kder}} {
		if err := os.WriteFile(p.file(name+"."+ext), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return key, cert
}

func (p *pki) file(name string) string { return filepath.Join(p.dir, name) }

func (p *pki) server(t *testing.T) *tls.Config {
	t.Helper()
	p.issue(t, "broker", p.cert, p.key)
	pair, err := tls.LoadX509KeyPair(p.file("broker.crt"), p.file("broker.key"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(p.cert)
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
	}
}
