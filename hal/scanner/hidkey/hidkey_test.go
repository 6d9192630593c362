package hidkey_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wattkiosk/hal/scanner"
	"wattkiosk/hal/scanner/hidkey"
)

var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// record is one record as the kernel writes it, with its sync record.
func record(code uint16, value uint32) []byte {
	b := make([]byte, 2*hidkey.RecordSize)
	r := b[hidkey.RecordSize-8:]
	binary.NativeEndian.PutUint16(r, 1)
	binary.NativeEndian.PutUint16(r[2:], code)
	binary.NativeEndian.PutUint32(r[4:], value)
	return b
}

func press(codes ...uint16) (b []byte) {
	for _, c := range codes {
		b = append(b, record(c, 1)...)
		b = append(b, record(c, 0)...)
	}
	return b
}

func scan(t *testing.T, rx []byte) []scanner.Event {
	t.Helper()
	d := hidkey.New()
	if err := d.Do(t0, scanner.Command{Op: scanner.Enable}); err != nil {
		t.Fatal(err)
	}
	var events []scanner.Event
	for len(rx) > 0 { // in pieces that split records
		n := min(7, len(rx))
		_, e := d.Advance(t0, rx[:n])
		events, rx = append(events, e...), rx[n:]
	}
	return events
}

func TestTypedCode(t *testing.T) {
	// h t t p s : / / w . A 1 enter, by the key numbers of input-event-codes.h
	rx := press(35, 20, 20, 25, 31)
	rx = append(rx, record(42, 1)...)
	rx = append(rx, press(39)...)
	rx = append(rx, record(42, 0)...)
	rx = append(rx, press(53, 53, 17, 52)...)
	rx = append(rx, record(54, 1)...)
	rx = append(rx, press(30)...)
	rx = append(rx, record(54, 0)...)
	rx = append(rx, press(2, 28)...)
	if e := scan(t, rx); len(e) != 1 || string(e[0].Code) != "https://w.A1" {
		t.Errorf("%d events, first %q", len(e), string(e[0].Code))
	}
}

func TestKeysWithoutCharacter(t *testing.T) {
	rx := press(1, 14, 29, 58, 59, 200, 11, 96) // Esc, backspace, Ctrl, Caps Lock, F1, one unknown, then 0 and the pad's Enter
	if e := scan(t, rx); len(e) != 1 || string(e[0].Code) != "0" {
		t.Errorf("events %v", e)
	}
	held := append(record(3, 1), record(3, 2)...) // auto-repeat counts once
	if e := scan(t, append(held, press(28)...)); len(e) != 1 || string(e[0].Code) != "2" {
		t.Errorf("events %v", e)
	}
}

func TestGrabRefusesWhatIsNoEventDevice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := hidkey.Grab(path); err == nil {
		f.Close()
		t.Error("a plain file was taken for a scanner")
	}
}

func FuzzDriver(f *testing.F) {
	f.Add(press(2, 3, 28))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := hidkey.New()
		if err := d.Do(t0, scanner.Command{Op: scanner.Enable}); err != nil {
			t.Fatal(err)
		}
		_, events := d.Advance(t0, b)
		if len(events) > len(b)/hidkey.RecordSize {
			t.Errorf("%d events of %d bytes", len(events), len(b))
		}
	})
}
