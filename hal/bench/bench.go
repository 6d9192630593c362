package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/metersim"
	"wattkiosk/hal/gpio/filegpio"
	"wattkiosk/hal/meter/dlt645/dlt645sim"
	"wattkiosk/hal/pinpad/zt588/zt588sim"
	"wattkiosk/hal/port/ptysim"
	"wattkiosk/hal/printer/escpos/escpossim"
)

// Files below the bench's folder.
const (
	devDir  = "dev"
	gpioDir = "gpio"
	door    = "door"
	mains   = "mains"
)

// inputs and outputs are the lines of board sim.
func inputs() []string { return []string{door, "safe-door", "tamper", "vibration", mains} }

func outputs() []string {
	return []string{"cash-light", "card-light", "meter-light", "slip-light", "buzzer", "peripherals"}
}

// MeterAddress is the meter on the bench.
const MeterAddress = "000000000001"

// Config sets up a Bench. The zero value is a bench of ordinary devices.
type Config struct {
	// Driver is the protocol that the validator speaks: one of Validators; "" is the
	// first.
	Driver string
	// Reader is the protocol that the card reader speaks: one of Readers; "" is the
	// first.
	Reader string
	// MeterReader is the protocol that the meter-card reader speaks: one of Readers, or
	// Library; "" is DefaultMeterReader.
	MeterReader string
	// Pinpad is the protocol that the PIN pad speaks: one of Pinpads; "" is the first.
	Pinpad    string
	Master    []byte // the PIN pad's master key, of 16 or 24 bytes; nil is MasterKey
	Times     ReaderTimes
	Validator billsim.Config
	Plain     bool // an ebds validator without extended notes; its numbers 1 to 6 are 1 to 100 yuan
	Printer   escpossim.Config
	Invoice   escpossim.Config
	Now       func() time.Time // nil = time.Now
	// Unplug is what takes the power of the kiosk when a hand pulls its plug; nil is
	// Power(false). It must not wait for the bench to be closed.
	Unplug func()
}

// Bench is a running bench. Its methods are safe for concurrent use.
type Bench struct {
	dir       string
	validator Validator
	printer   *escpossim.Device
	invoice   *escpossim.Device
	pad       *zt588sim.Pad
	master    []byte // of the pad, for the secure room
	scan      *scannerPeer
	meter     *dlt645sim.Meter
	readers   map[Slot]cardReader
	cards     map[string]*cardsim.Card  // all, by ID; what is in them through the readers' lines only
	at        map[string]Slot           // where the cards are that are not in the drawer; through the readers' lines only
	lines     map[string]*ptysim.Server // by role
	cancel    context.CancelFunc
	meters    map[string]*metersim.Meter // by number; through the readers' lines only
	burnt     time.Time                  // until when they have used energy; the same
	hands     sync.WaitGroup             // that pull a card or the plug, and write down what changed
	unplug    func()

	keeping sync.Mutex // guards notKept, and is held while keptFile is written
	notKept error

	mu     sync.Mutex // guards what follows
	power  bool
	door   bool
	faults map[string]map[string]bool // device, kind
	number string                     // of the cassette that is in, as somebody said
	taken  []int64                    // notes of the cassettes that are out, in fen
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
		dir: dir, power: true, lines: map[string]*ptysim.Server{},
		printer: escpossim.New(cfg.Printer), invoice: escpossim.New(cfg.Invoice),
		scan: &scannerPeer{}, meter: dlt645sim.New(MeterAddress),
		meters: newMeters(), at: map[string]Slot{}, readers: map[Slot]cardReader{},
		faults: map[string]map[string]bool{"validator": {}, "printer": {}, BankSlot.role(): {}, MeterSlot.role(): {}, "pinpad": {}},
	}

	if b.unplug = cfg.Unplug; b.unplug == nil {
		b.unplug = func() { b.Power(false) }
	}
	var err error
	if b.cards, err = newDrawer(); err == nil {
		err = b.restore()
	}
	if err != nil {
		return nil, fmt.Errorf("cannot open bench: %w", err)
	}
	if b.validator, err = newValidator(cfg); err != nil {
		return nil, fmt.Errorf("cannot open bench: %w", err)
	}
	for s, protocol := range map[Slot]string{BankSlot: cfg.Reader, MeterSlot: cmp.Or(cfg.MeterReader, DefaultMeterReader)} {
		if b.readers[s], err = newReader(protocol, cfg.Times, now()); err != nil {
			return nil, fmt.Errorf("cannot open bench: %w", err)
		}
	}

	if b.pad, b.master, err = newPad(cfg); err != nil {
		return nil, fmt.Errorf("cannot open bench: %w", err)
	}

	if err := b.layLines(); err != nil {
		return nil, fmt.Errorf("cannot open bench: %w", err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	b.cancel = cancel
	for role, peer := range map[string]hal.Peer{
		"validator": b.validator, "printer": b.printer, "invoice": b.invoice, "pinpad": b.pad, "scanner": b.scan, "meter": b.meter,
		BankSlot.role(): b.readers[BankSlot], MeterSlot.role(): b.readers[MeterSlot],
	} {
		line, err := layLine(filepath.Join(dir, devDir, role), peer)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("cannot open bench: %s: %w", role, err), b.Close())
		}
		b.lines[role] = ptysim.Serve(ctx, line, peer, now)
	}
	b.burnt = now()

	return b, nil
}

