package id003

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

func TestSessionBytes(t *testing.T) {
	w := newWire(t)
	w.ready()
	if v, ok := w.d.Version(); !ok || v != "U(CHN)-03-SS ID003-05V100-01 01MAR24 1A2B" {
		t.Errorf("version %q, %v", v, ok)
	}
	if got := w.d.Denominations(); !slices.Equal(got, []int64{100, 500, 1000, 2000, 5000, 10000}) {
		t.Errorf("denominations %v", got)
	}
	w.state(0x12)
	w.turn(txStatus, rxEscrow)
	w.Do(bill.Stack)
	w.turn(txStatus, rxEscrow)
	w.turn(txStack, rxAck)
	w.turn(txStatus, rxStack)
	for range 3 {
		w.turn(txStatus, rxValid) // no ACK before Confirm
	}
	w.Heard(
		bill.Event{Kind: bill.Accepting},
		bill.Event{Kind: bill.Escrowed, Value: 2000},
		bill.Event{Kind: bill.Stacking, Value: 2000},
		bill.Event{Kind: bill.Stacked, Value: 2000},
	)
	w.Do(bill.Confirm)
	w.sends(txStatus)
	w.gets(rxValid, txAck)
	w.sends(txStatus)
	w.gets(rxValid, txAck) // the ACK was lost
	w.turn(txStatus, rxStacked)
	w.turn(txStatus, rxIdle)
	w.Kinds(bill.Idling)
}

func TestStackIsRepeatedAndBounded(t *testing.T) {
	w := newWire(t)
	w.ready()
	w.turn(txStatus, rxEscrow)
	w.Do(bill.Stack)
	if err := w.d.Do(w.Now, bill.Command{Op: bill.Return}); !errors.Is(err, bill.ErrDecided) {
		t.Errorf("a contradicting order: error %v, want ErrDecided", err)
	}
	for i := range maxOrders {
		w.turn(txStatus, rxEscrow)
		if i%2 == 0 {
			w.sends(txStack) // lost
		} else {
			w.turn(txStack, rxInvalid)
		}
	}
	w.turn(txStatus, rxEscrow)
	w.turn(txReturn, rxAck)
	w.state(0x18)
	w.turn(txStatus, rxIdle)
	w.Kinds(bill.Escrowed, bill.Failed, bill.Returning, bill.Returned, bill.Idling)
}

func TestHoldBytes(t *testing.T) {
	w := newWire(t)
	w.ready()
	w.turn(txStatus, rxEscrow)
	w.Do(bill.Hold)
	w.turn(txStatus, rxEscrow)
	w.turn(txHold, rxAck)
	w.state(0x19)
	w.Now = w.Now.Add(9 * time.Second)
	w.state(0x19)
	w.turn(txHold, rxAck)
	w.turn(txStatus, rxEscrow) // back, and still the same note
	w.Do(bill.Stack)
	w.state(0x19)
	w.turn(txStack, rxAck)
	w.turn(txStatus, rxStack)
	w.Heard(bill.Event{Kind: bill.Escrowed, Value: 2000}, bill.Event{Kind: bill.Stacking, Value: 2000})
}

func TestHeldTooLong(t *testing.T) {
	w := newWire(t)
	w.ready()
	w.turn(txStatus, rxEscrow)
	w.state(0x17, 0x79)
	w.turn(txStatus, rxIdle)
	w.Heard(
		bill.Event{Kind: bill.Escrowed, Value: 2000},
		bill.Event{Kind: bill.Rejected, Detail: "inhibited"},
		bill.Event{Kind: bill.Returned, Value: 2000},
		bill.Event{Kind: bill.Idling},
	)
}

func TestReasons(t *testing.T) {
	for _, tt := range []struct {
		state []byte
		want  bill.Event
	}{
		{[]byte{0x17, 0x71}, bill.Event{Kind: bill.Rejected, Detail: "insertion"}},
		{[]byte{0x43}, bill.Event{Kind: bill.CassetteFull}},
		{[]byte{0x44}, bill.Event{Kind: bill.CassetteRemoved}},
		{[]byte{0x45}, bill.Event{Kind: bill.Jammed, Detail: "validator"}},
		{[]byte{0x46}, bill.Event{Kind: bill.Jammed, Detail: "cassette"}},
		{[]byte{0x48}, bill.Event{Kind: bill.Cheated}},
		{[]byte{0x49, 0xAB}, bill.Event{Kind: bill.Failed, Detail: "cash box not ready"}},
	} {
		w := newWire(t)
		w.ready()
		w.state(tt.state...)
		w.state(tt.state...)
		w.Heard(tt.want)
	}
	w := newWire(t)
	w.ready()
	w.state(0x47) // a second note waits at the slot
	w.turn(txStatus, rxIdle)
	w.Kinds(bill.Idling)
}

