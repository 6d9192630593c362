package bench

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/ccnet/ccnetsim"
	"wattkiosk/hal/bill/cctalk/cctalksim"
	"wattkiosk/hal/bill/ebds/ebdssim"
	"wattkiosk/hal/bill/id003/id003sim"
	"wattkiosk/hal/bill/ssp/sspsim"
)

// Validator is a simulated note validator, whatever protocol it speaks.
type Validator interface {
	hal.Peer
	Insert(now time.Time, fen int64, outcome string) error
	Fault(kind string, clear bool) error
	PowerCut(now time.Time)
	PowerOn(now time.Time)
	Cassette() []int64
	CassetteEmpty() []int64
	Returned() []int64
	InPath() (fen int64, ok bool)
}

// Validators are the protocols that the bench's validator can speak.
func Validators() []string { return []string{"ccnet", "id003", "ssp", "ebds", "cctalk"} }

func newValidator(cfg Config) (Validator, error) {
	switch cfg.Driver {
	case "", "ccnet":
		return ccnetsim.New(ccnetsim.Config{Config: cfg.Validator}), nil
	case "id003":
		return id003sim.New(id003sim.Config{Config: cfg.Validator}), nil
	case "ebds":
		return ebdssim.New(ebdssim.Config{Config: cfg.Validator, Plain: cfg.Plain}), nil
	case "cctalk":
		return cctalksim.New(cctalksim.Config{Config: cfg.Validator}), nil
	case "ssp":
		return sspsim.New(sspsim.Config{Config: cfg.Validator}), nil
	}

	return nil, fmt.Errorf("validator %q is not one of %s", cfg.Driver, strings.Join(Validators(), ", "))
}

// InsertNote puts a note of fen into the validator's slot. Outcome is genuine,
// suspect or unreadable. A note that comes straight back out (not enabled, no
// power, busy) is an error for which Refused is true.
func (b *Bench) InsertNote(fen int64, outcome string) (err error) {
	b.lines["validator"].Do(func(now time.Time) { err = b.validator.Insert(now, fen, outcome) })
	return err
}

// Refused distinguishes a note that the slot gave back from a mistaken call.
func Refused(err error) bool { return errors.Is(err, billsim.ErrSlot) }

// ValidatorFault sets or clears a fault of the validator: jam, cassette-out,
// cassette-full, cheat, silent, power-up-with-note (at the next power-up), and
// the others of billsim.
func (b *Bench) ValidatorFault(kind string, clear bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var err error
	b.lines["validator"].Do(func(time.Time) { err = b.validator.Fault(kind, clear) })
	if err == nil {
		b.noteFault("validator", kind, clear)
	}
	return err
}

// TakeCassette takes the cassette out, with the notes in it; they are given back in fen.
// There is none to take where it is out already.
func (b *Bench) TakeCassette() (notes []int64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.faults["validator"][billsim.CassetteOut] {
		return nil, ErrCassette
	}
	b.lines["validator"].Do(func(time.Time) {
		if err = b.validator.Fault(billsim.CassetteOut, false); err == nil {
			notes = b.validator.CassetteEmpty()
		}
	})
	if err == nil {
		b.taken = append(b.taken, notes...)
		b.noteFault("validator", billsim.CassetteOut, false)
	}

	return notes, err
}

// PutCassette puts an empty cassette of that number in. There is no place for one where one
// is in.
func (b *Bench) PutCassette(number string) (err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.faults["validator"][billsim.CassetteOut] {
		return ErrCassette
	}
	b.lines["validator"].Do(func(time.Time) { err = b.validator.Fault(billsim.CassetteOut, true) })
	if err == nil {
		b.number = number
		b.noteFault("validator", billsim.CassetteOut, true)
	}

	return err
}

// ErrCassette means that there is no cassette to take, or no place for one.
var ErrCassette = errors.New("the cassette is there already, or is not")

// EmptyCassette takes the notes out, as staff do, and gives them back in fen.
func (b *Bench) EmptyCassette() (notes []int64) {
	b.lines["validator"].Do(func(time.Time) { notes = b.validator.CassetteEmpty() })
	return notes
}

// noteFault needs b.mu.
func (b *Bench) noteFault(device, kind string, clear bool) {
	if clear {
		delete(b.faults[device], kind)
		return
	}
	b.faults[device][kind] = true
}
