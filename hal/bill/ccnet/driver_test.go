package ccnet

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
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
	t   *testing.T
	d   *Driver
	now time.Time
	evs []bill.Event
}

func newWire(t *testing.T) *wire {
	return &wire{t: t, d: New(Config{}), now: time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)}
}

func (w *wire) advance(rx []byte) []byte {
	tx, evs := w.d.Advance(w.now, rx)
	w.evs = append(w.evs, evs...)
	return tx
}

// expects waits for the driver's next frame.
func (w *wire) expects(want string) {
	w.t.Helper()
	for range 20 {
		if at := w.d.Wake(); at.After(w.now) {
			w.now = at
		}
		if tx := w.advance(nil); tx != nil {
			if !bytes.Equal(tx, unhex(w.t, want)) {
				w.t.Fatalf("sent % X, want %s; events %v", tx, want, w.evs)
			}
			return
		}
	}
	w.t.Fatalf("nothing sent, want %s", want)
}

// answers replies, and checks whether the driver acknowledges.
func (w *wire) answers(rx, ack string) {
	w.t.Helper()
	w.now = w.now.Add(5 * time.Millisecond)
	if tx := w.advance(unhex(w.t, rx)); !bytes.Equal(tx, unhex(w.t, ack)) {
		w.t.Fatalf("answered % X to %s, want %q", tx, rx, ack)
	}
}

func (w *wire) turn(tx, rx, ack string) { w.t.Helper(); w.expects(tx); w.answers(rx, ack) }

