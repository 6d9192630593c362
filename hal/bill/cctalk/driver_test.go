package cctalk

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

func TestEscrowIsHeldAndForgotten(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.buf = inEscrow2
	w.kinds(bill.Accepting, bill.Escrowed)
	start := w.Now
	w.sends("9A 00")
	if took := w.Now.Sub(start); took < time.Minute || took > time.Minute+time.Second {
		t.Errorf("given back after %v, want a minute", took)
	}
	w.buf = returned2
	w.hears(bill.Event{Kind: bill.Returning, Value: 2000}, bill.Event{Kind: bill.Returned, Value: 2000})
	w.Do(bill.Confirm)
	w.kinds(bill.Idling)
}

func TestEscrowIsHeldOften(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.buf = inEscrow2
	w.kinds(bill.Accepting, bill.Escrowed)
	w.run(31 * time.Second)
	if n := w.count("9A FF"); n != 10 {
		t.Errorf("held %d times in 31 s, want 10", n)
	}
}

func TestStackIsRepeatedAndBounded(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.buf = inEscrow2
	w.kinds(bill.Accepting, bill.Escrowed)
	w.says["9A 01"] = "00 FF"
	w.Do(bill.Stack)
	if err := w.d.Do(w.Now, bill.Command{Op: bill.Return}); err == nil {
		t.Error("an order was contradicted")
	}
	w.hears(bill.Event{Kind: bill.Failed, Detail: "does not stack the note"}, bill.Event{Kind: bill.Returning, Value: 2000})
	if n := w.count("9A 01"); n != maxOrders-1 { // and one command shut the slot
		t.Errorf("ordered %d times, want %d", n, maxOrders-1)
	}
	w.buf = returned2
	w.kinds(bill.Returned)
}

// TestStackNotHeard: a device that took the order for another still has the note, and
// is told again.
func TestStackNotHeard(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.buf = inEscrow2
	w.kinds(bill.Accepting, bill.Escrowed)
	w.Do(bill.Stack)
	w.sends("9A 01")
	w.sends("9A FF")
	w.sends("9A 01")
	w.says["9A FF"] = "00 FE"
	w.buf = stacked2
	w.kinds(bill.Stacking, bill.Stacked)
}

func TestReports(t *testing.T) {
	for _, tt := range []struct {
		code string
		want bill.Event
	}{
		{"0E", bill.Event{Kind: bill.CassetteFull}},
		{"0B", bill.Event{Kind: bill.CassetteRemoved}},
		{"06", bill.Event{Kind: bill.Jammed, Detail: "validator"}},
		{"10", bill.Event{Kind: bill.Jammed, Detail: "validator"}},
		{"07", bill.Event{Kind: bill.Jammed, Detail: "cassette"}},
		{"0F", bill.Event{Kind: bill.Jammed, Detail: "cassette"}},
		{"08", bill.Event{Kind: bill.Cheated, Detail: "pulled backwards"}},
		{"12", bill.Event{Kind: bill.Cheated, Detail: "note on a string"}},
		{"0D", bill.Event{Kind: bill.Failed, Detail: "stacker faulty"}},
		{"13", bill.Event{Kind: bill.Failed, Detail: "anti-string mechanism faulty"}},
		{"02", bill.Event{Kind: bill.Rejected, Detail: "not recognised as genuine"}},
		{"04", bill.Event{Kind: bill.Rejected, Detail: "inhibited by the host"}},
		{"63", bill.Event{Kind: bill.Failed, Detail: "event 99"}},
	} {
		w := newWire(t, Config{})
		w.ready()
		w.says["E8"] = "00 26"
		w.buf = "01 00" + tt.code + "0000 0000 0000 0000"
		w.step()
		w.run(5 * time.Second)
		if len(w.Events) == 0 || w.Events[0] != tt.want || len(w.Events) > 2 {
			t.Errorf("%s: events %v, want %v", tt.code, w.Events, tt.want)
		}
		w.Events = nil
		w.says["E8"] = "00 00"
		w.run(5 * time.Second)
		if w.d.owner.Announced != bill.Idling {
			t.Errorf("%s: not idling when it is over; %v", tt.code, w.Events)
		}
	}
}

// TestFaultAtStart: a fault that began before the driver did is found by the
// self-check.
func TestFaultAtStart(t *testing.T) {
	for code, want := range map[string]bill.Event{
		"27": {Kind: bill.Jammed, Detail: "validator"},
		"2C": {Kind: bill.CassetteRemoved},
		"2D": {Kind: bill.CassetteFull},
		"25": {Kind: bill.Failed, Detail: "transport motor"},
	} {
		w := newWire(t, Config{})
		w.says["E8"] = "00" + code
		w.hears(want)
		w.says["E8"] = "00 00"
		w.kinds(bill.PoweredUp, bill.Disabled)
	}
}

// TestSilenceInAFault: what keeps the device from work is said again after a silence.
func TestSilenceInAFault(t *testing.T) {
	for _, blind := range []bool{false, true} {
		w := newWire(t, Config{})
		w.says["E8"] = "05"
		if !blind {
			w.says["E8"] = "00 00"
		}
		w.ready()
		if !blind {
			w.says["E8"] = "00 2C"
		}
		w.buf = "01 000B 0000 0000 0000 0000"
		w.kinds(bill.CassetteRemoved)
		w.silent = true
		w.kinds(bill.Silent)
		w.silent = false
		w.kinds(bill.CassetteRemoved)
		w.buf = "02 000C 000B 0000 0000 0000"
		w.says["E8"] = map[bool]string{false: "00 00", true: "05"}[blind]
		w.kinds(bill.Idling)
	}
}

