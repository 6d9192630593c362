package ccnet

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

const (
	txPoll    = "02 03 06 33 DA 81"
	txAck     = "02 03 06 00 C2 82"
	txReset   = "02 03 06 30 41 B3"
	txStack   = "02 03 06 35 EC E4"
	txReturn  = "02 03 06 36 77 D6"
	txHold    = "02 03 06 38 09 3F"
	txIdent   = "02 03 06 37 FE C7"
	txTable   = "02 03 06 41 4F D1"
	txEnable  = "02 03 0C 34 00 00 78 00 00 78 45 4C"
	txDisable = "02 03 0C 34 00 00 00 00 00 00 17 0C"
	rxAck     = txAck
	rxIdle    = "02 03 06 14 67 D4"
	rxOff     = "02 03 06 19 82 0F"
	rxEscrow  = "02 03 07 80 04 A8 75"
	rxStacked = "02 03 07 81 04 70 6C"
)

// wire plays the device by literal frames.
type wire struct {
	billtest.Wire
	d *Driver
}

func newWire(t *testing.T) *wire {
	d := New(Config{})
	return &wire{Wire: billtest.NewWire(t, d), d: d}
}

// expects waits for the driver's next frame.
func (w *wire) expects(want string) {
	w.TB.Helper()
	if tx := w.Next(); !bytes.Equal(tx, billtest.Hex(w.TB, want)) {
		w.TB.Fatalf("sent % X, want %s; events %v", tx, want, w.Events)
	}
}

// answers replies, and checks whether the driver acknowledges.
func (w *wire) answers(rx, ack string) {
	w.TB.Helper()
	if tx := w.Answer(billtest.Hex(w.TB, rx)); !bytes.Equal(tx, billtest.Hex(w.TB, ack)) {
		w.TB.Fatalf("answered % X to %s, want %q", tx, rx, ack)
	}
}

func (w *wire) turn(tx, rx, ack string) { w.TB.Helper(); w.expects(tx); w.answers(rx, ack) }

// state answers a POLL with a state report, built by the codec the vectors test.
func (w *wire) state(ack string, payload ...byte) {
	w.TB.Helper()
	w.expects(txPoll)
	w.answers(hexOf(payload...), ack)
}

func hexOf(payload ...byte) string {
	const digits = "0123456789ABCDEF"
	var s []byte
	for _, b := range frameOf(AddressValidator, payload...) {
		s = append(s, digits[b>>4], digits[b&15])
	}
	return string(s)
}

// ready brings the driver to idling with the mask 120.
func (w *wire) ready() {
	w.TB.Helper()
	w.turn(txPoll, rxOff, txAck)
	w.asksIdentity()
	w.turn(txPoll, rxOff, txAck)
	w.asksTable()
	w.Do(bill.Enable, 1000, 2000, 5000, 10000)
	w.turn(txPoll, rxOff, txAck)
	w.turn(txEnable, rxAck, "")
	w.turn(txPoll, rxIdle, txAck)
	w.Kinds(bill.Disabled, bill.Idling)
}

func (w *wire) asksIdentity() {
	w.TB.Helper()
	id := append([]byte("SM-CN1311      000000000042"), 1, 2, 3, 4, 5, 6, 7)
	w.turn(txIdent, hexOf(id...), txAck)
}

func (w *wire) asksTable() { w.TB.Helper(); w.turn(txTable, hexOf(tableBytes(w.TB)...), txAck) }

