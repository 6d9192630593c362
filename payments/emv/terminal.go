package emv

import (
	"errors"
	"fmt"
	"math"
	"time"

	"wattkiosk/payments/money"
)

// Numbers of China (ISO 3166) and of the yuan (ISO 4217), as BCD.
const (
	China uint16 = 0x0156
	Yuan  uint16 = 0x0156
)

// Types of an unattended terminal that is online only (9F35).
const (
	TypeOfBank     = 0x14 // run by a financial institution
	TypeOfMerchant = 0x24 // run by a merchant, as a power company is
)

// Limits of a terminal's table.
const (
	MaxApplications = 16
	minAID          = 5
	maxAID          = 16
)

// Terminal is what a kiosk says of itself.
type Terminal struct {
	Country      uint16 // 9F1A, BCD
	Currency     uint16 // 5F2A, BCD; exponent 2
	Type         byte   // 9F35
	ID           string // 9F1C, as field 41: 8 letters or digits
	Merchant     string // 9F16, as field 42: 15 letters or digits
	MerchantName string // 9F4E: ASCII, at most 20
	Serial       string // 9F1E, of the reader: 8 letters or digits
	// WithoutPIN lets a card whose list says so pay without a PIN.
	WithoutPIN bool
	// SM lets a card use SM4 for its cryptograms, if it can (DF69).
	SM           bool
	Applications []Application
}

// Code is an action code or the TVR itself: a bit of it stands for one thing that was
// found out about the payment (Book 3, annex C5).
type Code [5]byte

// Application is one that the terminal takes.
type Application struct {
	AID     []byte // 5 to 16 bytes
	Partial bool   // a longer name that begins so is taken too
	Version uint16 // 9F09
	// Denial are the bits of the TVR that decline a payment without asking the bank,
	// besides those that the card itself names.
	Denial Code
}

// Bits of the TVR that UnionPay declines by.
const (
	tvrExpired    = 0x40 // byte 2
	tvrNotYet     = 0x20
	tvrNotAllowed = 0x10
)

// UnionPay are debit, credit and quasi-credit. A kiosk has nobody to ask, so that an
// expired application is declined here and the customer learns why; otherwise only a
// service that the card does not allow is.
func UnionPay() []Application {
	apps := make([]Application, 0, 3)
	for _, last := range []byte{0x01, 0x02, 0x03} {
		apps = append(apps, Application{
			AID: []byte{0xA0, 0x00, 0x00, 0x03, 0x33, 0x01, 0x01, last}, Partial: true,
			Version: 0x0030, Denial: Code{1: tvrExpired | tvrNotYet | tvrNotAllowed},
		})
	}

	return apps
}

// MaxAmount is what fits the four bytes of the binary amount (81): 42 million yuan.
const MaxAmount money.Amount = math.MaxUint32

// Payment is what is to be paid, and what the kernel may not make up by itself.
type Payment struct {
	Amount        money.Amount // above zero, at most MaxAmount
	At            time.Time    // in the kiosk's own time zone
	Unpredictable [4]byte      // fresh random bytes
	Counter       uint32       // 9F41: the terminal's, at most 8 digits
}

var errConfig = errors.New("emv")

func (t Terminal) check() error {
	switch {
	case len(t.Applications) == 0 || len(t.Applications) > MaxApplications:
		return fmt.Errorf("%w: %d applications, want 1 to %d", errConfig, len(t.Applications), MaxApplications)
	case t.Type != TypeOfBank && t.Type != TypeOfMerchant:
		return fmt.Errorf("%w: terminal type %02X is not unattended and online only", errConfig, t.Type)
	case len(t.ID) != 8 || len(t.Merchant) != 15 || len(t.Serial) != 8 || len(t.MerchantName) > 20:
		return fmt.Errorf("%w: terminal ID, merchant, serial or name has a wrong length", errConfig)
	}
	for _, a := range t.Applications {
		if len(a.AID) < minAID || len(a.AID) > maxAID {
			return fmt.Errorf("%w: AID of %d bytes", errConfig, len(a.AID))
		}
	}

	return nil
}

func (p Payment) check() error {
	switch {
	case p.Amount <= 0 || p.Amount > MaxAmount:
		return fmt.Errorf("%w: amount %v", errConfig, p.Amount)
	case p.At.Year() < 2000 || p.At.Year() > 2049:
		return fmt.Errorf("%w: the year %d does not fit two digits", errConfig, p.At.Year())
	case p.Counter > 99_999_999:
		return fmt.Errorf("%w: counter %d", errConfig, p.Counter)
	}

	return nil
}

// Terminal capabilities (9F33, 9F40): what this kernel and a kiosk can do.
const (
	capsInput     = 0x60 // stripe and chip with contacts
	capsOnlinePIN = 0x40
	capsNoCVM     = 0x08
	capsCapture   = 0x20 // keeps a card; no offline data authentication
)

// moreCaps: goods and services; numeric, command and function keys; prints and
// displays for the customer; code table 1.
var moreCaps = []byte{0x60, 0x00, 0xB0, 0x50, 0x01}

// load puts the terminal's values among the objects.
func (o *objects) load(t Terminal, p Payment) {
	bcd := func(n uint64, size int) []byte {
		b := make([]byte, size)
		for i := size - 1; i >= 0; i-- {
			b[i] = byte(n/10%10)<<4 | byte(n%10)
			n /= 100
		}

		return b
	}
	cvm := byte(capsOnlinePIN)
	if t.WithoutPIN {
		cvm |= capsNoCVM
	}
	sm := byte(0)
	if t.SM {
		sm = 1
	}
	amount, year := uint64(p.Amount), uint64(p.At.Year()%100)

	for _, x := range []object{
		{tag: tagAmount, value: bcd(amount, 6)},
		{tag: tagAmountBinary, value: []byte{byte(amount >> 24), byte(amount >> 16), byte(amount >> 8), byte(amount)}},
		{tag: tagOtherAmount, value: make([]byte, 6)},
		{tag: tagOtherBinary, value: make([]byte, 4)},
		{tag: tagCurrency, value: []byte{byte(t.Currency >> 8), byte(t.Currency)}},
		{tag: tagExponent, value: []byte{2}},
		{tag: tagCountry, value: []byte{byte(t.Country >> 8), byte(t.Country)}},
		{tag: tagDate, value: bcd(year*10000+uint64(p.At.Month())*100+uint64(p.At.Day()), 3)},
		{tag: tagTime, value: bcd(uint64(p.At.Hour())*10000+uint64(p.At.Minute())*100+uint64(p.At.Second()), 3)},
		{tag: tagType, value: []byte{0x00}}, // goods and services
		{tag: tagUnpredictable, value: p.Unpredictable[:]},
		{tag: tagCounter, value: bcd(uint64(p.Counter), 4)},
		{tag: tagCapabilities, value: []byte{capsInput, cvm, capsCapture}},
		{tag: tagMoreCaps, value: moreCaps},
		{tag: tagTerminalType, value: []byte{t.Type}},
		{tag: tagFloor, value: make([]byte, 4)},
		{tag: tagTerminalID, value: []byte(t.ID)},
		{tag: tagMerchant, value: []byte(t.Merchant)},
		{tag: tagMerchantName, value: []byte(t.MerchantName)},
		{tag: tagDeviceSerial, value: []byte(t.Serial)},
		{tag: tagCashIndicator, value: []byte{0}},
		{tag: tagSM, value: []byte{sm}},
	} {
		o.set(x.tag, x.value, false)
	}
}
