package ssp

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"wattkiosk/hal/bill/billtest"
)

// vectors are the worked packets of the manual (GA138), address 0.
var vectors = []struct{ name, data, frame string }{
	{"sync", "11", "7F 80 01 11 65 82"},
	{"reset", "01", "7F 80 01 01 06 02"},
	{"version 8", "06 08", "7F 80 02 06 08 03 94"},
	{"poll", "07", "7F 80 01 07 12 02"},
	{"serial", "0C", "7F 80 01 0C 2B 82"},
	{"disable", "09", "7F 80 01 09 35 82"},
	{"enable", "0A", "7F 80 01 0A 3F 82"},
	{"inhibits", "02 07 00", "7F 80 03 02 07 00 2B B6"},
	{"inhibits, all", "02 FF FF", "7F 80 03 02 FF FF 25 A4"},
	{"reject", "08", "7F 80 01 08 30 02"},
	{"last reject code", "17", "7F 80 01 17 71 82"},
	{"poll with ack", "56", "7F 80 01 56 F7 83"},
	{"event ack", "57", "7F 80 01 57 F2 03"},
	{"hold", "18", "7F 80 01 18 53 82"},
	{"setup request", "05", "7F 80 01 05 1D 82"},
	{"ok", "F0", "7F 80 01 F0 23 80"},
	{"fail", "F8", "7F 80 01 F8 10 00"},
	{"cannot", "F5", "7F 80 01 F5 3D 80"},
	{"reset and disabled", "F0 F1 E8", "7F 80 03 F0 F1 E8 BF 8C"},
	{"credit 1, stacked", "F0 EE 01 EB", "7F 80 04 F0 EE 01 EB B9 48"},
	{"stacking, credit 1", "F0 CC EE 01", "7F 80 04 F0 CC EE 01 62 AA"},
	{"serial 1873452", "F0 00 1C 96 2C", "7F 80 05 F0 00 1C 96 2C D4 97"},
	{"reading", "F0 EF 00", "7F 80 03 F0 EF 00 CF CA"},
	{"read 3", "F0 EF 03", "7F 80 03 F0 EF 03 C5 CA"},
	{"credit 4", "F0 EE 04", "7F 80 03 F0 EE 04 D7 CC"},
	{"cleared from front", "F0 E1 00", "7F 80 03 F0 E1 00 CC 6E"},
	{"cleared into cashbox", "F0 E2 02", "7F 80 03 F0 E2 02 C3 E4"},
	{"fraud 2", "F0 E6 02", "7F 80 03 F0 E6 02 C0 7C"},
	{"initialising", "F0 B6", "7F 80 02 F0 B6 88 23"},
	{
		"setup, GBP", "F0 00 30 31 30 30 47 42 50 00 00 01 03 05 0A 14 02 02 02 40 00 00 05",
		"7F 80 17 F0 00 30 31 30 30 47 42 50 00 00 01 03 05 0A 14 02 02 02 40 00 00 05 61 81",
	},
	{
		"counters", "F0 05 11 00 00 00 28 00 00 00 23 00 00 00 0A 00 00 00 10 00 00 00",
		"7F 80 16 F0 05 11 00 00 00 28 00 00 00 23 00 00 00 0A 00 00 00 10 00 00 00 72 B7",
	},
}

func TestFrameVectors(t *testing.T) {
	for _, v := range vectors {
		data, frame := billtest.Hex(t, v.data), billtest.Hex(t, v.frame)
		got, err := AppendFrame(nil, SeqBit, data)
		if err != nil || !bytes.Equal(got, frame) {
			t.Errorf("%s: AppendFrame = % X, %v; want % X", v.name, got, err, frame)
		}
		var d Decoder
		rest, seq, back, ok := d.Next(frame)
		if !ok || seq != SeqBit || !bytes.Equal(back, data) || len(rest) != 0 {
			t.Errorf("%s: decoded % X with %02X, %v; want % X", v.name, back, seq, ok, data)
		}
	}
}