// Peer is the simulated device of a role that speaks a driver's protocol, off the
// bench; false if there is no such device.
func Peer(role, driver string, now time.Time) (peer hal.Peer, ok bool) {
	var err error
	switch {
	case role == "validator":
		peer, err = newValidator(Config{Driver: driver})
	case role == BankSlot.role(), role == MeterSlot.role():
		peer, err = newReader(driver, ReaderTimes{}, now)
	case role == "printer" && driver == "escpos":
		peer = escpossim.New(escpossim.Config{})
	case role == "pinpad" && driver == "zt588":
		peer = zt588sim.New()
	case role == "meter" && driver == "dlt645":
		peer = dlt645sim.New(MeterAddress)
	}

	return peer, err == nil && peer != nil
}

// layLines makes the files of the one-bit lines: mains are there, all else is
// inactive.
func (b *Bench) layLines() error {
	dir := b.gpio()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range append(inputs(), outputs()...) {
		if err := filegpio.Write(dir, name, name == mains); err != nil {
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
	var errs []error
	for _, l := range b.lines {
		errs = append(errs, l.Close())
	}

	b.hands.Wait()
	b.keeping.Lock()
	defer b.keeping.Unlock()
	return errors.Join(append(errs, b.notKept)...)
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
		b.noteFault("validator", billsim.PowerUpWithNote, true)
		b.noteFault("validator", billsim.PowerUpWithStacked, true)
	}

	for role, device := range map[string]powered{
		"validator": b.validator, BankSlot.role(): b.readers[BankSlot], MeterSlot.role(): b.readers[MeterSlot], "pinpad": b.pad, "printer": b.printer,
	} {
		b.lines[role].Do(func(now time.Time) {
			if on {
				device.PowerOn(now)
			} else {
				device.PowerCut(now)
			}
		})
	}
}

// powered is a device that the power can be taken from.
type powered interface {
	PowerCut(now time.Time)
	PowerOn(now time.Time)
}

// Contact opens or shuts a door, or trips a sensor: door, safe-door, tamper or
// vibration. The switches need no power of ours.
func (b *Bench) Contact(name string, on bool) error {
	switch {
	case name == door:
		return b.Door(on)
	case name == mains || !slices.Contains(inputs(), name):
		return fmt.Errorf("%w: %.40q is not one of door, safe-door, tamper, vibration", ErrNoContact, name)
	}
	if err := filegpio.Write(b.gpio(), name, on); err != nil {
		return fmt.Errorf("cannot move %s: %w", name, err)
	}
	return nil
}

// ErrNoContact says that the bench has no such door or sensor.
var ErrNoContact = errors.New("no such contact")

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
