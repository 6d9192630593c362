package ebds

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"wattkiosk/hal/bill/billtest"
)

// vectors are control byte with data, and the frame. Those with toggle 0 and the
// denominations are of the test data of decapod-atm/ebds; the omnibus messages were
// summed by hand.
var vectors = []struct{ name, data, frame string }{
	{"soft reset", "60 7F 7F 7F", "02 08 60 7F 7F 7F 03 17"},
	{"query note 1", "70 02 00 00 00 01", "02 0A 70 02 00 00 00 01 03 79"},
	{"inhibits, short", "70 03 00 00 00 01 00 00 00 00 00 00 00", "02 11 70 03 00 00 00 01 00 00 00 00 00 00 00 03 63"},
	{
		"inhibits, long", "70 03 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
		"02 1C 70 03 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 03 6E",
	},
	{"inhibits, reply", "70 03 00 00 00 00 00 00", "02 0C 70 03 00 00 00 00 00 00 03 7F"},
	{"time-out", "70 04 00 00 00 01 02", "02 0B 70 04 00 00 00 01 02 03 7C"},
	{"time-out, reply", "70 04 00 00 00 00 00 00", "02 0C 70 04 00 00 00 00 00 00 03 78"},
	{
		"no note", "70 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
		"02 1E 70 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 03 6C",
	},
	{"omnibus, all enabled", "10 7F 1C 10", "02 08 10 7F 1C 10 03 6B"},
	{"omnibus, stack", "11 7F 3C 10", "02 08 11 7F 3C 10 03 4A"},
	{"omnibus, nothing enabled", "11 00 1C 10", "02 08 11 00 1C 10 03 15"},
	{"idling", "21 01 10 00 00 54 10", "02 0B 21 01 10 00 00 54 10 03 7F"},
	{"query software", "60 00 00 00", "02 08 60 00 00 00 03 68"},
}

func TestFrameVectors(t *testing.T) {
	for _, v := range vectors {
		p, frame := billtest.Hex(t, v.data), billtest.Hex(t, v.frame)
		got, err := AppendFrame(nil, p[0], p[1:])
		if err != nil || !bytes.Equal(got, frame) {
			t.Errorf("%s: AppendFrame = % X, %v; want % X", v.name, got, err, frame)
		}
		var d Decoder
		rest, ctl, data, ok := d.Next(frame)
		if !ok || ctl != p[0] || !bytes.Equal(data, p[1:]) || len(rest) != 0 {
			t.Errorf("%s: decoded %02X % X, %v; want % X", v.name, ctl, data, ok, p)
		}
	}
}

func TestAppendFrameRefuses(t *testing.T) {
	for _, tt := range []struct {
		ctl  byte
		data []byte
		ok   bool
	}{{0x10, nil, true}, {0x10, make([]byte, 122), true}, {0x10, make([]byte, 123), false}, {0x80, nil, false}, {0x10, []byte{0x80}, false}} {
		if _, err := AppendFrame(nil, tt.ctl, tt.data); tt.ok == errors.Is(err, ErrFrame) {
			t.Errorf("control %02X, %d bytes: error %v", tt.ctl, len(tt.data), err)
		}
	}
}

func TestFrameRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ctl := byte(rapid.IntRange(0, 0x7F).Draw(t, "control"))
		data := rapid.SliceOfN(rapid.SampledFrom([]byte{STX, ETX, 0, 0x7F, 5}), 0, 122).Draw(t, "data")
		frame, err := AppendFrame([]byte{9, 9}, ctl, data)
		if err != nil {
			t.Fatal(err)
		}
		var d Decoder
		if _, c, back, ok := d.Next(frame[2:]); !ok || c != ctl || !bytes.Equal(back, data) {
			t.Fatalf("decoded %02X % X, %v; want %02X % X", c, back, ok, ctl, data)
		}
	})
}

func decodeAll(d *Decoder, b []byte, chunk int) (all [][]byte) {
	for len(b) > 0 {
		n := min(chunk, len(b))
		part := b[:n]
		b = b[n:]
		for len(part) > 0 {
			rest, ctl, data, ok := d.Next(part)
			part = rest
			if ok {
				all = append(all, append([]byte{ctl}, data...))
			}
		}
	}
	return all
}

func TestDecoderResyncs(t *testing.T) {
	const ok = "02 0B 21 01 10 00 00 54 10 03 7F"
	for _, tt := range []struct {
		name, in string
		want     int
	}{
		{"noise before", "00 7F 41 03 " + ok, 1},
		{"half a frame before", "02 0B 21 01 " + ok, 1},
		{"half a short frame before", "02 06 21 01 " + ok, 1},
		{"an STX before", "02 " + ok, 1},
		{"a byte of 8 bits inside", "02 0B 21 01 80 " + ok, 1},
		{"flipped bit", "02 0B 21 01 11 00 00 54 10 03 7F" + ok, 1},
		{"flipped checksum", "02 0B 21 01 10 00 00 54 10 03 7E", 0},
		{"no ETX", "02 0B 21 01 10 00 00 54 10 02 7F", 0},
		{"too short", "02 04 03 04 " + ok, 1},
		{"two", ok + ok, 2},
	} {
		for _, chunk := range []int{1, 3, 1000} {
			got := decodeAll(&Decoder{}, billtest.Hex(t, tt.in), chunk)
			if len(got) != tt.want {
				t.Errorf("%s in chunks of %d: %d frames, want %d", tt.name, chunk, len(got), tt.want)
			}
			for _, p := range got {
				if !bytes.Equal(p, billtest.Hex(t, "21 01 10 00 00 54 10")) {
					t.Errorf("%s: decoded % X", tt.name, p)
				}
			}
		}
	}
}

// encoded frames by its own reading: control byte and data.
func encoded(p []byte) []byte {
	b := append([]byte{0x02, byte(len(p) + 4)}, p...)
	sum := byte(0)
	for _, c := range b[1:] {
		sum ^= c
	}
	return append(b, 0x03, sum)
}

func FuzzDecoder(f *testing.F) {
	for _, v := range vectors {
		f.Add(billtest.Hex(f, v.frame), 1)
	}
	f.Add(billtest.Hex(f, "02 02 0B 21 01 10 00 00 54 10 03 7F 02 05 60 03 65"), 2)
	f.Fuzz(func(t *testing.T, in []byte, chunk int) {
		got := decodeAll(&Decoder{}, in, max(1, chunk))
		for _, p := range got {
			if !bytes.Contains(in, encoded(p)) {
				t.Errorf("decoded % X, which is not in % X", p, in)
			}
		}
		if whole := decodeAll(&Decoder{}, in, len(in)+1); len(whole) != len(got) {
			t.Errorf("%d frames in one piece, %d in pieces of %d", len(whole), len(got), chunk)
		}
	})
}
