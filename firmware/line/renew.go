package line

import (
	"context"
	"crypto"
	"crypto/rand"
	"encoding/json"
	"strings"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/uplink/mqttlink"
	"wattkiosk/uplink/wire"
)

// Waits of a renewal.
const (
	renewTTL   = 30 * time.Second
	renewAgain = 10 * time.Minute // after an answer that does not help
	renewLook  = 12 * time.Hour   // while the certificate is not due
	renewAlone = 2 * time.Second  // of a connection that answers nothing else
)

// renewal is how the kiosk's certificate is renewed. Whether it is due is head office's to
// say, by its clock: the kiosk asks at each connection and twice a day. One whose key lies in
// clear though it could be sealed, as that of a board from before, renews it at once. All that has to
// outlive a power cut is in the files of the identity.
type renewal struct {
	id      *mqttlink.Identity // nil: the line is not encrypted
	askAt   time.Time
	open    string // ID of the request that is under way
	until   time.Time
	rebuild bool // the next connection is to show the next key
	upAt    time.Time
	heard   bool // this connection has brought an answer to something else
	exposed bool // a key that lay in clear was to be renewed, in this life of the program
	renewed func(private crypto.PrivateKey)
}

// OnRenewed has f told the private key of a certificate that took the place of the one
// before; it is called before Run, and must not block.
func (u *Uplink) OnRenewed(f func(private crypto.PrivateKey)) { u.renew.renewed = f }

// renewTurn asks what is due, on a line that is up.
func (u *Uplink) renewTurn(ctx context.Context, now time.Time) {
	r := &u.renew
	if r.id == nil {
		return
	}
	if r.open != "" && !now.Before(r.until) {
		r.open, r.askAt = "", now.Add(renewAgain)
	}
	if r.rebuild && (u.pending.Open() == 0 || r.alone(now)) { // nobody waits for an answer that comes
		r.rebuild = false
		u.log.Info("the next connection shows the next key")
		u.link.Rebuild()
		return
	}
	if r.open != "" || r.rebuild || now.Before(r.askAt) {
		return
	}

	body, err := u.renewBody()
	if err == nil {
		err = u.askRenewal(ctx, now, body)
	}
	if err != nil {
		u.log.Warn("cannot ask for a certificate", "err", err)
		r.askAt = now.Add(renewAgain)
	}
}

// renewBody is what is to be asked, by the files of the identity: a proof, where the
// connection stands by the next key, else how the certificate is.
func (u *Uplink) renewBody() (wire.RenewBody, error) {
	id := u.renew.id
	if !id.HasNext() {
		return wire.RenewBody{}, nil
	}
	if id.ShowsNext() {
		proof, err := id.Sign(func(key []byte) []byte { return wire.RenewalText(u.kioskID, key) })
		return wire.RenewBody{Proof: proof}, err
	}

	return wire.RenewBody{}, id.Discard() // the line stands by the present one: the next was refused
}

// up begins a connection, which shows the next key where there is one.
func (r *renewal) up(now time.Time) {
	r.askAt, r.upAt = now, now
	r.open = ""
	r.rebuild, r.heard = false, false
}

// alone reports whether the connection answers nothing but requests for certificates: that of
// a certificate that has ended passes nothing else, and whoever waits for an answer waits in
// vain, again and again.
func (r *renewal) alone(now time.Time) bool {
	return !r.heard && now.Sub(r.upAt) >= renewAlone
}

// wake is when the connection will have stood alone for long enough; zero if that does not
// matter.
func (r *renewal) wake() time.Time {
	if !r.rebuild || r.heard {
		return time.Time{}
	}

	return r.upAt.Add(renewAlone)
}

func (u *Uplink) askRenewal(ctx context.Context, now time.Time, body wire.RenewBody) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	q := wire.Request{V: wire.Version, ID: wire.RenewID + strings.ToLower(rand.Text()[:12]), Op: wire.OpRenew, TTLms: renewTTL.Milliseconds(), Body: raw}
	b, err := wire.Encode(q)
	if err != nil {
		return err
	}
	u.renew.open = q.ID
	u.renew.until = now.Add(renewTTL)

	return u.publish(ctx, wire.Up(u.kioskID, wire.ChanReq, q.ID), b, 1, false)
}

// onRenewal takes the answer to what was asked last; any other is too late.
func (u *Uplink) onRenewal(ctx context.Context, now time.Time, reply wire.Reply) {
	r := &u.renew
	if r.id == nil || reply.ID != r.open {
		return
	}
	r.open, r.askAt = "", now.Add(renewAgain)

	var a wire.Renewal
	var err error
	if reply.Error != nil {
		err = reply.Error
	} else if err = wire.Decode(reply.Body, &a); err == nil {
		err = u.renewed(ctx, now, a)
	}
	if err != nil {
		u.log.Warn("the certificate is not renewed", "err", err)
	}
}

// renewed does what an answer leads to.
func (u *Uplink) renewed(ctx context.Context, now time.Time, a wire.Renewal) error {
	r := &u.renew
	switch {
	case a.Confirmed:
		if err := r.id.Promote(); err != nil {
			return err
		}
		u.log.Info("the certificate is renewed", "ends", time.UnixMilli(a.Ends).UTC().Format(time.DateOnly))
		if r.renewed != nil {
			r.renewed(r.id.Private())
		}
		r.askAt = now.Add(renewLook)
		u.certificateAt = time.Time{}
		u.checkCertificate(ctx, now)
	case a.Cert != "":
		if err := r.id.Certified(a.Cert); err != nil {
			return err
		}
		r.rebuild = true
	case a.Due || r.exposes():
		csr, err := r.id.Request()
		if err != nil {
			return err
		}
		return u.askRenewal(ctx, now, wire.RenewBody{CSR: csr})
	default:
		r.askAt = now.Add(renewLook)
	}

	return nil
}

// exposes reports whether the key is to be renewed before its time, as it lies in clear where
// it could be sealed. It does so once in a life of the program: a board may turn out to seal
// nothing.
func (r *renewal) exposes() bool {
	if r.exposed || !r.id.Exposed() {
		return false
	}
	r.exposed = true

	return true
}

// Flaps of the line: when the other end cuts connections again and again, something else may
// be taking their place. A broken line is noticed by silence, not by the other end's goodbye.
const (
	flapWindow = 10 * time.Minute
	maxFlaps   = 6
)

// flapped counts a connection that the other end cut, and reports whether those are too many
// within the window.
func (u *Uplink) flapped(now time.Time) bool {
	kept := u.cuts[:0]
	for _, at := range u.cuts {
		if now.Sub(at) < flapWindow {
			kept = append(kept, at)
		}
	}
	u.cuts = append(kept, now)
	if len(u.cuts) > maxFlaps {
		u.cuts = u.cuts[len(u.cuts)-maxFlaps:]
	}

	return len(u.cuts) >= maxFlaps
}

// calm ends the condition of flaps once a connection has stood for the window.
func (u *Uplink) calm(ctx context.Context, now time.Time) {
	if len(u.cuts) > 0 && now.Sub(u.cuts[len(u.cuts)-1]) >= flapWindow {
		u.cuts = nil
		u.set(ctx, condition.LineFlaps, false, "")
	}
}
