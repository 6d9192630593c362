package driver_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ccnet/ccnetsim"
	"wattkiosk/hal/bill/cctalk/cctalksim"
	"wattkiosk/hal/bill/ebds/ebdssim"
	"wattkiosk/hal/bill/id003/id003sim"
	"wattkiosk/hal/bill/ssp/sspsim"
	"wattkiosk/hal/driver"
	"wattkiosk/hal/port"
	"wattkiosk/hal/port/ptysim"
)

// box is a validator that somebody can open.
type box interface {
	billtest.Device
	TakeOut() (fen int64, ok bool)
}

// wire is a line that can be dead.
type wire struct {
	box
	dead bool
}

func (w *wire) Receive(now time.Time, rx []byte) {
	if !w.dead {
		w.box.Receive(now, rx)
	}
}

func (w *wire) Advance(now time.Time) []byte {
	if tx := w.box.Advance(now); !w.dead {
		return tx
	}
	return nil
}

// ways are what becomes of a note in escrow while the line is dead.
var ways = []struct {
	name string
	do   func(now time.Time, b box) error
}{
	{"stays", func(time.Time, box) error { return nil }},
	{"taken out, failure", func(_ time.Time, b box) error {
		kind := billtest.FaultFailure
		if b.Fault(kind, false) != nil {
			kind = billtest.FaultJam // the protocol has no word for the other
			if err := b.Fault(kind, false); err != nil {
				return err
			}
		}
		if v, ok := b.TakeOut(); !ok || v != 10000 {
			return fmt.Errorf("%d taken out: %v", v, ok)
		}
		return b.Fault(kind, true)
	}},
	{"taken out, power", func(now time.Time, b box) error {
		b.PowerCut(now)
		if v, ok := b.TakeOut(); !ok || v != 10000 {
			return fmt.Errorf("%d taken out: %v", v, ok)
		}
		b.PowerOn(now)
		return nil
	}},
	{"power", func(now time.Time, b box) error {
		b.PowerCut(now)
		b.PowerOn(now)
		return nil
	}},
}

const (
	lost  = " lost 10000 [note unaccounted for: nobody heard that it went back]"
	shown = " escrowed 10000"
	found = " powered-up-in-validator returned idling"
)

// TestANoteInEscrowAndADeadLine: what the five drivers say over a line of the kernel's of a note
// that was in escrow when the line went dead.
func TestANoteInEscrowAndADeadLine(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for each driver's patience")
	}
	quick := billsim.Config{BootTime: 50 * time.Millisecond, InitTime: 100 * time.Millisecond, AcceptTime: 100 * time.Millisecond, EscrowTimeout: time.Minute}
	var all sync.WaitGroup
	for name, v := range map[string]struct {
		device func() box
		says   [4]string // in the order of ways
	}{
		"ccnet": {func() box { return ccnetsim.New(ccnetsim.Config{Config: quick}) }, [4]string{
			shown, lost + " idling", lost + " powered-up idling", found,
		}},
		"id003": {func() box { return id003sim.New(id003sim.Config{Config: quick}) }, [4]string{
			shown, lost + " idling", lost + " powered-up idling", found,
		}},
		"ssp": {func() box { return sspsim.New(sspsim.Config{Config: quick}) }, [4]string{
			" returning returned idling", lost + " idling", lost + " powered-up idling", found, // a POLL that tells of it would take it
		}},
		"ebds": {func() box { return ebdssim.New(ebdssim.Config{Config: quick}) }, [4]string{
			shown, lost + " idling", lost + " idling", lost + " idling", // its power-up is over before the line is back
		}},
		"cctalk": {func() box { return cctalksim.New(cctalksim.Config{Config: quick}) }, [4]string{
			shown, " failed [stacker faulty]" + lost + " idling", lost + " powered-up idling", found,
		}},
	} {
		for i, way := range ways {
			all.Go(func() {
				if got, err := deadLine(t.Context(), name, v.device(), way.do); err != nil || got != v.says[i] {
					t.Errorf("%s, %s: the driver says%s (%v)\nwant%s", name, way.name, got, err, v.says[i])
				}
			})
		}
	}
	all.Wait()
}

// deadLine has a note in escrow, the line dead, something done to the device, and the line back.
// It returns what the driver says then, but that the device starts, which is not always seen.
func deadLine(ctx context.Context, name string, b box, do func(time.Time, box) error) (says string, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	d, err := driver.Find(name, driver.Validators())
	if err != nil {
		return "", err
	}
	dev, err := d.New("", nil)
	if err != nil {
		return "", err
	}
	m, err := ptysim.Open("")
	if err != nil {
		return "", err
	}
	w := &wire{box: b}
	srv := ptysim.Serve(ctx, m, w, time.Now)
	defer srv.Close()

	cmds, events := make(chan bill.Command, 8), make(chan bill.Event, 64)
	var pump sync.WaitGroup
	defer pump.Wait()
	defer cancel()
	pump.Go(func() {
		_ = port.Run(ctx, func(context.Context) (port.Port, error) { // it has its arguments
			return port.OpenSerial(m.Path(), port.Mode{Baud: 9600})
		}, dev.Engine, cmds, func(e bill.Event) { events <- e }, time.Now, port.Options{})
	})

	cmds <- bill.Command{Op: bill.Enable}
	for _, step := range []struct {
		after bill.Kind
		do    func(now time.Time) error
	}{
		{bill.Idling, func(now time.Time) error { return b.Insert(now, 10000, billtest.Genuine) }},
		{bill.Escrowed, func(time.Time) error { w.dead = true; return nil }},
		{bill.Silent, func(now time.Time) error { w.dead = false; return do(now, b) }},
	} {
		if err := heard(ctx, events, step.after); err != nil {
			return "", err
		}
		srv.Do(func(now time.Time) { err = step.do(now) })
		if err != nil {
			return "", err
		}
	}

	return told(ctx, cmds, events)
}

// heard takes events up to one of the kind.
func heard(ctx context.Context, events <-chan bill.Event, k bill.Kind) error {
	for {
		select {
		case e := <-events:
			if e.Kind == k {
				return nil
			}
		case <-ctx.Done():
			return fmt.Errorf("no %v within a minute", k)
		}
	}
}

// told takes events up to rest, or to a note in escrow, and confirms them.
func told(ctx context.Context, cmds chan<- bill.Command, events <-chan bill.Event) (says string, err error) {
	for {
		select {
		case e := <-events:
			switch e.Kind {
			case bill.Starting:
				continue
			case bill.Returned, bill.PoweredUpInValidator:
				cmds <- bill.Command{Op: bill.Confirm}
			}
			says += " " + e.Kind.String()
			if e.Kind == bill.Lost || e.Kind == bill.Escrowed {
				says += fmt.Sprintf(" %d", e.Value)
			}
			if e.Detail != "" {
				says += " [" + e.Detail + "]"
			}
			if e.Kind == bill.Idling || e.Kind == bill.Escrowed {
				return says, nil
			}
		case <-ctx.Done():
			return says, fmt.Errorf("no rest within a minute")
		}
	}
}
