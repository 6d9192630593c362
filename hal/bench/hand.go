package bench

import (
	"fmt"
	"time"

	"wattkiosk/hal/gpio/filegpio"
	"wattkiosk/hal/printer/escpos/escpossim"
	"wattkiosk/hal/scanner"
)

// Scan holds a code under the scanner.
func (b *Bench) Scan(code string) error {
	if len(code) > scanner.MaxCode {
		return fmt.Errorf("cannot scan: code of %d bytes, at most %d", len(code), scanner.MaxCode)
	}
	b.lines["scanner"].Do(func(time.Time) { b.scan.say(code) })
	return nil
}

// Mains gives or takes the mains; the UPS holds the machine.
func (b *Bench) Mains(on bool) error {
	if err := filegpio.Write(b.gpio(), mains, on); err != nil {
		return fmt.Errorf("cannot switch mains: %w", err)
	}
	return nil
}

// Invoices are what the second printer printed, oldest first.
func (b *Bench) Invoices() (slips []escpossim.Slip) {
	b.lines["invoice"].Do(func(time.Time) { slips = b.invoice.Slips() })
	return slips
}

// scannerPeer is a scanner on a serial line: each code and then CR.
type scannerPeer struct{ tx []byte }

func (s *scannerPeer) say(code string) { s.tx = append(append(s.tx, code...), '\r') }

// Receive implements hal.Peer; such a scanner receives nothing.
func (s *scannerPeer) Receive(time.Time, []byte) {}

// Advance implements hal.Peer.
func (s *scannerPeer) Advance(time.Time) []byte {
	tx := s.tx
	s.tx = nil
	return tx
}

// Wake implements hal.Peer.
func (s *scannerPeer) Wake() time.Time { return time.Time{} }
