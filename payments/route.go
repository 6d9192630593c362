package payments

import (
	"slices"

	"wattkiosk/payments/leg"
)

// Purpose is what a transaction is for.
type Purpose string

// Bill is the payment of an electricity bill.
const Bill Purpose = "bill"

// Tender is how the customer pays (支付方式).
type Tender string

// The tenders.
const (
	Cash     Tender = "cash"
	BankCard Tender = "bankcard"
	QR       Tender = "qr"
)

type route struct {
	purpose Purpose
	tender  Tender
}

// routes says which legs a transaction has, in the order in which they are begun.
var routes = map[route][]leg.Slot{
	{Bill, Cash}:     {leg.Money, leg.Post},
	{Bill, BankCard}: {leg.Money, leg.Post},
	{Bill, QR}:       {leg.Money, leg.Post},
}

// RouteOf returns the slots of a transaction in the order in which they are begun;
// false where there is no such transaction.
func RouteOf(p Purpose, t Tender) ([]leg.Slot, bool) {
	slots, ok := routes[route{p, t}]

	return slices.Clone(slots), ok
}
