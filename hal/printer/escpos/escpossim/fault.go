package escpossim

import (
	"fmt"
	"time"
)

// Fault is something wrong with the printer, by its name on the bench.
type Fault string

// The faults.
const (
	FaultPaperOut Fault = "paper-out" // clearing it puts a new roll in
	FaultNearEnd  Fault = "near-end"  // clearing it puts a new roll in
	FaultCover    Fault = "cover"     // the cover is open
	FaultOffline  Fault = "offline"   // it answers, but does not print
	FaultCutter   Fault = "cutter"    // the knife is jammed
	FaultSilent   Fault = "silent"    // the cable is out: it neither receives nor answers
)

// Faults lists all of them.
func Faults() []Fault {
	return []Fault{FaultPaperOut, FaultNearEnd, FaultCover, FaultOffline, FaultCutter, FaultSilent}
}

// ParseFault reads a fault's name.
func ParseFault(name string) (Fault, error) {
	for _, f := range Faults() {
		if string(f) == name {
			return f, nil
		}
	}
	return "", fmt.Errorf("unknown printer fault %q", name)
}

// Inject makes f true from now on. What was printed before stays printed.
func (d *Device) Inject(now time.Time, f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.run(now)
	d.faults[f] = true
	switch f {
	case FaultPaperOut:
		d.paper.endSlip(true)
	case FaultSilent:
		d.replies = nil
	}
	d.reportASB(now)
}

// Clear ends f. Clearing one that is not there is harmless.
func (d *Device) Clear(now time.Time, f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.run(now)
	d.clearFault(f)
	d.reportASB(now)
}

// ClearAll ends every fault. It does not switch the power on.
func (d *Device) ClearAll(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.run(now)
	for _, f := range Faults() {
		if d.faults[f] {
			d.clearFault(f)
		}
	}
	d.reportASB(now)
}

func (d *Device) clearFault(f Fault) {
	delete(d.faults, f)
	if f == FaultPaperOut || f == FaultNearEnd {
		d.paper.newRoll(d.cfg.RollMM)
	}
}

// EndPaperAfter lets the roll end after mm more millimetres.
func (d *Device) EndPaperAfter(now time.Time, mm int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.run(now)
	d.paper.rollDots = d.paper.usedDots + mm*dotsPerMM
}

// PowerCut takes the power away: buffer, line and settings are lost, the slip
// in the printer ends as a partial one.
func (d *Device) PowerCut(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.run(now)
	d.power = false
	d.buffer, d.replies, d.realtime = nil, nil, realtimeScan{}
	d.asb = false
	d.reset()
	d.paper.endSlip(true)
}

// PowerOn gives the power back. The printer listens after Config.Boot.
func (d *Device) PowerOn(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.power {
		return
	}
	d.power = true
	d.bootAt = now.Add(d.cfg.Boot)
	d.free = d.bootAt
}

// ready reports whether it prints what is in its buffer.
func (d *Device) ready() bool {
	return d.power && !d.faults[FaultPaperOut] && !d.faults[FaultCover] &&
		!d.faults[FaultOffline] && !d.faults[FaultCutter]
}

// endOfPaper is called when the next movement does not fit on the roll.
func (d *Device) endOfPaper() {
	d.faults[FaultPaperOut] = true
	d.paper.endSlip(true)
}
