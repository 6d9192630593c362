package crt571

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"wattkiosk/hal/card"
)

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestAppendFrame(t *testing.T) {
	for _, tt := range []struct {
		address byte
		text    string
		want    string
	}{
		{0, "43 30 33", "F2 00 00 03 43 30 33 03 B2"}, // initialise, no move
		{0, "43 30 30", "F2 00 00 03 43 30 30 03 B1"}, // initialise, hold
		{0, "43 31 30", "F2 00 00 03 43 31 30 03 B0"}, // status
		{0x0F, "43 31 30", "F2 0F 00 03 43 31 30 03 BF"},
		{0, "43 51 33 00 B0 99 01 08", "F2 00 00 08 43 51 33 00 B0 99 01 08 03 F8"},
	} {
		got, err := AppendFrame(nil, tt.address, unhex(t, tt.text))
		if err != nil || !bytes.Equal(got, unhex(t, tt.want)) {
			t.Errorf("%s: % X, %v; want %s", tt.text, got, err, tt.want)
		}
	}
	if _, err := AppendFrame(nil, 0, []byte{1, 2}); err == nil {
		t.Error("a text of 2 bytes was framed")
	}
	if _, err := AppendFrame(nil, 0, make([]byte, MaxText+1)); err == nil {
		t.Error("a text too long was framed")
	}
}

// feed gives a decoder bytes and returns the texts.
func feed(d *Decoder, b []byte) (texts [][]byte) {
	for _, v := range b {
		if text, ok := d.Feed(v); ok {
			texts = append(texts, bytes.Clone(text))
		}
	}
	return texts
}

func TestDecoder(t *testing.T) {
	const status = "F2 00 00 03 43 31 30 03 B0"
	for _, tt := range []struct {
		name, in string
		want     []string
		bad      int
	}{
		{"whole", status, []string{"433130"}, 0},
		{"two", status + status, []string{"433130", "433130"}, 0},
		{"noise before", "00 06 15 03" + status, []string{"433130"}, 0},
		{"F2 before", "F2" + status, []string{"433130"}, 0},
		{"F2 00 before", "F2 00" + status, []string{"433130"}, 0},
		{"F2 inside the text", "F2 00 00 05 43 F2 00 00 03 03 46", []string{"43F2000003"}, 0},
		{"03 inside the text, BCC 03", "F2 00 00 04 43 03 B6 00 03 03", []string{"4303B600"}, 0},
		{"wrong BCC", "F2 00 00 03 43 31 30 03 B1", nil, 1},
		{"wrong end", "F2 00 00 03 43 31 30 04 B7", nil, 1},
		{"bad, then good", "F2 00 00 03 43 31 31 03 B0" + status, []string{"433130"}, 1},
		{"good inside a bad one", "F2 00 00 09" + status + "03 00", []string{"433130"}, 1},
		{"other address", "F2 01 00 03 43 31 30 03 B1", nil, 0},
		{"too long", "F2 00 02 01" + status, []string{"433130"}, 0},
		{"too short", "F2 00 00 02 43 31 03 82", nil, 0},
		{"broken off", "F2 00 00 03 43 31", nil, 0},
	} {
		var d Decoder
		var got []string
		for _, text := range feed(&d, unhex(t, tt.in)) {
			got = append(got, strings.ToUpper(hex.EncodeToString(text)))
		}
		if strings.Join(got, " ") != strings.Join(tt.want, " ") || d.Bad != tt.bad {
			t.Errorf("%s: %v, %d bad; want %v, %d", tt.name, got, d.Bad, tt.want, tt.bad)
		}
	}
	var d Decoder
	feed(&d, unhex(t, "F2 00 00"))
	if !d.Pending() {
		t.Error("a frame that has begun is not pending")
	}
	d.Reset()
	if d.Pending() || len(feed(&d, unhex(t, status))) != 1 {
		t.Error("not ready after Reset")
	}
}

func TestParseReply(t *testing.T) {
	r, err := ParseReply([]byte("P10210ab"))
	if err != nil || !r.OK || r.Cmd != '1' || r.Param != '0' || r.Position != PosInside || r.Bin != BinRoom || string(r.Data) != "ab" {
		t.Errorf("positive: %+v, %v", r, err)
	}
	for _, head := range []string{"N", "E"} {
		r, err = ParseReply([]byte(head + "20A1"))
		if err != nil || r.OK || r.Cmd != '2' || r.Code != CodeBinFull || !errors.Is(r.Code.Err(), card.ErrBinFull) {
			t.Errorf("negative: %+v, %v", r, err)
		}
	}
	for _, bad := range []string{"", "P10", "P1000", "N10", "N100", "X10000"} {
		if r, err := ParseReply([]byte(bad)); err == nil {
			t.Errorf("%q was read: %+v", bad, r)
		}
	}
}

