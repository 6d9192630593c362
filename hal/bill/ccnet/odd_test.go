package ccnet

import (
	"testing"
	"time"

	"wattkiosk/hal/bill"
)

// TestLongerReport: a report with more bytes than the handbook has is that report.
func TestLongerReport(t *testing.T) {
	w := newWire(t)
	w.ready()
	w.turn(txPoll, rxEscrow, txAck)
	w.Do(bill.Stack)
	w.turn(txPoll, rxEscrow, txAck)
	w.turn(txStack, rxAck, "")
	w.state(txAck, StStacking, 0)
	w.state("", StStacked, 4, 0)
	w.Do(bill.Confirm)
	w.state(txAck, StStacked, 4, 0)
	w.state(txAck, StIdling, 0)
	w.Heard(bill.Event{Kind: bill.Escrowed, Value: 2000}, bill.Event{Kind: bill.Stacking, Value: 2000},
		bill.Event{Kind: bill.Stacked, Value: 2000}, bill.Event{Kind: bill.Idling})
}

// TestEchoOfReset: on a line that gives the host its own bytes back, RESET comes back as
// the frame of "illegal command". It is no refusal.
func TestEchoOfReset(t *testing.T) {
	w := newWire(t)
	w.turn(txPoll, rxOff, txAck)
	w.asksIdentity()
	w.turn(txPoll, rxOff, txAck)
	w.asksTable()
	w.turn(txPoll, rxOff, txAck)
	w.Kinds(bill.Disabled)
	w.Do(bill.Reset)
	w.turn(txPoll, rxOff, txAck)
	w.expects(txReset)
	w.answers(txReset, "") // the echo
	w.answers(rxAck, "")
	w.turn(txPoll, rxOff, txAck)
	w.Kinds(bill.Disabled)
}

// TestResetIsGivenTime: a device that still says 10 while it obeys RESET is not reset
// again within three seconds.
func TestResetIsGivenTime(t *testing.T) {
	w := newWire(t)
	w.state(txAck, StPowerUp)
	start := w.Now
	for resets := 0; resets < 3; {
		if at := w.d.Wake(); at.After(w.Now) {
			w.Now = at
		}
		switch tx := w.Advance(nil); {
		case len(tx) > 3 && tx[3] == CmdReset:
			if resets++; resets == 2 && w.Now.Sub(start) < 3*time.Second {
				t.Errorf("the second RESET after %v", w.Now.Sub(start))
			}
			w.answers(rxAck, "")
		case len(tx) > 3 && tx[3] == CmdPoll:
			w.answers(hexOf(StPowerUp), txAck)
		}
	}
}

// TestDisobeyedReset: a device that ignores RESET at rest is asked three times, seconds
// apart, and then goes on to work.
func TestDisobeyedReset(t *testing.T) {
	w := newWire(t)
	w.ready()
	w.Do(bill.Reset)
	start, resets := w.Now, 0
	for w.Now.Sub(start) < 60*time.Second {
		if at := w.d.Wake(); at.After(w.Now) {
			w.Now = at
		}
		switch tx := w.Advance(nil); {
		case len(tx) > 3 && tx[3] == CmdReset:
			resets++
			w.answers(hexOf(0xFF), "") // NAK
		case len(tx) > 3 && tx[3] == CmdPoll:
			w.answers(rxIdle, txAck)
		}
	}
	if resets != 3 {
		t.Errorf("%d RESETs for one order, want 3", resets)
	}
}
