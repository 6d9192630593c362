package bench

import (
	"fmt"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
)

// Cards of the drawer, beside the bank cards of cardsim. The chips of the meter cards have
// the numbers 1 to 7 in the order below.
const (
	// MeterCardID is a purchase card of account 1000000003, whose meter has loaded the
	// fourth and last purchase.
	MeterCardID = "meter-1"
	// NotLoadedID is a purchase card whose meter has not seen the second and last purchase
	// yet.
	NotLoadedID = "meter-2"
	// BlankID is a card of nobody.
	BlankID = "meter-blank"
	// OtherUtilityID is a purchase card of another utility, under its keys.
	OtherUtilityID = "meter-other"
	// OpenAccountID is an open-account card with the first purchase, which its meter has
	// not seen.
	OpenAccountID = "meter-open"
	// SLE4442ID and AT88SC102ID are purchase cards that are memory cards.
	SLE4442ID   = "meter-4442"
	AT88SC102ID = "meter-102"

	// MemoryCardID is an SLE4442 card as it comes from the factory.
	MemoryCardID = "memory-1"
)

// meterCards are what the meter cards of a new lab say of themselves.
func meterCards() map[string]metercard.Facts {
	return map[string]metercard.Facts{
		MeterCardID: {
			Serial: "0000000000000001", Form: metercard.CPU, Kind: metercard.Purchase,
			Meter: "000000000103", Customer: "001000000003", Count: 4, Purse: money.Yuan(50), Loaded: 4, Left: 3650,
		},
		NotLoadedID: {
			Serial: "0000000000000002", Form: metercard.CPU, Kind: metercard.Purchase,
			Meter: "000000000105", Customer: "001000000005", Count: 2, Purse: money.Yuan(50),
		},
		BlankID: {Serial: "0000000000000003", Form: metercard.CPU, Kind: metercard.Blank},
		OtherUtilityID: {
			Serial: "0000000000000004", Form: metercard.CPU, Kind: metercard.Purchase,
			Meter: "000000770001", Customer: "007700000001", Count: 9, Purse: money.Yuan(20), Loaded: 9, Left: 1240,
		},
		OpenAccountID: {
			Serial: "0000000000000005", Form: metercard.CPU, Kind: metercard.OpenAccount,
			Meter: "000000000106", Customer: "001000000006", Count: 1, Purse: money.Yuan(20),
		},
		SLE4442ID: {
			Serial: "0000000000000006", Form: metercard.SLE4442, Kind: metercard.Purchase,
			Meter: "000000000107", Customer: "001000000007", Count: 6, Purse: money.Yuan(100), Loaded: 6, Left: 2210,
		},
		AT88SC102ID: {
			Serial: "0000000000000007", Form: metercard.AT88SC102, Kind: metercard.Purchase,
			Meter: "000000000108", Customer: "001000000008", Count: 3, Purse: money.Yuan(30), Loaded: 3, Left: 1505,
		},
	}
}

// newDrawer is the drawer of a new lab.
func newDrawer() (map[string]*cardsim.Card, error) {
	drawer := cardsim.BankCards()
	for id, f := range meterCards() {
		c, err := meterissuersim.New(id, f)
		if err != nil {
			return nil, fmt.Errorf("cannot fill the drawer: %w", err)
		}
		drawer[id] = c
	}
	if chip, ok := drawer[OtherUtilityID].Processor.(*cardsim.MeterCard); ok {
		for i := range chip.Key {
			chip.Key[i] = 0x22
		}
	}
	drawer[MemoryCardID] = &cardsim.Card{ID: MemoryCardID, Memory: cardsim.NewSLE4442([3]byte{0xFF, 0xFF, 0xFF})}

	return drawer, nil
}
