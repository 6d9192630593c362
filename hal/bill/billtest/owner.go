package billtest

import (
	"time"

	"wattkiosk/hal/bill"
)

// Owner is a validator's owner with a journal of three fields. Its journal
// survives a restart of the host; what waits for Delay does not. It stacks every
// note it is shown.
type Owner struct {
	rig *Rig
	// Delay is how long a write to the journal takes.
	Delay time.Duration

	// Open is the note ordered into the cassette and not settled, in fen.
	Open int64
	// Credits are the notes credited in fen; Inferred says how many of them were
	// credited with the value that the journal has, for the device did not tell it.
	Credits  []int64
	Inferred int
	// Repeats counts reports of a credit the journal already had.
	Repeats int
}

// NewOwner puts an owner in charge of the rig's engine.
func NewOwner(r *Rig, delay time.Duration) *Owner {
	o := &Owner{rig: r, Delay: delay}
	r.OnEvent = o.on
	return o
}

func (o *Owner) on(ev bill.Event) {
	switch ev.Kind {
	case bill.Escrowed:
		o.Open = ev.Value
		// A refusal means that the note has left escrow again; its end is reported.
		_ = o.rig.Engine.Do(o.rig.Now, bill.Command{Op: bill.Stack})
	case bill.Stacked, bill.PoweredUpInStacker:
		if o.Delay == 0 {
			o.credit(ev)
			return
		}
		o.rig.After(o.Delay, func() { o.credit(ev) })
	case bill.Returned:
		o.Open = 0
	}
}

// credit writes, then confirms.
func (o *Owner) credit(ev bill.Event) {
	switch {
	case o.Open == 0:
		o.Repeats++
	case ev.Kind == bill.PoweredUpInStacker || o.rig.untold(ev):
		o.Credits = append(o.Credits, o.Open)
		o.Inferred++
	default:
		o.Credits = append(o.Credits, ev.Value)
	}
	o.Open = 0
	o.rig.Do(bill.Confirm)
}
