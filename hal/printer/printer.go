package printer

import (
	"fmt"
	"time"

	"wattkiosk/hal"
)

// Engine is a receipt-printer driver without I/O.
type Engine = hal.Engine[Command, Event]

var _ hal.Command[Event] = Command{}

// Command is one print job, or the news that there is a new roll.
type Command struct {
	ID   string // names the job in its outcome event
	Page Page
	// NewRoll says that a full roll was put in before the old one was out. It prints
	// nothing and has no outcome.
	NewRoll bool
}

// Refused implements hal.Command: the job left no mark on paper. For NewRoll, which
// has no outcome, ID is empty.
func (c Command) Refused(why error) Event {
	return Event{Kind: NotPrinted, ID: c.ID, Detail: why.Error()}
}

// String names the job, and keeps what is printed out of logs.
func (c Command) String() string {
	if c.NewRoll {
		return "new roll"
	}
	return "print " + c.ID
}

// Tuning is what an owner knows of its printer beside the driver's name. The zero
// value changes nothing.
type Tuning struct {
	// AutoStatus has the printer say by itself when its status changes.
	AutoStatus bool
	// RollMM is the length of a new roll in millimetres, for the forecast of what is
	// left; 0 = no forecast. UsedMM is what was used of the present roll, as Status
	// last said.
	RollMM, UsedMM int64
	// Presenter names the presenter of the printer, as its driver knows it; "" = the
	// slip falls out. A slip that nobody takes for TakeWithin is drawn back in; 0 =
	// the driver's own patience.
	Presenter  string
	TakeWithin time.Duration
}

// Tunable is an Engine that takes a Tuning before its first Advance. It refuses
// what its printers cannot do.
type Tunable interface {
	Tune(Tuning) error
}

// Page is what to print, free of any printer's language.
type Page struct {
	Lines []Line
}

// Align places a line on the paper.
type Align int

// The alignments.
const (
	Left Align = iota
	Centre
	Right
)

// Line is one element of a page, top to bottom. Exactly one of Text, Left/Right
// pair (Label and Value), QR, Rule or FeedLines is meant by what is set; Text "" with
// nothing else is an empty line. When several are set, the first of Rule, QR,
// FeedLines, Label and Value, Text counts.
type Line struct {
	Text  string
	Label string // with Value: label at the left edge, value at the right edge
	Value string
	QR    string // content of a QR code
	Rule  bool   // a dashed rule across the paper
	// FeedLines advances the paper by so many empty lines (0: not a feed).
	FeedLines int
	Align     Align
	Bold      bool
	Large     bool // double width and height
}

// Kind says what a printer reported.
type Kind int

// Events.
const (
	// StatusChanged carries the new Status; sent once at start and on each change.
	StatusChanged Kind = iota + 1
	// Printed: job ID was processed to its end.
	Printed
	// NotPrinted: job ID left no mark on paper; Detail says why.
	NotPrinted
	// Unsure: job ID may have been printed in whole or in part; Detail says why.
	Unsure
	// Taken: the slip of job ID, which was Printed, was taken from the presenter.
	Taken
	// Retracted: the slip of job ID, which was Printed, was not taken and was drawn
	// back in. ID is empty for one of a run before this one.
	Retracted
)

// Outcome reports whether k is the outcome of a job: each has exactly one.
func (k Kind) Outcome() bool { return k == Printed || k == NotPrinted || k == Unsure }

// String names the event.
func (k Kind) String() string {
	names := [...]string{"", "status-changed", "printed", "not-printed", "unsure", "taken", "retracted"}
	if k < 1 || int(k) >= len(names) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return names[k]
}

// Paper is the paper state.
type Paper int

// Paper states.
const (
	PaperUnknown Paper = iota
	PaperFull
	PaperNearEnd
	PaperOut
)

// String names the paper state.
func (p Paper) String() string {
	names := [...]string{"unknown", "full", "near-end", "out"}
	if p < 0 || int(p) >= len(names) {
		return fmt.Sprintf("Paper(%d)", int(p))
	}
	return names[p]
}

// MarshalText lets a paper state stand in JSON by name.
func (p Paper) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Status is the printer's condition.
type Status struct {
	State     hal.DeviceState
	Paper     Paper
	CoverOpen bool
	Cutter    bool // cutter fault
	Detail    string

	// SlipWaiting: a slip is in the presenter's mouth.
	SlipWaiting bool
	// UsedMM is what was used of the present roll, and SlipsLeft how many slips the
	// rest is good for, as the last ones were; both are estimates, and 0 where no
	// roll length is known. SlipsLeft is 0 also when nothing is left.
	UsedMM    int64
	SlipsLeft int
}

// CanPrint reports whether a job sent now should come out.
func (s Status) CanPrint() bool {
	return s.State == hal.DeviceOnline && s.Paper != PaperOut && !s.CoverOpen && !s.Cutter
}

// Event is one report of a printer.
type Event struct {
	Kind   Kind
	ID     string // the job, for outcomes
	Status Status // StatusChanged
	Detail string
}
