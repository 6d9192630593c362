package appliance

import (
	"context"
	"slices"
	"strings"

	"wattkiosk/firmware/peripherals"
)

// equipment is everything in the cabinet: the devices that sell and those that do
// not.
type equipment struct {
	*peripherals.Set
	cabinet *cabinet
}

var (
	_ Devices = equipment{}
	_ Tester  = equipment{}
)

// Snap orders a picture and returns at once.
func (e equipment) Snap(name string) { e.cabinet.camera.Snap(name) }

// Health lists all devices by role.
func (e equipment) Health() []peripherals.Health {
	list := append(e.Set.Health(), e.cabinet.health()...)
	slices.SortFunc(list, func(a, b peripherals.Health) int { return strings.Compare(a.Role, b.Role) })
	return list
}

// Test tries one device.
func (e equipment) Test(ctx context.Context, name string) (peripherals.Verdict, error) {
	if slices.ContainsFunc(e.cabinet.health(), func(h peripherals.Health) bool { return h.Role == name }) {
		if v, ok := e.cabinet.test(ctx, name); ok {
			return v, nil
		}
	}
	return e.Set.Test(ctx, name)
}
