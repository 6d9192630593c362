package kiosk

import (
	"reflect"
	"slices"

	"wattkiosk/firmware/page"
)

// outputs are the effects that are due, and what was last shown and switched, so that
// nothing is said twice.
type outputs struct {
	due      []Effect
	drawn    page.View // as last announced by Redraw
	lights   map[string]bool
	scanning bool // the scanner was told to report
}

func (o *outputs) add(e Effect) { o.due = append(o.due, e) }

func (o *outputs) take() []Effect {
	due := o.due
	o.due = nil

	return due
}

// still has a picture taken; one without a name is none.
func (o *outputs) still(name string) {
	if name != "" {
		o.add(Still{name})
	}
}

// light switches a guide light; one without a name is none.
func (o *outputs) light(name string, on bool) {
	if name != "" && o.lights[name] != on {
		o.lights[name] = on
		o.add(Light{name, on})
	}
}

// scan switches the scanner.
func (o *outputs) scan(on bool) {
	if o.scanning != on {
		o.scanning = on
		o.add(Scan{On: on})
	}
}

// isRedraw reports whether an effect is a Redraw.
func isRedraw(e Effect) bool { _, ok := e.(Redraw); return ok }

// draw announces the screen where it changed, with a new revision, and returns its
// revision.
func (o *outputs) draw(v page.View) uint64 {
	if v.Rev == o.drawn.Rev {
		if reflect.DeepEqual(v, o.drawn) {
			return v.Rev
		}
		v.Rev++
	}
	o.drawn = v
	o.due = slices.DeleteFunc(o.due, isRedraw)
	o.add(Redraw{})

	return v.Rev
}
