package gateway

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"time"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/library"
	"wattkiosk/payments/metercard/script"
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
// is named only if these books hold it: another is for the counter. So is one that the card
// holds, and nobody has read back from it yet: a re-write finds it there, and ends it. That
// it was named to this kiosk is in the books before the kiosk knows.
func (d *Desk) Quoted(ctx context.Context, kiosk string, r cardsystem.Request, reply cardsystem.Reply, err error) (wire.CardQuote, *wire.Error) {
	d.ways[mis.CardSystem].heard(d.now(), string(r.Op), err)
	q := reply.Quote
	if err != nil || q.Outcome == mis.Unknown || q.Code == "" {
		return wire.CardQuote{}, &wire.Error{Code: wire.ErrCodeUnavailable, Message: "the card-meter system does not answer"}
	}
	out := quoteOf(r.Card, q)
	out.At = d.now().UnixMilli()

	first := q.Quote.Unwritten
	if first.Serial == "" {
		return d.found(ctx, kiosk, out, r.Card)
	}
	row, err := d.books.Posting(ctx, first.Serial)
	switch {
	case err != nil && !errors.Is(err, stored.ErrNotFound):
		return out, &wire.Error{Code: wire.ErrCodeInternal, Message: "the books cannot be read"}
	case err == nil && soldOnto(row, r.Card) && row.Sold == first.Sold:
		return d.named(ctx, kiosk, out, row)
	default:
		out.Sellable, out.Reason = false, mis.Unwritten
	}
	return out, nil
}

// maxUnended is how many deliveries of one account are looked through.
const maxUnended = 20

// found names in a quote the sale that the card holds as its last, if these books do not
// know yet that it does.
func (d *Desk) found(ctx context.Context, kiosk string, out wire.CardQuote, card metercard.Facts) (wire.CardQuote, *wire.Error) {
	if out.Account == "" {
		return out, nil
	}
	open, err := d.books.Deliveries(ctx, books.Filter{Account: out.Account, Open: true, Limit: maxUnended})
	if err != nil {
		return out, &wire.Error{Code: wire.ErrCodeInternal, Message: "the books cannot be read"}
	}
	for _, o := range open {
		if s := o.Sold; s.Card != card.Serial || s.Count != card.Count || s.Amount != card.Purse {
			continue
		}
		row, err := d.books.Posting(ctx, o.Serial)
		if err == nil && soldOnto(row, card) && row.Sold == o.Sold {
			out.Sellable, out.Reason = false, mis.Unwritten
			return d.named(ctx, kiosk, out, row)
		}
	}

	return out, nil
}

