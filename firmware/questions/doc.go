// Package questions keeps what the kiosk asks of head office: which question waits
// for an answer under which id, when it is asked again, and how many go out at
// once.
//
// A question has a [Subject], and there is one per subject. One that is asked
// [Question.Once] is over when its time is up. Any other is asked again, with a
// growing wait, until it is settled; when the line is down it waits for the line.
// All but a few such questions wait their turn, so that the return of a line after
// a long outage does not bury the customer's own under a hundred old ones.
//
// An answer is taken by its id alone, and ids carry the boot counter: an answer to
// another question, to an earlier try, or to a program that has ended is nobody's.
// Whether the answer fits its subject is for the asker to check.
package questions
