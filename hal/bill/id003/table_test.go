package id003

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"wattkiosk/hal/bill/billtest"
)

// currencyData is a reply to CURRENCY ASSIGN REQUEST: 1, 5, 10, 20, 50, 100 yuan and
// two codes without a use.
const currencyData = "8A 61 2D 01 00 62 2D 05 00 63 2D 01 01 64 2D 02 01 65 2D 05 01 66 2D 01 02 67 00 00 00 68 00 00 00"

func TestParseTable(t *testing.T) {
	for _, tt := range []struct {
		name, in  string
		countries string
		want      Table
	}{
		{"yuan", currencyData[3:], "2D", Table{100, 500, 1000, 2000, 5000, 10000}},
		{"dollars", "61 01 01 00 62 2D 05 00 67 01 64 00", "01", Table{100, 6: 10000}},
		{"both", "61 01 01 00 62 2D 05 00", "01 2D", Table{100, 500}},
		{"any order, second byte", "70 2D 01 02 61 2D 05 00", "2D", Table{500, 15: 10000}},
		{"codes without a bit, absurd exponent", "60 2D 01 00 71 2D 01 00 61 2D 01 0A", "2D", Table{}},
		{"the largest", "61 2D FF 09", "2D", Table{25_500_000_000_000}},
	} {
		got, err := ParseTable(billtest.Hex(t, tt.in), billtest.Hex(t, tt.countries))
		if err != nil || got != tt.want {
			t.Errorf("%s: %v, %v; want %v", tt.name, got, err, tt.want)
		}
	}
	for _, in := range []string{"", "61", "61 2D 01", "61 2D 01 00 62"} {
		if _, err := ParseTable(billtest.Hex(t, in), nil); !errors.Is(err, ErrTable) {
			t.Errorf("%q: error %v, want ErrTable", in, err)
		}
	}
}

func TestTableAppend(t *testing.T) {
	for _, tt := range []struct {
		in   Table
		want string
	}{
		{Table{100, 500, 1000, 2000, 5000, 10000}, currencyData[3:]},
		{Table{50, 123_00, 256_00, -100}, "61 00 00 00 62 2D 7B 00 63 00 00 00 64 00 00 00 65 00 00 00 66 00 00 00 67 00 00 00 68 00 00 00"},
	} {
		if got := tt.in.Append(nil, CountryChina); !bytes.Equal(got, billtest.Hex(t, tt.want)) {
			t.Errorf("%v: % X, want %s", tt.in, got, tt.want)
		}
	}
	long := Table{15: 10000}
	if got := long.Append(nil, 1); len(got) != 64 || !bytes.Equal(got[60:], billtest.Hex(t, "70 01 01 02")) {
		t.Errorf("% X, want 16 entries", got)
	}
}

func TestTableMask(t *testing.T) {
	table := Table{100, 500, 1000, 2000, 5000, 10000}
	for _, tt := range []struct {
		values  []int64
		want    uint16
		refused string
	}{
		{nil, 0x3F, "C0 00"},
		{[]int64{2000, 5000, 10000}, 0x38, "C7 00"},
		{[]int64{100}, 0x01, "FE 00"},
		{[]int64{300}, 0, "FF 00"},
		{[]int64{0}, 0, "FF 00"},
	} {
		got := table.Mask(tt.values)
		if refused := table.refused(got); got != tt.want || !bytes.Equal(refused[:], billtest.Hex(t, tt.refused)) {
			t.Errorf("%v: mask %04X, refused % X; want %04X, %s", tt.values, got, refused, tt.want, tt.refused)
		}
	}
	long := Table{100, 9: 2000, 15: 10000}
	if got := long.refused(long.Mask([]int64{2000})); got != [2]byte{0xFF, 0xFD} {
		t.Errorf("second byte: % X, want FF FD", got)
	}
	for code, want := range map[byte]int64{0x60: 0, 0x61: 100, 0x66: 10000, 0x67: 0, 0x6F: 0, 0x71: 0, 0: 0} {
		if got := table.Value(code); got != want {
			t.Errorf("code %02X: %d, want %d", code, got, want)
		}
	}
}

func FuzzParseTable(f *testing.F) {
	f.Add(billtest.Hex(f, currencyData[3:]))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := ParseTable(in, []byte{CountryChina})
		if (err == nil) != (len(in) > 0 && len(in)%4 == 0) {
			t.Fatalf("%d bytes: error %v", len(in), err)
		}
		for i, v := range got {
			if v < 0 || v > 0 && !slices.Contains(in, byte(CodeBase+i)) {
				t.Errorf("code %02X has %d fen in % X", CodeBase+i, v, in)
			}
		}
	})
}

func TestText(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{RejectText(0x71), "insertion"},
		{RejectText(0x72), "magnetic"},
		{RejectText(0x73), "remaining bill in head"},
		{RejectText(0x74), "data amplitude"},
		{RejectText(0x75), "feed"},
		{RejectText(0x76), "denomination assessing"},
		{RejectText(0x77), "photo pattern"},
		{RejectText(0x78), "photo level"},
		{RejectText(0x79), "inhibited"},
		{RejectText(0x7A), "reason 7A"},
		{RejectText(0x7B), "operation"},
		{RejectText(0x7C), "remaining bill in stacker"},
		{RejectText(0x7D), "length"},
		{RejectText(0x7E), "colour pattern"},
		{RejectText(0x7F), "reason 7F"},
		{FailureText(0xA2), "stacker motor"},
		{FailureText(0xA5), "transport motor speed"},
		{FailureText(0xA6), "transport motor"},
		{FailureText(0xA7), "aligning motor"},
		{FailureText(0xAB), "cash box not ready"},
		{FailureText(0xAC), "optical sensor"},
		{FailureText(0xAD), "magnetic sensor"},
		{FailureText(0xAF), "head removed"},
		{FailureText(0xB0), "boot ROM"},
		{FailureText(0xB1), "external ROM"},
		{FailureText(0xB2), "ROM"},
		{FailureText(0xB3), "external ROM writing"},
		{FailureText(0xA8), "failure A8"},
	} {
		if tt.got != tt.want {
			t.Errorf("text %q, want %q", tt.got, tt.want)
		}
	}
}
