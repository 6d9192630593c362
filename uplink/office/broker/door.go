package broker

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"
)

// Entry is how a kiosk is let in. The zero value is not at all.
type Entry uint8

// The entries.
const (
	Barred   Entry = iota // it is not the kiosk, or the kiosk is out of service: CONNACK 5
	Outdated              // its certificate has ended, or it is not known: CONNACK 4
	Renewing              // only what asks for another certificate is passed on
	Welcome
)

// Doorman says which certificates are those of kiosks now. It answers at once.
type Doorman interface {
	// Judge is asked of a certificate whose chain to the authority was verified; that it
	// has not ended was not. It is asked again for an open connection by Broker.Recheck.
	Judge(kiosk string, leaf *x509.Certificate) Entry
	// TakenOver tells of a connection that took the place of another one of its kiosk.
	TakenOver(kiosk string, before, now Visitor)
}

// Visitor is one connection of a kiosk.
type Visitor struct {
	Host string // that it comes from, without the port
	Leaf *x509.Certificate
}

// Codes of a CONNACK of MQTT 3.1.1, section 3.2.2.3.
const (
	codeBusy     = 3 // server unavailable
	codeOutdated = 4 // bad user name or password
	codeBarred   = 5 // not authorized
)

// byDoorman has the doorman say when a certificate has ended: the chain of one that has is
// verified as of the end of its time. Without a clock none that has ended comes so far.
func byDoorman(c *tls.Config, now func() time.Time) *tls.Config {
	c = c.Clone()
	c.ClientAuth = tls.RequireAnyClientCert
	roots := c.ClientCAs
	c.VerifyConnection = func(s tls.ConnectionState) error {
		leaf := s.PeerCertificates[0]
		var at time.Time // zero is now
		if now != nil {
			at = now()
		}
		if at.After(leaf.NotAfter) && isKiosk(leaf.Subject.CommonName) {
			at = leaf.NotAfter
		}
		_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})

		return err
	}

	return c
}

// errBarred says that a kiosk is not let in.
var errBarred = errors.New("the doorman does not let it in")

// judge asks the doorman; without one every certificate of the authority's is welcome.
func (g *gate) judge(name string, leaf *x509.Certificate) Entry {
	if g.doorman == nil || !isKiosk(name) {
		return Welcome
	}

	return g.doorman.Judge(name, leaf)
}

// code of the CONNACK that refuses an entry; 0 for none.
func (e Entry) code() byte {
	switch e {
	case Welcome, Renewing:
		return 0
	case Outdated:
		return codeOutdated
	}

	return codeBarred
}

// admit asks the doorman and refuses whom he does not let in.
func (g *gate) admit(name string, conn *tls.Conn) (Entry, error) {
	e := g.judge(name, conn.ConnectionState().PeerCertificates[0])
	if code := e.code(); code != 0 {
		sayNo(conn, code)
		return e, fmt.Errorf("%w: code %d", errBarred, code)
	}

	return e, nil
}

// sayNo answers a CONNECT of any version with a refusal, so that the client's log says why.
// It reads no more of it than a first piece.
func sayNo(conn *tls.Conn, code byte) {
	first := make([]byte, netBuffer)
	if _, err := conn.Read(first); err == nil {
		_, _ = conn.Write([]byte{0x20, 2, 0, code}) // CONNACK of MQTT 3.1.1, section 3.2
	}
}

func host(conn net.Conn) string {
	addr := conn.RemoteAddr().String()
	if h, _, err := net.SplitHostPort(addr); err == nil {
		return h
	}

	return addr
}

// Recheck asks the doorman once more about the open connections of kiosks, all of them where
// none is named, and ends those that he would not let in now, or not in the same way. A will
// is delivered as when a line breaks.
func (b *Broker) Recheck(kiosks ...string) (ended int) {
	for _, v := range b.guests.of(kiosks) {
		if b.kiosks.judge(v.name, v.leaf) == v.entry {
			continue
		}
		_ = v.conn.Close()
		ended++
	}

	return ended
}
