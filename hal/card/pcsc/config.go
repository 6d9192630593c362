package pcsc

import (
	"fmt"
	"time"
)

// Dialect is a family of readers with pseudo-APDUs for memory cards.
type Dialect string

// The dialects.
const (
	NoDialect Dialect = ""    // memory cards are not supported
	ACR       Dialect = "acr" // ACS ACR38, ACR39, ACR1281 and the like, CCID firmware
)

// Config sets up a Driver. Zero fields take the defaults named below.
type Config struct {
	Reader     string  // beginning of the reader's name; empty = the first one
	Shared     bool    // let other programs use the card too, one at a time; false = exclusive
	PseudoAPDU Dialect // NoDialect
	AT24CSize  int     // bytes of the AT24C cards in use, 128 to 8192; 0 = AT24C is not supported

	Poll            time.Duration // 300 ms
	Silence         time.Duration // without pcscd, until DeviceOffline; 3 s
	TransmitTimeout time.Duration // one exchange with the card; 15 s
}

// Check reports a field that no driver can work with.
func (c Config) Check() error {
	if c.PseudoAPDU != NoDialect && c.PseudoAPDU != ACR {
		return fmt.Errorf("pseudo-apdu: %q is not %q", string(c.PseudoAPDU), string(ACR))
	}
	if c.AT24CSize < 0 || c.AT24CSize > 8192 {
		return fmt.Errorf("at24c size: %d is not within 0 to 8192", c.AT24CSize)
	}
	if len(c.Reader) >= NameSize {
		return fmt.Errorf("reader: name of %d bytes is longer than %d", len(c.Reader), NameSize-1)
	}
	return nil
}

// Bounds and intervals that no installation needs to change.
const (
	pollFast       = 100 * time.Millisecond // poll interval while it is open whether the card was pulled
	pulledMax      = 1500 * time.Millisecond
	requestTimeout = 3 * time.Second  // of requests that do not wait for a card
	connectTimeout = 10 * time.Second // a card's reset included
	maxFollowUps   = 8                // GET RESPONSE commands after one APDU
)

func (c Config) withDefaults() Config {
	for _, f := range []struct {
		v *time.Duration
		d time.Duration
	}{
		{&c.Poll, 300 * time.Millisecond},
		{&c.Silence, 3 * time.Second},
		{&c.TransmitTimeout, 15 * time.Second},
	} {
		if *f.v <= 0 {
			*f.v = f.d
		}
	}

	return c
}
