package id003

import (
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

// back is turn on a line that gives the host its own bytes first.
func (w *wire) back(tx, rx string) { w.TB.Helper(); w.turn(tx, tx+rx) }

// TestEchoIsNoReply: the echo of STATUS REQUEST is not idling.
func TestEchoIsNoReply(t *testing.T) {
	w := newWire(t)
	w.sends(txVersion)
	w.gets(txVersion, "") // the echo alone ends nothing
	w.gets(rxVersion, "")
	w.back(txStatus, rxValid)
	w.Heard(bill.Event{Kind: bill.Stacked})
	w.Do(bill.Confirm)
	w.sends(txStatus)
	w.gets(txStatus, "")
	w.gets(rxValid, txAck)
	w.gets(txAck, "") // the ACK comes back too
	w.back(txStatus, rxStacked)
	w.back(txShut, txShut)
	w.back(txStatus, rxOff)
	w.Kinds(bill.Disabled)
}

// TestEchoOfAnEmptySocket: a line that echoes, with no device behind it, is silent.
func TestEchoOfAnEmptySocket(t *testing.T) {
	w := newWire(t)
	for range 100 {
		tx := w.Next()
		w.gets(hexOf(tx[2:len(tx)-2]...), "")
	}
	w.Heard(bill.Event{Kind: bill.Silent})
}

// TestEchoWithoutVersion: on a line that nothing is known of yet, what may be an
// echo is no reply while others come.
func TestEchoWithoutVersion(t *testing.T) {
	w := newWire(t)
	for range 10 {
		if tx := w.Next(); string(tx) == string(billtest.Hex(t, txStatus)) {
			w.gets(txStatus+rxInit, "")
		}
	}
	w.Kinds(bill.Starting)
}

// TestEchoOfAnOrder: the byte of STACK-2 is that of a power-up state.
func TestEchoOfAnOrder(t *testing.T) {
	w := newWire(t)
	w.ready()
	w.turn(txStatus, rxEscrow)
	w.Do(bill.Stack)
	w.turn(txStatus, rxEscrow)
	w.back(txStack, rxAck) // the line was rewired
	w.back(txStatus, rxStack)
	w.Heard(bill.Event{Kind: bill.Escrowed, Value: 2000}, bill.Event{Kind: bill.Stacking, Value: 2000})
}

// TestIdlingOnAnEchoingLine: with a note about, idling counts when it is repeated.
func TestIdlingOnAnEchoingLine(t *testing.T) {
	w := newWire(t)
	w.Do(bill.Enable)
	w.back(txVersion, rxVersion)
	w.back(txStatus, rxEscrow)
	w.back(txCurrency, rxTable)
	w.back(txStatus, rxEscrow)
	w.Do(bill.Stack)
	w.back(txStatus, rxEscrow)
	w.back(txStack, rxAck)
	w.back(txStatus, rxStack)
	w.back(txStatus, txStatus) // doubled by noise
	w.back(txStatus, rxValid)
	w.Kinds(bill.Escrowed, bill.Stacking, bill.Stacked)
}

// TestCreditOnAnEchoingLine: rest may have been an echo there, so a VEND VALID from
// nowhere counts, and the journal decides.
func TestCreditOnAnEchoingLine(t *testing.T) {
	w := newWire(t)
	w.back(txVersion, rxVersion)
	w.back(txStatus, rxOff)
	w.back(txCurrency, rxTable)
	w.back(txStatus, rxValid)
	w.back(txStatus, rxValid)
	w.Heard(bill.Event{Kind: bill.Disabled}, bill.Event{Kind: bill.Stacked, Detail: "stacked without an order"})
}

// TestDeafToVersion: a device that ignores VERSION REQUEST and idles is believed in
// the end.
func TestDeafToVersion(t *testing.T) {
	w := newWire(t)
	w.Do(bill.Enable)
	for range 40 {
		tx := w.Next()
		switch string(tx) {
		case string(billtest.Hex(t, txVersion)):
		case string(billtest.Hex(t, txCurrency)):
			w.gets(rxTable, "")
		default:
			w.gets(hexOf(tx[2:len(tx)-2]...), "")
		}
	}
	w.Kinds(bill.Silent, bill.Idling)
}
