package peripherals

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"wattkiosk/boards"
	"wattkiosk/firmware/config"
	"wattkiosk/hal"
	"wattkiosk/hal/driver"
	"wattkiosk/hal/port"
)

// way is how a device is reached: where its line is, how it is set, and who opens
// it.
type way struct {
	path string
	mode port.Mode
	open driver.Opener
}

var errNoPort = errors.New("board has no such port, and the configuration names none")

// Check reports every driver that there is not and every setting that a driver does not
// take, by its key. It opens nothing but what a setting names.
func Check(d config.Devices) error {
	return errors.Join(
		check(boards.Validator, d.Validator, driver.Validators()),
		check(boards.Printer, d.Printer, driver.Printers()),
		check(boards.Invoice, d.Invoice, driver.Printers()),
		check(boards.Card, d.Card, driver.Cards()),
		check(boards.MeterCard, d.MeterCard.Device, driver.Cards()),
		check(boards.Pinpad, d.Pinpad, driver.Pinpads()),
		check(boards.Scanner, d.Scanner, driver.Scanners()),
		check(boards.Meter, d.Meter, driver.Meters()),
		checkMode(d.MeterCard),
	)
}

func check[Cmd hal.Command[Ev], Ev any](role string, cfg config.Device, of []driver.Driver[Cmd, Ev]) error {
	if cfg.Driver == "" {
		return nil
	}
	_, _, err := prepare(role, cfg, of)
	return err
}

// keyOf is the table of a device in the configuration.
func keyOf(role string) string { return "devices." + strings.ReplaceAll(role, "-", "_") }

// prepare finds the driver of a device and makes the device with its settings.
func prepare[Cmd hal.Command[Ev], Ev any](role string, cfg config.Device, of []driver.Driver[Cmd, Ev]) (d driver.Driver[Cmd, Ev], dev driver.Device[Cmd, Ev], err error) {
	if d, err = driver.Find(cfg.Driver, of); err != nil {
		return d, dev, fmt.Errorf("%s.driver: %w", keyOf(role), err)
	}
	if dev, err = d.New(cfg.Port, cfg.Settings); err != nil {
		return d, dev, fmt.Errorf("%s: %w", keyOf(role), err)
	}
	return d, dev, nil
}

// wayTo settles where a device on a serial line is. The board's line settings count for
// the board's own driver; for another one its protocol's do.
func wayTo(b boards.Board, role string, cfg config.Device, driverName string, protocol port.Mode) (way, error) {
	line, ok := b.Port(role)
	w := way{path: line.Path, mode: line.Mode}
	if !ok || line.Driver != driverName {
		w.mode = protocol
	}

	if cfg.Port != "" {
		w.path = cfg.Port
	}

	if cfg.Baud != 0 {
		w.mode.Baud = cfg.Baud
	}

	if cfg.RS485 != "" {
		w.mode.RS485.On, w.mode.RS485.RTSLow = true, cfg.RS485 == config.RTSLow
	}

	if w.path == "" {
		return w, fmt.Errorf("board %s: %s: %w", b.Name, keyOf(role), errNoPort)
	}

	w.open = func(context.Context) (port.Port, error) { return port.OpenSerial(w.path, w.mode) }
	return w, nil
}
