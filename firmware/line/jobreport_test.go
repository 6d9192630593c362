package line

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"wattkiosk/uplink/wire"
)

func report(phase wire.Phase, percent int) *wire.JobReport {
	return &wire.JobReport{V: 1, ID: "j1", Phase: phase, Percent: percent, From: 10, To: 11}
}

// TestReports is when a report is sent, in seconds after the start.
func TestReports(t *testing.T) {
	t0 := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	at := func(s float64) time.Time { return t0.Add(time.Duration(s * float64(time.Second))) }
	var r reports
	var sent []string
	look := func(s float64, err error) {
		if w := r.wake(); w.IsZero() || at(s).Before(w) {
			return
		}
		if rep, due := r.next(at(s)); due {
			sent = append(sent, fmt.Sprintf("%g %s %d", s, rep.Phase, rep.Percent))
			r.done(at(s), err)
		}
	}
	down := errors.New("no line")
	for _, step := range []struct {
		at     float64
		report *wire.JobReport
		again  bool
		forget bool
		err    error
	}{
		{at: 0, again: true}, // there is none yet
		{at: 0.1, report: report(wire.PhaseOffered, 0)},
		{at: 0.2, report: report(wire.PhaseOffered, 0)},   // the same
		{at: 1, report: report(wire.PhaseDownloading, 0)}, // another phase: at once
		{at: 2, report: report(wire.PhaseDownloading, 1)}, // percent waits
		{at: 3, report: report(wire.PhaseDownloading, 2)}, //
		{at: 6}, // sent with the newest
		{at: 7, report: report(wire.PhaseDownloading, 50)},      // waits
		{at: 8, report: report(wire.PhaseChecked, 0)},           // a phase does not
		{at: 9, again: true},                                    // head office asks
		{at: 10, report: report(wire.PhaseArmed, 0), err: down}, // not handed over
		{at: 11},
		{at: 15},              // tried again
		{at: 20, report: nil}, // the agent has gone: nothing new
		{at: 21, forget: true},
		{at: 22, again: true},
		{at: 23, report: report(wire.PhaseGood, 100)},
	} {
		if step.report != nil {
			r.set(at(step.at), step.report)
		}
		if step.again {
			r.again(at(step.at))
		}
		if step.forget {
			r.forget()
		}
		look(step.at, step.err)
	}
	want := []string{
		"0.1 offered 0", "1 downloading 0", "6 downloading 2", "8 checked 0", "9 checked 0", "10 armed 0", "15 armed 0", "23 good 100",
	}
	if !slices.Equal(sent, want) {
		t.Errorf("sent %q, want %q", sent, want)
	}
}
