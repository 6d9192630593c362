package printertest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/printer"
)

// patience is the virtual time within which every outcome and every change of
// status must be reported.
const patience = 60 * time.Second

// midJob is an instant in the middle of the suite's long page.
const midJob = 700 * time.Millisecond

// Suite runs the conformance suite. setup gives a fresh bench each time, with
// the printer on and ready and a new driver that was not advanced yet.
func Suite(t *testing.T, setup func(t *testing.T) Bench) {
	t.Helper()
	cases := []testCase{
		{"start status", (*rig).startStatus},
		{"print", (*rig).print},
		{"two jobs in order", (*rig).inOrder},
		{"queue full", (*rig).queueFull},
		{"near end", (*rig).nearEnd},
		{"paper out before", (*rig).paperOutBefore},
		{"cover open before", (*rig).coverBefore},
		{"cutter fault before", (*rig).cutterBefore},
		{"offline before", (*rig).offlineBefore},
		{"silent before", (*rig).silentBefore},
		{"paper out in a job", (*rig).paperOutDuring},
		{"cover opened in a job", (*rig).coverDuring},
		{"cutter fault in a job", (*rig).cutterDuring},
		{"offline in a job", (*rig).offlineDuring},
		{"silent in a job", (*rig).silentDuring},
		{"power cut in a job", (*rig).powerCut},
		{"driver restart in a job", (*rig).restart},
		{"queued jobs after an unsure one", (*rig).queuedAfterUnsure},
		{"reprint of an unsure job", (*rig).reprint},
	}

	mouth := []testCase{
		{"slip taken", (*rig).slipTaken},
		{"slip left behind", (*rig).slipLeft},
		{"slip left behind, next customer", (*rig).slipLeftNext},
		{"slip left behind, driver restart", (*rig).slipLeftRestart},
	}

	if setup(t).Mouth != nil {
		cases = append(cases, mouth...)
	}

	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := setup(t)
			c.test(&rig{t: t, bench: b, pump: Pump{Now: Start(), Engine: b.Engine, Peer: b.Peer}})
		})
	}
}

type testCase struct {
	name string
	test func(*rig)
}

// ShortPage is a slip like those of the terminal.
func ShortPage(serial string) printer.Page {
	return printer.Page{Lines: []printer.Line{
		{Text: "缴费凭证", Align: printer.Centre, Large: true},
		{Rule: true},
		{Label: "流水号", Value: serial},
		{Label: "户名", Value: "张三"},
		{Label: "金额", Value: "123.45元", Bold: true},
		{QR: "https://example.invalid/" + serial, Align: printer.Centre},
		{FeedLines: 1},
		{Text: "Thank you", Align: printer.Right},
	}}
}

// LongPage takes about two seconds to print.
func LongPage() printer.Page {
	p := printer.Page{}
	for i := range 60 {
		p.Lines = append(p.Lines, printer.Line{Label: fmt.Sprintf("L%03d 用电量", i), Value: "0123456789 kWh"})
	}
	return p
}

type rig struct {
	t     *testing.T
	bench Bench
	pump  Pump
	seen  int // slips already judged
}

func (r *rig) do(id string, page printer.Page) {
	r.t.Helper()
	if err := r.pump.Engine.Do(r.pump.Now, printer.Command{ID: id, Page: page}); err != nil {
		r.t.Fatalf("Do(%s): %v", id, err)
	}
}

// outcome waits for the outcome of a job and for the quiet after it.
func (r *rig) outcome(id string, want printer.Kind) printer.Event {
	r.t.Helper()
	var got printer.Event
	if !r.pump.Until(r.t, patience, func() (ok bool) { got, ok = r.pump.Outcome(id); return ok }) {
		r.t.Fatalf("job %s has no outcome after %v; status %+v", id, patience, r.pump.Status())
	}
	if got.Kind != want {
		r.t.Fatalf("job %s: %v (%s), want %v", id, got.Kind, got.Detail, want)
	}
	if want != printer.Printed && got.Detail == "" {
		r.t.Errorf("job %s: %v without a cause", id, got.Kind)
	}
	return got
}

