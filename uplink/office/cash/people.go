package cash

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
)

// owner is who has a case about cash until somebody else is given it: the first cashier by
// name, without one the first accountant, else the first who manages people. Nobody is
// empty.
func owner(ctx context.Context, tx Tx) (string, error) {
	all, err := tx.Users(ctx)
	if err != nil {
		return "", fmt.Errorf("cannot read people: %w", err)
	}
	for _, role := range []string{people.RoleCashier, people.RoleAccountant, people.RoleAdmin} {
		for _, u := range all {
			if u.Role == role && !u.Disabled {
				return u.Name, nil
			}
		}
	}

	return "", nil
}

// MayReceive is the function of that name, of the books as they stand.
func (v *Vault) MayReceive(ctx context.Context, serial, name string) error {
	_, err := stored.View(ctx, v.b, func(tx Tx) (bool, error) { return true, MayReceive(ctx, tx, serial, name) })
	return err
}

// MayReceive refuses whoever took the cassette of a collection out of its kiosk:
// ErrCollector. At the kiosk people have a staff number. Whoever works here under that
// number, or under the name that the number has, is the same one.
func MayReceive(ctx context.Context, tx Tx, serial, name string) error {
	c, err := collectionOf(ctx, tx, serial)
	if errors.Is(err, stored.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	all, err := tx.Technicians(ctx)
	if err != nil {
		return fmt.Errorf("cannot read technicians: %w", err)
	}
	for _, number := range []string{c.Kept.By, c.Kept.With} {
		if number == name {
			return ErrCollector
		}
		for _, t := range all {
			if t.Number == number && samePerson(t.Name, name) {
				return ErrCollector
			}
		}
	}

	return nil
}

// samePerson compares names without their case and spaces: those of head office have none.
func samePerson(a, b string) bool {
	bare := func(s string) string { return strings.Join(strings.Fields(s), "") }

	return strings.EqualFold(bare(a), bare(b))
}