func TestSessionBytes(t *testing.T) {
	w := newWire(t)
	w.ready()
	if id, ok := w.d.Identity(); !ok || id.Part != "SM-CN1311" || id.Serial != "000000000042" || id.Asset[6] != 7 {
		t.Errorf("identity %+v, %v", id, ok)
	}
	w.state(txAck, 0x15)
	w.turn(txPoll, rxEscrow, txAck)
	if ev := w.Events[len(w.Events)-1]; ev != (bill.Event{Kind: bill.Escrowed, Value: 2000}) {
		t.Fatalf("event %v, want 20 yuan escrowed", ev)
	}
	w.Do(bill.Stack)
	w.turn(txPoll, rxEscrow, txAck)
	w.turn(txStack, rxAck, "")
	w.state(txAck, 0x17)
	for range 3 {
		w.turn(txPoll, rxStacked, "") // not before Confirm
	}
	if ev := w.Events[len(w.Events)-1]; ev != (bill.Event{Kind: bill.Stacked, Value: 2000}) {
		t.Fatalf("event %v, want 20 yuan stacked", ev)
	}
	w.Do(bill.Confirm)
	w.turn(txPoll, rxStacked, txAck)
	w.turn(txPoll, rxStacked, txAck) // the ACK was lost
	w.turn(txPoll, rxIdle, txAck)
	w.Kinds(bill.Accepting, bill.Escrowed, bill.Stacking, bill.Stacked, bill.Idling)
}

func TestStackIsRepeatedAndBounded(t *testing.T) {
	w := newWire(t)
	w.ready()
	w.turn(txPoll, rxEscrow, txAck)
	w.Do(bill.Stack)
	if err := w.d.Do(w.Now, bill.Command{Op: bill.Return}); err == nil {
		t.Error("an order was contradicted")
	}
	for range maxOrders {
		w.turn(txPoll, rxEscrow, txAck)
		w.expects(txStack) // lost
	}
	w.turn(txPoll, rxEscrow, txAck)
	w.turn(txReturn, rxAck, "")
	w.state(txAck, 0x18)
	w.state("", 0x82, 4)
	w.Do(bill.Confirm)
	w.state(txAck, 0x82, 4)
	w.Kinds(bill.Escrowed, bill.Failed, bill.Returning, bill.Returned)
}

func TestHoldBytes(t *testing.T) {
	w := newWire(t)
	w.ready()
	w.turn(txPoll, rxEscrow, txAck)
	w.Do(bill.Hold)
	w.turn(txPoll, rxEscrow, txAck)
	w.turn(txHold, rxAck, "")
	w.turn(txPoll, rxEscrow, txAck)
	w.Now = w.Now.Add(9 * time.Second)
	w.turn(txPoll, rxEscrow, txAck)
	w.turn(txHold, rxAck, "")
	w.Kinds(bill.Escrowed)
}

func TestStartHearsFirst(t *testing.T) {
	t.Run("81", func(t *testing.T) {
		w := newWire(t)
		w.turn(txPoll, rxStacked, "")
		w.turn(txTable, hexOf(tableBytes(t)...), "") // its ACK could be mistaken
		w.turn(txPoll, rxStacked, "")
		if len(w.Events) != 1 || w.Events[0] != (bill.Event{Kind: bill.Stacked, Value: 2000}) {
			t.Fatalf("events %v, want 20 yuan stacked", w.Events)
		}
	})
	t.Run("12", func(t *testing.T) {
		w := newWire(t)
		w.state("", 0x12)
		w.state("", 0x12)
		w.Do(bill.Confirm)
		w.state("", 0x12)
		w.turn(txReset, rxAck, "")
		w.state(txAck, 0x13)
		w.state(txAck, 0x17) // some firmware tells the story again
		w.turn(txDisable, rxAck, "")
		w.turn(txPoll, rxStacked, txAck)
		w.turn(txPoll, rxOff, txAck)
		w.Kinds(bill.PoweredUpInStacker, bill.Starting, bill.Stacking, bill.Disabled)
	})
	t.Run("11", func(t *testing.T) {
		w := newWire(t)
		w.state(txAck, 0x11)
		w.state(txAck, 0x11) // RESET lets go of the note: it waits
		w.Do(bill.Confirm)
		w.state(txAck, 0x11)
		w.turn(txReset, rxAck, "")
		w.state(txAck, 0x13)
		w.state(txAck, 0x19)
		w.Kinds(bill.PoweredUpInValidator, bill.Starting, bill.Returned, bill.Disabled)
	})
	t.Run("14", func(t *testing.T) {
		w := newWire(t)
		w.turn(txPoll, rxIdle, txAck)
		w.asksIdentity()
		w.turn(txPoll, rxIdle, txAck)
		w.asksTable()
		w.turn(txPoll, rxIdle, txAck)
		w.turn(txDisable, rxAck, "")
		w.turn(txPoll, rxOff, txAck)
		w.Kinds(bill.Disabled)
	})
	t.Run("1A", func(t *testing.T) {
		w := newWire(t)
		w.state(txAck, 0x1A) // of unknown value: it goes back
		w.turn(txReturn, rxAck, "")
		w.state("", 0x82, 4)
		w.turn(txDisable, rxAck, "")
		w.state("", 0x82, 4)
		w.Do(bill.Confirm)
		w.state(txAck, 0x82, 4)
		w.Kinds(bill.Returned)
	})
}

