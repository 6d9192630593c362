package bench

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card/crt310/crt310sim"
	"wattkiosk/hal/card/crt571/crt571sim"
	"wattkiosk/hal/card/pcsc/pcscsim"
	"wattkiosk/hal/card/vendorsim"
	"wattkiosk/hal/port/ptysim"
)

// Readers are the protocols that the bench's card readers can speak.
func Readers() []string { return []string{"crt571", "crt310", "pcsc"} }

// DefaultMeterReader is the protocol of the meter-card reader where Config names none: a
// contact reader, which works processor cards and memory cards, and holds neither.
const DefaultMeterReader = "pcsc"

// Library is the meter-card reader that only its maker's library can speak to, for
// Config.MeterReader: its line is the socket of that library (see vendorsim).
const Library = "library"

// ReaderTimes is how long a reader takes. Zero fields take the simulator's own.
type ReaderTimes struct {
	Entry time.Duration // from the gate to the inside
	Move  time.Duration
	Chip  time.Duration // one exchange with it
	Boot  time.Duration // from power on to the first answer
}

func newReader(protocol string, t ReaderTimes, now time.Time) (cardReader, error) {
	switch protocol {
	case "", "crt571":
		return crt571sim.New(crt571sim.Config{
			EntryTime: t.Entry, MoveTime: t.Move, CardTime: t.Chip, BootTime: t.Boot, Tracks: true, Rand: noise(),
		}), nil
	case "crt310":
		return crt310sim.New(crt310sim.Config{EntryTime: t.Entry, MoveTime: t.Move, CardTime: t.Chip, BootTime: t.Boot, Rand: noise()}), nil
	case "pcsc":
		return pcscsim.New(now, pcscsim.Config{ACR: true, CardTime: t.Chip}), nil
	case Library:
		return vendorsim.NewReader(), nil
	}
	return nil, fmt.Errorf("card reader %q is not one of %s", protocol, strings.Join(Readers(), ", "))
}

// noise feeds the faults of a bad line, the same way each time.
func noise() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }

// ReaderFaults are the faults of a reader that speaks a protocol; "" is the first one.
func ReaderFaults(protocol string) []string {
	switch protocol {
	case "crt310":
		return crt310sim.Faults()
	case "pcsc":
		return pcscsim.Faults()
	case Library:
		return vendorsim.ReaderFaults()
	}
	return crt571sim.Faults()
}

// CardFault sets or clears a fault of the reader of a slot: one of ReaderFaults.
func (b *Bench) CardFault(s Slot, kind string, clear bool) (err error) {
	if !slices.Contains(Slots(), s) {
		return fmt.Errorf("%w: %.20q is not bank or meter", ErrNoSlot, string(s))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines[s.role()].Do(func(time.Time) { err = b.readers[s].Fault(kind, clear) })
	if err == nil && !spent(kind) {
		b.noteFault(s.role(), kind, clear)
	}
	return err
}

// spent says whether a fault is over after one command, and so is never on for long.
func spent(kind string) bool {
	return slices.Contains([]string{crt571sim.LostAck, crt571sim.LostReply, crt571sim.LateReply, vendorsim.FaultCrash, vendorsim.FaultHang}, kind)
}

// layLine makes a device's line at path: a pseudo terminal, or the socket of pcscd or of a
// maker's library.
func layLine(path string, peer hal.Peer) (ptysim.Line, error) {
	switch peer.(type) {
	case *pcscsim.Device:
		return pcscsim.Listen(path)
	case *vendorsim.Reader:
		return vendorsim.Listen(path)
	}
	return ptysim.Open(path)
}
