package config

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Card says whether payment by bank card is offered, and how the bank's POSP knows this
// terminal. The keys themselves are in the PIN pad.
type Card struct {
	Enabled       bool   `toml:"enabled" json:"enabled"`
	Terminal      string `toml:"terminal" json:"terminal"`               // the bank's number of it: 8 letters or digits
	Merchant      string `toml:"merchant" json:"merchant"`               // 15 letters or digits
	MerchantName  string `toml:"merchant_name" json:"merchant_name"`     // that the chip is told: at most 20 ASCII characters
	Operator      string `toml:"operator" json:"operator"`               // 3 digits
	TPDU          string `toml:"tpdu" json:"tpdu"`                       // 10 hexadecimal digits
	Header        string `toml:"header" json:"header"`                   // 12 hexadecimal digits
	Keys          string `toml:"keys" json:"keys"`                       // working keys that a sign-in asks for: see CardKeys
	MAC           string `toml:"mac" json:"mac"`                         // method of MACs: see CardMACs
	PlainClose    bool   `toml:"plain_close" json:"plain_close"`         // settlement and upload go without a MAC
	VoidsByNumber bool   `toml:"voids_by_number" json:"voids_by_number"` // the bank voids a sale of the open batch without the card
	Certificates  bool   `toml:"certificates" json:"certificates"`       // the TC of each chip sale goes to the bank when the batch closes
	MasterSlot    uint8  `toml:"master_slot" json:"master_slot"`         // of the pad: the master key, 0 to 7
	PINSlot       uint8  `toml:"pin_slot" json:"pin_slot"`               // the working key for PINs
	MACSlot       uint8  `toml:"mac_slot" json:"mac_slot"`               // the working key for MACs
	MaxTotal      int64  `toml:"max_total" json:"max_total"`             // yuan in one payment
	Posts         string `toml:"posts" json:"posts"`                     // who books a payment with the MIS: see CardPosts
	SettleAt      string `toml:"settle_at" json:"settle_at"`             // HH:MM of each day; empty = never
	Country       string `toml:"country" json:"country"`                 // of the terminal: 3 digits of ISO 3166
	Currency      string `toml:"currency" json:"currency"`               // 3 digits of ISO 4217
	Stripe        bool   `toml:"stripe" json:"stripe"`                   // a card without a chip pays by its stripe
	Fallback      uint8  `toml:"fallback" json:"fallback"`               // how often a chip must fail before its stripe is read; 0 = never
	SM            bool   `toml:"sm" json:"sm"`                           // chips may use SM4
	Applications  string `toml:"applications" json:"applications"`       // AIDs that are taken, hexadecimal, with commas; empty = UnionPay's
}

// Bounds of a card's settings.
const (
	maxSlot         = 7
	maxMerchantName = 20
	maxFallback     = 9
	maxAIDs         = 16
	minAID, maxAID  = 5, 16 // bytes
)

// CardKeys are the values of card.keys: single- and double-length working keys, and
// double-length ones with one for tracks.
func CardKeys() []string { return []string{"single", "double", "double-track"} }

// CardPosts are the values of card.posts: head office posts each payment, or the bank
// itself does (公共支付).
func CardPosts() []string { return []string{"head-office", PostsBank} }

// PostsBank is the value of card.posts where the bank books payments with the MIS.
const PostsBank = "bank"

// CardMACs are the values of card.mac.
func CardMACs() []string { return []string{"unionpay", "x9.19", "x9.9"} }

var (
	cardTerminal = regexp.MustCompile(`^[0-9A-Za-z]{8}$`)
	cardMerchant = regexp.MustCompile(`^[0-9A-Za-z]{15}$`)
	threeDigits  = regexp.MustCompile(`^[0-9]{3}$`)
	timeOfDay    = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
)

// FrameTPDU are the bytes of TPDU, FrameHeader those of Header.
func (c Card) FrameTPDU() (b [5]byte, err error) { return b, fromHex(b[:], c.TPDU) }

// FrameHeader are the bytes of Header.
func (c Card) FrameHeader() (b [6]byte, err error) { return b, fromHex(b[:], c.Header) }

