// Package climate watches the temperature inside the cabinet: it reads the sensor
// now and then, keeps the last reading for whoever asks, and says when it is too
// hot for the notes, the paper and the UPS's battery.
//
// Hot means that several readings in a row are above the threshold; it is over when
// as many are hysteresis below it. A sensor that fails is opened again at the next
// reading, and changes no alarm: what is not known is not cool.
//
// The package refuses to act on the heat: fans are the cabinet's, and an alarm
// blocks nothing.
package climate

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"wattkiosk/firmware/peripherals"
	"wattkiosk/hal"
	"wattkiosk/hal/sensor"
)

// Times and bounds.
const (
	// every is the gap between readings.
	every = 30 * time.Second
	// inARow is how many readings make an alarm, or end it.
	inARow = 3
	// hysteresis is how far below the threshold the cabinet must cool.
	hysteresis sensor.Milli = 3000
)

// Role is what the sensor is called among the devices.
const Role = "sensor"

// Thermometer is an open sensor: hal/sensor's.
type Thermometer interface {
	Read() (sensor.Milli, error)
	Close() error
}

// Config says which sensor, and what is too hot.
type Config struct {
	Driver, Bus string                      // for people
	Open        func() (Thermometer, error) // nil = no sensor
	AlarmAbove  sensor.Milli
	Alarm       func(on bool, m sensor.Milli) // hears both ways, on Run's goroutine
	Now         func() time.Time
	Log         *slog.Logger
}

// Watch watches one sensor. Run is called once; the other methods are safe for
// concurrent use.
type Watch struct {
	cfg Config

	// Of Run's goroutine.
	dev       Thermometer // nil while not open
	hot       bool
	above     int // readings in a row above the threshold
	belowCool int // readings in a row cool enough

	mu     sync.Mutex // guards what follows
	last   sensor.Milli
	known  bool // last is the latest reading
	health peripherals.Health
}

// New makes a watch; it opens nothing yet.
func New(cfg Config) *Watch {
	return &Watch{cfg: cfg, health: peripherals.Health{Role: Role, Driver: cfg.Driver, Port: cfg.Bus, Since: cfg.Now()}}
}

// Run reads until ctx ends. Without a sensor it returns at once.
func (w *Watch) Run(ctx context.Context) {
	if w.cfg.Open == nil {
		return
	}
	defer w.close()
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		w.turn()
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// turn takes one reading.
func (w *Watch) turn() {
	m, err := w.read()
	w.note(m, err)
	if err != nil {
		w.close()
		return
	}
	w.judge(m)
}

func (w *Watch) read() (sensor.Milli, error) {
	if w.dev == nil {
		d, err := w.cfg.Open()
		if err != nil {
			return 0, err
		}
		w.dev = d
	}
	return w.dev.Read()
}

func (w *Watch) close() {
	if w.dev == nil {
		return
	}
	if err := w.dev.Close(); err != nil {
		w.cfg.Log.Warn("cannot close the temperature sensor", "err", err)
	}
	w.dev = nil
}

// note keeps a reading, or that there is none.
func (w *Watch) note(m sensor.Milli, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	state, trouble := hal.DeviceOnline, ""
	if err != nil {
		state, trouble = hal.DeviceOffline, err.Error()
		if w.health.Error != trouble {
			w.cfg.Log.Warn("temperature", "err", err)
		}
	}
	w.last, w.known = m, err == nil
	w.health.Error = trouble
	if w.health.State != state {
		w.health.State, w.health.Since = state, w.cfg.Now()
	}
}

// judge decides what is too hot.
func (w *Watch) judge(m sensor.Milli) {
	w.above, w.belowCool = w.above+1, w.belowCool+1
	if m <= w.cfg.AlarmAbove {
		w.above = 0
	}
	if m > w.cfg.AlarmAbove-hysteresis {
		w.belowCool = 0
	}
	switch {
	case !w.hot && w.above >= inARow:
		w.hot = true
	case w.hot && w.belowCool >= inARow:
		w.hot = false
	default:
		return
	}
	w.cfg.Log.Warn("temperature in the cabinet", "hot", w.hot, "reading", m.String())
	if w.cfg.Alarm != nil {
		w.cfg.Alarm(w.hot, m)
	}
}

// Last is the latest reading, and whether there is one.
func (w *Watch) Last() (sensor.Milli, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last, w.known
}

// Health is the sensor among the devices; false where there is none.
func (w *Watch) Health() (peripherals.Health, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.health
	if w.known {
		h.Detail = w.last.String()
	}
	return h, w.cfg.Open != nil
}
