package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/uplink/office/stored"
)

// Act is what people do to a kiosk's service.
type Act string

// The acts. Suspend is one person's; the others are two people's.
const (
	Suspend Act = "suspend"
	Resume  Act = "resume"
	Replace Act = "replace"
	Retire  Act = "retire"
)

// change is an act's way: from which services to which.
type change struct {
	from []Service
	to   Service
}

func changes() map[Act]change {
	return map[Act]change{
		Suspend: {[]Service{InService}, Suspended},
		Resume:  {[]Service{Suspended, Replaced, Retired}, InService},
		Replace: {[]Service{InService, Suspended}, Replaced},
		Retire:  {[]Service{InService, Suspended, Replaced}, Retired},
	}
}

// Plan is what an act would do, and what it starts from.
type Plan struct {
	Kiosk       string  `json:"kiosk"`
	From        Service `json:"service"`
	To          Service `json:"service_to"`
	Key         string  `json:"key"`         // fingerprint of the newest
	Incarnation uint8   `json:"incarnation"` // of its journal
}

// PlanAct says what an act would do now. ErrService says that the kiosk's service does not
// allow it.
func PlanAct(ctx context.Context, tx Tx, kiosk string, a Act) (Plan, error) {
	i, err := tx.Identity(ctx, kiosk)
	if err != nil {
		return Plan{}, fmt.Errorf("kiosk %.20q: %w", kiosk, err)
	}
	to, err := i.after(a)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Kiosk: kiosk, From: i.Service, To: to, Key: Fingerprint(i.Key)}
	j, err := tx.Journal(ctx, kiosk)
	if err != nil && !errors.Is(err, stored.ErrNotFound) {
		return p, fmt.Errorf("cannot read journal of kiosk %s: %w", kiosk, err)
	}
	p.Incarnation = j.Incarnation

	return p, nil
}

// after is the service that an act leads to.
func (i Identity) after(a Act) (Service, error) {
	c, known := changes()[a]
	if !known || !slices.Contains(c.from, i.Service) {
		return "", fmt.Errorf("%w: %s, cannot %.20s", ErrService, i.Service, string(a))
	}

	return c.to, nil
}

// Acts are what people may do to the kiosk's service now.
func (i Identity) Acts() []Act {
	return slices.DeleteFunc([]Act{Suspend, Resume, Replace, Retire}, func(a Act) bool {
		_, err := i.after(a)
		return err != nil
	})
}

// ActIn carries an act out.
func ActIn(ctx context.Context, tx Tx, kiosk string, a Act, by, reason string, now time.Time) (Identity, error) {
	i, err := tx.Identity(ctx, kiosk)
	if err != nil {
		return i, fmt.Errorf("kiosk %.20q: %w", kiosk, err)
	}
	if i.Service, err = i.after(a); err != nil {
		return i, err
	}
	i.By, i.Reason = by, stored.Text(reason)
	i.ChangedAt = stored.Millis(now)

	return i, save(ctx, tx, i)
}

// Suspend takes a kiosk out of service at once, by one person; it is audited.
func (d *Desk) Suspend(ctx context.Context, kiosk, by, reason string, now time.Time) (Identity, error) {
	var i Identity
	err := d.b.Update(ctx, func(tx Tx) (err error) {
		if i, err = ActIn(ctx, tx, kiosk, Suspend, by, reason, now); err != nil {
			return err
		}

		return audit(ctx, tx, by, "suspend kiosk", kiosk, reason, now)
	})

	return i, err
}
