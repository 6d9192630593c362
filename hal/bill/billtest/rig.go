package billtest

import (
	"slices"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/bill"
)

// Outcomes of an inserted note, and the fault kinds the suite uses. A device may
// refuse a fault kind that it cannot show; the case is then skipped.
const (
	Genuine    = "genuine"
	Suspect    = "suspect"
	Unreadable = "unreadable"

	FaultJam             = "jam"
	FaultJamCassette     = "jam-cassette"
	FaultCassetteOut     = "cassette-out"
	FaultCassetteFull    = "cassette-full"
	FaultCheat           = "cheat"
	FaultFailure         = "failure"
	FaultSilent          = "silent"
	FaultLostAck         = "lost-ack"
	FaultNoise           = "noise"
	FaultStuckShut       = "stuck-shut"
	FaultUnasked         = "unasked"
	FaultPowerUpWithNote = "power-up-with-note"
)

// Device is a simulated validator as a person at the machine sees it.
type Device interface {
	hal.Peer
	// Insert puts a note of fen into the slot. An error means that it comes
	// straight back out.
	Insert(now time.Time, fen int64, outcome string) error
	// Fault sets or clears a fault, from the instant the device last heard of.
	Fault(kind string, clear bool) error
	// PowerCut and PowerOn switch the device's own power.
	PowerCut(now time.Time)
	PowerOn(now time.Time)
	// Cassette and Returned list notes in fen, oldest first. A note in neither is
	// in the path.
	Cassette() []int64
	Returned() []int64
}

// epoch is when the virtual clock of a rig starts. Never written to.
var epoch = time.Date(2024, time.March, 1, 8, 0, 0, 0, time.UTC)

const (
	maxStall = 10_000          // exchanges without time passing
	patience = 5 * time.Minute // virtual time Await waits
)

// Rig joins an engine and a device under a virtual clock. It is deterministic:
// the same calls give the same events. Not safe for concurrent use.
type Rig struct {
	TB     testing.TB
	Engine bill.Engine // nil while the host has no power
	Device Device
	// NewEngine makes the driver of a restarted host.
	NewEngine func() bill.Engine
	Now       time.Time

	// Events are all since the host started.
	Events []bill.Event
	// OnEvent, if set, sees each event as it happens; it may call Do.
	OnEvent func(bill.Event)
	// HoldReturns leaves Returned and PoweredUpInValidator unconfirmed; without it
	// the rig confirms them as they come, as any owner does.
	HoldReturns bool
	// Nameless is a protocol whose report of a note in the cassette does not say which:
	// the driver of a restarted host does not know its value (0), its owner does.
	Nameless bool
	// Mute is a protocol whose device does not say, after a silence, that a note went back
	// meanwhile.
	Mute bool
	// Other makes another device for the same driver, best with its notes in another
	// order; nil for a driver without a line.
	Other func() Device
	// ToHost and ToDevice, if set, replace bytes on the line.
	ToHost, ToDevice func([]byte) []byte
	// CutAfter, if positive, cuts the device's power when so many more bytes went
	// over the line, both directions counted; Cut says that it happened.
	CutAfter int
	Cut      bool

	seen   int
	timers []timer
}

type timer struct {
	at time.Time
	do func()
}

// NewRig joins a new engine to dev.
func NewRig(tb testing.TB, newEngine func() bill.Engine, dev Device) *Rig {
	return &Rig{TB: tb, Engine: newEngine(), NewEngine: newEngine, Device: dev, Now: epoch}
}

// Do gives the engine a command, and fails the test if it refuses.
func (r *Rig) Do(op bill.Op, values ...int64) {
	r.TB.Helper()
	if err := r.Engine.Do(r.Now, bill.Command{Op: op, Values: values}); err != nil {
		r.TB.Fatalf("Do(%v): %v", op, err)
	}
}

// After calls do when d has passed, unless the host loses power first.
func (r *Rig) After(d time.Duration, do func()) {
	r.timers = append(r.timers, timer{r.Now.Add(d), do})
}

// HostOff takes the host's power; HostOn starts it with a new engine and no
// events.
func (r *Rig) HostOff() { r.Engine, r.timers = nil, nil }

// HostOn starts the host again.
func (r *Rig) HostOn() {
	r.timers = nil
	r.Engine = r.NewEngine()
	r.Events, r.seen = nil, 0
}

