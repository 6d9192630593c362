package cardtest

import (
	"slices"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
)

// Fault kinds that the suite uses. A device may refuse a kind that it cannot show;
// the case is then skipped.
const (
	FaultJam       = "jam"        // no card moves
	FaultBinFull   = "bin-full"   // the bin of retained cards
	FaultSilent    = "silent"     // receives, and answers nothing
	FaultLostAck   = "lost-ack"   // the next acknowledgement of a command; clears itself
	FaultLostReply = "lost-reply" // the answer to the next command that reaches the card; clears itself
	FaultLateReply = "late-reply" // the same comes after the driver gave it up
)

// Device is a simulated reader as a person at the machine sees it.
type Device interface {
	hal.Peer
	// InsertCard puts a card into the slot. An error means that it does not go in.
	InsertCard(now time.Time, c *cardsim.Card) error
	// TakeCard takes the card that is offered; an error means that it is held, or
	// that there is none.
	TakeCard(now time.Time) (*cardsim.Card, error)
	// PullCard tears the card out wherever it is, at any time.
	PullCard(now time.Time) (*cardsim.Card, error)
	// Fault sets or clears a fault.
	Fault(kind string, clear bool) error
	// PowerCut and PowerOn switch the device's own power.
	PowerCut(now time.Time)
	PowerOn(now time.Time)
	// Retained lists the cards in the bin, oldest first.
	Retained() []*cardsim.Card
}

const (
	maxStall = 10_000           // exchanges without time passing
	patience = 10 * time.Minute // virtual time to wait for an outcome or a status
)

// Start is when the virtual clock of a rig starts.
func Start() time.Time { return time.Date(2024, time.March, 1, 8, 0, 0, 0, time.UTC) }

// Rig joins an engine and a device under a virtual clock. It is deterministic: the
// same calls give the same events. It fails the test when a command gets a second
// outcome, or an outcome that nobody asked for. Not safe for concurrent use.
type Rig struct {
	TB     testing.TB
	Engine card.Engine
	Device Device
	// NewEngine makes the driver of a restarted host.
	NewEngine func() card.Engine
	Now       time.Time

	// Status is the last one reported; Statuses are all since the host started.
	Status   card.Status
	Statuses []card.Status
	// OnEvent, if set, sees each event as it happens; it may call Do.
	OnEvent func(card.Event)
	// ToHost and ToDevice, if set, replace bytes on the line.
	ToHost, ToDevice func([]byte) []byte
	// Chunk is the most bytes the host gets at a time; 0 = all.
	Chunk int
	// Sent counts the times the host sent something.
	Sent int

	id       uint32
	open     map[uint32]card.Op
	outcomes map[uint32]card.Event
	timers   []timer
}

type timer struct {
	at time.Time
	do func()
}

// NewRig joins a new engine to dev.
func NewRig(tb testing.TB, newEngine func() card.Engine, dev Device) *Rig {
	r := &Rig{TB: tb, NewEngine: newEngine, Device: dev, Now: Start()}
	r.Restart()
	return r
}

// Restart starts the host again: a new engine, no events. Commands under way never
// get an outcome.
func (r *Rig) Restart() {
	r.Engine = r.NewEngine()
	r.Status, r.Statuses = card.Status{}, nil
	r.open, r.outcomes = map[uint32]card.Op{}, map[uint32]card.Event{}
}

// After calls do when d has passed.
func (r *Rig) After(d time.Duration, do func()) {
	r.timers = append(r.timers, timer{r.Now.Add(d), do})
}

// Begin gives the engine a command under a new ID, and fails the test if it
// refuses.
func (r *Rig) Begin(c card.Command) (id uint32) {
	r.TB.Helper()
	r.id++
	c.ID = r.id
	if err := r.Engine.Do(r.Now, c); err != nil {
		r.TB.Fatalf("Do(%v): %v", c.Op, err)
	}
	r.open[c.ID] = c.Op
	return c.ID
}

// Outcome pumps until the command has its outcome.
func (r *Rig) Outcome(id uint32) card.Event {
	r.TB.Helper()
	if !r.RunUntil(patience, func() bool { _, ok := r.outcomes[id]; return ok }) {
		r.TB.Fatalf("no outcome of %v within %v", r.open[id], patience)
	}
	return r.outcomes[id]
}

