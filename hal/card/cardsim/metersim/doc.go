// Package metersim is a simulated electricity meter with a card slot: what a customer does
// with a card that a terminal wrote. It checks a card as meters do, loads what was bought
// once, and writes back what it has. It keeps its own count of purchases: that, and
// nothing on the card, is what makes a second load impossible.
//
// A [Meter] is plain data; as JSON it is its state. [Meter.Insert] is one stay of a card:
//
//	card                                                       meter
//	does not answer, has no files, is blank                    04, 07, 14
//	does not prove itself, or refuses the meter                05, 06
//	other than open account, purchase or replacement           08
//	of another meter, another customer                         11, 12
//	a purchase card that is not the meter's own                13
//	a purchase or replacement card in an unopened meter        15, 16
//	the purchase that it loaded last, return file empty        writes the return file again, loads nothing
//	another purchase than the one after its last               17
//	return file not empty                                      18 (processor cards)
//	more than may be hoarded                                   21
//	the purchase after its last                                loads it, then writes the return file
//	is pulled before the load, or after it                     19, 20
//
// An open-account card opens the meter, and is its own card from then on; so is a
// replacement card. The load is in the meter's own memory before the card is written: a
// card that is pulled in between is loaded, and has its return file written the next time.
// An illegal card is counted.
//
// The numbers are those of the Q/GDW family as far as they are known, the order of the
// checks is our own. Money only: a meter that counts energy is not simulated. A Meter is
// not safe for concurrent use.
package metersim
