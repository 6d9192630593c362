// Package posting is one payment on its way into the system that books it (入账): the
// order as that system needs it, the call machine that brings it to its end, and what was
// booked. Bills are booked by the MIS. A purchase onto a meter card is booked by the
// card-meter system: its posting is the sale, and what is to be on the card comes with the
// answer (Sold). One that was sold otherwise than ordered is disputed.
//
// It owns the one mapping between the machine's words and those that the books have stored
// since the first release:
//
//	machine   books
//	ordered   ordered
//	calling   calling
//	asking    asking
//	undoing   reversing
//	done      posted
//	not-done  owed
//	unknown   disputed
//
// What the machine does and when is the table of package leg/call.
package posting
