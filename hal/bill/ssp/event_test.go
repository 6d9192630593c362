package ssp

import (
	"errors"
	"slices"
	"testing"

	"wattkiosk/hal/bill/billtest"
)

func TestParseEvents(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []Event
		err  error
	}{
		{"", nil, nil},
		{"F1 E8", []Event{{EvReset, 0}, {EvDisabled, 0}}, nil},
		{"EE 01 EB", []Event{{EvCredit, 1}, {EvStacked, 0}}, nil},
		{"CC EE 01", []Event{{EvStacking, 0}, {EvCredit, 1}}, nil},
		{"EF 00", []Event{{EvRead, 0}}, nil},
		{"E1 00 E2 EE E6 02", []Event{{EvClearedFront, 0}, {EvClearedBox, 0xEE}, {EvFraud, 2}}, nil},
		{"B5 B6 E0 E3 E4 E7 E9 EA EC ED", []Event{
			{0xB5, 0}, {0xB6, 0}, {0xE0, 0}, {0xE3, 0}, {0xE4, 0}, {0xE7, 0}, {0xE9, 0}, {0xEA, 0}, {0xEC, 0}, {0xED, 0},
		}, nil},
		{"E8 C9 EE 01", []Event{{EvDisabled, 0}}, ErrEvent},
		{"CC EE", []Event{{EvStacking, 0}}, ErrTruncated},
	} {
		got, err := ParseEvents(nil, billtest.Hex(t, tt.in))
		if !slices.Equal(got, tt.want) || !errors.Is(err, tt.err) {
			t.Errorf("%q: %v, %v; want %v, %v", tt.in, got, err, tt.want, tt.err)
		}
	}
}

func FuzzParseEvents(f *testing.F) {
	f.Add([]byte{0xF1, 0xE8, 0xEF, 0x03})
	f.Add([]byte{0xCC, 0xEE})
	f.Fuzz(func(t *testing.T, in []byte) {
		events, err := ParseEvents(nil, in)
		n := 0
		for _, ev := range events {
			if in[n] != ev.Code {
				t.Fatalf("event %02X at %d of % X", ev.Code, n, in)
			}
			n += eventSize(ev.Code)
		}
		if (err == nil) != (n == len(in)) {
			t.Errorf("%d of %d bytes read, error %v", n, len(in), err)
		}
	})
}

func TestReasonText(t *testing.T) {
	for code, want := range map[byte]string{
		0x00: "none", 0x07: "second note", 0x08: "rejected by the host", 0x0C: "channel inhibited by the host",
		0x13: "escrow time-out", 0x1D: "unable to stack", 0x1E: "reason 1E", 0x1F: "bank card", 0x80: "reason 80", 0xFF: "reason not told",
	} {
		if got := ReasonText(code); got != want {
			t.Errorf("%02X: %q, want %q", code, got, want)
		}
	}
}
