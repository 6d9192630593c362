package id003sim_test

import (
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/id003"
	"wattkiosk/hal/bill/id003/id003sim"
)

func rig(tb testing.TB, cfg id003sim.Config) (*billtest.Rig, *id003sim.Device) {
	dev := id003sim.New(cfg)
	return billtest.NewRig(tb, func() bill.Engine { return id003.New(id003.Config{}) }, dev), dev
}

// journal is what an owner has written down that survives its restart: the value
// of the last note in escrow. A VEND VALID that does not name the note has no value
// for a restarted driver; the owner then takes the one it knows, as payments/cash
// does ("stacked-value-not-told"), which the owner of the suite cannot.
type journal struct{ escrowed int64 }

// reading is an engine whose owner fills in what only its journal knows. It does so
// only for a note that this engine did not see in escrow itself.
type reading struct {
	bill.Engine
	journal *journal
	seen    bool
}

func (e *reading) Advance(now time.Time, rx []byte) ([]byte, []bill.Event) {
	tx, events := e.Engine.Advance(now, rx)
	for i := range events {
		ev := &events[i]
		switch {
		case ev.Kind == bill.Escrowed:
			e.journal.escrowed, e.seen = ev.Value, true
		case ev.Kind == bill.Stacked && ev.Value == 0 && !e.seen:
			ev.Value = e.journal.escrowed
		}
	}
	return tx, events
}

// journalled is rig with an owner that has a journal.
func journalled(tb testing.TB, cfg id003sim.Config) *billtest.Rig {
	j := &journal{}
	return billtest.NewRig(tb, func() bill.Engine {
		return &reading{Engine: id003.New(id003.Config{}), journal: j}
	}, id003sim.New(cfg))
}

var settings = []struct {
	name string
	cfg  id003sim.Config
}{
	{"plain", id003sim.Config{}},
	{"names the note, reports return", id003sim.Config{NamesNote: true, Config: billsim.Config{ReportReturn: true}}},
	{"open behind reset, rejects late notes", id003sim.Config{OpenReset: true, Rejects: true, NoHolding: true}},
	{"waits for its settings, power recovery", id003sim.Config{Waits: true, Recovery: true, Complains: true}},
	{"echoing line, open behind reset", id003sim.Config{Echo: true, OpenReset: true, NamesNote: true}},
}

func TestSuite(t *testing.T) {
	for _, tt := range settings {
		billtest.Suite(t, tt.name, func(t *testing.T) *billtest.Rig {
			if tt.cfg.NamesNote {
				r, _ := rig(t, tt.cfg)
				return r
			}
			return journalled(t, tt.cfg)
		})
	}
}
