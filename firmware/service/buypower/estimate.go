package buypower

import (
	"wattkiosk/payments/money"
	"wattkiosk/uplink/wire"
)

// Estimate is about how much energy an amount makes, in whole kWh from the least,
// rounded down, to the most, rounded up: which step of a ladder the customer has reached, and at what time of day the power
// will be used, nobody knows here. It is false where the tariff is not known.
func Estimate(q wire.CardQuote, amount money.Amount) (from, to int64, ok bool) {
	var lowest, highest money.Amount
	price := func(p money.Amount) {
		if lowest == 0 || p < lowest {
			lowest = p
		}
		highest = max(highest, p)
		ok = ok && p > 0
	}

	ok = len(q.Tariff)+len(q.ByTime) > 0
	for _, t := range q.Tariff {
		price(t.Price)
	}
	for _, t := range q.ByTime {
		price(t.Price)
	}
	if !ok {
		return 0, 0, false
	}

	to = alongLadder(q.Tariff, amount)
	if len(q.ByTime) > 0 {
		to = int64(roundedUp(amount*100, lowest))
	}

	return int64(amount * 100 / highest), to, true
}

func roundedUp(a, by money.Amount) money.Amount { return (a + by - 1) / by }

// alongLadder is what an amount makes of a ladder that is begun at its first step, in
// whole kWh, rounded up. Its last step has no end, whatever it says.
func alongLadder(tiers []wire.PriceTier, amount money.Amount) int64 {
	var used int64 // 0.01 kWh
	left := int64(amount) * 10_000
	for i, t := range tiers { // a hundredth of a kWh costs price/10000 fen
		most := left / int64(t.Price)
		span := t.UpTo - used
		if t.UpTo == 0 || i == len(tiers)-1 || span > most {
			most = int64(roundedUp(money.Amount(left), t.Price))

			return (used + most + 99) / 100
		}
		if span > 0 {
			used, left = t.UpTo, left-span*int64(t.Price)
		}
	}

	return 0
}
