package id003

import (
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

// TestStartHearsFirst: whatever state a new driver finds, it hears it out.
func TestStartHearsFirst(t *testing.T) {
	t.Run("15", func(t *testing.T) {
		w := newWire(t)
		w.begins()
		w.turn(txStatus, rxValid)
		w.turn(txStatus, rxValid) // nothing else is sent
		w.Heard(bill.Event{Kind: bill.Stacked})
		w.Do(bill.Confirm)
		w.sends(txStatus)
		w.gets(rxValid, txAck)
		w.turn(txStatus, rxStacked)
		w.echoes(txShut)
		w.turn(txStatus, rxOff)
		w.Kinds(bill.Disabled)
	})
	t.Run("15 that names the note", func(t *testing.T) {
		w := newWire(t)
		w.begins()
		w.state(0x15, 0x64)
		w.turn(txCurrency, rxTable)
		w.Heard()
		w.state(0x15, 0x64)
		w.Heard(bill.Event{Kind: bill.Stacked, Value: 2000})
	})
	t.Run("40", func(t *testing.T) {
		w := newWire(t)
		w.begins()
		w.state(0x40)
		w.turn(txReset, rxAck)
		w.Kinds(bill.PoweredUp)
		for _, c := range []string{txNone, txSecurity, txWays, txOptions, txShut} {
			w.turn(txStatus, rxInit)
			w.echoes(c)
		}
		w.turn(txStatus, rxInit)
		w.turn(txStatus, rxOff)
		w.Kinds(bill.Starting, bill.Disabled)
	})
	t.Run("41", func(t *testing.T) {
		w := newWire(t)
		w.begins()
		w.state(0x41)
		w.state(0x41) // RESET lets go of the note: it waits
		w.Do(bill.Confirm)
		w.state(0x41)
		w.turn(txReset, rxAck)
		w.turn(txStatus, rxInit)
		w.echoes(txNone)
		w.state(0x18)
		w.echoes(txShut)
		w.turn(txStatus, rxOff)
		w.Kinds(bill.PoweredUpInValidator, bill.Starting, bill.Returning, bill.Returned, bill.Disabled)
	})
	t.Run("41 that ends in the cassette", func(t *testing.T) { // power recovery that cannot be switched off
		w := newWire(t)
		w.begins()
		w.state(0x41)
		w.Do(bill.Confirm)
		w.state(0x41)
		w.turn(txReset, rxAck)
		w.turn(txStatus, rxStack)
		w.echoes(txShut)
		w.turn(txStatus, rxValid)
		w.Heard(bill.Event{Kind: bill.PoweredUpInValidator}, bill.Event{Kind: bill.Stacking}, bill.Event{Kind: bill.Stacked})
	})
	t.Run("42", func(t *testing.T) {
		w := newWire(t)
		w.begins()
		w.state(0x42)
		w.state(0x42)
		w.Do(bill.Confirm)
		w.state(0x42)
		w.turn(txReset, rxAck)
		w.turn(txStatus, rxInit)
		w.echoes(txNone)
		w.turn(txStatus, rxStack) // power recovery tells the story again
		w.echoes(txShut)
		w.sends(txStatus)
		w.gets(rxValid, txAck)
		w.turn(txStatus, rxStacked)
		w.turn(txStatus, rxOff)
		w.Heard(bill.Event{Kind: bill.PoweredUpInStacker}, bill.Event{Kind: bill.Starting}, bill.Event{Kind: bill.Stacking}, bill.Event{Kind: bill.Disabled})
	})
	t.Run("11", func(t *testing.T) {
		w := newWire(t)
		w.begins()
		w.turn(txStatus, rxIdle)
		w.echoes(txShut)
		w.turn(txStatus, rxOff)
		w.Kinds(bill.Disabled)
	})
	t.Run("13", func(t *testing.T) {
		w := newWire(t)
		w.begins()
		w.turn(txStatus, rxEscrow)
		w.turn(txCurrency, rxTable)
		w.turn(txStatus, rxEscrow)
		w.Heard(bill.Event{Kind: bill.Escrowed, Value: 2000})
	})
	t.Run("16", func(t *testing.T) { // another host heard it
		w := newWire(t)
		w.begins()
		w.turn(txStatus, rxStacked)
		w.echoes(txShut)
		w.turn(txStatus, rxOff)
		w.Kinds(bill.Disabled)
	})
	t.Run("19", func(t *testing.T) {
		w := newWire(t)
		w.begins()
		w.state(0x19) // of unknown value: it goes back
		w.turn(txReturn, rxAck)
		w.state(0x18)
		w.echoes(txShut)
		w.turn(txStatus, rxOff)
		w.Kinds(bill.Returning, bill.Returned, bill.Disabled)
	})
}

// TestPowerUpBehindTheReport: the 42 of a note that was reported makes no second
// event, and RESET still waits for Confirm.
func TestPowerUpBehindTheReport(t *testing.T) {
	w := newWire(t)
	w.stacks()
	w.turn(txStatus, rxValid)
	w.Kinds(bill.Stacked)
	w.state(0x42)
	w.state(0x42)
	w.Do(bill.Confirm)
	w.state(0x42)
	w.turn(txReset, rxAck)
	w.Kinds(bill.Starting)
}

// TestPowerUpBehindTheCredit: a 41 after a credit is another note.
func TestPowerUpBehindTheCredit(t *testing.T) {
	w := newWire(t)
	w.stacks()
	w.turn(txStatus, rxValid)
	w.Do(bill.Confirm)
	w.sends(txStatus)
	w.gets(rxValid, txAck)
	w.state(0x41)
	w.Heard(bill.Event{Kind: bill.Stacked, Value: 2000}, bill.Event{Kind: bill.PoweredUpInValidator})
}

// TestSettingsInInitialisation: an enabled device gets them all before it leaves
// 1B, and one that knows only some of them is not asked twice.
func TestSettingsInInitialisation(t *testing.T) {
	w := newWire(t)
	w.ready()
	w.Do(bill.Enable, 2000, 5000, 10000)
	w.state(0x40)
	w.turn(txReset, rxAck)
	w.turn(txStatus, rxInit)
	w.turn(txCurrency, rxTable)
	for _, c := range []struct{ tx, rx string }{
		{txFrom20, txFrom20}, {txSecurity, rxInvalid}, {txWays, rxLine}, {txOptions, txOptions}, {txOpen, txOpen},
	} {
		w.turn(txStatus, rxInit)
		w.turn(c.tx, c.rx)
	}
	w.turn(txStatus, rxInit)
	w.turn(txStatus, rxIdle)
	w.Kinds(bill.PoweredUp, bill.Starting, bill.Idling)
}

// TestDenominationsAreChanged: other values need another mask, and Idling comes
// when it is in force.
func TestDenominationsAreChanged(t *testing.T) {
	w := newWire(t)
	w.ready()
	w.Do(bill.Enable, 2000, 5000, 10000)
	w.turn(txStatus, rxIdle)
	w.turn(txFrom20, rxInvalid)
	w.turn(txStatus, rxIdle)
	w.Heard()
	w.echoes(txFrom20)
	w.turn(txStatus, rxIdle)
	w.Kinds(bill.Idling)
}

// TestNoCurrencyData: a device that refuses 8A is told to stay shut, and a note in
// its escrow goes back.
func TestNoCurrencyData(t *testing.T) {
	w := newWire(t)
	w.begins()
	w.turn(txStatus, rxEscrow)
	for range maxAsks {
		for tx := w.Next(); ; tx = w.Next() {
			if string(tx) == string(billtest.Hex(t, txCurrency)) {
				w.gets(rxInvalid, "")
				break
			}
			w.gets(rxEscrow, "")
		}
	}
	w.turn(txStatus, rxEscrow)
	w.turn(txReturn, rxAck)
	w.state(0x18)
	w.Kinds(bill.Unusable, bill.Rejected, bill.Returning)
}
