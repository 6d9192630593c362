package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/office/server"
	"wattkiosk/uplink/office/signer"
	"wattkiosk/uplink/office/sparekeys"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/wire"
)

// spareCounter takes what kiosks leave of their journals' keys; nil where an older signer
// has no key for that.
func spareCounter(books *store.Store, p *parts, now func() time.Time, log *slog.Logger) (server.Spares, error) {
	if p.sparesFor == nil {
		log.Warn("the signer is of an older version: kiosks leave no spares of their journals' keys")
		return nil, nil
	}
	signed, err := wire.SignSpareFor(p.policyKey, wire.SpareFor{V: wire.Version, Key: p.sparesFor})
	if err != nil {
		return nil, fmt.Errorf("cannot sign whom spare keys are for: %w", err)
	}

	return sparekeys.NewCounter(books.Spares, p.sparesFor, signed, now, log), nil
}

// errNoSpare says that the disk of a board cannot be read here.
var errNoSpare = errors.New("no spare key that the kiosk left opens this journal")

// deadDisk reads the journal on the disk of a board that died, with the spares that its kiosk
// left. Each that is opened is told first.
type deadDisk struct {
	books *store.Store
	keys  signer.Head
	kiosk string
	dir   string
	tell  func(s sparekeys.Spare) error
}

// each hands over the records in their order.
func (d deadDisk) each(ctx context.Context, f func(record.Record) error) (err error) {
	spares, err := d.books.Spares.Of(ctx, d.kiosk)
	if err != nil {
		return err
	}
	if len(spares) == 0 {
		return fmt.Errorf("%w: kiosk %s left none", errNoSpare, d.kiosk)
	}
	k, err := d.books.Kiosk(ctx, d.kiosk)
	if err != nil {
		return err
	}
	var last error
	for _, s := range spares {
		if err := d.tell(s); err != nil {
			return err
		}
		key, err := d.keys.Spare(s.Kiosk, s.ID, []byte(s.Sealed))
		if err != nil {
			last = err
			continue
		}
		j, err := d.open(key, k.Incarnation)
		if err != nil {
			last = err
			continue
		}

		return errors.Join(j.Each(j.First(), f), j.Close())
	}

	return fmt.Errorf("%w: %w", errNoSpare, last)
}

// open opens the journal by a key; it may be of an incarnation that went before.
func (d deadDisk) open(key []byte, incarnation uint8) (*journal.Journal, error) {
	dir, err := filepath.Abs(d.dir)
	if err != nil {
		return nil, err
	}
	for {
		j, err := journal.OpenReadOnly(journal.Options{
			Dir: dir, Kiosk: d.kiosk, Incarnation: incarnation, Key: key, Clock: time.Now, Trust: func() record.Trust { return record.Untrusted },
		})
		if err == nil || !errors.Is(err, journal.ErrIdentity) || incarnation == 0 {
			return j, err
		}
		incarnation--
	}
}
