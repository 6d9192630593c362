// Package collect is the service of the two people who take the cash out (清机): the
// screens on which they log in, exchange the cassette, count it, sign, and get the slip.
//
//	staff-collect-login     two people, one after the other, each with number and PIN
//	staff-collect-start     begin, or print the last slip again
//	staff-collect-exchange  the old cassette out, the number of the new one, that one in
//	staff-collect-count     the blind count, note by note
//	staff-collect-check     what was expected, the difference, and its reason
//	staff-collect-sign      the signatures, each with number and PIN
//	staff-collect-done      the slip, in two copies
//
// What a collection is, and what may follow what, is payments/collection's; which screen
// is shown follows from it ([At]), so that a power cut at any step leads back to the same
// one once the same two have logged in. No page before the check has a sum on it.
//
// The package sees no device and writes no journal: pages ask for effects, and the kiosk
// carries them out. A PIN is in its intent and in update.Login, and nowhere else.
package collect
