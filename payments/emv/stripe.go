package emv

import (
	"bytes"
	"errors"
	"time"
)

// Why a stripe is not taken.
var (
	// ErrStripe: the stripe could not be read as that of a bank card.
	ErrStripe = errors.New("stripe is not a bank card's")
	// ErrChipFirst: the card has a chip, which must be used.
	ErrChipFirst = errors.New("card has a chip: the chip must be used")
	// ErrStripeRefused: the terminal's rule takes no stripe.
	ErrStripeRefused = errors.New("stripes are not taken")
)

// Stripe is what track 2 says (ISO/IEC 7813).
type Stripe struct {
	Card
	Service Secret // three ASCII digits
}

// StripeRule is when a terminal takes a stripe.
type StripeRule struct {
	// Allowed: a card without a chip may pay with its stripe.
	Allowed bool
	// Failures is how often the chip of a card must have failed (Outcome.ChipFailed)
	// before its stripe is read in its place; 0 is never.
	Failures int
}

// Longest parts of track 2.
const (
	maxTrack2    = 37
	expirySize   = 4
	serviceSize  = 3
	noExpiration = "0000"
)

// ReadStripe reads track 2 without sentinels: PAN, '=', expiry YYMM, service code and
// what the bank adds. The parts alias a copy that Wipe overwrites; the caller wipes its
// own. Errors hold no digits.
func ReadStripe(track Secret) (Stripe, error) {
	s, err := readTrack2(bytes.Clone(track))
	if err != nil {
		return Stripe{}, err
	}

	return s, nil
}

// readTrack2 takes the parts out of a track, which it aliases.
func readTrack2(track Secret) (s Stripe, err error) {
	pan, rest, found := bytes.Cut(track, []byte{'='})
	switch {
	case !found || len(track) > maxTrack2 || len(pan) < minPAN || len(pan) > maxPAN || len(rest) < expirySize+serviceSize,
		!decimal(pan) || !decimal(rest):
		return Stripe{}, ErrStripe
	}

	month := int(rest[2]-'0')*10 + int(rest[3]-'0')
	if string(rest[:expirySize]) != noExpiration && (month < 1 || month > 12) {
		return Stripe{}, ErrStripe
	}
	s.PAN, s.Track2 = pan[:len(pan):len(pan)], track
	s.Expiry = Secret(rest[:expirySize])
	s.Service = Secret(rest[expirySize : expirySize+serviceSize])

	return s, nil
}

func decimal(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}

	return true
}

// Chip reports whether the card has one: service codes 2xx and 6xx.
func (s Stripe) Chip() bool {
	return len(s.Service) > 0 && (s.Service[0] == '2' || s.Service[0] == '6')
}

// Expired reports whether the last day of the card's month is over.
func (s Stripe) Expired(at time.Time) bool {
	if len(s.Expiry) != expirySize || string(s.Expiry) == noExpiration {
		return false
	}
	year := 2000 + int(s.Expiry[0]-'0')*10 + int(s.Expiry[1]-'0')
	if year >= 2050 {
		year -= 100
	}
	month := int(s.Expiry[2]-'0')*10 + int(s.Expiry[3]-'0')

	return at.Year()*12+int(at.Month()) > year*12+month
}

// Usable says whether the card may pay with its stripe: nil, ErrStripeRefused or
// ErrChipFirst. Failures is how often this card's chip failed in this visit. A stripe
// in place of a chip is to be marked as that in the message to the bank.
func (s Stripe) Usable(rule StripeRule, failures int) error {
	switch {
	case s.Chip() && (rule.Failures <= 0 || failures < rule.Failures):
		return ErrChipFirst
	case !s.Chip() && !rule.Allowed:
		return ErrStripeRefused
	}

	return nil
}

// Wipe overwrites everything that ReadStripe copied.
func (s Stripe) Wipe() { s.Track2.Wipe() }
