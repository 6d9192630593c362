package peripherals

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"wattkiosk/boards"
	"wattkiosk/firmware/config"
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/card"
	"wattkiosk/hal/driver"
	"wattkiosk/hal/meter"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/scanner"
)

// queueLength bounds the commands that wait for one device.
const queueLength = 64

// ErrQueue means that a device does not take its commands.
var ErrQueue = errors.New("device does not take commands")

// ErrNoDevice means that the configuration names no such device.
var ErrNoDevice = errors.New("no such device is configured")

// Sink takes everything that the devices report, refused orders included: the event
// of a command's Refused method comes like any other. It is called on several
// goroutines; while it blocks, that device stands still. A nil field takes nothing.
type Sink struct {
	Validator func(bill.Event)
	Printer   func(printer.Event)
	Invoice   func(printer.Event)
	Card      func(card.Event)
	MeterCard func(card.Event)
	Pinpad    func(pinpad.Event)
	Scanner   func(scanner.Event)
	Meter     func(meter.Event)
	// Door takes the cabinet's inputs by name: doors, tamper, vibration.
	Door func(name string, open bool)
	// Mains takes that the supply is lost (true) or back.
	Mains func(lost bool)
	// PowerOff is called once when the machine must go down in order, because the
	// UPS will not hold much longer.
	PowerOff func()
	// Pump returns the heartbeat for the pump of the device of a role: the pump calls it
	// each time it has come round, which is at least every ten seconds. It is called once
	// for each device.
	Pump func(role string) (beat func())
	// Quiet reports whether no customer is served, so that a device may lose its
	// power for a moment. Nil means never.
	Quiet func(context.Context) bool
}

// Set is the running devices.
type Set struct {
	log    *slog.Logger
	board  boards.Board
	health healthBoard
	tests  testers
	power  relays
	start  []func(ctx context.Context, sink Sink) // one for each device

	validator chan bill.Command
	printer   chan printer.Command
	invoice   chan printer.Command
	card      chan card.Command
	meterCard chan card.Command
	pinpad    chan pinpad.Command
	scanner   chan scanner.Command
	meter     chan meter.Command

	lendable map[string]*lendable // by role: devices whose line can be lent

	lines lineSet
	roll  *roll                      // of the slip printer; nil = no forecast
	tunes map[string]printer.Tunable // engines that take a tuning, by role
}

