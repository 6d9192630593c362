package identity

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// Errors of a Desk.
var (
	// ErrService says that a kiosk's service does not allow what is asked.
	ErrService = errors.New("not while the kiosk is in this service")
	// ErrKey says that a key is not one that may be certified, or proves nothing.
	ErrKey = errors.New("key refused")
	// ErrSoon says that a kiosk has just renewed.
	ErrSoon = errors.New("renewed a moment ago")
)

// renewAgain is how long after one renewal the next key may be another one.
const renewAgain = 30 * time.Second

// Desk changes identities. It is safe for concurrent use if its backend is.
type Desk struct{ b stored.Backend[Tx] }

// New is a Desk over b.
func New(b stored.Backend[Tx]) *Desk { return &Desk{b} }

// Identity is that of one kiosk, or stored.ErrNotFound.
func (d *Desk) Identity(ctx context.Context, kiosk string) (Identity, error) {
	return stored.View(ctx, d.b, func(tx Tx) (Identity, error) { return tx.Identity(ctx, kiosk) })
}

// Since are the identities that changed after rev, in the order in which they did.
func (d *Desk) Since(ctx context.Context, rev uint64) ([]Identity, error) {
	return stored.View(ctx, d.b, func(tx Tx) ([]Identity, error) { return tx.IdentitiesSince(ctx, rev) })
}

// Certificates are those of a kiosk that have not ended.
func (d *Desk) Certificates(ctx context.Context, kiosk string, now time.Time) ([]Certificate, error) {
	return stored.View(ctx, d.b, func(tx Tx) ([]Certificate, error) { return tx.Certificates(ctx, kiosk, stored.Millis(now)) })
}

// Withdrawn are the certificates that have not ended and count no more, of all kiosks.
func (d *Desk) Withdrawn(ctx context.Context, now time.Time) ([]Certificate, error) {
	return stored.View(ctx, d.b, func(tx Tx) ([]Certificate, error) {
		all, err := tx.IdentitiesSince(ctx, 0)
		if err != nil {
			return nil, err
		}
		of := make(map[string]Identity, len(all))
		for _, i := range all {
			of[i.Kiosk] = i
		}
		certs, err := tx.Certificates(ctx, "", stored.Millis(now))

		return slices.DeleteFunc(certs, func(c Certificate) bool { return of[c.Kiosk].Valid(c.Key) }), err
	})
}

// save stores a changed identity with the next revision.
func save(ctx context.Context, tx Tx, i Identity) error {
	rev, err := tx.Count(ctx, "identity-rev", 1, 1)
	if err != nil {
		return fmt.Errorf("cannot count a change of kiosk %s: %w", i.Kiosk, err)
	}
	i.Rev = rev
	if err := tx.PutIdentity(ctx, i); err != nil {
		return fmt.Errorf("cannot store identity of kiosk %s: %w", i.Kiosk, err)
	}

	return nil
}

// Known makes a kiosk that has no identity yet known, in service and without a key.
func Known(ctx context.Context, tx Tx, kiosk string) error {
	_, err := tx.Identity(ctx, kiosk)
	if errors.Is(err, stored.ErrNotFound) {
		return save(ctx, tx, Identity{Kiosk: kiosk, Service: InService})
	}

	return err
}

// MayEnrol refuses a kiosk that is retired.
func MayEnrol(ctx context.Context, tx Tx, kiosk string) error {
	i, err := tx.Identity(ctx, kiosk)
	switch {
	case errors.Is(err, stored.ErrNotFound):
		return nil
	case err == nil && i.Service == Retired:
		return fmt.Errorf("%w: %s", ErrService, i.Service)
	}

	return err
}

// Enrolled has the key of a certificate be the newest of its kiosk: every one before counts
// no more. A kiosk whose board was to be replaced is in service with it; one that is
// suspended stays so.
func Enrolled(ctx context.Context, tx Tx, c Certificate, now time.Time) error {
	i, err := tx.Identity(ctx, c.Kiosk)
	switch {
	case errors.Is(err, stored.ErrNotFound):
		i = Identity{Kiosk: c.Kiosk, Service: InService}
	case err != nil:
		return fmt.Errorf("cannot read identity of kiosk %s: %w", c.Kiosk, err)
	case i.Service == Retired:
		return fmt.Errorf("%w: %s", ErrService, i.Service)
	case i.Service == Replaced:
		i.Service, i.By = InService, "kiosk "+c.Kiosk
		i.Reason, i.ChangedAt = "enrolled on another board", stored.Millis(now)
	}
	i.newest(c)
	if err := record(ctx, tx, c); err != nil {
		return err
	}

	return save(ctx, tx, i)
}

// newest has a certificate's key be the newest, and no other count.
func (i *Identity) newest(c Certificate) {
	i.Key, i.Ends = c.Key, c.Ends
	i.Life = max(c.Ends-c.Issued, 0)
	i.Issued = max(i.Issued, c.Issued)
	i.Next = ""
	i.NextEnds, i.NextAt = 0, 0
}

// record keeps a certificate. Without a serial number it is of a test.
func record(ctx context.Context, tx Tx, c Certificate) error {
	if c.Serial == "" {
		return nil
	}
	if err := tx.AddCertificate(ctx, c); err != nil {
		return fmt.Errorf("cannot store certificate of kiosk %s: %w", c.Kiosk, err)
	}

	return nil
}

