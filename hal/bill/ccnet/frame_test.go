package ccnet

import (
	"bytes"
	"errors"
	"testing"

	"wattkiosk/hal/bill/billtest"
)

var vectors = []struct{ name, payload, frame string }{
	{"reset", "30", "02 03 06 30 41 B3"},
	{"status", "31", "02 03 06 31 C8 A2"},
	{"poll", "33", "02 03 06 33 DA 81"},
	{"ack", "00", "02 03 06 00 C2 82"},
	{"nak", "FF", "02 03 06 FF BA 8D"},
	{"stack", "35", "02 03 06 35 EC E4"},
	{"return", "36", "02 03 06 36 77 D6"},
	{"ident", "37", "02 03 06 37 FE C7"},
	{"hold", "38", "02 03 06 38 09 3F"},
	{"bill table", "41", "02 03 06 41 4F D1"},
	{"enable all", "34 FF FF FF FF FF FF", "02 03 0C 34 FF FF FF FF FF FF FE F7"},
	{"enable 120", "34 00 00 78 00 00 78", "02 03 0C 34 00 00 78 00 00 78 45 4C"},
	{"disable", "34 00 00 00 00 00 00", "02 03 0C 34 00 00 00 00 00 00 17 0C"},
	{"idle", "14", "02 03 06 14 67 D4"},
	{"disabled", "19", "02 03 06 19 82 0F"},
	{"escrow 4", "80 04", "02 03 07 80 04 A8 75"},
	{"stacked 4", "81 04", "02 03 07 81 04 70 6C"},
}

func TestFrameVectors(t *testing.T) {
	for _, v := range vectors {
		payload, frame := billtest.Hex(t, v.payload), billtest.Hex(t, v.frame)
		got, err := AppendFrame(nil, AddressValidator, payload)
		if err != nil || !bytes.Equal(got, frame) {
			t.Errorf("%s: AppendFrame = % X, %v; want % X", v.name, got, err, frame)
		}
		d := &Decoder{Address: AddressValidator}
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
	const idle = "02 03 06 14 67 D4"
	tests := []struct {
		name, in string
		want     int
	}{
		{"noise before", "00 FF 02 13 " + idle, 1},
		{"half a frame before", "02 03 06 14 " + idle, 1},
		{"sync before", "02 " + idle, 1},
		{"sync and address before", "02 03 " + idle + " 00 00 00", 1},
		{"other address", "02 01 06 14 67 D4 " + idle, 1},
		{"length 5", "02 03 05 14 67 " + idle, 1},
		{"flipped bit", "02 03 06 15 67 D4 " + idle, 1},
		{"flipped CRC", "02 03 06 14 67 D5", 0},
		{"two", idle + idle, 2},
		{"long form, impossible length", "02 03 00 14 67 00 08 " + idle, 1},
		{"long form, length over the bound", "02 03 00 14 67 FF FF " + idle, 1},
	}
	for _, tt := range tests {
		for _, chunk := range []int{1, 3, 1000} {
			d := &Decoder{Address: AddressValidator}
			got := decodeAll(d, billtest.Hex(t, tt.in), chunk)
			if len(got) != tt.want {
				t.Errorf("%s in chunks of %d: %d frames, want %d", tt.name, chunk, len(got), tt.want)
			}
			for _, p := range got {
				if !bytes.Equal(p, []byte{0x14}) {
					t.Errorf("%s: payload % X, want 14", tt.name, p)
				}
			}
		}
	}
}

func TestDecoderEscapesFalseLength(t *testing.T) {
	d := &Decoder{Address: AddressValidator}
	in := append([]byte{Sync, AddressValidator, 0xFF}, bytes.Repeat(billtest.Hex(t, "02 03 06 14 67 D4"), 50)...)
	if got := decodeAll(d, in, 7); len(got) != 50 {
		t.Errorf("%d frames after a false length, want 50", len(got))
	}
}

func TestLongFrame(t *testing.T) {
	payload := bytes.Repeat([]byte{0xA5}, 300)
	payload[0], payload[1] = 0x60, 0x02
	f, err := AppendFrame(nil, AddressValidator, payload)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(f[:7], []byte{0x02, 0x03, 0x00, 0x60, 0x02, 0x01, 0x33}) || len(f) != 307 {
		t.Errorf("long frame begins % X and has %d bytes", f[:7], len(f))
	}
	got := decodeAll(&Decoder{Address: AddressValidator}, f, 10)
	if len(got) != 1 || !bytes.Equal(got[0], payload) {
		t.Errorf("%d frames decoded, want the one", len(got))
	}
	if f, _ := AppendFrame(nil, 3, make([]byte, 250)); f[2] != 0xFF || len(f) != 255 {
		t.Errorf("250 payload bytes: length byte %02X, %d bytes; want the short form", f[2], len(f))
	}
	for _, n := range []int{0, MaxFrame - 6} {
		if _, err := AppendFrame(nil, 3, make([]byte, n)); !errors.Is(err, ErrFrameSize) {
			t.Errorf("%d payload bytes: error %v, want ErrFrameSize", n, err)
		}
	}
}

// slowCRC is the oracle: CRC-16/KERMIT one bit at a time.
func slowCRC(b []byte) uint16 {
	var crc uint16
	for _, c := range b {
		crc ^= uint16(c)
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ 0x8408
			} else {
				crc >>= 1
			}
		}
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
	f.Add(billtest.Hex(f, "02 03 00 60 02 00 09 00 00 02 03 06 14 67 D4"), 3)
	f.Fuzz(func(t *testing.T, in []byte, chunk int) {
		d := &Decoder{Address: AddressValidator}
		for _, p := range decodeAll(d, in, max(1, chunk)) {
			frame, err := AppendFrame(nil, AddressValidator, p)
			short := err == nil && bytes.Contains(in, frame)
			if !short && !bytes.Contains(in, longForm(p)) {
				t.Errorf("decoded % X, which is not in % X", p, in)
			}
		}
	})
}

// longForm frames a payload with a two-byte length, whatever its size.
func longForm(p []byte) []byte {
	if len(p) < 2 {
		return []byte("not a frame")
	}
	n := len(p) + 7
	f := append([]byte{0x02, 0x03, 0x00, p[0], p[1], byte(n >> 8), byte(n)}, p[2:]...)
	crc := slowCRC(f)
	return append(f, byte(crc), byte(crc>>8))
}
