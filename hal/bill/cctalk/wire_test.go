package cctalk

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billtest"
)

// wire plays the device, as a line sees it: it answers the questions that every
// session has, and the test sets what is left.
type wire struct {
	billtest.Wire
	d    *Driver
	crc  bool
	echo bool
	sent []string // commands and their data, in hex, without polls

	buf    string // the buffer
	mask   [2]byte
	open   byte
	keep   byte              // bits of the high byte of the mask that are kept
	says   map[string]string // answer to a command, header and data in hex; "-" = none
	silent bool
}

func newWire(t *testing.T, cfg Config) *wire {
	d := New(cfg)
	return &wire{
		Wire: billtest.NewWire(t, d), d: d, buf: "00 0000 0000 0000 0000 0000", keep: 0xFF, says: map[string]string{},
	}
}

// ids are the types 1, 2 and 3: 5, 20 and 100 yuan; type 4 is 5 euro.
var ids = map[byte]string{1: "CN0005A", 2: "CN0020A", 3: "CN0100A", 4: "EU0005A"}

// reply is what the device answers: header and data.
func (w *wire) reply(cmd byte, data []byte) []byte {
	key := strings.TrimSpace(fmt.Sprintf("%02X % X", cmd, data))
	if s, ok := w.says[key]; ok {
		if s == "-" {
			return nil
		}
		return billtest.Hex(w.TB, s)
	}
	switch cmd {
	case CmdEvents:
		return billtest.Hex(w.TB, "00"+w.buf)
	case CmdCategory:
		return append([]byte{0}, "Bill Validator"...)
	case CmdBillID:
		if id, ok := ids[data[0]]; ok {
			return append([]byte{0}, id...)
		}
		return append([]byte{0}, "......."...)
	case CmdScaling:
		return []byte{0, 100, 0, 2}
	case CmdReadInhibits:
		return []byte{0, w.mask[0], w.mask[1]}
	case CmdInhibits:
		w.mask = [2]byte{data[0], data[1] & w.keep}
	case CmdReadMaster:
		return []byte{0, w.open}
	case CmdMaster:
		w.open = data[0]
	case CmdSelfCheck:
		return []byte{0, 0}
	}
	return []byte{0}
}

// step lets the driver do the next thing, and answers it.
func (w *wire) step() {
	w.TB.Helper()
	if at := w.d.Wake(); at.After(w.Now) {
		w.Now = at
	}
	tx := w.Advance(nil)
	if tx == nil {
		return
	}
	w.Now = w.Now.Add(5 * time.Millisecond)
	if tx[0] != 40 {
		w.TB.Fatalf("sent % X", tx)
	}
	cmd, data := tx[3], tx[4:len(tx)-1]
	if !slices.Equal(tx, encoded(40, 1, cmd, data, w.crc)) {
		w.feed(w.echoOf(tx)) // the other checksum: the device hears noise
		return
	}
	if cmd != CmdEvents {
		w.sent = append(w.sent, strings.TrimSpace(fmt.Sprintf("%02X % X", cmd, data)))
	}
	rx := w.echoOf(tx)
	if r := w.reply(cmd, data); r != nil && !w.silent {
		rx = append(rx, encoded(1, 40, r[0], r[1:], w.crc)...)
	}
	w.feed(rx)
}

func (w *wire) echoOf(tx []byte) []byte {
	if w.echo {
		return slices.Clone(tx)
	}
	return nil
}

func (w *wire) feed(rx []byte) {
	w.TB.Helper()
	if len(rx) == 0 {
		return
	}
	if tx := w.Advance(rx); tx != nil {
		w.TB.Fatalf("sent % X at once", tx)
	}
}

// run lets time pass.
func (w *wire) run(d time.Duration) {
	w.TB.Helper()
	for end := w.Now.Add(d); w.Now.Before(end); {
		w.step()
	}
}

// sends runs until the driver sends this command.
func (w *wire) sends(cmd string) {
	w.TB.Helper()
	for range 2000 {
		w.step()
		if n := len(w.sent); n > 0 && w.sent[n-1] == cmd {
			w.sent = nil
			return
		}
	}
	w.TB.Fatalf("%s was not sent; %q, events %v", cmd, w.sent, w.Events)
}

// count is how often a command was sent.
func (w *wire) count(cmd string) (n int) {
	for _, s := range w.sent {
		if s == cmd {
			n++
		}
	}
	return n
}

// hears runs until the last of these events, and no others, have come.
func (w *wire) hears(want ...bill.Event) { w.TB.Helper(); w.await(len(want)); w.Heard(want...) }

func (w *wire) kinds(want ...bill.Kind) { w.TB.Helper(); w.await(len(want)); w.Kinds(want...) }

// await runs until so many events have come.
func (w *wire) await(events int) {
	w.TB.Helper()
	for end := w.Now.Add(2 * time.Minute); len(w.Events) < events && w.Now.Before(end); {
		w.step()
	}
}

// ready brings the driver to idling on a device that has just restarted.
func (w *wire) ready() {
	w.TB.Helper()
	w.Do(bill.Enable)
	w.kinds(bill.PoweredUp, bill.Idling)
	w.sent = nil
}

const (
	inEscrow2 = "01 0201 0000 0000 0000 0000"
	stacked2  = "02 0200 0201 0000 0000 0000"
	returned2 = "02 0001 0201 0000 0000 0000"
)
