package profile

import (
	"slices"

	"wattkiosk/firmware/condition"
)

// Why are the conditions for which a service cannot be had, of those that are on; for
// one that can, none. Where some stop every way to pay for it, the others are no reason:
// they alone would leave a way.
func (p Profile) Why(s Service, stopped condition.Stops, on []condition.Code) []condition.Code {
	if p.Offers(s, stopped) {
		return nil
	}
	of := slices.DeleteFunc(slices.Clone(p.Cells), func(c Cell) bool { return c.Service != s })

	return reasons(of, stopped, on)
}

// WhyNot are the conditions for which a service cannot be had with a tender.
func (p Profile) WhyNot(s Service, t Tender, stopped condition.Stops, on []condition.Code) []condition.Code {
	if p.Can(s, t, stopped) {
		return nil
	}
	of := slices.DeleteFunc(slices.Clone(p.Cells), func(c Cell) bool { return c.Service != s || c.Tender != t })

	return reasons(of, stopped, on)
}

// reasons are what stops the cells: what stops each of them by itself, else all that
// stops one. That the line is down is on no list of conditions where bills can be paid
// without it, and is a reason all the same.
func reasons(of []Cell, stopped condition.Stops, on []condition.Code) []condition.Code {
	if stopped&condition.Line != 0 && !slices.Contains(on, condition.Offline) {
		on = append(slices.Clone(on), condition.Offline)
	}
	stops := func(code condition.Code, c Cell) bool {
		row, _ := condition.RowOf(code)
		if code == condition.Offline {
			row.Stops |= condition.Line
		}

		return row.Stops&stopped&c.Needs != 0
	}

	var all, some []condition.Code
	for _, code := range on {
		n := 0
		for _, c := range of {
			if stops(code, c) {
				n++
			}
		}
		if n > 0 {
			some = append(some, code)
		}
		if n > 0 && n == len(of) {
			all = append(all, code)
		}
	}
	if len(all) > 0 {
		return all
	}

	return some
}
