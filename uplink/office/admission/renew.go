package admission

import (
	"context"
	"encoding/json"
	"errors"

	"wattkiosk/uplink/office/ca"
	"wattkiosk/uplink/office/identity"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// Answer answers a request wire.OpRenew.
func (d *Desk) Answer(ctx context.Context, kiosk string, r wire.Request) wire.Reply {
	reply := wire.Reply{V: wire.Version, ID: r.ID}
	body, fault := d.answer(ctx, kiosk, r)
	if fault != nil {
		reply.Error = fault
		return reply
	}
	b, err := json.Marshal(body)
	if err != nil {
		reply.Error = internal()
		return reply
	}
	reply.Body = b

	return reply
}

func (d *Desk) answer(ctx context.Context, kiosk string, r wire.Request) (wire.Renewal, *wire.Error) {
	var b wire.RenewBody
	if r.V != wire.Version || r.Op != wire.OpRenew || wire.Decode(r.Body, &b) != nil || b.CSR != "" && b.Proof != nil {
		return wire.Renewal{}, &wire.Error{Code: wire.ErrCodeBadRequest, Message: "request for a certificate not valid"}
	}
	switch {
	case b.CSR != "":
		return d.certify(ctx, kiosk, []byte(b.CSR))
	case b.Proof != nil:
		return d.confirm(ctx, kiosk, b.Proof)
	}

	i, known := d.known(kiosk)
	if !known {
		var err error
		if i, err = d.read(ctx, kiosk); err != nil {
			return wire.Renewal{}, d.fault(kiosk, err)
		}
	}

	return wire.Renewal{Due: i.Due(d.cfg.Now()), Ends: i.Ends}, nil
}

// certify signs a kiosk's next key.
func (d *Desk) certify(ctx context.Context, kiosk string, csr []byte) (wire.Renewal, *wire.Error) {
	key, err := ca.RequestKey(csr, kiosk)
	if err != nil {
		return wire.Renewal{}, &wire.Error{Code: wire.ErrCodeBadRequest, Message: "certificate request not valid"}
	}
	var out wire.Renewal
	err = d.cfg.Identities.Renew(ctx, kiosk, string(key), d.cfg.Now(), func() (identity.Certificate, error) {
		pem, err := d.cfg.Signer.SignKiosk(csr, kiosk)
		if err != nil {
			return identity.Certificate{}, err
		}
		leaf, err := ca.Certificate(pem)
		if err != nil {
			return identity.Certificate{}, err
		}
		out = wire.Renewal{Due: true, Ends: leaf.NotAfter.UnixMilli(), Cert: pem}

		return CertificateOf(leaf), nil
	})
	if err != nil {
		return wire.Renewal{}, d.fault(kiosk, err)
	}
	_, _ = d.read(ctx, kiosk) // its next connection may come before the next look

	return out, nil
}

// confirm takes a proof; who connects with the key before is turned away from then on.
func (d *Desk) confirm(ctx context.Context, kiosk string, proof []byte) (wire.Renewal, *wire.Error) {
	i, err := d.cfg.Identities.Confirm(ctx, kiosk, proof, d.cfg.Now())
	if err != nil {
		return wire.Renewal{}, d.fault(kiosk, err)
	}
	_, _ = d.read(ctx, kiosk) // the key before counts no more; the next look ends its connections
	d.cfg.Log.Info("a kiosk has renewed its certificate", "kiosk", kiosk, "key", identity.Fingerprint(i.Key))

	return wire.Renewal{Due: i.Due(d.cfg.Now()), Ends: i.Ends, Confirmed: true}, nil
}

// fault is an error as the kiosk is told; what is not expected is logged.
func (d *Desk) fault(kiosk string, err error) *wire.Error {
	switch {
	case errors.Is(err, identity.ErrKey), errors.Is(err, identity.ErrService), errors.Is(err, stored.ErrNotFound):
		d.cfg.Log.Warn("certificate refused", "kiosk", kiosk, "error", err)
		return &wire.Error{Code: wire.ErrCodeConflict, Message: err.Error()}
	case errors.Is(err, identity.ErrSoon):
		return &wire.Error{Code: wire.ErrCodeUnavailable, Message: err.Error()}
	}
	d.cfg.Log.Error("cannot answer for a certificate", "kiosk", kiosk, "error", err)

	return internal()
}

func internal() *wire.Error {
	return &wire.Error{Code: wire.ErrCodeInternal, Message: "head office cannot answer now"}
}
