package ssp

import (
	"bytes"
	"errors"
	"testing"

	"wattkiosk/hal/bill/billtest"
)

// setupV6 is a reply of a device with 1, 5 and 10 yuan, 5 euro and an unused
// channel; setupV5 of an old one with 5, 10 and 20 yuan.
const (
	setupV6 = "00 30 34 32 37 43 4E 59 00 00 00 05 00 00 00 00 00 00 00 00 00 00 00 00 64 06 " +
		"43 4E 59 43 4E 59 43 4E 59 45 55 52 43 4E 59 " +
		"01 00 00 00 05 00 00 00 0A 00 00 00 05 00 00 00 00 00 00 00"
	setupV5 = "00 30 31 30 30 43 4E 59 00 00 01 03 05 0A 14 02 02 02 00 00 64 05"
)

func TestParseSetup(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     Setup
	}{
		{"version 6", setupV6, Setup{Firmware: "0427", Country: "CNY", Version: 6, Table: Table{100, 500, 1000}}},
		{"version 5", setupV5, Setup{Firmware: "0100", Country: "CNY", Version: 5, Table: Table{500, 1000, 2000}}},
		{
			"the manual's, of another currency", "00 30 31 30 30 47 42 50 00 00 01 03 05 0A 14 02 02 02 40 00 00 05",
			Setup{Firmware: "0100", Country: "GBP", Version: 5},
		},
	} {
		got, err := ParseSetup(billtest.Hex(t, tt.in), []string{"CNY"})
		if err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v; want %+v", tt.name, got, err, tt.want)
		}
	}
}

func TestParseSetupRefusesShort(t *testing.T) {
	for _, in := range []string{setupV6, setupV5} {
		b := billtest.Hex(t, in)
		for n := range b {
			if _, err := ParseSetup(b[:n], nil); !errors.Is(err, ErrSetup) {
				t.Errorf("%d of %d bytes: error %v, want ErrSetup", n, len(b), err)
			}
		}
	}
}

func TestSetupAppend(t *testing.T) {
	for _, tt := range []struct {
		in   Setup
		want string
	}{
		{Setup{Firmware: "0100", Country: "CNY", Version: 5, Table: Table{500, 1000, 2000}}, setupV5},
		{
			Setup{Firmware: "04", Country: "CNYX", Version: 6, Table: Table{0, 50, 10000}},
			"00 30 34 20 20 43 4E 59 00 00 00 03 00 00 00 00 00 00 00 00 64 06 " +
				"43 4E 59 43 4E 59 43 4E 59 00 00 00 00 00 00 00 00 64 00 00 00",
		},
	} {
		if got := tt.in.Append(nil); !bytes.Equal(got, billtest.Hex(t, tt.want)) {
			t.Errorf("%+v: % X, want %s", tt.in, got, tt.want)
		}
	}
}

func TestTable(t *testing.T) {
	table := Table{100, 500, 0, 2000, 15: 500}
	for channel, want := range map[byte]int64{0: 0, 1: 100, 2: 500, 3: 0, 4: 2000, 16: 500, 17: 0, 255: 0} {
		if got := table.Value(channel); got != want {
			t.Errorf("channel %d: %d, want %d", channel, got, want)
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

func FuzzParseSetup(f *testing.F) {
	f.Add(billtest.Hex(f, setupV6))
	f.Add(billtest.Hex(f, setupV5))
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := ParseSetup(in, []string{"CNY"})
		for i, v := range s.Table {
			if v < 0 || err != nil && v != 0 {
				t.Errorf("channel %d has %d fen, error %v", i+1, v, err)
			}
		}
	})
}
