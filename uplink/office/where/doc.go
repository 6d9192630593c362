// Package where tells where the money of a payment is now, fen by fen: what of it lies in
// which place, and whose it is there.
//
// It is pure. Its caller reads what head office knows of the payment; the amounts are those
// of the ledger's facts, so that what a person is told and what stands in the books is one
// thing. What is told adds up: all that came in, and nothing twice ([Of]). What nobody knows
// is told as not known.
//
//	place      where it lies       cassette, collected, bank, acquirer, customer, unknown
//	standing   whose it is there   booked, sold, waiting, owed, disputed, returning, doubt,
//	                               returned, given-back, paid-out, settled, kept
//
// The package refuses to say more than the books: a note in doubt is nowhere until somebody
// finds it.
package where
