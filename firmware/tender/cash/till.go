package cash

import (
	"fmt"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/bill"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
)

// Codes and sources of the conditions that a Till watches.
const (
	validator  = "validator"
	fromSlot   = "slot"   // it was told to open and does not
	fromOrders = "orders" // its driver refused to open it
)

// Till is the [Station] with the transactions that its reports are about. It is what
// the kiosk knows of payment with notes.
type Till struct {
	station *Station

	decided cash.Decision // of a report; Settle ends it
	due     Due           // of time: then Settle ends this
	order   bill.Command  // of due

	stops   bool   // the last report ends the taking of notes
	refused bool   // the driver did not open the slot
	why     string // in its words
}

var _ tender.Station = (*Till)(nil)

// NewTill is a till that takes the given notes.
func NewTill(notes []money.Amount) *Till { return &Till{station: New(notes)} }

// Recover implements tender.Station: what an earlier run had open is closed. All
// else is in the journal's records and in the device.
func (t *Till) Recover(now time.Time, _ []byte, b tender.Books) error {
	if _, paying := b.Paying(); paying {
		t.station.Recover(now)
	}

	return nil
}

// Begin implements tender.Station.
func (t *Till) Begin(now time.Time, _ payments.Transaction) []tender.Effect {
	t.stops = false

	return []tender.Effect{tender.Order{Command: t.station.Open(now)}}
}

// Undo implements tender.Station: no note ever goes back by itself.
func (t *Till) Undo(time.Time, payments.Transaction) []tender.Effect { return nil }

// Finish implements tender.Station. The total is fixed once nothing is between slot
// and cassette.
func (t *Till) Finish(now time.Time, why tender.Reason, b tender.Books) []tender.Effect {
	if p, paying := b.Paying(); !paying || !t.station.Close(now, why, p.Cash) {
		return nil
	}

	return []tender.Effect{tender.Order{Command: bill.Command{Op: bill.Disable}}}
}

// Finishing implements tender.Station.
func (t *Till) Finishing() bool {
	_, closing := t.station.Closing()

	return closing
}

// Over implements tender.Station.
func (t *Till) Over(b tender.Books) (tender.Reason, bool) {
	p, paying := b.Paying()
	switch {
	case !paying:
		return "", false
	case t.station.Spent(p.Cash):
		return tender.ByLimit, true
	}

	return tender.ByDevice, t.stops || t.station.Blind()
}

// Heard implements tender.Station: it takes every bill.Event.
func (t *Till) Heard(now time.Time, report tender.Report) error {
	e, ok := report.(bill.Event)
	if !ok {
		return fmt.Errorf("cannot take a report of type %T", report)
	}
	if e.Kind != bill.Refused {
		err := t.station.Heard(now, e)
		t.stops = t.station.Stops()

		return err
	}

	t.station.OrderRefused(now, e.Op)
	if e.Op == bill.Enable { // a slot that cannot be opened is no slot
		t.stops, t.refused = true, true
		t.why = e.Detail
	}

	return nil
}

// Decide implements tender.Station.
func (t *Till) Decide(b tender.Books, sealed bool) (tender.Decision, bool) {
	of := t.subject(b)
	d, ok := t.station.Decide(of.Cash, sealed)
	if !ok {
		return tender.Decision{}, false
	}
	t.due = Nothing
	t.decided = d
	if isStray(d) {
		of = taking(b)
	}

	return tender.Decision{Txn: of, Events: d.Events}, true
}

// taking is the payment that takes notes, or the last that was given one.
func taking(b tender.Books) payments.Transaction {
	if p, paying := b.Paying(); paying {
		return p
	}

	return b.Last()
}

// subject is the payment that the oldest report is about. While no note was accepted
// for the one that takes notes, only a note that is offered can be its: any other is
// news, or a repeat, of an earlier one.
func (t *Till) subject(b tender.Books) payments.Transaction {
	if p := taking(b); len(p.Cash.Notes) > 0 || t.station.Offered() {
		return p
	}

	return b.Last()
}

// isStray reports whether a decision is about a note of no payment. Its record names
// the payment at which it showed.
func isStray(d cash.Decision) bool {
	if len(d.Events) == 0 {
		return false
	}
	_, stray := d.Events[0].(cash.StrayNote)

	return stray
}

// Turn implements tender.Station.
func (t *Till) Turn(now time.Time, b tender.Books) (tender.Decision, bool) {
	p := taking(b)
	t.due, t.order = t.station.Turn(now, p.Cash)
	switch t.due {
	case Fix:
		return t.fix(now, p), true
	case Probe:
		return tender.Decision{}, true
	}

	return tender.Decision{}, false
}

// fix is the end of the taking of notes: the total, fixed.
func (t *Till) fix(now time.Time, p payments.Transaction) tender.Decision {
	why, _ := t.station.Closing()

	return tender.Decision{Txn: p, Events: []payments.Event{cash.Closed{
		Total: p.Total(), Account: p.Account, Tender: string(p.Tender), ClosedAt: now.UnixMilli(), Reason: string(why),
	}}}
}

// Settle implements tender.Station.
func (t *Till) Settle(now time.Time, durable bool) (effects []tender.Effect, more bool) {
	switch t.due {
	case Fix:
		if durable {
			t.station.Fixed()
		}
		return nil, false
	case Probe:
		return []tender.Effect{tender.Order{Command: t.order}}, false
	}

	op, more := t.station.Settle(now, t.decided, durable)
	if op == 0 {
		return nil, more
	}
	effects = append(effects, tender.Order{Command: bill.Command{Op: op}})
	if op != bill.Return {
		effects = append(effects, tender.Progress{})
	}

	return effects, more
}

// Wake implements tender.Station.
func (t *Till) Wake(now time.Time, b tender.Books, retry time.Duration) time.Time {
	return t.station.Wake(now, taking(b).Cash, retry)
}

// Waiting implements tender.Station.
func (t *Till) Waiting() int { return t.station.Waiting() }

// Unsettled implements tender.Station.
func (t *Till) Unsettled() string {
	if !t.station.Unsettled() {
		return ""
	}

	return "the validator has a note on its way, or has not said so"
}

// Troubles implements tender.Station. A slot that opens again ends what its driver
// refused.
func (t *Till) Troubles() []tender.Trouble {
	blind := t.station.Blind()
	t.refused = t.refused && blind

	orders := tender.Trouble{Code: validator, Source: fromOrders, On: t.refused}
	slot := tender.Trouble{Code: validator, Source: fromSlot, On: blind && !t.refused}
	switch { // what was said of the validator otherwise stands where there is nothing to say
	case orders.On:
		orders.Detail = t.why
	case slot.On:
		slot.Detail = "does not open"
	}

	return []tender.Trouble{orders, slot}
}

// Face implements tender.Station.
func (t *Till) Face(p payments.Transaction) tender.Face {
	f := tender.Face{Ready: t.station.Taking(), Busy: t.station.Moving()}
	for _, v := range t.station.values {
		f.Notes = append(f.Notes, money.Amount(v))
	}
	if p.Serial != "" {
		f.Busy = f.Busy || p.Cash.Pending() >= 0
		f.Refused = t.station.Refusal()
	}

	return f
}
