package ebds

import "testing"

func TestTableMask(t *testing.T) {
	table := Table{0: 100, 1: 500, 6: 10000, 7: 10000, 127: 500}
	for _, tt := range []struct {
		values []int64
		want   Mask
	}{
		{nil, Mask{0: 0x43, 1: 0x01, 18: 0x02}},
		{[]int64{10000}, Mask{0: 0x40, 1: 0x01}},
		{[]int64{500, 7}, Mask{0: 0x02, 18: 0x02}},
		{[]int64{0, 7}, Mask{}},
	} {
		if got := table.Mask(tt.values); got != tt.want {
			t.Errorf("%v: mask % X, want % X", tt.values, got, tt.want)
		}
	}
	m := table.Mask(nil)
	for index, want := range map[int]bool{0: false, 1: true, 2: true, 3: false, 7: true, 8: true, 127: false, 128: true, 129: false} {
		if got := m.Has(index); got != want {
			t.Errorf("index %d: %v, want %v", index, got, want)
		}
	}
}

func TestMaskSize(t *testing.T) {
	for entries, want := range map[int]int{1: 8, 50: 8, 51: 19, 128: 19} {
		if got := maskSize(entries); got != want {
			t.Errorf("%d entries: %d bytes, want %d", entries, got, want)
		}
	}
}

func TestPlainDenominations(t *testing.T) {
	of := [7]int64{100, 500, 0, 2000, 500, 0, 10000}
	for _, tt := range []struct {
		values []int64
		want   byte
	}{{nil, 0x5B}, {[]int64{500}, 0x12}, {[]int64{0, 1}, 0}} {
		if got := denominations(of, tt.values); got != tt.want {
			t.Errorf("%v: %02X, want %02X", tt.values, got, tt.want)
		}
	}
}
