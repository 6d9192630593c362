// Package posting is one payment on its way into the MIS (入账): the order as the
// MIS needs it, the call machine that brings it to its end, and what the MIS
// booked. It owns the one mapping between the machine's words and those that the
// books have stored since the first release:
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