// Run pumps until the given instant, or until the power is cut by CutAfter.
func (r *Rig) Run(until time.Time) {
	r.TB.Helper()
	r.pump(until, func() bool { return r.Cut })
}

// RunFor pumps for d.
func (r *Rig) RunFor(d time.Duration) { r.TB.Helper(); r.Run(r.Now.Add(d)) }

// RunUntil pumps until done holds, and reports whether it did within d.
func (r *Rig) RunUntil(d time.Duration, done func() bool) bool {
	r.TB.Helper()
	r.pump(r.Now.Add(d), func() bool { return r.Cut || done() })
	return done()
}

// Await pumps until an event of the kind that no Await has passed yet, and fails
// the test if none comes.
func (r *Rig) Await(k bill.Kind) bill.Event {
	r.TB.Helper()
	var found bill.Event
	start := r.seen
	ok := r.RunUntil(patience, func() bool {
		for found.Kind != k && r.seen < len(r.Events) {
			found = r.Events[r.seen]
			r.seen++
		}
		return found.Kind == k
	})
	if !ok {
		r.TB.Fatalf("no %v within %v; events since: %v", k, patience, r.Events[start:])
	}
	return found
}

// Count is how many events of the kind there were since the host started.
func (r *Rig) Count(k bill.Kind) int {
	n := 0
	for _, ev := range r.Events {
		if ev.Kind == k {
			n++
		}
	}
	return n
}

// untold says that a credit has no value because its driver cannot know it: the note
// is not named, and was in escrow before the host started.
func (r *Rig) untold(ev bill.Event) bool {
	return r.Nameless && ev.Kind == bill.Stacked && ev.Value == 0 && r.Count(bill.Escrowed) == 0
}

// pump advances whoever is due, in a fixed order: timers, device, engine.
func (r *Rig) pump(until time.Time, done func() bool) {
	r.TB.Helper()
	stall := 0
	for !done() {
		at := r.wake(until)
		if at.After(until) {
			r.Now = until
			return
		}
		if stall++; at.After(r.Now) {
			r.Now, stall = at, 0
		}
		if stall > maxStall {
			r.TB.Fatalf("no progress at %v", r.Now)
		}
		r.turn()
	}
}

// wake is the earliest instant anybody wants, not before now.
func (r *Rig) wake(until time.Time) time.Time {
	at := until.Add(1)
	earlier := func(t time.Time) {
		if t.Before(at) {
			at = t
		}
	}
	if r.Engine != nil {
		earlier(r.Engine.Wake())
	}
	if t := r.Device.Wake(); !t.IsZero() {
		earlier(t)
	}
	for i := range r.timers {
		earlier(r.timers[i].at)
	}
	if at.Before(r.Now) {
		at = r.Now
	}
	return at
}

func (r *Rig) turn() {
	for i := 0; i < len(r.timers); i++ {
		if t := r.timers[i]; !t.at.After(r.Now) {
			r.timers = slices.Delete(r.timers, i, i+1)
			t.do()
			return
		}
	}
	b := r.pass(r.Device.Advance(r.Now), r.ToHost)
	if r.Engine == nil {
		return
	}
	tx, events := r.Engine.Advance(r.Now, b)
	r.settle()
	for _, ev := range events {
		r.Events = append(r.Events, ev)
		if !r.HoldReturns && (ev.Kind == bill.Returned || ev.Kind == bill.PoweredUpInValidator) {
			r.Do(bill.Confirm)
		}
		if r.OnEvent != nil {
			r.OnEvent(ev)
		}
	}
	if r.Cut {
		return
	}
	if tx = r.pass(tx, r.ToDevice); len(tx) > 0 {
		r.Device.Receive(r.Now, tx)
	}
	r.settle()
}

// pass carries bytes over the line, up to the cut.
func (r *Rig) pass(b []byte, hook func([]byte) []byte) []byte {
	if hook != nil && len(b) > 0 {
		b = hook(b)
	}
	if r.CutAfter <= 0 {
		return b
	}
	if len(b) < r.CutAfter {
		r.CutAfter -= len(b)
		return b
	}
	b, r.CutAfter = b[:r.CutAfter], -1
	return b
}

// settle makes the cut happen once the last bytes have arrived.
func (r *Rig) settle() {
	if r.CutAfter < 0 && !r.Cut {
		r.CutAfter, r.Cut = 0, true
		r.Device.PowerCut(r.Now)
	}
}