// New prepares the devices without opening them. It refuses a driver it does not
// know and a device without a port, each by the name of its key.
func New(b boards.Board, cfg config.Devices, log *slog.Logger) (*Set, error) {
	s := &Set{log: log, board: b, health: healthBoard{all: map[string]*Health{}}, lines: newLineSet(b, log), tunes: map[string]printer.Tunable{}, lendable: map[string]*lendable{}}
	s.power = relays{lines: &s.lines, board: b}
	var errs []error
	if cfg.Validator.Driver == "" {
		errs = append(errs, errors.New("devices.validator.driver: missing"))
	}
	if cfg.Printer.Driver == "" {
		errs = append(errs, errors.New("devices.printer.driver: missing"))
	}

	errs = append(errs,
		add(s, boards.Validator, cfg.Validator, driver.Validators(), &s.validator, func(k Sink) func(bill.Event) { return k.Validator }),
		add(s, boards.Printer, cfg.Printer, driver.Printers(), &s.printer, func(k Sink) func(printer.Event) { return k.Printer }),
		add(s, boards.Invoice, cfg.Invoice, driver.Printers(), &s.invoice, func(k Sink) func(printer.Event) { return k.Invoice }),
		add(s, boards.Card, cfg.Card, driver.Cards(), &s.card, func(k Sink) func(card.Event) { return k.Card }),
		add(s, boards.MeterCard, cfg.MeterCard.Device, driver.Cards(), &s.meterCard, func(k Sink) func(card.Event) { return k.MeterCard }),
		add(s, boards.Pinpad, cfg.Pinpad, driver.Pinpads(), &s.pinpad, func(k Sink) func(pinpad.Event) { return k.Pinpad }),
		add(s, boards.Scanner, cfg.Scanner, driver.Scanners(), &s.scanner, func(k Sink) func(scanner.Event) { return k.Scanner }),
		add(s, boards.Meter, cfg.Meter, driver.Meters(), &s.meter, func(k Sink) func(meter.Event) { return k.Meter }),
		checkMode(cfg.MeterCard),
	)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

// add prepares one device; one without a driver is not there.
func add[Cmd hal.Command[Ev], Ev any](s *Set, role string, cfg config.Device, of []driver.Driver[Cmd, Ev], queue *chan Cmd, taker func(Sink) func(Ev)) error {
	if cfg.Driver == "" {
		return nil
	}

	d, dev, err := prepare(role, cfg, of)
	if err != nil {
		return err
	}

	w := way{path: dev.Path, open: dev.Open}
	if dev.Open == nil {
		if w, err = wayTo(s.board, role, cfg, d.Name, d.Mode); err != nil {
			return err
		}
	}

	if t, ok := dev.Engine.(printer.Tunable); ok {
		s.tunes[role] = t
	}

	*queue = make(chan Cmd, queueLength)
	s.health.add(role, d.Name, w.path, time.Now())
	r := runner[Cmd, Ev]{
		set: s, role: role, way: w, eng: dev.Engine, cmds: *queue,
		rebuild: func() (hal.Engine[Cmd, Ev], error) {
			dev, err := d.New(cfg.Port, cfg.Settings)
			return dev.Engine, err
		},
	}

	if _, ok := dev.Engine.(settler); ok && dev.Open == nil {
		r.lendable = newLendable(d.Name, w)
		if f, ok := dev.Engine.(bill.Flashable); ok {
			r.lendable.flasher = f.Flasher(r.lendable.open)
		}
		s.lendable[role] = r.lendable
	}

	s.start = append(s.start, func(ctx context.Context, sink Sink) {
		r.report, r.beat = taker(sink), func() {}
		if sink.Pump != nil {
			r.beat = sink.Pump(role)
		}
		r.run(ctx)
	})

	return nil
}

// Run runs all devices until ctx ends.
func (s *Set) Run(ctx context.Context, sink Sink) {
	var wg sync.WaitGroup
	for _, start := range s.start {
		wg.Go(func() { start(ctx, sink) })
	}
	wg.Go(func() { s.lines.run(ctx, sink) })
	wg.Go(func() { s.roll.run(ctx) })
	wg.Go(func() { s.supervise(ctx, sink.Quiet) })
	wg.Wait()
}

// Health lists the devices and their state, by role.
func (s *Set) Health() []Health { return s.health.list() }

// Validator queues a command for the note validator.
func (s *Set) Validator(c bill.Command) error { return offer(s.validator, c, boards.Validator) }

// Printer queues a job for the slip printer.
func (s *Set) Printer(c printer.Command) error { return offer(s.printer, c, boards.Printer) }

// Invoice queues a job for the invoice printer.
func (s *Set) Invoice(c printer.Command) error { return offer(s.invoice, c, boards.Invoice) }

// Card queues a command for the card reader.
func (s *Set) Card(c card.Command) error { return offer(s.card, c, boards.Card) }

// MeterCard queues a command for the reader that takes meter cards.
func (s *Set) MeterCard(c card.Command) error { return offer(s.meterCard, c, boards.MeterCard) }

// Pinpad queues a command for the PIN pad.
func (s *Set) Pinpad(c pinpad.Command) error { return offer(s.pinpad, c, boards.Pinpad) }

// Scanner queues a command for the scanner.
func (s *Set) Scanner(c scanner.Command) error { return offer(s.scanner, c, boards.Scanner) }

// Meter queues a request to a meter.
func (s *Set) Meter(c meter.Command) error { return offer(s.meter, c, boards.Meter) }

// Light switches a guide light of the board. A board without that light has
// nothing to switch; one whose lines are not open yet is switched when they are.
func (s *Set) Light(name string, on bool) error { return s.lines.set(name, on) }

func offer[Cmd any](q chan Cmd, c Cmd, role string) error {
	if q == nil {
		return fmt.Errorf("%s: %w", role, ErrNoDevice)
	}
	select {
	case q <- c:
		return nil
	default:
		return fmt.Errorf("%s: %w", role, ErrQueue)
	}
}
