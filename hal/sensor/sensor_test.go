package sensor_test

import (
	"errors"
	"testing"

	"periph.io/x/conn/v3/i2c/i2ctest"

	"wattkiosk/hal/sensor"
)

// TestReadings are rows of the LM75B data sheet's table, and two malformed ones.
func TestReadings(t *testing.T) {
	for _, c := range []struct {
		bytes [2]byte
		want  sensor.Milli
		bad   bool
	}{
		{[2]byte{0x7D, 0x00}, 125_000, false},
		{[2]byte{0x7E, 0xE0}, 126_875, true}, // above what the part measures
		{[2]byte{0x19, 0x00}, 25_000, false},
		{[2]byte{0x00, 0x20}, 125, false},
		{[2]byte{0x00, 0x00}, 0, false},
		{[2]byte{0xFF, 0xE0}, -125, false},
		{[2]byte{0xE7, 0x00}, -25_000, false},
		{[2]byte{0xC9, 0x00}, -55_000, false},
		{[2]byte{0x80, 0x00}, 0, true},
		{[2]byte{0x19, 0x1F}, 25_000, false}, // the lowest five bits mean nothing
	} {
		bus := &i2ctest.Playback{Ops: []i2ctest.IO{{Addr: sensor.DefaultAddress, W: []byte{0}, R: c.bytes[:]}}}
		th := sensor.New(bus, sensor.DefaultAddress)
		got, err := th.Read()
		if c.bad != errors.Is(err, sensor.ErrRange) || !c.bad && got != c.want {
			t.Errorf("% X: %v, %v; want %v", c.bytes, got, err, c.want)
		}
		if err := th.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := sensor.Milli(23_456).String(); got != "23.5 °C" {
		t.Errorf("prints %s", got)
	}
}

func TestNobodyAnswers(t *testing.T) {
	th := sensor.New(&i2ctest.Playback{DontPanic: true}, sensor.DefaultAddress)
	if _, err := th.Read(); err == nil {
		t.Error("read from an empty bus")
	}
	if _, err := sensor.Open("/dev/i2c-there-is-none", 0x48); err == nil {
		t.Error("opened a bus that is not there")
	}
}
