package ebds

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/owner"
)

func TestDoRefuses(t *testing.T) {
	w := newWire(t, Config{})
	for _, tt := range []struct {
		cmd  bill.Command
		want error
	}{
		{bill.Command{Op: bill.Stack}, bill.ErrNoNote},
		{bill.Command{Op: bill.Return}, bill.ErrNoNote},
		{bill.Command{Op: bill.Hold}, bill.ErrNoNote},
		{bill.Command{Op: bill.Enable, Values: []int64{7}}, nil}, // the table is not known yet
	} {
		if err := w.d.Do(w.Now, tt.cmd); !errors.Is(err, tt.want) {
			t.Errorf("Do(%v): %v, want %v", tt.cmd, err, tt.want)
		}
	}
	w.Do(bill.Disable)
	w.ready()
	if got := w.d.Denominations(); !slices.Equal(got, []int64{100, 1000, 10000}) {
		t.Errorf("denominations %v, want 1, 10 and 100 yuan", got)
	}
	if err := w.d.Do(w.Now, bill.Command{Op: bill.Enable, Values: []int64{500}}); !errors.Is(err, bill.ErrValues) {
		t.Errorf("Do(enable euro): %v, want ErrValues", err)
	}
	w.turn(openX, idle)
	w.Heard(bill.Event{Kind: bill.Unusable, Detail: bill.ErrValues.Error()})
	w.escrows()
	w.Do(bill.Stack)
	if err := w.d.Do(w.Now, bill.Command{Op: bill.Return}); !errors.Is(err, bill.ErrDecided) {
		t.Errorf("Do(return) after stack: %v, want ErrDecided", err)
	}
}

// TestValuesUnknown: values that turn out to be unknown once the table is read.
func TestValuesUnknown(t *testing.T) {
	w := newWire(t, Config{})
	w.Do(bill.Enable, 7)
	w.turn(closedX, idle)
	w.turn(closedX, idle)
	w.reads()
	w.turn(closedX, idle)
	w.Heard(bill.Event{Kind: bill.Unusable, Detail: bill.ErrValues.Error()})
}

// TestEnableSome: one value, of a device that wants the long mask.
func TestEnableSome(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.Do(bill.Enable, 1000)
	w.turn(closedX, idle) // closed first
	w.turn("71 03 00 1C 10 02 00 00 00 00 00 00 00", "21 01 10 02 00 54 10")
	w.turn("71 03 00 1C 10 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", "71 03 01 10 00 00 54 10")
	w.turn(openX, idle)
	w.Heard(bill.Event{Kind: bill.Idling})
}

// TestSetupRefused: a device without escrow time-out, and whose table fails at first.
func TestSetupRefused(t *testing.T) {
	w := newWire(t, Config{})
	w.turn(closedX, idle)
	w.turn(closedX, idle)
	for range 3 {
		w.turn(timeX, "21 01 10 02 00 54 10")
	}
	w.turn("71 02 00 1C 10 01", "71 02 01 10 00 00 54 10 02 43 4E 59 30 30 31 2B 30 30 00 41 41 41 41 00 00 00") // not the one asked for
	w.turn("71 02 00 1C 10 01", "21 01 10 02 00 54 10")
	w.turn("71 02 00 1C 10 01", "71 02 01 10 00 00 54 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")
	w.Heard(bill.Event{Kind: bill.Disabled}, bill.Event{Kind: bill.Unusable, Detail: "no note table"})
	begin := w.Now
	w.turn(closedX, idle)
	for range 20 {
		if w.d.wanted(w.d.Wake()) == query {
			break
		}
		w.turn(closedX, idle)
	}
	if waited := w.Now.Sub(begin); waited < 500*time.Millisecond || waited > 3*time.Second {
		t.Errorf("asked again after %v, want about 1 s", waited)
	}
}

func TestSilence(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.escrows()
	w.fills()
	for range 6 {
		w.sends(openX) // the same toggle
	}
	begin := w.Now
	for range otherTurn - 1 {
		w.sends(closedX)
	}
	w.Heard(bill.Event{Kind: bill.Silent})
	if took := w.Now.Sub(begin); took < 15*time.Second || took > 30*time.Second {
		t.Errorf("%d attempts in %v, want about one a second", otherTurn-1, took)
	}
	if err := w.d.Do(w.Now, bill.Command{Op: bill.Stack}); !errors.Is(err, bill.ErrNoNote) {
		t.Errorf("an order during a silence: %v, want ErrNoNote", err)
	}
	w.sends("60 7F 7F 7F") // it may have a credit to keep
	w.sends("60 00 00 00")
	w.sends(closedX)
	w.gets(escrow100)
	w.sends(closedX)
	w.gets(escrow100)
	w.turn(closedX, escrow100) // it may be another device: its table is read again, between notes
	w.Heard(bill.Event{Kind: bill.Escrowed, Value: 10000})
	w.Do(bill.Stack)
	w.turn("11 00 3C 10", stackingS)
	w.Kinds(bill.Stacking)
}

