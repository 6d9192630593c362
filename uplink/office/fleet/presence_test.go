package fleet_test

import (
	"testing"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
)

// TestWhoIsOnline: a kiosk is online if it said so itself, and not long ago.
func TestWhoIsOnline(t *testing.T) {
	const kiosk = "10000001"
	t0, minute := storetest.T0, time.Minute
	on := func(at time.Time) *fleet.Report {
		return &fleet.Report{Kiosk: kiosk, Online: true, Live: true, Text: "on", At: at}
	}
	off := func(at time.Time, live bool) *fleet.Report {
		return &fleet.Report{Kiosk: kiosk, Live: live, Text: "off", At: at}
	}
	kept := func(at time.Time) *fleet.Report {
		return &fleet.Report{Kiosk: kiosk, Online: true, Text: "kept", At: at}
	}

	s := memstore.New(books.Rules{})
	if _, err := s.Register(t.Context(), kiosk, 0, t0); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name   string
		report *fleet.Report
		sweep  time.Time // without a report
		online bool
		seen   time.Duration // after t0; -1: never
		text   string
	}{
		{"what the broker kept shows nobody", kept(t0), t0, false, -1, "kept"},
		{"said now", on(t0.Add(minute)), t0, true, minute, "on"},
		{"heard three minutes ago", nil, t0.Add(4 * minute), true, minute, "on"},
		{"not heard for longer", nil, t0.Add(4*minute + time.Second), false, minute, "on"},
		{"the broker gives the old word again", kept(t0.Add(5 * minute)), t0, false, minute, "kept"},
		{"heard again", on(t0.Add(6 * minute)), t0, true, 6 * minute, "on"},
		{"gone meanwhile, says the broker", off(t0.Add(7*minute), false), t0, false, 6 * minute, "on"},
		{"heard under a clock that was ahead", on(t0.Add(1000 * time.Hour)), t0, true, 1000 * time.Hour, "on"},
		{"the clock is right again", nil, t0.Add(8 * minute), false, 1000 * time.Hour, "on"},
		{"heard under the right clock", on(t0.Add(9 * minute)), t0, true, 9 * minute, "on"},
		{"last will", off(t0.Add(10*minute), true), t0, false, 10 * minute, "on"},
	} {
		var err error
		if step.report != nil {
			_, err = s.SaveReports(t.Context(), []fleet.Report{*step.report})
		} else {
			err = s.Unheard(t.Context(), step.sweep.Add(-fleet.PresentFor), step.sweep)
		}
		if err != nil {
			t.Fatal(err)
		}

		k, err := s.Kiosk(t.Context(), kiosk)
		seen := int64(0)
		if step.seen >= 0 {
			seen = t0.Add(step.seen).UnixMilli()
		}
		if err != nil || k.Online != step.online || k.SeenAt != seen || k.Report != step.text {
			t.Errorf("%s: online %v, seen %d (want %v, %d), %q, %v", step.name, k.Online, k.SeenAt, step.online, seen, k.Report, err)
		}
	}
}
