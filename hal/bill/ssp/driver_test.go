package ssp

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

func TestSilent(t *testing.T) {
	w := newWire(t)
	w.ready(pollA)
	w.turn(0, "0C", serial)
	for range 4 {
		w.sends(1, pollA)
		w.Heard()
	}
	for range 2 {
		w.sends(1, "18")
	}
	w.Heard(bill.Event{Kind: bill.Silent})
	for range 4 {
		w.sends(1, "11")
	}
	w.sends(1, "18")
	w.gets("F5")
	w.turn(1, "11", "F0")
	w.turn(0, "18", "F5")
	w.turn(1, pollA, "F0")
	w.Heard(bill.Event{Kind: bill.Idling})
}

func TestEscrowIsHeldAndForgotten(t *testing.T) {
	w := newWire(t)
	w.ready(pollA)
	w.polls(pollA, "EF 03")
	start, holds := w.Now, 0
	for {
		tx := w.next()
		if isPoll(tx[3]) {
			t.Fatal("a POLL accepted the note")
		}
		if tx[3] != CmdHold {
			break
		}
		w.gets("F0")
		if holds++; holds > 100 {
			t.Fatal("held for ever")
		}
	}
	if took := w.Now.Sub(start); took < time.Minute || took > time.Minute+5*time.Second || holds < 15 {
		t.Errorf("given back after %v and %d times HOLD, want a minute and one at least every 4 s", took, holds)
	}
	w.gets("F0")
	w.polls(pollA, "ED")
	w.polls(pollA, "EC")
	w.Kinds(bill.Escrowed, bill.Returning, bill.Returned)
}

func TestStackIsRepeatedAndBounded(t *testing.T) {
	w := newWire(t)
	w.ready(pollA)
	w.polls(pollA, "EF 03")
	w.Do(bill.Stack)
	if err := w.d.Do(w.Now, bill.Command{Op: bill.Return}); err == nil {
		t.Error("an order was contradicted")
	}
	for range maxOrders {
		w.turn(0, "18", "F0")
		w.turn(1, pollA, "F0 EF 03")
	}
	w.turn(0, "08", "F0")
	w.polls(pollA, "EC")
	w.Kinds(bill.Escrowed, bill.Failed, bill.Returning, bill.Returned)
}

func TestReports(t *testing.T) {
	for _, tt := range []struct {
		events string
		want   bill.Event
	}{
		{"E7", bill.Event{Kind: bill.CassetteFull}},
		{"E3", bill.Event{Kind: bill.CassetteRemoved}},
		{"E9", bill.Event{Kind: bill.Jammed, Detail: "validator"}},
		{"EA", bill.Event{Kind: bill.Jammed, Detail: "cassette"}},
		{"E6 00", bill.Event{Kind: bill.Cheated}},
		{"E0", bill.Event{Kind: bill.Failed, Detail: "note path open"}},
		{"C9 01", bill.Event{Kind: bill.Failed, Detail: "event unknown to the driver"}},
		{"EE", bill.Event{Kind: bill.Failed, Detail: "event without its channel"}},
	} {
		w := newWire(t)
		w.ready(pollP)
		w.polls(pollP, tt.events)
		w.polls(pollP, tt.events)
		if len(w.Events) != 1 || w.Events[0] != tt.want {
			t.Errorf("%s: events %v, want %v", tt.events, w.Events, tt.want)
		}
	}
}

func TestRejectedSaysWhy(t *testing.T) {
	w := newWire(t)
	w.ready(pollA)
	w.polls(pollA, "EF 00")
	w.polls(pollA, "ED")
	w.polls(pollA, "EC")
	w.turn(0, "17", "F0 0C")
	w.polls(pollA, "")
	w.Heard(
		bill.Event{Kind: bill.Accepting},
		bill.Event{Kind: bill.Rejected, Detail: "channel inhibited by the host"},
		bill.Event{Kind: bill.Idling},
	)
}

// TestDisabledOnce: a device may say that it is disabled once only. That it says so
// no more does not mean that it takes notes.
func TestDisabledOnce(t *testing.T) {
	w := newWire(t)
	w.begins()
	w.turn(1, pollA, "F0 F1 E8")
	w.turn(0, "06 06", "F0")
	w.turn(1, pollA, "F0")
	w.turn(0, "05", setup)
	w.turn(1, pollA, "F0")
	w.Kinds(bill.Starting, bill.PoweredUp, bill.Disabled)
	w.Do(bill.Enable, 500)
	w.turn(0, "02 02 00", "F0")
	w.turn(1, "0A", "F5")
	w.turn(0, "0A", "F0")
	w.turn(1, pollA, "F0")
	w.Kinds(bill.Idling)
}

