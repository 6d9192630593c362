package hidkey_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
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

// raw is one record of any type.
func raw(typ, code uint16, value uint32) []byte {
	b := make([]byte, hidkey.RecordSize)
	r := b[hidkey.RecordSize-8:]
	binary.NativeEndian.PutUint16(r, typ)
	binary.NativeEndian.PutUint16(r[2:], code)
	binary.NativeEndian.PutUint32(r[4:], value)
	return b
}

// typed is the presses of digits in the upper row.
func typed(digits string) (b []byte) {
	for _, c := range digits {
		key := uint16(c-'0') + 1
		if c == '0' {
			key = 11
		}
		b = append(b, press(key)...)
	}
	return b
}

func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

const enter, padEnter, padOne, padZero, leftShift, leftCtrl, leftAlt = 28, 96, 79, 82, 42, 29, 56

func TestWholeCodesOrNone(t *testing.T) {
	for _, c := range []struct {
		name string
		rx   []byte
		want string // "" = unreadable
	}{
		{"caps lock, num lock, scroll lock", join(press(58, 69, 70), typed("10"), press(enter)), "10"},
		{"auto-repeat counts once", join(record(3, 1), record(3, 2), press(enter)), "2"},
		{"digits of the numeric pad", press(padOne, 71, 72, 73, 75, 76, 77, 80, 81, padZero, padEnter), "1789456230"},
		{"both rows of digits", join(typed("1"), press(padZero, padZero), typed("0000001"), press(padEnter)), "1000000001"},
		{"an unknown key", join(typed("10000"), press(200), typed("00001"), press(enter)), ""},
		{"escape, backspace, tab", join(typed("1"), press(1, 14, 15), typed("0"), press(enter)), ""},
		{"a group separator by Ctrl", join(typed("12"), record(leftCtrl, 1), press(27), record(leftCtrl, 0), typed("34"), press(enter)), ""},
		{"a character by Alt and its number", join(record(leftAlt, 1), press(padZero, padZero, 75, 73), record(leftAlt, 0), press(enter)), ""},
		{"records lost in the middle", join(typed("10000000"), raw(0, 3, 0), press(2), raw(0, 0, 0), typed("00"), press(enter)), ""},
		{"records lost before what is left", join(raw(0, 3, 0), raw(0, 0, 0), typed("1000000009"), press(enter)), ""},
		{"Shift released among the lost ones", join(record(leftShift, 1), raw(0, 3, 0), raw(0, 0, 0), press(enter), typed("1000000001"), press(enter)), "1000000001"},
	} {
		t.Run(c.name, func(t *testing.T) {
			events := scan(t, c.rx)
			if len(events) == 0 {
				t.Fatal("nothing was reported")
			}
			for i, e := range events {
				last := i == len(events)-1
				if e.Kind == scanner.Scanned && (!last || string(e.Code) != c.want) {
					t.Errorf("reported %q as a code, want %q", string(e.Code), c.want)
				}
				if last && c.want != "" && e.Kind != scanner.Scanned {
					t.Errorf("unreadable: %s", e.Detail)
				}
			}
		})
	}
}

// TestAnotherScannerHoldsNoKey: Shift was down when the scanner was unplugged.
func TestAnotherScannerHoldsNoKey(t *testing.T) {
	d := hidkey.New()
	if err := d.Do(t0, scanner.Command{Op: scanner.Enable}); err != nil {
		t.Fatal(err)
	}
	half := record(2, 1)[:hidkey.RecordSize/2]
	d.Advance(t0, join(record(leftShift, 1), half))
	later := t0.Add(5 * time.Second)
	d.Opened(later)
	_, events := d.Advance(later.Add(time.Second), join(typed("1000000001"), press(enter)))
	if len(events) != 1 || string(events[0].Code) != "1000000001" {
		t.Errorf("events %+v", events)
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
