package printertest

import (
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/printer"
)

var (
	_ printer.Engine = (*Fake)(nil)
	_ Device         = (*Fake)(nil)
)

// Times and bounds of the fake.
const (
	fakeLineTime    = 25 * time.Millisecond
	fakeCutTime     = 300 * time.Millisecond
	fakeSilenceTime = 1500 * time.Millisecond
	fakeIdle        = time.Minute
	fakeLineMM      = 4
	fakeQueue       = 4
)

// Fake is a printer.Engine that prints into memory, driver and printer in one.
// It is not safe for concurrent use. The zero value is not ready: use NewFake.
type Fake struct {
	now     time.Time
	started bool
	events  []printer.Event
	status  printer.Status

	faults  map[string]bool
	deafAt  time.Time // since when it is silent or without power
	power   bool
	paperMM int64 // left, negative for endless

	queue []fakeJob
	next  time.Time // of the running job's next line
	slips []Slip
	lines int
}

type fakeJob struct {
	id   string
	rest []printer.Line
	text string
	cut  bool // all lines are out, the knife moves
}

// NewFake returns a fake that is on and full of paper.
func NewFake() *Fake {
	return &Fake{faults: map[string]bool{}, power: true, paperMM: -1}
}

// Do queues a job: hal.ErrBusy when four are unfinished.
func (f *Fake) Do(now time.Time, cmd printer.Command) error {
	if len(f.queue) >= fakeQueue {
		return hal.ErrBusy
	}
	f.queue = append(f.queue, fakeJob{id: cmd.ID, rest: cmd.Page.Lines})
	if len(f.queue) == 1 {
		f.next = now.Add(fakeLineTime)
	}
	return nil
}

// Advance prints what is due and ignores rx.
func (f *Fake) Advance(now time.Time, _ []byte) ([]byte, []printer.Event) {
	f.now, f.events = now, nil
	if s := f.condition(); !f.started || s != f.status {
		f.started, f.status = true, s
		f.events = append(f.events, printer.Event{Kind: printer.StatusChanged, Status: s, Detail: s.Detail})
	}
	for len(f.queue) > 0 && !f.next.After(now) && f.step() {
	}
	return nil, f.events
}

// Wake is when the next line or the end of patience is due.
func (f *Fake) Wake() time.Time {
	switch {
	case !f.started:
		return hal.AtOnce()
	case f.status != f.condition():
		return f.now
	case f.deaf() && f.status.State != hal.DeviceOffline:
		return f.deafAt.Add(fakeSilenceTime)
	case len(f.queue) > 0 && !f.deaf():
		return f.next
	}
	return f.now.Add(fakeIdle)
}

func (f *Fake) deaf() bool { return !f.power || f.faults[FaultSilent] }

// condition is the status as it is now.
func (f *Fake) condition() printer.Status {
	s := printer.Status{State: hal.DeviceOnline, Paper: printer.PaperFull}
	switch {
	case f.deaf() && !f.now.Before(f.deafAt.Add(fakeSilenceTime)):
		return printer.Status{State: hal.DeviceOffline, Detail: "printer does not answer"}
	case f.deaf() && f.started:
		return f.status
	case f.faults[FaultPaperOut]:
		s.State, s.Paper, s.Detail = hal.DeviceFault, printer.PaperOut, "paper out"
	case f.faults[FaultNearEnd]:
		s.Paper = printer.PaperNearEnd
	}

	if f.faults[FaultCover] {
		s.State, s.CoverOpen, s.Detail = hal.DeviceFault, true, "cover open"
	}
	if f.faults[FaultCutter] {
		s.State, s.Cutter, s.Detail = hal.DeviceFault, true, "cutter fault"
	}
	if f.faults[FaultOffline] {
		s.State, s.Detail = hal.DeviceFault, "printer reports offline"
	}
	return s
}

// step moves the running job by one line or ends it; false if it must wait.
func (f *Fake) step() bool {
	j := &f.queue[0]
	switch {
	case f.deaf() && f.status.State != hal.DeviceOffline:
		return false
	case !f.status.CanPrint() && j.text == "":
		f.end(printer.NotPrinted, f.status.Detail)
	case !f.status.CanPrint():
		f.tear()
		f.end(printer.Unsure, f.status.Detail)
	case j.cut:
		f.slips = append(f.slips, Slip{Text: j.text})
		f.end(printer.Printed, "")
	case len(j.rest) == 0:
		j.cut = true
		f.next = f.next.Add(fakeCutTime)
	default:
		return f.line(j)
	}

	return true
}

func (f *Fake) line(j *fakeJob) bool {
	if f.paperMM == 0 {
		f.faults[FaultPaperOut] = true
		return false
	}
	if f.paperMM > 0 {
		f.paperMM = max(0, f.paperMM-fakeLineMM)
	}
	j.text += plainLine(j.rest[0]) + "\n"
	j.rest = j.rest[1:]
	f.lines++
	f.next = f.next.Add(fakeLineTime)
	return true
}

// tear files what is in the printer as a partial slip.
func (f *Fake) tear() {
	if j := &f.queue[0]; j.text != "" {
		f.slips = append(f.slips, Slip{Text: j.text, Partial: true})
	}
}

func (f *Fake) end(kind printer.Kind, detail string) {
	f.events = append(f.events, printer.Event{Kind: kind, ID: f.queue[0].id, Detail: detail})
	f.queue = f.queue[1:]
	f.next = f.now.Add(fakeLineTime)
}

// Restart forgets all jobs, as a driver that starts again, and tears off what the
// running one has printed.
func (f *Fake) Restart() printer.Engine {
	if len(f.queue) > 0 {
		f.tear()
	}
	f.queue, f.started = nil, false
	return f
}

// Inject makes a fault true.
func (f *Fake) Inject(now time.Time, fault string) {
	f.faults[fault] = true
	if fault == FaultSilent {
		f.deafAt = now
	}
}

// Clear ends a fault; after paper-out the roll is endless again.
func (f *Fake) Clear(_ time.Time, fault string) {
	delete(f.faults, fault)
	if fault == FaultPaperOut {
		f.paperMM = -1
	}
}

// EndPaperAfter lets the roll end after mm, rounded to lines.
func (f *Fake) EndPaperAfter(_ time.Time, mm int64) { f.paperMM = mm }

// PowerCut takes the power.
func (f *Fake) PowerCut(now time.Time) { f.power, f.deafAt = false, now }

// PowerOn gives it back.
func (f *Fake) PowerOn(time.Time) { f.power = true }

// Slips are the finished pieces, oldest first.
func (f *Fake) Slips() []Slip { return append([]Slip(nil), f.slips...) }

// Lines is how many lines were ever printed.
func (f *Fake) Lines() int { return f.lines }