// Do gives a command and pumps until its outcome.
func (r *Rig) Do(c card.Command) card.Event {
	r.TB.Helper()
	return r.Outcome(r.Begin(c))
}

// Await pumps until the last status reported fits, and fails the test if none does.
func (r *Rig) Await(what string, fits func(card.Status) bool) {
	r.TB.Helper()
	ok := r.RunUntil(patience, func() bool { return len(r.Statuses) > 0 && fits(r.Status) })
	if !ok {
		r.TB.Fatalf("not %s within %v; status %+v", what, patience, r.Status)
	}
}

// AwaitMedia awaits one of the places of the card, the reader being online.
func (r *Rig) AwaitMedia(places ...card.Media) {
	r.TB.Helper()
	r.Await(places[0].String(), func(s card.Status) bool {
		return s.State == hal.DeviceOnline && slices.Contains(places, s.Media)
	})
}

// RunFor pumps for d.
func (r *Rig) RunFor(d time.Duration) {
	r.TB.Helper()
	r.RunUntil(d, func() bool { return false })
}

// RunUntil pumps until done holds, and reports whether it did within d.
func (r *Rig) RunUntil(d time.Duration, done func() bool) bool {
	r.TB.Helper()
	until, stall := r.Now.Add(d), 0
	for !done() {
		at := r.wake(until)
		if at.After(until) {
			r.Now = until
			return done()
		}
		if stall++; at.After(r.Now) {
			r.Now, stall = at, 0
		}
		if stall > maxStall {
			r.TB.Fatalf("no progress at %v", r.Now)
		}
		r.turn()
	}

	return true
}

// wake is the earliest instant anybody wants, not before now.
func (r *Rig) wake(until time.Time) time.Time {
	at := until.Add(1)
	earlier := func(t time.Time) {
		if t.Before(at) {
			at = t
		}
	}

	earlier(r.Engine.Wake())
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

// turn advances whoever is due, in a fixed order: timers, device, engine.
func (r *Rig) turn() {
	r.TB.Helper()
	for i := range r.timers {
		if t := r.timers[i]; !t.at.After(r.Now) {
			r.timers = slices.Delete(r.timers, i, i+1)
			t.do()
			return
		}
	}

	b := r.Device.Advance(r.Now)
	if r.ToHost != nil && len(b) > 0 {
		b = r.ToHost(b)
	}

	for {
		n := len(b)
		if r.Chunk > 0 {
			n = min(n, r.Chunk)
		}
		r.advance(b[:n])
		if b = b[n:]; len(b) == 0 {
			return
		}
	}
}

// advance gives the engine bytes, and the device what it sends.
func (r *Rig) advance(b []byte) {
	r.TB.Helper()
	tx, events := r.Engine.Advance(r.Now, b)
	for _, ev := range events {
		r.take(ev)
	}

	if len(tx) == 0 {
		return
	}

	r.Sent++
	if r.ToDevice != nil {
		tx = r.ToDevice(tx)
	}
	if len(tx) > 0 {
		r.Device.Receive(r.Now, tx)
	}
}

func (r *Rig) take(ev card.Event) {
	r.TB.Helper()
	if ev.Kind == card.StatusChanged {
		if len(r.Statuses) > 0 && ev.Status == r.Status {
			r.TB.Errorf("status reported twice: %+v", ev.Status)
		}
		r.Status = ev.Status
		r.Statuses = append(r.Statuses, ev.Status)
	} else {
		r.outcome(ev)
	}
	if r.OnEvent != nil {
		r.OnEvent(ev)
	}
}

func (r *Rig) outcome(ev card.Event) {
	r.TB.Helper()
	op, asked := r.open[ev.ID]
	if _, had := r.outcomes[ev.ID]; had || !asked {
		r.TB.Errorf("outcome %v of command %d (%v), which has one or was never given", ev.Kind, ev.ID, op)
	}
	if (ev.Err == nil) != (ev.Kind == card.Done) {
		r.TB.Errorf("%v: %v with error %v", op, ev.Kind, ev.Err)
	}
	if ev.Kind == card.Unknown && !op.Changes() && op != card.Eject && op != card.Capture {
		r.TB.Errorf("%v ended as unknown (%v); it changes nothing", op, ev.Err)
	}
	r.outcomes[ev.ID] = ev
}
