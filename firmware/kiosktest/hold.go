package kiosktest

import (
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/page"
	"wattkiosk/payments/record"
)

// agentAsks is the update agent asking for a hold at some instant of a visit. What it
// gets must cut nobody off; then it restarts the box, lets go, or forgets the hold.
func (w *box) agentAsks() {
	if w.core == nil {
		return
	}
	before := w.core.View().Screen
	head := w.memory.Head()
	effects, err := w.core.Hold(w.time(), kiosk.HoldUpdate, between(w.rng, time.Second, 3*time.Minute))
	w.effects(effects)
	if err != nil {
		w.logf("no hold: %v", err)
		return
	}
	w.stats.Holds++
	w.logf("the agent holds the kiosk")
	w.checkHold(before, head)
	switch w.rng.IntN(3) {
	case 0:
		w.later(between(w.rng, 0, 30*time.Second), w.restartHeld)
	case 1:
		w.later(between(w.rng, 0, time.Minute), w.release)
	}
}

// checkHold is what a hold promises: nobody was at the screen, no note was on its way,
// nothing more was written, and nobody can begin.
func (w *box) checkHold(before page.Screen, head record.Head) {
	if w.core == nil {
		return
	}
	after := w.core.View()
	switch {
	case before != page.Idle && before != page.OutOfService:
		w.office.fail("a hold cut off a visit on %s", before)
	case w.noteInside() && w.stats.DeviceFaults == 0: // one that is jammed stays where it is
		w.office.fail("a hold was given with a note of %d in the validator", pathOf(w))
	case after.Screen != page.OutOfService || w.memory.Head() != head:
		w.office.fail("held, and the screen is %s, the journal at %d, not %d", after.Screen, w.memory.Head().Seq, head.Seq)
	}
}

func (w *box) noteInside() bool {
	_, moving := w.notes.InPath()
	return moving || w.notes.InStacker()
}

// restartHeld ends the program as the agent does, if it still has its hold.
func (w *box) restartHeld() {
	if w.core == nil || !w.held() {
		return
	}
	if s := w.core.View().Screen; s != page.OutOfService {
		w.office.fail("the hold did not last: screen %s", s)
	}
	w.stats.HeldRestarts++
	w.logf("the agent restarts the box")
	w.kill()
}

func (w *box) held() bool {
	for _, b := range w.core.Status().Blocks {
		if b == string(kiosk.HoldUpdate) {
			return true
		}
	}
	return false
}

func (w *box) release() {
	if w.core != nil {
		w.logf("the agent lets go")
		w.effects(w.core.Release(w.time()))
	}
}
