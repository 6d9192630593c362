package buypower

import (
	"time"

	"wattkiosk/firmware/service/paybill"
	"wattkiosk/payments"
	"wattkiosk/payments/money"
)

// Open is the event that opens the purchase of an amount with a tender. For notes the
// amount is what the customer means to put in: they may end with any that can be bought.
func (c Card) Open(now time.Time, with payments.Tender, amount money.Amount) payments.Opened {
	least, limit := amount, amount
	if with == payments.Cash {
		least, limit = c.Least(with), c.Most(with)
	}
	if c.Quote.Fixed > 0 {
		least, limit = c.Quote.Fixed, c.Quote.Fixed
	}
	q := c.Quote

	return payments.Opened{
		Purpose: payments.Purchase, Account: q.Account, Name: q.Name, Address: q.Address, Minimum: least, Online: true,
		Tender: string(with), Limit: limit, OpenedAt: now.UnixMilli(), MeterCard: c.Facts,
	}
}

// Rewrite is the event that opens the write of the sale that waits for its card.
func (c Card) Rewrite(now time.Time) payments.Opened {
	q := c.Quote

	return payments.Opened{
		Purpose: payments.Rewrite, Account: q.Account, Name: q.Name, Address: q.Address, Online: true, OpenedAt: now.UnixMilli(),
		MeterCard: c.Facts, Original: q.Unwritten, Sold: q.UnwrittenSold,
	}
}

// Payer is the account for the pages on which money is taken by a tender.
func (c Card) Payer(with payments.Tender) paybill.Quote {
	q := c.Quote

	return paybill.Quote{Account: q.Account, Name: q.Name, Address: q.Address, Minimum: c.Least(with), Online: true, Limit: q.Max}
}

// Goal is what notes are put in for.
func (c Card) Goal(amount money.Amount) paybill.Goal {
	return paybill.Goal{Amount: amount, Step: c.Quote.Step}
}