// Renew certifies the next key of a kiosk in service: key is its public part, PKIX in DER,
// and sign runs inside the transaction. A repeat with the same key is answered again; with
// another one that is next, once the last is a while ago (ErrSoon). ErrKey refuses keys
// that were the kiosk's before, ErrService kiosks that are not in service.
func (d *Desk) Renew(ctx context.Context, kiosk, key string, now time.Time, sign func() (Certificate, error)) error {
	return d.b.Update(ctx, func(tx Tx) error {
		i, err := tx.Identity(ctx, kiosk)
		if err != nil {
			return fmt.Errorf("cannot read identity of kiosk %s: %w", kiosk, err)
		}
		if err := i.mayRenew(ctx, tx, key, now); err != nil {
			return err
		}

		c, err := sign()
		if err != nil {
			return err
		}
		if err := record(ctx, tx, c); err != nil {
			return err
		}
		i.Next, i.NextEnds = c.Key, c.Ends
		i.NextAt = stored.Millis(now)
		i.Issued = max(i.Issued, c.Issued)

		return save(ctx, tx, i)
	})
}

func (i Identity) mayRenew(ctx context.Context, tx Tx, key string, now time.Time) error {
	switch {
	case i.Service != InService:
		return fmt.Errorf("%w: %s", ErrService, i.Service)
	case key == "" || key == i.Key:
		return fmt.Errorf("%w: not a new one", ErrKey)
	case key == i.Next:
		return nil
	case i.NextAt != 0 && now.UnixMilli()-i.NextAt < renewAgain.Milliseconds() && now.UnixMilli() >= i.NextAt:
		return ErrSoon
	}

	before, err := tx.Certificates(ctx, i.Kiosk, 0)
	if err != nil {
		return fmt.Errorf("cannot read certificates of kiosk %s: %w", i.Kiosk, err)
	}
	if slices.ContainsFunc(before, func(c Certificate) bool { return c.Key == key }) {
		return fmt.Errorf("%w: it was the kiosk's before", ErrKey)
	}

	return nil
}

// Confirm takes a kiosk's proof that it has connected with its next key, which is the newest
// from then on. A repeat is harmless. ErrKey says that the proof is of neither key.
func (d *Desk) Confirm(ctx context.Context, kiosk string, proof []byte, now time.Time) (Identity, error) {
	var i Identity
	err := d.b.Update(ctx, func(tx Tx) (err error) {
		if i, err = tx.Identity(ctx, kiosk); err != nil {
			return fmt.Errorf("cannot read identity of kiosk %s: %w", kiosk, err)
		}
		switch {
		case i.Service != InService:
			return fmt.Errorf("%w: %s", ErrService, i.Service)
		case proves(i.Key, kiosk, proof):
			return nil
		case !proves(i.Next, kiosk, proof):
			return fmt.Errorf("%w: the proof is of no key that counts", ErrKey)
		}

		c := Certificate{Kiosk: kiosk, Key: i.Next, Ends: i.NextEnds, Issued: i.Issued}
		i.newest(c)
		if err := errors.Join(save(ctx, tx, i), tx.NewestKey(ctx, kiosk, i.Key)); err != nil {
			return err
		}

		return audit(ctx, tx, "kiosk "+kiosk, "renew certificate", kiosk, "key "+Fingerprint(i.Key), now)
	})

	return i, err
}

// Adopt takes the key of a certificate that these books have lost for the kiosk's newest: see
// Lost. It does nothing where it is not, or not any more.
func (d *Desk) Adopt(ctx context.Context, c Certificate, grace time.Duration, now time.Time) error {
	return d.b.Update(ctx, func(tx Tx) error {
		i, err := tx.Identity(ctx, c.Kiosk)
		if err != nil {
			return fmt.Errorf("cannot read identity of kiosk %s: %w", c.Kiosk, err)
		}
		if i.Judge(c, grace, now) != Lost {
			return nil
		}
		i.newest(c)
		if err := errors.Join(record(ctx, tx, c), save(ctx, tx, i), tx.NewestKey(ctx, c.Kiosk, i.Key)); err != nil {
			return err
		}

		return audit(ctx, tx, "kiosk "+c.Kiosk, "take a newer certificate than the books know", c.Kiosk, "key "+Fingerprint(c.Key), now)
	})
}

// proves reports whether a proof was made with the private part of key.
func proves(key, kiosk string, proof []byte) bool {
	public, err := x509.ParsePKIXPublicKey([]byte(key))
	if err != nil {
		return false
	}
	text := wire.RenewalText(kiosk, []byte(key))
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(text)
		return ecdsa.VerifyASN1(k, sum[:], proof)
	case ed25519.PublicKey:
		return ed25519.Verify(k, text, proof)
	}

	return false
}

// Fingerprint is the beginning of a key's SHA-256, for people.
func Fingerprint(key string) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(key))

	return hex.EncodeToString(sum[:8])
}

func audit(ctx context.Context, tx Tx, who, action, kiosk, reason string, now time.Time) error {
	return tx.AddAudit(ctx, people.Audit{At: stored.Millis(now), User: who, Action: action, Object: kiosk, Reason: stored.Text(reason)})
}

// Suspect has a case say that something else may use a kiosk's identity. While it is open
// nothing is added.
func (d *Desk) Suspect(ctx context.Context, kiosk, text string, now time.Time) error {
	c := books.NewCase(kiosk, now, books.ClassClone, "identity", "", 0, text)
	return d.b.Update(ctx, func(tx Tx) error {
		before, err := tx.Case(ctx, c.ID)
		switch {
		case errors.Is(err, stored.ErrNotFound):
			return tx.AddCases(ctx, []books.Case{c})
		case err != nil:
			return fmt.Errorf("cannot read case %s: %w", c.ID, err)
		case before.Open:
			return nil
		}

		return books.Reopen(ctx, tx, before, c)
	})
}