func (r *rig) status(what string, ok func(printer.Status) bool) {
	r.t.Helper()
	if !r.pump.Until(r.t, patience, func() bool { return len(r.pump.Events) > 0 && ok(r.pump.Status()) }) {
		r.t.Fatalf("status never became %s: %+v", what, r.pump.Status())
	}
}

func (r *rig) online() {
	r.t.Helper()
	r.status("able to print", printer.Status.CanPrint)
}

// news is the slips since the last call.
func (r *rig) news() []Slip {
	all := r.bench.Device.Slips()
	fresh := all[r.seen:]
	r.seen = len(all)
	return fresh
}

// works proves that the printer prints one exact slip, and nothing else.
func (r *rig) works(id string) {
	r.t.Helper()
	r.news()
	r.do(id, ShortPage(id))
	r.outcome(id, printer.Printed)
	r.pump.Run(r.t, patience)
	r.exactly(id)
	r.once()
}

func (r *rig) exactly(ids ...string) {
	r.t.Helper()
	slips := r.news()
	if len(slips) != len(ids) {
		r.t.Fatalf("%d slips came out, want %d: %+v", len(slips), len(ids), slips)
	}
	for i, id := range ids {
		if got, want := Plain(slips[i].Text), PlainPage(ShortPage(id)); got != want || slips[i].Partial {
			r.t.Errorf("slip of %s (partial %t):\n%s\nwant\n%s", id, slips[i].Partial, got, want)
		}
	}
}

// once proves that no job has two outcomes.
func (r *rig) once() {
	r.t.Helper()
	count := map[string]int{}
	for _, e := range r.pump.Events {
		if e.Kind.Outcome() {
			count[e.ID]++
		}
	}
	for id, n := range count {
		if n > 1 {
			r.t.Errorf("job %s has %d outcomes", id, n)
		}
	}
}

func (r *rig) startStatus() {
	r.online()
	first := r.pump.Events[0]
	if first.Kind != printer.StatusChanged {
		r.t.Errorf("first event is %v, want a status", first.Kind)
	}
	r.pump.Run(r.t, patience)
	if n := len(r.pump.Events); n != 1 {
		r.t.Errorf("%d events from an idle printer, want 1", n)
	}
	if s := r.pump.Status(); s.Paper != printer.PaperFull {
		r.t.Errorf("paper %v, want full", s.Paper)
	}
}

func (r *rig) print() {
	r.online()
	r.works("J1")
	r.works("J2")
}

func (r *rig) inOrder() {
	r.do("A", ShortPage("A")) // before the first status
	r.do("B", ShortPage("B"))
	r.outcome("A", printer.Printed)
	if _, done := r.pump.Outcome("B"); done {
		r.t.Error("B ended with A")
	}
	r.outcome("B", printer.Printed)
	r.exactly("A", "B")
}

func (r *rig) queueFull() {
	r.online()
	const limit = 64
	n := 0
	for ; n < limit; n++ {
		id := fmt.Sprintf("Q%d", n)
		err := r.pump.Engine.Do(r.pump.Now, printer.Command{ID: id, Page: ShortPage(id)})
		if errors.Is(err, hal.ErrBusy) {
			break
		}
		if err != nil {
			r.t.Fatalf("Do: %v", err)
		}
	}

	if n == 0 || n == limit {
		r.t.Fatalf("%d jobs accepted at once, want a small bound", n)
	}

	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("Q%d", i))
		r.outcome(ids[i], printer.Printed)
	}

	r.exactly(ids...)
	r.works("after")
}

func (r *rig) nearEnd() {
	r.online()
	r.bench.Device.Inject(r.pump.Now, FaultNearEnd)
	r.status("near end", func(s printer.Status) bool { return s.Paper == printer.PaperNearEnd && s.CanPrint() })
	r.works("J1")
	r.bench.Device.Clear(r.pump.Now, FaultNearEnd)
	r.status("full", func(s printer.Status) bool { return s.Paper == printer.PaperFull })
}
