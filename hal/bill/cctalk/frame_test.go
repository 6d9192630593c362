package cctalk

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"wattkiosk/hal/bill/billtest"
)

// vectors: those marked public stand in articles and manuals that quote the
// specification; the others were computed by hand or with the bitwise oracle.
var vectors = []struct {
	name     string
	to, from byte
	header   byte
	data     string
	crc      bool
	frame    string
}{
	{"public: modify inhibits", 2, 1, 231, "FF FF", false, "02 02 01 E7 FF FF 16"},
	{"public: request comms revision", 3, 1, 4, "", false, "03 00 01 04 F8"},
	{"public: its answer", 1, 3, 0, "31 33 32 2D 49 54", false, "01 06 03 00 31 33 32 2D 49 54 96"},
	{"public: reset", 3, 1, 1, "", false, "03 00 01 01 FB"},
	{"public: ACK", 1, 3, 0, "", false, "01 00 03 00 FC"},
	{"public: simple poll", 40, 1, 254, "", true, "28 00 B6 FE 21"},
	{"public: its ACK", 1, 40, 0, "", true, "01 00 30 00 37"},
	{"read events", 40, 1, 159, "", false, "28 00 01 9F 38"},
	{"read events", 40, 1, 159, "", true, "28 00 31 9F 5D"},
	{"stack", 40, 1, 154, "01", false, "28 01 01 9A 01 3B"},
	{"stack", 40, 1, 154, "01", true, "28 01 BC 9A 01 62"},
	{"NAK", 1, 40, 5, "", false, "01 00 28 05 D2"},
	{"stacked 4", 1, 40, 0, "02 04 00 04 01 00 00 00 00 00 00", false, "01 0B 28 00 02 04 00 04 01 00 00 00 00 00 00 C1"},
}

func TestFrameVectors(t *testing.T) {
	for _, v := range vectors {
		f := Frame{To: v.to, From: v.from, Header: v.header, Data: billtest.Hex(t, v.data)}
		frame := billtest.Hex(t, v.frame)
		got, err := AppendFrame(nil, f, v.crc)
		if err != nil || !bytes.Equal(got, frame) {
			t.Errorf("%s: AppendFrame = % X, %v; want % X", v.name, got, err, frame)
		}
		d := Decoder{Address: v.to, CRC: v.crc}
		rest, back, ok := d.Next(frame)
		if !ok || back.Header != v.header || !bytes.Equal(back.Data, f.Data) || len(rest) != 0 {
			t.Errorf("%s: decoded %+v, %v", v.name, back, ok)
		}
		if want := map[bool]byte{false: v.from, true: 0}[v.crc]; back.From != want {
			t.Errorf("%s: from %d, want %d", v.name, back.From, want)
		}
	}
}

// slowCRC is the oracle: one bit at a time.
func slowCRC(b []byte) (crc uint16) {
	for _, c := range b {
		crc ^= uint16(c) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}

// encoded frames by its own reading.
func encoded(to, from, header byte, data []byte, crc bool) []byte {
	head := []byte{to, byte(len(data))}
	tail := append([]byte{header}, data...)
	if crc {
		c := slowCRC(append(append([]byte{}, head...), tail...))
		return append(append(append(head, byte(c)), tail...), byte(c>>8))
	}
	b := append(append(head, from), tail...)
	n := 0
	for _, c := range b {
		n += int(c)
	}
	return append(b, byte(256-n%256))
}

func TestAppendFrameRefusesLong(t *testing.T) {
	if _, err := AppendFrame(nil, Frame{Data: make([]byte, 256)}, false); !errors.Is(err, ErrFrame) {
		t.Errorf("256 bytes: error %v, want ErrFrame", err)
	}
}

func TestFrameRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Frame{
			To: rapid.Byte().Draw(t, "to"), From: rapid.Byte().Draw(t, "from"), Header: rapid.Byte().Draw(t, "header"),
			Data: rapid.SliceOfN(rapid.Byte(), 0, MaxData).Draw(t, "data"),
		}
		crc := rapid.Bool().Draw(t, "crc")
		frame, err := AppendFrame(nil, f, crc)
		if err != nil || !bytes.Equal(frame, encoded(f.To, f.From, f.Header, f.Data, crc)) {
			t.Fatalf("AppendFrame = % X, %v", frame, err)
		}
		d := Decoder{Address: f.To, CRC: crc}
		if _, back, ok := d.Next(frame); !ok || back.Header != f.Header || !bytes.Equal(back.Data, f.Data) {
			t.Fatalf("decoded %+v, %v", back, ok)
		}
	})
}

func decodeAll(d *Decoder, b []byte, chunk int) (all []Frame) {
	for len(b) > 0 {
		n := min(chunk, len(b))
		part := b[:n]
		b = b[n:]
		for {
			rest, f, ok := d.Next(part)
			if part = rest; !ok {
				break
			}
			f.Data = bytes.Clone(f.Data)
			all = append(all, f)
		}
	}
	return all
}

func TestDecoderResyncs(t *testing.T) {
	const ok = "01 00 28 00 D7"
	for _, tt := range []struct {
		name, in string
		max      int
		want     int
	}{
		{"noise before", "00 FF 28 " + ok, 1, 1},
		{"a byte of the address before", "01 " + ok, 1, 1},
		{"half a frame before", "01 01 28 " + ok, 1, 1},
		{"another address", "02 00 28 00 D6" + ok, 1, 1},
		{"flipped bit", "01 00 28 01 D7 " + ok, 1, 1},
		{"flipped sum", "01 00 28 00 D6", 1, 0},
		{"longer than expected", "01 0B 28 00 02 04 00 04 01 00 00 00 00 00 00 C1 " + ok, 1, 1},
		{"two", ok + ok, 1, 2},
		{"a length that swallows", "01 F0 " + ok, 0, 0},
	} {
		for _, chunk := range []int{1, 3, 1000} {
			got := decodeAll(&Decoder{Address: 1, Max: tt.max}, billtest.Hex(t, tt.in), chunk)
			if len(got) != tt.want {
				t.Errorf("%s in chunks of %d: %d frames, want %d", tt.name, chunk, len(got), tt.want)
			}
			for _, f := range got {
				if f.From != 40 || f.Header != 0 || len(f.Data) != 0 {
					t.Errorf("%s: decoded %+v, want an ACK of 40", tt.name, f)
				}
			}
		}
	}
}

func FuzzDecoder(f *testing.F) {
	for _, v := range vectors {
		f.Add(billtest.Hex(f, v.frame), 1, 0, v.crc)
	}
	f.Add(billtest.Hex(f, "01 01 28 01 00 28 00 D7"), 2, 3, false)
	f.Fuzz(func(t *testing.T, in []byte, chunk, longest int, crc bool) {
		d := Decoder{Address: 1, CRC: crc, Max: min(max(longest, 0), MaxData)}
		for _, got := range decodeAll(&d, in, max(1, chunk)) {
			if !bytes.Contains(in, encoded(1, got.From, got.Header, got.Data, crc)) || d.Max > 0 && len(got.Data) > d.Max {
				t.Errorf("decoded %+v, which is not in % X", got, in)
			}
		}
	})
}
