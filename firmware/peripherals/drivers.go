package peripherals

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"wattkiosk/boards"
	"wattkiosk/firmware/config"
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/ccnet"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/vendor"
	"wattkiosk/hal/meter"
	"wattkiosk/hal/meter/dlt645"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/pinpad/zt588"
	"wattkiosk/hal/port"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/printer/escpos"
	"wattkiosk/hal/scanner"
	"wattkiosk/hal/scanner/hidkey"
	"wattkiosk/hal/scanner/wedge"
)

// vendorHost is the program that loads makers' libraries, beside kioskd.
const vendorHost = "/usr/lib/wattkiosk/vendorhost"

// opener opens a device's port.
type opener func(context.Context) (port.Port, error)

// driver is one way to reach a device: its protocol, how its line is set, and, where
// it is no serial line, how it is opened.
type driver[Cmd, Ev any] struct {
	name string
	mode port.Mode // baud is the protocol's own where the board does not say
	make func(config.Device) (hal.Engine[Cmd, Ev], error)
	open func(config.Device) opener // nil = a serial line
}

func always[Cmd, Ev any](f func() hal.Engine[Cmd, Ev]) func(config.Device) (hal.Engine[Cmd, Ev], error) {
	return func(config.Device) (hal.Engine[Cmd, Ev], error) { return f(), nil }
}

func validators() []driver[bill.Command, bill.Event] {
	return []driver[bill.Command, bill.Event]{
		{name: "ccnet", mode: port.Mode{Baud: 9600}, make: always(func() bill.Engine { return ccnet.New(ccnet.Config{}) })},
	}
}

func printers(cut bool) []driver[printer.Command, printer.Event] {
	return []driver[printer.Command, printer.Event]{
		{name: "escpos", mode: port.Mode{Baud: 38400}, make: func(d config.Device) (printer.Engine, error) {
			cfg := escpos.Config{CutAtStart: cut && d.FormLines == 0}
			if d.FormLines > 0 {
				cfg.Layout = escpos.Layout{Columns: escpos.Columns76mm, FormLines: d.FormLines}
			}
			return escpos.New(cfg), nil
		}},
	}
}

func cards() []driver[card.Command, card.Event] {
	return []driver[card.Command, card.Event]{
		{name: "vendor", make: func(d config.Device) (card.Engine, error) {
			abi, err := vendor.LoadABI(d.Library)
			if err != nil {
				return nil, err
			}
			return vendor.New(abi), nil
		}, open: func(d config.Device) opener {
			h := &vendor.Host{Command: vendorHost, ABI: d.Library}
			return h.Open
		}},
	}
}

func pinpads() []driver[pinpad.Command, pinpad.Event] {
	return []driver[pinpad.Command, pinpad.Event]{
		{name: "zt588", mode: port.Mode{Baud: 9600}, make: always(func() pinpad.Engine { return zt588.New() })},
	}
}

func scanners() []driver[scanner.Command, scanner.Event] {
	return []driver[scanner.Command, scanner.Event]{
		{name: "wedge", mode: port.Mode{Baud: 9600}, make: always(func() scanner.Engine { return wedge.New() })},
		{name: "hidkey", make: always(func() scanner.Engine { return hidkey.New() }), open: func(d config.Device) opener {
			return func(context.Context) (port.Port, error) { return hidkey.Grab(d.Port) }
		}},
	}
}

func meters() []driver[meter.Command, meter.Event] {
	return []driver[meter.Command, meter.Event]{
		{name: "dlt645", mode: port.Mode{Baud: 2400, Parity: port.ParityEven}, make: always(func() meter.Engine { return dlt645.New() })},
	}
}

// choose finds the driver of a role by the name in the configuration.
func choose[Cmd, Ev any](role, name string, of []driver[Cmd, Ev]) (driver[Cmd, Ev], error) {
	var names []string
	for _, d := range of {
		if d.name == name {
			return d, nil
		}
		names = append(names, d.name)
	}
	slices.Sort(names)
	return driver[Cmd, Ev]{}, fmt.Errorf("devices.%s.driver: %q is none of %s", role, name, strings.Join(names, ", "))
}

// way is how a device is reached: where its line is, how it is set, and who opens
// it.
type way struct {
	path string
	mode port.Mode
	open opener
}

var errNoPort = errors.New("board has no such port, and the configuration names none")

// wayTo settles where a device is. The board's line settings count for the board's
// own driver; for another one its protocol's do.
func wayTo[Cmd, Ev any](b boards.Board, role string, cfg config.Device, d driver[Cmd, Ev]) (way, error) {
	if d.open != nil {
		path := cfg.Port
		if cfg.Library != "" {
			path = cfg.Library
		}
		return way{path: path, open: d.open(cfg)}, nil
	}
	line, ok := b.Port(role)
	w := way{path: line.Path, mode: line.Mode}
	if !ok || line.Driver != d.name {
		w.mode = d.mode
	}
	if cfg.Port != "" {
		w.path = cfg.Port
	}
	if cfg.Baud != 0 {
		w.mode.Baud = cfg.Baud
	}
	if w.path == "" {
		return w, fmt.Errorf("board %s: devices.%s: %w", b.Name, role, errNoPort)
	}
	w.open = func(context.Context) (port.Port, error) { return port.OpenSerial(w.path, w.mode) }
	return w, nil
}
