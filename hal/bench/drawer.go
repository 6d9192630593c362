package bench

import "wattkiosk/hal/card/cardsim"

// Cards of the drawer, beside the bank cards of cardsim.
const (
	// MeterCardID is a CPU meter card of account 1000000003.
	MeterCardID = "meter-1"
	// MemoryCardID is an SLE4442 card.
	MemoryCardID = "memory-1"
)

func newDrawer() map[string]*cardsim.Card {
	drawer := cardsim.BankCards()
	drawer[MeterCardID] = &cardsim.Card{ID: MeterCardID, Processor: cardsim.NewMeterCard(cardsim.Holder{
		Serial: [8]byte{0, 0, 0, 0, 0, 0, 0, 1},
	})}
	drawer[MemoryCardID] = &cardsim.Card{ID: MemoryCardID, Memory: cardsim.NewSLE4442([3]byte{0xFF, 0xFF, 0xFF})}
	return drawer
}