// TestOtherToggleAfterASilence: a device that answers nothing is tried with the other toggle, which
// acknowledges whatever it told last, only if it was at rest and shut. Any other may have
// taken a note meanwhile, ordered or not, and is RESET: four times as late if one was
// ordered, for its report may still come.
func TestOtherToggleAfterASilence(t *testing.T) {
	for name, c := range map[string]struct {
		before func(w *wire)
		want   string
		turns  int
	}{
		"shut":              {func(w *wire) { w.Do(bill.Disable); w.turn(closedX, idle) }, "60 00 00 00", 1},
		"open":              {func(*wire) {}, "60 7F 7F 7F", 1},
		"being opened":      {func(w *wire) { w.Do(bill.Disable); w.turn(closedX, idle); w.Do(bill.Enable); w.fills(); w.sends(openX) }, "60 7F 7F 7F", 1},
		"a note comes in":   {func(w *wire) { w.turn(openX, accepting) }, "60 7F 7F 7F", 1},
		"a note in escrow":  {func(w *wire) { w.escrows() }, "60 7F 7F 7F", 1},
		"a note is ordered": {func(w *wire) { w.escrows(); w.Do(bill.Stack); w.turn(stackX, stackingS) }, "60 7F 7F 7F", 4},
	} {
		w := newWire(t, Config{})
		w.ready()
		c.before(w)
		for i, heard := 0, false; !heard && i < 10; i++ {
			tx := w.Next()
			for _, e := range w.Events {
				heard = heard || e.Kind == bill.Silent
			}
			if heard && !bytes.Equal(tx, encoded(billtest.Hex(t, closedX))) {
				t.Fatalf("%s: sent % X at once", name, tx)
			}
		}
		for range c.turns*otherTurn - 2 {
			w.sends(closedX)
		}
		if tx := w.Next(); !bytes.Equal(tx, encoded(billtest.Hex(t, c.want))) {
			t.Errorf("%s: sent % X, want %s", name, tx, c.want)
		}
	}
}

// TestSplitReplies: bytes that come one by one.
func TestSplitReplies(t *testing.T) {
	w := newWire(t, Config{})
	for _, rx := range []string{escrow100, escrow100} {
		w.sends(closedX)
		for _, c := range encoded(billtest.Hex(t, rx)) {
			w.raw([]byte{c})
		}
	}
	w.turn(closedX, escrow100)
	w.Heard(bill.Event{Kind: bill.Escrowed, Value: 10000})
}

// TestNoAuxiliary: a device that answers the filler with its state.
func TestNoAuxiliary(t *testing.T) {
	w := newWire(t, Config{})
	w.turn(closedX, idle)
	w.sends("60 00 00 00")
	w.gets("20 01 10 02 00 54 10")
	w.turn(closedX, idle)
	w.Heard(bill.Event{Kind: bill.Disabled})
	if _, ok := w.d.Software(); ok {
		t.Error("the software is known")
	}
}

// TestOtherToggle: a device that takes only toggle 0 first.
func TestOtherToggle(t *testing.T) {
	w := newWire(t, Config{})
	for range maxNaks {
		w.sends(closedX)
		w.gets("20 01 10 00 00 54 10")
	}
	w.fills()
	w.turn(closedX, idle)
	w.Heard(bill.Event{Kind: bill.Disabled})
}

// TestKeepsToggle: nothing makes the driver change the toggle before Confirm.
func TestKeepsToggle(t *testing.T) {
	w := newWire(t, Config{})
	w.turn(closedX, stack100)
	for range 3 * maxNaks {
		w.sends(closedX)
		w.gets("70 02 10 10 00 00 54 10" + note100)
	}
	for range 60 { // silence
		w.sends(closedX)
	}
	w.Kinds(bill.Stacked, bill.Silent)
	w.Do(bill.Confirm)
	w.turn(closedX, stack100)
	w.fills()
	w.Heard()
}

// TestDoubts: replies that are never twice the same.
func TestDoubts(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.fills()
	for i := range maxDoubts + 1 {
		w.sends(openX)
		w.gets([]string{accepting, stackingS}[i%2])
	}
	w.Heard(bill.Event{Kind: bill.Silent})
}

func TestDoesNotStack(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.escrows()
	w.Do(bill.Stack)
	for range maxOrders {
		w.turn(stackX, escrow100)
	}
	for range maxOrders {
		w.turn("11 00 5C 10", escrow100)
	}
	w.sends("60 7F 7F 7F")
	w.Heard(bill.Event{Kind: bill.Failed, Detail: "does not stack the note"}, bill.Event{Kind: bill.Starting})
}

func TestForgottenNote(t *testing.T) {
	w := newWire(t, Config{MaxHold: 2 * time.Second})
	w.ready()
	w.escrows()
	end := w.Now.Add(2 * time.Second)
	for w.fills(); w.d.Wake().Before(end); w.fills() {
		w.sends(openX)
		w.gets(escrow100)
	}
	w.turn(returnX, goingBack)
	w.Heard(bill.Event{Kind: bill.Returning, Value: 10000})
}