// named names in a quote a sale to be written onto the card.
func (d *Desk) named(ctx context.Context, kiosk string, out wire.CardQuote, sale books.Posting) (wire.CardQuote, *wire.Error) {
	if err := d.books.NameSale(ctx, sale.Serial, kiosk, d.now()); err != nil {
		d.log.Error("cannot keep to whom a sale is named", "serial", sale.Serial, "err", err)
		return out, &wire.Error{Code: wire.ErrCodeInternal, Message: "the books cannot be written"}
	}
	out.Unwritten, out.UnwrittenSold = sale.Serial, sale.Sold

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

// Bounds of steps and reports.
const (
	scriptLife   = 30 * time.Second // from when head office signs it
	roundsBurst  = 64               // of one kiosk
	roundsRefill = 500 * time.Millisecond
	reportsBatch = 16
)

// Deliveries is what a Desk needs of the books for the writing of cards.
type Deliveries interface {
	HandOut(ctx context.Context, v books.Visit, now time.Time) (books.Posting, error)
	NameSale(ctx context.Context, sale, kiosk string, now time.Time) error
	DueReports(ctx context.Context, now time.Time, limit int) ([]books.Say, error)
	Reported(ctx context.Context, r books.Say, answered bool, code, text string, now time.Time) error
	NextReport(ctx context.Context) (time.Time, error)
	Delivery(ctx context.Context, serial string) (books.Delivery, error)
	Deliveries(ctx context.Context, f books.Filter) ([]books.Delivery, error)
}

// SignWith has scripts signed with key; to be called before the desk is used.
func (d *Desk) SignWith(key crypto.Signer) { d.key = key }

// StepsQuestion is a card-steps request: a call to make, or what is answered without one:
// the steps that the same question was answered with before, an order to a library, or why
// there is nothing.
type StepsQuestion struct {
	Request cardsystem.Request
	Answer  *wire.CardSteps // nil: the call is to be made

	kiosk string
	asked question
	body  wire.CardStepsBody
}

// TakeSteps takes a card-steps request of a kiosk. Once it returns a call, steps or an
// order, the books say that the card may be written. A call ends with Stepped, or with
// NotAsked where it is not made. Of what a library writes the card-meter system is asked
// nothing: it has sold it, and is told how that went.
func (d *Desk) TakeSteps(ctx context.Context, kiosk string, r wire.Request) (StepsQuestion, *wire.Error) {
	var q StepsQuestion
	if e := unpack(r, &q.body); e != nil {
		return q, e
	}
	b := q.body
	if err := errors.Join(b.Card.Check(), script.CheckSaved(b.Saved), d.scriptOf(b, nil, true).Check()); err != nil || b.Library && (b.Round != 0 || len(b.Saved) > 0) {
		return q, &wire.Error{Code: wire.ErrCodeBadRequest, Message: "no card, session or round"}
	}
	if d.key == nil {
		return q, &wire.Error{Code: wire.ErrCodeUnavailable, Message: "no card-meter system is configured"}
	}
	if !d.rounds.take(kiosk, d.now()) {
		return q, &wire.Error{Code: wire.ErrCodeUnavailable, Message: "too many rounds of steps in a short time"}
	}

	sale, err := d.books.HandOut(ctx, books.Visit{Kiosk: kiosk, Txn: b.Txn, Sale: b.Sale, Card: b.Card}, d.now())
	var no books.NotWritable
	switch {
	case errors.As(err, &no):
		q.Answer = &wire.CardSteps{Reason: no.Reason}
		return q, nil
	case err != nil:
		d.log.Error("cannot keep that a card is to be written", "serial", b.Sale, "err", err)
		return q, &wire.Error{Code: wire.ErrCodeInternal, Message: "the books cannot be written"}
	}
	if b.Library {
		var e *wire.Error
		q.Answer, e = d.order(b, sale)
		return q, e
	}
	q.kiosk, q.asked = kiosk, sha256.Sum256(r.Body)
	given, ready, underWay := d.given.begin(kiosk, q.asked, d.now())
	switch {
	case ready:
		q.Answer = &given
		return q, nil
	case underWay:
		return q, &wire.Error{Code: wire.ErrCodeUnavailable, Message: "the steps of this round are being made"}
	}
	q.Request = cardsystem.Request{Op: cardsystem.OpSteps, Steps: cardsystem.StepsOrder{Serial: b.Sale, Card: b.Card, Round: b.Round, Saved: b.Saved}}

	return q, nil
}

// order is what a library may write onto the card of a request.
func (d *Desk) order(b wire.CardStepsBody, sale books.Posting) (*wire.CardSteps, *wire.Error) {
	signed, err := wire.SignOrder(d.key, library.Order{
		V: library.Version, Txn: b.Txn, Session: b.Session, Expires: d.now().Add(scriptLife).UnixMilli(),
		Meter: sale.Card.Meter, Customer: sale.Card.Customer, Sold: sale.Sold,
	})
	if err != nil {
		d.log.Error("cannot sign an order to write a card", "serial", b.Sale, "err", err)
		return nil, &wire.Error{Code: wire.ErrCodeInternal, Message: "the order cannot be signed"}
	}

	return &wire.CardSteps{Order: signed}, nil
}

// scriptOf is a round of steps for the card of a request.
func (d *Desk) scriptOf(b wire.CardStepsBody, steps []script.Step, last bool) script.Script {
	return script.Script{
		V: script.Version, Txn: b.Txn, Card: b.Card.Serial, Round: b.Round, Session: b.Session,
		Expires: d.now().Add(scriptLife).UnixMilli(), Steps: steps, Last: last,
	}
}

// NotAsked is for a question of TakeSteps whose call is not made.
func (d *Desk) NotAsked(q StepsQuestion) { d.given.drop(q.kiosk, q.asked) }

// Stepped is the answer to a card-steps request after its call. Steps that no terminal
// could carry out are no answer. The same question is answered with the same steps again
// while they are good.
func (d *Desk) Stepped(q StepsQuestion, reply cardsystem.Reply, err error) (wire.CardSteps, *wire.Error) {
	steps, until, e := d.stepped(q, reply, err)
	if steps.Script.V != 0 {
		d.given.keep(q.kiosk, q.asked, steps, until)
	} else {
		d.given.drop(q.kiosk, q.asked)
	}

	return steps, e
}

// stepped is what Stepped answers, and until when steps are good.
func (d *Desk) stepped(q StepsQuestion, reply cardsystem.Reply, err error) (s wire.CardSteps, until time.Time, e *wire.Error) {
	d.ways[mis.CardSystem].heard(d.now(), string(q.Request.Op), err)
	said := reply.Steps
	if err == nil && said.Outcome == mis.NotDone {
		reason := said.Reason
		if reason == "" || !reason.Valid() {
			reason = mis.NotPayable
		}
		return wire.CardSteps{Reason: reason, Code: string(said.Code), Text: said.Text}, until, nil
	}
	if err != nil || said.Outcome != mis.Done {
		return s, until, &wire.Error{Code: wire.ErrCodeUnavailable, Message: "the card-meter system does not answer"}
	}

	round := d.scriptOf(q.body, said.Steps, said.Last)
	if err := round.Check(); err != nil {
		d.log.Error("the card-meter system sent steps that no terminal can carry out", "serial", q.body.Sale, "err", err)
		return s, until, &wire.Error{Code: wire.ErrCodeUnavailable, Message: "the steps cannot be carried out"}
	}
	signed, err := wire.SignScript(d.key, round)
	if err != nil {
		d.log.Error("cannot sign steps", "serial", q.body.Sale, "err", err)
		return s, until, &wire.Error{Code: wire.ErrCodeInternal, Message: "the steps cannot be signed"}
	}

	return wire.CardSteps{Script: signed, Code: string(said.Code), Text: said.Text}, time.UnixMilli(round.Expires), nil
}

// settled adds to the state of a sale that the customer has what was sold another way.
func (d *Desk) settled(ctx context.Context, s wire.PostState) (any, *wire.Error) {
	if s.Sold == (metercard.Sold{}) {
		return s, nil
	}
	delivery, err := d.books.Delivery(ctx, s.Serial)
	if err != nil && !errors.Is(err, stored.ErrNotFound) {
		return nil, &wire.Error{Code: wire.ErrCodeInternal, Message: "the books cannot be read"}
	}
	s.Settled = delivery.Settled()

	return s, nil
}

// Report is a report to make now: it is claimed.
type Report struct {
	Request cardsystem.Request
	say     books.Say
}

// Reports returns the reports to make now, which count as calls under way to the
// card-meter system until Reported, and how long none is due after them. It is part of a
// turn.
func (d *Desk) Reports(ctx context.Context) (reports []Report, wait time.Duration) {
	w := d.ways[mis.CardSystem]
	underWay := int(w.underWay.Load())
	free, wait := w.free(d.now(), w.calls-underWay, underWay)
	if free == 0 {
		return nil, wait
	}
	due, err := d.books.DueReports(ctx, d.now(), min(free, reportsBatch))
	if err != nil { // what is due stays due
		if ctx.Err() == nil {
			d.log.Error("cannot go on with reports of cards", "err", err)
		}
		return nil, idlePoll
	}
	for _, say := range due {
		reports = append(reports, Report{
			cardsystem.Request{Op: cardsystem.OpReport, Report: cardsystem.Report{Serial: say.Serial, Outcome: say.Outcome, Count: say.Count}}, say,
		})
	}
	w.underWay.Add(int64(len(reports)))
	wake, err := d.books.NextReport(ctx)
	if err != nil || wake.IsZero() {
		return reports, idlePoll
	}

	return reports, min(max(wake.Sub(d.now()), 10*time.Millisecond), idlePoll)
}

// Reported keeps what became of a report: the system's reply, or the error that none came.
func (d *Desk) Reported(ctx context.Context, r Report, reply cardsystem.Reply, err error) {
	w := d.ways[mis.CardSystem]
	defer w.underWay.Add(-1)
	w.heard(d.now(), string(r.Request.Op), err)
	said := reply.Report
	answered := err == nil && said.Outcome != mis.Unknown
	if err := d.books.Reported(ctx, r.say, answered, string(said.Code), said.Text, d.now()); err != nil {
		d.log.Error("cannot keep the answer to a report; it is said again", "serial", r.say.Serial, "err", err)
	}
}
