// Package cash is the money leg of a payment with notes, and the decision about
// each note: what a validator's report means, given what the journal knows. Both
// are pure: the same in a running session and after any power cut.
//
// # The leg
//
// Truth table of [Leg.Apply] (a blank is leg.ErrIllegal):
//
//	event            taking notes                    closed
//	note-accepted    -> pending note; stack it
//	note-stacked     pending: credit; confirm
//	                 unresolved: found; confirm      unresolved: found; confirm
//	note-returned    pending, unresolved: returned   unresolved: returned
//	note-unresolved  pending: held as a case
//	                 in the path: no longer there    in the path: no longer there
//	cash-closed      nothing pending: the total is fixed
//
// A note that was given up as unresolved and is later reported in the cassette is
// found: it is owed by its case and never credited, because the total may be
// fixed and posted already. One that was given up while nothing was heard of the
// validator (no report in time, left in the path) may still be in the path, until
// another note is accepted or a second note-unresolved says otherwise.
//
// # The decision
//
//	report        a note is pending              nothing is pending
//	escrowed      its value: return              accept and stack, or return
//	              another: unresolved; return
//	stacked       its value: credit              proven repeat: confirm
//	              another: found, or             waiting note of that value: found
//	              unresolved and stray           else a stray note
//	in-stacker    credit as inferred             as stacked
//	in-path       confirm, nothing else          confirm, nothing else
//	returned      its value: returned            a note just refused or lost: confirm
//	              another: unresolved            waiting note of that value, maybe in the
//	                                             path: returned
//	                                             else confirm
//	no-note       unresolved                     waiting note, maybe in the path: no
//	                                             longer there
//	lost          unresolved                     waiting note of that value, maybe in the
//	                                             path: no longer there
//	                                             waiting note of that value: -
//	                                             value unknown, maybe the last note: -
//	                                             else a stray note
//	left-in-path  unresolved                     a stray note
//	given-up      unresolved                     -
//
// A waiting note is one that was given up; no report of a note in the cassette is about it
// once another note was seen to come in.
//
// A value of 0 means that the device does not know it: it fits the pending note,
// and a waiting unresolved note if that may still be in the path. A note that is lost
// without a value right after a start may be the last one, which was not returned.
//
// An unresolved note is returned only if it may still be in the path. Once the validator
// is ready, shows another note, or its driver has lost the note, it stays a case until it
// is found in the cassette, or a person closes it; what comes out is another note. The
// journal keeps this, so that it outlives the program.
//
// A report of one note is never believed of another. A note found in the path
// after a power cut is returned when the device says so, not when it promises to:
// that is the very moment at which notes jam. No report is confirmed without an
// event unless it is a proven repeat, or says nothing about money that we hold.
//
// Why "escrowed with the pending note's value" is a return: the journal says that
// we had decided to stack, but the device still holds the note, so the order never
// arrived (a power cut between the two). The customer may be gone; giving the note
// back is the one move that cannot take money from anybody.
//
// That takes for granted that no second note of the same value can be in the path while
// the first lies in the cassette and nobody heard of it, whatever was lost on the line or
// with the power. Drivers see to it: from the order to stack until the end of that note
// is durable here, the validator takes no other.
package cash
