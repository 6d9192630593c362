package main

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"wattkiosk/payments/receipt"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/office/admission"
	"wattkiosk/uplink/office/broker"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/counterfeit"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/signer"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/web"
)

// parts are what serve is put together from and does not know more of.
type parts struct {
	link      mqttlink.Config // how to reach the broker, and as whom
	listen    string          // where the broker listens for kiosks, as seen from here
	broker    string          // tls://host:port, as kiosks reach it; "" is not known
	policyKey crypto.Signer
	office    []byte // half of the staff key that kiosks are told
	sparesFor []byte // public half of the key of spares; nil: an older signer has none
	pages     http.Handler
	front     front
	bundles   *bundleSite
	admission *admission.Desk // who kiosks are
	lists     *broker.Lister  // of an external mosquitto; nil: none
	metrics   *prometheus.Registry
	close     func() error
}

// openKeys has the keys in this process, or asks the signer that has them.
func openKeys(ctx context.Context, o *options) (signer.Head, error) {
	keys := filepath.Join(o.data, keyFolder)
	life, clock := ca.WithKioskLife(o.kioskLife), ca.WithClock(o.now)
	if o.signer != "" {
		return signer.Dial(ctx, o.signer, keys, life, clock)
	}
	phrase, err := readPassphrase(o.passphrase)
	if err != nil {
		return nil, err
	}

	return signer.Open(keys, ca.WithPassphrase(phrase), life, clock)
}

// keyFolder, in the data folder, holds the authority, the policy key, the staff key and that of spares.
const keyFolder = "ca"

// localHosts are names that head office's server certificate is for in any case.
var localHosts = []string{"localhost", "127.0.0.1", "::1"}

// openParts opens keys, the way to the broker (and the embedded broker itself), the
// place where kiosks fetch bundles, and the pages.
func openParts(ctx context.Context, o *options, books *store.Store, log *slog.Logger, kick kicks) (*parts, error) {
	if err := os.MkdirAll(o.data, dataMode); err != nil {
		return nil, fmt.Errorf("cannot make data folder: %w", err)
	}
	if err := readContracts(o, books); err != nil {
		return nil, err
	}
	head, err := openKeys(ctx, o)
	if err != nil {
		return nil, err
	}
	public, ok := head.Policy().Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("the policy key is not an Ed25519 key")
	}
	authority := head.Authority()
	way, err := openFront(o, authority, log)
	if err != nil {
		return nil, err
	}
	p := &parts{front: way, policyKey: head.Policy(), office: head.Half(), sparesFor: head.SparesFor(), metrics: prometheus.NewRegistry(), close: func() error { return nil }}
	if err := p.knowKiosks(ctx, o, books, authority, log); err != nil {
		return nil, err
	}
	store, err := openDepot(o)
	if err != nil {
		return nil, err
	}
	places, err := kioskPlaces(ctx, o, books)
	if err != nil {
		return nil, err
	}
	if err := p.reachBroker(o, places, authority, log); err != nil {
		return nil, err
	}
	stop := p.close
	if p.bundles, err = openBundles(o, authority, store, p.admission, log); err != nil {
		return nil, errors.Join(err, p.close())
	}
	p.close = func() error { return errors.Join(p.bundles.close(), stop()) }
	if o.demo {
		if err := addDemoUsers(ctx, books); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}
	policyPEM, err := ca.PublicPEM(public)
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	secret, err := head.PageSecret()
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	site, err := web.New(web.Config{
		Store: books, Log: log, Enrol: enroller(o, books, authority, policyPEM, p.broker), Kick: kick.gateway, Version: version,
		Secret: secret, Lab: o.demo, SecureCookies: way.secure(), Codes: codes{books, head}, Depot: store, Rollouts: kick.jobs, Notes: kick.notes, Reconcile: kick.reconcile, Bring: kick.bring, Registry: p.metrics, Now: o.now,
		Fleet: receipt.FleetOf(public),
	})
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	p.pages = site.Handler()
	stopRest := p.close
	p.close = func() error { site.Close(); return stopRest() }
	return p, nil
}

// readContracts has counterfeit cases follow the contracts with makers.
func readContracts(o *options, books *store.Store) error {
	if o.contracts == "" {
		return nil
	}
	b, err := os.ReadFile(o.contracts)
	if err != nil {
		return fmt.Errorf("--contracts: %w", err)
	}
	c, err := counterfeit.ReadContracts(b)
	if err != nil {
		return fmt.Errorf("--contracts: %s: %w", o.contracts, err)
	}
	books.Forgeries.SetContracts(c)

	return nil
}

// kicks are the functions that wake the background workers.
type kicks struct {
	gateway, jobs, notes func()
	reconcile            func(ctx context.Context, day string) error // now, and returns when that is done
	bring                web.Bring
}

// enroller spends a token for a kiosk's certificate.
func enroller(o *options, books *store.Store, authority *ca.Authority, policyPEM, broker string) func(context.Context, fleet.Claim, []byte) (web.Enrolment, error) {
	return func(ctx context.Context, c fleet.Claim, csr []byte) (web.Enrolment, error) {
		e := web.Enrolment{CA: authority.CAPEM(), PolicyKey: policyPEM, Broker: broker}
		name, err := ca.RequestName(csr)
		if err != nil {
			return e, fmt.Errorf("%w: %w", web.ErrRequest, err)
		}
		k, err := books.Enrol(ctx, c, o.now(), func(k fleet.Kiosk) (_ identity.Certificate, err error) {
			if name != k.ID {
				return identity.Certificate{}, fmt.Errorf("%w: the token is for kiosk %s, the request for %s", web.ErrRequest, k.ID, name)
			}
			if e.Cert, err = authority.SignKiosk(csr, k.ID); errors.Is(err, signer.ErrAway) {
				return identity.Certificate{}, fmt.Errorf("%w: %w", web.ErrSigner, err)
			} else if err != nil {
				return identity.Certificate{}, err
			}
			leaf, err := ca.Certificate(e.Cert)
			if err != nil {
				return identity.Certificate{}, err
			}
			return admission.CertificateOf(leaf), nil
		})
		e.Kiosk, e.Incarnation = k.ID, k.Incarnation
		e.Kept = k.Kept
		return e, err
	}
}
