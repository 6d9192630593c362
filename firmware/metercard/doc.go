// Package metercard is the card desk: the station of the reader that takes IC meter
// cards. It reads a card that a visit wants, and writes onto it what was sold.
//
//	visit wants a card → the gate opens → card in → its form is found, its files are
//	                     read twice and compared → Face: Ready, with Facts
//	act write-card     → read again: the same chip, one purchase before what was sold
//	                   → meter-write-begun, durable
//	                   → rounds: head office is asked for steps, or for the one order,
//	                     signed for this card, transaction and session; they are carried out
//	                   → power off, power on, read back
//	                   → meter-write-ended, by what was read → the card comes out
//
// How a card is worked is behind one interface, work; everything else here is the same for
// both ways:
//
//	steps      a reading is the plan of the card's form, a write is rounds of steps. The
//	           reader is any; files and keys are the card-meter system's.
//	byLibrary  a reading and a write are one piece of work each of the library of the
//	           reader's maker, which knows files and keys. Head office signs no steps but
//	           an order: this sale, onto this card, in this stay.
//
// A work has the reader do what is due and says what came of it. It does not decide: what
// is read is read twice and compared, a write begins in the journal and ends by what is
// read back, and a library that crashed or hung is a reader that fell silent.
//
// It keeps to the discipline of firmware/tender: a report or an answer is heard, what it
// means is a [tender.Decision], and only once that is durable are its orders given. The
// desk takes no money and decides nothing about it.
//
// A question whose answer was lost is asked again, and head office answers it with the same
// steps while they are good. They are bound to the session and the round, and each round is
// carried out once: heard twice, or played back by whoever listens, they write nothing more.
//
// Nothing but what is read back ends a write. A step that fails, a script that is not
// for this card, a reader that falls silent, head office that does not answer: the card
// loses its power and is read. Where that cannot be, as it was pulled out, the write is
// unsure, and the customer is asked for the card again; another card is given back. A
// card that holds what was sold already is written without a step.
//
// After a power cut a write that had begun is unsure, and the card is asked for. The desk
// keeps nothing durable of its own: the leg of the transaction is all.
//
// A card that comes out holds back the result until it is taken, but not for ever: once
// its customer was warned nobody knows when that will be. Then it is kept, or where the
// reader cannot do that it is Left: no visit waits for it, and nobody is offered what
// needs the reader until it is out. A card that could not be kept is tried again, by no page:
// once the sensor of a bin that was full says that there is room, once the reader is there again,
// and every minute where nothing tells of either, as with a maker's library. One in a reader that
// does not answer any more is given back once it does.
//
// What steps say to a card and what it answers is in memory for one session, and is
// overwritten then. The journal has a digest of it: of the steps (package script), or of
// what a library was told and what came of it.
package metercard