func TestReset(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.Do(bill.Reset)
	var resets []time.Time
	for begin := w.Now; w.Now.Sub(begin) < time.Minute; { // not heard: it never restarts
		tx := w.Next()
		switch {
		case tx[2] == TypeAux && tx[3] == AuxReset:
			resets = append(resets, w.Now)
			w.raw(encoded(billtest.Hex(t, stack100))) // ignored
		case tx[2] == TypeAux:
			w.gets("60 01 0C 03 0F 00 00")
		default:
			if n := len(resets); n > 0 && w.Now.Sub(resets[n-1]) < 900*time.Millisecond {
				t.Errorf("asked %v after RESET, want 1 s", w.Now.Sub(resets[n-1]))
			}
			w.gets(idle)
		}
	}
	if len(resets) != owner.Quick || resets[1].Sub(resets[0]) < 3*time.Second {
		t.Errorf("RESET at %v, want three, seconds apart", resets)
	}

	w = newWire(t, Config{})
	w.ready()
	w.Do(bill.Reset)
	w.sends("60 7F 7F 7F")
	for range 10 { // away
		w.sends(closedX)
	}
	w.gets(powerUp)
	w.sends(closedX)
	w.gets(powerUp)
	w.turn(closedX, powerUp)
	w.turn(closedX, idle)
	w.Heard(bill.Event{Kind: bill.Starting}, bill.Event{Kind: bill.PoweredUp})
}

func TestTroubles(t *testing.T) {
	for _, tt := range []struct {
		bits string
		want bill.Event
	}{
		{"21 00 11 00 00 54 10", bill.Event{Kind: bill.Cheated}},
		{"21 00 14 00 00 54 10", bill.Event{Kind: bill.Jammed, Detail: "validator"}},
		{"21 00 18 00 00 54 10", bill.Event{Kind: bill.CassetteFull}},
		{"21 00 00 00 00 54 10", bill.Event{Kind: bill.CassetteRemoved}},
		{"21 01 50 00 00 54 10", bill.Event{Kind: bill.Failed, Detail: "in calibration"}},
		{"21 00 10 04 00 54 10", bill.Event{Kind: bill.Failed, Detail: "device failure"}},
		{"21 01 10 40 00 54 10", bill.Event{Kind: bill.Failed, Detail: "note path open"}},
		{"21 00 10 00 01 54 10", bill.Event{Kind: bill.Failed, Detail: "stalled with a note it cannot credit"}},
	} {
		w := newWire(t, Config{})
		w.ready()
		for range 5 {
			w.turn(openX, tt.bits)
		}
		w.turn(openX, idle)
		w.Heard(tt.want, bill.Event{Kind: bill.Idling})
	}
}

func TestPause(t *testing.T) {
	const paused = "21 01 30 00 00 54 10"
	w := newWire(t, Config{})
	w.ready()
	w.turn(openX, paused)
	w.turn(openX, idle)
	w.Heard(bill.Event{Kind: bill.Idling})
	w.turn(openX, paused)
	for begin := w.Now; w.Now.Sub(begin) < 2*pauseMax; {
		w.turn(openX, paused)
	}
	w.Heard(bill.Event{Kind: bill.Failed, Detail: "paused: a note is held into the slot"})
}

// TestJamReset: a jammed device is reset after 10 s, and then ever more rarely.
func TestJamReset(t *testing.T) {
	const jam = "21 00 14 00 00 54 10"
	w := newWire(t, Config{})
	w.ready()
	var resets []time.Duration
	w.turn(openX, jam)
	begin := w.Now
	for w.Now.Sub(begin) < 2*time.Minute {
		if w.d.next == 0 && w.d.wantsReset(w.d.Wake()) {
			w.sends("60 7F 7F 7F")
			resets = append(resets, w.Now.Sub(begin).Round(time.Second))
			continue
		}
		tx := w.Next()
		if tx[2] == TypeAux {
			w.gets("60 01 0C 03 0F 00 00")
			continue
		}
		w.gets(jam)
	}
	want := []time.Duration{10 * time.Second, 30 * time.Second, 70 * time.Second}
	if !slices.Equal(resets, want) {
		t.Errorf("resets at %v, want %v", resets, want)
	}
}

func TestStuckStacking(t *testing.T) {
	w := newWire(t, Config{})
	w.ready()
	w.escrows()
	w.Do(bill.Stack)
	w.turn(stackX, stackingS)
	for begin := w.Now; w.Now.Sub(begin) < stackMax-time.Second; {
		w.turn(closedX, stackingS)
	}
	w.Heard(bill.Event{Kind: bill.Stacking, Value: 10000})
	for range 10 {
		if w.d.wantsReset(w.d.Wake()) {
			break
		}
		w.turn(closedX, stackingS)
	}
	w.sends("60 7F 7F 7F")
	w.Heard(bill.Event{Kind: bill.Failed, Detail: "does not finish stacking"}, bill.Event{Kind: bill.Starting})
}
