package driver_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/ccnet"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/crt571"
	"wattkiosk/hal/meter"
	"wattkiosk/hal/meter/dlt645"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/pinpad/zt588"
	"wattkiosk/hal/port"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/printer/escpos"
	"wattkiosk/hal/scanner"
	"wattkiosk/hal/scanner/wedge"
)

// refused gives a driver an order that it must refuse, through the pump, and returns
// the first event that is wanted.
func refused[Cmd hal.Command[Ev], Ev any](t *testing.T, eng hal.Engine[Cmd, Ev], cmd Cmd, wanted func(Ev) bool) Ev {
	t.Helper()
	var found Ev
	ok := false
	synctest.Test(t, func(t *testing.T) {
		host, device := net.Pipe()
		defer device.Close()
		ctx, stop := context.WithCancel(t.Context())
		cmds, done := make(chan Cmd, 1), make(chan error)
		cmds <- cmd
		go func() {
			done <- port.Run(ctx, func(context.Context) (port.Port, error) { return host, nil }, eng, cmds, func(e Ev) {
				if !ok && wanted(e) {
					found, ok = e, true
				}
			}, time.Now, port.Options{})
		}()
		synctest.Wait()
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if !ok {
		t.Errorf("%T: the refusal of %v reached nobody", eng, cmd)
	}
	return found
}

// TestARefusedOrderReachesItsOwner: as an event of the class, whatever the class is.
func TestARefusedOrderReachesItsOwner(t *testing.T) {
	page := printer.Command{ID: "10000001/2", Page: printer.Page{Lines: []printer.Line{{Text: strings.Repeat("北京市海淀区", 250)}}}}
	p := refused[printer.Command, printer.Event](t, escpos.New(escpos.Config{}), page, func(e printer.Event) bool { return e.Kind.Outcome() })
	if p.Kind != printer.NotPrinted || p.ID != "10000001/2" || p.Detail == "" || strings.Contains(p.Detail, "北京") {
		t.Errorf("page: %+v", p)
	}

	b := refused[bill.Command, bill.Event](t, ccnet.New(ccnet.Config{}), bill.Command{Op: bill.Stack}, func(e bill.Event) bool { return e.Kind == bill.Refused })
	if b.Op != bill.Stack || b.Detail == "" || b.State() != hal.DeviceUnknown {
		t.Errorf("order to stack without a note: %+v", b)
	}

	c := refused[card.Command, card.Event](t, crt571.New(crt571.Config{}), card.Command{ID: 7}, func(e card.Event) bool { return e.Kind != card.StatusChanged })
	if c.Kind != card.NotDone || c.ID != 7 || !errors.Is(c.Err, card.ErrArgument) {
		t.Errorf("card: %+v", c)
	}

	n := refused[pinpad.Command, pinpad.Event](t, zt588.New(), pinpad.Command{ID: 8}, func(e pinpad.Event) bool { return e.Kind == pinpad.NotDone })
	if n.ID != 8 || !errors.Is(n.Err, pinpad.ErrArgument) {
		t.Errorf("pinpad: %+v", n)
	}

	m := refused[meter.Command, meter.Event](t, dlt645.New(), meter.Command{ID: 9, Op: meter.Read, Address: "1"}, func(meter.Event) bool { return true })
	if m.Kind != meter.NotDone || m.ID != 9 || !errors.Is(m.Err, meter.ErrArgument) {
		t.Errorf("meter: %+v", m)
	}

	s := refused[scanner.Command, scanner.Event](t, wedge.New(), scanner.Command{}, func(scanner.Event) bool { return true })
	if s.Kind != scanner.Refused {
		t.Errorf("scanner: %+v", s)
	}
}
