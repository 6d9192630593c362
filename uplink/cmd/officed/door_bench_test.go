package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"wattkiosk/uplink/office/admission"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/broker"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
)

// BenchmarkConnections has kiosks connect to the embedded broker and leave again: with who they
// are held against the books, and without.
func BenchmarkConnections(b *testing.B) {
	const kiosks = 64
	authority, err := ca.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	shop := memstore.New(books.Rules{})
	conf, err := authority.ServerTLS("127.0.0.1")
	if err != nil {
		b.Fatal(err)
	}
	var clients []*tls.Config
	for n := range kiosks {
		client, err := authority.ClientTLS(kioskName(n))
		if err != nil {
			b.Fatal(err)
		}
		knowsKiosk(b, shop, kioskName(n), client)
		clients = append(clients, client)
	}
	desk := admission.New(admission.Config{Identities: shop.Identities, Signer: authority, Grace: admission.DefaultGrace, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err := desk.Look(b.Context()); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		door broker.Doorman
	}{{"checked", doorman{desk}}, {"unchecked", nil}} {
		b.Run(c.name, func(b *testing.B) {
			at, err := broker.Start(broker.Config{Listen: "127.0.0.1:0", TLS: conf, Doorman: c.door, Now: time.Now, Kiosks: kiosks})
			if err != nil {
				b.Fatal(err)
			}
			defer at.Close()
			var next atomic.Int64
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					n := int(next.Add(1)) % kiosks
					if err := connects(clients[n], at.Addr().String(), kioskName(n)); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "connections/s")
		})
	}
}

func kioskName(n int) string { return fmt.Sprintf("%08d", 10000001+n) }

// knowsKiosk has the books hold the key of a certificate.
func knowsKiosk(b *testing.B, shop *store.Store, kiosk string, conf *tls.Config) {
	b.Helper()
	leaf, err := x509.ParseCertificate(conf.Certificates[0].Certificate[0])
	if err != nil {
		b.Fatal(err)
	}
	if err := shop.AddToken(b.Context(), kiosk, kiosk, false, time.Now().Add(time.Hour)); err != nil {
		b.Fatal(err)
	}
	if _, err := shop.Enrol(b.Context(), fleet.Claim{Token: kiosk}, time.Now(), func(fleet.Kiosk) (identity.Certificate, error) {
		return admission.CertificateOf(leaf), nil
	}); err != nil {
		b.Fatal(err)
	}
}

// connects is a handshake, CONNECT, its answer, and DISCONNECT.
func connects(conf *tls.Config, addr, name string) error {
	c, err := tls.Dial("tcp", addr, conf)
	if err != nil {
		return err
	}
	defer c.Close()
	body := append([]byte{0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, byte(len(name))}, name...)
	if _, err := c.Write(append([]byte{0x10, byte(len(body))}, body...)); err != nil {
		return err
	}
	var said [4]byte
	if _, err := io.ReadFull(c, said[:]); err != nil || !bytes.Equal(said[:], []byte{0x20, 2, 0, 0}) {
		return fmt.Errorf("%s: %x, %w", name, said, err)
	}
	_, err = c.Write([]byte{0xe0, 0})

	return err
}