// TestStuckIsResetWithBackoff: 49 and the jams from 10 s on, 48 from 90 s on.
func TestStuckIsResetWithBackoff(t *testing.T) {
	s := time.Second
	for _, tt := range []struct {
		state []byte
		want  []time.Duration
	}{
		{[]byte{0x49, 0xA2}, []time.Duration{10 * s, 30 * s, 70 * s, 150 * s}},
		{[]byte{0x48}, []time.Duration{90 * s, 110 * s, 150 * s}},
		{[]byte{0x43}, nil},
		{[]byte{0x1B}, []time.Duration{40 * s, 60 * s, 100 * s}},
	} {
		w := newWire(t)
		w.ready()
		start := w.Now
		var resets []time.Duration
		for w.Now.Sub(start) < 3*time.Minute {
			switch tx := w.Next(); {
			case bytes.Equal(tx, billtest.Hex(t, txStatus)):
				w.gets(hexOf(tt.state...), "")
			case bytes.Equal(tx, billtest.Hex(t, txReset)):
				resets = append(resets, w.Now.Sub(start).Truncate(time.Second))
				w.gets(rxAck, "")
			case bytes.Equal(tx, billtest.Hex(t, txCurrency)):
				w.gets(rxTable, "")
			default:
				w.gets(hexOf(tx[2:len(tx)-2]...), "")
			}
		}
		if !slices.Equal(resets, tt.want) {
			t.Errorf("% X: RESET at %v, want %v", tt.state, resets, tt.want)
		}
	}
}

func TestSilentAfterRetries(t *testing.T) {
	w := newWire(t)
	w.ready()
	for range 4 {
		w.sends(txStatus)
		w.Heard()
	}
	w.sends(txVersion) // the fourth went unanswered
	w.Kinds(bill.Silent)
	w.sends(txStatus)
	w.gets(rxOff, "") // it may be another device: nothing said before is believed
	w.turn(txVersion, rxVersion)
	w.turn(txStatus, rxOff)
	w.turn(txCurrency, rxTable)
	for _, c := range []string{txAll, txSecurity, txWays, txOptions, txOpen} {
		w.turn(txStatus, rxOff)
		w.echoes(c)
	}
	w.turn(txStatus, rxIdle) // may be an echo
	w.sends(txStatus)
	w.Heard()
}

// TestDisabledNeedsTheSlotShut: a device that lags still says 1A although it
// was just told to open. That is not the answer to Disable.
func TestDisabledNeedsTheSlotShut(t *testing.T) {
	w := newWire(t)
	w.ready()
	w.Do(bill.Disable)
	w.turn(txStatus, rxIdle)
	w.sends(txShut) // lost
	w.turn(txStatus, rxIdle)
	w.echoes(txShut)
	w.turn(txStatus, rxOff)
	w.Kinds(bill.Disabled)
	w.Do(bill.Enable)
	w.turn(txStatus, rxOff)
	w.sends(txOpen) // its reply is lost: it may be in force
	w.Do(bill.Disable)
	w.turn(txStatus, rxOff)
	w.Heard()
	w.echoes(txShut)
	w.turn(txStatus, rxOff)
	w.Kinds(bill.Disabled)
}

// TestUnaskedBytes: what nobody asked for changes nothing.
func TestUnaskedBytes(t *testing.T) {
	w := newWire(t)
	w.ready()
	wake := w.d.Wake()
	for _, rx := range []string{rxAck, rxValid, rxEscrow, txStack, "FC 06 15"} {
		if tx := w.Advance(billtest.Hex(t, rx)); tx != nil {
			t.Errorf("% X sent on %s", tx, rx)
		}
	}
	if at := w.d.Wake(); !at.Equal(wake) {
		t.Errorf("wake moved from %v to %v", wake, at)
	}
	w.turn(txStatus, rxIdle)
	w.Heard()
}

// TestFirstWake: a new driver is due at once, and never begins with RESET.
func TestFirstWake(t *testing.T) {
	d := New(Config{})
	if at := d.Wake(); at.IsZero() || at.After(time.Unix(1, 0)) {
		t.Errorf("first wake %v, want the distant past and not the zero time", at)
	}
	if tx, _ := d.Advance(time.Unix(1_700_000_000, 0), nil); !bytes.Equal(tx, billtest.Hex(t, txVersion)) {
		t.Errorf("first command % X, want VERSION REQUEST", tx)
	}
}
