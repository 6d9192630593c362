package metercard

import (
	"wattkiosk/hal/card"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/uplink/wire"
)

// work is how the card inside is worked, from a reset of it on. It has the reader do what
// is due, and tells slot and writer what came of it: [slot.readOver] and [slot.failed] of
// a reading, [writer.ask] and [writer.fail] of a write. It decides nothing.
type work interface {
	// forms are those that a reading tries, in this order; at least one.
	forms() []metercard.Form
	// begin resets a card of that form. Then it is read, once; in the stage Writing head
	// office is asked.
	begin(p *plan, f metercard.Form)
	// worked takes the outcome of an order to the reader.
	worked(p *plan, e card.Event)
	// given takes what head office said, and has it done. An error says that it is not
	// for this card, or cannot be meant, and that nothing of it was done.
	given(p *plan, said wire.CardSteps) error
	// facts is what a card says by what was read.
	facts(said map[string]script.Bytes) (metercard.Facts, error)
	// end forgets what was said, and returns the digest of what was done to the card.
	end() (digest string)
}

var (
	_ work = (*steps)(nil)
	_ work = (*byLibrary)(nil)
)
