package cctalk

import (
	"bytes"
	"errors"
	"testing"

	"wattkiosk/hal/bill/billtest"
)

func TestParseIdentity(t *testing.T) {
	for in, want := range map[string]Identity{
		"GB0010A": {"GB", 10, 'A'},
		"CN0100B": {"CN", 100, 'B'},
		"XX9999Z": {"XX", 9999, 'Z'},
	} {
		got, err := ParseIdentity([]byte(in))
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", in, got, err, want)
		}
		if back := got.Append(nil); string(back) != in {
			t.Errorf("%s: appended %q", in, back)
		}
	}
	for _, in := range []string{".......", "       ", "\x00\x00\x00\x00\x00\x00\x00", "CN00a0A", "CN010A", "CN01000A", ""} {
		if _, err := ParseIdentity([]byte(in)); !errors.Is(err, ErrIdentity) {
			t.Errorf("%q: error %v, want ErrIdentity", in, err)
		}
	}
	if got := (Identity{}).Append(nil); string(got) != "......." {
		t.Errorf("an unused type is %q", got)
	}
}

func TestScaling(t *testing.T) {
	for _, tt := range []struct {
		in    string
		value int64
		want  int64
	}{
		{"64 00 02", 100, 10000}, // 100 × 100 / 10²
		{"01 00 00", 5, 500},
		{"E8 03 00", 10, 1_000_000},
		{"01 00 02", 5, 5},
		{"01 00 03", 5, 0}, // half a fen
		{"00 00 00", 5, 0}, // unknown country
		{"FF FF FF", 9999, 0},
	} {
		s, err := ParseScaling(billtest.Hex(t, tt.in))
		if got := s.Fen(tt.value); err != nil || got != tt.want {
			t.Errorf("%s × %d: %d, %v; want %d", tt.in, tt.value, got, err, tt.want)
		}
	}
	if _, err := ParseScaling([]byte{1, 2}); !errors.Is(err, ErrScaling) {
		t.Errorf("two bytes: error %v, want ErrScaling", err)
	}
}

func TestTable(t *testing.T) {
	table := Table{100, 500, 0, 2000, 15: 500}
	for typ, want := range map[byte]int64{0: 0, 1: 100, 2: 500, 3: 0, 4: 2000, 16: 500, 17: 0, 255: 0} {
		if got := table.Value(typ); got != want {
			t.Errorf("type %d: %d, want %d", typ, got, want)
		}
	}
	for _, tt := range []struct {
		values []int64
		want   uint16
	}{{nil, 0x800B}, {[]int64{500}, 0x8002}, {[]int64{0, 7}, 0}} {
		if got := table.Mask(tt.values); got != tt.want {
			t.Errorf("%v: mask %04X, want %04X", tt.values, got, tt.want)
		}
	}
}

func FuzzParseIdentity(f *testing.F) {
	f.Add([]byte("CN0100A"))
	f.Add([]byte("......."))
	f.Fuzz(func(t *testing.T, in []byte) {
		id, err := ParseIdentity(in)
		if err == nil && !bytes.Equal(id.Append(nil), in) && in[0] < 0x80 && in[1] < 0x80 && in[6] < 0x80 {
			t.Errorf("%q read as %+v", in, id)
		}
		if id.Value < 0 || id.Value > 9999 || err != nil && id != (Identity{}) {
			t.Errorf("%q read as %+v, %v", in, id, err)
		}
	})
}