// slowCRC is the oracle: one bit at a time.
func slowCRC(b []byte) uint16 {
	crc := uint16(0xFFFF)
	for _, c := range b {
		crc ^= uint16(c) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x8005
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}

func TestCRC(t *testing.T) {
	if got := CRC([]byte("123456789")); got != 0xAEE7 { // CRC-16/CMS in the catalogue
		t.Errorf("CRC = %04X, want AEE7", got)
	}
}

func TestAppendFrameStuffs(t *testing.T) {
	// Address 7Dh cannot collide; data, length and CRC can hold 7F.
	got, err := AppendFrame(nil, 0, []byte{0x7F, 0x7F, 0x01})
	crc := slowCRC([]byte{0x00, 0x03, 0x7F, 0x7F, 0x01})
	want := []byte{0x7F, 0x00, 0x03, 0x7F, 0x7F, 0x7F, 0x7F, 0x01, byte(crc), byte(crc >> 8)}
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("AppendFrame = % X, %v; want % X", got, err, want)
	}
	for _, tt := range []struct {
		addr byte
		n    int
	}{{0, 0}, {0, 256}, {0x7E, 1}, {0xFF, 1}} {
		if _, err := AppendFrame(nil, tt.addr, make([]byte, tt.n)); !errors.Is(err, ErrFrame) {
			t.Errorf("address %02X, %d bytes: error %v, want ErrFrame", tt.addr, tt.n, err)
		}
	}
}

func TestFrameRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		addr := byte(rapid.IntRange(0, maxAddress).Draw(t, "address"))
		seq := rapid.SampledFrom([]byte{0, SeqBit}).Draw(t, "seq")
		data := rapid.SliceOfN(rapid.SampledFrom([]byte{0x7F, 0x7E, 0x80, 0x00, 0xF0}), 1, MaxData).Draw(t, "data")
		frame, err := AppendFrame(nil, addr|seq, data)
		if err != nil {
			t.Fatal(err)
		}
		d := Decoder{Address: addr}
		if _, s, back, ok := d.Next(frame); !ok || s != seq || !bytes.Equal(back, data) {
			t.Fatalf("decoded % X with %02X, %v; want % X with %02X", back, s, ok, data, seq)
		}
	})
}

func decodeAll(d *Decoder, b []byte, chunk int) (all [][]byte) {
	for len(b) > 0 {
		n := min(chunk, len(b))
		part := b[:n]
		b = b[n:]
		for len(part) > 0 {
			rest, seq, data, ok := d.Next(part)
			part = rest
			if ok {
				all = append(all, append([]byte{seq}, data...))
			}
		}
	}
	return all
}

func TestDecoderResyncs(t *testing.T) {
	const ok = "7F 80 01 F0 23 80"
	for _, tt := range []struct {
		name, in string
		want     int
	}{
		{"noise before", "00 FF 80 01 " + ok, 1},
		{"half a frame before", "7F 80 04 F0 " + ok, 1},
		{"another address", "7F 81 01 F0 26 00 " + ok, 1},
		{"flipped bit", "7F 80 01 F1 23 80 " + ok, 1},
		{"flipped CRC", "7F 80 01 F0 23 81", 0},
		{"no data", "7F 80 00 03 80 " + ok, 1},
		{"two", ok + ok, 2},
		{"a doubled STX before", "7F 7F " + ok, 1},
	} {
		for _, chunk := range []int{1, 3, 1000} {
			got := decodeAll(&Decoder{}, billtest.Hex(t, tt.in), chunk)
			if len(got) != tt.want {
				t.Errorf("%s in chunks of %d: %d frames, want %d", tt.name, chunk, len(got), tt.want)
			}
			for _, p := range got {
				if !bytes.Equal(p, []byte{SeqBit, 0xF0}) {
					t.Errorf("%s: decoded % X, want 80 F0", tt.name, p)
				}
			}
		}
	}
}

// encoded frames by its own reading: address byte and data.
func encoded(p []byte) []byte {
	b := append([]byte{p[0], byte(len(p) - 1)}, p[1:]...)
	crc := slowCRC(b)
	b = append(b, byte(crc), byte(crc>>8))
	return append([]byte{0x7F}, bytes.ReplaceAll(b, []byte{0x7F}, []byte{0x7F, 0x7F})...)
}

func FuzzDecoder(f *testing.F) {
	for _, v := range vectors {
		f.Add(billtest.Hex(f, v.frame), 1)
	}
	f.Add(billtest.Hex(f, "7F 7F 7F 80 03 7F 7F F0 7F 7F 7F 80 01 F0 23 80"), 2)
	f.Fuzz(func(t *testing.T, in []byte, chunk int) {
		for _, p := range decodeAll(&Decoder{}, in, max(1, chunk)) {
			if !bytes.Contains(in, encoded(p)) {
				t.Errorf("decoded % X, which is not in % X", p, in)
			}
		}
	})
}
