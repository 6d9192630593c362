package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/uplink/office/admission"
	"wattkiosk/uplink/office/broker"
	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/store"
)

// Bounds of what a kiosk's certificate may last, and of the grace after its end.
const (
	leastKioskLife = time.Hour
	leastInLab     = time.Minute // of --demo: to see renewals
	mostKioskLife  = 5 * 365 * 24 * time.Hour
	mostGrace      = 2 * 365 * 24 * time.Hour
)

// checkIdentity refuses settings of kiosks' certificates that cannot be meant.
func (o *options) checkIdentity() error {
	least := leastKioskLife
	if o.demo {
		least = leastInLab
	}
	switch {
	case o.kioskLife < least || o.kioskLife > mostKioskLife:
		return cmdline.Usage("--kiosk-life %s: want %s to %s", o.kioskLife, least, mostKioskLife)
	case o.renewGrace < 0 || o.renewGrace > mostGrace:
		return cmdline.Usage("--renew-grace %s: want up to %s", o.renewGrace, mostGrace)
	case o.mosquitto.Dir == "" && o.mosquitto.PIDFile != "":
		return cmdline.Usage("--mosquitto-pid needs --mosquitto-dir")
	case o.mosquitto.Dir != "" && o.broker == "":
		return cmdline.Usage("--mosquitto-dir needs --broker")
	}

	return nil
}

// knowKiosks reads who kiosks are, so that nobody is let in before.
func (p *parts) knowKiosks(ctx context.Context, o *options, books *store.Store, authority *ca.Authority, log *slog.Logger) error {
	marks, err := ca.OpenMarks(filepath.Join(o.data, keyFolder))
	if err != nil {
		return err
	}
	books.KeepMarks(marks)
	p.admission = admission.New(admission.Config{Identities: books.Identities, Signer: authority, Grace: o.renewGrace, Now: o.now, Log: log})
	if o.mosquitto.Dir != "" {
		if away := o.kioskLife / 3; away < o.renewGrace {
			log.Warn("mosquitto lets nobody renew a certificate that has ended: a kiosk that is away for longer has to be enrolled again", "away", days(away), "for the grace", "--kiosk-life "+awayLife(o.renewGrace).String())
		}
		p.lists = broker.NewLister(o.mosquitto, authority, books.Identities, o.broker, o.now)
		p.admission.Watch(p.lists.Changed)
	}

	return p.admission.Look(ctx)
}

// keepLists keeps the lists of an external mosquitto until ctx ends.
func (p *parts) keepLists(ctx context.Context, log *slog.Logger) {
	if p.lists != nil {
		p.lists.Run(ctx, log)
	}
}

// doorman has the embedded broker go by who kiosks are.
type doorman struct{ kiosks *admission.Desk }

var _ broker.Doorman = doorman{}

// Judge implements broker.Doorman.
func (d doorman) Judge(kiosk string, leaf *x509.Certificate) broker.Entry {
	switch v := d.kiosks.Judge(kiosk, leaf); v {
	case identity.Admitted:
		return broker.Welcome
	case identity.RenewalOnly:
		return broker.Renewing
	case identity.Ended, identity.Stranger:
		return broker.Outdated
	case identity.KeyReplaced, identity.OutOfService, identity.Lost:
		return broker.Barred
	default:
		panic(fmt.Sprintf("verdict %d", v))
	}
}

// TakenOver implements broker.Doorman.
func (d doorman) TakenOver(kiosk string, before, now broker.Visitor) {
	d.kiosks.TakenOver(kiosk, before.Host, before.Leaf, now.Host, now.Leaf)
}
