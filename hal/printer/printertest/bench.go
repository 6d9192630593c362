package printertest

import (
	"strings"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/printer"
)

// The faults the suite injects, by their names on the bench.
const (
	FaultPaperOut = "paper-out"
	FaultNearEnd  = "near-end"
	FaultCover    = "cover"
	FaultOffline  = "offline"
	FaultCutter   = "cutter"
	FaultSilent   = "silent"
)

// Slip is one finished piece of paper.
type Slip struct {
	Text    string
	Partial bool
}

// Device is the hand on the printer: what the suite does to it and sees of it.
type Device interface {
	Inject(now time.Time, fault string)
	Clear(now time.Time, fault string)
	EndPaperAfter(now time.Time, mm int64)
	PowerCut(now time.Time)
	PowerOn(now time.Time)
	Slips() []Slip
	Lines() int // lines of text ever printed
}

// Mouth is the presenter of a printer.
type Mouth interface {
	Take(now time.Time) bool // as a customer does; false: there is no slip
	Waiting() bool           // a slip is in it
	Drawn() int              // slips that were ever drawn back in
}

// Bench is one driver with its printer.
type Bench struct {
	Engine printer.Engine
	Peer   hal.Peer // nil if Engine is a fake
	Device Device
	Mouth  Mouth // nil for a printer without a presenter
	// Restart gives a new driver at the same printer, as after a restart of
	// the firmware. It must see to it that half a slip of the old driver's job
	// is cut off.
	Restart func() printer.Engine
}

// Plain brings a slip's text into the form in which the suite compares it: no
// empty lines, single spaces, a rule as one dash.
func Plain(text string) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if line != "" && strings.Trim(line, "-") == "" {
			line = "-"
		}
		if line != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// PlainPage is what Plain gives for a slip of page, if no line is too long for
// the paper.
func PlainPage(page printer.Page) string {
	var b strings.Builder
	for _, l := range page.Lines {
		b.WriteString(plainLine(l))
		b.WriteByte('\n')
	}
	return Plain(b.String())
}

func plainLine(l printer.Line) string {
	switch {
	case l.Rule:
		return "-"
	case l.QR != "":
		return "[QR:" + l.QR + "]"
	case l.FeedLines > 0:
		return ""
	case l.Label != "" || l.Value != "":
		return l.Label + " " + l.Value
	}
	return l.Text
}
