package climate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/sensor"
)

// bulb is a sensor that reads from a list; the last value stays. A value of none
// is a reading that fails.
type bulb struct {
	values         []sensor.Milli
	opened, closed int
}

const none sensor.Milli = -1 << 20

var errBus = errors.New("no acknowledge on the bus")

func (b *bulb) open() (Thermometer, error) { b.opened++; return b, nil }
func (b *bulb) Close() error               { b.closed++; return nil }
func (b *bulb) Read() (sensor.Milli, error) {
	v := b.values[0]
	if len(b.values) > 1 {
		b.values = b.values[1:]
	}
	if v == none {
		return 0, errBus
	}
	return v, nil
}

// watch runs over the values, one every 30 s, and returns what was alarmed.
func watch(t *testing.T, b *bulb, d time.Duration) (*Watch, []string) {
	t.Helper()
	var told []string
	w := New(Config{
		Driver: "lm75", Bus: "/dev/i2c-1", Open: b.open, AlarmAbove: 60_000, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Alarm: func(on bool, m sensor.Milli) { told = append(told, fmt.Sprint(on, " ", m)) },
	})
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	w.Run(ctx)
	return w, told
}

func TestAlarm(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []sensor.Milli
		want   []string
	}{
		{"cool", []sensor.Milli{20_000, 59_000, 60_000, 60_000, 60_000}, nil},
		{"a short peak", []sensor.Milli{61_000, 61_000, 60_000, 61_000, 61_000, 59_000}, nil},
		{"hot", []sensor.Milli{59_000, 60_125, 60_250, 61_000, 62_000}, []string{"true 61.0 °C"}},
		{"hot and cool again", []sensor.Milli{61_000, 61_000, 61_000, 57_000, 57_125, 57_000, 56_000, 55_000, 54_000}, []string{"true 61.0 °C", "false 55.0 °C"}},
		{"a failed reading ends no alarm and counts for none", []sensor.Milli{61_000, none, 61_000, 61_000, none, none, none, none}, []string{"true 61.0 °C"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, told := watch(t, &bulb{values: c.values}, time.Duration(len(c.values)-1)*every+time.Second)
				if !slices.Equal(told, c.want) {
					t.Errorf("told %v, want %v", told, c.want)
				}
			})
		})
	}
}

func TestHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bulb{values: []sensor.Milli{23_500}}
		w, _ := watch(t, b, time.Minute)
		h, ok := w.Health()
		if m, known := w.Last(); !ok || !known || m != 23_500 || h.State != hal.DeviceOnline || h.Detail != "23.5 °C" || h.Role != "sensor" || h.Port != "/dev/i2c-1" {
			t.Errorf("%v %v, health %+v", m, known, h)
		}
		if b.opened != 1 || b.closed != 1 {
			t.Errorf("opened %d times, closed %d times", b.opened, b.closed)
		}
		b = &bulb{values: []sensor.Milli{23_500, none}}
		w, _ = watch(t, b, 95*time.Second)
		h, _ = w.Health()
		if _, known := w.Last(); known || h.State != hal.DeviceOffline || h.Error != errBus.Error() || h.Detail != "" {
			t.Errorf("a sensor that fails: %v, health %+v", known, h)
		}
		if b.opened != 3 || b.closed != 3 { // at 0 s; anew at 60 s and 90 s
			t.Errorf("opened %d times, closed %d times", b.opened, b.closed)
		}
	})
}

func TestNoSensor(t *testing.T) {
	w := New(Config{Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	w.Run(t.Context()) // returns
	if _, ok := w.Health(); ok {
		t.Error("there is a sensor")
	}
}