// state answers a POLL with a state report, built by the codec the vectors test.
func (w *wire) state(ack string, payload ...byte) {
	w.t.Helper()
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

func (w *wire) do(op bill.Op, values ...int64) {
	w.t.Helper()
	if err := w.d.Do(w.now, bill.Command{Op: op, Values: values}); err != nil {
		w.t.Fatalf("Do(%v): %v", op, err)
	}
}

func (w *wire) heard(kinds ...bill.Kind) {
	w.t.Helper()
	var got []bill.Kind
	for _, ev := range w.evs {
		got = append(got, ev.Kind)
	}
	w.evs = nil
	if !slices.Equal(got, kinds) {
		w.t.Fatalf("events %v, want %v", got, kinds)
	}
}

// ready brings the driver to idling with the mask 120.
func (w *wire) ready() {
	w.t.Helper()
	w.turn(txPoll, rxOff, txAck)
	w.asksIdentity()
	w.turn(txPoll, rxOff, txAck)
	w.asksTable()
	w.do(bill.Enable, 1000, 2000, 5000, 10000)
	w.turn(txPoll, rxOff, txAck)
	w.turn(txEnable, rxAck, "")
	w.turn(txPoll, rxIdle, txAck)
	w.heard(bill.Disabled, bill.Idling)
}

func (w *wire) asksIdentity() {
	w.t.Helper()
	id := append([]byte("SM-CN1311      000000000042"), 1, 2, 3, 4, 5, 6, 7)
	w.turn(txIdent, hexOf(id...), txAck)
}

func (w *wire) asksTable() { w.t.Helper(); w.turn(txTable, hexOf(tableBytes(w.t)...), txAck) }

func TestSessionBytes(t *testing.T) {
	w := newWire(t)
	w.ready()
	if id, ok := w.d.Identity(); !ok || id.Part != "SM-CN1311" || id.Serial != "000000000042" || id.Asset[6] != 7 {
		t.Errorf("identity %+v, %v", id, ok)
	}
	w.state(txAck, 0x15)
	w.turn(txPoll, rxEscrow, txAck)
	if ev := w.evs[len(w.evs)-1]; ev != (bill.Event{Kind: bill.Escrowed, Value: 2000}) {
		t.Fatalf("event %v, want 20 yuan escrowed", ev)
	}
	w.do(bill.Stack)
	w.turn(txPoll, rxEscrow, txAck)
	w.turn(txStack, rxAck, "")
	w.state(txAck, 0x17)
	for range 3 {
		w.turn(txPoll, rxStacked, "") // not before Confirm
	}
	if ev := w.evs[len(w.evs)-1]; ev != (bill.Event{Kind: bill.Stacked, Value: 2000}) {
		t.Fatalf("event %v, want 20 yuan stacked", ev)
	}
	w.do(bill.Confirm)
	w.turn(txPoll, rxStacked, txAck)
	w.turn(txPoll, rxStacked, txAck) // the ACK was lost
	w.turn(txPoll, rxIdle, txAck)
	w.heard(bill.Accepting, bill.Escrowed, bill.Stacking, bill.Stacked, bill.Idling)
}

func TestStackIsRepeatedAndBounded(t *testing.T) {
	w := newWire(t)
	w.ready()
	w.turn(txPoll, rxEscrow, txAck)
	w.do(bill.Stack)
	if err := w.d.Do(w.now, bill.Command{Op: bill.Return}); err == nil {
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
	w.do(bill.Confirm)
	w.state(txAck, 0x82, 4)
	w.heard(bill.Escrowed, bill.Failed, bill.Returning, bill.Returned)
}

func TestHoldBytes(t *testing.T) {
	w := newWire(t)
	w.ready()
	w.turn(txPoll, rxEscrow, txAck)
	w.do(bill.Hold)
	w.turn(txPoll, rxEscrow, txAck)
	w.turn(txHold, rxAck, "")
	w.turn(txPoll, rxEscrow, txAck)
	w.now = w.now.Add(9 * time.Second)
	w.turn(txPoll, rxEscrow, txAck)
	w.turn(txHold, rxAck, "")
	w.heard(bill.Escrowed)
}

func TestStartHearsFirst(t *testing.T) {
	t.Run("81", func(t *testing.T) {
		w := newWire(t)
		w.turn(txPoll, rxStacked, "")
		w.turn(txTable, hexOf(tableBytes(t)...), "") // its ACK could be mistaken
		w.turn(txPoll, rxStacked, "")
		if len(w.evs) != 1 || w.evs[0] != (bill.Event{Kind: bill.Stacked, Value: 2000}) {
			t.Fatalf("events %v, want 20 yuan stacked", w.evs)
		}
	})
	t.Run("12", func(t *testing.T) {
		w := newWire(t)
		w.state("", 0x12)
		w.state("", 0x12)
		w.do(bill.Confirm)
		w.state("", 0x12)
		w.turn(txReset, rxAck, "")
		w.state(txAck, 0x13)
		w.state(txAck, 0x17) // some firmware tells the story again
		w.turn(txDisable, rxAck, "")
		w.turn(txPoll, rxStacked, txAck)
		w.turn(txPoll, rxOff, txAck)
		w.heard(bill.PoweredUpInStacker, bill.Starting, bill.Stacking, bill.Disabled)
	})
	t.Run("11", func(t *testing.T) {
		w := newWire(t)
		w.state(txAck, 0x11)
		w.state(txAck, 0x11) // RESET lets go of the note: it waits
		w.do(bill.Confirm)
		w.state(txAck, 0x11)
		w.turn(txReset, rxAck, "")
		w.state(txAck, 0x13)
		w.state(txAck, 0x19)
		w.heard(bill.PoweredUpInValidator, bill.Starting, bill.Returned, bill.Disabled)
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
		w.heard(bill.Disabled)
	})
	t.Run("1A", func(t *testing.T) {
		w := newWire(t)
		w.state(txAck, 0x1A) // of unknown value: it goes back
		w.turn(txReturn, rxAck, "")
		w.state("", 0x82, 4)
		w.turn(txDisable, rxAck, "")
		w.state("", 0x82, 4)
		w.do(bill.Confirm)
		w.state(txAck, 0x82, 4)
		w.heard(bill.Returned)
	})
}

func TestNeverCredited(t *testing.T) {
	t.Run("81 from nowhere", func(t *testing.T) {
		w := newWire(t)
		w.ready()
		w.turn(txPoll, rxStacked, txAck)
		w.turn(txPoll, rxIdle, txAck)
		w.heard(bill.Failed, bill.Idling)
	})
	t.Run("stacking that ends in nothing", func(t *testing.T) {
		w := newWire(t)
		w.ready()
		w.turn(txPoll, rxEscrow, txAck)
		w.do(bill.Stack)
		w.turn(txPoll, rxEscrow, txAck)
		w.turn(txStack, rxAck, "")
		w.turn(txPoll, rxIdle, txAck)
		if ev := w.evs[1]; ev.Kind != bill.Failed || ev.Value != 2000 {
			t.Errorf("event %v, want 20 yuan failed", ev)
		}
		w.heard(bill.Escrowed, bill.Failed, bill.Idling)
	})
	t.Run("index that is not in the table", func(t *testing.T) {
		w := newWire(t)
		w.ready()
		w.state(txAck, 0x80, 0x17)
		w.turn(txReturn, rxAck, "")
		w.state(txAck, 0x18)
		w.state("", 0x82, 0x17)
		w.do(bill.Confirm)
		w.state(txAck, 0x82, 0x17)
		w.heard(bill.Rejected, bill.Returning, bill.Returned)
	})
	t.Run("nonsense", func(t *testing.T) {
		w := newWire(t)
		w.ready()
		for _, rx := range []string{
			"02 03 07 81 04 70 6D", // CRC
			hexOf(0x81), hexOf(0x81, 4, 4), hexOf(0x99), hexOf(0xFF), hexOf(0x30), rxAck,
		} {
			w.turn(txPoll, rx, "") // ignored: the time-out asks again
			w.turn(txPoll, rxIdle, txAck)
		}
		w.heard()
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
		if len(w.evs) != 1 || w.evs[0] != tt.want {
			t.Errorf("% X: events %v, want %v", tt.state, w.evs, tt.want)
		}
	}
}

func TestStuckFailureIsResetWithBackoff(t *testing.T) {
	w := newWire(t)
	w.ready()
	start := w.now
	var resets []time.Duration
	for w.now.Sub(start) < 3*time.Minute {
		if at := w.d.Wake(); at.After(w.now) {
			w.now = at
		}
		switch tx := w.advance(nil); {
		case bytes.Equal(tx, unhex(t, txPoll)):
			w.answers(hexOf(0x47, 0x50), txAck)
		case bytes.Equal(tx, unhex(t, txReset)):
			resets = append(resets, w.now.Sub(start).Round(time.Second))
			w.answers(rxAck, "")
		}
	}
	want := []time.Duration{10 * time.Second, 30 * time.Second, 70 * time.Second, 150 * time.Second}
	if !slices.Equal(resets, want) {
		t.Errorf("RESET at %v, want %v", resets, want)
	}
	w.heard(bill.Failed)
}

func TestSilentAfterRetries(t *testing.T) {
	w := newWire(t)
	w.ready()
	for range 3 {
		w.expects(txPoll)
		w.heard()
	}
	w.expects(txPoll)
	w.expects(txPoll) // the fourth went unanswered
	w.heard(bill.Silent)
	w.answers(rxOff, txAck) // it lost its masks
	w.turn(txEnable, rxAck, "")
	w.turn(txPoll, rxIdle, txAck)
	w.heard(bill.Idling)
}

// TestDisabledNeedsTheMaskGone: a device that lags behind still says 19 although
// it was just told to open. That is not the answer to Disable.
func TestDisabledNeedsTheMaskGone(t *testing.T) {
	w := newWire(t)
	w.turn(txPoll, rxOff, txAck)
	w.asksIdentity()
	w.turn(txPoll, rxOff, txAck)
	w.asksTable()
	w.do(bill.Enable, 1000, 2000, 5000, 10000)
	w.turn(txPoll, rxOff, txAck)
	w.expects(txEnable) // its reply is lost: the mask may be in force
	w.do(bill.Disable)
	w.heard(bill.Disabled) // the one at the start
	w.turn(txPoll, rxOff, txAck)
	w.heard()
	w.turn(txDisable, rxAck, "")
	w.turn(txPoll, rxOff, txAck)
	w.heard(bill.Disabled)
}

// TestUnaskedBytes: what nobody asked for changes nothing.
func TestUnaskedBytes(t *testing.T) {
	w := newWire(t)
	w.ready()
	wake := w.d.Wake()
	for _, rx := range []string{rxAck, rxStacked, rxEscrow, "02 03 07 81"} {
		if tx := w.advance(unhex(t, rx)); tx != nil {
			t.Errorf("% X sent on %s", tx, rx)
		}
	}
	if at := w.d.Wake(); !at.Equal(wake) {
		t.Errorf("wake moved from %v to %v", wake, at)
	}
	w.turn(txPoll, rxIdle, txAck)
	w.heard()
}

// TestFirstWake: a new driver is due at once, and its first command is POLL.
func TestFirstWake(t *testing.T) {
	d := New(Config{})
	if at := d.Wake(); at.IsZero() || at.After(time.Unix(1, 0)) {
		t.Errorf("first wake %v, want the distant past and not the zero time", at)
	}
	if tx, _ := d.Advance(time.Unix(1_700_000_000, 0), nil); !bytes.Equal(tx, unhex(t, txPoll)) {
		t.Errorf("first command % X, want POLL", tx)
	}
}
