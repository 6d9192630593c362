package driver

import (
	"context"

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

// Validators lists what drives note validators.
func Validators() []Driver[bill.Command, bill.Event] {
	return []Driver[bill.Command, bill.Event]{
		plain("ccnet", port.Mode{Baud: 9600}, func() bill.Engine { return ccnet.New(ccnet.Config{}) }),
		plain("id003", port.Mode{Baud: 9600, Parity: port.ParityEven}, func() bill.Engine { return id003.New(id003.Config{}) }),
		configured("ebds", port.Mode{Baud: 9600, DataBits: 7, Parity: port.ParityEven}, func(s ebds.Settings) (bill.Engine, error) {
			cfg, err := s.Config()
			return ebds.New(cfg), err
		}),
		plain("cctalk", port.Mode{Baud: 9600}, func() bill.Engine { return cctalk.New(cctalk.Config{}) }),
		plain("ssp", port.Mode{Baud: 9600, StopBits: 2}, func() bill.Engine { return ssp.New(ssp.Config{}) }),
	}
}

// Printers lists what drives printers.
func Printers() []Driver[printer.Command, printer.Event] {
	return []Driver[printer.Command, printer.Event]{
		configured("escpos", port.Mode{Baud: 38400}, func(s escpos.Settings) (printer.Engine, error) {
			cfg, err := s.Config()
			return escpos.New(cfg), err
		}),
	}
}

// Cards lists what drives card readers.
func Cards() []Driver[card.Command, card.Event] {
	return []Driver[card.Command, card.Event]{
		configured("crt571", port.Mode{Baud: 9600}, func(s crt571.Settings) (card.Engine, error) {
			return crt571.New(crt571.Config{Tracks: s.Tracks}), nil
		}),
		plain("crt310", port.Mode{Baud: 9600}, func() card.Engine { return crt310.New(crt310.Config{}) }),
		special("pcsc", port.Mode{}, func(socket string, s pcsc.Settings) (Device[card.Command, card.Event], error) {
			cfg, err := s.Config()
			if err != nil {
				return Device[card.Command, card.Event]{}, err
			}
			return Device[card.Command, card.Event]{Engine: pcsc.New(cfg), Path: socket, Open: pcsc.Open(socket)}, nil
		}),
		special("vendor", port.Mode{}, func(_ string, s vendor.Settings) (Device[card.Command, card.Event], error) {
			eng, host, err := s.Open()
			if err != nil {
				return Device[card.Command, card.Event]{}, err
			}
			return Device[card.Command, card.Event]{Engine: eng, Path: s.Library, Open: host.Open}, nil
		}),
	}
}

// Pinpads lists what drives PIN pads.
func Pinpads() []Driver[pinpad.Command, pinpad.Event] {
	return []Driver[pinpad.Command, pinpad.Event]{
		plain("zt588", port.Mode{Baud: 9600}, func() pinpad.Engine { return zt588.New() }),
	}
}

// Scanners lists what drives scanners.
func Scanners() []Driver[scanner.Command, scanner.Event] {
	return []Driver[scanner.Command, scanner.Event]{
		plain("wedge", port.Mode{Baud: 9600}, func() scanner.Engine { return wedge.New() }),
		special("hidkey", port.Mode{}, func(path string, _ struct{}) (Device[scanner.Command, scanner.Event], error) {
			open := func(context.Context) (port.Port, error) { return hidkey.Grab(path) }
			return Device[scanner.Command, scanner.Event]{Engine: hidkey.New(), Path: path, Open: open}, nil
		}),
	}
}

// Meters lists what reads meters.
func Meters() []Driver[meter.Command, meter.Event] {
	return []Driver[meter.Command, meter.Event]{
		plain("dlt645", port.Mode{Baud: 2400, Parity: port.ParityEven}, func() meter.Engine { return dlt645.New() }),
	}
}
