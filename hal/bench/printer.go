package bench

import (
	"fmt"
	"time"

	"wattkiosk/hal/printer/escpos/escpossim"
)

// PrinterFault sets or clears a fault of the printer: paper-out, near-end,
// cover, offline, cutter, silent. Clearing paper-out or near-end puts in a new
// roll.
func (b *Bench) PrinterFault(kind string, clear bool) error {
	fault, err := escpossim.ParseFault(kind)
	if err != nil {
		return fmt.Errorf("cannot set printer fault: %w", err)
	}

	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines["printer"].Do(func(now time.Time) {
		if clear {
			b.printer.Clear(now, fault)
		} else {
			b.printer.Inject(now, fault)
		}
	})

	b.noteFault("printer", kind, clear)
	return nil
}

// Slips are the slips printed so far, oldest first.
func (b *Bench) Slips() (slips []escpossim.Slip) {
	b.lines["printer"].Do(func(time.Time) { slips = b.printer.Slips() })
	return slips
}

// Slip is the slip of that number.
func (b *Bench) Slip(number int) (escpossim.Slip, bool) {
	for _, s := range b.Slips() {
		if s.Number == number {
			return s, true
		}
	}
	return escpossim.Slip{}, false
}
