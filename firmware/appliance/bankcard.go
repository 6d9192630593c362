package appliance

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"time"

	"wattkiosk/firmware/config"
	"wattkiosk/firmware/tender/bankcard"
	"wattkiosk/hal/pinpad"
	"wattkiosk/payments/emv"
	"wattkiosk/payments/posp"
)

// Values of the configuration by their names.
var (
	keySchemes = map[string]posp.Scheme{"single": posp.SingleLength, "double": posp.DoubleLength, "double-track": posp.DoubleWithTrack}
	macMethods = map[string]pinpad.Method{"unionpay": pinpad.UnionPay, "x9.19": pinpad.X919, "x9.9": pinpad.X99}
)

// bankCardOf is the station of bank cards as it is configured. A configuration that was
// checked gives no error.
func bankCardOf(cfg config.Config, zone *time.Location) (bankcard.Config, error) {
	c := cfg.Card
	tpdu, err := c.FrameTPDU()
	if err != nil {
		return bankcard.Config{}, fmt.Errorf("card.tpdu: %w", err)
	}
	header, err := c.FrameHeader()
	if err != nil {
		return bankcard.Config{}, fmt.Errorf("card.header: %w", err)
	}
	names, err := c.AIDs()
	if err != nil {
		return bankcard.Config{}, fmt.Errorf("card.applications: %w", err)
	}

	country, err := bcd(c.Country)
	if err != nil {
		return bankcard.Config{}, fmt.Errorf("card.country: %w", err)
	}
	currency, err := bcd(c.Currency)
	if err != nil {
		return bankcard.Config{}, fmt.Errorf("card.currency: %w", err)
	}

	return bankcard.Config{
		Bank: posp.Terminal{
			ID: c.Terminal, Merchant: c.Merchant, Operator: c.Operator, Machine: cfg.Kiosk, Scheme: keySchemes[c.Keys],
			TPDU: tpdu, Header: header, PlainClose: c.PlainClose, VoidsByNumber: c.VoidsByNumber, NoCertificates: !c.Certificates,
		},
		Chip: emv.Terminal{
			Country: country, Currency: currency, Type: emv.TypeOfMerchant, ID: c.Terminal, Merchant: c.Merchant, MerchantName: c.MerchantName,
			Serial: cfg.Kiosk, SM: c.SM, Applications: applications(names),
		},
		Stripe: emv.StripeRule{Allowed: c.Stripe, Failures: int(c.Fallback)}, Method: macMethods[c.MAC],
		Master: c.MasterSlot, PINSlot: c.PINSlot, MACSlot: c.MACSlot, SettleAt: c.SettleAfter(), Zone: zone, Random: rand.Reader,
	}, nil
}

// applications are those of UnionPay, or the named ones by UnionPay's rules.
func applications(names [][]byte) []emv.Application {
	all := emv.UnionPay()
	if names == nil {
		return all
	}
	rule := all[0]
	all = slices.Grow(all[:0], len(names))
	for _, n := range names {
		rule.AID = n
		all = append(all, rule)
	}

	return all
}

// bcd is a number of ISO as chips have it: 156 is 0x0156.
func bcd(digits string) (uint16, error) {
	n, err := strconv.ParseUint(digits, 16, 12)
	if err != nil {
		return 0, fmt.Errorf("%q is not three digits", digits)
	}

	return uint16(n), nil
}
