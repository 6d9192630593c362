package owner

import (
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

// watched runs Watch once a second from an instant, and returns when it emitted what.
func watched(b *Side, from, d time.Duration, busy, resting bool) (at []time.Duration, events []bill.Event) {
	for t := from; t < from+d; t += time.Second {
		b.Watch(start.Add(t), busy, resting)
		for _, ev := range b.Events() {
			at, events = append(at, t), append(events, ev)
		}
	}
	return at, events
}

// TestADeviceThatDoesNotOpen: an Enable without effect is answered by Unusable, and the
// device is reset, ever less often. Disabled is followed by it, until it was reset.
func TestADeviceThatDoesNotOpen(t *testing.T) {
	b := &Side{}
	b.EmitRest(true, false)
	do(t, b, bill.Enable, nil, nil)
	b.Events()
	at, events := watched(b, 0, 30*time.Second, false, true)
	if len(events) != 1 || events[0] != (bill.Event{Kind: bill.Unusable, Detail: "does not open"}) || at[0] != OpenMax {
		t.Fatalf("%v at %v, want unusable after %v", events, at, OpenMax)
	}
	if !b.ResetWanted {
		t.Error("the device is not reset")
	}

	do(t, b, bill.Disable, nil, nil)
	b.EmitRest(true, false)
	told(t, b, bill.Disabled, bill.Unusable)
	b.EmitStart() // it obeys
	b.ResetWanted = false
	b.EmitRest(true, false)
	told(t, b, bill.Starting)

	do(t, b, bill.Disable, nil, nil)
	b.EmitRest(true, false)
	told(t, b, bill.Disabled)
	do(t, b, bill.Enable, nil, nil)
	if at, _ := watched(b, 40*time.Second, 30*time.Second, false, true); !slices.Equal(at, []time.Duration{55 * time.Second}) || !b.ResetWanted {
		t.Errorf("unusable at %v, reset %v; want at 55 s, and a second RESET", at, b.ResetWanted)
	}
	b.ResetWanted = false
	if watched(b, 70*time.Second, 20*time.Second, false, true); b.ResetWanted {
		t.Error("the third RESET came at once")
	}

	b.EmitRest(false, true)
	told(t, b, bill.Idling)
	do(t, b, bill.Disable, nil, nil)
	b.EmitRest(true, false)
	told(t, b, bill.Disabled)
}

// TestWhatExplainsADelay: a note in the path, a fault, a silence and a report that waits
// for Confirm do.
func TestWhatExplainsADelay(t *testing.T) {
	for name, c := range map[string]struct {
		last    bill.Kind
		busy    bool
		resting bool
		want    string
	}{
		"nothing said":       {last: bill.Disabled, resting: true, want: "does not open"},
		"never at rest":      {last: bill.Rejected, want: "does not come to rest"},
		"a cheat that lasts": {last: bill.Cheated, want: "does not come to rest"},
		"a note in the path": {last: bill.Accepting, busy: true},
		"a jam":              {last: bill.Jammed},
		"a silence":          {last: bill.Silent},
		"a start":            {last: bill.Starting},
		"an open report":     {last: bill.Stacked, resting: true},
	} {
		b := &Side{}
		do(t, b, bill.Enable, nil, nil)
		b.Emit(c.last, 0, "")
		b.Events()
		_, events := watched(b, 0, time.Minute, c.busy, c.resting)
		if c.want == "" && len(events) != 0 || c.want != "" && (len(events) != 1 || events[0] != (bill.Event{Kind: bill.Unusable, Detail: c.want})) {
			t.Errorf("%s: %v, want %q", name, events, c.want)
		}
	}
}

// TestADeviceThatDoesNotClose is said once, and ends with Disabled.
func TestADeviceThatDoesNotClose(t *testing.T) {
	b := &Side{}
	if _, events := watched(b, 0, time.Minute, false, true); len(events) != 1 || events[0] != (bill.Event{Kind: bill.Unusable, Detail: "does not close"}) {
		t.Errorf("%v", events)
	}
	b.EmitRest(true, false)
	told(t, b, bill.Disabled)
}

// TestRestIsReportedAgain: a device that leaves the rest that is wanted by itself, and
// comes back to it, says so.
func TestRestIsReportedAgain(t *testing.T) {
	b := &Side{}
	do(t, b, bill.Enable, nil, nil)
	b.EmitRest(false, true)
	b.EmitRest(true, false) // it closed
	b.EmitRest(false, true)
	told(t, b, bill.Idling, bill.Idling)
}

// TestIgnoredReset: a RESET is repeated three times, and not in a moment.
func TestIgnoredReset(t *testing.T) {
	var reset Backoff
	b := &Side{ResetWanted: true}
	var at []time.Duration
	for d := time.Duration(0); d < time.Minute; d += 100 * time.Millisecond {
		b.Rested(&reset)
		if b.ResetWanted && reset.Due(start.Add(d)) {
			reset.UsedRestart(start.Add(d))
			at = append(at, d)
		}
	}
	if want := []time.Duration{0, 3 * time.Second, 9 * time.Second}; !slices.Equal(at, want) {
		t.Errorf("RESET at %v, want %v", at, want)
	}
}
