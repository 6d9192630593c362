package printertest

import (
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/printer"
)

func isPaperOut(s printer.Status) bool { return s.Paper == printer.PaperOut && !s.CanPrint() }
func isCover(s printer.Status) bool    { return s.CoverOpen && !s.CanPrint() }
func isCutter(s printer.Status) bool   { return s.Cutter && !s.CanPrint() }
func isFault(s printer.Status) bool    { return s.State == hal.DeviceFault && !s.CanPrint() }
func isOffline(s printer.Status) bool  { return s.State == hal.DeviceOffline }

func (r *rig) paperOutBefore() { r.before(FaultPaperOut, isPaperOut) }
func (r *rig) coverBefore()    { r.before(FaultCover, isCover) }
func (r *rig) cutterBefore()   { r.before(FaultCutter, isCutter) }
func (r *rig) offlineBefore()  { r.before(FaultOffline, isFault) }
func (r *rig) silentBefore()   { r.before(FaultSilent, isOffline) }

// before injects a fault into the idle printer: one job while the driver may
// not have noticed yet, one when it has, and one after the fault is gone.
func (r *rig) before(fault string, seen func(printer.Status) bool) {
	r.online()
	r.works("first")
	lines := r.bench.Device.Lines()
	r.bench.Device.Inject(r.pump.Now, fault)
	r.do("unnoticed", ShortPage("unnoticed"))
	r.outcome("unnoticed", printer.NotPrinted)
	r.status(fault, seen)
	r.do("noticed", ShortPage("noticed"))
	r.outcome("noticed", printer.NotPrinted)
	r.bench.Device.Clear(r.pump.Now, fault)
	r.online()
	r.pump.Run(r.t, patience)
	if n := r.bench.Device.Lines(); n != lines {
		r.t.Errorf("%d lines of jobs that are NotPrinted came out", n-lines)
	}
	r.works("last")
}

func (r *rig) coverDuring()   { r.during(FaultCover, isCover) }
func (r *rig) cutterDuring()  { r.during(FaultCutter, isCutter) }
func (r *rig) offlineDuring() { r.during(FaultOffline, isFault) }

// begin prints the long page up to its middle.
func (r *rig) begin() {
	r.t.Helper()
	r.online()
	r.works("first")
	lines := r.bench.Device.Lines()
	r.do("half", LongPage())
	r.pump.Run(r.t, midJob)
	n := r.bench.Device.Lines() - lines
	if n < 3 || n > 57 {
		r.t.Fatalf("%d lines are out in the middle of the job: the suite cannot judge this printer", n)
	}
}

// during injects a fault into a printing printer.
func (r *rig) during(fault string, seen func(printer.Status) bool) {
	r.begin()
	r.bench.Device.Inject(r.pump.Now, fault)
	lines := r.bench.Device.Lines()
	r.outcome("half", printer.Unsure)
	r.status(fault, seen)
	r.bench.Device.Clear(r.pump.Now, fault)
	r.recovers(lines)
}

// recovers proves that nothing of the half job comes out once the printer is
// well again, and that the next slip is whole and alone on its paper.
func (r *rig) recovers(lines int) {
	r.t.Helper()
	r.online()
	r.pump.Run(r.t, patience)
	if n := r.bench.Device.Lines(); n != lines {
		r.t.Errorf("%d lines of the half job came out afterwards", n-lines)
	}
	slips := r.news()
	if len(slips) != 1 || !slips[0].Partial {
		r.t.Errorf("the half job left %+v, want one partial slip", slips)
	}
	r.works("last")
}

func (r *rig) paperOutDuring() {
	r.begin()
	r.bench.Device.EndPaperAfter(r.pump.Now, 40)
	r.outcome("half", printer.Unsure)
	r.status("paper out", isPaperOut)
	lines := r.bench.Device.Lines()
	r.bench.Device.Clear(r.pump.Now, FaultPaperOut)
	r.recovers(lines)
}

// silentDuring pulls the cable. What the printer already has may still come out,
// be it the whole slip, but only once.
func (r *rig) silentDuring() {
	r.begin()
	r.bench.Device.Inject(r.pump.Now, FaultSilent)
	r.outcome("half", printer.Unsure)
	r.status("offline", isOffline)
	lines := r.bench.Device.Lines()
	r.bench.Device.Clear(r.pump.Now, FaultSilent)
	r.online()
	r.pump.Run(r.t, patience)
	if slips := r.news(); len(slips) > 1 {
		r.t.Errorf("one job left %d slips", len(slips))
	}
	if n := r.bench.Device.Lines(); n != lines {
		r.t.Errorf("%d lines of the half job came out when the cable was back", n-lines)
	}
	r.works("last")
}

func (r *rig) powerCut() {
	r.begin()
	r.bench.Device.PowerCut(r.pump.Now)
	lines := r.bench.Device.Lines()
	r.outcome("half", printer.Unsure)
	r.status("offline", isOffline)
	r.bench.Device.PowerOn(r.pump.Now)
	r.recovers(lines)
}

func (r *rig) restart() {
	r.begin()
	r.pump.Engine = r.bench.Restart()
	lines := r.bench.Device.Lines()
	r.pump.Run(r.t, 5*time.Second)
	if e, ok := r.pump.Outcome("half"); ok {
		r.t.Errorf("the new driver reports %v for a job it was not given", e.Kind)
	}
	// What was moving while the drivers changed may end, but not the rest.
	if n := r.bench.Device.Lines() - lines; n > 3 {
		r.t.Errorf("%d lines of the old driver's job came out afterwards", n)
	}
	r.works("last")
}

func (r *rig) queuedAfterUnsure() {
	r.begin()
	r.do("after", ShortPage("after"))
	r.bench.Device.Inject(r.pump.Now, FaultCover)
	r.outcome("half", printer.Unsure)
	r.outcome("after", printer.NotPrinted)
	r.bench.Device.Clear(r.pump.Now, FaultCover)
	r.recovers(r.bench.Device.Lines())
}