func TestNoEventsIsSaid(t *testing.T) {
	w := newWire(t, Config{})
	w.says["9F"] = "05"
	w.hears(bill.Event{Kind: bill.Failed, Detail: "the device keeps no events of bills"})
}

func TestNoEscrowIsRefused(t *testing.T) {
	w := newWire(t, Config{})
	w.says["99 03"] = "05"
	w.Do(bill.Enable)
	w.hears(bill.Event{Kind: bill.Unusable, Detail: "the device refuses to hold notes in escrow"}, bill.Event{Kind: bill.PoweredUp})
	w.run(time.Minute)
	if w.count("E4 01") != 0 {
		t.Error("a device without escrow was opened")
	}
}

func TestCoinAcceptorIsRefused(t *testing.T) {
	w := newWire(t, Config{})
	w.says["F5"] = "00 43 6F 69 6E" // Coin
	w.Do(bill.Enable)
	w.kinds(bill.Failed, bill.PoweredUp, bill.Unusable)
	w.run(time.Minute)
	if w.count("E4 01") != 0 || w.d.Category() != "Coin" {
		t.Errorf("a %q was opened", w.d.Category())
	}
}

// TestClosesItself: the device closes when it hears no poll for five seconds, and
// the driver finds out.
func TestClosesItself(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.open = 0
	w.sends("E4 01")
	w.open, w.buf = 0, "01 0000 0000 0000 0000 0000" // it says "master inhibit active"
	start := w.Now
	w.sends("E4 01")
	if took := w.Now.Sub(start); took > time.Second {
		t.Errorf("opened again after %v", took)
	}
}

// TestForgets: a device that restarts before its first event shows no change of its
// counter, but has forgotten its inhibits.
func TestForgets(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.mask, w.open, w.buf = [2]byte{}, 0, "01 0001 0000 0000 0000 0000"
	w.silent = true
	w.kinds(bill.Silent)
	w.silent = false
	w.kinds(bill.Starting, bill.PoweredUpInValidator, bill.Returned)
	w.Do(bill.Confirm)
	w.Do(bill.Confirm)
	w.kinds(bill.Idling)
}

func TestStuckJamIsResetWithBackoff(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.says["E8"] = "00 27"
	w.buf = "01 0006 0000 0000 0000 0000"
	w.kinds(bill.Jammed)
	start := w.Now
	var resets []time.Duration
	for w.Now.Sub(start) < 3*time.Minute {
		w.sent = nil
		w.step()
		if w.count("01") > 0 {
			resets = append(resets, w.Now.Sub(start).Round(5*time.Second))
			w.buf, w.mask, w.open = "00 0000 0000 0000 0000 0000", [2]byte{}, 0
		}
	}
	want := []time.Duration{10 * time.Second, 30 * time.Second, 70 * time.Second, 150 * time.Second}
	if !slices.Equal(resets, want) {
		t.Errorf("RESET at %v, want %v", resets, want)
	}
}

// TestDisabledWaits: a note that was taken just before the slot was closed shows
// before Disabled is said.
func TestDisabledWaits(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.Do(bill.Disable)
	w.sends("E4 00")
	w.run(quietClose - 500*time.Millisecond)
	w.buf = inEscrow2
	w.kinds(bill.Accepting, bill.Escrowed)
	w.Do(bill.Return)
	w.sends("9A 00")
	w.buf = returned2
	w.kinds(bill.Returning, bill.Returned)
	w.Do(bill.Confirm)
	w.kinds(bill.Disabled)
}

func TestFirstWake(t *testing.T) {
	d := New(Config{Address: 1})
	if at := d.Wake(); at.IsZero() || at.After(time.Unix(1, 0)) {
		t.Errorf("first wake %v, want the distant past and not the zero time", at)
	}
	if tx, _ := d.Advance(time.Unix(1_700_000_000, 0), nil); !bytes.Equal(tx, billtest.Hex(t, "28 00 01 9F 38")) {
		t.Errorf("first command % X, want the events of address 40", tx)
	}
}

func TestIdentity(t *testing.T) {
	w := newWire(t, Config{})
	if w.d.Category() != "" || w.d.Denominations() != nil || !w.d.Keeps() {
		t.Error("something is known before it was read")
	}
	w.ready()
	if got := w.d.Category(); got != "Bill Validator" {
		t.Errorf("category %q", got)
	}
	if got := w.d.Denominations(); !slices.Equal(got, []int64{500, 2000, 10000}) {
		t.Errorf("denominations %v", got)
	}
}

// TestNoStackBeforeTheSlotIsShut: a device that does not take or keep the order to close
// gets no note sent into its cassette; the note goes back.
func TestNoStackBeforeTheSlotIsShut(t *testing.T) {
	for name, says := range map[string]map[string]string{
		"refuses to close":   {"E4 00": "05"},
		"stays open":         {"E3": "00 01"},
		"stays open, unread": {"E4 00": "05", "E3": "05"},
	} {
		w := newWire(t, Config{})
		w.ready()
		w.buf = inEscrow2
		w.kinds(bill.Accepting, bill.Escrowed)
		w.says = says
		w.Do(bill.Stack)
		w.hears(bill.Event{Kind: bill.Failed, Detail: "does not stack the note"}, bill.Event{Kind: bill.Returning, Value: 2000})
		if n := w.count("9A 01"); n != 0 {
			t.Errorf("%s: %d orders to stack", name, n)
		}
	}
}
