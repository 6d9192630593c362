package admission

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/stored"
)

const (
	lookEvery   = time.Second
	readTimeout = 2 * time.Second

	// DefaultGrace is for how long a certificate that has ended may be renewed.
	DefaultGrace = 180 * 24 * time.Hour

	maxSuspects = 64 // that wait to be written down
)

// Identities is what is needed of the books.
type Identities interface {
	Identity(ctx context.Context, kiosk string) (identity.Identity, error)
	Since(ctx context.Context, rev uint64) ([]identity.Identity, error)
	Renew(ctx context.Context, kiosk, key string, now time.Time, sign func() (identity.Certificate, error)) error
	Confirm(ctx context.Context, kiosk string, proof []byte, now time.Time) (identity.Identity, error)
	Adopt(ctx context.Context, c identity.Certificate, grace time.Duration, now time.Time) error
	Suspect(ctx context.Context, kiosk, text string, now time.Time) error
}

// Signer is the authority.
type Signer interface {
	SignKiosk(csrPEM []byte, kiosk string) (certPEM string, err error)
}

// Config of a Desk; all fields but Grace are required.
type Config struct {
	Identities Identities
	Signer     Signer
	Grace      time.Duration // 0: a certificate that has ended is not renewed
	Now        func() time.Time
	Log        *slog.Logger
}

// Desk is who kiosks are, in memory. It is safe for concurrent use.
type Desk struct {
	cfg      Config
	suspects chan suspect
	flaps    flaps

	mu    sync.RWMutex
	of    map[string]identity.Identity
	rev   uint64
	tell  []func(kiosks []string)
	ready bool
}

// suspect is a case that is to be opened.
type suspect struct{ kiosk, text string }

// New is a Desk that knows nobody yet.
func New(cfg Config) *Desk {
	return &Desk{cfg: cfg, suspects: make(chan suspect, maxSuspects), flaps: newFlaps(), of: map[string]identity.Identity{}}
}

// Watch has f told which kiosks' identities have changed. It is called before Run.
func (d *Desk) Watch(f func(kiosks []string)) { d.tell = append(d.tell, f) }

// Look reads from the books what has changed, and tells who watches.
func (d *Desk) Look(ctx context.Context) error {
	d.mu.RLock()
	rev := d.rev
	d.mu.RUnlock()
	changed, err := d.cfg.Identities.Since(ctx, rev)
	if err != nil {
		return fmt.Errorf("cannot read identities of kiosks: %w", err)
	}

	kiosks := make([]string, len(changed))
	d.mu.Lock()
	first := !d.ready
	d.ready = true // of an empty fleet too: its first kiosk is news
	for n, i := range changed {
		d.of[i.Kiosk], kiosks[n] = i, i.Kiosk
		d.rev = max(d.rev, i.Rev)
	}
	d.mu.Unlock()
	if !first && len(kiosks) > 0 {
		for _, f := range d.tell {
			f(kiosks)
		}
	}

	return nil
}

// Run follows the books until ctx ends.
func (d *Desk) Run(ctx context.Context) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	said := ""
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-d.suspects:
			d.write(ctx, s)
		case <-look.C:
			said = d.again(ctx, said)
		}
	}
}

// again looks, and logs what is wrong once; said is what was logged last.
func (d *Desk) again(ctx context.Context, said string) string {
	err := d.Look(ctx)
	if err == nil || ctx.Err() != nil {
		return ""
	}
	if err.Error() != said {
		d.cfg.Log.Error("kiosks are known as they were before", "error", err)
	}

	return err.Error()
}

func (d *Desk) known(kiosk string) (identity.Identity, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	i, ok := d.of[kiosk]

	return i, ok
}

// read is an identity as it is in the books now. The revision stays: others may have changed
// before this one.
func (d *Desk) read(ctx context.Context, kiosk string) (identity.Identity, error) {
	i, err := d.cfg.Identities.Identity(ctx, kiosk)
	if err != nil {
		return i, err
	}
	d.mu.Lock()
	if i.Rev >= d.of[kiosk].Rev {
		d.of[kiosk] = i
	}
	d.mu.Unlock()

	return i, nil
}

// CertificateOf is a certificate as package identity has it.
func CertificateOf(leaf *x509.Certificate) identity.Certificate {
	return identity.Certificate{
		Serial: fmt.Sprintf("%x", leaf.SerialNumber), Kiosk: leaf.Subject.CommonName, Key: string(leaf.RawSubjectPublicKeyInfo),
		Issued: leaf.NotBefore.UnixMilli(), Ends: leaf.NotAfter.UnixMilli(),
	}
}

// Judge says who shows a certificate whose chain was verified.
func (d *Desk) Judge(kiosk string, leaf *x509.Certificate) identity.Verdict {
	cert := CertificateOf(leaf)
	now := d.cfg.Now()
	if i, known := d.known(kiosk); known {
		if v := i.Judge(cert, d.cfg.Grace, now); v == identity.Admitted || v == identity.RenewalOnly {
			return v
		}
	}

	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	v, err := d.judge(ctx, kiosk, cert, now)
	if err != nil {
		d.cfg.Log.Error("cannot tell whether this is the kiosk", "kiosk", kiosk, "error", err)
	}
	if v == identity.KeyReplaced {
		d.suspect(kiosk, "a key that was replaced is being used: "+identity.Fingerprint(cert.Key))
	}

	return v
}

// judge goes by the books.
func (d *Desk) judge(ctx context.Context, kiosk string, cert identity.Certificate, now time.Time) (identity.Verdict, error) {
	i, err := d.read(ctx, kiosk)
	switch {
	case errors.Is(err, stored.ErrNotFound):
		return identity.Stranger, nil
	case err != nil:
		return identity.Stranger, err
	}
	v := i.Judge(cert, d.cfg.Grace, now)
	if v != identity.Lost {
		return v, nil
	}

	d.cfg.Log.Warn("the books have lost a kiosk's newest key; it is taken from its certificate", "kiosk", kiosk)
	if err := d.cfg.Identities.Adopt(ctx, cert, d.cfg.Grace, now); err != nil {
		return identity.Stranger, err
	}
	if i, err = d.read(ctx, kiosk); err != nil {
		return identity.Stranger, err
	}

	return i.Judge(cert, d.cfg.Grace, now), nil
}

// Serves reports whether head office works for a kiosk: who is not in service is heard by
// nobody, by whatever broker it comes. Who is not known is for others to say.
func (d *Desk) Serves(kiosk string) bool {
	i, known := d.known(kiosk)
	return !known || i.Service == identity.InService
}

// suspect has a case opened; one that finds no room is seen again.
func (d *Desk) suspect(kiosk, text string) {
	if !d.flaps.tell(kiosk, d.cfg.Now()) {
		return
	}
	select {
	case d.suspects <- suspect{kiosk, text}:
	default:
	}
}

func (d *Desk) write(ctx context.Context, s suspect) {
	d.cfg.Log.Warn("something else may use a kiosk's identity", "kiosk", s.kiosk, "what", s.text)
	if err := d.cfg.Identities.Suspect(ctx, s.kiosk, s.text, d.cfg.Now()); err != nil && ctx.Err() == nil {
		d.cfg.Log.Error("cannot open a case about a kiosk's identity", "kiosk", s.kiosk, "error", err)
	}
}