func TestNeverCredited(t *testing.T) {
	t.Run("81 from nowhere", func(t *testing.T) {
		w := newWire(t)
		w.ready()
		w.turn(txPoll, rxStacked, "") // it is in the cassette: the journal says whose it is
		w.Heard(bill.Event{Kind: bill.Stacked, Value: 2000, Detail: "stacked without an order"})
		w.turn(txPoll, rxStacked, "")
		w.Do(bill.Confirm)
		w.turn(txPoll, rxStacked, txAck)
		w.turn(txPoll, rxIdle, txAck)
		w.Kinds(bill.Idling)
	})
	t.Run("stacking that ends in nothing", func(t *testing.T) {
		w := newWire(t)
		w.ready()
		w.turn(txPoll, rxEscrow, txAck)
		w.Do(bill.Stack)
		w.turn(txPoll, rxEscrow, txAck)
		w.turn(txStack, rxAck, "")
		w.turn(txPoll, rxIdle, txAck)
		if ev := w.Events[1]; ev.Kind != bill.Lost || ev.Value != 2000 {
			t.Errorf("event %v, want 20 yuan lost", ev)
		}
		w.Kinds(bill.Escrowed, bill.Lost, bill.Idling)
	})
	t.Run("stacking that nobody ordered ends in nothing", func(t *testing.T) {
		w := newWire(t)
		w.ready()
		w.state(txAck, 0x17)
		w.turn(txPoll, rxIdle, txAck)
		w.Heard(bill.Event{Kind: bill.Stacking}, bill.Event{Kind: bill.Lost, Detail: "note unaccounted for: stacking ended without a report"}, bill.Event{Kind: bill.Idling})
	})
	t.Run("index that is not in the table", func(t *testing.T) {
		w := newWire(t)
		w.ready()
		w.state(txAck, 0x80, 0x17)
		w.turn(txReturn, rxAck, "")
		w.state(txAck, 0x18)
		w.state("", 0x82, 0x17)
		w.Do(bill.Confirm)
		w.state(txAck, 0x82, 0x17)
		w.Kinds(bill.Rejected, bill.Returning, bill.Returned)
	})
	t.Run("nonsense", func(t *testing.T) {
		w := newWire(t)
		w.ready()
		for _, rx := range []string{
			"02 03 07 81 04 70 6D", // CRC
			hexOf(0x81), hexOf(append([]byte{0x81, 4}, make([]byte, IdentSize)...)...), hexOf(0x99), hexOf(0xFF), hexOf(0x30), rxAck,
		} {
			w.turn(txPoll, rx, "") // ignored: the time-out asks again
			w.turn(txPoll, rxIdle, txAck)
		}
		w.Kinds()
	})
}

func TestReasons(t *testing.T) {
	for _, tt := range []struct {
		state []byte
		want  bill.Event
	}{
		{[]byte{0x1C, 0x66}, bill.Event{Kind: bill.Rejected, Detail: "verification"}},
		{[]byte{0x41}, bill.Event{Kind: bill.CassetteFull}},
		{[]byte{0x42}, bill.Event{Kind: bill.CassetteRemoved}},
		{[]byte{0x43}, bill.Event{Kind: bill.Jammed, Detail: "validator"}},
		{[]byte{0x44}, bill.Event{Kind: bill.Jammed, Detail: "cassette"}},
		{[]byte{0x45}, bill.Event{Kind: bill.Cheated}},
		{[]byte{0x47, 0x50}, bill.Event{Kind: bill.Failed, Detail: "stacker motor"}},
	} {
		w := newWire(t)
		w.ready()
		w.state(txAck, tt.state...)
		w.state(txAck, tt.state...)
		if len(w.Events) != 1 || w.Events[0] != tt.want {
			t.Errorf("% X: events %v, want %v", tt.state, w.Events, tt.want)
		}
	}
}

