package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// maxTechnicians bounds those that are kept, disabled ones included.
const maxTechnicians = 2000

// ErrTechnician says that a technician cannot be one.
var ErrTechnician = errors.New("technician not valid")

// Technician is a person who may log in at kiosks' staff screens, be it as a technician or
// as one of the two who take the cash out.
type Technician struct {
	Number    string    `json:"number"` // 1 to 8 digits
	Name      string    `json:"name"`
	Role      wire.Role `json:"role"`
	PIN       string    `json:"-"` // hash, as a roster has it
	Disabled  bool      `json:"disabled"`
	CreatedAt int64     `json:"created_at"`
	UpdatedAt int64     `json:"updated_at"`
}

func (t Technician) check() error {
	switch {
	case !wire.StaffNumber(t.Number):
		return fmt.Errorf("%w: number %.20q: want 1 to %d digits", ErrTechnician, t.Number, wire.MaxStaffNumber)
	case !wire.StaffName(t.Name):
		return fmt.Errorf("%w: name: want 1 to %d bytes without marks of HTML", ErrTechnician, wire.MaxStaffName)
	case !t.Role.Known():
		return fmt.Errorf("%w: role %.20q", ErrTechnician, t.Role)
	case len(t.PIN) != wire.PINHash:
		return fmt.Errorf("%w: no PIN", ErrTechnician)
	}
	return nil
}

// PutTechnician adds or replaces a technician, and audits it as done by by. Without
// a PIN the one that is there stays. At most wire.MaxPeople may be enabled. What was
// put later has a greater UpdatedAt, whatever the clock says.
func (d *Directory) PutTechnician(ctx context.Context, t Technician, by string, now time.Time) error {
	return d.b.Update(ctx, func(tx Tx) error {
		all, err := tx.Technicians(ctx)
		if err != nil {
			return err
		}
		t.CreatedAt = stored.Millis(now)
		last, enabled := int64(0), 0
		for _, old := range all {
			last = max(last, old.UpdatedAt)
			if old.Number == t.Number {
				t.CreatedAt = old.CreatedAt
				if t.PIN == "" {
					t.PIN = old.PIN
				}
			} else if !old.Disabled {
				enabled++
			}
		}
		if err := t.check(); err != nil {
			return err
		}
		if len(all) >= maxTechnicians || !t.Disabled && enabled >= wire.MaxPeople {
			return fmt.Errorf("%w: there are enough: at most %d enabled", ErrTechnician, wire.MaxPeople)
		}
		t.UpdatedAt = max(stored.Millis(now), last+1)
		if err := tx.PutTechnician(ctx, t); err != nil {
			return err
		}
		what := t.Name
		if t.Disabled {
			what += ", disabled"
		}
		return tx.AddAudit(ctx, Audit{At: stored.Millis(now), User: by, Action: "put technician", Object: t.Number, Reason: what})
	})
}

// Technicians are all, by number.
func (d *Directory) Technicians(ctx context.Context) ([]Technician, error) {
	return stored.View(ctx, d.b, func(tx Tx) ([]Technician, error) { return tx.Technicians(ctx) })
}

// Roster is who may log in at kiosks, by number, and the time of the last change, by
// which a kiosk knows the newest roster; 0 if there never was anybody.
func (d *Directory) Roster(ctx context.Context) (people []wire.Person, issued int64, err error) {
	all, err := d.Technicians(ctx)
	people = []wire.Person{}
	for _, t := range all {
		issued = max(issued, t.UpdatedAt)
		if !t.Disabled {
			people = append(people, wire.Person{Number: t.Number, Name: t.Name, Role: t.Role, PIN: []byte(t.PIN)})
		}
	}
	return people, issued, err
}
