package printertest

import (
	"time"

	"wattkiosk/hal/printer"
)

// reprint proves that a job which is unsure can be had again, whole, under another
// name: the way of a customer who got half a slip.
func (r *rig) reprint() {
	r.begin()
	r.bench.Device.Inject(r.pump.Now, FaultCover)
	r.outcome("half", printer.Unsure)
	r.bench.Device.Clear(r.pump.Now, FaultCover)
	r.online()
	r.news()
	r.do("again", ShortPage("again"))
	r.outcome("again", printer.Printed)
	r.exactly("again")
	r.once()
}

// went waits for what became of a slip that was Printed.
func (r *rig) went(id string, want printer.Kind) {
	r.t.Helper()
	var got printer.Kind
	if !r.pump.Until(r.t, patience, func() bool {
		for _, e := range r.pump.Events {
			if e.ID == id && (e.Kind == printer.Taken || e.Kind == printer.Retracted) {
				got = e.Kind
			}
		}
		return got != 0
	}) {
		r.t.Fatalf("nothing is known of the slip of %s after %v", id, patience)
	}
	if got != want {
		r.t.Errorf("the slip of %s is %v, want %v", id, got, want)
	}
}

// shown prints a slip and waits until it is in the mouth.
func (r *rig) shown(id string) {
	r.t.Helper()
	r.online()
	r.do(id, ShortPage(id))
	r.outcome(id, printer.Printed)
	r.status("a slip waits", func(s printer.Status) bool { return s.SlipWaiting })
	if !r.bench.Mouth.Waiting() {
		r.t.Fatalf("the slip of %s is not in the mouth", id)
	}
}

func (r *rig) slipTaken() {
	r.shown("A")
	if !r.bench.Mouth.Take(r.pump.Now) {
		r.t.Fatal("there is nothing to take")
	}
	r.went("A", printer.Taken)
	r.status("no slip waits", func(s printer.Status) bool { return !s.SlipWaiting })
	r.pump.Run(r.t, patience)
	if n := r.bench.Mouth.Drawn(); n != 0 {
		r.t.Errorf("%d slips were drawn back in", n)
	}
	r.once()
}

func (r *rig) slipLeft() {
	r.shown("A")
	r.pump.Run(r.t, 5*time.Second)
	if !r.bench.Mouth.Waiting() {
		r.t.Error("the slip was drawn back in before anybody could take it")
	}
	r.went("A", printer.Retracted)
	r.pump.Run(r.t, patience)
	if n := r.bench.Mouth.Drawn(); n != 1 || r.bench.Mouth.Waiting() || r.pump.Status().SlipWaiting {
		r.t.Errorf("%d slips were drawn back in, want 1; status %+v", n, r.pump.Status())
	}
	r.once()
}

// slipLeftNext: the slip of the customer before is not pushed out to the next one.
func (r *rig) slipLeftNext() {
	r.shown("A")
	r.do("B", ShortPage("B"))
	r.outcome("B", printer.Printed)
	r.went("A", printer.Retracted)
	r.status("a slip waits", func(s printer.Status) bool { return s.SlipWaiting })
	if n := r.bench.Mouth.Drawn(); n != 1 || !r.bench.Mouth.Take(r.pump.Now) {
		r.t.Errorf("%d slips were drawn back in, want 1, and the next in the mouth", n)
	}
	r.went("B", printer.Taken)
	r.exactly("A", "B")
	r.once()
}

// slipLeftRestart: a slip of a run before belongs to nobody.
func (r *rig) slipLeftRestart() {
	r.shown("A")
	r.pump.Engine = r.bench.Restart()
	r.went("", printer.Retracted)
	if n := r.bench.Mouth.Drawn(); n != 1 {
		r.t.Errorf("%d slips were drawn back in, want 1", n)
	}
	r.works("last")
}
