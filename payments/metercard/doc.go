// Package metercard is the card leg of a purchase (购电): what the kiosk's journal knows
// of the writing of an IC meter card. It is pure, and knows no reader, file or key: the
// layouts of cards are payments/metercard/userfile, the instruction stream that works
// them is payments/metercard/script.
//
// A purchase is sold first ([Sold], by the card-meter system), and then carried to the
// meter by the card. What was sold counts once: a card, and a meter, take purchase n + 1
// after n and never again, so a write may be repeated with the same count without a
// second credit.
//
// Truth table of [Leg.Apply] (a blank is leg.ErrIllegal):
//
//	event        due      writing      unwritten  unsure     written  left     settled
//	write-begun  writing               writing    writing
//	write-ended           written|                written|
//	                      unwritten|              unwritten|
//	                      unsure                  unsure
//	gave-up      left                  left       left
//	settled                                                           settled
//
// A write begins before the first step that can change the card, and ends by what is
// read back from it afterwards, never by what the steps answered. Unsure is a card that
// could not be read back: it is read again, also after a restart. Left is a card that is
// not in front of this machine any more, with what was sold not on it, or perhaps not:
// another visit writes it (补写), or a person settles it.
//
// Facts:
//
//	due, writing, unwritten, unsure   moving
//	written, settled                  done      the customer has what was sold
//	left, was never begun or was read back unwritten   not done
//	left, was unsure                  unknown   the card alone can tell
package metercard
