package appliance

import (
	"context"
	"slices"
	"strings"

	"wattkiosk/firmware/cabinet"
	"wattkiosk/firmware/control"
	"wattkiosk/firmware/peripherals"
)

// equipment is everything in the cabinet: the devices that sell and those that do
// not.
type equipment struct {
	*peripherals.Set
	cabinet *cabinet.Cabinet
}

var (
	_ Devices        = equipment{}
	_ control.Tester = equipment{}
)

// Snap orders a picture and returns at once.
func (e equipment) Snap(name string) { e.cabinet.Snap(name) }

// Health lists all devices by role.
func (e equipment) Health() []peripherals.Health {
	list := append(e.Set.Health(), e.cabinet.Health()...)
	slices.SortFunc(list, func(a, b peripherals.Health) int { return strings.Compare(a.Role, b.Role) })
	return list
}

// Test tries one device.
func (e equipment) Test(ctx context.Context, name string) (peripherals.Verdict, error) {
	if slices.ContainsFunc(e.cabinet.Health(), func(h peripherals.Health) bool { return h.Role == name }) {
		if v, ok := e.cabinet.Test(ctx, name); ok {
			return v, nil
		}
	}
	return e.Set.Test(ctx, name)
}
