package cardsim

import "strings"

// The bank cards of the drawer. Their numbers begin with 622588 and end with a valid
// check digit; they are invented, and so are the issuer and all keys.
const (
	BankFunds    = "bank-1" // chip and stripe; pays
	BankNoFunds  = "bank-2" // 19 digits; the issuer proves itself in the second GENERATE AC
	BankCaptured = "bank-3" // the bank wants it kept
	BankStripe   = "bank-4" // stripe only
	BankDeclines = "bank-5" // the chip declines after the bank approved
	BankTwo      = "bank-6" // debit and credit
	BankExpired  = "bank-7"
	BankBlocked  = "bank-8" // its application is blocked
	BankSM4      = "bank-9" // cryptograms by SM4; a terminal must let it
)

// BankPIN is the PIN of all of them, as the bank knows it.
const BankPIN = "123456"

// bankPANs are the numbers of the drawer's cards.
var bankPANs = map[string]string{
	BankFunds:    "6225880000000019",
	BankNoFunds:  "6225880000000000028",
	BankCaptured: "6225880000000035",
	BankStripe:   "6225880000000043",
	BankDeclines: "6225880000000050",
	BankTwo:      "6225880000000068",
	BankExpired:  "6225880000000076",
	BankBlocked:  "6225880000000084",
	BankSM4:      "6225880000000092",
}

// BankCreditPAN is the number of the second application of BankTwo.
const BankCreditPAN = "6225880000000167"

// BankPAN is the number of a card of the drawer; "" for one that is not a bank card. Of
// BankTwo it is the debit application's.
func BankPAN(id string) string { return bankPANs[id] }

// BankMasters are an issuer's keys, from which those of its cards are made.
type BankMasters struct{ Key, MAC, Secrecy BankKey }

// TestMasters are the keys of the invented issuer.
func TestMasters() BankMasters {
	return BankMasters{
		Key:     BankKey(bankHex("0123456789ABCDEFFEDCBA9876543210")),
		MAC:     BankKey(bankHex("1032547698BADCFEEFCDAB8967452301")),
		Secrecy: BankKey(bankHex("23016745AB89EFCDDCFE98BA54761032")),
	}
}

// Names of applications.
const (
	AIDDebit  = "A000000333010101"
	AIDCredit = "A000000333010102"
)

// NewBankApplication makes a debit application of the invented issuer, valid from 2020
// to the end of 2035.
func NewBankApplication(pan, sequence string, alg BankAlgorithm) *BankApplication {
	m := TestMasters()

	return &BankApplication{
		AID: bankHex(AIDDebit), Label: "PBOC DEBIT", Priority: 1,
		PAN: pan, Sequence: sequence, Effective: "200101", Expiry: "351231", Service: "220",
		Algorithm: alg,
		Key:       alg.CardKey(m.Key, pan, sequence),
		MACKey:    alg.CardKey(m.MAC, pan, sequence),
		Secrecy:   alg.CardKey(m.Secrecy, pan, sequence),
		PIN:       BankPIN, Tries: 3, TryLimit: 3,
		Data: map[string]Hex{"9F58": {0x00}, "9F59": {0x00}}, // offline payments in a row: none
	}
}

// NewBankCard makes a card of applications, answering in T=0.
func NewBankCard(apps ...*BankApplication) *BankCard {
	return &BankCard{Applications: apps, ATR: Hex{0x3B, 0x66, 0x00, 0x00, 0x54, 0x45, 0x53, 0x54, 0x00, 0x01}}
}

// stripe is track 2 of an application.
func (a *BankApplication) stripe() Tracks {
	return Tracks{1: a.PAN + "=" + a.Expiry[:4] + a.Service + "0000000000"}
}

// BankApplications are the applications of a bank card in the order of its directory, as
// they are now; nil for any other card. Of a card with a stripe alone it is what the
// stripe says, which no chip counts.
func (c *Card) BankApplications() []*BankApplication {
	if chip, ok := c.Processor.(*BankCard); ok {
		return chip.Applications
	}
	pan, rest, ok := strings.Cut(c.Tracks[1], "=")
	if !ok || len(rest) < 7 || c.Processor != nil || c.Memory != nil {
		return nil
	}
	return []*BankApplication{{PAN: pan, Expiry: rest[:4] + "31", Service: rest[4:7]}}
}

// BankCards are the bank cards of the drawer, as they come from the issuer.
func BankCards() map[string]*Card {
	apps := map[string]*BankApplication{}
	for id, pan := range bankPANs {
		apps[id] = NewBankApplication(pan, "01", BankAlgorithm{SM4: id == BankSM4})
	}
	apps[BankNoFunds].Named, apps[BankNoFunds].InSecond = true, true
	apps[BankCaptured].Algorithm.Common = true
	apps[BankDeclines].Refuses = RefusesSecond
	apps[BankExpired].Expiry = "251231"
	apps[BankBlocked].Blocked = true
	apps[BankFunds].MustProve = true

	credit := NewBankApplication(BankCreditPAN, "02", BankAlgorithm{})
	credit.AID, credit.Label, credit.Priority = bankHex(AIDCredit), "PBOC CREDIT", 2

	cards := map[string]*Card{}
	for id, app := range apps {
		cards[id] = &Card{ID: id, Processor: NewBankCard(app), Tracks: app.stripe()}
	}
	cards[BankTwo].Processor = NewBankCard(apps[BankTwo], credit)
	apps[BankStripe].Service = "120"
	cards[BankStripe].Processor, cards[BankStripe].Tracks = nil, apps[BankStripe].stripe()

	return cards
}
