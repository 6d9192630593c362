package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"wattkiosk/hal/bill/ccnet/ccnetsim"
	"wattkiosk/hal/gpio/filegpio"
	"wattkiosk/hal/port/ptysim"
	"wattkiosk/hal/printer/escpos/escpossim"
)

// Files below the bench's folder.
const (
	devDir  = "dev"
	gpioDir = "gpio"
	door    = "door"
)

// inputs and outputs are the lines of board sim.
func inputs() []string  { return []string{door, "safe-door", "tamper"} }
func outputs() []string { return []string{"cash-light", "card-light", "slip-light", "peripherals"} }

// Config sets up a Bench. The zero value is a bench of ordinary devices.
type Config struct {
	Validator ccnetsim.Config
	Printer   escpossim.Config
	Now       func() time.Time // nil = time.Now
}

// Bench is a running bench. Its methods are safe for concurrent use.
type Bench struct {
	dir       string
	validator *ccnetsim.Device // through onValidator only
	printer   *escpossim.Device
	valLine   *ptysim.Server
	prnLine   *ptysim.Server
	cancel    context.CancelFunc

	mu     sync.Mutex // guards what follows
	power  bool
	door   bool
	faults map[string]map[string]bool // device, kind
}

// Open starts a bench in dir, with power on, doors shut and no fault. dir is
// made if need be; what an earlier bench left in dir/dev is replaced.
func Open(dir string) (*Bench, error) { return OpenWith(dir, Config{}) }

// OpenWith is Open with other devices.
func OpenWith(dir string, cfg Config) (*Bench, error) {
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	b := &Bench{
		dir: dir, power: true,
		validator: ccnetsim.New(cfg.Validator), printer: escpossim.New(cfg.Printer),
		faults: map[string]map[string]bool{"validator": {}, "printer": {}},
	}
	if err := b.layLines(); err != nil {
		return nil, fmt.Errorf("cannot open bench: %w", err)
	}
	val, err := ptysim.Open(filepath.Join(dir, devDir, "validator"))
	if err != nil {
		return nil, fmt.Errorf("cannot open bench: validator: %w", err)
	}
	prn, err := ptysim.Open(filepath.Join(dir, devDir, "printer"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot open bench: printer: %w", err), val.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel = cancel
	b.valLine = ptysim.Serve(ctx, val, b.validator, now)
	b.prnLine = ptysim.Serve(ctx, prn, b.printer, now)
	return b, nil
}

// layLines makes the files of the one-bit lines, all inactive.
func (b *Bench) layLines() error {
	dir := b.gpio()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range append(inputs(), outputs()...) {
		if err := filegpio.Write(dir, name, false); err != nil {
			return fmt.Errorf("line %s: %w", name, err)
		}
	}
	return nil
}

func (b *Bench) gpio() string { return filepath.Join(b.dir, devDir, gpioDir) }

// Close hangs up every line and waits for the devices to end. The files of the
// one-bit lines stay.
func (b *Bench) Close() error {
	b.cancel()
	return errors.Join(b.valLine.Close(), b.prnLine.Close())
}

// Power gives or takes the power of every device.
func (b *Bench) Power(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.power == on {
		return
	}
	b.power = on
	if on { // these faults are spent by a power-up
		b.noteFault("validator", ccnetsim.PowerUpWithNote, true)
		b.noteFault("validator", ccnetsim.PowerUpWithStacked, true)
	}
	b.valLine.Do(func(now time.Time) {
		if on {
			b.validator.PowerOn(now)
		} else {
			b.validator.PowerCut(now)
		}
	})
	b.prnLine.Do(func(now time.Time) {
		if on {
			b.printer.PowerOn(now)
		} else {
			b.printer.PowerCut(now)
		}
	})
}

// Door opens or shuts the cabinet door. The switch needs no power of ours.
func (b *Bench) Door(open bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := filegpio.Write(b.gpio(), door, open); err != nil {
		return fmt.Errorf("cannot move door: %w", err)
	}
	b.door = open
	return nil
}
