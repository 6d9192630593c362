package ebds

import (
	"bytes"
	"errors"
	"testing"

	"wattkiosk/hal/bill/billtest"
)

// note100 tells a note of CNY 001 +02 as in escrow or stacked, after the status.
const note100 = "00 43 4E 59 30 30 31 2B 30 32 00 41 41 41 41 00 00 00"

var cny = [3]byte{'C', 'N', 'Y'}

func TestParseReply(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     Reply
	}{
		{"idling", "21 01 10 00 00 54 10", Reply{Status: Status{Bits: BitIdling | BitCassette, Model: 0x54, Revision: 0x10}}},
		{"power-up, cassette out", "20 00 00 01 00 54 10", Reply{Status: Status{Bits: BitPowerUp, Model: 0x54, Revision: 0x10}}},
		{
			"escrow, denomination 5", "21 04 10 28 00 54 10",
			Reply{Status: Status{Bits: BitEscrowed | BitCassette | 5<<19, Model: 0x54, Revision: 0x10}},
		},
		{"mask taken", "71 03 01 10 00 00 54 10", Reply{Subtype: SubInhibits, Status: Status{Bits: BitIdling | BitCassette, Model: 0x54, Revision: 0x10}}},
		{"time taken", "71 04 01 10 02 01 54 10", Reply{Subtype: SubTimeout, Status: Status{
			Bits: BitIdling | BitCassette | BitInvalid | BitStalled, Model: 0x54, Revision: 0x10,
		}}},
		{"a recycler", "23 01 10 00 00 54 10", Reply{Status: Status{Bits: BitIdling | BitCassette, Model: 0x54, Revision: 0x10}}},
		{"stacked 100", "71 02 10 10 00 00 54 10" + note100, Reply{
			Subtype: SubNote, Status: Status{Bits: BitStacked | BitCassette, Model: 0x54, Revision: 0x10},
			Note: Note{Currency: cny, Value: 10000},
		}},
	} {
		in := billtest.Hex(t, tt.in)
		got, err := ParseReply(in[0], in[1:])
		if err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v; want %+v", tt.name, got, err, tt.want)
		}
	}
}

func TestParseReplyRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"a command":          "11 7F 1C 10",
		"its echo, extended": "71 03 00 1C 10 03 00 00 00 00 00 00 00",
		"short":              "21 01 10 00 00 54",
		"long":               "21 01 10 00 00 54 10 00",
		"auxiliary":          "60 00 00 00 00 00 00",
		"another subtype":    "71 05 01 10 00 00 54 10",
		"no digits":          "71 02 04 10 00 00 54 10 00 43 4E 59 30 3A 31 2B 30 32 00 41 41 41 41 00 00 00",
		"no sign":            "71 02 04 10 00 00 54 10 00 43 4E 59 30 30 31 20 30 32 00 41 41 41 41 00 00 00",
		"beyond measure":     "71 02 04 10 00 00 54 10 00 43 4E 59 30 30 31 2B 31 30 00 41 41 41 41 00 00 00",
		"a tenth of a fen":   "71 02 04 10 00 00 54 10 00 43 4E 59 30 30 31 2D 30 33 00 41 41 41 41 00 00 00",
	} {
		b := billtest.Hex(t, in)
		if _, err := ParseReply(b[0], b[1:]); !errors.Is(err, ErrReply) {
			t.Errorf("%s: error %v, want ErrReply", name, err)
		}
	}
}

func TestNoteValues(t *testing.T) {
	for _, tt := range []struct {
		digits string // base, sign, exponent
		want   int64
		back   string // as the package writes it
	}{
		{"001+00", 100, "001+00"},
		{"001+02", 10000, "100+00"},
		{"100+00", 10000, "100+00"},
		{"005-01", 50, "005-01"},
		{"025-02", 25, "025-02"},
		{"002+03", 200000, "200+01"},
		{"000+00", 0, "000-02"},
		{"050-01", 500, "005+00"},
	} {
		b := append(append([]byte{7}, "JPY"...), tt.digits...)
		b = append(b, 0, 'A', 'A', 'A', 'A', 2, 0, 0)
		n, err := parseNote(b)
		if err != nil || n != (Note{Index: 7, Currency: [3]byte{'J', 'P', 'Y'}, Value: tt.want, Class: 2}) {
			t.Errorf("%s: %+v, %v; want %d", tt.digits, n, err, tt.want)
		}
		copy(b[4:], tt.back)
		if got := n.appendTo(nil); !bytes.Equal(got, b) {
			t.Errorf("%s: written % X, want % X", tt.digits, got, b)
		}
	}
	if n := (Note{Class: 2}); n.Good() || n.In([]string{"CNY"}) {
		t.Error("a suspect note of no currency is good, or ours")
	}
}

func FuzzParseReply(f *testing.F) {
	f.Add(byte(0x71), billtest.Hex(f, "02 10 10 00 00 54 10"+note100))
	f.Add(byte(0x21), billtest.Hex(f, "04 10 28 00 54 10"))
	f.Add(byte(0x70), billtest.Hex(f, "03 01 10 00 00 54 10"))
	f.Fuzz(func(t *testing.T, ctl byte, data []byte) {
		r, err := ParseReply(ctl, data)
		if err != nil {
			return
		}
		if r.Note.Value < 0 || r.Note.Value > 999_00*1_000_000_000 {
			t.Errorf("value %d of % X", r.Note.Value, data)
		}
		for _, c := range data {
			if c > 0x7F {
				return // no frame has it
			}
		}
		frame, err := r.AppendFrame(nil, ctl&1)
		if err != nil {
			t.Fatal(err)
		}
		var d Decoder
		_, back, again, _ := d.Next(frame)
		if r2, err := ParseReply(back, again); err != nil || r2.Status != r.Status || r2.Subtype != r.Subtype || r2.Note.Value != r.Note.Value {
			t.Errorf("% X read as %+v, written and read as %+v, %v", data, r, r2, err)
		}
	})
}