func fromHex(into []byte, text string) error {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(into) {
		return fmt.Errorf("%q is not %d hexadecimal digits", text, 2*len(into))
	}
	copy(into, b)

	return nil
}

// AIDs are the names of the applications that are taken; none stands for UnionPay's.
func (c Card) AIDs() (all [][]byte, err error) {
	if c.Applications == "" {
		return nil, nil
	}
	for name := range strings.SplitSeq(c.Applications, ",") {
		b, err := hex.DecodeString(strings.TrimSpace(name))
		if err != nil || len(b) < minAID || len(b) > maxAID {
			return nil, fmt.Errorf("%.40q is no AID of %d to %d bytes in hexadecimal digits", name, minAID, maxAID)
		}
		all = append(all, b)
	}
	if len(all) > maxAIDs {
		return nil, fmt.Errorf("%d applications, at most %d", len(all), maxAIDs)
	}

	return all, nil
}

// SettleAfter is how long after midnight the batch is settled; 0 for never. Midnight
// itself is a minute past.
func (c Card) SettleAfter() time.Duration {
	if !timeOfDay.MatchString(c.SettleAt) {
		return 0
	}
	hour, _ := strconv.Atoi(c.SettleAt[:2])
	minute, _ := strconv.Atoi(c.SettleAt[3:])

	return max(time.Duration(hour)*time.Hour+time.Duration(minute)*time.Minute, time.Minute)
}

// card checks the settings where card payment is on; while it is off the bank need not
// have said anything yet.
func (p *problems) card(c Card, d Devices) {
	if !c.Enabled {
		return
	}

	p.match("card.terminal", c.Terminal, cardTerminal, "8 letters or digits, as the bank gives them")
	p.match("card.merchant", c.Merchant, cardMerchant, "15 letters or digits, as the bank gives them")
	p.match("card.operator", c.Operator, threeDigits, "3 digits")
	p.match("card.country", c.Country, threeDigits, "3 digits of ISO 3166")
	p.match("card.currency", c.Currency, threeDigits, "3 digits of ISO 4217")
	if c.SettleAt != "" {
		p.match("card.settle_at", c.SettleAt, timeOfDay, "a time such as 23:30")
	}
	if len(c.MerchantName) > maxMerchantName || !printable(c.MerchantName) {
		p.add("card.merchant_name", "%.40q is not at most %d printable ASCII characters", c.MerchantName, maxMerchantName)
	}
	if _, err := c.FrameTPDU(); err != nil {
		p.add("card.tpdu", "%v", err)
	}
	if _, err := c.FrameHeader(); err != nil {
		p.add("card.header", "%v", err)
	}
	if _, err := c.AIDs(); err != nil {
		p.add("card.applications", "%v", err)
	}
	p.oneOf("card.keys", c.Keys, CardKeys())
	p.oneOf("card.mac", c.MAC, CardMACs())
	p.oneOf("card.posts", c.Posts, CardPosts())
	p.slots(c)
	if c.Fallback > maxFallback {
		p.add("card.fallback", "%d is not within 0 to %d", c.Fallback, maxFallback)
	}
	if d.Card.Driver == "" || d.Pinpad.Driver == "" {
		p.add("card.enabled", "needs a card reader and a PIN pad: devices.card.driver and devices.pinpad.driver")
	}
}

func (p *problems) slots(c Card) {
	for key, slot := range map[string]uint8{"card.master_slot": c.MasterSlot, "card.pin_slot": c.PINSlot, "card.mac_slot": c.MACSlot} {
		if slot > maxSlot {
			p.add(key, "%d is not within 0 to %d", slot, maxSlot)
		}
	}
	if c.PINSlot == c.MACSlot {
		p.add("card.mac_slot", "is that of the key for PINs: a key serves one purpose")
	}
}

func (p *problems) match(key, v string, want *regexp.Regexp, words string) {
	if !want.MatchString(v) {
		p.add(key, "%.40q is not %s", v, words)
	}
}

func (p *problems) oneOf(key, v string, of []string) {
	for _, o := range of {
		if v == o {
			return
		}
	}
	p.add(key, "%.40q is none of %s", v, strings.Join(of, ", "))
}

func printable(s string) bool {
	for _, c := range s {
		if c < ' ' || c > '~' {
			return false
		}
	}

	return true
}
