package peripherals

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"wattkiosk/boards"
	"wattkiosk/firmware/config"
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/bill/ccnet"
	"wattkiosk/hal/gpio"
	"wattkiosk/hal/gpio/filegpio"
	"wattkiosk/hal/port"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/printer/escpos"
)

// queueLength bounds the commands that wait for one device.
const queueLength = 64

// doorDebounce is how long a door contact must stand still.
const doorDebounce = 50 * time.Millisecond

// ErrQueue means that a device does not take its commands.
var ErrQueue = errors.New("device does not take commands")

// Sink hears everything that the devices say. It is called on several
// goroutines; while it blocks, that device stands still.
type Sink struct {
	Validator func(bill.Event)
	Printer   func(printer.Event)
	Door      func(name string, open bool)
}

// Set is the running devices.
type Set struct {
	log       *slog.Logger
	board     boards.Board
	cfg       config.Devices
	validator chan bill.Command
	printer   chan printer.Command

	mu     sync.Mutex // guards what follows
	lights map[string]gpio.Output
	wanted map[string]bool // what was asked of a light, also before it was opened
}

// New prepares the devices without opening them. It refuses a driver it does not
// know.
func New(b boards.Board, cfg config.Devices, log *slog.Logger) (*Set, error) {
	s := &Set{
		log: log, board: b, cfg: cfg,
		validator: make(chan bill.Command, queueLength), printer: make(chan printer.Command, queueLength),
		lights: map[string]gpio.Output{}, wanted: map[string]bool{},
	}
	if _, err := validatorDriver(cfg.Validator.Driver); err != nil {
		return nil, err
	}
	if _, err := printerDriver(cfg.Printer.Driver); err != nil {
		return nil, err
	}
	return s, nil
}

func validatorDriver(name string) (bill.Engine, error) {
	if name == "ccnet" {
		return ccnet.New(ccnet.Config{}), nil
	}
	return nil, fmt.Errorf("devices.validator.driver: %q is none of ccnet", name)
}

func printerDriver(name string) (printer.Engine, error) {
	if name == "escpos" {
		return escpos.New(escpos.Config{CutAtStart: true}), nil
	}
	return nil, fmt.Errorf("devices.printer.driver: %q is none of escpos", name)
}

// Validator queues a command for the note validator.
func (s *Set) Validator(c bill.Command) error { return offer(s.validator, c, "validator") }

// Printer queues a job for the printer.
func (s *Set) Printer(c printer.Command) error { return offer(s.printer, c, "printer") }

// Light switches a guide light of the board. A board without that light has
// nothing to switch; one whose lines are not open yet is switched when they are.
func (s *Set) Light(name string, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted[name] = on
	if l := s.lights[name]; l != nil {
		return l.Set(on)
	}
	return nil
}

func offer[Cmd any](q chan Cmd, c Cmd, name string) error {
	select {
	case q <- c:
		return nil
	default:
		return fmt.Errorf("%s: %w", name, ErrQueue)
	}
}

// Run runs all devices until ctx ends.
func (s *Set) Run(ctx context.Context, sink Sink) {
	var wg sync.WaitGroup
	v, _ := validatorDriver(s.cfg.Validator.Driver) // New has made sure of both
	p, _ := printerDriver(s.cfg.Printer.Driver)
	wg.Go(func() { drive(ctx, s, boards.Validator, s.cfg.Validator, v, s.validator, sink.Validator) })
	wg.Go(func() { drive(ctx, s, boards.Printer, s.cfg.Printer, p, s.printer, sink.Printer) })
	wg.Go(func() { s.watchDoors(ctx, sink.Door) })
	wg.Wait()
}

func drive[Cmd, Ev any](ctx context.Context, s *Set, role string, cfg config.Device, eng hal.Engine[Cmd, Ev], cmds <-chan Cmd, heard func(Ev)) {
	log := s.log.With("device", role)
	line, _ := s.board.Port(role)
	if cfg.Port != "" {
		line.Path = cfg.Port
	}
	if cfg.Baud != 0 {
		line.Mode.Baud = cfg.Baud
	}
	open := func(context.Context) (port.Port, error) { return port.OpenSerial(line.Path, line.Mode) }
	err := port.Run(ctx, open, eng, cmds, heard, time.Now, port.Options{
		Jitter:  rand.Float64,
		OnError: func(err error) { log.Warn("device", "err", err) },
	})
	if err != nil {
		log.Error("cannot run device", "err", err)
	}
}

// watchDoors owns the board's lines: it watches the doors and keeps the lights.
func (s *Set) watchDoors(ctx context.Context, report func(string, bool)) {
	lines, err := s.openLines()
	if err != nil {
		s.log.Error("cannot open the board's lines", "err", err)
		return
	}
	if lines == nil {
		return
	}
	defer func() {
		if err := lines.Close(); err != nil {
			s.log.Warn("cannot close the board's lines", "err", err)
		}
	}()
	s.openLights(lines)
	defer s.closeLights()
	var inputs []gpio.Input
	for _, role := range []string{boards.Door, boards.SafeDoor} {
		l, ok := s.board.Line(role)
		if !ok {
			continue
		}
		in, err := lines.Input(l)
		if err != nil {
			s.log.Error("cannot open line", "err", err)
			continue
		}
		inputs = append(inputs, in)
	}
	gpio.Watch(ctx, inputs, doorDebounce, report)
}

// openLights opens the guide lights and switches them to what was asked.
func (s *Set) openLights(lines gpio.Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, role := range []string{boards.CashLight, boards.SlipLight} {
		l, ok := s.board.Line(role)
		if !ok {
			continue
		}
		out, err := lines.Output(l)
		if err == nil {
			s.lights[role] = out
			err = out.Set(s.wanted[role])
		}
		if err != nil {
			s.log.Error("cannot open light", "err", err)
		}
	}
}

func (s *Set) closeLights() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.lights)
}

// openLines opens the board's line source, nil where it has none.
func (s *Set) openLines() (gpio.Source, error) {
	switch s.board.GPIO.Driver {
	case boards.FileLines:
		return filegpio.Open(s.board.Name, s.board.GPIO.Dir)
	case boards.ChipLines:
		return gpio.OpenChips(s.board.Name)
	}
	return nil, nil
}
