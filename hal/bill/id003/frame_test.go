package id003

import (
	"bytes"
	"errors"
	"testing"

	"wattkiosk/hal/bill/billtest"
)

var vectors = []struct{ name, payload, frame string }{
	{"status request, idling", "11", "FC 05 11 27 56"},
	{"reset, power up", "40", "FC 05 40 2B 15"},
	{"stack-1, power up with a note in the acceptor", "41", "FC 05 41 A2 04"},
	{"stack-2, power up with a note in the stacker", "42", "FC 05 42 39 36"},
	{"return", "43", "FC 05 43 B0 27"},
	{"hold", "44", "FC 05 44 0F 53"},
	{"ack", "50", "FC 05 50 AA 05"},
	{"version", "88", "FC 05 88 6F 5F"},
	{"currency", "8A", "FC 05 8A 7D 7C"},
	{"enable all", "C0 00 00", "FC 07 C0 00 00 2D B5"},
	{"inhibit off", "C3 00", "FC 06 C3 00 04 D6"},
	{"escrow 63", "13 63", "FC 06 13 63 A2 D8"},
	{"vend valid", "15", "FC 05 15 03 10"},
	{"disabled", "1A", "FC 05 1A F4 E8"},
	{"inhibit on", "C3 01", "FC 06 C3 01 8D C7"},
	{"failure", "49 A2", "FC 06 49 A2 A0 21"},
	{"currency data", currencyData, "FC 25 " + currencyData + " 5D 9A"},
}

func TestFrameVectors(t *testing.T) {
	for _, v := range vectors {
		payload, frame := billtest.Hex(t, v.payload), billtest.Hex(t, v.frame)
		got, err := AppendFrame(nil, payload)
		if err != nil || !bytes.Equal(got, frame) {
			t.Errorf("%s: AppendFrame = % X, %v; want % X", v.name, got, err, frame)
		}
		d := &Decoder{}
		d.Feed(frame)
		if p, ok := d.Next(); !ok || !bytes.Equal(p, payload) {
			t.Errorf("%s: decoded % X, %v; want % X", v.name, p, ok, payload)
		}
		if _, ok := d.Next(); ok {
			t.Errorf("%s: a second frame in one", v.name)
		}
	}
}

func decodeAll(d *Decoder, b []byte, chunk int) (payloads [][]byte) {
	for len(b) > 0 {
		n := min(chunk, len(b))
		part := b[:n]
		b = b[n:]
		for len(part) > 0 {
			part = d.Feed(part)
			for p, ok := d.Next(); ok; p, ok = d.Next() {
				payloads = append(payloads, bytes.Clone(p))
			}
		}
	}
	return payloads
}

func TestDecoderResyncs(t *testing.T) {
	const idle = "FC 05 11 27 56"
	tests := []struct {
		name, in string
		want     int
	}{
		{"noise before", "00 FF 05 11 " + idle, 1},
		{"half a frame before", "FC 05 11 " + idle, 1},
		{"sync before", "FC " + idle, 1},
		{"length 4", "FC 04 11 27 " + idle, 1},
		{"length 0", "FC 00 " + idle, 1},
		{"length 81h", "FC 81 " + idle, 1},
		{"flipped bit", "FC 05 10 27 56 " + idle, 1},
		{"flipped CRC", "FC 05 11 27 57", 0},
		{"CRC high first", "FC 05 11 56 27", 0},
		{"two", idle + idle, 2},
		{"doubled byte", "FC FC 05 11 27 56", 1},
		{"dropped byte", "FC 05 27 56 " + idle, 1},
	}
	for _, tt := range tests {
		for _, chunk := range []int{1, 3, 1000} {
			d := &Decoder{}
			got := decodeAll(d, billtest.Hex(t, tt.in), chunk)
			if len(got) != tt.want {
				t.Errorf("%s in chunks of %d: %d frames, want %d", tt.name, chunk, len(got), tt.want)
			}
			for _, p := range got {
				if !bytes.Equal(p, []byte{0x11}) {
					t.Errorf("%s: payload % X, want 11", tt.name, p)
				}
			}
		}
	}
}

func TestDecoderEscapesFalseLength(t *testing.T) {
	in := append([]byte{Sync, 0x7E}, bytes.Repeat(billtest.Hex(t, "FC 05 11 27 56"), 60)...)
	if got := decodeAll(&Decoder{}, in, 7); len(got) != 60 {
		t.Errorf("%d frames after a false length, want 60", len(got))
	}
}

func TestFrameSize(t *testing.T) {
	long := bytes.Repeat([]byte{0xFC}, 124)
	f, err := AppendFrame(nil, long)
	if err != nil || len(f) != 128 || f[1] != 0x80 {
		t.Fatalf("124 payload bytes: %d bytes, %v", len(f), err)
	}
	if got := decodeAll(&Decoder{}, f, 10); len(got) != 1 || !bytes.Equal(got[0], long) {
		t.Errorf("%d frames decoded, want the one", len(got))
	}
	for _, n := range []int{0, 125} {
		if _, err := AppendFrame(nil, make([]byte, n)); !errors.Is(err, ErrFrameSize) {
			t.Errorf("%d payload bytes: error %v, want ErrFrameSize", n, err)
		}
	}
}

// nibbleCRC is the oracle: CRC-16/KERMIT by a table of four bits.
func nibbleCRC(b []byte) uint16 {
	table := [16]uint16{
		0x0000, 0x1081, 0x2102, 0x3183, 0x4204, 0x5285, 0x6306, 0x7387,
		0x8408, 0x9489, 0xA50A, 0xB58B, 0xC60C, 0xD68D, 0xE70E, 0xF78F,
	}
	var crc uint16
	for _, c := range b {
		crc = crc>>4 ^ table[(crc^uint16(c))&0xF]
		crc = crc>>4 ^ table[(crc^uint16(c>>4))&0xF]
	}
	return crc
}

func TestCRC(t *testing.T) {
	if got := CRC([]byte("123456789")); got != 0x2189 { // the catalogue's check value
		t.Errorf("CRC = %04X, want 2189", got)
	}
}

func FuzzDecoder(f *testing.F) {
	for _, v := range vectors {
		f.Add(billtest.Hex(f, v.frame), 1)
	}
	f.Add(billtest.Hex(f, "FC FC 05 11 27 56 FC 06 13 63 A2 D8"), 3)
	f.Fuzz(func(t *testing.T, in []byte, chunk int) {
		for _, p := range decodeAll(&Decoder{}, in, max(1, chunk)) {
			frame := append([]byte{0xFC, byte(len(p) + 4)}, p...)
			crc := nibbleCRC(frame)
			if frame = append(frame, byte(crc), byte(crc>>8)); !bytes.Contains(in, frame) {
				t.Errorf("decoded % X, which is not in % X", p, in)
			}
		}
	})
}
