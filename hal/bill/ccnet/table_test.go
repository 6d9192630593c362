package ccnet

import (
	"slices"
	"testing"

	"wattkiosk/hal/bill/billtest"
)

func tableBytes(tb testing.TB) []byte {
	b := make([]byte, TableSize)
	copy(b[0:], billtest.Hex(tb, "01 43 48 4E 00"))  // 0: 1 yuan, CHN
	copy(b[10:], billtest.Hex(tb, "05 43 48 4E 00")) // 2: 5 yuan
	copy(b[15:], billtest.Hex(tb, "01 43 4E 59 01")) // 3: 10 yuan, CNY
	copy(b[20:], billtest.Hex(tb, "02 31 35 36 01")) // 4: 20 yuan, 156
	copy(b[25:], billtest.Hex(tb, "05 43 48 4E 01")) // 5: 50 yuan
	copy(b[30:], billtest.Hex(tb, "01 43 48 4E 02")) // 6: 100 yuan
	copy(b[35:], billtest.Hex(tb, "05 43 48 4E 81")) // 7: 5 jiao
	copy(b[40:], billtest.Hex(tb, "05 43 48 4E 83")) // 8: half a fen
	copy(b[45:], billtest.Hex(tb, "01 55 53 41 02")) // 9: 100 dollars
	copy(b[50:], billtest.Hex(tb, "01 43 48 4E 0A")) // 10: absurd
	return b
}

func TestParseTable(t *testing.T) {
	got, err := ParseTable(tableBytes(t), []string{"CHN", "CNY", "156"})
	want := Table{0: 100, 2: 500, 3: 1000, 4: 2000, 5: 5000, 6: 10000, 7: 50}
	if err != nil || got != want {
		t.Fatalf("ParseTable = %v, %v; want %v", got, err, want)
	}
	got, _ = ParseTable(tableBytes(t), []string{"USA"})
	if (got != Table{9: 10000}) {
		t.Errorf("dollars: %v", got)
	}
	if _, err := ParseTable(make([]byte, 119), nil); err == nil {
		t.Error("119 bytes were accepted")
	}
}

func TestTableMask(t *testing.T) {
	table := Table{0: 100, 2: 500, 3: 1000, 4: 2000, 5: 5000, 6: 10000}
	for _, tt := range []struct {
		values []int64
		want   uint32
	}{
		{nil, 0x7D},
		{[]int64{1000, 2000, 5000, 10000}, 0x78},
		{[]int64{100}, 0x01},
		{[]int64{300}, 0},
		{[]int64{0}, 0},
	} {
		if got := table.Mask(tt.values); got != tt.want {
			t.Errorf("Mask(%v) = %06X, want %06X", tt.values, got, tt.want)
		}
	}
	if table.Value(6) != 10000 || table.Value(1) != 0 || table.Value(200) != 0 {
		t.Errorf("Value(6, 1, 200) = %d, %d, %d", table.Value(6), table.Value(1), table.Value(200))
	}
}

func TestTableEncode(t *testing.T) {
	table := Table{0: 100, 2: 500, 6: 10000, 7: 50}
	b := table.Encode("CHN")
	for at, want := range map[int]string{0: "01 43 48 4E 00", 5: "00 00 00 00 00", 30: "01 43 48 4E 02", 35: "05 43 48 4E 81"} {
		if got := b[at : at+5]; !slices.Equal(got, billtest.Hex(t, want)) {
			t.Errorf("entry at %d: % X, want %s", at, got, want)
		}
	}
	if back, err := ParseTable(b, []string{"CHN"}); err != nil || back != table {
		t.Errorf("parsed back %v, %v; want %v", back, err, table)
	}
}

func TestText(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{RejectText(0x60), "insertion"},
		{RejectText(0x68), "inhibited"},
		{RejectText(0x6D), "UV"},
		{RejectText(0x11), "reason 11"},
		{FailureText(0x50), "stacker motor"},
		{FailureText(0xFE), "cover open"},
		{FailureText(0x99), "failure 99"},
	} {
		if tt.got != tt.want {
			t.Errorf("text %q, want %q", tt.got, tt.want)
		}
	}
}
