package cardtest

import (
	"errors"
	"slices"
	"testing"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
)

// Abilities says what a reader, or its driver, can do.
type Abilities struct {
	Motor     bool        // a gate that opens, eject and capture, a jam; else cards are put on the contacts by hand
	BinSensor bool        // Status.BinFull is reported
	T1        bool        // processor cards that speak T=1
	Chips     []card.Chip // memory cards
	Burn      []card.Chip // memory cards whose protection bits can be written
	Tracks    bool        // magnetic tracks
	Serial    bool        // a line that can be disturbed byte by byte, and carries nothing but the protocol
}

// run is one case under way.
type run struct {
	*testing.T
	*Rig
	able Abilities
}

// Suite runs every conformance case of the kind. newRig returns a fresh driver
// joined to a fresh device, which has power and no card.
func Suite(t *testing.T, name string, able Abilities, newRig func(t *testing.T) *Rig) {
	cases := slices.Concat(restCases, processorCases, memoryCases, troubleCases)
	for _, c := range cases {
		t.Run(name+"/"+c.name, func(t *testing.T) {
			if why := c.needs.missing(able); why != "" {
				t.Skipf("the reader has no %s", why)
			}
			c.run(&run{T: t, Rig: newRig(t), able: able})
		})
	}

	for _, c := range chipCases {
		for _, chip := range able.Chips {
			t.Run(name+"/"+chipName(chip)+"/"+c.name, func(t *testing.T) {
				if c.code && !hasCode(chip) {
					t.Skip("the chip has no code")
				}
				if c.burn && !slices.Contains(able.Burn, chip) {
					t.Skip("the reader does not write protection bits")
				}
				c.run(&run{T: t, Rig: newRig(t), able: able}, chip)
			})
		}
	}
}

// testCase is a case and what it needs.
type testCase struct {
	name  string
	needs need
	run   func(r *run)
}

type need int

const (
	needNothing need = iota
	needMotor
	needT1
	needTracks
	needSerial
	needNoTracks
)

// missing is what the reader lacks; empty if nothing.
func (n need) missing(a Abilities) string {
	switch {
	case n == needMotor && !a.Motor:
		return "motor"
	case n == needT1 && !a.T1:
		return "T=1"
	case n == needTracks && !a.Tracks:
		return "magnetic heads"
	case n == needNoTracks && a.Tracks:
		return "lack of magnetic heads"
	case n == needSerial && !a.Serial:
		return "serial line"
	}

	return ""
}

// online brings the reader to rest.
func (r *run) online() {
	r.Helper()
	r.AwaitMedia(card.NotPresent)
}

// insert lets a card in and awaits it inside.
func (r *run) insert(c *cardsim.Card) {
	r.Helper()
	r.online()
	r.want(card.Command{Op: card.Accept}, card.Done, nil)
	if err := r.Device.InsertCard(r.Now, c); err != nil {
		r.Fatalf("InsertCard: %v", err)
	}
	r.AwaitMedia(card.Present, card.Latched)
}

// want gives a command and checks its outcome; an error of nil means none, or
// any if the command is not to be done.
func (r *run) want(c card.Command, kind card.Kind, is error) []byte {
	r.Helper()
	return r.wantOutcome(r.Begin(c), kind, is)
}

func (r *run) wantOutcome(id uint32, kind card.Kind, is error) []byte {
	r.Helper()
	op := r.open[id]
	ev := r.Outcome(id)
	if ev.Kind != kind || is != nil && !errors.Is(ev.Err, is) {
		r.Fatalf("%v: %v, %v; want %v, %v", op, ev.Kind, ev.Err, kind, is)
	}
	return ev.Data
}

// refused gives a command that must not be done.
func (r *run) refused(c card.Command, is error) card.Event {
	r.Helper()
	ev := r.Rig.Do(c)
	if ev.Kind == card.Done || is != nil && !errors.Is(ev.Err, is) {
		r.Fatalf("%v: %v, %v; want it refused with %v", c.Op, ev.Kind, ev.Err, is)
	}
	return ev
}

// transmit sends an APDU that must be done.
func (r *run) transmit(apdu ...byte) []byte {
	r.Helper()
	return r.want(card.Command{Op: card.Transmit, Data: apdu}, card.Done, nil)
}

// fault sets or clears a fault; the case is skipped if the device cannot show it.
func (r *run) fault(kind string, clear bool) {
	r.Helper()
	if err := r.Device.Fault(kind, clear); err != nil {
		r.Skipf("the device cannot show this fault: %v", err)
	}
}

// leave takes the card out as a customer does, and awaits the reader at rest.
func (r *run) leave() *cardsim.Card {
	r.Helper()
	r.want(card.Command{Op: card.Eject}, card.Done, nil)
	if r.able.Motor {
		r.AwaitMedia(card.Entering)
	}
	c, err := r.Device.TakeCard(r.Now)
	if err != nil {
		r.Fatalf("TakeCard: %v", err)
	}
	r.AwaitMedia(card.NotPresent)
	return c
}

func (r *run) offline() {
	r.Helper()
	r.Await("offline", func(s card.Status) bool { return s.State == hal.DeviceOffline })
}
