package broker

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"

	mochi "github.com/mochi-mqtt/server/v2"
)

// Limits of a broker, embedded or not. Of a client's queue only the number of
// messages is bounded; kiosks send what was dropped again.
const (
	MaxPacket    = 512 << 10 // bytes
	maxClients   = 4096
	maxKeepalive = 600  // seconds
	maxInflight  = 4096 // messages sent to a client and not confirmed
	maxPending   = 4096 // messages waiting to be written to a client
	maxReceive   = 256  // messages of a client that the broker has not confirmed

	netBuffer   = 4 << 10 // bytes, each way, of each client
	sysInterval = 3600    // seconds between $SYS messages, which nobody may read
)

// Config of an embedded broker; Listen and TLS are required.
type Config struct {
	Listen string       // host:port; port 0 takes a free one
	TLS    *tls.Config  // of ca.Authority.ServerTLS: TLS 1.3 and client certificates
	Log    *slog.Logger // never sees payloads; nil is silent
}

// Broker is a running embedded broker.
type Broker struct {
	srv   *mochi.Server
	gate  *gate
	close sync.Once
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
	ln, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("cannot start broker: %w", err)
	}
	b := &Broker{gate: newGate(ln, secure, log), srv: mochi.New(options(log))}
	err = b.srv.AddHook(&rules{log: log}, nil)
	if err == nil {
		err = b.srv.AddListener(b.gate)
	}
	if err == nil {
		err = b.srv.Serve()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot start broker: %w", err), b.Close())
	}
	return b, nil
}

// Addr is where the broker listens.
func (b *Broker) Addr() net.Addr { return b.gate.ln.Addr() }

// Close ends all connections and waits for them. It may be called again.
func (b *Broker) Close() error {
	var err error
	b.close.Do(func() {
		b.gate.Close(nil)
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

func options(log *slog.Logger) *mochi.Options {
	c := mochi.NewDefaultServerCapabilities()
	c.MaximumClients = maxClients
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