// TestDisabledNeedsDisable: a device that was told to open, and whose answer is
// lost, is not disabled because it still says so.
func TestDisabledNeedsDisable(t *testing.T) {
	w := newWire(t)
	w.begins()
	w.Do(bill.Enable)
	w.turn(1, pollA, "F0 E8")
	w.turn(0, "02 07 00", "F0")
	w.turn(1, "0A", "F6")
	w.Do(bill.Disable)
	w.turn(0, "09", "F6")
	w.turn(1, "09", "F6")
	w.turn(0, "09", "F6")
	w.turn(1, pollA, "F0 E8")
	w.polls(pollA, "E8")
	w.Heard()
	w.Now = w.Now.Add(time.Second)
	w.turn(0, "09", "F0")
	w.turn(1, pollA, "F0 E8")
	w.Kinds(bill.Disabled)
}

func TestEncryptionIsRefused(t *testing.T) {
	w := newWire(t)
	w.turn(1, "18", "FA")
	w.turn(1, "11", "F0")
	w.turn(0, "18", "FA")
	w.Heard(bill.Event{Kind: bill.Failed, Detail: "the device wants encryption"})
}

func TestStuckJamIsResetWithBackoff(t *testing.T) {
	w := newWire(t)
	w.ready(pollA)
	start := w.Now
	var resets []time.Duration
	for w.Now.Sub(start) < 3*time.Minute {
		switch tx := w.next(); tx[3] {
		case CmdReset:
			resets = append(resets, w.Now.Sub(start).Round(5*time.Second))
			w.gets("F0")
		case CmdPollWithAck:
			w.gets("F0 E9")
		case CmdSetup:
			w.gets(setup)
		case CmdHold:
			w.gets("F5")
		case CmdSerial:
			w.gets(serial)
		default:
			w.gets("F0")
		}
	}
	want := []time.Duration{10 * time.Second, 30 * time.Second, 70 * time.Second, 150 * time.Second}
	if !slices.Equal(resets, want) {
		t.Errorf("RESET at %v, want %v", resets, want)
	}
}

// TestParity: polls have the bit 1, and replies with data come with the bit 0.
func TestParity(t *testing.T) {
	w := newWire(t)
	seen := map[byte]bool{}
	for i := range 500 {
		if i%50 == 0 {
			w.Do(bill.Enable)
		}
		if i%70 == 0 {
			w.Do(bill.Disable)
		}
		tx := w.next()
		cmd := tx[3]
		seen[cmd] = true
		if isPoll(cmd) && w.bit == 0 || tellsData(cmd) && w.bit != 0 {
			t.Fatalf("command %02X with bit %02X", cmd, w.bit)
		}
		switch {
		case isPoll(cmd) && i%40 == 7:
			w.gets("F0 F1 E8")
		case isPoll(cmd) && i%20 == 9:
			w.gets("F0 ED EC")
		case cmd == CmdHold:
			w.gets("F5")
		case cmd == CmdSetup:
			w.gets(setup)
		case cmd == CmdSerial:
			w.gets(serial)
		case cmd == CmdReason:
			w.gets("F0 04")
		default:
			w.gets("F0")
		}
	}
	for _, cmd := range []byte{CmdPollWithAck, CmdSetup, CmdSerial, CmdReason, CmdEnable, CmdDisable} {
		if !seen[cmd] {
			t.Errorf("command %02X was never sent", cmd)
		}
	}
}

func TestFirstWake(t *testing.T) {
	d := New(Config{Address: 0xFF})
	if at := d.Wake(); at.IsZero() || at.After(time.Unix(1, 0)) {
		t.Errorf("first wake %v, want the distant past and not the zero time", at)
	}
	if tx, _ := d.Advance(time.Unix(1_700_000_000, 0), nil); !bytes.Equal(tx, billtest.Hex(t, "7F 80 01 18 53 82")) {
		t.Errorf("first command % X, want HOLD with bit 1 to address 0", tx)
	}
}

func TestIdentity(t *testing.T) {
	w := newWire(t)
	if _, ok := w.d.Setup(); ok || w.d.Denominations() != nil {
		t.Error("a setup before it was read")
	}
	w.ready(pollA)
	w.turn(0, "0C", serial)
	if s, ok := w.d.Setup(); !ok || s.Firmware != "0427" || s.Version != 6 {
		t.Errorf("setup %+v, %v", s, ok)
	}
	if s, ok := w.d.Serial(); !ok || s != 1873452 {
		t.Errorf("serial %d, %v; want 1873452", s, ok)
	}
	if got := w.d.Denominations(); !slices.Equal(got, []int64{100, 500, 1000}) {
		t.Errorf("denominations %v", got)
	}
}
