package updater

import (
	"context"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/updater/flashapi"
	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
	"wattkiosk/uplink/wire"
)

// fakeDevices is a kioskd with one device. Each look takes what it was given one step
// on.
type fakeDevices struct {
	was    string
	busy   int    // offers that are refused, for a customer
	inUse  int    // offers that end so, for a note
	code   string // of how it ends
	away   int    // looks that nobody answers
	forget bool   // once: it restarts, and knows nothing
	err    error  // of offers
	offers []flashapi.Firmware
	state  flashapi.State
	onLook func()
}

func (d *fakeDevices) Offer(_ context.Context, f flashapi.Firmware) (flashapi.State, error) {
	d.offers = append(d.offers, f)
	switch {
	case d.err != nil:
		return flashapi.State{}, d.err
	case d.busy > 0:
		d.busy--
		return flashapi.State{}, flashapi.ErrBusy
	}
	d.state = flashapi.State{Phase: flashapi.Waiting, Device: f.Device, SHA256: sha256.Sum256(f.Image), Size: len(f.Image), From: d.was}
	return d.state, nil
}

func (d *fakeDevices) State(context.Context) (flashapi.State, error) {
	if d.onLook != nil {
		d.onLook()
	}
	s := &d.state
	switch {
	case d.away > 0:
		d.away--
		return flashapi.State{}, ErrDown
	case d.forget:
		d.forget, *s = false, flashapi.State{Phase: flashapi.None}
	case d.inUse > 0:
		d.inUse--
		s.Phase, s.Code, s.Detail = flashapi.Failed, "peripheral-busy", "the bill is in use"
	case s.Phase == flashapi.Waiting:
		s.Phase = flashapi.Flashing
	case s.Done < s.Size:
		s.Done = min(s.Done+4000, s.Size)
	case d.code != "":
		s.Phase, s.Code, s.Detail = flashapi.Failed, d.code, "no"
	default:
		s.Phase = flashapi.Done
	}
	return *s, nil
}

type noPacks struct{}

func (noPacks) InstallContent(context.Context, *bundle.Bundle, string, func(done, all int64)) error {
	return nil
}

var nv200 = manifest.Device{Class: "bill", Driver: "ssp", Model: "NV0200", Version: "4280000000"}

// flashing is a rig with a content job that brings firmware.
func (y *yard) flashing(t *testing.T, d *fakeDevices) *rig {
	t.Helper()
	r := y.rig(t)
	r.content, r.devices = noPacks{}, d
	r.fetch.file = y.fleet.Firmware(t, 9, nv200, make([]byte, 10_000))
	r.start()
	return r
}

func content(j *wire.Job) { j.Kind, j.Build = wire.JobContent, 0 }

func TestFlashJob(t *testing.T) {
	y := newYard(t)
	for _, c := range []struct {
		name   string
		d      *fakeDevices
		phase  wire.Phase
		code   string
		detail string
		offers int
	}{
		{"good", &fakeDevices{was: "4270000000"}, wire.PhaseGood, "", "bill ssp NV0200: 4270000000 to 4280000000", 1},
		{"in its loader", &fakeDevices{}, wire.PhaseGood, "", "bill ssp NV0200: no version to 4280000000", 1},
		{"has it", &fakeDevices{was: "4280000000"}, wire.PhaseGood, "", "bill ssp NV0200: has 4280000000 already", 1},
		{"refused", &fakeDevices{code: "peripheral-model"}, wire.PhaseFailed, "peripheral-model", "bill ssp NV0200 to 4280000000: no", 1},
		{"customers", &fakeDevices{was: "1", busy: 3, inUse: 2}, wire.PhaseGood, "", "bill ssp NV0200: 1 to 4280000000", 6},
		{"kioskd restarts", &fakeDevices{was: "1", away: 30}, wire.PhaseGood, "", "bill ssp NV0200: 1 to 4280000000", 1},
		{"kioskd restarts and forgets", &fakeDevices{was: "1", away: 3, forget: true}, wire.PhaseGood, "", "bill ssp NV0200: 1 to 4280000000", 2},
		{"customers all day", &fakeDevices{busy: 1_000_000}, wire.PhaseFailed, "deadline", "", 0},
		{"kioskd is away", &fakeDevices{err: ErrDown}, wire.PhaseFailed, "deadline", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := y.flashing(t, c.d)
			r.offer(content)
			r.ends(c.phase, c.code)
			p := r.last()
			if c.detail != "" && !strings.Contains(p.Detail, c.detail) || c.offers != 0 && len(c.d.offers) != c.offers {
				t.Errorf("%q, %d offers", p.Detail, len(c.d.offers))
			}
			if f := c.d.offers[0]; f.Device != nv200 || len(f.Image) != 10_000 || f.Name != "firmware" {
				t.Errorf("offered %s, %+v, %d bytes", f.Name, f.Device, len(f.Image))
			}
			if r.restarts != 0 || r.kioskd.asked != 0 {
				t.Errorf("%d restarts, %d holds", r.restarts, r.kioskd.asked)
			}
		})
	}
}

// TestFlashWindow: a device is taken out of service in the job's window only.
func TestFlashWindow(t *testing.T) {
	y := newYard(t)
	d := &fakeDevices{was: "1"}
	r := y.flashing(t, d)
	local := r.clock.Now().In(time.FixedZone("", 8*3600))
	r.clock.pass(time.Duration(24-local.Hour()) * time.Hour) // shortly after midnight
	r.offer(func(j *wire.Job) {
		content(j)
		j.Window = wire.Window{From: 120, To: 240}
	})
	r.ends(wire.PhaseGood, "")
	if at := r.clock.Now().In(time.FixedZone("", 8*3600)); at.Hour() < 2 || at.Hour() > 3 {
		t.Errorf("flashed at %v", at)
	}
}

// TestFlashProgress tells per cent of what is flashed.
func TestFlashProgress(t *testing.T) {
	d := &fakeDevices{was: "1"}
	r := newYard(t).flashing(t, d)
	var seen []int
	d.onLook = func() { seen = append(seen, r.last().Percent) }
	r.offer(content)
	r.ends(wire.PhaseGood, "")
	if n := len(seen); n < 4 || seen[0] != 0 || seen[n-1] != 100 || seen[n-2] != 80 {
		t.Errorf("%v", seen)
	}
}

// TestNoFlashBesideSlots: a bundle fills a slot, or brings firmware.
func TestNoFlashBesideSlots(t *testing.T) {
	y := newYard(t)
	r := y.rig(t)
	r.fetch.file = y.fleet.Mixed(t, 8, nv200, make([]byte, 100))
	r.offer(nil)
	r.ends(wire.PhaseRefused, "mixed")
	r = y.flashing(t, nil)
	r.devices = nil
	r.start()
	r.offer(content)
	r.ends(wire.PhaseFailed, "not-supported")
}