func TestCodes(t *testing.T) {
	for _, tt := range []struct {
		code   Code
		is     error
		unseen bool
	}{
		{"00", card.ErrUnsupported, true},
		{"01", card.ErrArgument, true},
		{"02", card.ErrNotPowered, true},
		{"03", card.ErrUnsupported, true},
		{"04", card.ErrArgument, true},
		{"10", card.ErrJam, false},
		{"12", card.ErrDevice, false},
		{"40", card.ErrPulled, false},
		{"45", card.ErrPulled, false},
		{"50", card.ErrBinFull, false},
		{"51", card.ErrDevice, false},
		{"61", card.ErrMute, false},
		{"65", card.ErrNotPowered, true},
		{"67", card.ErrDevice, false},
		{"68", card.ErrMute, false},
		{"A1", card.ErrBinFull, false},
		{"B0", card.ErrNotPowered, true},
		{"ZZ", card.ErrDevice, false},
	} {
		if err := tt.code.Err(); !errors.Is(err, tt.is) || tt.code.unseen() != tt.unseen {
			t.Errorf("code %s: %v, unseen %t", tt.code, err, tt.code.unseen())
		}
	}
	if Code("ZZ").Text() != "unknown code" || CodeJam.Text() != "jam" {
		t.Error("words of the codes")
	}
}

func TestParseATR(t *testing.T) {
	for _, tt := range []struct {
		in, atr string
		t1, ok  bool
	}{
		{"30 3B 00", "3B 00", false, true},
		{"31 3B 80 01 81", "3B 80 01 81", true, true},
		{"3B 00", "3B 00", false, true},
		{"30 3F 00", "3F 00", false, true},
		{"", "", false, false},
		{"30", "", false, false},
		{"30 3B", "", false, false},
		{"30 00 3B 00", "", false, false},
		{"30 3B" + strings.Repeat("00", 33), "", false, false},
	} {
		t1, atr, ok := ParseATR(unhex(t, tt.in))
		if t1 != tt.t1 || ok != tt.ok || !bytes.Equal(atr, unhex(t, tt.atr)) {
			t.Errorf("%q: %t, % X, %t", tt.in, t1, atr, ok)
		}
	}
}

func TestParseTracks(t *testing.T) {
	got := ParseTracks([]byte("N24~P;1234=5?~P%ABC"))
	if string(got[0]) != "" || string(got[1]) != "1234=5" || string(got[2]) != "ABC" {
		t.Errorf("tracks %q", [][]byte{got[0], got[1], got[2]})
	}
	got = ParseTracks([]byte("P~P1~P2~P3"))
	if string(got[0]) != "" || string(got[1]) != "1" || string(got[2]) != "2" {
		t.Errorf("tracks %q", [][]byte{got[0], got[1], got[2]})
	}
}

// FuzzDecoder: every text that comes out stands in the bytes as a whole frame by a
// reading of its own, whatever else is there; and a good frame after silence is
// always found.
func FuzzDecoder(f *testing.F) {
	for _, s := range []string{
		"F2 00 00 03 43 31 30 03 B0", "F2 F2 00 00 03 43 31 30 03 B0", "F2 00 00 09 F2 00 00 03 43 31 30 03 B0 03 00", "06 15 04",
		"F2 00 00 05 43 F2 00 00 03 03 46", "F2 00 02 00",
	} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var d Decoder
		for _, text := range feed(&d, in) {
			whole := append(append([]byte{0xF2, 0, byte(len(text) >> 8), byte(len(text))}, text...), 0x03)
			var x byte
			for _, b := range whole {
				x ^= b
			}
			if len(text) < 3 || !bytes.Contains(in, append(whole, x)) {
				t.Fatalf("text % X is not in % X", text, in)
			}
			if _, err := ParseReply(text); err == nil && text[0] != 'P' && text[0] != 'N' && text[0] != 'E' {
				t.Fatalf("text % X was read as a reply", text)
			}
		}
		if len(d.buf) > MaxText+Overhead {
			t.Fatalf("%d bytes are held", len(d.buf))
		}
		d.Reset()
		if len(feed(&d, unhex(t, "F2 00 00 03 43 31 30 03 B0"))) != 1 {
			t.Fatal("a good frame is not found")
		}
	})
}
