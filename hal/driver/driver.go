package driver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/ccnet"
	"wattkiosk/hal/bill/cctalk"
	"wattkiosk/hal/bill/ebds"
	"wattkiosk/hal/bill/id003"
	"wattkiosk/hal/bill/ssp"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/crt310"
	"wattkiosk/hal/card/crt571"
	"wattkiosk/hal/card/pcsc"
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

// Options are what a driver may need to know beside its port.
type Options struct {
	Port       string // device file, where the driver opens it itself
	Library    string // description of a maker's library
	VendorHost string // program that loads it
	FormLines  int    // length of a form in lines of a sixth of an inch; 0 = plain paper
	Cut        bool   // printers: cut the paper when the printer is first reached
	// PlainNotes are what the note numbers 1 to 7 of a validator without extended
	// notes are worth in fen, 0 = not used; empty = it tells its notes itself. Only
	// ebds needs it.
	PlainNotes []int64
}

// Opener opens a device's port.
type Opener func(context.Context) (port.Port, error)

// Driver is one way to reach a device: its protocol, how its line is set, and, where
// it is no serial line, how it is opened.
type Driver[Cmd, Ev any] struct {
	Name string
	Mode port.Mode // of its serial line, as devices of the protocol are delivered
	New  func(Options) (hal.Engine[Cmd, Ev], error)
	Open func(Options) Opener // nil = a serial line
}

func always[Cmd, Ev any](f func() hal.Engine[Cmd, Ev]) func(Options) (hal.Engine[Cmd, Ev], error) {
	return func(Options) (hal.Engine[Cmd, Ev], error) { return f(), nil }
}

// Validators lists what drives note validators.
func Validators() []Driver[bill.Command, bill.Event] {
	return []Driver[bill.Command, bill.Event]{
		{Name: "ccnet", Mode: port.Mode{Baud: 9600}, New: always(func() bill.Engine { return ccnet.New(ccnet.Config{}) })},
		{Name: "id003", Mode: port.Mode{Baud: 9600, Parity: port.ParityEven}, New: always(func() bill.Engine { return id003.New(id003.Config{}) })},
		{Name: "ebds", Mode: port.Mode{Baud: 9600, DataBits: 7, Parity: port.ParityEven}, New: newEBDS},
		{Name: "cctalk", Mode: port.Mode{Baud: 9600}, New: always(func() bill.Engine { return cctalk.New(cctalk.Config{}) })},
		{Name: "ssp", Mode: port.Mode{Baud: 9600, StopBits: 2}, New: always(func() bill.Engine { return ssp.New(ssp.Config{}) })},
	}
}

// errPlainNotes refuses PlainNotes of another length.
var errPlainNotes = errors.New("one value for each of the note numbers 1 to 7 is needed")

func newEBDS(o Options) (bill.Engine, error) {
	cfg := ebds.Config{Plain: len(o.PlainNotes) > 0}
	if n := len(o.PlainNotes); n != 0 && n != len(cfg.Values) {
		return nil, fmt.Errorf("cannot set up ebds: plain notes: %d values: %w", n, errPlainNotes)
	}
	copy(cfg.Values[:], o.PlainNotes)
	return ebds.New(cfg), nil
}

// Printers lists what drives printers.
func Printers() []Driver[printer.Command, printer.Event] {
	return []Driver[printer.Command, printer.Event]{
		{Name: "escpos", Mode: port.Mode{Baud: 38400}, New: func(d Options) (printer.Engine, error) {
			cfg := escpos.Config{CutAtStart: d.Cut && d.FormLines == 0}
			if d.FormLines > 0 {
				cfg.Layout = escpos.Layout{Columns: escpos.Columns76mm, FormLines: d.FormLines}
			}
			return escpos.New(cfg), nil
		}},
	}
}

// Cards lists what drives card readers.
func Cards() []Driver[card.Command, card.Event] {
	return []Driver[card.Command, card.Event]{
		{Name: "crt571", Mode: port.Mode{Baud: 9600}, New: always(func() card.Engine { return crt571.New(crt571.Config{}) })},
		{Name: "crt310", Mode: port.Mode{Baud: 9600}, New: always(func() card.Engine { return crt310.New(crt310.Config{}) })},
		{Name: "pcsc", New: always(func() card.Engine { return pcsc.New(pcsc.Config{}) }), Open: func(d Options) Opener {
			return pcsc.Open(d.Port)
		}},
		{Name: "vendor", New: func(d Options) (card.Engine, error) {
			abi, err := vendor.LoadABI(d.Library)
			if err != nil {
				return nil, err
			}
			return vendor.New(abi), nil
		}, Open: func(d Options) Opener {
			h := &vendor.Host{Command: d.VendorHost, ABI: d.Library}
			return h.Open
		}},
	}
}

// Pinpads lists what drives PIN pads.
func Pinpads() []Driver[pinpad.Command, pinpad.Event] {
	return []Driver[pinpad.Command, pinpad.Event]{
		{Name: "zt588", Mode: port.Mode{Baud: 9600}, New: always(func() pinpad.Engine { return zt588.New() })},
	}
}

// Scanners lists what drives scanners.
func Scanners() []Driver[scanner.Command, scanner.Event] {
	return []Driver[scanner.Command, scanner.Event]{
		{Name: "wedge", Mode: port.Mode{Baud: 9600}, New: always(func() scanner.Engine { return wedge.New() })},
		{Name: "hidkey", New: always(func() scanner.Engine { return hidkey.New() }), Open: func(d Options) Opener {
			return func(context.Context) (port.Port, error) { return hidkey.Grab(d.Port) }
		}},
	}
}

// Meters lists what reads meters.
func Meters() []Driver[meter.Command, meter.Event] {
	return []Driver[meter.Command, meter.Event]{
		{Name: "dlt645", Mode: port.Mode{Baud: 2400, Parity: port.ParityEven}, New: always(func() meter.Engine { return dlt645.New() })},
	}
}

// Find is the driver of that name; the error names those there are.
func Find[Cmd, Ev any](name string, of []Driver[Cmd, Ev]) (Driver[Cmd, Ev], error) {
	var names []string
	for _, d := range of {
		if d.Name == name {
			return d, nil
		}
		names = append(names, d.Name)
	}
	slices.Sort(names)
	return Driver[Cmd, Ev]{}, fmt.Errorf("%q is none of %s", name, strings.Join(names, ", "))
}
