package iso8583_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"testing"

	"wattkiosk/payments/posp/iso8583"
)

// golden is a frame that another implementation made; see testdata/README.md.
type golden struct {
	Name   string            `json:"name"`
	MTI    string            `json:"mti"`
	Fields map[string]string `json:"fields"`
	Frame  string            `json:"frame"`
}

func (g golden) bytes(t testing.TB) []byte { return unhex(t, g.Frame) }

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func goldens(t testing.TB) []golden {
	t.Helper()
	b, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []golden
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 13 {
		t.Fatalf("%d golden frames", len(all))
	}
	return all
}

// inHex are the fields whose golden values are in hexadecimal.
var inHex = []iso8583.Field{iso8583.PINBlock, iso8583.Chip, iso8583.Keys, iso8583.Operator, iso8583.MAC}

// message builds a golden's message by the setters, from the last field to the first.
func (g golden) message(t *testing.T) *iso8583.Message {
	t.Helper()
	mti, err := strconv.ParseUint(g.MTI, 16, 16)
	if err != nil {
		t.Fatal(err)
	}
	m := &iso8583.Message{
		TPDU:   iso8583.TPDU{0x60, 0x00, 0x03, 0x00, 0x00},
		Header: iso8583.Header{0x60, 0x31, 0x00, 0x31, 0x19, 0x03},
	}
	m.Reset(iso8583.MTI(mti))
	for f := iso8583.MAC; f > 1; f-- {
		v, ok := g.Fields[strconv.Itoa(int(f))]
		switch {
		case !ok:
		case slices.Contains(inHex, f):
			m.SetBytes(f, unhex(t, v))
		default:
			m.SetText(f, v)
		}
	}
	return m
}

func TestEncodesAsOthersDo(t *testing.T) {
	for _, g := range goldens(t) {
		got, err := g.message(t).AppendFrame(nil)
		if err != nil || hex.EncodeToString(got) != g.Frame {
			t.Errorf("%s: %v\n got %x\nwant %s", g.Name, err, got, g.Frame)
		}
	}
}

func TestDecodesWhatOthersEncoded(t *testing.T) {
	for _, g := range goldens(t) {
		var m iso8583.Message
		if err := m.Decode(g.bytes(t)); err != nil {
			t.Errorf("%s: %v", g.Name, err)
			continue
		}

		if m.MTI.String() != g.MTI || m.TPDU != (iso8583.TPDU{0x60, 0, 3, 0, 0}) || m.Header != (iso8583.Header{0x60, 0x31, 0, 0x31, 0x19, 3}) {
			t.Errorf("%s: MTI %v, TPDU %x, header %x", g.Name, m.MTI, m.TPDU, m.Header)
		}
		n := 0
		for f := range m.Fields {
			n++
			want := g.Fields[strconv.Itoa(int(f))]
			if slices.Contains(inHex, f) {
				want = string(unhex(t, want))
			}
			if m.Text(f) != want || !m.Is(f, want) || m.Is(f, want+"0") || m.Len(f) != len(want) {
				t.Errorf("%s: field %v is another text", g.Name, f)
			}
		}
		if n != len(g.Fields) {
			t.Errorf("%s: %d fields, want %d", g.Name, n, len(g.Fields))
		}
	}
}

func TestNumbers(t *testing.T) {
	var m iso8583.Message
	if err := m.Decode(goldens(t)[3].bytes(t)); err != nil {
		t.Fatal(err)
	}
	for f, want := range map[iso8583.Field]uint64{
		iso8583.Amount: 101, iso8583.Trace: 3, iso8583.CardSequence: 1, iso8583.EntryMode: 51, iso8583.Kind: 220000010006,
	} {
		if got, ok := m.Number(f); !ok || got != want {
			t.Errorf("%v: %d, %v, want %d", f, got, ok, want)
		}
	}
	if batch, ok := m.Part(iso8583.Kind, 2, 8); !ok || batch != 1 {
		t.Errorf("batch %d, %v", batch, ok)
	}
	for _, f := range []iso8583.Field{iso8583.Security - 1, iso8583.Track2, iso8583.Terminal, iso8583.Balance, 200} {
		if _, ok := m.Number(f); ok {
			t.Errorf("%v is a number", f)
		}
	}
	for _, cut := range [][2]int{{-1, 3}, {3, 3}, {4, 3}, {0, 13}} {
		if _, ok := m.Part(iso8583.Kind, cut[0], cut[1]); ok {
			t.Errorf("digits %v of 12", cut)
		}
	}
}

func TestCostsNoAllocation(t *testing.T) {
	frame := goldens(t)[2].bytes(t)
	var in, out iso8583.Message
	text, made := make([]byte, 0, 512), make([]byte, 0, 512)
	allocations := testing.AllocsPerRun(100, func() {
		if err := in.Decode(frame); err != nil {
			t.Fatal(err)
		}
		out.TPDU, out.Header = in.TPDU, in.Header
		out.Reset(in.MTI)
		for f := range in.Fields {
			text = in.AppendText(text[:0], f)
			out.SetBytes(f, text)
		}
		var err error
		if made, err = out.AppendFrame(made[:0]); err != nil {
			t.Fatal(err)
		}
	})
	if allocations != 0 || string(made) != string(frame) {
		t.Errorf("%v allocations for %x", allocations, made)
	}
}

func BenchmarkDecode(b *testing.B) {
	frame := goldens(b)[2].bytes(b)
	var m iso8583.Message
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Decode(frame); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	var m iso8583.Message
	if err := m.Decode(goldens(b)[2].bytes(b)); err != nil {
		b.Fatal(err)
	}
	var made []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if made, err = m.AppendFrame(made[:0]); err != nil {
			b.Fatal(err)
		}
	}
}
