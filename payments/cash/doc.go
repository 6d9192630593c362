// Package cash decides about notes: what a validator's report means, given what
// the journal knows. It is a pure table, the same in a running session and after
// any power cut.
//
//	report      pending note   no pending, waiting note is   no pending, otherwise
//	                           a repeat after a restart
//	escrowed    return         -                             accept and stack, or return
//	stacked     credit,        confirm                       stray note (case), confirm
//	            confirm
//	in-stacker  credit as      confirm                       confirm
//	            inferred,
//	            confirm
//	returned    returned,      confirm                       confirm
//	            confirm
//	no-note     unresolved     -                             -
//	            (case)
//	given-up    unresolved     -                             -
//	            (case)
//
// A stacked note whose value differs from the accepted one is not credited: the
// accepted note becomes unresolved and the stacked one a stray, both cases.
//
// A device that cannot tell the value of what it stacked (0) is believed about
// the fact, and the accepted value counts, marked as inferred.
//
// Why "escrowed with a pending note" is a return: the journal says that we had
// decided to stack, but the device still holds the note, so the order never
// arrived (a power cut between the two). The customer may be gone; giving the
// note back is the one move that cannot take money from anybody.
package cash
