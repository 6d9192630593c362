package id003

import (
	"bytes"
	"testing"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

const (
	txStatus   = "FC 05 11 27 56"
	txReset    = "FC 05 40 2B 15"
	txStack    = "FC 05 42 39 36"
	txReturn   = "FC 05 43 B0 27"
	txHold     = "FC 05 44 0F 53"
	txAck      = "FC 05 50 AA 05"
	txVersion  = "FC 05 88 6F 5F"
	txCurrency = "FC 05 8A 7D 7C"
	txOpen     = "FC 06 C3 00 04 D6"
	txShut     = "FC 06 C3 01 8D C7"
	txAll      = "FC 07 C0 C0 00 87 7F" // the six of currencyData
	txNone     = "FC 07 C0 FF 00 ED 4A"
	txFrom20   = "FC 07 C0 C7 00 8F 32" // 20, 50, 100 yuan
	txSecurity = "FC 07 C1 00 00 F1 EF"
	txWays     = "FC 06 C4 00 0C 9B"
	txOptions  = "FC 07 C5 00 00 90 8C"

	rxAck     = "FC 05 50 AA 05"
	rxInvalid = "FC 05 4B F8 AB"
	rxLine    = "FC 05 4A 71 BA"
	rxTable   = "FC 25 " + currencyData + " 5D 9A"
	rxIdle    = "FC 05 11 27 56"
	rxEscrow  = "FC 06 13 64 1D AC" // 20 yuan
	rxStack   = "FC 05 14 8A 01"
	rxValid   = "FC 05 15 03 10"
	rxStacked = "FC 05 16 98 22"
	rxOff     = "FC 05 1A F4 E8"
	rxInit    = "FC 05 1B 7D F9"
)

// rxVersion is what the device says of its program.
var rxVersion = hexOf(append([]byte{0x88}, "U(CHN)-03-SS ID003-05V100-01 01MAR24 1A2B"...)...)

// wire plays the device by literal frames.
type wire struct {
	billtest.Wire
	d *Driver
}

func newWire(t *testing.T) *wire {
	d := New(Config{})
	return &wire{Wire: billtest.NewWire(t, d), d: d}
}

// sends checks the driver's next frame.
func (w *wire) sends(want string) {
	w.TB.Helper()
	if tx := w.Next(); !bytes.Equal(tx, billtest.Hex(w.TB, want)) {
		w.TB.Fatalf("sent % X, want %s; events %v", tx, want, w.Events)
	}
}

// gets replies, and checks what the driver sends at once: an ACK, or nothing.
func (w *wire) gets(rx, ack string) {
	w.TB.Helper()
	if tx := w.Answer(billtest.Hex(w.TB, rx)); !bytes.Equal(tx, billtest.Hex(w.TB, ack)) {
		w.TB.Fatalf("answered % X to %s, want %q", tx, rx, ack)
	}
}

func (w *wire) turn(tx, rx string) { w.TB.Helper(); w.sends(tx); w.gets(rx, "") }

// echoes is turn for a setting, whose reply is the command.
func (w *wire) echoes(tx ...string) {
	w.TB.Helper()
	for _, c := range tx {
		w.turn(c, c)
	}
}

// state answers a STATUS REQUEST, with a frame built by the codec the vectors test.
func (w *wire) state(payload ...byte) { w.TB.Helper(); w.turn(txStatus, hexOf(payload...)) }

func hexOf(payload ...byte) string {
	const digits = "0123456789ABCDEF"
	var s []byte
	for _, b := range frameOf(payload...) {
		s = append(s, digits[b>>4], digits[b&15])
	}
	return string(s)
}

// begins brings the driver past its first commands, on a line without an echo.
func (w *wire) begins() {
	w.TB.Helper()
	for range 3 {
		w.turn(txVersion, rxVersion)
	}
}

// ready brings the driver to idling with all six denominations.
func (w *wire) ready() {
	w.TB.Helper()
	w.begins()
	w.turn(txStatus, rxOff)
	w.turn(txCurrency, rxTable)
	w.Do(bill.Enable)
	w.turn(txStatus, rxOff)
	for _, c := range []string{txAll, txSecurity, txWays, txOptions, txOpen} {
		w.echoes(c)
		if c != txOpen {
			w.turn(txStatus, rxOff)
		}
	}
	w.turn(txStatus, rxIdle)
	w.Kinds(bill.Disabled, bill.Idling)
}

// stacks brings the driver to a note of 20 yuan on its way into the cassette.
func (w *wire) stacks() {
	w.TB.Helper()
	w.ready()
	w.turn(txStatus, rxEscrow)
	w.Do(bill.Stack)
	w.turn(txStatus, rxEscrow)
	w.turn(txStack, rxAck)
	w.turn(txStatus, rxStack)
	w.Kinds(bill.Escrowed, bill.Stacking)
}

// rests has the device say that it idles, as often as it takes to be believed with a note
// about.
func (w *wire) rests() {
	w.TB.Helper()
	for range sureIdles {
		w.turn(txStatus, rxIdle)
	}
}
