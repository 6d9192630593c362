// Package issuersim is the issuer of the bank cards of cardsim: it verifies the
// cryptogram of a payment, proves itself to the card, and makes scripts.
//
// A simulator of a bank takes it as a plain function:
//
//	issuer := issuersim.New(cardsim.TestMasters())
//	answer, err := issuer.Authorize(pan, sequence, field55, "00")
//
// It owns keys and cryptograms, and reads field 55 with a reader of its own. Accounts,
// PINs and decisions about money are the bank's. What was last seen of each card is not
// kept: a count that goes back is not refused.
package issuersim
