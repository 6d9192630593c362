package peripherals

import (
	"context"
	"errors"
	"fmt"

	"wattkiosk/boards"
	"wattkiosk/firmware/config"
	"wattkiosk/hal/driver"
	"wattkiosk/hal/port"
)

// vendorHost is the program that loads makers' libraries, beside kioskd.
const vendorHost = "/usr/lib/wattkiosk/vendorhost"

// options are a device's settings as its driver knows them.
func options(d config.Device) driver.Options {
	return driver.Options{
		Port: d.Port, Library: d.Library, VendorHost: vendorHost, FormLines: d.FormLines, Cut: true, PlainNotes: d.PlainNotesFen(),
	}
}

// way is how a device is reached: where its line is, how it is set, and who opens
// it.
type way struct {
	path string
	mode port.Mode
	open driver.Opener
}

var errNoPort = errors.New("board has no such port, and the configuration names none")

// wayTo settles where a device is. The board's line settings count for the board's
// own driver; for another one its protocol's do.
func wayTo[Cmd, Ev any](b boards.Board, role string, cfg config.Device, d driver.Driver[Cmd, Ev]) (way, error) {
	if d.Open != nil {
		path := cfg.Port
		if cfg.Library != "" {
			path = cfg.Library
		}
		return way{path: path, open: d.Open(options(cfg))}, nil
	}
	line, ok := b.Port(role)
	w := way{path: line.Path, mode: line.Mode}
	if !ok || line.Driver != d.Name {
		w.mode = d.Mode
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
		return w, fmt.Errorf("board %s: devices.%s: %w", b.Name, role, errNoPort)
	}
	w.open = func(context.Context) (port.Port, error) { return port.OpenSerial(w.path, w.mode) }
	return w, nil
}
