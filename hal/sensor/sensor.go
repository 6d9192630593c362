// Package sensor reads the temperature inside the cabinet from an LM75-compatible
// sensor on an I2C bus, through periph.
//
// The LM75's register 0 holds the temperature in its upper bits, two's complement,
// 0.125 degrees a step of 32 (11 bits; an LM75 of 9 bits has zeros below). Source:
// the LM75B data sheet.
//
// The package refuses to decide what is too hot: that is the health check's.
package sensor

import (
	"errors"
	"fmt"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/host/v3"
)

// DefaultAddress is an LM75 with its address pins low.
const DefaultAddress = 0x48

// register is the pointer to the temperature.
const register = 0x00

// What the part can measure, in thousandths of a degree Celsius.
const (
	lowest  = -55_000
	highest = 125_000
)

// ErrRange says that the reading cannot be a temperature: no sensor, or a bad bus.
var ErrRange = errors.New("reading is no temperature")

// Milli is a temperature in thousandths of a degree Celsius.
type Milli int

// String writes "23.5 °C".
func (m Milli) String() string { return fmt.Sprintf("%.1f °C", float64(m)/1000) }

// Thermometer is one sensor. It is not safe for concurrent use.
type Thermometer struct {
	bus  i2c.BusCloser
	dev  i2c.Dev
	name string
}

// Open opens the sensor at address on a bus named as periph names it
// ("/dev/i2c-1", or "1").
func Open(bus string, address uint16) (*Thermometer, error) {
	if _, err := host.Init(); err != nil {
		return nil, fmt.Errorf("cannot find I2C buses: %w", err)
	}
	b, err := i2creg.Open(bus)
	if err != nil {
		return nil, fmt.Errorf("cannot open I2C bus %s: %w", bus, err)
	}
	return New(b, address), nil
}

// New is a sensor on an open bus, which Close closes.
func New(bus i2c.BusCloser, address uint16) *Thermometer {
	return &Thermometer{bus: bus, dev: i2c.Dev{Bus: bus, Addr: address}, name: bus.String()}
}

// Read takes the temperature.
func (t *Thermometer) Read() (Milli, error) {
	var b [2]byte
	if err := t.dev.Tx([]byte{register}, b[:]); err != nil {
		return 0, fmt.Errorf("cannot read temperature on %s: %w", t.name, err)
	}
	steps := int(int16(uint16(b[0])<<8|uint16(b[1]))) >> 5
	m := Milli(steps * 125)
	if m < lowest || m > highest {
		return 0, fmt.Errorf("cannot read temperature on %s: %w: %02X %02X", t.name, ErrRange, b[0], b[1])
	}
	return m, nil
}

// Close closes the bus.
func (t *Thermometer) Close() error { return t.bus.Close() }
