package broker

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
)

// Limits of a broker, embedded or not. Of a client's queue only the number of
// messages is bounded; kiosks send what was dropped again.
const (
	MaxPacket = 512 << 10 // bytes
	// DefaultKiosks is how many kiosks are let in at a time if nobody says more.
	DefaultKiosks = 4096

	maxKeepalive = 600  // seconds
	maxInflight  = 4096 // messages sent to a client and not confirmed
	maxPending   = 4096 // messages waiting to be written to a client
	maxReceive   = 256  // messages of a client that the broker has not confirmed

	spareClients = 64 // of head office, and connections on their way out

	netBuffer   = 4 << 10 // bytes, each way, of each client
	sysInterval = 3600    // seconds between $SYS messages, which nobody may read
)

// Config of an embedded broker; Listen and TLS are required.
type Config struct {
	Listen string      // host:port; port 0 takes a free one
	TLS    *tls.Config // of ca.Authority.ServerTLS: TLS 1.3 and client certificates
	Kiosks int         // let in at a time; 0 is DefaultKiosks
	// Doorman says which of the authority's certificates are those of kiosks now; nil: all.
	Doorman Doorman
	Now     func() time.Time // by which a certificate has ended; nil: the doorman sees none that has
	Log     *slog.Logger     // never sees payloads; nil is silent
}

// Broker is a running embedded broker.
type Broker struct {
	srv    *mochi.Server
	kiosks *gate // the listener of Config.Listen, for everybody
	office *gate // on loopback, for head office alone
	guests *guests
	close  sync.Once
}

// Start listens and serves until Close.
func Start(cfg Config) (*Broker, error) {
	secure, err := checkTLS(cfg.TLS)
	if err != nil {
		return nil, fmt.Errorf("cannot start broker: %w", err)
	}
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if cfg.Kiosks <= 0 {
		cfg.Kiosks = DefaultKiosks
	}
	ln, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("cannot start broker: %w", err)
	}
	own, err := net.Listen("tcp", officeListen)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot start broker: %w", err), ln.Close())
	}

	if cfg.Doorman != nil {
		secure = byDoorman(secure, cfg.Now)
	}
	guests := newGuests(cfg.Kiosks, log)
	b := &Broker{
		srv: mochi.New(options(cfg.Kiosks, log)), guests: guests,
		kiosks: newGate("kiosks", ln, secure, guests, isName, log),
		office: newGate("office", own, secure, guests, func(cn string) bool { return cn == office }, log),
	}
	b.kiosks.doorman = cfg.Doorman
	if err := b.serve(&rules{log: log, ctx: b.kiosks.ctx, guests: guests}); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot start broker: %w", err), b.Close())
	}
	return b, nil
}

// officeListen is head office's own listener: on this machine, at any free port.
const officeListen = "127.0.0.1:0"

func (b *Broker) serve(r *rules) error {
	if err := b.srv.AddHook(r, nil); err != nil {
		return err
	}
	for _, g := range []*gate{b.kiosks, b.office} {
		if err := b.srv.AddListener(g); err != nil {
			return err
		}
	}
	return b.srv.Serve()
}

// Addr is where the broker listens for kiosks. Head office is let in here too.
func (b *Broker) Addr() net.Addr { return b.kiosks.ln.Addr() }

// OfficeAddr is where it listens for head office alone, on this machine. However
// many kiosks wait at Addr, nobody waits here.
func (b *Broker) OfficeAddr() net.Addr { return b.office.ln.Addr() }

// Kiosks is how many kiosks are connected, and how many are let in at the most.
func (b *Broker) Kiosks() (connected, places int) { return b.guests.kiosks() }

// Close ends all connections and waits for them. It may be called again.
func (b *Broker) Close() error {
	var err error
	b.close.Do(func() {
		b.kiosks.Close(nil)
		b.office.Close(nil)
		if err = b.srv.Close(); err != nil {
			err = fmt.Errorf("cannot close broker: %w", err)
		}
	})
	return err
}

// checkTLS refuses a configuration that would let a client in without a
// certificate.
func checkTLS(c *tls.Config) (*tls.Config, error) {
	switch {
	case c == nil || len(c.Certificates) == 0:
		return nil, errors.New("tls: no certificate")
	case c.MinVersion < tls.VersionTLS13:
		return nil, errors.New("tls: want TLS 1.3 at least")
	case c.ClientAuth != tls.RequireAndVerifyClientCert || c.ClientCAs == nil:
		return nil, errors.New("tls: client certificates are not required")
	}
	c = c.Clone()
	c.SessionTicketsDisabled = true // every connection shows its certificate
	return c, nil
}

// options bound the library. Its own limit of clients is out of reach: it would
// refuse head office as readily as a kiosk.
func options(kiosks int, log *slog.Logger) *mochi.Options {
	c := mochi.NewDefaultServerCapabilities()
	c.MaximumClients = 2*int64(kiosks) + spareClients
	c.MaximumMessageExpiryInterval = 0 // else retained messages end after a day
	c.MaximumClientWritesPending = maxPending
	c.MaximumPacketSize = MaxPacket
	c.MaximumInflight = maxInflight
	c.ReceiveMaximum = maxReceive
	c.TopicAliasMaximum = 0
	c.SharedSubAvailable = 0
	c.MinimumProtocolVersion = version311
	c.MaximumQos = 1
	return &mochi.Options{
		Capabilities:             c,
		ClientNetWriteBufferSize: netBuffer,
		ClientNetReadBufferSize:  netBuffer,
		Logger:                   slog.New(discreet{log.Handler()}),
		SysTopicResendInterval:   sysInterval,
	}
}
