// Package reprint is the service of site staff who print a customer's slip again (补打).
//
//	staff-reprint-login  number and PIN of one of those who take the cash out
//	staff-reprint        the last slips of this kiosk, the newest first
//	staff-reprint-find   a slip by the last digits of its number, or by all of it
//	staff-reprint-slip   one slip, and what became of printing it
//
// A copy is made of the kiosk's own records, so it can be had while head office is away;
// it says that it is a copy, which one, and when it was printed, and nothing of the
// customer that the slip does not. No page has an amount on it: whoever reads these pages
// counts the cassette blind.
//
// The package sees no device and writes no journal: pages ask for effects, and the kiosk
// carries them out. A PIN is in its intent and in update.Login, and nowhere else.
package reprint
