package memstore

import (
	"cmp"
	"context"
	"math"
	"strings"

	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/identity"
)

// identities are the rows of who kiosks are.
type identities rows

func (b *identities) Identity(_ context.Context, kiosk string) (identity.Identity, error) {
	return one(b.identities, kiosk)
}

func (b *identities) PutIdentity(_ context.Context, i identity.Identity) error {
	put((*rows)(b), b.identities, i.Kiosk, i)
	return nil
}

func (b *identities) IdentitiesSince(_ context.Context, rev uint64) ([]identity.Identity, error) {
	return list(b.identities, func(i identity.Identity) bool { return i.Rev > rev }, func(x, y identity.Identity) int {
		return cmp.Or(cmp.Compare(x.Rev, y.Rev), cmp.Compare(x.Kiosk, y.Kiosk))
	}, math.MaxInt), nil
}

func (b *identities) NewestKey(_ context.Context, kiosk, key string) error {
	k, err := one(b.kiosks, kiosk)
	if err != nil {
		return err
	}
	k.PublicKey = key
	put((*rows)(b), b.kiosks, kiosk, k)

	return nil
}

func (b *identities) AddCertificate(_ context.Context, c identity.Certificate) error {
	put((*rows)(b), b.certificates, c.Serial, c)
	return nil
}

func (b *identities) Certificates(_ context.Context, kiosk string, after int64) ([]identity.Certificate, error) {
	return list(b.certificates, func(c identity.Certificate) bool { return (kiosk == "" || c.Kiosk == kiosk) && c.Ends > after }, func(x, y identity.Certificate) int {
		return cmp.Or(cmp.Compare(x.Kiosk, y.Kiosk), cmp.Compare(x.Issued, y.Issued), cmp.Compare(x.Serial, y.Serial))
	}, math.MaxInt), nil
}

func (b *identities) Tokens(context.Context) ([]fleet.Token, error) {
	return list(b.tokens, func(fleet.Token) bool { return true }, func(x, y fleet.Token) int {
		return cmp.Or(cmp.Compare(x.Kiosk, y.Kiosk), cmp.Compare(x.ExpiresAt, y.ExpiresAt), cmp.Compare(x.Hash, y.Hash))
	}, math.MaxInt), nil
}

func (b *identities) DropToken(_ context.Context, hash string) error {
	remove((*rows)(b), b.tokens, hash)
	return nil
}

func (b *identities) LastSerial(_ context.Context, kiosk string) (string, error) {
	last := ""
	for serial, p := range b.postings {
		if p.Kiosk == kiosk && strings.HasPrefix(serial, kiosk) {
			last = max(last, serial)
		}
	}

	return last, nil
}