func TestStuckFailureIsResetWithBackoff(t *testing.T) {
	w := newWire(t)
	w.ready()
	start := w.Now
	var resets []time.Duration
	for w.Now.Sub(start) < 3*time.Minute {
		if at := w.d.Wake(); at.After(w.Now) {
			w.Now = at
		}
		switch tx := w.Advance(nil); {
		case bytes.Equal(tx, billtest.Hex(t, txPoll)):
			w.answers(hexOf(0x47, 0x50), txAck)
		case bytes.Equal(tx, billtest.Hex(t, txReset)):
			resets = append(resets, w.Now.Sub(start).Round(time.Second))
			w.answers(rxAck, "")
		}
	}
	want := []time.Duration{10 * time.Second, 30 * time.Second, 70 * time.Second, 150 * time.Second}
	if !slices.Equal(resets, want) {
		t.Errorf("RESET at %v, want %v", resets, want)
	}
	w.Kinds(bill.Failed)
}

func TestSilentAfterRetries(t *testing.T) {
	w := newWire(t)
	w.ready()
	for range 3 {
		w.expects(txPoll)
		w.Kinds()
	}
	w.expects(txPoll)
	w.expects(txPoll) // the fourth went unanswered
	w.Kinds(bill.Silent)
	w.answers(rxOff, txAck) // it lost its masks, or is another device
	w.asksIdentity()
	w.turn(txPoll, rxOff, txAck)
	w.asksTable()
	w.turn(txPoll, rxOff, txAck)
	w.turn(txEnable, rxAck, "")
	w.turn(txPoll, rxIdle, txAck)
	w.Kinds(bill.Idling)
}

// TestDisabledNeedsTheMaskGone: a device that lags still says 19 although
// it was just told to open. That is not the answer to Disable.
func TestDisabledNeedsTheMaskGone(t *testing.T) {
	w := newWire(t)
	w.turn(txPoll, rxOff, txAck)
	w.asksIdentity()
	w.turn(txPoll, rxOff, txAck)
	w.asksTable()
	w.Do(bill.Enable, 1000, 2000, 5000, 10000)
	w.turn(txPoll, rxOff, txAck)
	w.expects(txEnable) // its reply is lost: the mask may be in force
	w.Do(bill.Disable)
	w.Kinds(bill.Disabled) // the one at the start
	w.turn(txPoll, rxOff, txAck)
	w.Kinds()
	w.turn(txDisable, rxAck, "")
	w.turn(txPoll, rxOff, txAck)
	w.Kinds(bill.Disabled)
}

// TestUnaskedBytes: what nobody asked for changes nothing.
func TestUnaskedBytes(t *testing.T) {
	w := newWire(t)
	w.ready()
	wake := w.d.Wake()
	for _, rx := range []string{rxAck, rxStacked, rxEscrow, "02 03 07 81"} {
		if tx := w.Advance(billtest.Hex(t, rx)); tx != nil {
			t.Errorf("% X sent on %s", tx, rx)
		}
	}
	if at := w.d.Wake(); !at.Equal(wake) {
		t.Errorf("wake moved from %v to %v", wake, at)
	}
	w.turn(txPoll, rxIdle, txAck)
	w.Kinds()
}

// TestFirstWake: a new driver is due at once, and its first command is POLL.
func TestFirstWake(t *testing.T) {
	d := New(Config{})
	if at := d.Wake(); at.IsZero() || at.After(time.Unix(1, 0)) {
		t.Errorf("first wake %v, want the distant past and not the zero time", at)
	}
	if tx, _ := d.Advance(time.Unix(1_700_000_000, 0), nil); !bytes.Equal(tx, billtest.Hex(t, txPoll)) {
		t.Errorf("first command % X, want POLL", tx)
	}
}
