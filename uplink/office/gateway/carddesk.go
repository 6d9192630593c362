package gateway

import (
	"context"
	"errors"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// maxPrices is how many steps of a ladder, or parts of a day, a kiosk takes.
const maxPrices = 16

// QuoteCall is the call of a card-quote request.
func QuoteCall(r wire.Request) (cardsystem.Request, *wire.Error) {
	var b wire.CardQuoteBody
	if e := unpack(r, &b); e != nil {
		return cardsystem.Request{}, e
	}
	if err := b.Card.Check(); err != nil {
		return cardsystem.Request{}, &wire.Error{Code: wire.ErrCodeBadRequest, Message: err.Error()}
	}
	return cardsystem.Request{Op: cardsystem.OpQuote, Card: b.Card}, nil
}

// Quoted is the answer to a card-quote request after its call. An answer that never came
// is unavailable; a refusal is passed on. A sale that has to be written onto the card first
// is named only if these books hold it: another is for the counter.
func (d *Desk) Quoted(ctx context.Context, r cardsystem.Request, reply cardsystem.Reply, err error) (wire.CardQuote, *wire.Error) {
	d.ways[mis.CardSystem].heard(d.now(), string(r.Op), err)
	q := reply.Quote
	if err != nil || q.Outcome == mis.Unknown || q.Code == "" {
		return wire.CardQuote{}, &wire.Error{Code: wire.ErrCodeUnavailable, Message: "the card-meter system does not answer"}
	}
	out := quoteOf(r.Card, q)

	first := q.Quote.Unwritten
	if first.Serial == "" {
		return out, nil
	}
	row, err := d.books.Posting(ctx, first.Serial)
	switch {
	case err != nil && !errors.Is(err, stored.ErrNotFound):
		return out, &wire.Error{Code: wire.ErrCodeInternal, Message: "the books cannot be read"}
	case err == nil && soldOnto(row, r.Card) && row.Sold == first.Sold:
		out.Unwritten, out.UnwrittenSold = first.Serial, first.Sold
	default:
		out.Sellable, out.Reason = false, mis.Unwritten
	}
	return out, nil
}

// soldOnto reports whether a posting is a sale that stands, onto this very card.
func soldOnto(row books.Posting, card metercard.Facts) bool {
	return row.State == posting.Posted && row.Sold.Card != "" && row.Sold.Card == card.Serial
}

// quoteOf is what the card-meter system said of a card, as a kiosk may have it.
func quoteOf(card metercard.Facts, q cardsystem.QuoteResult) wire.CardQuote {
	out := wire.CardQuote{
		Card: card.Serial, Sellable: q.Outcome == mis.Done, Code: string(q.Code), Text: q.Text,
		Account: q.Quote.Account, Name: MaskName(q.Quote.Name), Address: MaskAddress(q.Quote.Address),
		Arrears: q.Quote.Arrears, Min: q.Quote.Min, Max: q.Quote.Max, Step: q.Quote.Step, Fixed: q.Quote.Fixed,
	}
	if !out.Sellable {
		out.Reason = q.Reason
	}
	for _, tier := range q.Quote.Tariff[:min(len(q.Quote.Tariff), maxPrices)] {
		out.Tariff = append(out.Tariff, wire.PriceTier{UpTo: tier.UpTo, Price: tier.Price})
	}
	for _, part := range q.Quote.ByTime[:min(len(q.Quote.ByTime), maxPrices)] {
		out.ByTime = append(out.ByTime, wire.PriceTime{Name: part.Name, Price: part.Price})
	}
	return out
}
