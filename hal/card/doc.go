// Package card is the card-reader kind (XFS4IoT: Card Reader, motor driven, dip or
// contact): IC meter cards with a processor, memory cards, magnetic tracks.
//
// A driver is a hal.Engine[Command, Event]. Every command carries an ID of its
// owner's choice and is answered by exactly one event with that ID, of one of the
// three kinds that an effect can end in:
//
//	Done     the device says that it did it; Data is the answer
//	NotDone  it was not done: refused before it began, or the device says so
//	Unknown  it may have been done: the answer was lost, the card was pulled out
//	         in the middle, the reader fell silent
//
// For a write the difference is money: an owner that gets Unknown reads the card
// back before it decides anything. A driver never repeats, by itself, a command
// that changes a card (Transmit, Write, Verify, Work).
//
// Everything else is a StatusChanged event: media (where the card is), device
// state. A card that is pulled out ends the command under way as Unknown (or as
// NotDone where the command cannot have touched the card), and every later one as
// NotDone until another card is in.
//
// Words, from XFS4IoT: the media is the card; it is entering (at the gate),
// present (inside, held), latched (pressed to the contacts), not present, jammed,
// or retained. To eject is to offer it to the customer; to capture (retain) is to
// move it to the bin of retained cards.
//
// The package refuses to know what a card means: files, keys and purchase rules
// live in payments/metercard. A maker's library that knows them all the same is told
// and tells Fields by name (Work), and the names are its owner's. Tracks, PSC, APDU
// bytes and fields are Secret: they print as a length only.
//
// Unknown is for a command that can change a card, and for a move whose answer was
// lost; any other ends as Done or NotDone. A write of several bytes that failed after
// the first of them is Unknown too: NotDone says that the card is as it was.
//
// The sub-packages are the drivers; cardtest is the conformance suite that each of
// them passes as far as its Abilities go, and holds a fake reader; cardsim holds the
// virtual cards that all simulators take.
package card
