package crt310

import (
	"encoding/hex"
	"errors"
	"testing"

	"wattkiosk/hal/card"
)

// Frames as other people's programs and notes print them.
func TestAppendFrame(t *testing.T) {
	for _, tt := range []struct{ content, want string }{
		{"3030", "02000230300303"},         // reset, no eject
		{"3031", "02000230310302"},         // reset, eject
		{"3130", "02000231300302"},         // status
		{"312F", "020002312F031D"},         // sensors
		{"3231", "02000232310300"},         // move to the front, hold
		{"3230", "02000232300301"},         // eject
		{"2F3231", "0200032F3231032E"},     // card-in control
		{"45303032", "020004453030320372"}, // read track 2
	} {
		b, err := AppendFrame(nil, mustHex(t, tt.content))
		if err != nil {
			t.Fatal(err)
		}
		if want := mustHex(t, tt.want); string(b) != string(want) {
			t.Errorf("frame of %s: % X, want % X", tt.content, b, want)
		}
	}
	for _, n := range []int{0, 1, MaxContent + 1} {
		if _, err := AppendFrame(nil, make([]byte, n)); !errors.Is(err, ErrFrameSize) {
			t.Errorf("%d bytes: error %v", n, err)
		}
	}
}

func mustHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// 03 in the data, a BCC of 03, noise and half a frame before it.
func TestDecoder(t *testing.T) {
	var d Decoder
	stream := mustHex(t, "FF0600"+"020002"+"0200023030"+"0303"+"15"+"020003373103"+"0307")
	var got []string
	for _, b := range stream { // byte by byte
		if rest := d.Feed([]byte{b}); len(rest) != 0 {
			t.Fatal("a byte did not fit")
		}
		for {
			c, ok := d.Next()
			if !ok {
				break
			}
			got = append(got, hex.EncodeToString(c))
		}
	}
	if len(got) != 2 || got[0] != "3030" || got[1] != "373103" {
		t.Errorf("frames %q", got)
	}
	if d.Bad == 0 {
		t.Error("the half frame was not counted")
	}
}

func TestParseTracks(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want [3]string
	}{
		{"01\x1fYABC\x1fY123=456\x1fN\x32", [3]string{"ABC", "123=456", ""}},
		{"07\x1fN\x31\x1fY;123=456?8", [3]string{"", "123=456", ""}},
		{"07\x1fO\x1fY12\x1fY%B5^?", [3]string{"", "12", "B5^"}},
		{"", [3]string{}},
		{"\x1f\x1f\x1f\x1f\x1f", [3]string{}},
	} {
		got := ParseTracks([]byte(tt.in))
		for i := range got {
			if string(got[i]) != tt.want[i] {
				t.Errorf("%q: track %d of %d bytes, want %d", tt.in, i+1, len(got[i]), len(tt.want[i]))
			}
		}
	}
}

func TestOnlyT1(t *testing.T) {
	for atr, want := range map[string]bool{
		"3B00":                 false,
		"3B6500002063CB6A00":   false, // no TD1
		"3B801F":               false,
		"3B8001":               true, // TD1 names T=1
		"3BF01100FF01":         true,
		"3BF01100FF00":         false,
		"3B80":                 false, // cut short
		"3B9F958131FE9F006646": true,  // TA1, then TD1 names T=1
	} {
		if got := onlyT1(mustHex(t, atr)); got != want {
			t.Errorf("ATR %s: %v, want %v", atr, got, want)
		}
	}
}

func TestTPDU(t *testing.T) {
	for in, want := range map[string]string{
		"00840000":            "0084000000",
		"0084000008":          "0084000008",
		"00A4000002DF01":      "00A4000002DF01",
		"00A4000002DF0100":    "00A4000002DF01",
		"0088000108" + "0102": "00880001080102", // not whole: passed on
	} {
		if got := hex.EncodeToString(tpdu(mustHex(t, in))); got != hex.EncodeToString(mustHex(t, want)) {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestCutsAnswers(t *testing.T) {
	if _, ok := atrOf([]byte{ResultOK, 0x30, 3, 0x3B, 0}); ok {
		t.Error("ATR longer than the answer was taken")
	}
	if atr, ok := atrOf([]byte{ResultOK, 0x30, 2, 0x3B, 0, 9}); !ok || hex.EncodeToString(atr) != "3b00" {
		t.Error("ATR was not cut by its length")
	}
	for _, bad := range [][]byte{nil, {ResultOK, 0, 3, 0x90, 0}, {ResultOK, 0, 1, 0x90, 0}, {ResultOK, 9, 9, 0x90, 0}} {
		if _, ok := responseOf(bad); ok {
			t.Errorf("response of % X was taken", bad)
		}
	}
	if r, ok := responseOf([]byte{ResultOK, 0, 2, 0x90, 0}); !ok || hex.EncodeToString(r) != "9000" {
		t.Error("response was not cut")
	}
}

func TestErrors(t *testing.T) {
	for code, want := range map[byte]error{
		0x00: card.ErrUnsupported, 0x10: card.ErrJam, 0x13: card.ErrJam, 0x16: card.ErrPulled, 0x02: card.ErrDevice,
	} {
		if err := codeErr(code); !errors.Is(err, want) {
			t.Errorf("code %02X: %v, want %v", code, err, want)
		}
	}
}

func FuzzDecoder(f *testing.F) {
	f.Add([]byte{2, 0, 2, 0x30, 0x30, 3, 3})
	f.Add([]byte{2, 0, 2, 2, 0, 2, 0x30, 0x30, 3, 3})
	f.Add([]byte{6, 2, 2, 0x58})
	f.Fuzz(func(t *testing.T, in []byte) {
		var d Decoder
		for rest := in; ; {
			rest = d.Feed(rest)
			for {
				c, ok := d.Next()
				if !ok {
					break
				}
				b, err := AppendFrame(nil, c)
				if err != nil {
					t.Fatalf("decoded content cannot be framed: %v", err)
				}
				var again Decoder
				again.Feed(b)
				if got, ok := again.Next(); !ok || string(got) != string(c) {
					t.Fatal("content does not survive")
				}
			}
			if len(rest) == 0 {
				return
			}
		}
	})
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte("01\x1fYABC\x1fY123=456\x1fN\x32"))
	f.Add([]byte{ResultOK, 0x30, 2, 0x3B, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, tr := range ParseTracks(in) {
			if len(tr) > len(in) {
				t.Fatal("track longer than the answer")
			}
		}
		if atr, ok := atrOf(in); ok {
			onlyT1(atr)
		}
		if r, ok := responseOf(in); ok && (len(r) < 2 || len(r) > maxResponse) {
			t.Fatalf("response of %d bytes", len(r))
		}
	})
}
