package bankcard

import (
	"errors"
	"fmt"
	"io"
	"time"

	"wattkiosk/hal/pinpad"
	"wattkiosk/payments/emv"
	"wattkiosk/payments/posp"
)

// Config is how the bank knows this terminal, and what it takes.
type Config struct {
	Bank   posp.Terminal
	Chip   emv.Terminal
	Stripe emv.StripeRule

	Method  pinpad.Method // of MACs
	Master  byte          // slot of the master key in the pad
	PINSlot byte          // of the working keys
	MACSlot byte

	// SettleAt is how long after midnight in Zone the batch is settled, each day; 0 is
	// never.
	SettleAt time.Duration
	Zone     *time.Location

	Random io.Reader // of unpredictable numbers
}

func (c Config) check() error {
	if c.Random == nil || c.Zone == nil || c.SettleAt < 0 || c.SettleAt >= 24*time.Hour {
		return errors.New("bank card: random numbers, time zone or the time of settlement are missing or wrong")
	}
	if err := c.Bank.Check(); err != nil {
		return fmt.Errorf("bank card: %w", err)
	}

	k, err := emv.New(c.Chip, emv.Payment{Amount: 1, At: time.Date(2026, 1, 1, 0, 0, 0, 0, c.Zone)})
	if err != nil {
		return fmt.Errorf("bank card: %w", err)
	}
	k.Wipe()

	return nil
}
