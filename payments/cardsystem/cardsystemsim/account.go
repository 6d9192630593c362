package cardsystemsim

import (
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/money"
)

// Account is a customer whose meter takes cards. Amounts are fen. Its purchases are
// counted by its meter, whichever of its cards carries them.
type Account struct {
	Number    string       `json:"number"`
	Name      string       `json:"name"`
	Address   string       `json:"address"`
	Opened    uint32       `json:"count"`                // purchases before this ledger
	Arrears   money.Amount `json:"arrears,omitempty"`    // owed: paid first
	Least     money.Amount `json:"least,omitempty"`      // of one purchase
	Limit     money.Amount `json:"limit,omitempty"`      // hoarding limit; 0 is money.Max
	Step      money.Amount `json:"step,omitempty"`       // multiples only
	Fixed     money.Amount `json:"fixed,omitempty"`      // this amount only
	TariffDue bool         `json:"tariff_due,omitempty"` // a change waits: at the counter
	Used      int64        `json:"used,omitempty"`       // 0.01 kWh bought in this period, which the ladder counts

	Ladder []cardsystem.Tier      `json:"ladder,omitempty"`
	ByTime []cardsystem.TimePrice `json:"by_time,omitempty"` // instead of a ladder
}

// Card is one chip of an account.
type Card struct {
	Serial     string `json:"serial"`
	Account    string `json:"account"`
	Meter      string `json:"meter,omitempty"`    // as on the card; empty is not compared
	Customer   string `json:"customer,omitempty"` // the same
	ReplacedBy string `json:"replaced_by,omitempty"`
}

// energy is what amount buys, in 0.01 kWh, after used of them: up the ladder, rounded
// down. It is 0 without a ladder: money is sold then.
func (a *Account) energy(amount money.Amount) int64 {
	const per = 100 * 100 // a price is of 100 kWh
	used, bought := a.Used, int64(0)
	for _, t := range a.Ladder {
		if t.Price <= 0 {
			return 0
		}
		all := int64(amount) * per / int64(t.Price)
		room := t.UpTo - used
		if t.UpTo == 0 || all <= room {
			return bought + all
		}
		if room <= 0 {
			continue
		}

		amount -= money.Amount((room*int64(t.Price) + per - 1) / per)
		bought, used = bought+room, t.UpTo
	}

	return bought
}

// Cards of the lab.
const (
	Meter1 = "0000000000000001" // chip of meter-1: everything is in order
	Meter2 = "0000000000000002" // chip of meter-2: the meter has not loaded the last purchase
)

// seed is what every lab has.
func (s *Server) seed() {
	ladder := []cardsystem.Tier{{UpTo: 260000, Price: 4883}, {UpTo: 480000, Price: 5383}, {Price: 7883}}
	for _, a := range []Account{
		{
			Number: "1000000003", Name: "刘建国", Address: "示范市建设路25号", Opened: 4, Least: money.Yuan(1), Limit: money.Yuan(2000),
			Used: 120000, Ladder: ladder,
		},
		{
			Number: "1000000005", Name: "陈丽华", Address: "示范市和平路11号2单元401室", Opened: 2, Least: money.Yuan(1), Limit: money.Yuan(1000),
			ByTime: []cardsystem.TimePrice{{Name: "peak", Price: 5683}, {Name: "flat", Price: 4883}, {Name: "valley", Price: 2883}},
		},
	} {
		s.accounts[a.Number] = &a
	}
	s.cards[Meter1] = &Card{Serial: Meter1, Account: "1000000003"}
	s.cards[Meter2] = &Card{Serial: Meter2, Account: "1000000005"}
}
