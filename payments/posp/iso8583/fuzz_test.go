package iso8583_test

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wattkiosk/payments/posp/iso8583"
)

func FuzzDecode(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(g.bytes(f))
	}
	f.Add(frameOf(f, "0800 4000000000000000 19 62220212345678901281"))
	f.Add(frameOf(f, "0800 0000020000000000 1001"))
	f.Fuzz(func(t *testing.T, frame []byte) {
		var m iso8583.Message
		if err := m.Decode(frame); err != nil {
			return
		}
		again, err := m.AppendFrame(nil)
		if err != nil || !bytes.Equal(again, frame) {
			t.Fatalf("%v\n got %x\nwant %x", err, again, frame)
		}

		var built iso8583.Message
		built.TPDU, built.Header = m.TPDU, m.Header
		built.Reset(m.MTI)
		for f := range m.Fields {
			built.SetText(f, m.Text(f))
		}
		again, err = built.AppendFrame(nil)
		if err != nil || !bytes.Equal(again, frame) {
			t.Fatalf("built: %v\n got %x\nwant %x", err, again, frame)
		}
		_ = m.String()
	})
}

func FuzzReadFrame(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(g.bytes(f))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := bytes.NewReader(stream)
		read := 0
		for {
			frame, err := iso8583.ReadFrame(r, nil)
			if err != nil {
				return
			}
			if len(frame) > iso8583.MaxFrame+2 || !bytes.Equal(frame, stream[read:read+len(frame)]) {
				t.Fatalf("frame of %d bytes", len(frame))
			}
			read += len(frame)
		}
	})
}

// TestWhatIsSetIsRead sets any fields to any values and reads them from the frame.
func TestWhatIsSetIsRead(t *testing.T) {
	// The lengths and alphabets stand here once more, so that the table is not its own judge.
	numbers, printable := "0123456789", "0123456789ABCXYZ abcxyz=;"
	fields := map[iso8583.Field]struct {
		alphabet    string
		least, most int
	}{
		2: {numbers, 0, 19}, 3: {numbers, 6, 6}, 4: {numbers, 12, 12}, 11: {numbers, 6, 6}, 14: {numbers, 4, 4}, 22: {numbers, 3, 3}, 23: {numbers, 3, 3},
		25: {numbers, 2, 2}, 32: {numbers, 0, 11}, 35: {numbers + "D", 0, 37}, 36: {numbers + "D", 0, 104}, 37: {printable, 12, 12}, 39: {printable, 2, 2},
		44: {printable + "\xcb\x00", 0, 25}, 48: {numbers, 0, 322}, 52: {"\x00\x01\xff", 8, 8}, 55: {"\x00\x01\xff", 0, 255}, 60: {numbers, 0, 19},
		61: {numbers, 0, 29}, 62: {"\x00\x01\xff", 0, 512}, 63: {printable + "\xcb\x00", 0, 163}, 64: {"\x00\x01\xff", 8, 8},
	}
	all := make([]iso8583.Field, 0, len(fields))
	for f := range iso8583.Field(65) {
		if _, ok := fields[f]; ok {
			all = append(all, f)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		values := map[iso8583.Field]string{}
		m := iso8583.Message{TPDU: iso8583.TPDU{0x60}}
		m.Reset(0x0200)
		for _, f := range rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, 22, rapid.ID[iso8583.Field]).Draw(t, "fields") {
			var b strings.Builder
			for range rapid.IntRange(fields[f].least, fields[f].most).Draw(t, "length") {
				b.WriteByte(fields[f].alphabet[rapid.IntRange(0, len(fields[f].alphabet)-1).Draw(t, "character")])
			}
			values[f] = b.String()
			m.SetText(f, b.String())
		}
		frame, err := m.AppendFrame(nil)
		if err != nil {
			t.Fatal(err)
		}

		var read iso8583.Message
		if err := read.Decode(frame); err != nil {
			t.Fatal(err)
		}
		n := 0
		for f := range read.Fields {
			n++
			if read.Text(f) != values[f] || !read.Is(f, values[f]) {
				t.Fatalf("field %v is %q, want %q", f, read.Text(f), values[f])
			}
		}
		if n != len(values) {
			t.Fatalf("%d fields, want %d", n, len(values))
		}
	})
}
