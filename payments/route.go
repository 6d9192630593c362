package payments

import (
	"slices"

	"wattkiosk/payments/leg"
)

// Purpose is what a transaction is for.
type Purpose string

// The purposes.
const (
	Bill     Purpose = "bill"     // an electricity bill is paid
	Purchase Purpose = "purchase" // power is bought onto a meter card (购电)
	Rewrite  Purpose = "rewrite"  // what was bought before is written onto its card (补写)
)

// Tender is how the customer pays (支付方式).
type Tender string

// The tenders.
const (
	Cash     Tender = "cash"
	BankCard Tender = "bankcard"
	QR       Tender = "qr"
	NoTender Tender = "" // of a re-write
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

	{Purchase, Cash}:     {leg.Money, leg.Post, leg.Card},
	{Purchase, BankCard}: {leg.Money, leg.Post, leg.Card},
	{Purchase, QR}:       {leg.Money, leg.Post, leg.Card},

	{Rewrite, NoTender}: {leg.Card},
}

// RouteOf returns the slots of a transaction in the order in which they are begun;
// false where there is no such transaction.
func RouteOf(p Purpose, t Tender) ([]leg.Slot, bool) {
	slots, ok := routes[route{p, t}]

	return slices.Clone(slots), ok
}
