package peripherals

import (
	"slices"
	"strings"
	"sync"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/card"
	"wattkiosk/hal/meter"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/scanner"
)

// Health is what is known of one device.
type Health struct {
	Role   string          `json:"role"`
	Driver string          `json:"driver"`
	Port   string          `json:"port"`
	State  hal.DeviceState `json:"state"`
	Detail string          `json:"detail,omitempty"`
	Since  time.Time       `json:"since"`           // of State
	Error  string          `json:"error,omitempty"` // the last trouble with its port or a command
	Resets int             `json:"resets"`          // hard resets since the program's start
}

// board of health. Its methods are safe for concurrent use.
type healthBoard struct {
	mu  sync.Mutex
	all map[string]*Health
}

func (h *healthBoard) add(role, driver, path string, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all[role] = &Health{Role: role, Driver: driver, Port: path, Since: now}
}

func (h *healthBoard) state(role string, s hal.DeviceState, detail string, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.all[role]
	if d.State != s {
		d.State, d.Since = s, now
	}
	d.Detail = detail
	if s == hal.DeviceOnline {
		d.Error = ""
	}
}

func (h *healthBoard) trouble(role string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all[role].Error = err.Error()
}

func (h *healthBoard) reset(role string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all[role].Resets++
}

func (h *healthBoard) list() []Health {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]Health, 0, len(h.all))
	for _, d := range h.all {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b Health) int { return strings.Compare(a.Role, b.Role) })
	return out
}

// stateOf is the device state that an event implies, if it implies one.
func stateOf(ev any) (s hal.DeviceState, detail string, ok bool) {
	switch e := ev.(type) {
	case bill.Event:
		return e.State(), words(e.Kind.String(), e.Detail), e.Kind != bill.Refused
	case printer.Event:
		return e.Status.State, e.Status.Detail, e.Kind == printer.StatusChanged
	case card.Event:
		return e.Status.State, words(e.Status.Media.String(), e.Status.Detail), e.Kind == card.StatusChanged
	case pinpad.Event:
		return e.Status.State, e.Status.Detail, e.Kind == pinpad.StatusChanged
	case scanner.Event:
		return hal.DeviceOnline, "", true // a scanner says nothing but codes
	case meter.Event:
		if e.Kind == meter.NotDone {
			return hal.DeviceOffline, e.Err.Error(), true
		}
		return hal.DeviceOnline, "", true
	}

	return 0, "", false
}

func words(a, b string) string {
	if b == "" {
		return a
	}
	return a + ": " + b
}
