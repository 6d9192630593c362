package kiosk

import (
	"slices"
	"testing"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/page"
)

// TestAnotherJournalAtHeadOffice: the kiosk warns at once, goes on for half an hour, and then
// takes nothing until head office has this journal again. A restart does not begin anew.
func TestAnotherJournalAtHeadOffice(t *testing.T) {
	r := newRig(t)
	says := func(on bool) {
		r.do(Warning{Code: string(condition.JournalApart), Source: "line", On: on, Detail: "record 9"})
	}
	after := func(d time.Duration) {
		r.now = r.now.Add(d)
		r.do(Tick{})
	}
	says(true)
	r.screen(page.Idle)
	if w := r.c.Status().Warnings; !slices.Contains(w, "journal-apart") {
		t.Errorf("warnings %v", w)
	}
	after(29 * time.Minute)
	r.screen(page.Idle)
	r.restart()
	if w := r.c.Status().Warnings; !slices.Contains(w, "journal-apart") {
		t.Errorf("warnings after a restart %v", w)
	}
	after(2 * time.Minute)
	if b := r.c.Status().Blocks; !slices.Contains(b, "journal") {
		t.Errorf("blocks %v", b)
	}
	says(false)
	if s := r.c.Status(); slices.Contains(s.Blocks, "journal") || slices.Contains(s.Warnings, "journal-apart") {
		t.Errorf("it is over: blocks %v, warnings %v", s.Blocks, s.Warnings)
	}
	after(time.Hour)
	says(true)
	after(29 * time.Minute)
	if b := r.c.Status().Blocks; slices.Contains(b, "journal") {
		t.Errorf("a new one is stopped at once: %v", b)
	}
}

// TestAnotherJournalAndMuchCash: what is taken meanwhile is bounded too.
func TestAnotherJournalAndMuchCash(t *testing.T) {
	cfg := config
	cfg.ApartCash = 15000
	r := newRigWith(t, cfg, kinds)
	r.do(Warning{Code: string(condition.JournalApart), Source: "line", On: true})
	for i, want := range []bool{false, true} {
		r.c.money.cash.Total += 10000 // a note is stacked
		r.do(Tick{})
		if got := slices.Contains(r.c.Status().Blocks, "journal"); got != want {
			t.Errorf("after %d notes: stopped %v", i+1, got)
		}
	}
}

// TestAnotherJournalAndAClockSetBack: it is stopped half an hour later, though the clock was
// ahead, or is set back by years, meanwhile.
func TestAnotherJournalAndAClockSetBack(t *testing.T) {
	r := newRig(t)
	r.do(Warning{Code: string(condition.JournalApart), Source: "line", On: true, Detail: "record 9"})
	r.now = r.now.Add(-20 * 365 * 24 * time.Hour)
	r.do(Tick{})
	if b := r.c.Status().Blocks; slices.Contains(b, "journal") {
		t.Errorf("stopped at once: %v", b)
	}
	r.now = r.now.Add(31 * time.Minute)
	r.do(Tick{})
	if b := r.c.Status().Blocks; !slices.Contains(b, "journal") {
		t.Errorf("not stopped: %v", b)
	}
}
